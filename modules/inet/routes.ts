/**
 * Ways out beyond what a stack with one interface needs, an optional part: IPv6, an interface that a socket is bound to,
 * and one that goes before the others.
 */

import type { Netif, Stack } from './ip';

export interface Routes {
  _stack: Stack;
  /** What is opened or sent now goes by this interface or not at all; see by(). Either face of it. */
  _only: Netif | null;
  /** What is in no interface's network goes by this one while it is up; null for the last one that came up. */
  _preferred: Netif | null;
  _route6?: (destination: string, only: Netif | null) => Netif | null;
}

/** Of each stack its routes, made once. */
interface RoutedStack extends Stack {
  _routes?: Routes;
}

/** The routes of a stack, which asks them from now on. */
export function useRoutes(stack: Stack): Routes {
  const routed = stack as RoutedStack;
  if (routed._routes) {
    return routed._routes;
  }
  const routes: Routes = { _stack: stack, _only: null, _preferred: null };
  routed._routes = routes;
  stack._route = function (destination) {
    const only = routes._only;
    if (typeof destination === 'string') {
      return routes._route6 ? routes._route6(destination, only) : null;
    }
    if (only) {
      return only._up ? only : null;
    }
    let found: Netif | null = null;
    for (let i = 0; i < stack._netifs.length; i++) {
      const netif = stack._netifs[i];
      if (netif._up) {
        if (netif._mask && ((destination ^ netif._address) & netif._mask) === 0) {
          return netif;
        }
        if (netif._gateway && (!found || found !== routes._preferred)) {
          found = netif;
        }
      }
    }
    return found;
  };
  return routes;
}

/** What `act` opens or sends goes by this interface; null for any. Returns what it returns. */
export function by<T>(stack: Stack, netif: Netif | null | undefined, act: () => T): T {
  const routes = netif && useRoutes(stack);
  if (!routes) {
    return act();
  }
  const before = routes._only;
  routes._only = netif;
  try {
    return act();
  } finally {
    routes._only = before;
  }
}
