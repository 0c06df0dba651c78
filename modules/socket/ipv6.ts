/** Sockets of a host that has IPv6, an optional part: names are of either version, and Node's `dns` has the rest. */

import { parseIpv6 } from '../wire/addr6';
import { Resolver6, lookUp6, resolveAny } from '../inet/resolver6';
import { nameArgument, neededCallback } from './arguments';
import { Context, nowOf, rearm, theContext } from './context';
import { Resolved, tellAddress } from './dns';

/** All sockets of this context, made before or after, reach IPv6. */
export function useSockets6(context: Context, resolver6: Resolver6): void {
  context._parse6 = parseIpv6;
  context._resolve = function (name, done, nowMs) {
    resolveAny(resolver6, name, done, nowMs);
  };
}

/** dns.resolve6(name, done): `done` hears (error, [address]). */
export function resolve6(name: string, done: Resolved): void;
export function resolve6(name: string): void {
  const context = theContext;
  const text = nameArgument(name);
  const tell = tellAddress(context, text, neededCallback(arguments) as Resolved);
  lookUp6(context._host._resolver, text, tell, nowOf(context));
  rearm(context);
}
