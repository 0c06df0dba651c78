/** machine.UART over Espruino's Serial objects. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Clock } from '../../helpers/clock';
import { FakeSerial, text, withTimers } from '../../helpers/fake-espruino';
import { isLossy } from '../../../board-targets/espruino-esp32/firmware';
import { UART, wrapSerial } from '../../../board-targets/espruino-esp32/uart';

const Any = UART as unknown as new (...args: unknown[]) => UART;
const globals = globalThis as unknown as Record<string, unknown>;

/** A UART over a serial of its own, and the calls of its reader. */
function made(f: (uart: UART, serial: FakeSerial, clock: Clock, told: number[]) => void): void {
  const clock = new Clock();
  withTimers(clock, () => {
    const serial = new FakeSerial();
    const uart = new Any(serial);
    const told: number[] = [];
    uart.irq(() => void told.push(clock.nowMs), UART.IRQ_RXIDLE);
    f(uart, serial, clock, told);
  });
}

test('UART(id): MicroPython’s options become the firmware’s', () => {
  const serial = (globals.Serial2 = new FakeSerial());
  new Any(2, 9600, 7, 0, 2, { tx: 'D17', rx: 'D16' });
  new Any(2, { baudrate: 57600, parity: 1 });
  new Any(2);
  const of = (
    baudrate: number,
    bytesize: number,
    parity: string,
    stopbits: number,
    tx?: string,
    rx?: string,
  ): unknown => [baudrate, { bytesize, parity, stopbits, tx, rx }];
  assert.equal(serial.setups, [of(9600, 7, 'even', 2, 'D17', 'D16'), of(57600, 8, 'odd', 1), of(115200, 8, 'none', 1)]);
  assert.throws(() => new Any(9), /doesn't exist/);
  assert.throws(() => new Any(2, { flow: 3 }), /flow/);
});

test('a Serial stays as it was set up, and PPP wraps it', () => {
  const serial = new FakeSerial();
  assert.instance(wrapSerial(serial), UART);
  assert.equal(serial.setups, []);
  assert.is(wrapSerial({}), null);
  assert.is(wrapSerial(new Any(serial)), null, 'is one already');
});

test('a flag is told at once, other data when the line is quiet', () => {
  made((uart, serial, clock, told) => {
    serial.receive('\x7e\xff\x03~');
    assert.is(told.length, 1);
    uart.read();
    serial.receive('OK');
    clock.runTo(clock.nowMs + 5);
    serial.receive('\r\n');
    assert.is(told.length, 1, 'not in the midst of it');
    clock.runTo(clock.nowMs + 5);
    assert.is(told.length, 1);
    clock.runTo(clock.nowMs + 10);
    assert.is(told.length, 2);
    assert.equal(text(uart.read()!), 'OK\r\n');
    clock.runTo(clock.nowMs + 100);
    assert.is(told.length, 2, 'no timer is left');
  });
});

test('a reader is called for much without a flag; without one the oldest is forgotten', () => {
  made((uart, serial, _clock, told) => {
    serial.receive('x'.repeat(1024));
    assert.is(told.length, 1);
    uart.irq(null);
    serial.receive('y'.repeat(6000) + 'z');
    assert.ok(uart.any() <= 4096 && uart.any() > 4000);
    const all = uart.read()!;
    assert.is(all[all.length - 1], 0x7a);
  });
});

test('read, readinto: all, parts, nothing; bytes of every value', () => {
  made((uart, serial) => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    uart.irq(null);
    assert.equal([uart.any(), uart.read(), uart.readinto(new Uint8Array(4))], [0, null, null]);
    serial.receive(text(all));
    assert.equal(Buffer.from(uart.read(100)!), all.subarray(0, 100));
    const buf = new Uint8Array(50);
    assert.is(uart.readinto(buf), 50);
    assert.equal(Buffer.from(buf), all.subarray(100, 150));
    assert.is(uart.readinto(buf, 3), 3);
    assert.is(uart.any(), 103);
    assert.is(uart.read(0), null);
    assert.equal(Buffer.from(uart.read()!), all.subarray(153));
  });
});

test('write: bytes, a view, text; and the end', () => {
  made((uart, serial) => {
    assert.is(uart.write(Uint8Array.of(1, 2, 255).subarray(1)), 2);
    assert.is(uart.write('AT\r'), 3);
    assert.is(serial.sent, '\x02\xffAT\r');
    uart.deinit();
    assert.equal([serial.closed, serial.listeners.length], [true, 0]);
    assert.throws(() => uart.write('x'), /closed/);
  });
});

test('a Serial: set up first; one reader at a time; a new UART in the place of one without', () => {
  const serial = (globals.Serial3 = new FakeSerial());
  assert.throws(() => wrapSerial(serial), /^Serial3 is not set up$/);
  assert.is(serial.listeners.length, 0);
  (serial as { _baudrate?: number })._baudrate = 9600;
  const first = wrapSerial(serial)!;
  const second = wrapSerial(serial)!;
  assert.is(serial.listeners.length, 1);
  assert.throws(() => first.irq(() => {}), /UART is closed/);
  assert.throws(() => first.write('x'), /UART is closed/);
  second.irq(() => {});
  assert.throws(() => new Any(3, 1200), /^\[Errno 16\] EBUSY$/);
  assert.equal([serial.setups.length, serial.listeners.length], [0, 1], 'nothing has changed');
  second.irq(null);
  new Any(3, 1200);
  assert.equal([serial.setups.length, serial.listeners.length], [1, 1]);
});

test('releases that lose data: 2v26 to 2v29, and builds between 2v29 and its correction', () => {
  const judge = (...versions: (string | undefined)[]): boolean[] => versions.map(isLossy);
  assert.equal(judge('2v26', '2v27.12', '2v28', '2v29', '2v29.95'), [true, true, true, true, true]);
  assert.equal(
    judge('2v25', '2v25.300', '2v29.96', '2v29.277', '2v30', '3v27', '1v99', undefined),
    Array(8).fill(false),
  );
});

test.run();
