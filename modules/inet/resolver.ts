/**
 * The stub resolver: A records over UDP (RFC 1035, RFC 5452): random identifier and port, the answer's source checked,
 * retries over all servers, answers kept for their time to live.
 */

import { Address, parseIpv4 } from '../wire/addr';
import { DnsAnswer, ResolveError, dnsParseAnswer, dnsQuery } from '../wire/dns';
import type { Stack } from './ip';
import { UdpSocket, udpClose, udpOpen, udpSend } from './udp';

export { ResolveError } from '../wire/dns';

export const DNS_PORT = 53;

/** First wait for an answer; doubles after each round of the servers. A slow cellular link takes 2 s to wake up. */
const RETRY_FIRST_MS = 1500;
const TRIES = 5;

/** @param address unsigned 32-bit number, or below 0 a ResolveError; text of IPv6 where that was asked for */
export type Resolved = (address: Address) => void;

export interface Query {
  _name: string;
  _message: Uint8Array;
  /** Reads an answer to it; A records without. See resolver6.ts. */
  _parse?: (message: Uint8Array, reply: Uint8Array) => unknown;
  _socket: UdpSocket;
  _tries: number;
  /** When it is asked again, ms. */
  _atMs: number;
  _server: Address;
  _callbacks: Resolved[];
}

interface Entry {
  _name: string;
  _address: Address;
  _untilMs: number;
}

/** What there may be beyond this: see names.ts. */
export interface ResolverExtras {
  /** The address of a name, or a ResolveError, that need not be asked for. */
  _known(name: string): Address | undefined;
  /** An answer without an address has come; returns whether the query is seen to. */
  _negative(query: Query, reply: Uint8Array, nowMs: number): boolean;
}

export interface Resolver {
  _extras?: ResolverExtras;
  _stack: Stack;
  /** Name servers set by the user: they go before what interfaces learned. */
  _dns: Address[];
  _queries: Query[];
  /** Oldest first. */
  _cache: Entry[];
}

export function createResolver(stack: Stack): Resolver {
  return { _stack: stack, _dns: [], _queries: [], _cache: [] };
}

/** The user's name servers, then those of the interfaces that are up, the default one's first. */
export function nameServers(resolver: Resolver): Address[] {
  const netifs = resolver._stack._netifs;
  let servers = resolver._dns;
  for (let i = netifs.length; i-- > 0;) {
    if (netifs[i]._up) {
      servers = servers.concat(netifs[i]._dns);
    }
  }
  return servers;
}

/** Sets the user's name server, 0 for none. */
export function setNameServer(resolver: Resolver, address: Address): void {
  resolver._dns = address ? [address] : [];
  resolverClear(resolver);
}

/** Looks a name up; the callback may come before this returns (numeric, in the cache, impossible). */
export function resolve(resolver: Resolver, name: string, done: Resolved, nowMs: number): void {
  const stack = resolver._stack;
  let known: Address | undefined = parseIpv4(name);
  name = name.toLowerCase();
  resolver._cache = resolver._cache.filter(function (entry) {
    return nowMs < entry._untilMs;
  });
  const found = [resolver._cache, resolver._queries].map(function (list: { _name: string }[]) {
    return list.filter(function (one) {
      return one._name === name;
    })[0];
  });
  const cached = found[0] as Entry | undefined;
  const asked = found[1] as Query | undefined;
  if (known < 0) {
    known = (resolver._extras && resolver._extras._known(name)) || (cached && cached._address);
  }
  if (known !== undefined) {
    done(known);
    return;
  }
  if (asked) {
    asked._callbacks.push(done);
    return;
  }
  const message = dnsQuery(stack._random32(), name);
  const socket =
    message &&
    udpOpen(stack, function (payload, source, port) {
      received(resolver, query, payload, source, port);
    });
  if (!message || !socket) {
    done(message ? ResolveError.Failed : ResolveError.NotFound);
    return;
  }
  const query: Query = {
    _name: name,
    _message: message,
    _socket: socket,
    _tries: 0,
    _atMs: 0,
    _server: 0,
    _callbacks: [done],
  };
  resolver._queries.push(query);
  ask(resolver, query, nowMs);
}

export function ask(resolver: Resolver, query: Query, nowMs: number): void {
  const servers = nameServers(resolver);
  const server = servers[query._tries % servers.length];
  if (query._tries >= TRIES || !server) {
    finish(resolver, query, ResolveError.NoAnswer);
    return;
  }
  query._server = server;
  query._atMs = nowMs + (RETRY_FIRST_MS << (query._tries / servers.length));
  query._tries++;
  udpSend(query._socket, query._message, server, DNS_PORT, nowMs);
}

function received(resolver: Resolver, query: Query, payload: Uint8Array, source: Address, port: number): void {
  const stack = resolver._stack;
  const nowMs = stack._nowMs;
  const answer = source === query._server && port === DNS_PORT && dnsParseAnswer(query._message, payload);
  if (!answer) {
    stack._stats.dropped++;
    return;
  }
  if (answer._address >= 0 || !resolver._extras || !resolver._extras._negative(query, payload, nowMs)) {
    answered(resolver, query, answer, nowMs);
  }
}

/** Keeps what an answer says, and tells it. */
export function answered(resolver: Resolver, query: Query, answer: DnsAnswer, nowMs: number): void {
  const address = answer._address;
  if (address === ResolveError.NoAnswer) {
    // The next server, at once.
    ask(resolver, query, nowMs);
    return;
  }
  if (address >= 0) {
    remember(resolver, query._name, address, nowMs + answer._ttlSeconds * 1000);
  }
  finish(resolver, query, address);
}

export function remember(resolver: Resolver, name: string, address: Address, untilMs: number): void {
  const cache = resolver._cache;
  cache.push({ _name: name, _address: address, _untilMs: untilMs });
  // The oldest give way.
  cache.splice(0, cache.length - resolver._stack._bounds._dnsCache);
}

function finish(resolver: Resolver, query: Query, address: Address): void {
  resolver._queries.splice(resolver._queries.indexOf(query), 1);
  udpClose(query._socket);
  query._callbacks.forEach(function (done) {
    done(address);
  });
}

/** An interface has changed: what was learned is forgotten, and what is still asked is asked at once of those there are. */
export function resolverClear(resolver: Resolver): void {
  resolver._cache = [];
  resolver._queries.forEach(function (query) {
    query._atMs = 0;
  });
}

export function resolverPoll(resolver: Resolver, nowMs: number): void {
  const queries = resolver._queries;
  // One that is given up leaves the list, and the one behind it has its turn in the next pass.
  for (let i = 0; i < queries.length; i++) {
    if (nowMs >= queries[i]._atMs) {
      ask(resolver, queries[i], nowMs);
    }
  }
}

/** When resolverPoll has something to do next, ms, if that is before atMs; else atMs. */
export function resolverPollAt(resolver: Resolver, atMs: number): number {
  const queries = resolver._queries;
  for (let i = 0; i < queries.length; i++) {
    if (queries[i]._atMs < atMs) {
      atMs = queries[i]._atMs;
    }
  }
  return atMs;
}
