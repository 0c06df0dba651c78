/** ARP for IPv4 over Ethernet (RFC 826). */

import { MAC_LENGTH } from './ethernet';
import { getU16, getU32, putBytes, putU16, putU32 } from './bytes';

export const enum ArpOperation {
  Request = 1,
  Reply = 2,
}

/** Octets of a packet; behind it a frame has padding. */
export const ARP_LENGTH = 28;

/** Offsets of the fields. */
export const enum Arp {
  Operation = 6,
  SenderMac = 8,
  Sender = 14,
  TargetMac = 18,
  Target = 24,
}

/**
 * The operation of the packet buf[at, end), or -1 when it is not about IPv4 over Ethernet, is too short, or claims to
 * come from a group of stations.
 */
export function arpParse(buf: Uint8Array, at: number, end: number): number {
  const operation = getU16(buf, at + Arp.Operation);
  return end - at < ARP_LENGTH ||
    getU32(buf, at) !== 0x00010800 ||
    getU16(buf, at + 4) !== 0x0604 ||
    !operation ||
    operation > ArpOperation.Reply ||
    buf[at + Arp.SenderMac] & 1
    ? -1
    : operation;
}

/** Writes a packet; addresses are unsigned 32-bit numbers. Returns its length. */
export function arpEmit(
  buf: Uint8Array,
  at: number,
  operation: ArpOperation,
  senderMac: Uint8Array,
  sender: number,
  targetMac: Uint8Array,
  target: number,
): number {
  putU32(buf, at, 0x00010800);
  putU16(buf, at + 4, 0x0604);
  putU16(buf, at + Arp.Operation, operation);
  putBytes(buf, at + Arp.SenderMac, senderMac, 0, MAC_LENGTH);
  putU32(buf, at + Arp.Sender, sender);
  putBytes(buf, at + Arp.TargetMac, targetMac, 0, MAC_LENGTH);
  putU32(buf, at + Arp.Target, target);
  return ARP_LENGTH;
}
