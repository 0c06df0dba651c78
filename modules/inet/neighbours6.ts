/**
 * Neighbours on a link with MAC addresses: a cache of them, and whether they are still there (RFC 4861 §5.1, §7.2, §7.3).
 * Doors: neighbourOutput, neighbourHeard, neighboursPoll, neighboursPollAt.
 */

import { getIpv6, isMulticast, solicitedNode } from '../wire/addr6';
import { copyOf, putBytes } from '../wire/bytes';
import { MAC_LENGTH } from '../wire/ethernet';
import { groupMac } from '../wire/ethernet6';
import { Advertised, Icmpv6 } from '../wire/icmpv6';
import { Ipv6 } from '../wire/ipv6';
import { min } from '../wire/math';
import { undelivered } from './icmp6';
import { HEAD_ROOM, removeFrom } from './ip';
import { Netif6, isUsable, ownAddress, sourceFor } from './ip6';
import { solicit } from './neighbour6';

/** RFC 4861 §10. */
const SOLICITS = 3;
const DELAY_FIRST_PROBE_MS = 5000;

/** RFC 4861 §7.3.2; Free where there is none. */
export const enum Reachability {
  Free,
  Incomplete,
  Reachable,
  Stale,
  Delay,
  Probe,
}

/** One station on the link. */
export interface Neighbour6 {
  _state: Reachability;
  _address: string;
  _mac: Uint8Array;
  /** When the time of its state is over, ms. */
  _dueMs: number;
  /** Solicitations since its state began. */
  _asked: number;
  /** It has answered one of ours. */
  _proven: boolean;
  _usedAtMs: number;
  /** Where the packet came from that it is asked for. */
  _source: string;
  /** The packet that waits for its address, with room for headers before it. */
  _waiting: Uint8Array | null;
}

export interface Neighbour6Stats {
  /** Neighbours that did not answer. */
  ndUnanswered: number;
  /** Messages with what is no station's MAC address. */
  badNeighbour: number;
}

/** Those of one interface. */
export interface Neighbours6 {
  _netif: Netif6;
  _list: Neighbour6[];
  /** Sends the packet buf[at, end) to a MAC address. There is room for a header before it. */
  _send(mac: Uint8Array, buf: Uint8Array, at: number, end: number): boolean;
  _stats: Neighbour6Stats;
}

/** @param places how many are known at a time */
export function createNeighbours6(netif: Netif6, places: number, send: Neighbours6['_send']): Neighbours6 {
  const list: Neighbour6[] = [];
  while (list.length < places) {
    list.push({
      _state: Reachability.Free,
      _address: '',
      _mac: new Uint8Array(MAC_LENGTH),
      _dueMs: Infinity,
      _asked: 0,
      _proven: false,
      _usedAtMs: 0,
      _source: '',
      _waiting: null,
    });
  }
  return { _netif: netif, _list: list, _send: send, _stats: { ndUnanswered: 0, badNeighbour: 0 } };
}

function find(cache: Neighbours6, address: string): Neighbour6 | undefined {
  return cache._list.filter(function (one) {
    return one._address === address;
  })[0];
}

function drop(one: Neighbour6): void {
  one._state = Reachability.Free;
  one._address = '';
  one._dueMs = Infinity;
  one._proven = false;
  one._waiting = null;
}

/** The cable is out, or another one is in. */
export function forgetNeighbours6(cache: Neighbours6): void {
  cache._list.forEach(drop);
}

/** A neighbour gives way that has only said something, before one that we ask for, before one that has answered. */
function worth(one: Neighbour6): number {
  return !one._state ? 0 : one._proven ? 3 : one._state === Reachability.Incomplete ? 2 : 1;
}

/** Takes the place of the least, and of those the one that was used longest ago. */
function take(cache: Neighbours6, address: string, state: Reachability): Neighbour6 {
  let least = cache._list[0];
  cache._list.forEach(function (one) {
    const less = worth(one) - worth(least);
    if (less < 0 || (!less && one._usedAtMs < least._usedAtMs)) {
      least = one;
    }
  });
  drop(least);
  least._address = address;
  least._state = state;
  least._usedAtMs = cache._netif._v6._stack._nowMs;
  least._asked = 0;
  return least;
}

/** Asks a neighbour, of whom nothing is known by his group, from the address that wants it (§7.2.2). */
function ask(cache: Neighbours6, one: Neighbour6): void {
  const netif = cache._netif;
  const own = ownAddress(netif, one._source);
  const source = own && isUsable(own) ? one._source : sourceFor(netif, one._address);
  const target = one._address;
  one._asked++;
  one._dueMs = netif._v6._stack._nowMs + netif._retransMs;
  if (source) {
    solicit(netif, source, one._state === Reachability.Incomplete ? solicitedNode(target) : target, target);
  }
}

/** He has not answered: other routers are tried first from now on, and what waited for him is told of (§7.2.2, §7.3.3). */
function giveUp(cache: Neighbours6, one: Neighbour6): void {
  const routers = cache._netif._routers;
  const waiting = one._waiting;
  const router = routers.filter(function (told) {
    return told._address === one._address;
  })[0];
  cache._stats.ndUnanswered++;
  if (router) {
    removeFrom(routers, router);
    routers.push(router);
  }
  drop(one);
  if (waiting) {
    undelivered(cache._netif, waiting, HEAD_ROOM, waiting.length);
  }
}

