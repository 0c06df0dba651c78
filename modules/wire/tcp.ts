/** The TCP header, RFC 9293 §3.1, with the maximum segment size option. */

import { getU16 } from './bytes';

export const enum Flag {
  Fin = 1,
  Syn = 2,
  Rst = 4,
  Psh = 8,
  Ack = 16,
}

export const TCP_HEADER = 20;

/** Offsets of the fields. */
export const enum Tcp {
  SourcePort = 0,
  DestinationPort = 2,
  Seq = 4,
  Ack = 8,
  /** Length of the header in words, in the upper four bits. */
  DataOffset = 12,
  Flags = 13,
  Window = 14,
  Checksum = 16,
}

/** Kind and length of the maximum segment size option, before its value. */
export const MSS_OPTION = 0x0204;

/** The value of the MSS option among the options in [at, end), 0 when there is none. Malformed ones do no harm. */
export function tcpMss(buf: Uint8Array, at: number, end: number): number {
  // The option has four octets. Kind 0 ends the list, kind 1 has no length; a length of zero would never end.
  while (at + 3 < end && buf[at]) {
    if (getU16(buf, at) === MSS_OPTION) {
      return getU16(buf, at + 2);
    }
    at += buf[at] === 1 ? 1 : buf[at + 1] || end;
  }
  return 0;
}
