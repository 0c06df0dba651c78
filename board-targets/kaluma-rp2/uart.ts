/**
 * machine.UART over Kaluma's built-in UART (firmware 1.2.1, RP2040).
 *
 * The firmware has no idle interrupt of its own for JavaScript, and needs none: the PL011's receive time-out fills the
 * ring, and the next pass of the main loop hands over all there is. That event is IRQ_RXIDLE here.
 */

import { raiseValueError } from '../../modules/network/errors';
import { namedArguments } from '../../modules/network/args';
import { copyOf, grown } from '../../modules/wire/bytes';
import { Flow, NativeUart, Parity, nativeUart } from './firmware';

/** The value MicroPython has on the RP2040. */
const RXIDLE = 0x40;

declare function micros(): number;

/**
 * The firmware's ring has no overflow check: when it is full it seems empty, and all of it is lost. A chunk is copied to
 * the 8 KB C stack before JavaScript sees it, so 4 KB is as large as is safe.
 */
const RING_DEFAULT = 4096;

export interface UartOptions {
  baudrate?: number;
  bits?: number;
  /** null for none, 0 for even, 1 for odd. */
  parity?: number | null;
  stop?: number;
  tx?: number;
  rx?: number;
  cts?: number;
  rts?: number;
  /** UART.RTS | UART.CTS. */
  flow?: number;
  /** Octets of the firmware's receive ring. */
  rxbuf?: number;
}

const OPTION_NAMES = ['baudrate', 'bits', 'parity', 'stop', 'tx', 'rx', 'cts', 'rts', 'flow', 'rxbuf'];

export class UART {
  static IRQ_RXIDLE = RXIDLE;
  static RTS = 2;
  static CTS = 1;

  readonly IRQ_RXIDLE!: number;
  _port!: NativeUart | null;
  /** What has come and not been read. */
  _bytes!: Uint8Array | null;
  _handler!: ((uart: UART) => void) | null;

  /**
   * UART(id, baudrate, bits, parity, stop, {tx, rx, cts, rts, flow, rxbuf}) or UART(id, {baudrate: 115200, ...}).
   * @throws ValueError for an id other than 0 or 1, or what the firmware refuses; TypeError for an unknown option
   */
  constructor(id: number, baudrate?: number | UartOptions, bits?: number, parity?: number | null, stop?: number);
  constructor(id: number) {
    const options = firmwareOptions(arguments);
    if (id !== 0 && id !== 1) {
      raiseValueError('UART(' + id + ") doesn't exist");
    }
    const receive = begin(this, options.bufferSize as number);
    this._port = new (nativeUart().UART)(id, options, receive);
  }

  irq(handler: ((uart: UART) => void) | null, trigger?: number): UART {
    if (handler !== null && typeof handler !== 'function') {
      raiseValueError('handler must be None or callable');
    }
    if (handler && trigger !== undefined && trigger !== RXIDLE) {
      raiseValueError('trigger 0x' + trigger.toString(16) + ' unsupported');
    }
    this._handler = handler;
    if (handler && this._bytes) {
      handler(this);
    }
    return this;
  }

  any(): number {
    return this._bytes ? this._bytes.length : 0;
  }

  /** All there is, or `count` bytes of it; null when there is nothing. */
  read(count?: number): Uint8Array | null {
    const all = this._bytes;
    if (!all || (count as number) <= 0) {
      return null;
    }
    if (!((count as number) < all.length)) {
      this._bytes = null;
      return all;
    }
    this._bytes = copyOf(all, count as number, all.length);
    return copyOf(all, 0, count as number);
  }

  /** Fills buf as far as there is something; null when there is nothing. */
  readinto(buf: Uint8Array, count?: number): number | null {
    const bytes = this.read((count as number) < buf.length ? count : buf.length);
    if (!bytes) {
      return null;
    }
    buf.set(bytes);
    return bytes.length;
  }

  /** Sends all of it and returns its length. Blocks for all but the last 33 bytes' time on the line. */
  write(data: Uint8Array | string): number {
    const length = data.length;
    if (!this._port) {
      raiseValueError('UART is closed');
    }
    // Firmware 1.2.1 sends the whole buffer under a view.
    const whole = typeof data === 'string' || data.buffer.byteLength === length;
    this._port.write(whole ? data : copyOf(data, 0, length));
    return length;
  }

  deinit(): void {
    if (this._port) {
      this._port.close();
      this._port = this._handler = null;
    }
  }
}

/** Makes an empty UART of it; returns what is to be called with the bytes that come. */
function begin(uart: UART, limit: number): (bytes: Uint8Array) => void {
  (uart as { IRQ_RXIDLE: number }).IRQ_RXIDLE = RXIDLE;
  uart._bytes = uart._handler = null;
  let pauses = 0;

  return function (bytes) {
    const before = uart._bytes;
    // The firmware's main loop empties the FIFO without a lock against its interrupt, which comes with every fourth byte:
    // where that is just when an event is over, a byte is put in that nobody sent. Events of three bytes, seven and so on
    // end near it, one after the other, since each takes as long as the last; so they are made longer until they do not.
    if ((bytes.length & 3) === 3) {
      pauses = (pauses + 1) & 7;
    }
    for (let i = pauses; i > 0; i--) {
      micros();
    }
    if (before) {
      const size = before.length + bytes.length;
      const all = grown(before, size, size);
      all.set(bytes, before.length);
      // Without a reader nothing grows past what the ring could have held.
      bytes = copyOf(all, Math.max(0, all.length - limit), all.length);
    }
    uart._bytes = bytes;
    if (uart._handler) {
      uart._handler(uart);
    }
  };
}

/** The firmware's options: its names are MicroPython's, but for the ring; parity and flow have numbers of their own. */
function firmwareOptions(args: IArguments): Record<string, unknown> {
  const options = namedArguments(args, 1, args.length, OPTION_NAMES);
  options.parity = [Parity.Even, Parity.Odd][options.parity as number] || Parity.None;
  options.flow = [Flow.None, Flow.Cts, Flow.Rts, Flow.RtsCts][(options.flow as number) & 3];
  options.bufferSize = options.rxbuf || RING_DEFAULT;
  return options;
}

/** The firmware's own UART object (`require('uart').UART`) with MicroPython's face on top, or null when it is not one. */
export function wrapFirmwareUart(object: unknown): UART | null {
  const theirs = object as {
    irq?: unknown;
    on(event: string, f: (bytes: Uint8Array) => void): void;
    _native?: NativeUart;
  };
  const native = theirs._native;
  if (theirs.irq || !native) {
    return null;
  }
  const uart = Object.create(UART.prototype) as UART;
  theirs.on('data', begin(uart, RING_DEFAULT));
  uart._port = native;
  return uart;
}
