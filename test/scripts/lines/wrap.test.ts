/** What every stream that stands in front of another owes it, and all of them together. */

import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { corrupted } from '../../../scripts/lines/corrupt';
import { paced } from '../../../scripts/lines/pace';
import { linePair } from '../../../scripts/lines/pair';
import { tapped } from '../../../scripts/lines/tap';
import { randomBytes, readExactly, readToEnd, writeAll } from './streams';

const NEVER = 1e12;
const wrappers: [string, (inner: Duplex) => Duplex][] = [
  ['paced', (inner) => paced(inner, 4_000_000)],
  ['corrupted', (inner) => corrupted(inner, { every: NEVER })],
  ['tapped', (inner) => tapped(inner, () => {})],
];

for (const [name, wrap] of wrappers) {
  test(`${name}: an error inside comes out`, async () => {
    const [near, far] = linePair();
    const outer = wrap(near);
    const errored = once(outer, 'error');
    near.destroy(new Error('unplugged'));
    assert.is((await errored)[0].message, 'unplugged');
    assert.ok(outer.destroyed);
    far.destroy();
  });

  test(`${name}: destroying the outer stream destroys the inner one, and closes after it`, async () => {
    const [near, far] = linePair();
    const outer = wrap(near);
    outer.write('lost');
    outer.destroy();
    await once(outer, 'close');
    assert.ok(near.closed);
    far.destroy();
  });

  test(`${name}: an inner stream that closes without an end closes the outer one`, async () => {
    const [near, far] = linePair();
    const outer = wrap(near);
    near.destroy();
    await once(outer, 'close');
    assert.is(outer.readableEnded, false);
    far.destroy();
  });

  test(`${name}: wrapped too late, around a destroyed stream`, async () => {
    const [near, far] = linePair();
    near.on('error', () => {});
    near.destroy(new Error('gone before'));
    const outer = wrap(near);
    assert.is((await once(outer, 'error'))[0].message, 'gone before');
    far.destroy();
  });

  test(`${name}: ends pass both ways, and both closed means closed`, async () => {
    const [near, far] = linePair();
    const outer = wrap(near);
    const atFar = readToEnd(far);
    outer.end('out');
    assert.is((await atFar).toString(), 'out');
    const atOuter = readToEnd(outer);
    far.end('in');
    assert.is((await atOuter).toString(), 'in');
    if (!outer.closed) await once(outer, 'close');
    assert.ok(near.closed);
  });

  test(`${name}: bytes wait inside until they are asked for, and the writer is held back`, async () => {
    const [near, far] = linePair();
    const outer = wrap(near);
    const bytes = randomBytes(200_000);
    const writing = writeAll(far, bytes);
    assert.ok((await readExactly(outer, bytes.length)).equals(bytes));
    assert.ok((await writing) > 0);
    const back = writeAll(outer, bytes);
    assert.ok((await readExactly(far, bytes.length)).equals(bytes));
    assert.ok((await back) > 0);
    outer.destroy();
    far.destroy();
  });
}

test('whatever stands before a line says how fast it is, where it is known', () => {
  const speed = (stream: Duplex): unknown => (stream as { baudRate?: number }).baudRate;
  assert.is(speed(tapped(linePair()[0], () => {})), undefined);
  assert.is(speed(tapped(corrupted(paced(linePair()[0], 230400)), () => {})), 230400);
});

test('tapped shows all bytes with direction and time', async () => {
  const [near, far] = linePair();
  const seen: { direction: string; text: string; nowMs: number }[] = [];
  const beforeMs = performance.now();
  const outer = tapped(near, (direction, bytes, nowMs) =>
    seen.push({ direction, text: Buffer.from(bytes).toString(), nowMs }),
  );
  outer.write('ping');
  await readExactly(far, 4);
  far.write('pong');
  await readExactly(outer, 4);
  assert.equal(
    seen.map(({ direction, text }) => [direction, text]),
    [
      ['sent', 'ping'],
      ['received', 'pong'],
    ],
  );
  assert.ok(beforeMs <= seen[0].nowMs && seen[0].nowMs <= seen[1].nowMs && seen[1].nowMs <= performance.now());
  outer.destroy();
  far.destroy();
});

test('a slow, bad, observed line delivers what the counters say, to a reader that comes late', async () => {
  const [near, far] = linePair();
  let sentBytes = 0;
  const bad = corrupted(paced(near, 2_000_000), { every: 300, seed: 9 });
  const outer = tapped(bad, (direction, bytes) => {
    if (direction === 'sent') sentBytes += bytes.length;
  });
  const bytes = randomBytes(100_000);
  const writing = writeAll(outer, bytes, 700).then(() => outer.end());
  let arrivedBytes = 0;
  for await (const chunk of far) {
    arrivedBytes += chunk.length;
    if (arrivedBytes % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await writing;
  const { dropped, inserted } = bad.stats.sent;
  assert.is(sentBytes, bytes.length);
  assert.ok(dropped > 0 && inserted > 0);
  assert.is(arrivedBytes, bytes.length - dropped + inserted);
  outer.destroy();
});

test.run();
