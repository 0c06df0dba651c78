/**
 * The one host of a program: the stack, the resolver, the links, and the only timer there is, which is set to the
 * earliest deadline of them all.
 */

import { Stack, StackBounds, createStack } from '../inet/ip';
import { stackPoll, stackPollAt } from '../inet/stack';
import type { SpiDevice } from '../ethernet/w5500';
import type { LinkOwner } from '../ppp/link';
import type { Mdns } from '../inet/mdns';
import type { Ipv6Host } from './ipv6-host';
import type { Wired } from './ethernet-types';
import type { NIC } from './nic';
import type { PPP } from './ppp';
import type { Radio } from './radio';
import { Resolved, Resolver, createResolver, resolverPoll, resolverPollAt } from '../inet/resolver';

/** Named bounds of a board; see the board's target for the reasons of its numbers. */
export interface Bounds extends StackBounds {
  /** Longest packet a peer may send us, octets. */
  _mru: number;
  /** Octets of a frame without its escapes, and of what comes with an event. */
  _frameBuffer: number;
  /** Octets of a packet that are framed and written at a time. */
  _txPiece: number;
  /** Octets read from a stream at a time when it has no read(). */
  _readChunk: number;
}

/** What a board lends to the stack. */
export interface Platform {
  _bounds: Bounds;
  /** Milliseconds since some start; never goes back. */
  _nowMs(): number;
  /** Calls `_tick` once after so many whole ms; the next call replaces the last. */
  _setTimer(delayMs: number): void;
  /** The host's, which puts it here. */
  _tick?: () => void;
  /** 32 random bits, unpredictable to a peer. */
  _random32(): number;
  /** A stream for a firmware's own UART object, or null when it is none. */
  _wrapStream(object: unknown): unknown;
  /** A chip on SPI, where a bundle has brought that: the firmware's SPI object, and pins; null or undefined for one that is not there. */
  _openSpi?(spi: unknown, cs: unknown, reset: unknown, interrupt: unknown): SpiDevice;
  /** The board's radio, where a bundle has brought that; null when the board has none. */
  _openRadio?(): Radio | null;
  /** An interface with this address, unsigned 32-bit number, has come up (0: gone down): plug sockets in. */
  _plug(address: number): void;
}

/** Something with deadlines: a link. */
export interface Pollable {
  _poll(nowMs: number): void;
  _pollAt(): number;
}

/** A platform, and what there is on it. */
export interface Host extends Platform {
  _stack: Stack;
  _resolver: Resolver;
  _pollables: Pollable[];
  /** The radio's interfaces by their number: there is one of each. */
  _wlans?: NIC[];
  _radio?: Radio | null;
  /** Where they are used; see ipv6-host.ts, mdns.ts. */
  _ipv6?: Ipv6Host;
  _mdns?: Mdns;
  /** Looks names up instead of the resolver: of either version of IP, or in several ways. */
  _resolve?: (name: string, done: Resolved, nowMs: number) => void;
  /** Optional parts see every PPP object that is made, and are there once; see parts.ts. */
  _pppMade?: (ppp: PPP) => void;
  _parts?: string[];
  /** Sees every wired interface that is made. */
  _wiredMade?: (wired: Wired) => void;
  /** Sees every packet of interfaces made from now on; see LinkOwner. */
  _trace: LinkOwner['_trace'];
  /** What the timer is set to, ms; Infinity when it is not. */
  _armedAtMs: number;
}

/** A class of a bundle's face, on which parts that are loaded behind the bundle find its host. */
export interface HostClass {
  _host?: Host;
}

/** The host that new interfaces join; a target sets it before anything else. */
export let theHost: Host;

export function useHost(host: Host): void {
  theHost = host;
}

/** Makes a host of the platform. */
export function createHost(platform: Platform): Host {
  const host = platform as Host;
  host._stack = createStack(host._bounds, host._random32);
  host._resolver = createResolver(host._stack);
  host._pollables = [];
  host._armedAtMs = Infinity;
  host._tick = function () {
    host._armedAtMs = Infinity;
    try {
      hostPoll(host);
    } finally {
      // Also when a program's callback has thrown: time goes on for the others.
      hostRearm(host);
    }
  };
  return host;
}

/** Does all that is due. */
function hostPoll(host: Host): void {
  const nowMs = host._nowMs();
  for (let i = 0; i < host._pollables.length; i++) {
    host._pollables[i]._poll(nowMs);
  }
  resolverPoll(host._resolver, nowMs);
  stackPoll(host._stack, nowMs);
}

/** Sets the timer after anything that may have brought a deadline nearer. A later one costs an early tick, no more. */
export function hostRearm(host: Host): void {
  if (host._armedAtMs <= host._stack._nowMs) {
    return; // It is due already.
  }
  let atMs = resolverPollAt(host._resolver, stackPollAt(host._stack));
  for (let i = 0; i < host._pollables.length; i++) {
    const next = host._pollables[i]._pollAt();
    if (next < atMs) {
      atMs = next;
    }
  }
  if (atMs < host._armedAtMs) {
    host._armedAtMs = atMs;
    host._setTimer(Math.max(0, atMs - host._nowMs()));
  }
}
