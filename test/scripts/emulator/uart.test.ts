/** The emulated UART, its registers driven as a firmware would. */

import { RP2040 } from 'rp2040js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EmulatedClock } from '../../../scripts/emulator/clock';
import { PacedUart } from '../../../scripts/emulator/uart';
import { UartPort } from '../../../scripts/emulator/uart-port';

const test = suite('emulator: UART');

const IRQ = 20;
const [DATA, FLAGS, IBRD, FBRD, LCR, CR, IFLS, IMSC, RIS, ICR] = [
  0x00, 0x18, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x3c, 0x44,
];
const [RX, TX, TIMEOUT, OVERRUN] = [0x10, 0x20, 0x40, 0x400];
/** 115,200 baud at 125 MHz: divisor 67 and 52/64. */
const BYTE_NS = (10 * 16e9 * (67 + 52 / 64)) / 125e6;

interface Wire {
  clock: EmulatedClock;
  uart: PacedUart;
  port: UartPort;
  /** What has left, and when. */
  sent: { byte: number; ns: number; isLast: boolean }[];
  isPending(): boolean;
}

function wire(control = 0x301): Wire {
  const clock = new EmulatedClock();
  const chip = new RP2040(clock);
  const sent: Wire['sent'] = [];
  const port: UartPort = new UartPort(clock, () => uart);
  const uart = new PacedUart(chip, IRQ, (byte, isLast) => {
    sent.push({ byte, ns: clock.nanos, isLast });
    port.carry(byte, isLast);
  });
  const settings = [
    [IBRD, 67],
    [FBRD, 52],
    [LCR, 0x70],
    [IFLS, 0x12],
    [IMSC, RX | TIMEOUT],
    [CR, control],
  ];
  settings.forEach(([register, value]) => uart.writeUint32Atomic(register, value, 0));
  const isPending = (): boolean => (chip.core.pendingInterrupts & (1 << IRQ)) !== 0;
  return { clock, uart, port, sent, isPending };
}

const near = (a: number, b: number): boolean => Math.abs(a - b) < 2;

test('sends at the baud rate, 33 bytes without waiting', () => {
  const { clock, uart, sent } = wire();
  assert.is(uart.baud, 115207);
  for (let i = 0; i < 34; i++) {
    uart.writeUint32(DATA, i);
  }
  assert.is(uart.stats.txDropped, 1);
  assert.is(uart.readUint32(FLAGS) & 0x28, 0x28); // full and busy
  clock.advanceTo(100 * BYTE_NS);
  assert.is(sent.length, 33);
  assert.ok(sent.every(({ ns }, i) => near(ns, (i + 1) * BYTE_NS)));
  assert.equal(
    sent.map(({ isLast }) => isLast),
    [...Array(32).fill(false), true],
  );
  assert.is(uart.readUint32(FLAGS) & 0xa8, 0x80); // empty, not busy
  assert.is(uart.readUint32(RIS) & TX, TX);
});

test('a written byte comes one byte time later, and with it the interrupts', () => {
  const { clock, uart, port, isPending } = wire();
  port.write(Buffer.alloc(17, 65));
  clock.advanceTo(BYTE_NS - 1);
  assert.is(uart.stats.rxBytes, 0);
  clock.advanceTo(15 * BYTE_NS + 2);
  assert.is(uart.stats.rxBytes, 15);
  assert.not(isPending());
  clock.advanceTo(16 * BYTE_NS + 2); // IFLS 2 is half full
  assert.ok(isPending());
  for (let i = 0; i < 16; i++) {
    assert.is(uart.readUint32(DATA), 65);
  }
  assert.not(isPending());
  clock.advanceTo(17 * BYTE_NS + 2);
  assert.not(isPending());
  clock.advanceTo(17 * BYTE_NS + 3.2 * BYTE_NS - 2); // 32 bit times
  assert.not(isPending());
  clock.advanceTo(17 * BYTE_NS + 3.2 * BYTE_NS + 2);
  assert.ok(isPending());
  assert.is(uart.readUint32(RIS), TIMEOUT);
  uart.readUint32(DATA);
  assert.not(isPending());
});

test('what the FIFO has no room for is lost, and counted', () => {
  const { clock, uart, port } = wire();
  port.write(Buffer.from(Array.from({ length: 40 }, (_, i) => i)));
  clock.advanceTo(41 * BYTE_NS);
  assert.is(uart.stats.rxBytes, 32);
  assert.is(uart.stats.rxOverruns, 8);
  assert.is(uart.readUint32(RIS) & OVERRUN, OVERRUN);
  uart.writeUint32Atomic(ICR, OVERRUN, 0);
  assert.is(uart.readUint32(RIS) & OVERRUN, 0);
  for (let i = 0; i < 32; i++) {
    assert.is(uart.readUint32(DATA), i);
  }
  uart.receive(99);
  assert.is(uart.readUint32(DATA), 0x800 | 99); // bytes before this one were lost
  uart.readUint32(DATA);
  assert.is(uart.stats.rxEmptyReads, 1);
});

test('what comes before the receiver is on is lost', () => {
  const { clock, uart, port } = wire(0x101);
  port.write(Buffer.from('abc'));
  clock.advanceTo(10 * BYTE_NS);
  assert.is(uart.stats.rxIgnored, 3);
  assert.is(uart.readUint32(FLAGS) & 0x10, 0x10);
});

test('a stream hands on what was sent, whole bursts', async () => {
  const { clock, uart, port } = wire();
  const chunks: string[] = [];
  port.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  await new Promise((resolve) => setImmediate(resolve));
  for (const byte of Buffer.from('0123456789abcdefghij')) {
    uart.writeUint32(DATA, byte);
  }
  clock.advanceTo(30 * BYTE_NS);
  assert.equal(chunks, ['0123456789abcdef', 'ghij']);
});

test('write() calls back when the bytes have passed', () => {
  const { clock, port } = wire();
  const done: number[] = [];
  port.write(Buffer.alloc(3), () => done.push(clock.nanos));
  port.write(Buffer.alloc(2), () => done.push(clock.nanos));
  clock.advanceTo(10 * BYTE_NS);
  assert.is(done.length, 2);
  assert.ok(near(done[0], 3 * BYTE_NS) && near(done[1], 5 * BYTE_NS), String(done));
});

test.run();
