/** machine.UART over any Duplex. */

import { Duplex, PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UART, wrapDuplex } from '../../../board-targets/node/uart';
import { linePair } from '../../../scripts/lines/pair';
import { errorOf as thrown } from '../../helpers/thrown';

function pair(): { uart: UART; other: Duplex } {
  const [line, other] = linePair();
  return { uart: new UART(line), other };
}

test('bytes both ways', async () => {
  const { uart, other } = pair();
  const got: Buffer[] = [];
  other.on('data', (data: Buffer) => got.push(data));
  assert.is(uart.write(Uint8Array.of(1, 2, 3)), 3);
  assert.is(uart.write('AT\xff'), 3);
  other.write('OK');
  await sleep(10);
  assert.equal(Buffer.concat(got), Buffer.from([1, 2, 3, 0x41, 0x54, 0xff]));
  assert.is(uart.any(), 2);
  assert.is(Buffer.from(uart.read()!).toString(), 'OK');
  assert.is(uart.read(), null);
});

test('read and readinto in any pieces', async () => {
  const { uart, other } = pair();
  other.write(Buffer.from([1, 2, 3]));
  other.write(Buffer.from([4, 5, 6, 7]));
  await sleep(10);
  assert.is(uart.any(), 7);
  assert.equal(Array.from(uart.read(2)!), [1, 2]);
  const buf = new Uint8Array(10).fill(0xa5);
  assert.is(uart.readinto(buf, 3), 3);
  assert.equal(Array.from(buf.slice(0, 4)), [3, 4, 5, 0xa5]);
  assert.is(uart.read(0), null);
  assert.is(uart.readinto(buf), 2);
  assert.is(uart.readinto(buf), null);
  assert.is(uart.any(), 0);
});

test('readinto: a count beyond the buffer is the buffer', async () => {
  const { uart, other } = pair();
  other.write('abcdef');
  await sleep(10);
  const buf = new Uint8Array(4);
  assert.is(uart.readinto(buf, 100), 4);
  assert.is(Buffer.from(buf).toString(), 'abcd');
  assert.is(Buffer.from(uart.read()!).toString(), 'ef');
});

test('irq: called with the UART; at once when there is something; null takes it away', async () => {
  const { uart, other } = pair();
  const calls: number[] = [];
  uart.irq((which) => calls.push(which.any()), UART.IRQ_RXIDLE);
  other.write('ab');
  await sleep(10);
  assert.equal(calls, [2]);
  uart.irq(null);
  other.write('c');
  await sleep(10);
  assert.equal(calls, [2]);
  uart.irq((which) => calls.push(which.any()));
  assert.equal(calls, [2, 3]);
});

test('errors: a wrong handler, trigger or Duplex; the old handler stays', async () => {
  const { uart, other } = pair();
  let calls = 0;
  uart.irq(() => calls++);
  assert.equal(
    thrown(() => uart.irq(5 as never)),
    { name: 'ValueError', message: 'handler must be None or callable' },
  );
  assert.equal(
    thrown(() => uart.irq(() => {}, 1)),
    { name: 'ValueError', message: 'trigger 0x1 unsupported' },
  );
  other.write('x');
  await sleep(10);
  assert.is(calls, 1);
  for (const wrong of [undefined, null, {}, '/dev/ttyUSB0']) {
    assert.is(thrown(() => new UART(wrong as never)).name, 'TypeError');
  }
});

test('writing into a line that has ended is silent, as on a wire', async () => {
  const { uart, other } = pair();
  uart.duplex.end();
  assert.is(uart.write('into the void'), 13);
  other.destroy();
  await sleep(5);
});

test('a Duplex handed over as it is gets wrapped, a stream with irq does not', () => {
  assert.instance(wrapDuplex(new PassThrough()), UART);
  assert.is(wrapDuplex(new UART(new PassThrough())), null);
  assert.is(wrapDuplex({}), null);
});

test('a serial port that cannot be opened: the port’s error or one sentence', async () => {
  try {
    await UART.open('/dev/never-there', { baudrate: 9600 });
    assert.unreachable('it opened');
  } catch (error) {
    assert.match((error as Error).message, /never-there|serialport/);
  }
});

test.run();
