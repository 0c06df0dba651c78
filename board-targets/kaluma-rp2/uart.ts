/**
 * machine.UART over Kaluma's built-in UART (firmware 1.2.1, RP2040).
 *
 * The firmware has no idle interrupt of its own for JavaScript, and needs none: the PL011's receive time-out fills the
 * ring, and the next pass of the main loop hands over all there is. That event is IRQ_RXIDLE here.
 */

import { typeError, valueError } from '../../modules/network/errors';
import { isOptions } from '../../modules/network/args';
import { copyOf } from '../../modules/wire/bytes';
import { NativeUart, nativeUart } from './firmware';

/** The value MicroPython has on the RP2040. */
const RXIDLE = 0x40;

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
  _native: NativeUart | null;
  _chunks!: Uint8Array[];
  _count!: number;
  _limit!: number;
  _handler!: ((uart: UART) => void) | null;

  /**
   * UART(id, baudrate, bits, parity, stop, {tx, rx, cts, rts, flow, rxbuf}) or UART(id, {baudrate: 115200, ...}).
   * @throws ValueError for an id other than 0 or 1, or what the firmware refuses; TypeError for an unknown option
   */
  constructor(id: number, baudrate?: number | UartOptions, bits?: number, parity?: number | null, stop?: number) {
    const options = firmwareOptions(arguments);
    if (id !== 0 && id !== 1) {
      throw valueError('UART(' + id + ") doesn't exist");
    }
    const self = this;
    reset(this, options.bufferSize as number);
    this._native = new (nativeUart().UART)(id, options, function (bytes) {
      received(self, bytes);
    });
  }

  irq(handler: ((uart: UART) => void) | null, trigger?: number): UART {
    checkIrq(handler, trigger);
    this._handler = handler;
    if (handler && this._count) {
      handler(this);
    }
    return this;
  }

  any(): number {
    return this._count;
  }

  /** All there is, or `count` bytes of it; null when there is nothing. */
  read(count?: number): Uint8Array | null {
    const all = this._chunks.length > 1 ? join(this._chunks, this._count) : this._chunks[0];
    if (!all || (count !== undefined && count <= 0)) {
      return null;
    }
    if (count === undefined || count >= all.length) {
      this._chunks = [];
      this._count = 0;
      return all;
    }
    this._chunks = [copyOf(all, count, all.length)];
    this._count -= count;
    return copyOf(all, 0, count);
  }

  /** Fills buf as far as there is something; null when there is nothing. */
  readinto(buf: Uint8Array, count?: number): number | null {
    const bytes = this.read(count === undefined ? buf.length : Math.min(count, buf.length));
    if (!bytes) {
      return null;
    }
    buf.set(bytes);
    return bytes.length;
  }

  /** Sends all of it and returns its length. Blocks for all but the last 33 bytes' time on the line. */
  write(data: Uint8Array | string): number {
    if (!this._native) {
      throw valueError('UART is closed');
    }
    this._native.write(ownBuffer(data));
    return data.length;
  }

  deinit(): void {
    if (this._native) {
      this._native.close();
      this._native = null;
      this._handler = null;
    }
  }
}

function reset(uart: UART, limit: number): void {
  (uart as { IRQ_RXIDLE: number }).IRQ_RXIDLE = RXIDLE;
  uart._chunks = [];
  uart._count = 0;
  uart._limit = limit;
  uart._handler = null;
}

function checkIrq(handler: unknown, trigger: number | undefined): void {
  if (handler !== null && typeof handler !== 'function') {
    throw valueError('handler must be None or callable');
  }
  if (handler && trigger !== undefined && trigger !== RXIDLE) {
    throw valueError('trigger 0x' + trigger.toString(16) + ' unsupported');
  }
}

/** Firmware 1.2.1 sends the whole buffer under a view. */
function ownBuffer(data: Uint8Array | string): Uint8Array | string {
  if (typeof data === 'string' || data.buffer.byteLength === data.length) {
    return data;
  }
  return copyOf(data, 0, data.length);
}

function received(uart: UART, bytes: Uint8Array): void {
  // Without a reader nothing grows past what the ring could have held.
  while (uart._count + bytes.length > uart._limit && uart._chunks.length) {
    uart._count -= (uart._chunks.shift() as Uint8Array).length;
  }
  uart._chunks.push(bytes);
  uart._count += bytes.length;
  if (uart._handler) {
    uart._handler(uart);
  }
}

function join(chunks: Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < chunks.length; i++) {
    all.set(chunks[i], at);
    at += chunks[i].length;
  }
  return all;
}

/** The firmware's options: its names are MicroPython's, but for the ring; parity and flow have numbers of their own. */
function firmwareOptions(args: IArguments): Record<string, unknown> {
  const native = nativeUart();
  const options: Record<string, unknown> = {};
  let last = args.length;
  if (last > 1 && isOptions(args[last - 1])) {
    const given = args[--last] as Record<string, unknown>;
    for (const name in given) {
      if (OPTION_NAMES.indexOf(name) < 0) {
        throw typeError("unexpected argument '" + name + "'");
      }
      options[name] = given[name];
    }
  }
  while (last > 1) {
    options[OPTION_NAMES[--last - 1]] = args[last];
  }
  const parity = options.parity;
  options.parity = parity === 0 ? native.PARITY_EVEN : parity === 1 ? native.PARITY_ODD : native.PARITY_NONE;
  options.flow = [native.FLOW_NONE, native.FLOW_CTS, native.FLOW_RTS, native.FLOW_RTS_CTS][Number(options.flow) & 3];
  options.bufferSize = options.rxbuf = options.rxbuf || RING_DEFAULT;
  return options;
}

/** The firmware's own UART object (`require('uart').UART`) with MicroPython's face on top, or null when it is not one. */
export function wrapFirmwareUart(object: unknown): UART | null {
  const theirs = object as {
    irq?: unknown;
    on?: unknown;
    _native?: NativeUart;
    write?: unknown;
    emit?: unknown;
  };
  const native = theirs._native;
  if (typeof theirs.irq === 'function' || typeof theirs.on !== 'function' || !native) {
    return null;
  }
  const uart = Object.create(UART.prototype) as UART;
  reset(uart, RING_DEFAULT);
  uart._native = native;
  (theirs.on as (event: string, f: (bytes: Uint8Array) => void) => void)('data', function (bytes) {
    received(uart, bytes);
  });
  return uart;
}
