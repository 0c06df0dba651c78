/** `--trace`: one line a packet, for people. Secrets are never in it. */

import { controlText } from './control';
import { ipv4PacketText, ipv6PacketText } from './ip';
import { protocolName } from './protocols';
import { count } from './reader';

/**
 * What is in a packet.
 * @param packet behind the protocol field
 */
export function packetText(protocol: number, packet: Uint8Array): string {
  const name = protocolName(protocol);
  if (protocol === 0x0021) {
    return `${name} ${ipv4PacketText(packet)}`;
  }
  if (protocol === 0x0057) {
    return `${name} ${ipv6PacketText(packet)}`;
  }
  // From 0x8000 on all protocols are control protocols, and all of them but LQR have codes.
  return protocol >= 0x8000 && protocol !== 0xc025
    ? `${name} ${controlText(protocol, packet)}`
    : `${name} ${count(packet.length, 'byte')}`;
}

/** @param ms since the start; > is sent, < received */
export function traceLine(ms: number, sent: boolean, protocol: number, packet: Uint8Array): string {
  return `${(ms / 1000).toFixed(3).padStart(9)} s  ${sent ? '>' : '<'} ${packetText(protocol, packet)}`;
}
