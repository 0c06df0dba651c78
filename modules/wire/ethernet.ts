/** The Ethernet II header (RFC 894) and MAC addresses, which are six octets in an array. */

import { getU16, putBytes, putU16 } from './bytes';

export const enum EtherType {
  Ipv4 = 0x0800,
  Arp = 0x0806,
  Ipv6 = 0x86dd,
}

/** Octets before the payload, and of one address. */
export const ETHERNET_HEADER = 14;
export const MAC_LENGTH = 6;

/** Offsets of the fields. */
export const enum Ethernet {
  Destination = 0,
  Source = 6,
  Type = 12,
}

/**
 * The type of the frame buf[at, end), whose payload stands ETHERNET_HEADER octets on; or -1 when it is shorter than its
 * header, or its source is a group, which cannot be (IEEE 802.3 §3.2.3). Below 1536 it is a length: IEEE 802.2, not for IP.
 */
export function ethernetParse(buf: Uint8Array, at: number, end: number): number {
  return end - at < ETHERNET_HEADER || buf[at + Ethernet.Source] & 1 ? -1 : getU16(buf, at + Ethernet.Type);
}

/** Writes a header before a payload; returns its length. */
export function ethernetEmit(
  buf: Uint8Array,
  at: number,
  destination: Uint8Array,
  source: Uint8Array,
  type: EtherType,
): number {
  putBytes(buf, at, destination, 0, MAC_LENGTH);
  putBytes(buf, at + Ethernet.Source, source, 0, MAC_LENGTH);
  putU16(buf, at + Ethernet.Type, type);
  return ETHERNET_HEADER;
}
