import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { linePair } from '../../../scripts/lines/pair';
import { exchange, randomBytes, readExactly, readToEnd } from './streams';

test('both directions at once', async () => {
  const [a, b] = linePair();
  const bytes = randomBytes(300_000);
  const [atA, atB] = await exchange(a, b, bytes);
  assert.ok(atA.equals(bytes) && atB.equals(bytes));
});

test('nothing arrives within write(), and the bytes are the reader’s own', async () => {
  const [a, b] = linePair();
  let arrived = 0;
  b.on('data', (bytes: Buffer) => (arrived += bytes.fill(0).length));
  const mine = Buffer.from('mine');
  a.write(mine);
  assert.is(arrived, 0);
  await sleep(10);
  assert.is(arrived, 4);
  assert.is(mine.toString(), 'mine');
});

test('buffers are bounded: without a reader the writer is stopped', async () => {
  const [a, b] = linePair();
  let written = 0;
  const pump = () => {
    while (written < 1_000_000 && a.write(Buffer.alloc(1000))) written += 1000;
  };
  a.on('drain', pump);
  pump();
  await sleep(50);
  assert.ok(written < 40_000, `${written} bytes`);
  b.resume();
  await sleep(50);
  assert.ok(written > 100_000, `${written} bytes`);
  a.destroy();
});

test('one direction ends, the other goes on', async () => {
  const [a, b] = linePair();
  const reading = readToEnd(b);
  a.end('last words');
  assert.is((await reading).toString(), 'last words');
  b.write('still here');
  assert.is((await readExactly(a, 10)).toString(), 'still here');
  const end = readToEnd(a);
  b.end();
  await end;
  await Promise.all([a, b].map((side) => side.closed || once(side, 'close')));
});

test('what was sent before both ends closed is still read', async () => {
  const [a, b] = linePair();
  a.end('late reader');
  b.end();
  a.resume();
  await once(a, 'close');
  assert.is((await readToEnd(b)).toString(), 'late reader');
});

test('destroying one end ends the other’s reading; its writes are lost without an error', async () => {
  const [a, b] = linePair();
  a.on('error', () => {});
  const pendingWrite = new Promise<void>((resolve) => b.write(Buffer.alloc(100_000), () => resolve()));
  await sleep(5);
  a.destroy(new Error('cut'));
  assert.is((await readToEnd(b)).length, 0);
  await pendingWrite;
  b.write('into nothing');
  b.end();
  await once(b, 'close');
});

test.run();
