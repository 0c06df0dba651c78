/** The committed table of docs/interop.md and the cases that the tests run are the same ones. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { tableProblems } from './document';

test("docs/interop.md lists every case that is run, with its peer's options, and no other", () => {
  assert.equal(tableProblems(), []);
});

test.run();
