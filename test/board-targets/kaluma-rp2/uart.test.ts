/** machine.UART over Kaluma's native UART. */

import { EventEmitter } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UART, wrapFirmwareUart } from '../../../board-targets/kaluma-rp2/uart';
import { FakeKaluma, FakeNativeUart, UART_MODULE } from '../../helpers/fake-kaluma';
import { errorOf, type Thrown } from '../../helpers/thrown';

type AnyUart = new (...args: unknown[]) => UART;
const Any = UART as unknown as AnyUart;

function made(...args: unknown[]): { uart: UART; native: FakeNativeUart } {
  return new FakeKaluma().run(() => {
    FakeNativeUart.made.length = 0;
    const uart = new Any(...(args.length ? args : [1]));
    return { uart, native: FakeNativeUart.made[0] };
  });
}

/** The firmware's clock, which costs some 25 us there. */
let clockReads = 0;
Object.assign(globalThis, { micros: () => clockReads++ });

const thrown = (f: () => unknown): Thrown => errorOf(() => new FakeKaluma().run(f));

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

// ---- making one --------------------------------------------------------------------------------------------------

test('UART(id): the documented defaults', () => {
  const { native } = made(1);
  const { baudrate, bits, parity, stop, flow } = native.options;
  assert.is(native.port, 1);
  assert.ok(baudrate === undefined || baudrate === 115200);
  assert.ok(bits === undefined || bits === 8);
  assert.ok(stop === undefined || stop === 1);
  assert.is(parity, UART_MODULE.PARITY_NONE);
  assert.is(flow, UART_MODULE.FLOW_NONE);
  assert.is(native.options.bufferSize, 4096);
});

test('UART: positional arguments and options', () => {
  const both = made(0, 9600, 7, 0, 2, { tx: 4, rx: 5, rxbuf: 1000, flow: UART.RTS | UART.CTS, cts: 6, rts: 7 }).native
    .options;
  const named = made(0, {
    baudrate: 9600,
    bits: 7,
    parity: 0,
    stop: 2,
    tx: 4,
    rx: 5,
    rxbuf: 1000,
    flow: UART.RTS | UART.CTS,
    cts: 6,
    rts: 7,
  }).native.options;
  for (const options of [both, named]) {
    assert.equal(
      [options.baudrate, options.bits, options.parity, options.stop, options.tx, options.rx, options.bufferSize],
      [9600, 7, UART_MODULE.PARITY_EVEN, 2, 4, 5, 1000],
    );
    assert.equal([options.flow, options.cts, options.rts], [UART_MODULE.FLOW_RTS_CTS, 6, 7]);
  }
  assert.is(made(1, { parity: 1 }).native.options.parity, UART_MODULE.PARITY_ODD);
  assert.is(made(1, { parity: null }).native.options.parity, UART_MODULE.PARITY_NONE);
  assert.is(made(1, { flow: UART.CTS }).native.options.flow, UART_MODULE.FLOW_CTS);
  assert.is(made(1, { flow: UART.RTS }).native.options.flow, UART_MODULE.FLOW_RTS);
});

test('UART: an id that does not exist, an option that does not: errors, and nothing was opened', () => {
  FakeNativeUart.made.length = 0;
  for (const id of [2, -1, '1', undefined, null]) {
    assert.is(thrown(() => new Any(id)).name, 'ValueError');
  }
  assert.match(thrown(() => new Any(1, { speed: 5 })).message, 'speed');
  assert.is(thrown(() => new Any(1, { speed: 5 })).name, 'TypeError');
  assert.is(FakeNativeUart.made.length, 0);
});

test('constants are MicroPython’s', () => {
  assert.equal([UART.IRQ_RXIDLE, UART.RTS, UART.CTS], [0x40, 2, 1]);
  assert.is(made().uart.IRQ_RXIDLE, 0x40);
});

// ---- writing -----------------------------------------------------------------------------------------------------

test('write: bytes and text, all of it; the length comes back', () => {
  const { uart, native } = made();
  assert.is(uart.write(bytes(1, 2, 3)), 3);
  assert.is(uart.write('AT\r'), 3);
  assert.is(uart.write(new Uint8Array(0)), 0);
  assert.equal(Buffer.concat(native.sent), Buffer.from([1, 2, 3, 0x41, 0x54, 0x0d]));
});

test('write: of a view only the view goes out, wherever it lies', () => {
  const whole = Uint8Array.from({ length: 100 }, (_, i) => i);
  for (const [from, to] of [
    [0, 10],
    [10, 20],
    [90, 100],
    [50, 51],
    [0, 100],
  ]) {
    const { uart, native } = made();
    assert.is(uart.write(whole.subarray(from, to)), to - from);
    assert.equal(Buffer.concat(native.sent), Buffer.from(whole.slice(from, to)));
  }
});

test('write: what owns its buffer is not copied', () => {
  const { uart, native } = made();
  const mine = bytes(5, 6);
  const seen: unknown[] = [];
  native.write = (data) => void seen.push(data);
  uart.write(mine);
  assert.is(seen[0], mine);
});

// ---- reading -----------------------------------------------------------------------------------------------------

test('any, read, readinto', () => {
  const { uart, native } = made();
  assert.equal([uart.any(), uart.read(), uart.readinto(new Uint8Array(5))], [0, null, null]);
  native.receive(bytes(1, 2, 3));
  native.receive(bytes(4, 5));
  assert.is(uart.any(), 5);
  assert.equal(Array.from(uart.read(2)!), [1, 2]);
  assert.is(uart.any(), 3);
  const buf = new Uint8Array(2);
  assert.is(uart.readinto(buf), 2);
  assert.equal(Array.from(buf), [3, 4]);
  assert.equal(Array.from(uart.read()!), [5]);
  assert.is(uart.read(), null);
});

