/** The numbers of PPP's control protocols (RFC 1661 §5-6, RFC 1332, RFC 1877) and the walk over their options. */

import { getU16 } from './bytes';

export const enum Protocol {
  Ipv4 = 0x0021,
  VjCompressed = 0x002d,
  VjUncompressed = 0x002f,
  Ipv6 = 0x0057,
  Ipcp = 0x8021,
  Ipv6cp = 0x8057,
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
  // A frame too short for the field is below 4, or shorter than what stands behind it says.
  const length = getU16(buf, at + 2);
  return length < CONTROL_HEADER || at + length > end ? -1 : at + length;
}

/** Whether [at, end) is options from end to end (RFC 1661 §6). */
export function optionsValid(buf: Uint8Array, at: number, end: number): boolean {
  while (at < end && buf[at + 1] > 1) {
    at += buf[at + 1];
  }
  return at === end;
}
