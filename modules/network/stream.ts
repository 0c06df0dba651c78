/** The stream under a PPP link: MicroPython's stream protocol with the idle interrupt of machine.UART. */

import { raiseTypeError } from './errors';
import type { Host } from './host';

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
  /** Bits per second of the line, where it is known; see line-speed.ts. */
  readonly baudrate?: number;
  /** Takes all of an array that owns its buffer. */
  write(bytes: Uint8Array): unknown;
}

/** The stream under an object that was given as one; null stays null. Throws a TypeError that names what is missing. */
export function toStream(host: Host, given: unknown): Stream | null {
  if (given === null) {
    return null;
  }
  // What is no object becomes one, which then lacks everything.
  const object: unknown = Object(given);
  const stream = (host._wrapStream(object) || object) as Stream;
  (['irq', 'any', 'readinto', 'write', 'IRQ_RXIDLE'] as const).forEach(function (name, i) {
    if (typeof stream[name] !== (i < 4 ? 'function' : 'number')) {
      raiseTypeError('stream has no ' + name);
    }
  });
  return stream;
}
