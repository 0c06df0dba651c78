/** What JerryScript would take for the parameters of an arrow function is found and made something else. */

import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { arrowLike, withoutArrowLike } from '../../scripts/arrow-like.mjs';
import { boardBundles } from '../../scripts/bundles.mjs';

const HAZARDS: [code: string, names: string[]][] = [
  ['var a, b = (a = { f: function () { return a; } }, a);', ['a']],
  ['var a, b = (a = function () { return a; }, a.f);', ['a']],
  ['var h, a, b = (h = 1, a = [function () { return a + h; }], a);', ['a', 'h']],
  ['var a, b = (a = {}, [1].map(function () { return a; }), a);', ['a']],
  ['var a, b = (a = {}, { f: function () { return a; } }.f(), a.x);', ['a']],
  ['var a, b = ({ f: a = function () { return a; } }, a);', ['a']],
  ['var a, b = ([a], a = function () { return a; }, a);', ['a']],
  ['var a, b = ([0, [a = function () { return a; }]], a);', ['a']],
  ['function f(a, b) { return (b = { f: function () { return function () { return b; }; } }, b); }', ['b']],
];

const HARMLESS = [
  'var a, b = (0, a = { f: function () { return a; } }, a);',
  'var a, b = (a = { f: function () { return a; } });',
  'var a, b = (a.x = function () { return a; }, a);',
  'var a, b = (a += function () { return a; }, a);',
  'var a, b = (a = function (a) { return a; }, a);',
  'var a, b = (a = function () { var a = 1; return a; }, a);',
  'var a, c, b = (a = function () { return c; }, a);',
  'var a, b = (a = {}, 0, [1].map(function () { return a; }), a);',
  'var a, b = (a.f(), a = function () { return a; }, a);',
  'var a; f(a = function () { return a; }, a);',
  'var a; a = function () { return a; }, a.f();',
];

test('each such list is found, with the variables that its functions use, and gets a number in front', () => {
  for (const [code, names] of HAZARDS) {
    assert.equal(
      arrowLike(code).map((found) => found.names.sort()),
      [names],
      code,
    );
    assert.is(withoutArrowLike(code), code.replace(/\((?=\w+ = [{1f[]|\{|\[)/, '(0,'));
    assert.equal(arrowLike(withoutArrowLike(code)), []);
  }
});

test('all else stays as it is', () => {
  for (const code of HARMLESS) {
    assert.is(withoutArrowLike(code), code);
  }
});

test('several, one in the other, and it does what it did', () => {
  const code = 'var a, b, c = (a = function () { return (b = function () { return b ? a : 0; }, b)(); }, a); c() === a';
  assert.is(arrowLike(code).length, 2);
  assert.is(runInNewContext(withoutArrowLike(code)), true);
});

test('no file for Kaluma has one', () => {
  for (const { file } of boardBundles.filter(({ file }) => file.startsWith('dist/kaluma/'))) {
    assert.equal(arrowLike(readFileSync(file, 'utf8')), [], file);
  }
});

test.run();
