/** The unit tests of a layer, in Duktape, against the modules as they are built for a board. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasDuk, runDuk } from '../../../scripts/duk.mjs';
import { debugFile } from '../../../scripts/bundles.mjs';
import { skip } from '../../helpers/skip';
import { buildSuites, suiteFiles } from './build';

const BUNDLE = 'dist/test/modules.js';
const isFull = process.env.SOAK === 'full';
const LIMIT_MS = isFull ? 7200000 : 150000;

/** Minutes each there, and up to an hour, since they count to many thousands: with SOAK=full. */
const LONG = 'inet/fuzz inet/resolver inet/tcp-line inet/tcp-receive inet/udp ppp/framer ppp/fuzz ppp/link'
  .split(' ')
  .map((name) => `test/${name}.test.ts`);

async function judge(files: string[], bundle: string, isShort: boolean): Promise<void> {
  assert.ok(existsSync(bundle), `${bundle} is not built: npm run build`);
  const folder = mkdtempSync(join(tmpdir(), 'suites-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  try {
    const before = file('before.js', 'var exports = {}, MODULES = exports;');
    const { text, missing } = await buildSuites(files, isShort);
    if (!text) {
      skip(`${files.join()} wants ${missing}, which is Node's`);
      return;
    }
    const { ok, output } = runDuk([before, bundle, file('suites.js', text)], LIMIT_MS);
    const sum = /^(\d+) passed, (\d+) failed$/m.exec(output);
    assert.ok(ok && sum, `did not come to its end:\n${output}`);
    assert.is(sum![2], '0', output);
    for (const name of files) {
      const [, passed, all] = new RegExp(`^${name}: (\\d+) of (\\d+)$`, 'm').exec(output) ?? [];
      assert.ok(Number(all) > 0 && passed === all, `${name}: ${passed} of ${all}`);
    }
    console.log(`Duktape, ${bundle}: ${sum![1]} of ${files.join(', ')}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param layer wire, ppp or inet */
export function testLayer(layer: string): typeof test {
  const files = suiteFiles.filter((file) => file.startsWith(`test/${layer}/`));
  for (const file of files) {
    test(`${file}, minified`, async () => {
      if (!hasDuk()) {
        skip('duk is not installed (Debian: apt-get install duktape)');
      } else if (LONG.includes(file) && !isFull) {
        skip(`${file} takes minutes in Duktape: SOAK=full runs it`);
      } else {
        await judge([file], BUNDLE, true);
      }
    });
  }
  // One of them is enough to see that what is not minified is the same.
  const short = files.find((file) => !LONG.includes(file))!;
  test(`${short}, readable`, async () => {
    if (!hasDuk()) {
      skip('duk is not installed (Debian: apt-get install duktape)');
    } else {
      await judge([short], debugFile(BUNDLE), false);
    }
  });
  return test;
}
