/** IPv6 on Ethernet (RFC 2464): the MAC address of a group, and the identifier that a MAC address makes. */

import type { Address } from './addr';
import { ipv6Groups } from './addr6';

/** RFC 2464 §7: 33:33 and the last four octets of a group. */
export function groupMac(group: Address): Uint8Array {
  const groups = ipv6Groups(group) as number[];
  return new Uint8Array([0x33, 0x33, groups[6] >> 8, groups[6], groups[7] >> 8, groups[7]]);
}

/** RFC 2464 §4: a modified EUI-64, in the middle of which stands fffe. Writes eight octets. */
export function putIdentifier(buf: Uint8Array, at: number, mac: Uint8Array): void {
  buf.set([mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]], at);
}
