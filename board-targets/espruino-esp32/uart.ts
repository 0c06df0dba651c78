/**
 * machine.UART over Espruino's Serial objects. Bytes are strings of at most 64 characters there, and become arrays by
 * native functions, all that has come at a time.
 *
 * The firmware tells of data and not of silence. A flag of PPP ends a frame, so there is something to do at once; other
 * data is told when the line has been quiet.
 */

import { namedArguments } from '../../modules/network/args';
import { osError, raiseValueError } from '../../modules/network/errors';
import { Serial, firmware, lossy, native } from './firmware';

/** The value MicroPython has on the RP2040. */
const RXIDLE = 0x40;

/** The firmware hands on what has come every 5 ms: quiet is longer than that. */
const IDLE_MS = 6;

/** A reader is called when so much waits, whatever it is. */
const ENOUGH = 1024;

/** Without a reader the oldest is forgotten beyond this. */
const LIMIT = 4096;

declare const console: { log(text: string): void };
declare function setTimeout(f: () => void, delayMs: number): number;

export interface UartOptions {
  baudrate?: number;
  bits?: number;
  /** null for none, 0 for even, 1 for odd. */
  parity?: number | null;
  stop?: number;
  tx?: unknown;
  rx?: unknown;
}

const OPTION_NAMES = ['baudrate', 'bits', 'parity', 'stop', 'tx', 'rx'];

export class UART {
  static IRQ_RXIDLE = RXIDLE;

  readonly IRQ_RXIDLE!: number;
  _serial!: Serial | null;
  /** What has come and not been read, and how many bytes that is. */
  _chunks!: string[];
  _count!: number;
  _handler!: ((uart: UART) => void) | null;
  _received!: (text: string) => void;

  /**
   * UART(id, baudrate, bits, parity, stop, {tx, rx}) or UART(id, {baudrate: 115200, tx, rx, ...}). Instead of an id there
   * may be a Serial object, which stays as it was set up when nothing else is given.
   * @throws ValueError for an id that the board does not have, or a Serial that nobody has set up; TypeError for an
   * unknown option; OSError EBUSY for a Serial that another UART has a reader for
   */
  constructor(
    id: number | Serial,
    baudrate?: number | UartOptions,
    bits?: number,
    parity?: number | null,
    stop?: number,
  );
  constructor(id: number | Serial) {
    const options = namedArguments(arguments, 1, arguments.length, OPTION_NAMES);
    const serial = (typeof id === 'number' ? firmware['Serial' + id] : id) as Serial;
    if (!isSerial(serial)) {
      raiseValueError('UART(' + id + ") doesn't exist");
    }
    const isSetUp = typeof id === 'number' || arguments.length > 1;
    claim(serial, isSetUp);
    if (isSetUp) {
      serial.setup((options.baudrate as number) || 115200, {
        bytesize: options.bits || 8,
        parity: ['even', 'odd'][options.parity as number] || 'none',
        stopbits: options.stop || 1,
        tx: options.tx,
        rx: options.rx,
      });
    }
    begin(this, serial);
  }

  irq(handler: ((uart: UART) => void) | null, trigger?: number): UART {
    if (handler !== null && typeof handler !== 'function') {
      raiseValueError('handler must be None or callable');
    }
    if (handler && trigger !== undefined && trigger !== RXIDLE) {
      raiseValueError('trigger 0x' + trigger.toString(16) + ' unsupported');
    }
    if (handler) {
      serialOf(this);
    }
    this._handler = handler;
    tell(this);
    return this;
  }

  any(): number {
    return this._count;
  }

  /** All there is, or `count` bytes of it; null when there is nothing. */
  read(count?: number): Uint8Array | null {
    const chunks = this._chunks;
    if (!this._count || (count as number) <= 0) {
      return null;
    }
    if (!((count as number) < this._count)) {
      this._chunks = [];
      this._count = 0;
      return native.toUint8Array(chunks);
    }
    const text = chunks.join('');
    this._chunks = [text.substr(count as number)];
    this._count -= count as number;
    return native.toUint8Array(text.substr(0, count));
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

  /** Sends all of it and returns its length. Blocks for what the firmware's buffers do not hold. */
  write(data: Uint8Array | string): number {
    serialOf(this).write(data);
    return data.length;
  }

  deinit(): void {
    const serial = this._serial;
    if (serial) {
      detach(this);
      serial.unsetup();
    }
  }
}

/** One for each Serial that has any. */
let uarts: UART[] = [];

let warned = false;

function detach(uart: UART): void {
  (uart._serial as Serial).removeListener('data', uart._received);
  uart._serial = uart._handler = null;
  uarts = uarts.filter(function (one) {
    return one !== uart;
  });
}

/** Makes room for a UART in the place of one that nobody reads any more. */
function claim(serial: Serial, isSetUp: boolean): void {
  // Nothing would be heard, nor told. `LoopbackA` and the like work without.
  for (let i = 1; i < 7 && !isSetUp; i++) {
    if (serial === firmware['Serial' + i] && !serial._baudrate) {
      raiseValueError('Serial' + i + ' is not set up');
    }
  }
  uarts.forEach(function (uart) {
    if (uart._serial === serial) {
      if (uart._handler) {
        throw osError(16, 'EBUSY');
      }
      detach(uart);
    }
  });
  if (lossy && !warned) {
    warned = true;
    console.log('WARNING: Espruino 2v26 to 2v29 loses serial data: micronic/docs/espruino.md');
  }
}

function serialOf(uart: UART): Serial {
  return uart._serial || raiseValueError('UART is closed');
}

function isSerial(object: unknown): boolean {
  const { setup, on, write } = Object(object);
  return !!(setup && on && write);
}

function tell(uart: UART): void {
  if (uart._handler && uart._count) {
    uart._handler(uart);
  }
}

/** Makes a UART of it. */
function begin(uart: UART, serial: Serial): void {
  let waiting = false;
  let quiet = false;

  function wait(): void {
    waiting = quiet = true;
    setTimeout(function () {
      waiting = false;
      if (quiet) {
        tell(uart);
      } else {
        wait();
      }
    }, IDLE_MS);
  }

  (uart as { IRQ_RXIDLE: number }).IRQ_RXIDLE = RXIDLE;
  uart._serial = serial;
  uart._chunks = [];
  uart._count = 0;
  uart._handler = null;
  uart._received = function (text) {
    uart._chunks.push(text);
    uart._count += text.length;
    quiet = false;
    if (text.indexOf('~') >= 0 || uart._count >= ENOUGH) {
      tell(uart);
    }
    while (uart._count > LIMIT) {
      uart._count -= (uart._chunks.shift() as string).length;
    }
    if (uart._count && !waiting) {
      wait();
    }
  };
  serial.on('data', uart._received);
  uarts.push(uart);
}

/** A Serial object with MicroPython's face on top, or null when it is none. */
export function wrapSerial(object: unknown): UART | null {
  return !(object as UART).irq && isSerial(object) ? new UART(object as Serial) : null;
}
