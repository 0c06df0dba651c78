/** Node's EventEmitter, as much of it as sockets need, for classes that cannot extend one. */

import { raiseTypeError } from '../network/errors';
import { Context, soon } from './context';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what an event brings is the event's
export type Listener = (a?: any, b?: any, c?: any) => void;

interface Entry {
  _event: string;
  _call: Listener;
  _once: boolean;
}

export interface Emitter {
  _context: Context;
  /** Replaced, never changed, so that a listener being called may add and remove. */
  _entries?: Entry[];
  on(event: string, listener: Listener): this;
  once(event: string, listener: Listener): this;
  off(event: string, listener: Listener): this;
  addListener(event: string, listener: Listener): this;
  removeListener(event: string, listener: Listener): this;
  removeAllListeners(event?: string): this;
  listenerCount(event: string): number;
  /** Calls the listeners in order. An 'error' that nobody hears is thrown on an empty stack. */
  emit(event: string, a?: unknown, b?: unknown, c?: unknown): boolean;
}

function add(emitter: Emitter, event: string, listener: Listener, once: boolean): void {
  if (typeof listener !== 'function') {
    raiseTypeError('function expected');
  }
  emitter._entries = (emitter._entries || []).concat({ _event: event, _call: listener, _once: once });
}

function on(this: Emitter, event: string, listener: Listener): Emitter {
  add(this, event, listener, false);
  return this;
}

function off(this: Emitter, event: string, listener: Listener): Emitter {
  this._entries = (this._entries || []).filter(function (entry) {
    return entry._event !== event || entry._call !== listener;
  });
  return this;
}

const methods = {
  on: on,
  addListener: on,
  off: off,
  removeListener: off,

  once: function (this: Emitter, event: string, listener: Listener): Emitter {
    add(this, event, listener, true);
    return this;
  },

  removeAllListeners: function (this: Emitter, event?: string): Emitter {
    this._entries = (this._entries || []).filter(function (entry) {
      return event !== undefined && entry._event !== event;
    });
    return this;
  },

  listenerCount: function (this: Emitter, event: string): number {
    return (this._entries || []).filter(function (entry) {
      return entry._event === event;
    }).length;
  },

  emit: function (this: Emitter, event: string, a?: unknown, b?: unknown, c?: unknown): boolean {
    const emitter = this;
    const entries = emitter._entries || [];
    let heard = false;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i];
      if (entry._event === event) {
        heard = true;
        if (entry._once) {
          emitter._entries = (emitter._entries as Entry[]).filter(function (one) {
            return one !== entry;
          });
        }
        entry._call.call(emitter, a, b, c);
      }
    }
    if (!heard && event === 'error') {
      soon(emitter._context, function () {
        throw a;
      });
    }
    return heard;
  },
};

/** Gives a class all properties of an object as methods. */
export function mixInto(prototype: object, from: object): void {
  for (const name in from) {
    (prototype as Record<string, unknown>)[name] = (from as Record<string, unknown>)[name];
  }
}

export function makeEmitter(prototype: object): void {
  mixInto(prototype, methods);
}
