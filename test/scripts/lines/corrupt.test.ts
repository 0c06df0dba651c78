import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CorruptOptions, corrupted, mulberry32 } from '../../../scripts/lines/corrupt';
import { LineError } from '../../../scripts/lines/error';
import { linePair } from '../../../scripts/lines/pair';
import { randomBytes, readToEnd, writeAll } from './streams';

const BYTES = randomBytes(100_000);

/** What arrives when BYTES go out (or come in) in pieces of `pieceBytes`, and the counters. */
async function damage(options: CorruptOptions | undefined, pieceBytes: number, direction: 'sent' | 'received') {
  const [near, far] = linePair();
  const bad = corrupted(near, options);
  const [from, to] = direction === 'sent' ? [bad, far] : [far, bad];
  const reading = readToEnd(to);
  await writeAll(from, BYTES, pieceBytes);
  from.end();
  const arrived = await reading;
  const stats = bad.stats;
  bad.destroy();
  far.destroy();
  return { arrived, stats };
}

test('mulberry32 gives the published sequence', () => {
  // Of seed 1, by the C program at gist.github.com/tommyettinger/46a874533244883189143505d203312c
  const random = mulberry32(1);
  assert.equal(
    [random(), random(), random()].map((x) => x * 4294967296),
    [2693262067, 11749833, 2265367787],
  );
});

test('one byte in so many is hit, and every hit is counted', async () => {
  const { arrived, stats } = await damage({ every: 200, seed: 3 }, 1000, 'sent');
  const { bytes, changed, dropped, inserted } = stats.sent;
  assert.is(bytes, BYTES.length);
  assert.is(arrived.length, bytes - dropped + inserted);
  const hits = changed + dropped + inserted;
  assert.ok(hits > 400 && hits < 600, `${hits} hits where 500 are expected`);
  for (const count of [changed, dropped, inserted]) assert.ok(count > 100);
  assert.equal(stats.received, { bytes: 0, changed: 0, dropped: 0, inserted: 0 });
});

test('by default one byte in 5000', async () => {
  const { stats } = await damage(undefined, 1000, 'received');
  const { changed, dropped, inserted } = stats.received;
  const hits = changed + dropped + inserted;
  assert.ok(hits >= 8 && hits <= 40, `${hits} hits where 20 are expected`);
});

test('the same seed does the same, however the bytes are cut', async () => {
  for (const direction of ['sent', 'received'] as const) {
    const options = { every: 100, seed: 42 };
    const whole = await damage(options, BYTES.length, direction);
    const pieces = await damage(options, 61, direction);
    assert.ok(whole.arrived.equals(pieces.arrived));
    assert.equal(whole.stats, pieces.stats);
    const other = await damage({ every: 100, seed: 43 }, BYTES.length, direction);
    assert.not.ok(whole.arrived.equals(other.arrived));
  }
});

test('both directions are hit at different places', async () => {
  const options = { every: 100, seed: 42 };
  const sent = await damage(options, 1000, 'sent');
  const received = await damage(options, 1000, 'received');
  assert.not.ok(sent.arrived.equals(received.arrived));
});

test('only the kinds asked for', async () => {
  const changed = await damage({ every: 50, kinds: ['change'] }, 500, 'sent');
  assert.is(changed.arrived.length, BYTES.length);
  const differences = BYTES.reduce((count, byte, i) => count + Number(byte !== changed.arrived[i]), 0);
  assert.is(differences, changed.stats.sent.changed, 'a changed byte is never the same');
  const dropped = await damage({ every: 50, kinds: ['drop'] }, 500, 'sent');
  assert.is(dropped.arrived.length, BYTES.length - dropped.stats.sent.dropped);
  const inserted = await damage({ every: 50, kinds: ['insert'] }, 500, 'sent');
  assert.is(inserted.arrived.length, BYTES.length + inserted.stats.sent.inserted);
});

test('every byte', async () => {
  const { arrived } = await damage({ every: 1, kinds: ['drop'] }, 500, 'sent');
  assert.is(arrived.length, 0);
});

test('options that make no sense are refused', () => {
  const [near] = linePair();
  const isLineError = (error: unknown) => error instanceof LineError;
  for (const every of [0, -5, NaN]) assert.throws(() => corrupted(near, { every }), isLineError);
  assert.throws(() => corrupted(near, { kinds: [] }), isLineError);
  assert.throws(() => corrupted(near, { kinds: ['swap' as 'drop'] }), isLineError);
});

test.run();
