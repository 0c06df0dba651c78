/**
 * What all sockets of a host share: calls put off to the next pass of the loop, and deadlines. The functions of this
 * folder act on the context that was chosen last, and objects keep the one they were made in.
 */

import type { HopUser } from '../inet/hop-options';
import type { Address } from '../wire/addr';
import { latin1Bytes } from '../wire/bytes';
import type { StaticName } from '../inet/names';
import type { Pinger } from '../inet/ping';
import type { Tcb } from '../inet/tcb';
import { Resolved, resolve } from '../inet/resolver';
import { Host, hostRearm } from '../network/host';
import { SocketErrno, socketError } from './errors';
import type { Keep } from './keepalive';

/** Something with one deadline. */
export interface Timed {
  /** ms; Infinity for none. */
  _deadlineMs: number;
  _timedOut(): void;
}

export interface Context {
  _host: Host;
  _later: (() => void)[];
  _timed: Timed[];
  /** Text to UTF-8, natively where the engine can. */
  _encode: (text: string) => Uint8Array;
  /** Sets the firmware's clock to so many ms since 1970, where it can be. */
  _setTime?: (ms: number) => void;
  /** Where there is IPv6: an address in its form, '' for what is none; see ipv6.ts. */
  _parse6?: (text: unknown) => string;
  /** Where keep-alives are; see keepalive.ts. */
  _keepAlive?: (tcb: Tcb, keep: Keep) => void;
  /** setsockopt() of time to live and DiffServ, where that part is; see hops.ts. */
  _setHop?: (socket: HopUser, option: number, value: unknown) => void;
  /** What `act` opens or sends goes by an interface, which is an object or has this address; see interfaces.ts. */
  _by?: <T>(which: unknown, act: () => T) => T | number;
  /** Made when they are first needed. */
  _names?: StaticName[];
  _pinger?: Pinger;
}

/** The one that new sockets join. */
export let theContext: Context;

export function useSockets(context: Context): void {
  theContext = context;
}

/** UTF-8 by what every engine has. A lone surrogate throws its URIError. */
function encodeText(text: string): Uint8Array {
  return latin1Bytes(unescape(encodeURIComponent(text)));
}

/** Sockets for a host, not chosen. */
export function createContext(host: Host, encode?: (text: string) => Uint8Array): Context {
  const later: (() => void)[] = [];
  const timed: Timed[] = [];
  const context: Context = { _host: host, _later: later, _timed: timed, _encode: encode || encodeText };
  host._pollables.push({
    _poll: function (nowMs) {
      // Only what waits now: a program that goes on at once must not keep the board from everything else.
      for (let left = later.length; left > 0; left--) {
        (later.shift() as () => void)();
      }
      for (let i = timed.length; i--;) {
        const one = timed[i];
        if (one && nowMs >= one._deadlineMs) {
          one._deadlineMs = Infinity;
          one._timedOut();
        }
      }
    },
    _pollAt: function () {
      let atMs = later.length ? 0 : Infinity;
      for (let i = 0; i < timed.length; i++) {
        if (timed[i]._deadlineMs < atMs) {
          atMs = timed[i]._deadlineMs;
        }
      }
      return atMs;
    },
  });
  return context;
}

/** Sockets for a host; the first is chosen. */
export function openSockets(host: Host, encode?: (text: string) => Uint8Array): Context {
  const context = createContext(host, encode);
  theContext = theContext || context;
  return context;
}

export function nowOf(context: Context): number {
  return context._host._nowMs();
}

export function rearm(context: Context): void {
  hostRearm(context._host);
}

/** Calls f on an empty stack, before anything else comes. */
export function soon(context: Context, f: () => void): void {
  context._later.push(f);
  hostRearm(context._host);
}

/** Sets a deadline so many ms from now; 0 for none. `timed` is in the list from the first one on. */
export function setDeadline(context: Context, timed: Timed, delayMs: number): void {
  timed._deadlineMs = delayMs > 0 ? nowOf(context) + delayMs : Infinity;
  if (delayMs > 0 && context._timed.indexOf(timed) < 0) {
    context._timed.push(timed);
  }
  hostRearm(context._host);
}

/** Looks a name up, as resolver.ts does; the address is of either version where there is IPv6. */
export function resolveName(context: Context, name: string, done: Resolved): void {
  const host = context._host;
  if (host._resolve) {
    host._resolve(name, done, host._nowMs());
  } else {
    resolve(host._resolver, name, done, host._nowMs());
  }
  hostRearm(host);
}

/** 'IPv4' or 'IPv6'. */
export function familyOf(address: Address): 'IPv4' | 'IPv6' {
  return typeof address === 'string' ? 'IPv6' : 'IPv4';
}

/** An interface that a socket is to go by, or nothing. @throws OSError ENOTSUP where there is one way for all */
export function interfaceArgument(context: Context, which: unknown): unknown {
  if (which && !context._by) {
    throw socketError(SocketErrno.ENOTSUP);
  }
  return which;
}

/** Does what opens or sends something, by an interface if one is named. */
export function goBy<T>(context: Context, which: unknown, act: () => T): T | number {
  return which && context._by ? context._by(which, act) : act();
}
