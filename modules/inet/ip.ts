/** What the protocols of a host share: interfaces, routes, bounds, counters, and the way out of an IP packet. */

import type { Address } from '../wire/addr';
import { grown, putU16 } from '../wire/bytes';
import { IPV4_HEADER, IpProtocol, ipv4Emit, ipv4Prepare, payloadChecksum } from '../wire/ipv4';
import { min } from '../wire/math';
import type { Listener, Tcb } from './tcb';
import type { UdpSocket } from './udp';

/** One interface as the host sees it. Addresses are unsigned 32-bit numbers, 0 for none; of its IPv6 face see ip6.ts. */
export interface Netif {
  _address: number;
  _mask: number;
  _gateway: number;
  /** Longest IP packet to be sent, octets. */
  _mtu: number;
  _up: boolean;
  _dns: Address[];
  /** The user's object for it. */
  _nic?: unknown;
  /** Sends the packet buf[at, end) at once; false when it could not. */
  _output(buf: Uint8Array, at: number, end: number, source?: Address, destination?: Address): boolean;
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
  /** Octets that a buffer for a frame begins with, even; it grows as soon as a longer one is to fit. 128 at least. */
  _frameFirst: number;
  /** TCP connections at a time, those that are closing included. */
  _tcpSockets: number;
  /** Octets that a connection keeps until the peer has acknowledged them. */
  _tcpSendRing: number;
  /** The receive window offered, octets, at most 65535; also what a paused reader may keep waiting. */
  _tcpWindow: number;
  /** By how much less is offered while data of ours is on its way. */
  _sendingReserve: number;
  /** Octets received out of order that a connection keeps, in as many segments as fit if all are full. */
  _outOfOrder: number;
  _udpSockets: number;
  /** Names remembered. */
  _dnsCache: number;
  /**
   * Data segments of a connection that are sent in one go. 0 where writing blocks for as long as the line takes: one, and
   * with a poll alone, so that what comes in is read between two of them, and the user may write more before.
   */
  _txBurst: number;
  /** Longest packet, octets. */
  _mtu: number;
}

export interface Stack {
  _bounds: StackBounds;
  _random32: () => number;
  /** Draws initial sequence numbers; at random, unless an entry knows better: see isn.ts. */
  _isn: (tcb: Tcb) => number;
  _nowMs: number;
  /** _txBurst, or what it stands for during a poll. */
  _burst: number;
  _netifs: Netif[];
  _tcbs: Tcb[];
  /** As many as the user makes. */
  _listeners: Listener[];
  /** Connections that are over and have not told their users yet. */
  _ended: Tcb[];
  _udps: UdpSocket[];
  /** The packet being sent: head-room for a link header, then IP. */
  _frame: Uint8Array;
  /**
   * The full segment that goes next from this connection is summed while the one before it leaves: [_aheadFrom, _aheadTo)
   * of it are in _aheadSum.
   */
  _ahead: Tcb | null;
  _aheadFrom: number;
  _aheadTo: number;
  _aheadSum: number;
  /** Of the packet in the frame, what lies behind _sumEnd has been summed to _sum; 0 for nothing. */
  _sumEnd: number;
  _sum: number;
  /** The sum of the packet that comes in, where its link has found it out; else 0 or undefined. */
  _rxSum: number | undefined;
  /** Unreachable messages are limited to one in so many ms (RFC 1812 §4.3.2.8). */
  _unreachableAtMs: number;
  _stats: StackStats;
  /** Asked about good packets that nobody here takes; see claim.ts. */
  _unclaimed?: Claim;
  /** A gateway hears packets for any address. */
  _anyAddress?: boolean;
  /** Instead of inputTcb, which it calls: for what an entry adds to TCP. See sack.ts and keepalive.ts. */
  _segment?: TcpSegment;
  /** Says instead which interface reaches an address. See routes.ts. */
  _route?: (destination: Address) => Netif | null;
  /** Puts options into the frame at `end`, before `length` octets of data; returns their end. See sack.ts. */
  _tcpOptions?: (tcb: Tcb, flags: number, end: number, length: number) => number;
}

/** Takes the segment of a connection at buf[header, end), the data of which begins at `data`. */
export type TcpSegment = (
  tcb: Tcb,
  buf: Uint8Array,
  header: number,
  data: number,
  end: number,
  flags: number,
) => Verdict;

