/** The core of the tests, built as for a board, on an engine that is not V8. */

import { existsSync, readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasDuk, runDuk } from '../../scripts/duk.mjs';
import { skip } from '../helpers/skip';

const BUNDLES = ['dist/test/units.js', 'dist/test/units.debug.js'];

/** At least this many checks: fewer would mean that a part did not run. */
const LEAST = 80;

function judge(output: string, where: string): void {
  const sum = /^(\d+) passed, (\d+) failed$/m.exec(output);
  assert.ok(sum, `${where} did not come to its end:\n${output}`);
  assert.is(sum![2], '0', `${where}:\n${output}`);
  assert.ok(Number(sum![1]) >= LEAST, `${where}: only ${sum![1]}`);
}

for (const bundle of BUNDLES) {
  test(`${bundle} in Node`, () => {
    assert.ok(existsSync(bundle), `${bundle} is not built: npm run build`);
    const lines: string[] = [];
    const context = createContext({ print: (text: string) => lines.push(text) });
    runInContext(readFileSync(bundle, 'utf8'), context, { timeout: 60000 });
    judge(lines.join('\n'), 'Node');
  });

  test(`${bundle} in Duktape`, () => {
    assert.ok(existsSync(bundle), `${bundle} is not built: npm run build`);
    if (!hasDuk()) {
      skip('duk is not installed (Debian: apt-get install duktape)');
      return;
    }
    const { ok, output } = runDuk([bundle]);
    judge(output, 'Duktape');
    assert.ok(ok, output);
  });
}

test.run();
