/** What every soak on the firmware has to show. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasFirmware } from './device';
import type { Soak } from './soak';

/** Heap that a collection may leave more or less of, bytes. */
const SLACK = 1024;

/** @param what is done many times */
export function testSoak(what: string, soak: () => Promise<Soak>): ReturnType<typeof suite> {
  const test = suite(`many ${what}, on the firmware`);
  test('none fails, and the heap stays as it was', async () => {
    if (!hasFirmware()) {
      return;
    }
    const figures = await soak();
    const { failures, peerSockets, heapBefore, heapAfter } = figures;
    console.log(JSON.stringify(figures));
    assert.is(failures, 0);
    assert.is(peerSockets, 0);
    assert.ok(Math.abs(heapAfter - heapBefore) < SLACK, `${heapBefore} bytes before, ${heapAfter} after`);
  });
  return test;
}
