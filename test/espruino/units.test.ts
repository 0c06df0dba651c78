/** The codecs' and the link's tests on the real interpreter, with the modules that its native functions replace. */

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Engine, hasEspruino } from './engine';

test('the units', async () => {
  if (!hasEspruino()) {
    return;
  }
  const engine = new Engine(readFileSync('dist/test/units-espruino.js', 'utf8'));
  try {
    const [, passed, failed] = await engine.says(/^>?(\d+) passed, (\d+) failed$/m, 60000);
    const complaints = engine.console.match(/FAIL .*/g) ?? [];
    // A text's characters are bytes there: a program that is sent as UTF-8 has it already.
    assert.ok(
      complaints.every((line) => /^FAIL utf8/.test(line)),
      complaints.join('\n'),
    );
    assert.ok(Number(passed) > 80 && Number(failed) <= 1, engine.console);
  } finally {
    await engine.stop();
  }
});

test.run();
