/** A share of the fuzzing of the IP door; test/fuzz/run.ts --target ip goes on for as long as there is time. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ipPacket } from '../helpers/packets';
import { OURS, PEER, Rig } from '../helpers/tcp';
import { fuzzIpBlock } from './ip';

for (let seed = 100; seed < 104; seed++) {
  test(`10,000 mutated packets, seed ${seed}: one connection lives on, and it still works`, () => {
    for (let block = 0; block < 10; block++) {
      fuzzIpBlock(seed, block);
    }
  });
}

test('a block can be repeated: the same seed and number, the same answers', () => {
  const sent = [7, 7, 8].map((block) => fuzzIpBlock(7, block));
  assert.ok(sent[0] > 0);
  assert.is(sent[0], sent[1]);
  assert.is.not(sent[0], sent[2]);
});

test('fragments that overlap are refused each for itself: nothing is kept of them', () => {
  const t = new Rig();
  for (let i = 0; i < 1000; i++) {
    t.deliver(ipPacket({ source: PEER, destination: OURS, id: 1, fragment: 0x2000 | (i % 7) }, 6, Buffer.alloc(64, i)));
  }
  t.quiet();
  assert.is(t.stack._stats.fragments, 1000);
});

test.run();
