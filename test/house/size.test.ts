import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { boardBundles } from '../../scripts/bundles.mjs';
import { measure, table } from '../../scripts/size.mjs';
import { runNode, withFiles } from './temp';

const test = suite('size');

const bundles = [
  { input: '', file: 'a.js', budget: 100 },
  { input: '', file: 'b.js', budget: 100 },
  { input: '', file: 'none.js', budget: 100 },
  { input: '', file: 'free.js' },
];

test('counts bytes, and only what is above the budget is over', () => {
  withFiles({ 'a.js': 'x'.repeat(100), 'b.js': 'é'.repeat(50) + 'x', 'free.js': 'x'.repeat(999) }, (root) => {
    const rows = measure(root, bundles);
    assert.equal(
      rows.map(({ file, bytes, over }) => [file, bytes, over]),
      [
        ['a.js', 100, false],
        ['b.js', 101, true],
      ],
    );
    assert.ok(rows[0].gzip < 100);
    assert.match(table(rows), /b\.js .* OVER by 1$/m);
  });
});

test('the command holds ppp.js to its budget', () => {
  const budget = boardBundles.find(({ file }) => file === 'dist/kaluma/ppp.js')!.budget!;
  withFiles({ 'dist/kaluma/ppp.js': 'x'.repeat(budget) }, (root) => {
    const { code, output } = runNode(['scripts/size.mjs', root]);
    assert.is(code, 0);
    assert.match(output, /dist\/kaluma\/ppp\.js .* 100 %/);
  });
  withFiles({ 'dist/kaluma/ppp.js': 'x'.repeat(budget + 1) }, (root) => {
    const { code, output } = runNode(['scripts/size.mjs', root]);
    assert.is(code, 1);
    assert.match(output, /OVER by 1/);
  });
});

test('nothing built is a failure', () => {
  withFiles({}, (root) => assert.is(runNode(['scripts/size.mjs', root]).code, 1));
});

test.run();
