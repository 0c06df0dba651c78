/**
 * Van Jacobson's compression of TCP/IP headers (RFC 1144): a header becomes what differs from the one before it on the
 * same connection. Both ends keep the last headers of each connection in a slot. Here is what they share; see vj-send.ts
 * and vj-receive.ts.
 */

import { getU16 } from './bytes';
import { Ipv4 } from './ipv4';

/** Bits of the first octet: what follows has changed (§3.2.2). */
export const enum Change {
  Urgent = 1,
  Window = 2,
  Ack = 4,
  Sequence = 8,
  Push = 16,
  Id = 32,
  Slot = 64,
}

/** Two combinations that cannot occur mean: data as long as before, acknowledged at once, or only data (§3.2.3). */
export const SPECIAL_ECHO = Change.Sequence | Change.Window | Change.Urgent;
export const SPECIAL_DATA = Change.Sequence | Change.Ack | Change.Window | Change.Urgent;
export const SPECIALS = 15;

/** TCP's flags in their octet. */
export const enum Flag {
  Fin = 1,
  Syn = 2,
  Rst = 4,
  Push = 8,
  Ack = 16,
  Urgent = 32,
}

export const TCP = 6;

/** The longest headers of IP and TCP together. */
export const VJ_HEADER = 120;

/** Offsets in TCP's header. */
export const enum Tcp {
  Sequence = 4,
  Ack = 8,
  Offset = 12,
  Flags = 13,
  Window = 14,
  Checksum = 16,
  Urgent = 18,
}

/** The last headers of one connection. */
export interface Slot {
  _header: Uint8Array;
  /** Octets of IP's header and of both; 0 before the first. */
  _ip: number;
  _length: number;
  /** When it was last used, in packets. */
  _used: number;
}

export function createSlot(): Slot {
  return { _header: new Uint8Array(VJ_HEADER), _ip: 0, _length: 0, _used: 0 };
}

/** Octets of both headers of an unfragmented TCP packet buf[at, end), or 0. */
export function headerLength(buf: Uint8Array, at: number, end: number): number {
  const ip = (buf[at] & 15) << 2;
  const tcp = at + ip;
  if (end - at < 40 || buf[at] >> 4 !== 4 || ip < 20 || buf[at + Ipv4.Protocol] !== TCP) {
    return 0;
  }
  const length = ip + ((buf[tcp + Tcp.Offset] >> 4) << 2);
  return getU16(buf, at + Ipv4.Fragment) & 0x3fff || length < ip + 20 || length > end - at ? 0 : length;
}
