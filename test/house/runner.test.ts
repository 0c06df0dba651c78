import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNode } from './temp';

const test = suite('test runner');

const head = "import { suite } from 'uvu';\nimport * as assert from 'uvu/assert';\nconst test = suite('s');\n";

/** Runs the files as if they were all the tests; they stand inside the project so that they find uvu. */
function runner(
  files: Record<string, string>,
  env: Record<string, string> = {},
): { code: number | null; lines: string[] } {
  mkdirSync('node_modules/.cache', { recursive: true });
  const folder = mkdtempSync('node_modules/.cache/house-');
  try {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text);
    }
    const { code, output } = runNode(['scripts/test.mjs', folder], { TEST_FOLDER: folder, ...env });
    return { code, lines: output.trimEnd().split('\n') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const last = (lines: string[]): string => lines[lines.length - 1];

test('sums the files; the last line is the result', () => {
  const { code, lines } = runner({
    'a.test.ts': head + "test('1', () => {});\ntest('2', () => assert.ok(1));\ntest.run();\n",
    'b.test.ts': head + "test('3', () => {});\ntest.run();\n",
    'c.ts': 'throw new Error();\n',
  });
  assert.is(last(lines), '3 passed, 0 failed');
  assert.match(lines[lines.length - 2], /^2 files in [\d.]+ s$/);
  assert.is(code, 0);
});

test('a failing test is printed in full', () => {
  const { code, lines } = runner({
    'a.test.ts': head + "test('good', () => {});\ntest('sour', () => assert.is(1, 2));\ntest.run();\n",
  });
  assert.is(last(lines), '1 passed, 1 failed');
  assert.match(lines.join('\n'), /"sour"/);
  assert.is(code, 1);
});

test('skipped tests are listed with their reason', () => {
  const { code, lines } = runner({
    'a.test.ts':
      head +
      "test('1', () => {});\ntest('2', () => console.log('\\nSKIP: no peer'));\ntest.skip('3', () => {});\ntest.run();\n",
  });
  assert.is(last(lines), '1 passed, 0 failed, 2 skipped');
  assert.match(lines.join('\n'), /a\.test\.ts: no peer\n.*a\.test\.ts: 1 by test\.skip/);
  assert.is(code, 0);
});

test('a suite that hangs is ended', () => {
  const { lines } = runner(
    { 'hangs.test.ts': head + "test('1', () => new Promise(() => setInterval(() => {}, 99)));\ntest.run();\n" },
    { TEST_LIMIT_MS: '2000' },
  );
  assert.is(last(lines), '0 passed, 1 failed');
  assert.match(lines.join('\n'), /hangs\.test\.ts: not done after 2 s/);
});

test('a promise that is never settled lets uvu end in silence', () => {
  const { lines } = runner({
    'forgotten.test.ts': head + "test('1', () => new Promise(() => {}));\ntest.run();\n",
  });
  assert.is(last(lines), '0 passed, 1 failed');
  assert.match(lines.join('\n'), /forgotten\.test\.ts: ended with 1 and without a summary/);
});

test('what never runs does not pass', () => {
  const { lines } = runner({
    'norun.test.ts': head + "test('1', () => {});\n",
    'one.test.ts': head + "const other = suite('t');\nother('1', () => {});\ntest('1', () => {});\ntest.run();\n",
    'only.test.ts': head + "test.only('1', () => {});\ntest('2', () => {});\ntest.run();\n",
    'empty.test.ts': head + 'test.run();\n',
    'before.test.ts': head + "test.before(() => { throw new Error('x'); });\ntest('1', () => {});\ntest.run();\n",
    'exits.test.ts': head + "test('1', () => process.exit(0));\ntest.run();\n",
    'throws.test.ts': "throw new Error('at load');\ntest.run();\n",
    'after.test.ts': head + "test('1', () => { setTimeout(() => { throw new Error('late'); }, 50); });\ntest.run();\n",
  });
  assert.is(last(lines), '1 passed, 8 failed');
});

test('no file at all is a failure', () => {
  const { code, lines } = runner({});
  assert.is(last(lines), '0 passed, 1 failed');
  assert.is(code, 1);
});

test.run();
