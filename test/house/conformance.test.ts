/** docs/conformance.md: every test that it names exists, and what is not done has its reason. */

import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

interface Row {
  line: number;
  level: string;
  done: string;
  tests: { file: string; name: string }[];
  reason: string;
}

const text = readFileSync('docs/conformance.md', 'utf8');

const rows: Row[] = text.split('\n').flatMap((line, i) => {
  const cells = line.split('|').map((cell) => cell.trim());
  if (cells.length !== 6 || !/^(MUST|SHOULD|MAY)$/.test(cells[2])) {
    return [];
  }
  const parts = cells[4].split('<br>');
  const tests = parts.flatMap((part) => {
    const [, file, name] = /^`([\w-]+\.test\.ts)`: (.+)$/.exec(part) ?? [];
    return file ? [{ file, name }] : [];
  });
  const reason = parts.filter((part) => !part.startsWith('`')).join(' ');
  return [{ line: i + 1, level: cells[2], done: cells[3], tests, reason }];
});

/** Names of tests are string literals behind test( or scenario(, with `${name}: ` before those of every state. */
function hasTest(source: string, name: string): boolean {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(test|scenario)\\(\\s*['\`](\\$\\{name\\}: )?${literal}['\`]`).test(source);
}

test('every test named exists', () => {
  assert.ok(rows.length > 80, `${rows.length} rows`);
  for (const { line, tests } of rows) {
    for (const { file, name } of tests) {
      const folder = ['inet', 'network'].find((name) => existsSync(`test/${name}/${file}`));
      assert.ok(folder, `docs/conformance.md:${line}: there is no ${file}`);
      const source = readFileSync(`test/${folder}/${file}`, 'utf8');
      assert.ok(hasTest(source, name), `docs/conformance.md:${line}: there is no test '${name}' in ${file}`);
    }
  }
});

test('what is done has a test, what is not has a reason', () => {
  for (const { line, done, tests, reason } of rows) {
    assert.ok(['yes', 'partly', 'no'].includes(done), `docs/conformance.md:${line}: '${done}'`);
    assert.ok(done === 'no' || tests.length > 0, `docs/conformance.md:${line}: done, and no test`);
    assert.ok(done === 'yes' || reason.length > 1, `docs/conformance.md:${line}: not done, and no reason`);
  }
});

test('the sums are right', () => {
  for (const level of ['MUST', 'SHOULD', 'MAY']) {
    const counts = ['yes', 'partly', 'no'].map(
      (done) => rows.filter((row) => row.level === level && row.done === done).length,
    );
    assert.ok(text.includes(`\n| ${level} | ${counts.join(' | ')} |\n`), `${level}: ${counts}`);
  }
});

test('a name that is nobody’s would be found out', () => {
  const source = readFileSync('test/inet/tcp.test.ts', 'utf8');
  assert.ok(hasTest(source, 'no route, no connection'));
  assert.not.ok(hasTest(source, 'no route, no'));
});

test.run();
