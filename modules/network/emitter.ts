/** Named events with any number of listeners, for engines that have no such thing or each their own. */

import { raiseTypeError } from './errors';

/** The list is replaced, never changed, so that a listener being called may add and remove. */
export type Listeners = { _event: string; _call: (value?: never) => void }[];

export function emit(listeners: Listeners, event: string, value?: unknown): void {
  listeners.forEach(function (listener) {
    if (listener._event === event) {
      listener._call(value as never);
    }
  });
}

/** What has listeners, and the methods below for its own. */
export interface Emitter {
  _listeners: Listeners;
}

/** Hears of 'connected', 'disconnected' (reason), 'error' ({phase, reason, errno}) and 'phase' (its name). */
export function on<T extends Emitter>(this: T, event: string, listener: (value?: never) => void): T {
  if (typeof listener !== 'function') {
    raiseTypeError('function expected');
  }
  this._listeners = this._listeners.concat({ _event: event, _call: listener });
  return this;
}

/** Removes one listener, or all of an event. */
export function off<T extends Emitter>(this: T, event: string, listener?: (value?: never) => void): T {
  this._listeners = this._listeners.filter(function (one) {
    return one._event !== event || (listener && one._call !== listener);
  });
  return this;
}
