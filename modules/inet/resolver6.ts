/** Names to IPv6 addresses, an optional part of the resolver: AAAA records (RFC 3596), and which version is preferred. */

import { Address, parseIpv4 } from '../wire/addr';
import { isLinkLocal, parseIpv6 } from '../wire/addr6';
import { ResolveError } from '../wire/dns';
import { DnsAnswer6, dnsParseAnswer6, dnsQuery6 } from '../wire/dns-aaaa';
import { Stack6, isUsable } from './ip6';
import { DNS_PORT, Query, Resolved, Resolver, answered, ask, remember, resolve } from './resolver';
import { udpOpen } from './udp';

/** Stands behind a name in the cache and among the queries: no name has a blank. */
const SUFFIX = ' AAAA';

export interface Resolver6 {
  _resolver: Resolver;
  _v6: Stack6;
  /** 4 or 6: whose address is asked for first. */
  _prefer: number;
}

/** Text of IPv6 is no name from now on. */
export function useResolver6(resolver: Resolver, v6: Stack6): Resolver6 {
  const before = resolver._extras;
  resolver._extras = {
    _known: function (name) {
      return parseIpv6(name) || (before && before._known(name));
    },
    _negative: function (query, reply, nowMs) {
      return !!before && before._negative(query, reply, nowMs);
    },
  };
  return { _resolver: resolver, _v6: v6, _prefer: 4 };
}

/** Whether anything beyond the link can be reached by IPv6. */
function reaches6(v6: Stack6): boolean {
  return v6._netifs.some(function (netif) {
    return netif._addresses.some(function (one) {
      return isUsable(one) && !isLinkLocal(one._address);
    });
  });
}

/** And by IPv4. */
function reaches4(v6: Stack6): boolean {
  return v6._stack._netifs.some(function (netif) {
    return netif._up && netif._address > 0;
  });
}

/** The answer to a query for AAAA records, null for what is none. */
export function parse6(query: Query, reply: Uint8Array): DnsAnswer6 | null {
  return dnsParseAnswer6(query._message, reply);
}

/** Looks up the IPv6 address of a name; the callback may come before this returns. */
export function lookUp6(resolver: Resolver, name: string, done: Resolved, nowMs: number): void {
  const stack = resolver._stack;
  const key = name.toLowerCase() + SUFFIX;
  const known = resolver._extras && resolver._extras._known(name.toLowerCase());
  if (known !== undefined || parseIpv4(name) >= 0) {
    done(typeof known === 'string' ? known : ResolveError.NotFound);
    return;
  }
  resolver._cache = resolver._cache.filter(function (entry) {
    return nowMs < entry._untilMs;
  });
  const cached = resolver._cache.filter(function (entry) {
    return entry._name === key;
  })[0];
  const asked = resolver._queries.filter(function (query) {
    return query._name === key;
  })[0];
  if (cached) {
    done(cached._address);
    return;
  }
  if (asked) {
    asked._callbacks.push(done);
    return;
  }
  const message = dnsQuery6(stack._random32(), name);
  const socket =
    message &&
    udpOpen(stack, function (payload, source, port) {
      const answer = source === query._server && port === DNS_PORT && parse6(query, payload);
      if (!answer) {
        stack._stats.dropped++;
      } else if (typeof answer._address === 'string') {
        take6(resolver, query, answer, stack._nowMs);
      } else if (!resolver._extras || !resolver._extras._negative(query, payload, stack._nowMs)) {
        take6(resolver, query, answer, stack._nowMs);
      }
    });
  if (!message || !socket) {
    done(message ? ResolveError.Failed : ResolveError.NotFound);
    return;
  }
  const query: Query = {
    _name: key,
    _message: message,
    _parse: dnsParseAnswer6,
    _socket: socket,
    _tries: 0,
    _atMs: 0,
    _server: 0,
    _callbacks: [done],
  };
  resolver._queries.push(query);
  ask(resolver, query, nowMs);
}

function take6(resolver: Resolver, query: Query, answer: DnsAnswer6, nowMs: number): void {
  if (typeof answer._address === 'string') {
    remember(resolver, query._name, answer._address, nowMs + answer._ttlSeconds * 1000);
  }
  answered(resolver, query, answer as never, nowMs);
}

/**
 * Looks a name up: the address of the preferred version, or when there is none, or nothing is reached by that version, of
 * the other. The callback may come before this returns.
 */
export function resolveAny(resolver6: Resolver6, name: string, done: Resolved, nowMs: number): void {
  const resolver = resolver6._resolver;
  const can6 = reaches6(resolver6._v6);
  const first6 = can6 && (resolver6._prefer === 6 || !reaches4(resolver6._v6));
  const stack = resolver._stack;
  const other = function (first: Address): void {
    if (!((first as number) < 0) || !can6) {
      done(first);
      return;
    }
    (first6 ? resolve : lookUp6)(
      resolver,
      name,
      function (second) {
        // That there is no such address says more than that nobody has answered.
        done((second as number) < 0 && first === ResolveError.NotFound ? first : second);
      },
      stack._nowMs,
    );
  };
  (first6 ? lookUp6 : resolve)(resolver, name, other, nowMs);
}
