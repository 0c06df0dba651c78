/** Sockets of a host that has IPv6, an optional part: what they have beyond those of IPv4. */

import { parseIpv6 } from '../wire/addr6';
import { lookUp6 } from '../inet/resolver6';
import { nameArgument, neededCallback } from './arguments';
import { Context, nowOf, rearm, theContext } from './context';
import { Resolved, tellAddress } from './dns';

/** All sockets of this context, made before or after, reach IPv6. */
export function useSockets6(context: Context): void {
  context._parse6 = parseIpv6;
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
