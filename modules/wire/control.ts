/** The numbers of PPP's control protocols (RFC 1661 §5-6, RFC 1332, RFC 1877) and the walk over their options. */

import { getU16, putU16 } from './bytes';

export const enum Protocol {
  Ipv4 = 0x0021,
  Ipcp = 0x8021,
  Lcp = 0xc021,
  Pap = 0xc023,
  Chap = 0xc223,
}

export const enum Code {
  ConfigureRequest = 1,
  ConfigureAck = 2,
  ConfigureNak = 3,
  ConfigureReject = 4,
  TerminateRequest = 5,
  TerminateAck = 6,
  CodeReject = 7,
  ProtocolReject = 8,
  EchoRequest = 9,
  EchoReply = 10,
  DiscardRequest = 11,
  /** RFC 1570. */
  Identification = 12,
  TimeRemaining = 13,
}

/** Octets of code, identifier and length. */
export const CONTROL_HEADER = 4;

/**
 * Where a control packet ends by its own length field, or -1 when that is below 4 or beyond the frame (RFC 1661 §5:
 * silently discarded; octets after it are padding).
 */
export function controlEnd(buf: Uint8Array, at: number, end: number): number {
  if (end - at < CONTROL_HEADER) {
    return -1;
  }
  const length = getU16(buf, at + 2);
  return length < CONTROL_HEADER || at + length > end ? -1 : at + length;
}

/** Writes a control header over the packet [at, end). */
export function controlEmit(buf: Uint8Array, at: number, end: number, code: number, id: number): void {
  buf[at] = code;
  buf[at + 1] = id;
  putU16(buf, at + 2, end - at);
}

/** Where the option at `at` ends, or -1 when its length is below 2 or beyond `end` (RFC 1661 §6). */
export function optionEnd(buf: Uint8Array, at: number, end: number): number {
  if (end - at < 2) {
    return -1;
  }
  const length = buf[at + 1];
  return length < 2 || at + length > end ? -1 : at + length;
}

/** Whether [at, end) is options from end to end. */
export function optionsValid(buf: Uint8Array, at: number, end: number): boolean {
  while (at < end) {
    at = optionEnd(buf, at, end);
    if (at < 0) {
      return false;
    }
  }
  return true;
}
