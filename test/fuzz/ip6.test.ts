/** A share of the fuzzing of the IPv6 door; test/fuzz/run.ts --target ip6 goes on for as long as there is time. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fuzzIp6Block } from './ip6';

for (let seed = 600; seed < 603; seed++) {
  test(`10,000 mutated packets, seed ${seed}: one connection lives on, all lists are bounded`, () => {
    for (let block = 0; block < 10; block++) {
      fuzzIp6Block(seed, block);
    }
  });
}

test('a block can be repeated: the same seed and number, the same answers', () => {
  const sent = [7, 7, 8].map((block) => fuzzIp6Block(7, block));
  assert.ok(sent[0] > 0);
  assert.is(sent[0], sent[1]);
  assert.is.not(sent[0], sent[2]);
});

test.run();
