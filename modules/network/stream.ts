/** The stream under a PPP link: MicroPython's stream protocol with the idle interrupt of machine.UART. */

import { typeError } from './errors';

export interface Stream {
  /** Calls handler when bytes have come and the line has fallen idle; null takes it away. */
  irq(handler: ((stream?: unknown) => void) | null, trigger?: number): unknown;
  readonly IRQ_RXIDLE: number;
  /** Bytes that can be read at once. */
  any(): number;
  /** Reads into buf; returns how many bytes, or null when there is none. */
  readinto(buf: Uint8Array): number | null | undefined;
  /** All there is in an array of its own, or null. Spares a copy where a stream has it. */
  read?(): Uint8Array | null | undefined;
  /** Takes all of an array that owns its buffer. */
  write(bytes: Uint8Array): unknown;
}

const METHODS = ['irq', 'any', 'readinto', 'write'];

/** Throws a TypeError that names what is missing. */
export function checkStream(object: unknown): Stream {
  const stream = object as Record<string, unknown>;
  for (let i = 0; i < METHODS.length; i++) {
    if (typeof stream[METHODS[i]] !== 'function') {
      throw typeError('stream has no ' + METHODS[i] + '()');
    }
  }
  if (typeof stream.IRQ_RXIDLE !== 'number') {
    throw typeError('stream has no IRQ_RXIDLE');
  }
  return object as Stream;
}
