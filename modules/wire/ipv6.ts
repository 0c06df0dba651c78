/** The IPv6 header and the extension headers that a host has to understand, RFC 8200; ICMPv6's checksum, RFC 4443. */

import type { Address } from './addr';
import { putIpv6 } from './addr6';
import { getU16, putU16, putU32 } from './bytes';
import { foldChecksum, sum16 } from './checksum';
import { Icmpv6Code } from './icmpv6';

export const enum NextHeader {
  HopByHop = 0,
  Tcp = 6,
  Udp = 17,
  Routing = 43,
  Fragment = 44,
  Icmp = 58,
  None = 59,
  DestinationOptions = 60,
}

/** Octets of the header. */
export const IPV6_HEADER = 40;

/** RFC 8200 §5: no link that carries IPv6 has less. */
export const IPV6_MTU_LEAST = 1280;

/** Offsets of the fields. */
export const enum Ipv6 {
  PayloadLength = 4,
  NextHeader = 6,
  HopLimit = 7,
  Source = 8,
  Destination = 24,
}

/**
 * Checks version and length of the packet at buf[at, end).
 * @returns where the packet ends, which may be before `end` (padding); or -1
 */
export function ipv6Parse(buf: Uint8Array, at: number, end: number): number {
  const stop = at + IPV6_HEADER + getU16(buf, at + Ipv6.PayloadLength);
  return at + IPV6_HEADER > end || buf[at] >> 4 !== 6 || stop > end ? -1 : stop;
}

/** Writes the header of the packet buf[at, end): no traffic class, no flow label. */
export function ipv6Emit(
  buf: Uint8Array,
  at: number,
  end: number,
  next: NextHeader,
  hopLimit: number,
  source: Address,
  destination: Address,
): void {
  putU32(buf, at, 0x60000000);
  putU16(buf, at + Ipv6.PayloadLength, end - at - IPV6_HEADER);
  buf[at + Ipv6.NextHeader] = next;
  buf[at + Ipv6.HopLimit] = hopLimit;
  putIpv6(buf, at + Ipv6.Source, source);
  putIpv6(buf, at + Ipv6.Destination, destination);
}

/** The sum of both addresses of the packet at `at`, below 2^17 (see sum16). */
export function addressSum(buf: Uint8Array, at: number): number {
  return sum16(buf, at + Ipv6.Source, at + IPV6_HEADER, 0);
}

/** The checksum of the message buf[header, end) in the packet at `at` (RFC 8200 §8.1); zero when it is right. */
export function checksum6(buf: Uint8Array, at: number, header: number, end: number, protocol: NextHeader): number {
  return foldChecksum(sum16(buf, header, end, addressSum(buf, at) + protocol + end - header));
}

/** What there is instead of an offset. */
export const enum Chain {
  /** An extension header is cut off or lies about its length. */
  Bad = -1,
  /** It says that the packet is to be dropped. */
  Discard = -2,
}

/** One step along the headers. */
export interface Upper {
  /** The header that is none of those that are stepped over, and where it is; or a Chain. */
  _next: number;
  _at: number;
  /** Where the field stands that says what `_next` is. */
  _field: number;
  /** Where the field stands that nobody understands and whose sender wants to know (RFC 4443 §3.4), else 0; and a code. */
  _problem: number;
  _code: number;
}

/** The options of buf[at, end) (RFC 8200 §4.2): of those that nobody knows the type says what is to be done. */
function optionsVerdict(buf: Uint8Array, at: number, end: number, upper: Upper): number {
  while (at < end) {
    const type = buf[at];
    if (!type) {
      at++;
    } else {
      const next = at + 2 + buf[at + 1];
      if (at + 2 > end || next > end) {
        return Chain.Bad;
      }
      // PadN, Router Alert (RFC 2711).
      if (type !== 1 && type !== 5 && type >> 6) {
        upper._problem = type >> 6 > 1 ? at : 0;
        upper._code = Icmpv6Code.UnknownOption;
        return Chain.Discard;
      }
      at = next;
    }
  }
  return 0;
}

/**
 * Walks from the header of the packet buf[at, end) over extension headers to the first that is something else: a
 * transport, a fragment. As many as fit into the packet; each is eight octets at least, so it ends.
 */
export function ipv6Upper(buf: Uint8Array, at: number, end: number): Upper {
  const upper: Upper = {
    _next: buf[at + Ipv6.NextHeader],
    _at: at + IPV6_HEADER,
    _field: at + Ipv6.NextHeader,
    _problem: 0,
    _code: 0,
  };
  for (;;) {
    const next = upper._next;
    const header = upper._at;
    const isOptions = next === NextHeader.HopByHop || next === NextHeader.DestinationOptions;
    if (next === NextHeader.HopByHop && header !== at + IPV6_HEADER) {
      // RFC 8200 §4: it is the first one or none.
      upper._problem = upper._field;
      upper._code = Icmpv6Code.UnknownNextHeader;
      upper._next = Chain.Discard;
      return upper;
    }
    if (!isOptions && next !== NextHeader.Routing) {
      return upper;
    }
    const stop = header + 8 + 8 * buf[header + 1];
    if (header + 8 > end || stop > end) {
      upper._next = Chain.Bad;
      return upper;
    }
    if (isOptions) {
      const verdict = optionsVerdict(buf, header + 2, stop, upper);
      if (verdict) {
        upper._next = verdict;
        return upper;
      }
    } else if (buf[header + 3]) {
      // RFC 8200 §4.4: a route nobody here knows, with something left of it.
      upper._problem = header + 2;
      upper._next = Chain.Discard;
      return upper;
    }
    upper._field = header;
    upper._next = buf[header];
    upper._at = stop;
  }
}
