/** 5,000 sockets that the board closes first, on Kaluma's firmware; a twentieth of them unless SOAK=full. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasFirmware } from './device';
import { isFull, soakSockets } from './soak';

const test = suite('many sockets that the board closes first, on the firmware');

test('none fails, and the heap stays as it was', async () => {
  if (!hasFirmware()) {
    return;
  }
  const soak = await soakSockets('board', isFull ? 5000 : 250);
  console.log(JSON.stringify(soak));
  assert.is(soak.failures, 0);
  assert.is(soak.peerSockets, 0);
  assert.ok(
    Math.abs(soak.heapAfter - soak.heapBefore) < 1024,
    `${soak.heapBefore} bytes before, ${soak.heapAfter} after`,
  );
});

test.run();