/** Looks at the packet buf[at, end), whose header has no options; returns whether it takes it. */
export type Claim = (
  netif: Netif,
  buf: Uint8Array,
  at: number,
  end: number,
  source: number,
  destination: number,
) => boolean;

/** What becomes of a packet. */
export const enum Verdict {
  Taken,
  /** Malformed, or its checksum is wrong. */
  Bad,
  /** Not for us, or no room for it. */
  Dropped,
  /** Good, but nobody here waits for it: its sender is told. */
  Unclaimed,
}

/** Head-room before the IP header: an Ethernet header and two octets that align what follows. */
export const HEAD_ROOM = 16;

/** Where the transport's header begins in the stack's frame. */
export const TRANSPORT_AT = HEAD_ROOM + IPV4_HEADER;

const FIRST_DYNAMIC_PORT = 49152;

/** The stack's frame, which has grown when a packet that ends there would not fit into it; what it held is kept. */
export function frameFor(stack: Stack, end: number): Uint8Array {
  return (stack._frame = grown(stack._frame, end, (HEAD_ROOM + stack._bounds._mtu + 3) & ~1));
}

export function createStack(bounds: StackBounds, random32: () => number): Stack {
  const frame = new Uint8Array(min(bounds._frameFirst, (HEAD_ROOM + bounds._mtu + 3) & ~1));
  ipv4Prepare(frame, HEAD_ROOM);
  return {
    _bounds: bounds,
    _random32: random32,
    _isn: random32,
    _nowMs: 0,
    _burst: bounds._txBurst,
    _netifs: [],
    _tcbs: [],
    _listeners: [],
    _ended: [],
    _udps: [],
    _frame: frame,
    _ahead: null,
    _unreachableAtMs: 0,
    _stats: {
      badPackets: 0,
      fragments: 0,
      dropped: 0,
      tcpRetransmits: 0,
      tcpOutOfOrder: 0,
      tcpOutOfOrderDropped: 0,
    },
    // What is missing is written before it is read, or counts as zero.
  } as Partial<Stack> as Stack;
}

/** The first of `list` that has a port of ours. */
export function findPort<T extends { _localPort: number }>(list: T[], port: number): T | null {
  for (let i = 0; i < list.length; i++) {
    if (list[i]._localPort === port) {
      return list[i];
    }
  }
  return null;
}

/** A port of the dynamic range (RFC 6335) that nothing in `list` has, at random (RFC 6056 §3.3.1). */
export function ephemeralPort(stack: Stack, list: { _localPort: number }[]): number {
  let port = stack._random32();
  do {
    port = FIRST_DYNAMIC_PORT + (++port & 0x3fff);
  } while (findPort(list, port));
  return port;
}

export function removeFrom<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) {
    list.splice(at, 1);
  }
}

/** The interface that reaches an address: the one whose network holds it, else the last one that came up with a gateway. */
export function routeTo(stack: Stack, destination: Address): Netif | null {
  const netifs = stack._netifs;
  let found: Netif | null = null;
  if (stack._route) {
    return stack._route(destination);
  }
  for (let i = 0; i < netifs.length; i++) {
    const netif = netifs[i];
    if (netif._up) {
      if (netif._mask && (((destination as number) ^ netif._address) & netif._mask) === 0) {
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
  removeFrom(stack._netifs, netif);
  stack._netifs.push(netif);
}

/**
 * Sends the packet whose payload stands in the stack's frame from TRANSPORT_AT to end, its checksum (still zero) at checksumAt.
 * @returns false when the interface could not
 */
export function stackOutput(
  stack: Stack,
  netif: Netif,
  protocol: IpProtocol,
  checksumAt: number,
  end: number,
  source: Address,
  destination: Address,
): boolean {
  const frame = stack._frame;
  // An address of IPv6 leaves zeros: the header gives way to another.
  ipv4Emit(frame, HEAD_ROOM, end, protocol, source as number, destination as number);
  // To UDP a zero would mean "no checksum", and ones say the same.
  putU16(
    frame,
    checksumAt,
    payloadChecksum(frame, HEAD_ROOM, end, stack._sumEnd, stack._sum) || (protocol === IpProtocol.Udp ? 0xffff : 0),
  );
  stack._sumEnd = stack._sum = 0;
  return netif._output(frame, HEAD_ROOM, end, source, destination);
}