test('readinto: fills what there is, at most the buffer, at most the count', () => {
  const { uart, native } = made();
  native.receive(bytes(1, 2, 3, 4, 5, 6));
  const buf = new Uint8Array(10).fill(0xa5);
  assert.is(uart.readinto(buf, 2), 2);
  assert.equal(Array.from(buf.slice(0, 3)), [1, 2, 0xa5]);
  assert.is(uart.readinto(new Uint8Array(2), 50), 2);
  assert.is(uart.readinto(buf), 2);
  assert.equal(Array.from(buf.slice(0, 3)), [5, 6, 0xa5]);
});

test('read: nothing for nothing', () => {
  const { uart, native } = made();
  native.receive(bytes(1));
  assert.is(uart.read(0), null);
  assert.is(uart.any(), 1);
  assert.equal(Array.from(uart.read(100)!), [1]);
});

test('reading in any pieces gives the bytes in their order', () => {
  const { uart, native } = made();
  let next = 0;
  let expected = 0;
  for (let i = 0; i < 2000; i++) {
    native.receive(Uint8Array.from({ length: (i * 7) % 23 }, () => next++ & 255));
    const piece = i % 3 ? uart.read((i * 5) % 31) : uart.read();
    for (const byte of piece ?? []) {
      assert.is(byte, expected++ & 255);
    }
    if (uart.any() > 2000) {
      for (const byte of uart.read()!) {
        assert.is(byte, expected++ & 255);
      }
    }
  }
});

test('without a reader nothing grows past the ring; the newest bytes are kept', () => {
  const { uart, native } = made(1, { rxbuf: 1000 });
  for (let i = 0; i < 100; i++) {
    native.receive(new Uint8Array(100).fill(i));
  }
  assert.ok(uart.any() <= 1000 && uart.any() >= 900, `${uart.any()}`);
  const all = uart.read()!;
  assert.is(all[all.length - 1], 99);
});

// ---- irq ---------------------------------------------------------------------------------------------------------

test('irq: called with the UART when bytes have come; null takes it away', () => {
  const { uart, native } = made();
  const calls: unknown[] = [];
  uart.irq((which) => calls.push(which), UART.IRQ_RXIDLE);
  native.receive(bytes(1));
  native.receive(bytes(2));
  assert.equal(calls.length, 2);
  assert.is(calls[0], uart);
  uart.irq(null);
  native.receive(bytes(3));
  assert.is(calls.length, 2);
  assert.is(uart.any(), 3);
});

test('irq: bytes that are there already are told at once', () => {
  const { uart, native } = made();
  native.receive(bytes(1));
  let got = -1;
  uart.irq((which) => (got = which.any()));
  assert.is(got, 1);
});

test('irq: a handler that reads, takes itself away or sets another', () => {
  const { uart, native } = made();
  const log: string[] = [];
  uart.irq((which) => {
    log.push(`first ${which.read()!.length}`);
    which.irq((again) => void log.push(`second ${again.read()!.length}`));
  });
  native.receive(bytes(1, 2));
  native.receive(bytes(3));
  assert.equal(log, ['first 2', 'second 1']);
});

test('irq: a wrong handler or trigger: ValueError, the old one stays', () => {
  const { uart, native } = made();
  let calls = 0;
  uart.irq(() => calls++);
  assert.equal(
    thrown(() => uart.irq(5 as never)),
    { name: 'ValueError', message: 'handler must be None or callable' },
  );
  assert.equal(
    thrown(() => uart.irq(() => {}, 0x20)),
    { name: 'ValueError', message: 'trigger 0x20 unsupported' },
  );
  native.receive(bytes(1));
  assert.is(calls, 1);
});

test('deinit: closed once, silent, and writing is an error', () => {
  const { uart, native } = made();
  let calls = 0;
  uart.irq(() => calls++);
  uart.deinit();
  uart.deinit();
  assert.ok(native.closed);
  native.receive(bytes(1));
  assert.is(calls, 0);
  assert.is(thrown(() => uart.write('x')).name, 'ValueError');
});

// ---- the firmware's own object -----------------------------------------------------------------------------------

test('the firmware’s own UART object gets MicroPython’s face', () => {
  const native = new FakeNativeUart(1, {}, () => {});
  const theirs = Object.assign(new EventEmitter(), { _native: native, write: () => {} });
  const uart = wrapFirmwareUart(theirs)!;
  assert.ok(uart);
  const got: number[] = [];
  uart.irq((which) => got.push(...which.read()!), UART.IRQ_RXIDLE);
  theirs.emit('data', bytes(7, 8));
  assert.equal(got, [7, 8]);
  uart.write(bytes(1, 2, 3).subarray(1));
  assert.equal(Buffer.concat(native.sent), Buffer.from([2, 3]));
  assert.is(uart.IRQ_RXIDLE, 0x40);
});

test('anything else is left as it is', () => {
  const { uart } = made();
  for (const object of [{}, uart, new EventEmitter(), { on: () => {}, irq: () => {}, _native: {} }]) {
    assert.is(wrapFirmwareUart(object), null);
  }
});

test('events that end near the interrupt of each fourth byte are made longer, all others stay as they are', () => {
  const { native } = made(1);
  const reads = (length: number): number => {
    clockReads = 0;
    native.receive(new Uint8Array(length));
    return clockReads;
  };
  assert.equal([1, 2, 4, 5, 6, 8].map(reads), [0, 0, 0, 0, 0, 0]);
  assert.equal([3, 1, 7, 11, 12].map(reads), [1, 1, 2, 3, 3]);
  assert.equal([3, 3, 3, 3, 3].map(reads), [4, 5, 6, 7, 0], 'and begin anew where that does not help');
});

test.run();
