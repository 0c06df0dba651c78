import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LineError } from '../../../scripts/lines/error';
import { paced } from '../../../scripts/lines/pace';
import { linePair } from '../../../scripts/lines/pair';
import { randomBytes, readExactly, readToEnd, writeAll } from './streams';

/** Two millisecond's worth: what may be handed on at once. */
const sliceBytes = (baud: number) => Math.max(1, Math.round(baud / 5000));

/** When how many bytes had come, from the first byte sent on. */
interface Arrival {
  elapsedMs: number;
  totalBytes: number;
}

/** Fails when at any time more had come than a UART could have carried since the start. */
function checkNeverTooFast(arrivals: Arrival[], baud: number): void {
  for (const { elapsedMs, totalBytes } of arrivals) {
    const carriedBytes = (elapsedMs * baud) / 10000;
    assert.ok(totalBytes <= carriedBytes + 0.01, `${totalBytes} bytes after ${elapsedMs} ms`);
  }
}

for (const [direction, baud] of [
  ['sent', 115200],
  ['received', 115200],
  ['sent', 921600],
  ['received', 300],
] as const) {
  test(`${direction} at ${baud}: never faster than the line, and nearly as fast over time`, async () => {
    const [near, far] = linePair();
    const slow = paced(near, baud);
    const [from, to] = direction === 'sent' ? [slow, far] : [far, slow];
    const bytes = randomBytes(Math.max(6, baud / 40)); // a quarter of a second
    const arrivals: Arrival[] = [];
    const chunks: Buffer[] = [];
    let totalBytes = 0;
    const startMs = performance.now();
    to.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      totalBytes += chunk.length;
      arrivals.push({ elapsedMs: performance.now() - startMs, totalBytes });
    });
    await writeAll(from, bytes, 100);
    from.end();
    await once(to, 'end');
    assert.ok(Buffer.concat(chunks).equals(bytes));
    checkNeverTooFast(arrivals, baud);
    const idealMs = (bytes.length * 10000) / baud;
    const tookMs = arrivals.at(-1)!.elapsedMs;
    assert.ok(tookMs < idealMs * 1.5 + 50, `${tookMs} ms instead of ${idealMs}`);
    slow.destroy();
    far.destroy();
  });
}

test('late timers are caught up with: a busy program costs no line rate', async () => {
  const baud = 115200;
  const [near, far] = linePair();
  const slow = paced(near, baud);
  const bytes = randomBytes(4608); // 400 ms
  const startMs = performance.now();
  const reading = readExactly(far, bytes.length);
  const writing = writeAll(slow, bytes, 100);
  let busy = true;
  const blocking = (async () => {
    while (busy) {
      const untilMs = performance.now() + 15;
      while (performance.now() < untilMs); // the event loop stands still
      await sleep(1);
    }
  })();
  assert.ok((await reading).equals(bytes));
  const tookMs = performance.now() - startMs;
  busy = false;
  await Promise.all([writing, blocking]);
  assert.ok(tookMs >= 400);
  assert.ok(tookMs < 600, `${tookMs} ms instead of 400`);
  slow.destroy();
  far.destroy();
});

test('an idle line earns no credit', async () => {
  const baud = 9600;
  const [near, far] = linePair();
  const slow = paced(near, baud);
  await sleep(100); // 96 bytes could have gone
  const startMs = performance.now();
  slow.write(randomBytes(96));
  await readExactly(far, 96);
  assert.ok(performance.now() - startMs >= 99.9);
  slow.destroy();
  far.destroy();
});

test('a blocked line earns no credit', async () => {
  const baud = 115200;
  const [near, far] = linePair();
  const slow = paced(far, baud);
  const bytes = randomBytes(100_000);
  near.on('error', () => {});
  void writeAll(near, bytes).catch(() => {});
  // Nobody reads: its read buffer of 16 KiB fills within 1.5 s, then it stands still.
  slow.read(0);
  await sleep(1900);
  const buffered = slow.read() as Buffer;
  assert.ok(buffered.length <= 16384 + 2 * sliceBytes(baud), `${buffered.length} bytes`);
  const startMs = performance.now();
  const arrivals: Arrival[] = [];
  let totalBytes = 0;
  slow.on('data', (chunk: Buffer) => {
    totalBytes += chunk.length;
    arrivals.push({ elapsedMs: performance.now() - startMs, totalBytes });
  });
  await sleep(200);
  assert.ok(totalBytes > 500, `${totalBytes} bytes after it is read again`);
  // What was on the line already, two slices, comes at once.
  for (const { elapsedMs, totalBytes } of arrivals) {
    assert.ok(totalBytes <= (elapsedMs * baud) / 10000 + 2 * sliceBytes(baud));
  }
  slow.destroy();
  near.destroy();
});

test('the writer is held back when 20 ms worth of bytes wait', async () => {
  const [near, far] = linePair();
  const slow = paced(near, 115200);
  let accepted = 0;
  while (slow.write(randomBytes(64))) accepted += 64;
  assert.ok(accepted <= 1024, `${accepted} bytes`);
  await once(slow, 'drain');
  slow.destroy();
  far.destroy();
});

test('what was written before the end arrives before the end', async () => {
  const [near, far] = linePair();
  const slow = paced(near, 57600, { delayMs: 20 });
  const bytes = randomBytes(1000);
  const reading = readToEnd(far);
  slow.end(bytes);
  assert.ok((await reading).equals(bytes));
  far.end('and back');
  assert.is((await readToEnd(slow)).toString(), 'and back');
  slow.destroy();
});

test('a delay is added each way, and costs no rate', async () => {
  const [near, far] = linePair();
  const slow = paced(near, 115200, { delayMs: 80 });
  far.pipe(far); // echo
  const bytes = randomBytes(2304); // 200 ms on the line
  const startMs = performance.now();
  const first = readExactly(slow, 1).then(() => performance.now() - startMs);
  void writeAll(slow, bytes, 100);
  assert.ok((await first) >= 160);
  await readExactly(slow, bytes.length - 1);
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs >= 360);
  assert.ok(tookMs < 500, `${tookMs} ms instead of 360`);
  slow.destroy();
  far.destroy();
});

test('a buffer may be used again after write() called back', async () => {
  const [near, far] = linePair();
  const slow = paced(near, 115200);
  const reused = Buffer.from('first ');
  await new Promise((resolve) => slow.write(reused, resolve));
  reused.write('second');
  slow.write(reused);
  assert.is((await readExactly(far, 12)).toString(), 'first second');
  slow.destroy();
  far.destroy();
});

test('numbers that make no sense are refused', () => {
  const [near] = linePair();
  for (const baud of [0, -1, NaN, Infinity]) assert.throws(() => paced(near, baud), isLineError);
  for (const delayMs of [-1, NaN]) assert.throws(() => paced(near, 9600, { delayMs }), isLineError);
});

function isLineError(error: unknown): boolean {
  return error instanceof LineError;
}

test.run();
