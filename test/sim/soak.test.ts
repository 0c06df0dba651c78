/** A share of the soak that fits between other tests; `npm run soak -- --hours 24` does all of it. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { soak } from './soak';

for (const seed of [1, 2]) {
  test(`an hour of virtual time, seed ${seed}`, () => {
    const report = soak(1, seed);
    assert.ok(report.connections > 300, `${report.connections} connections`);
    assert.ok(report.complete > report.connections / 2, `${report.complete} complete`);
    assert.ok(report.flaps > 1 && report.retransmits > 10 && report.outOfOrder > 10);
  });
}

test.run();
