/**
 * An Ethernet interface above its driver: frames and IP packets in and out, ARP, DHCP or a static address, conflict
 * detection. Doors: ethernetInput, ethernetPoll, ethernetPollAt; ethernetOutput; ethernetCarrier for the cable.
 */

import { Arp, ArpOperation, arpParse } from '../wire/arp';
import { copyOf, getU16, getU32 } from '../wire/bytes';
import { ETHERNET_HEADER, EtherType, MAC_LENGTH, ethernetParse } from '../wire/ethernet';
import { IPV4_HEADER, IpProtocol, Ipv4, ipv4Parse, payloadChecksum } from '../wire/ipv4';
import { min } from '../wire/math';
import { UDP_HEADER, Udp } from '../wire/udp';
import { announce, conflictPoll, conflictSeen, startProbing, stopProbing } from './conflict';
import {
  CLIENT_PORT,
  FRAME_ROOM,
  SERVER_PORT,
  dhcpBound,
  dhcpDecline,
  dhcpInput,
  dhcpPoll,
  dhcpRelease,
  dhcpRenew,
  dhcpStart,
  loseAddress,
} from './dhcp';
import { BROADCAST, DhcpState, EthernetLink, EthernetOwner, NEVER, StaticAddress, isOurs } from './link-types';
import { createNeighbour, forgetNeighbours, learn, neighboursPoll, neighboursPollAt, sendArp } from './neighbours';

export type { EthernetLink, EthernetOwner, EthernetStats, StaticAddress } from './link-types';
export { DhcpState } from './link-types';
export { ethernetOutput } from './output';

/** A static address that is another's is tried again after this long. */
const STATIC_RETRY_MS = 60000;

/** @param neighbours how many of them are known at a time */
export function createEthernet(owner: EthernetOwner, neighbours: number): EthernetLink {
  const link: EthernetLink = {
    _owner: owner,
    _nowMs: 0,
    _mac: new Uint8Array(MAC_LENGTH),
    _up: false,
    _address: 0,
    _mask: 0,
    _gateway: 0,
    _dns: [],
    _lost: false,
    _static: null,
    _frame: new Uint8Array((FRAME_ROOM + 1) & ~1),
    _neighbours: [],
    _candidate: 0,
    _probes: 0,
    _announcements: 0,
    _probeAtMs: NEVER,
    _defendedAtMs: -NEVER,
    _conflicts: 0,
    _dhcp: DhcpState.Off,
    _xid: 0,
    _tries: 0,
    _dhcpAtMs: NEVER,
    _naks: 0,
    _reply: null,
    _serverMac: BROADCAST,
    _askedAtMs: 0,
    _t1AtMs: 0,
    _t2AtMs: 0,
    _expiresAtMs: 0,
    _stats: {
      rxFrames: 0,
      txFrames: 0,
      rxBytes: 0,
      txBytes: 0,
      badFrames: 0,
      otherFrames: 0,
      unsent: 0,
      badArp: 0,
      arpUnanswered: 0,
      badDhcp: 0,
      conflicts: 0,
    },
  };
  while (link._neighbours.length < neighbours) {
    link._neighbours.push(createNeighbour());
  }
  return link;
}

function begin(link: EthernetLink): void {
  const fixed = link._static;
  if (!fixed) {
    dhcpStart(link);
  } else if (fixed._address) {
    startProbing(link, fixed._address);
  }
}

/** Everything stops; the lease, if there is one, is kept. */
function halt(link: EthernetLink): void {
  stopProbing(link);
  forgetNeighbours(link);
  link._dhcp = DhcpState.Off;
  link._dhcpAtMs = NEVER;
}

/**
 * The cable is in, or out. Without it there is no address to send from, but the lease is kept, and connections with it:
 * when the cable is back the same address is asked for.
 */
export function ethernetCarrier(link: EthernetLink, up: boolean, nowMs: number): void {
  link._nowMs = nowMs;
  if (up !== link._up) {
    link._up = up;
    halt(link);
    if (up) {
      begin(link);
    } else if (link._address) {
      link._address = 0;
      link._lost = false;
      link._owner._configured();
    }
  }
}

/** The interface is switched off: the address is given back. */
export function ethernetClose(link: EthernetLink, nowMs: number): void {
  link._nowMs = nowMs;
  dhcpRelease(link);
  halt(link);
  link._up = false;
  loseAddress(link);
}

/** Takes this address, or none when it is 0, or with null one from DHCP; what was there before is given back. */
export function ethernetConfigure(link: EthernetLink, fixed: StaticAddress | null, nowMs: number): void {
  link._nowMs = nowMs;
  link._static = fixed;
  dhcpRelease(link);
  halt(link);
  if (link._up) {
    begin(link);
  }
  if (link._address) {
    loseAddress(link);
  }
}

