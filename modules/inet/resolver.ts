/**
 * The stub resolver: A records over UDP (RFC 1035, RFC 5452): random identifier and port, the answer's source checked,
 * retries over all servers, answers kept for their time to live.
 */

import { parseIpv4 } from '../wire/addr';
import { DnsAnswer, DnsCode, dnsEmitQuery, dnsNameValid, dnsParseAnswer } from '../wire/dns';
import { copyOf } from '../wire/bytes';
import type { Stack } from './ip';
import { UdpSocket, udpClose, udpOpen, udpSend } from './udp';

const DNS_PORT = 53;

/** First wait for an answer; doubles after each round of the servers. A slow cellular link takes 2 s to wake up. */
const RETRY_FIRST_MS = 1500;
const TRIES = 5;

/** Bounds of a time to live, seconds: an answer is good for the connection that asked, and no name is for ever. */
const TTL_MIN_S = 1;
const TTL_MAX_S = 86400;

export const enum ResolveError {
  None = 0,
  /** EAI_NONAME, as MicroPython reports it. */
  NotFound = -2,
  /** EAI_AGAIN. */
  NoAnswer = -3,
  /** EAI_FAIL. */
  Failed = -4,
}

export type Resolved = (error: ResolveError, address: number) => void;

interface Query {
  _name: string;
  _id: number;
  _socket: UdpSocket;
  _tries: number;
  _atMs: number;
  _server: number;
  _callbacks: Resolved[];
}

interface Entry {
  _name: string;
  _address: number;
  _untilMs: number;
}

export interface Resolver {
  _stack: Stack;
  /** Servers in the order to be tried, unsigned 32-bit addresses. */
  _servers: () => number[];
  _queries: Query[];
  _cache: Entry[];
  _answer: DnsAnswer;
}

export function createResolver(stack: Stack, servers: () => number[]): Resolver {
  return {
    _stack: stack,
    _servers: servers,
    _queries: [],
    _cache: [],
    _answer: { _code: 0, _truncated: false, _addresses: [], _ttlSeconds: 0 },
  };
}

/**
 * Looks a name up; the callback may come before this returns (numeric, in the cache, impossible).
 */
export function resolve(resolver: Resolver, name: string, done: Resolved, nowMs: number): void {
  const numeric = parseIpv4(name);
  if (numeric >= 0) {
    done(ResolveError.None, numeric);
    return;
  }
  if (!dnsNameValid(name)) {
    done(ResolveError.NotFound, 0);
    return;
  }
  name = name.toLowerCase();
  const cached = findCached(resolver, name, nowMs);
  if (cached) {
    done(ResolveError.None, cached._address);
    return;
  }
  for (let i = 0; i < resolver._queries.length; i++) {
    if (resolver._queries[i]._name === name) {
      resolver._queries[i]._callbacks.push(done);
      return;
    }
  }
  if (!resolver._servers().length) {
    done(ResolveError.NoAnswer, 0);
    return;
  }
  start(resolver, name, done, nowMs);
}

function start(resolver: Resolver, name: string, done: Resolved, nowMs: number): void {
  const stack = resolver._stack;
  const socket = udpOpen(stack, function (payload, source, port) {
    received(resolver, query, payload, source, port);
  });
  if (!socket) {
    done(ResolveError.Failed, 0);
    return;
  }
  const query: Query = {
    _name: name,
    _id: stack._random32() & 0xffff,
    _socket: socket,
    _tries: 0,
    _atMs: 0,
    _server: 0,
    _callbacks: [done],
  };
  resolver._queries.push(query);
  ask(resolver, query, nowMs);
}

function ask(resolver: Resolver, query: Query, nowMs: number): void {
  const servers = resolver._servers();
  if (query._tries >= TRIES || !servers.length) {
    finish(resolver, query, ResolveError.NoAnswer, 0);
    return;
  }
  const round = Math.floor(query._tries / servers.length);
  query._server = servers[query._tries % servers.length];
  query._tries++;
  query._atMs = nowMs + RETRY_FIRST_MS * (1 << round);
  const message = new Uint8Array(query._name.length + 20);
  const length = dnsEmitQuery(message, 0, query._id, query._name);
  udpSend(query._socket, copyOf(message, 0, length), query._server, DNS_PORT, nowMs);
}

function received(resolver: Resolver, query: Query, payload: Uint8Array, source: number, port: number): void {
  const answer = resolver._answer;
  if (
    source !== query._server ||
    port !== DNS_PORT ||
    !dnsParseAnswer(payload, 0, payload.length, query._id, query._name, answer)
  ) {
    resolver._stack._stats.dropped++;
    return;
  }
  const nowMs = resolver._stack._nowMs;
  if (answer._addresses.length) {
    remember(resolver, query._name, answer._addresses[0], answer._ttlSeconds, nowMs);
    finish(resolver, query, ResolveError.None, answer._addresses[0]);
  } else if (answer._code === DnsCode.NameError || (answer._code === DnsCode.NoError && !answer._truncated)) {
    finish(resolver, query, ResolveError.NotFound, 0);
  } else {
    // This server cannot or will not: the next one.
    ask(resolver, query, nowMs);
  }
}

function finish(resolver: Resolver, query: Query, error: ResolveError, address: number): void {
  const at = resolver._queries.indexOf(query);
  if (at >= 0) {
    resolver._queries.splice(at, 1);
  }
  udpClose(query._socket);
  for (let i = 0; i < query._callbacks.length; i++) {
    query._callbacks[i](error, address);
  }
}

function findCached(resolver: Resolver, name: string, nowMs: number): Entry | null {
  const cache = resolver._cache;
  for (let i = 0; i < cache.length; i++) {
    if (cache[i]._name === name && nowMs < cache[i]._untilMs) {
      return cache[i];
    }
  }
  return null;
}

/** The oldest entry gives way. */
function remember(resolver: Resolver, name: string, address: number, ttlSeconds: number, nowMs: number): void {
  const cache = resolver._cache;
  for (let i = cache.length - 1; i >= 0; i--) {
    if (cache[i]._name === name || nowMs >= cache[i]._untilMs) {
      cache.splice(i, 1);
    }
  }
  if (cache.length >= resolver._stack._bounds.DNS_CACHE) {
    cache.shift();
  }
  const ttl = Math.min(Math.max(ttlSeconds, TTL_MIN_S), TTL_MAX_S);
  cache.push({ _name: name, _address: address, _untilMs: nowMs + ttl * 1000 });
}

/** Forgets what was learned, as when an interface has changed. */
export function resolverClear(resolver: Resolver): void {
  resolver._cache = [];
}

export function resolverPoll(resolver: Resolver, nowMs: number): void {
  for (let i = resolver._queries.length - 1; i >= 0; i--) {
    const query = resolver._queries[i];
    if (query && nowMs >= query._atMs) {
      ask(resolver, query, nowMs);
    }
  }
}

/** When resolverPoll has something to do next, ms; Infinity for never. */
export function resolverPollAt(resolver: Resolver): number {
  let atMs = Infinity;
  for (let i = 0; i < resolver._queries.length; i++) {
    atMs = Math.min(atMs, resolver._queries[i]._atMs);
  }
  return atMs;
}
