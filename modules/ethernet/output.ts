/** The way out of an IP packet: which station it is for. */

import { getU32 } from '../wire/bytes';
import { ETHERNET_HEADER, EtherType, ethernetEmit } from '../wire/ethernet';
import { Ipv4 } from '../wire/ipv4';
import { BROADCAST, EthernetLink, transmit } from './link-types';
import { sendTo } from './neighbours';

/**
 * Sends the IPv4 packet buf[at, end), before which there is room for a header: to its station, to the gateway, or to all.
 */
export function ethernetOutput(link: EthernetLink, buf: Uint8Array, at: number, end: number, nowMs: number): boolean {
  link._nowMs = nowMs;
  if (!link._address) {
    link._stats.unsent++;
    return false;
  }
  const mask = link._mask;
  let address = getU32(buf, at + Ipv4.Destination);
  const near = !((address ^ link._address) & mask);
  // A network of one or two addresses has none for all (RFC 3021).
  if (address >= 0xe0000000 || (near && (mask | 0) < -2 && (address | mask) === -1)) {
    const group = address < 0xf0000000 && address >= 0xe0000000;
    // RFC 1112 §6.4: the low 23 bits of a group.
    const to = group
      ? new Uint8Array([1, 0, 0x5e, (address >> 16) & 127, (address >> 8) & 255, address & 255])
      : BROADCAST;
    ethernetEmit(buf, at - ETHERNET_HEADER, to, link._mac, EtherType.Ipv4);
    return transmit(link, buf, at - ETHERNET_HEADER, end);
  }
  if (!near) {
    address = link._gateway;
    if (!address) {
      link._stats.unsent++;
      return false;
    }
  }
  return sendTo(link, address, buf, at, end);
}
