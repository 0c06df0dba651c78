/**
 * Ways out beyond what a stack with one interface needs, an optional part: IPv6, an interface that a socket is bound to,
 * and one that goes before the others.
 */

import type { Address } from '../wire/addr';
import type { Netif, Stack } from './ip';

export interface Routes {
  _stack: Stack;
  /** The user's object of the interface by which what is opened or sent now goes, or not at all; see by(). */
  _only?: unknown;
  /** The address that it comes from, where the interface has several. */
  _source?: Address;
  /** And of the one by which what is in no interface's network goes while it is up; null for the last that came up. */
  _preferred: unknown;
  _route6?: (destination: string, routes: Routes) => Netif | null;
}

/** Of each stack its routes, made once. */
interface RoutedStack extends Stack {
  _routes?: Routes;
}

/** Whether an interface is this one of the user's, and up, and not its face of IPv6, which has no mask. */
function is4(netif: Netif, nic: unknown): boolean {
  return netif._up && netif._nic === nic && !!netif._mask;
}

/** The routes of a stack, which asks them from now on. */
export function useRoutes(stack: Stack): Routes {
  const routed = stack as RoutedStack;
  if (routed._routes) {
    return routed._routes;
  }
  const routes: Routes = { _stack: stack, _preferred: null };
  routed._routes = routes;
  stack._route = function (destination) {
    const netifs = stack._netifs;
    const only = routes._only;
    let found: Netif | null = null;
    if (typeof destination === 'string') {
      return routes._route6 ? routes._route6(destination, routes) : null;
    }
    for (let i = 0; i < netifs.length; i++) {
      const netif = netifs[i];
      if (only) {
        if (is4(netif, only)) {
          return netif;
        }
      } else if (netif._up) {
        // A line's peer is in no network, but nowhere else either.
        if (netif._mask && (((destination ^ netif._address) & netif._mask) === 0 || destination === netif._gateway)) {
          return netif;
        }
        // The last one that came up, unless one is preferred.
        if (netif._gateway && !(found && is4(found, routes._preferred))) {
          found = netif;
        }
      }
    }
    return found;
  };
  return routes;
}

/**
 * What `act` opens or sends goes by this interface.
 * @param nic the user's object for it
 * @param source of IPv6, the address of the interface to come from
 * @returns what it returns
 */
export function by<T>(stack: Stack, nic: unknown, source: Address | undefined, act: () => T): T {
  const routes = useRoutes(stack);
  routes._only = nic;
  routes._source = source;
  try {
    return act();
  } finally {
    routes._only = routes._source = undefined;
  }
}
