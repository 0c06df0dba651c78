/** What the parts of an Ethernet interface share. */

import type { DhcpReply } from '../wire/dhcp';
import { ETHERNET_HEADER, MAC_LENGTH } from '../wire/ethernet';

export const NEVER = Infinity;

/** RFC 2131 figure 5; Off without DHCP or cable, Checking while the address is probed (RFC 5227). */
export const enum DhcpState {
  Off,
  Selecting,
  Requesting,
  Rebooting,
  Checking,
  Bound,
  Renewing,
  Rebinding,
}

export const enum NeighbourState {
  Free,
  /** Nothing is known yet; requests are broadcast. */
  Asking,
  Known,
}

/** One station on the cable. */
export interface Neighbour {
  _state: NeighbourState;
  _address: number;
  /** The whole Ethernet header of a packet to it. */
  _header: Uint8Array;
  /** When it is asked for (again), ms. */
  _askAtMs: number;
  _asked: number;
  /** For the choice of the one that gives way. */
  _usedAtMs: number;
  /** The packet that waits for its address. */
  _waiting: Uint8Array | null;
}

export interface EthernetStats {
  rxFrames: number;
  txFrames: number;
  rxBytes: number;
  txBytes: number;
  /** Frames too short or from nobody. */
  badFrames: number;
  /** Good frames of protocols not spoken here, or for others. */
  otherFrames: number;
  /** Packets that could not be sent: no address, no neighbour, or the driver would not. */
  unsent: number;
  badArp: number;
  /** Neighbours that did not answer. */
  arpUnanswered: number;
  /** Messages of DHCP that were malformed, for others, out of turn, or without what they must have. */
  badDhcp: number;
  /** Others that claimed our address. */
  conflicts: number;
}

/** What a user has set; without an address there is none. */
export interface StaticAddress {
  _address: number;
  _mask: number;
  _gateway: number;
}

/** What a link asks of whoever has it. */
export interface EthernetOwner {
  /** Sends the frame buf[at, end) at once; false when it could not. */
  _transmit(buf: Uint8Array, at: number, end: number): boolean;
  /** An IP packet has come; type is that of the frame. */
  _packet(type: number, buf: Uint8Array, at: number, end: number): void;
  /** The address is there, or has gone; see EthernetLink._address and _lost. */
  _configured(): void;
  /** No address, and why: 'no-answer' of a DHCP server, 'address-conflict'. It goes on trying. */
  _failed(reason: string): void;
  _random32(): number;
  /** In DHCP's option 12; empty for none. */
  _hostName(): Uint8Array;
}

/** One Ethernet interface. Addresses are unsigned 32-bit numbers, 0 for none. */
export interface EthernetLink {
  _owner: EthernetOwner;
  _nowMs: number;
  _mac: Uint8Array;
  /** There is a cable, and the interface is active. */
  _up: boolean;
  /** What is in use. */
  _address: number;
  _mask: number;
  _gateway: number;
  _dns: number[];
  /** The last address is gone for good, and not only until the cable is back. */
  _lost: boolean;
  /** The user's address; null for DHCP. */
  _static: StaticAddress | null;
  /** The link's own frames: ARP, DHCP. */
  _frame: Uint8Array;
  _neighbours: Neighbour[];
  /** The address being probed, and how far that is. */
  _candidate: number;
  _probes: number;
  _announcements: number;
  _probeAtMs: number;
  _defendedAtMs: number;
  _conflicts: number;
  /** DHCP. */
  _dhcp: DhcpState;
  _xid: number;
  _tries: number;
  _dhcpAtMs: number;
  _naks: number;
  /** What the server has offered or given, and where its frames come from. */
  _reply: DhcpReply | null;
  _serverMac: Uint8Array;
  /** The lease: asked for at, half of it, seven eighths of it, its end; ms. */
  _askedAtMs: number;
  _t1AtMs: number;
  _t2AtMs: number;
  _expiresAtMs: number;
  _stats: EthernetStats;
}

export const BROADCAST = new Uint8Array([255, 255, 255, 255, 255, 255]);

/** Head-room that aligns what follows the Ethernet header. */
export const FRAME_AT = 2;
export const PAYLOAD_AT = FRAME_AT + ETHERNET_HEADER;

/** Sends a frame; counts. */
export function transmit(link: EthernetLink, buf: Uint8Array, at: number, end: number): boolean {
  const stats = link._stats;
  if (!link._up || !link._owner._transmit(buf, at, end)) {
    stats.unsent++;
    return false;
  }
  stats.txFrames++;
  stats.txBytes += end - at;
  return true;
}

/** Between least and twice that, ms. */
export function jitter(link: EthernetLink, leastMs: number): number {
  return leastMs + (link._owner._random32() % leastMs);
}

export function isOurs(link: EthernetLink, buf: Uint8Array, at: number): boolean {
  for (let i = 0; i < MAC_LENGTH; i++) {
    if (buf[at + i] !== link._mac[i]) {
      return false;
    }
  }
  return true;
}
