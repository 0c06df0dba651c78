/** A share of the fuzzing of the Ethernet door; test/fuzz/run.ts --target ethernet goes on for as long as there is time. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BLOCK, fuzzEthernetBlock } from '../fuzz/ethernet';

const BLOCKS = 40;

test(`${BLOCKS * BLOCK} mutated frames of ARP, DHCP and IP: they reach all that there is, and it works afterwards`, () => {
  const sum = { packets: 0, bound: 0, conflicts: 0, badArp: 0, badDhcp: 0 };
  for (let block = 0; block < BLOCKS; block++) {
    const reached = fuzzEthernetBlock(6, block);
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) {
      sum[name] += reached[name];
    }
  }
  for (const [what, count] of Object.entries(sum)) {
    assert.ok(count > BLOCKS / 4, `${what}: only ${count}`);
  }
});

test('a block can be repeated: the same seed and number, the same counts', () => {
  assert.equal(fuzzEthernetBlock(7, 3), fuzzEthernetBlock(7, 3));
  assert.not.equal(fuzzEthernetBlock(7, 3), fuzzEthernetBlock(7, 4));
});

test.run();
