/** Node's module `dns`: names by the stack's resolver. What is of IPv6 alone is in dns6.ts. */

import { Address, formatAddress, parseIpv4 } from '../wire/addr';
import { StaticName, addNames, setStaticName } from '../inet/names';
import { nameServers, resolve as resolveIpv4, resolverClear } from '../inet/resolver';
import { raiseTypeError, raiseValueError } from '../network/errors';
import { nameArgument, neededCallback } from './arguments';
import { Context, familyOf, nowOf, rearm, resolveName, soon, theContext } from './context';
import { Failure, SocketError, socketError } from './errors';

type Looked = (error: Failure, address?: string | { address: string; family: 4 | 6 }[], family?: 4 | 6) => void;
export type Resolved = (error: Failure, addresses?: string[]) => void;

/** Looks a name up; the callback comes after this has returned. An error's `hostname` is the name. */
export function lookUpName(
  context: Context,
  name: string,
  done: (error: SocketError | null, address: Address) => void,
): void {
  resolveName(context, name, function (address) {
    looked(context, name, address, done);
  });
}

function looked(
  context: Context,
  name: string,
  address: Address,
  done: (error: SocketError | null, address: Address) => void,
): void {
  const error = (address as number) < 0 ? socketError(address as number, name) : null;
  if (error) {
    (error as SocketError & { hostname?: string }).hostname = name;
  }
  soon(context, function () {
    done(error, address);
  });
}

/**
 * lookup(name[, {all}], done): `done` hears (error, address, 4), with `all` (error, [{address, family}]). One address is
 * found of each name.
 */
export function lookup(
  name: string,
  options?: number | { all?: boolean; family?: number } | Looked,
  done?: Looked,
): void;
export function lookup(name: string, options?: unknown): void {
  const done = neededCallback(arguments) as Looked;
  const isAll = !!(options as { all?: boolean }).all;
  lookUpName(theContext, nameArgument(name), function (error, found) {
    const address = formatAddress(found);
    const family = familyOf(found) === 'IPv4' ? 4 : 6;
    if (error) {
      done(error);
    } else if (isAll) {
      done(null, [{ address: address, family: family }]);
    } else {
      done(null, address, family);
    }
  });
}

/** resolve4(name, done): `done` hears (error, [address]). */
export function resolve4(name: string, done: Resolved): void {
  const context = theContext;
  const tell = neededCallback(arguments) as Resolved;
  const text = nameArgument(name);
  resolveIpv4(context._host._resolver, text, tellAddress(context, text, tell), nowOf(context));
  rearm(context);
}

/** Tells what a resolver has found, after the call. */
export function tellAddress(context: Context, name: string, tell: Resolved): (address: Address) => void {
  return function (address) {
    looked(context, name, address, function (error, found) {
      if (error) {
        tell(error);
      } else {
        tell(null, [formatAddress(found)]);
      }
    });
  };
}

/** resolve(name[, 'A'], done). @throws TypeError for other types of record */
export function resolve(name: string, type: string | Resolved, done?: Resolved): void;
export function resolve(name: string, type: string | Resolved): void {
  if (typeof type === 'string' && type !== 'A') {
    raiseTypeError('only A records');
  }
  resolve4(name, neededCallback(arguments) as Resolved);
}

/** The name servers in the order in which they are asked: setServers()'s, then those of the interfaces. */
export function getServers(): string[] {
  return nameServers(theContext._host._resolver).map(formatAddress);
}

/** Name servers that are asked before those of the interfaces. @throws ValueError */
export function setServers(servers: string[]): void {
  const resolver = theContext._host._resolver;
  const numbers = servers.map(addressArgument);
  resolver._dns = numbers;
  resolverClear(resolver);
}

function addressArgument(text: string): Address {
  const address = parseIpv4(text);
  const parse6 = theContext._parse6;
  return address > 0 ? address : (parse6 && parse6(text)) || raiseValueError('invalid address ' + text);
}

/** setHost(name, address): a name of one's own, as in a hosts file; null takes it away. @throws ValueError, TypeError */
export function setHost(name: string, address: string | null): void {
  const context = theContext;
  const number = address === null ? 0 : addressArgument(address);
  setStaticName(namesOf(context), nameArgument(name), number);
}

/** The static names of a host, whose resolver gets them, and all else of names.ts, by this. */
export function namesOf(context: Context): StaticName[] {
  return (context._names = context._names || addNames(context._host._resolver));
}
