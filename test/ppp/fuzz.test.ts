/** A share of what test/fuzz/run.ts does for longer. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BLOCK, fuzzBlock } from '../fuzz/fuzz';
import { TARGETS } from '../fuzz/inputs';

const BLOCKS = 3;

for (const target of TARGETS) {
  test(`${BLOCKS * BLOCK} inputs for ${target}: no exception, bounded, and the link works again`, () => {
    for (let block = 0; block < BLOCKS; block++) {
      fuzzBlock(target, 7, block);
    }
  });
}

test('a failure names its block, and its input as it was on the line', () => {
  const push = Array.prototype.push;
  let calls = 0;
  Array.prototype.push = function (...items: unknown[]): number {
    if (items.length === 1 && typeof items[0] === 'object' && ++calls === 400) {
      throw new TypeError('planted');
    }
    return push.apply(this, items);
  };
  try {
    fuzzBlock('lcp', 7, 0);
    assert.unreachable('nothing was noticed');
  } catch (error) {
    assert.match((error as Error).message, /^target lcp, seed 7, block 0 \(from 0\), input \d+: ([0-9a-f]{2})+\n/);
    assert.match((error as Error).message, /planted/);
  } finally {
    Array.prototype.push = push;
  }
});

test.run();
