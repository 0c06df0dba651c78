/** MicroPython's machine.UART over any Duplex, and over a serial port by the optional package `serialport`. */

import type { Duplex } from 'node:stream';
import { raiseTypeError, raiseValueError } from '../../modules/network/errors';
import type { Stream } from '../../modules/network/stream';

/** The value MicroPython has on the RP2040. */
const RXIDLE = 0x40;

type Handler = (uart: UART) => void;

export interface SerialOptions {
  baudrate?: number;
  rtscts?: boolean;
}

export class UART implements Stream {
  static IRQ_RXIDLE = RXIDLE;
  readonly IRQ_RXIDLE = RXIDLE;
  /** The Duplex underneath. */
  readonly duplex: Duplex;
  private chunks: Uint8Array[] = [];
  private count = 0;
  private handler: Handler | null = null;

  constructor(duplex: Duplex) {
    if (!duplex || typeof duplex.write !== 'function' || typeof duplex.on !== 'function') {
      raiseTypeError('UART() takes a Duplex; a serial port is opened by UART.open(path, options)');
    }
    this.duplex = duplex;
    duplex.on('data', (chunk: Uint8Array) => {
      this.chunks.push(chunk);
      this.count += chunk.length;
      this.handler?.(this);
    });
  }

  /** Opens a serial port. Rejects with the port's error, or with one sentence when `serialport` is not installed. */
  static async open(path: string, options: SerialOptions = {}): Promise<UART> {
    const { SerialPort } = await import('serialport').catch(() => {
      throw new Error('a serial port needs the optional package serialport: npm install serialport');
    });
    const port = new SerialPort({
      path,
      baudRate: options.baudrate ?? 115200,
      rtscts: options.rtscts ?? false,
      autoOpen: false,
    });
    await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
    return new UART(port);
  }

  /** Bits per second, where the Duplex says it, as one of `serialport` does. */
  get baudrate(): number | undefined {
    return (this.duplex as { baudRate?: number }).baudRate;
  }

  irq(handler: Handler | null, trigger: number = RXIDLE): this {
    if (handler !== null && typeof handler !== 'function') {
      raiseValueError('handler must be None or callable');
    }
    if (trigger !== RXIDLE) {
      raiseValueError(`trigger 0x${trigger.toString(16)} unsupported`);
    }
    this.handler = handler;
    if (handler && this.count) {
      handler(this);
    }
    return this;
  }

  any(): number {
    return this.count;
  }

  read(count: number = this.count): Uint8Array | null {
    const length = Math.min(count, this.count);
    if (length <= 0) {
      return null;
    }
    const bytes = new Uint8Array(length);
    this.readinto(bytes);
    return bytes;
  }

  readinto(buf: Uint8Array, count: number = buf.length): number | null {
    if (!this.count) {
      return null;
    }
    count = Math.min(count, buf.length);
    let at = 0;
    while (at < count && this.chunks.length) {
      const chunk = this.chunks[0];
      const take = Math.min(chunk.length, count - at);
      buf.set(chunk.subarray(0, take), at);
      at += take;
      if (take === chunk.length) {
        this.chunks.shift();
      } else {
        this.chunks[0] = chunk.subarray(take);
      }
    }
    this.count -= at;
    return at;
  }

  write(data: Uint8Array | string): number {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    if (this.duplex.writable) {
      this.duplex.write(bytes);
    }
    return bytes.length;
  }
}

/** A Duplex handed to PPP() as it is. */
export function wrapDuplex(object: unknown): UART | null {
  const stream = object as { irq?: unknown; pipe?: unknown; write?: unknown };
  const isDuplex = typeof stream.pipe === 'function' && typeof stream.write === 'function';
  return isDuplex && typeof stream.irq !== 'function' ? new UART(object as Duplex) : null;
}
