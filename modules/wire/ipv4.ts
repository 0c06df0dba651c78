/** The IPv4 header, RFC 791. */

import { foldChecksum, sum16 } from './checksum';
import { getU16, putU16, putU32 } from './bytes';

export const enum IpProtocol {
  Icmp = 1,
  Tcp = 6,
  Udp = 17,
}

/** Octets of a header without options: the only kind sent. */
export const IPV4_HEADER = 20;

/** Offsets of the fields that are read in place. */
export const enum Ipv4 {
  TotalLength = 2,
  Id = 4,
  Fragment = 6,
  Ttl = 8,
  Protocol = 9,
  Source = 12,
  Destination = 16,
}

/** Fragment field: more-fragments bit and offset. */
export const IPV4_FRAGMENT_MASK = 0x3fff;

/**
 * Checks version, lengths and header checksum of the packet at buf[at, end).
 * @returns the payload's offset, or -1. The packet ends at `at` + total length, which may be before `end` (padding).
 */
export function ipv4Parse(buf: Uint8Array, at: number, end: number): number {
  if (end - at < IPV4_HEADER || buf[at] >> 4 !== 4) {
    return -1;
  }
  const payload = at + ((buf[at] & 15) << 2);
  const total = getU16(buf, at + Ipv4.TotalLength);
  if (payload - at < IPV4_HEADER || total < payload - at || at + total > end) {
    return -1;
  }
  return foldChecksum(sum16(buf, at, payload, 0)) === 0 ? payload : -1;
}

/** Writes a header without options, don't-fragment set; returns 20. */
export function ipv4Emit(
  buf: Uint8Array,
  at: number,
  end: number,
  id: number,
  protocol: number,
  source: number,
  destination: number,
): number {
  buf[at] = 0x45;
  buf[at + 1] = 0;
  putU16(buf, at + Ipv4.TotalLength, end - at);
  putU16(buf, at + Ipv4.Id, id);
  putU16(buf, at + Ipv4.Fragment, 0x4000);
  buf[at + Ipv4.Ttl] = 64;
  buf[at + Ipv4.Protocol] = protocol;
  putU16(buf, at + 10, 0);
  putU32(buf, at + Ipv4.Source, source);
  putU32(buf, at + Ipv4.Destination, destination);
  putU16(buf, at + 10, foldChecksum(sum16(buf, at, at + IPV4_HEADER, 0)));
  return IPV4_HEADER;
}
