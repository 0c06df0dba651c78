/** What the protocols of a host share: interfaces, routes, bounds, counters, and the way out of an IP packet. */

import { IPV4_HEADER, ipv4Emit } from '../wire/ipv4';
import { Segment, createSegment } from '../wire/tcp';
import type { Ping } from './icmp';
import type { Tcb } from './tcb';
import type { UdpSocket } from './udp';

/** One interface as the host sees it. Addresses are unsigned 32-bit numbers, 0 for none. */
export interface Netif {
  _address: number;
  _mask: number;
  _gateway: number;
  /** Longest IP packet to be sent, octets. */
  _mtu: number;
  _up: boolean;
  _dns: number[];
  /** Sends the packet buf[at, end) at once; false when it could not. */
  _output(buf: Uint8Array, at: number, end: number): boolean;
}

export interface StackStats {
  /** Packets that were malformed or had a bad checksum. */
  badPackets: number;
  /** Fragments refused. */
  fragments: number;
  /** Good packets for nobody here. */
  dropped: number;
  tcpRetransmits: number;
  /** TCP segments that came out of order and were kept, and those for which there was no room. */
  tcpOutOfOrder: number;
  tcpOutOfOrderDropped: number;
}

/** Named bounds: nothing in the stack grows past them. */
export interface StackBounds {
  /** TCP connections at a time, those that are closing included. */
  _tcpSockets: number;
  /** Octets that a connection keeps until the peer has acknowledged them. */
  _tcpSendRing: number;
  /** The receive window offered, octets; also what a paused reader may keep waiting. */
  _tcpWindow: number;
  /** Octets received out of order that a connection keeps. */
  _outOfOrder: number;
  _udpSockets: number;
  /** Names remembered. */
  _dnsCache: number;
  /** Data segments sent in one go: while a firmware writes, nothing is read. */
  _txBurst: number;
  /** Longest packet, octets. */
  _mtu: number;
}

export interface Stack {
  _bounds: StackBounds;
  _random32: () => number;
  _nowMs: number;
  _netifs: Netif[];
  _tcbs: Tcb[];
  /** Connections that are over and have not told their users yet. */
  _ended: Tcb[];
  _udps: UdpSocket[];
  _pings: Ping[];
  /** The packet being sent: head-room for a link header, then IP. */
  _frame: Uint8Array;
  _segment: Segment;
  _ipId: number;
  /** Unreachable messages are limited to one in so many ms (RFC 1812 §4.3.2.8). */
  _unreachableAtMs: number;
  _stats: StackStats;
  /**
   * A gateway takes packets for any address: asked for a new TCP connection to somewhere else; returns whether it is
   * taken. Null on a plain host.
   */
  _foreignTcp: ((tcb: Tcb) => boolean) | null;
  /** The same for a UDP datagram (payload buf[at, end)) and an ICMP message. */
  _foreignUdp:
    ((source: number, sourcePort: number, destination: number, port: number, payload: Uint8Array) => void) | null;
  _foreignEcho: ((source: number, destination: number, id: number, sequence: number, data: Uint8Array) => void) | null;
}

/** Head-room before the IP header: an Ethernet header and two octets that align what follows. */
export const HEAD_ROOM = 16;

/** Where the transport's header begins in the stack's frame. */
export const TRANSPORT_AT = HEAD_ROOM + IPV4_HEADER;

const FIRST_DYNAMIC_PORT = 49152;

export function createStack(bounds: StackBounds, random32: () => number): Stack {
  const frame = new Uint8Array((HEAD_ROOM + bounds._mtu + 3) & ~1);
  return {
    _bounds: bounds,
    _random32: random32,
    _nowMs: 0,
    _netifs: [],
    _tcbs: [],
    _ended: [],
    _udps: [],
    _pings: [],
    _frame: frame,
    _segment: createSegment(),
    _ipId: random32() & 0xffff,
    _unreachableAtMs: 0,
    _stats: {
      badPackets: 0,
      fragments: 0,
      dropped: 0,
      tcpRetransmits: 0,
      tcpOutOfOrder: 0,
      tcpOutOfOrderDropped: 0,
    },
    _foreignTcp: null,
    _foreignUdp: null,
    _foreignEcho: null,
  };
}

/** A port of the dynamic range (RFC 6335) that no socket here uses for this protocol, at random (RFC 6056 §3.3.1). */
export function ephemeralPort(stack: Stack, used: (port: number) => boolean): number {
  let port = stack._random32();
  do {
    port = FIRST_DYNAMIC_PORT + (++port & 0x3fff);
  } while (used(port));
  return port;
}

/** The interface that reaches an address: the one whose network holds it, else the last one that came up with a gateway. */
export function routeTo(stack: Stack, destination: number): Netif | null {
  const netifs = stack._netifs;
  let found: Netif | null = null;
  for (let i = 0; i < netifs.length; i++) {
    const netif = netifs[i];
    if (netif._up) {
      if (netif._mask && ((destination ^ netif._address) & netif._mask) === 0) {
        return netif;
      }
      if (netif._gateway) {
        found = netif;
      }
    }
  }
  return found;
}

/** An interface has its address. */
export function netifUp(stack: Stack, netif: Netif): void {
  netif._up = true;
  const at = stack._netifs.indexOf(netif);
  if (at >= 0) {
    stack._netifs.splice(at, 1);
  }
  stack._netifs.push(netif);
}

/**
 * Sends the IP packet whose payload stands in the stack's frame from TRANSPORT_AT to end.
 * @returns false when the interface could not
 */
export function stackOutput(
  stack: Stack,
  netif: Netif,
  end: number,
  protocol: number,
  source: number,
  destination: number,
): boolean {
  stack._ipId = (stack._ipId + 1) & 0xffff;
  ipv4Emit(stack._frame, HEAD_ROOM, end, stack._ipId, protocol, source, destination);
  return netif._output(stack._frame, HEAD_ROOM, end);
}