/**
 * Sends the packet buf[at, end), before which there is room for a header, to a group or a neighbour; or keeps it until his
 * MAC address is known, the latest one.
 */
export function neighbourOutput(
  cache: Neighbours6,
  buf: Uint8Array,
  at: number,
  end: number,
  nextHop: string,
): boolean {
  const netif = cache._netif;
  const nowMs = netif._v6._stack._nowMs;
  if (!netif._up) {
    return false;
  }
  if (isMulticast(nextHop)) {
    return cache._send(groupMac(nextHop), buf, at, end);
  }
  const known = find(cache, nextHop);
  const one = known || take(cache, nextHop, Reachability.Incomplete);
  one._usedAtMs = nowMs;
  if (one._state === Reachability.Incomplete) {
    // Before the question is put into the same frame.
    one._waiting = copyOf(buf, at - HEAD_ROOM, end);
    if (!known) {
      one._source = getIpv6(buf, at + Ipv6.Source);
      ask(cache, one);
    }
    return true;
  }
  if (one._state === Reachability.Stale || (one._state === Reachability.Reachable && nowMs >= one._dueMs)) {
    one._state = Reachability.Delay;
    one._dueMs = nowMs + DELAY_FIRST_PROBE_MS;
    one._source = getIpv6(buf, at + Ipv6.Source);
  }
  return cache._send(one._mac, buf, at, end);
}

function isOther(one: Neighbour6, mac: Uint8Array): boolean {
  for (let i = 0; i < MAC_LENGTH; i++) {
    if (one._mac[i] !== mac[i]) {
      return true;
    }
  }
  return false;
}

/** He is known, with this MAC address: now for sure, or by what somebody says. */
function learn(cache: Neighbours6, one: Neighbour6, mac: Uint8Array, state: Reachability): void {
  const netif = cache._netif;
  const stack = netif._v6._stack;
  const waiting = one._waiting;
  putBytes(one._mac, 0, mac, 0, MAC_LENGTH);
  one._waiting = null;
  one._state = state;
  one._dueMs = Infinity;
  if (state === Reachability.Reachable) {
    one._proven = true;
    // §6.3.2: between half of it and one and a half.
    one._dueMs = stack._nowMs + netif._reachableMs * (0.5 + (stack._random32() & 0xff) / 256);
  }
  if (waiting) {
    cache._send(one._mac, waiting, HEAD_ROOM, waiting.length);
  }
}

/** Somebody advertises, solicited or not (§7.2.5). */
function advertised(cache: Neighbours6, one: Neighbour6, mac: Uint8Array | null, flags: number): void {
  const solicited = flags & Advertised.Solicited;
  const isNew = one._state === Reachability.Incomplete;
  const other = !!mac && (isNew || isOther(one, mac));
  if (isNew && !mac) {
    return;
  }
  if (other && !isNew && !(flags & Advertised.Override)) {
    if (one._state === Reachability.Reachable) {
      one._state = Reachability.Stale;
    }
    return;
  }
  if (solicited || other) {
    learn(cache, one, mac || one._mac, solicited ? Reachability.Reachable : Reachability.Stale);
  }
  if (!(flags & Advertised.Router)) {
    const netif = cache._netif;
    netif._routers = netif._routers.filter(function (router) {
      return router._address !== one._address;
    });
  }
}

/**
 * A good message of neighbour discovery about `address`, its sender or of an advertisement its target, with the MAC address
 * that it says, if it does.
 */
export function neighbourHeard(
  cache: Neighbours6,
  type: number,
  address: string,
  mac: Uint8Array | null,
  flags: number,
): void {
  const one = find(cache, address);
  if (mac && mac[0] & 1) {
    cache._stats.badNeighbour++;
    return;
  }
  if (type === Icmpv6.NeighbourAdvertisement) {
    if (one) {
      advertised(cache, one, mac, flags);
    }
  } else if (mac && (!one || one._state === Reachability.Incomplete || isOther(one, mac))) {
    // §6.3.4, §7.2.3: whoever speaks to us is likely to get an answer.
    learn(cache, one || take(cache, address, Reachability.Stale), mac, Reachability.Stale);
  }
}

/** Does what is due. */
export function neighboursPoll(cache: Neighbours6, nowMs: number): void {
  cache._list.forEach(function (one) {
    const state = one._state;
    if (nowMs < one._dueMs || state < Reachability.Incomplete || !cache._netif._up) {
      return;
    }
    if (state === Reachability.Reachable) {
      one._state = Reachability.Stale;
      one._dueMs = Infinity;
    } else if (state === Reachability.Delay) {
      one._state = Reachability.Probe;
      one._asked = 0;
      ask(cache, one);
    } else if (one._asked < SOLICITS) {
      ask(cache, one);
    } else {
      giveUp(cache, one);
    }
  });
}

/** When neighboursPoll has something to do next, ms; Infinity for never. That one gets stale is seen when he is used. */
export function neighboursPollAt(cache: Neighbours6): number {
  let atMs = Infinity;
  cache._list.forEach(function (one) {
    if (one._state !== Reachability.Reachable) {
      atMs = min(atMs, one._dueMs);
    }
  });
  return atMs;
}