/** Asks DHCP for more time, or for an address in the place of a static one. */
export function ethernetDhcp(link: EthernetLink, nowMs: number): void {
  link._nowMs = nowMs;
  if (link._static) {
    ethernetConfigure(link, null, nowMs);
  } else if (link._up) {
    dhcpRenew(link);
  }
}

/** Takes the frame buf[at, end), without its FCS. */
export function ethernetInput(link: EthernetLink, buf: Uint8Array, at: number, end: number, nowMs: number): void {
  const stats = link._stats;
  const type = ethernetParse(buf, at, end);
  link._nowMs = nowMs;
  if (type < 0) {
    stats.badFrames++;
    return;
  }
  stats.rxFrames++;
  stats.rxBytes += end - at;
  const payload = at + ETHERNET_HEADER;
  if (!link._up || (!(buf[at] & 1) && !isOurs(link, buf, at))) {
    stats.otherFrames++;
  } else if (type === EtherType.Arp) {
    arpInput(link, buf, payload, end);
  } else if (type === EtherType.Ipv4 && isForDhcp(link, buf, payload, end)) {
    const udp = payload + IPV4_HEADER;
    dhcpInput(link, buf, at, udp + UDP_HEADER, udp + getU16(buf, udp + Udp.Length));
  } else if (type === EtherType.Ipv6 || (type === EtherType.Ipv4 && link._address)) {
    link._owner._packet(type, buf, payload, end);
  } else {
    stats.otherFrames++;
  }
}

/** Whether the packet buf[at, end) is a whole datagram from a DHCP server to its client, whatever address it goes to. */
function isForDhcp(link: EthernetLink, buf: Uint8Array, at: number, end: number): boolean {
  const udp = at + IPV4_HEADER;
  if (
    !link._dhcp ||
    end - udp < UDP_HEADER ||
    buf[at + Ipv4.Protocol] !== IpProtocol.Udp ||
    getU16(buf, udp) !== SERVER_PORT ||
    getU16(buf, udp + Udp.DestinationPort) !== CLIENT_PORT ||
    ipv4Parse(buf, at, end) !== udp
  ) {
    return false;
  }
  const length = getU16(buf, udp + Udp.Length);
  return (
    length >= UDP_HEADER &&
    udp + length <= at + getU16(buf, at + Ipv4.TotalLength) &&
    // As the stack does it: no checksum, or a right one.
    !(getU16(buf, udp + Udp.Checksum) && payloadChecksum(buf, at, udp + length))
  );
}

function arpInput(link: EthernetLink, buf: Uint8Array, at: number, end: number): void {
  const operation = arpParse(buf, at, end);
  if (operation < 0) {
    link._stats.badArp++;
    return;
  }
  if (conflictSeen(link, operation, buf, at)) {
    giveUp(link);
    return;
  }
  const asksUs = !!link._address && getU32(buf, at + Arp.Target) === link._address;
  if (getU32(buf, at + Arp.Sender) !== link._address) {
    learn(link, buf, at, asksUs && operation === ArpOperation.Request);
  }
  if (asksUs && operation === ArpOperation.Request) {
    const mac = copyOf(buf, at + Arp.SenderMac, at + Arp.SenderMac + MAC_LENGTH);
    sendArp(link, ArpOperation.Reply, link._address, mac, getU32(buf, at + Arp.Sender), mac);
  }
}

/** The address is another's. */
function giveUp(link: EthernetLink): void {
  if (link._dhcp) {
    dhcpDecline(link);
    return;
  }
  const fixed = link._static;
  stopProbing(link);
  link._owner._failed('address-conflict');
  // Whoever was told may have had his own ideas.
  if (fixed && fixed === link._static && link._up) {
    startProbing(link, fixed._address);
    link._probeAtMs = link._nowMs + STATIC_RETRY_MS;
    if (link._address) {
      loseAddress(link);
    }
  }
}

export function ethernetPoll(link: EthernetLink, nowMs: number): void {
  link._nowMs = nowMs;
  neighboursPoll(link);
  dhcpPoll(link);
  if (conflictPoll(link)) {
    const fixed = link._static;
    announce(link);
    if (fixed) {
      link._address = fixed._address;
      link._mask = fixed._mask;
      link._gateway = fixed._gateway;
      link._owner._configured();
    } else {
      dhcpBound(link);
    }
    conflictPoll(link);
  }
}

/** When ethernetPoll has something to do next, ms; Infinity for never. */
export function ethernetPollAt(link: EthernetLink): number {
  return neighboursPollAt(link, min(link._dhcpAtMs, link._probeAtMs));
}
