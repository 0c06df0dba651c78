/** The IPv4 header, RFC 791, and the checksum of what it carries. */

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
  Checksum = 10,
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
  const payload = at + ((buf[at] & 15) << 2);
  const total = getU16(buf, at + Ipv4.TotalLength);
  return buf[at] >> 4 !== 4 ||
    payload - at < IPV4_HEADER ||
    total < payload - at ||
    at + total > end ||
    foldChecksum(sum16(buf, at, payload, 0))
    ? -1
    : payload;
}

/**
 * Writes what never changes in a header, where all else is zero: no options, don't-fragment set, time to live 64. The
 * identification stays zero: it means nothing in a packet that may not be fragmented (RFC 6864 §4.1).
 */
export function ipv4Prepare(buf: Uint8Array, at: number): void {
  buf[at] = 0x45;
  buf[at + Ipv4.Fragment] = 0x40;
  buf[at + Ipv4.Ttl] = 64;
}

/** Writes the rest of a prepared header for the packet buf[at, end). */
export function ipv4Emit(
  buf: Uint8Array,
  at: number,
  end: number,
  protocol: IpProtocol,
  source: number,
  destination: number,
): void {
  putU16(buf, at + Ipv4.TotalLength, end - at);
  buf[at + Ipv4.Protocol] = protocol;
  putU16(buf, at + Ipv4.Checksum, 0);
  putU32(buf, at + Ipv4.Source, source);
  putU32(buf, at + Ipv4.Destination, destination);
  putU16(buf, at + Ipv4.Checksum, foldChecksum(sum16(buf, at, at + IPV4_HEADER, 0)));
}

/**
 * The checksum of the TCP, UDP or ICMP message in the packet buf[at, end), whose header has no options; zero when it is
 * right. The pseudo-header's addresses (RFC 9293 §3.1, RFC 768) stand right before the message; ICMP has none.
 * @param stop where the octets begin that have been summed before, if any
 * @param sum theirs (see sum16); that of the whole packet will do, for a right IP header sums up to nothing
 */
export function payloadChecksum(buf: Uint8Array, at: number, end: number, stop?: number, sum?: number): number {
  const protocol = buf[at + Ipv4.Protocol];
  const icmp = protocol === IpProtocol.Icmp;
  return foldChecksum(
    (sum || 0) +
      sum16(buf, at + (icmp ? IPV4_HEADER : Ipv4.Source), stop || end, icmp ? 0 : protocol + end - at - IPV4_HEADER),
  );
}
