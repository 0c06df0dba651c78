/**
 * The table of goodput as it was last looked at. A change of TCP that changes it shows here; `UPDATE=1 npm test -- sim`
 * writes the new one, for a look at the difference.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { table, transfer } from './goodput';

const file = fileURLToPath(new URL('goodput.snap.txt', import.meta.url));

test('loss x round trip x ring size -> goodput, as in the snapshot', () => {
  const now = table();
  if (process.env.UPDATE) {
    writeFileSync(file, now);
  }
  assert.snapshot(now, readFileSync(file, 'utf8'));
});

test('on a clean line nothing is sent twice, and a ring of three segments keeps it full', () => {
  for (const sack of [false, true]) {
    const { ms, retransmits } = transfer({ loss: 0, roundTripMs: 20, ring: 4380, sack }, 1);
    assert.is(retransmits, 0);
    assert.ok(100_000 / ((ms / 1000) * 11520) > 0.9, `${ms} ms`);
  }
});

test.run();
