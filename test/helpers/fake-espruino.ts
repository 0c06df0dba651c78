/**
 * What the board-target uses of Espruino's global object, as the interpreter does it: strings are bytes, a Serial tells
 * of at most 64 at a time, `arguments` and clearTimeout() have their ways. Import it before the target.
 */

import { Clock } from './clock';

type Listener = (text: string) => void;

const globals = globalThis as unknown as Record<string, unknown>;

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

export class FakeSerial {
  readonly setups: [number, Record<string, unknown>][] = [];
  listeners: Listener[] = [];
  sent = '';
  closed = false;

  setup(baudrate: number, options: Record<string, unknown>): void {
    this.setups.push([baudrate, options]);
  }
  unsetup(): void {
    this.closed = true;
  }
  write(data: Uint8Array | string): void {
    this.sent += typeof data === 'string' ? data : text(data);
  }
  on(_event: 'data', listener: Listener): void {
    this.listeners.push(listener);
  }
  removeListener(_event: 'data', listener: Listener): void {
    this.listeners = this.listeners.filter((one) => one !== listener);
  }

  /** Bytes come in. */
  receive(data: string): void {
    for (const piece of data.match(/[^]{1,64}/g) ?? []) {
      this.listeners.forEach((listener) => listener(piece));
    }
  }
}

/** Seconds on the board's clock, which a program can set. */
export const time = { seconds: 1000 };

export interface NetworkCalls {
  create(host: string | undefined, port: number, type: number, options?: object): number;
  close(socket: number): void;
  accept(socket: number): number;
  recv(socket: number, length: number, type?: number): unknown;
  send(socket: number, data: string, type?: number): number;
}

/** What was handed to `require('NetworkJS').create`. */
export const networks: NetworkCalls[] = [];
export const modules: Record<string, unknown> = {};

globals.E = {
  toUint8Array: (data: string | string[]) => Uint8Array.from(Buffer.from([data].flat().join(''), 'latin1')),
  toString: text,
  sum: (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0),
  hwRand: () => (Math.random() * 0x100000000) | 0,
};
globals.getTime = () => time.seconds;
globals.require = () => ({ create: (network: NetworkCalls) => void networks.push(network) });

/** Runs f with the timers of a clock; whatever it is, it must not wait. */
export function withTimers<T>(clock: Clock, f: () => T): T {
  const saved = { setTimeout: globals.setTimeout, clearTimeout: globals.clearTimeout };
  globals.setTimeout = (run: () => void, delayMs: number) => clock.after(Math.max(1, delayMs), run);
  globals.clearTimeout = (cancel: unknown) => {
    if (typeof cancel !== 'function') {
      throw new Error('clearTimeout of nothing ends all timers, or throws');
    }
    (cancel as () => void)();
  };
  try {
    return f();
  } finally {
    Object.assign(globals, saved);
  }
}
