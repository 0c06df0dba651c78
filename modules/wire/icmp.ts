/** ICMP, RFC 792: echo, destination unreachable. */

import { foldChecksum, sum16 } from './checksum';
import { putU16 } from './bytes';

export const enum Icmp {
  EchoReply = 0,
  Unreachable = 3,
  EchoRequest = 8,
}

/** Codes of destination unreachable (RFC 792, RFC 1122 §3.2.2.1). */
export const enum Unreachable {
  Net = 0,
  Host = 1,
  Protocol = 2,
  Port = 3,
  FragmentationNeeded = 4,
}

/** Octets before the data of an echo, or before the returned datagram of an error. */
export const ICMP_HEADER = 8;

/** Checks length and checksum of the message buf[at, end); returns the data's offset, or -1. */
export function icmpParse(buf: Uint8Array, at: number, end: number): number {
  if (end - at < ICMP_HEADER || foldChecksum(sum16(buf, at, end, 0)) !== 0) {
    return -1;
  }
  return at + ICMP_HEADER;
}

/**
 * Writes the header of the message buf[at, end), whose data stands already; returns 8.
 */
export function icmpEmit(
  buf: Uint8Array,
  at: number,
  end: number,
  type: number,
  code: number,
  id: number,
  sequence: number,
): number {
  buf[at] = type;
  buf[at + 1] = code;
  putU16(buf, at + 2, 0);
  putU16(buf, at + 4, id);
  putU16(buf, at + 6, sequence);
  putU16(buf, at + 2, foldChecksum(sum16(buf, at, end, 0)));
  return ICMP_HEADER;
}
