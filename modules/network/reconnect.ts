/**
 * An optional part of class PPP: a link that has failed is tried again. Adds `reconnects` and `holdoff` to config(). Off
 * until `reconnects` is set.
 */

import type { Host } from './host';
import { addPart } from './parts';
import type { PPP } from './ppp';
import { Status } from './ppp-types';

/** The hold-off doubles so many times: to 64 times the first. */
const DOUBLES = 6;

/** Every PPP object that is made on this host from now on can reconnect. */
export function useReconnect(host: Host): void {
  addPart(host, 'reconnect', addReconnect);
}

/** What connect() was given, but for who waits for it; as it is now, whatever the program does with its object. */
function kept(args: IArguments): unknown[] {
  const values: unknown[] = [];
  for (let i = 0; i < args.length && typeof args[i] !== 'function'; i++) {
    const value: unknown = args[i];
    values[i] = value;
    if (value && typeof value === 'object') {
      const copy: Record<string, unknown> = {};
      for (const name in value) {
        copy[name] = (value as Record<string, unknown>)[name];
      }
      values[i] = copy;
    }
  }
  return values;
}

function addReconnect(ppp: PPP): void {
  const host = ppp._host;
  const config = ppp._config;
  const connect = ppp.connect;
  let credentials: unknown[];
  /** Tries so far without a success, and when the next one is due. */
  let tries = 0;
  let atMs = Infinity;
  let isOurs = false;
  config.reconnects = 0;
  config.holdoff = 1000;
  ppp.connect = function () {
    connect.apply(ppp, arguments as never);
    credentials = kept(arguments);
  };

  /** Before the next try, ms. Jitter of a quarter either way keeps boards apart that have failed together. */
  function holdoffMs(): number {
    const wait = (config.holdoff as number) << Math.min(tries++, DOUBLES);
    return Math.floor(wait * (0.75 + host._random32() / 0x200000000));
  }

  function mayTry(): boolean {
    // -1 becomes more than anybody waits for.
    return ppp._status === Status.Error && tries < (config.reconnects as number) >>> 0;
  }

  host._pollables.push({
    _poll: function (nowMs) {
      const status = ppp._status;
      if (status === Status.Connected || (status === Status.Connecting && !isOurs)) {
        tries = 0;
      }
      if (status !== Status.Error) {
        atMs = Infinity;
      } else if (nowMs >= atMs) {
        // The program may have the stream to itself, to dial.
        if (ppp._stream) {
          atMs = Infinity;
          isOurs = true;
          connect.apply(ppp, credentials as never);
        }
      } else if (atMs === Infinity) {
        isOurs = false;
        if (mayTry()) {
          atMs = nowMs + holdoffMs();
        }
      }
    },
    _pollAt: function () {
      if (atMs !== Infinity) {
        return ppp._status !== Status.Error ? 0 : ppp._stream ? atMs : Infinity;
      }
      return mayTry() || (tries && ppp._status === Status.Connected) ? 0 : Infinity;
    },
  });
}
