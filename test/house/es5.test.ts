import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkEs5 } from '../../scripts/check-es5.mjs';
import { runNode, withFiles } from './temp';

const test = suite('check-es5');

const texts = (code: string, allowed: string[] = []): string[] => checkEs5(code, allowed).map(({ text }) => text);

test('plain ES5 is fine', () => {
  const code = `(function (exports) {
    function later() { return helper(); }
    function helper() { switch (1) { case 1: return 1; default: return 2; } }
    var twice = function (x) { return x * 2; };
    var table = [later(), twice(2)];
    exports.f = function () { return table; };
    if (typeof Promise !== 'undefined') { exports.p = 1; }
    try { exports.__x = 1; } catch (e) { e.__y = e; }
  })(typeof exports == 'undefined' ? {} : exports);`;
  assert.equal(texts(code), []);
});

test('newer syntax is not', () => {
  for (const code of [
    'let a = 1;',
    'var f = () => 1;',
    'class A {}',
    'var s = `x`;',
    'for (var a of b) {}',
    'f(...a);',
  ]) {
    assert.match(texts(code)[0], /^not ES5/, code);
  }
  assert.equal(checkEs5('var a;\nlet b;', [])[0].line, 2);
});

test('helpers, unless somebody declares them', () => {
  assert.equal(texts('__extends(a, b);'), ['__extends is a helper that nobody declares']);
  assert.equal(texts('var __mine = 1; __mine + 1; a.__spread = { __rest: 1 };'), []);
  assert.equal(texts('(function () { var __inner = 1; })(); f(__inner);'), [
    '__inner is a helper that nobody declares',
  ]);
});

test('what the boards lack', () => {
  assert.equal(texts('new Map(); a.Map; ({ Symbol: 1 });'), ['Map does not exist on every board']);
  assert.equal(texts('function f(Map) { return new Map(); }'), []);
  assert.equal(texts('Array.prototype.slice.call(a);'), ['Array.prototype does not exist on every board']);
  assert.equal(texts('Uint8Array.prototype;'), []);
  assert.equal(texts('Number.isNaN(1);'), ['Number.isNaN does not exist on every board']);
});

test('`default` comes last', () => {
  const said = ['`default` is not the last in its switch'];
  assert.equal(texts('switch (a) { default: b(); case 1: c(); }'), said);
  assert.equal(texts('switch (a) { case 1: c(); default: b(); }'), []);
  assert.equal(texts('switch (a) { case 1: c(); }'), []);
});

test('no labels, getters and setters', () => {
  assert.equal(texts('a: for (;;) { break a; }'), ['a label']);
  assert.equal(checkEs5('a: for (;;) { break a; }', [], true), []);
  assert.equal(texts('a = { get b() { return 1; }, set b(c) {} };'), ['a getter', 'a setter']);
});

test('require only what the firmware has', () => {
  assert.equal(texts("require('uart'); require(name);", ['uart']), []);
  assert.equal(texts("require('fs');", ['uart']), ["require('fs') is not a module of this firmware"]);
  assert.equal(texts("function f(require) { require('fs'); }"), []);
});

test('functions exist before the loading file uses them', () => {
  const early = 'f is used before its definition has run';
  // What has a name of its own inside is not meant.
  assert.equal(texts('var a = (function () { var f = 1; return f + 1; })(); function f() {}'), []);
  assert.equal(texts('f(); function f() {}'), [early]);
  assert.equal(texts('a.f = f; function f() {}'), [early]);
  assert.equal(texts('var a = f(); var f = function () {};'), [early]);
  assert.equal(texts('(function () { f(); function f() {} })();'), [early]);
  assert.equal(texts('!function () { f(); function f() {} }();'), [early]);
  assert.equal(texts('var a = (function () { return f(); })(); function f() {}'), [early]);
  assert.equal(checkEs5('f(); function f() {}', [], true), [], 'where the engine hoists');
  const late = checkEs5('f(); function f() { return g(); } var g = function () {};', [], true);
  assert.equal(
    late.map(({ text }) => text),
    ['g is used before its definition has run (called from f)'],
  );
});

test('through a function that exists already, too', () => {
  assert.equal(texts('function g() { return f(); } g(); function f() {}'), [
    'f is used before its definition has run (called from g)',
  ]);
  assert.equal(texts('function g() { return f(); } function f() {} g();'), []);
  assert.equal(texts('function g() { var f = 1; return f; } g(); function f() {}'), []);
  assert.equal(texts('function g() { g(); } g();'), []);
});

test('a function only mentioned in another may come later', () => {
  assert.equal(texts('var g = function () { return f(); }; function f() {} g();'), []);
  assert.equal(texts('on(function () { f(); }); function f() {}'), []);
});

test('the command says where and fails', () => {
  withFiles(
    { 'dist/kaluma/a.js': "var a;\nrequire('storage');\n", 'dist/espruino/b.js': "\n\nrequire('uart');" },
    (root) => {
      const { code, output } = runNode(['scripts/check-es5.mjs', root]);
      assert.is(code, 1);
      assert.is(output, "dist/espruino/b.js:3 require('uart') is not a module of this firmware\n");
    },
  );
  withFiles({ 'dist/kaluma/a.js': 'var a;' }, (root) => assert.is(runNode(['scripts/check-es5.mjs', root]).code, 0));
  withFiles({}, (root) => assert.match(runNode(['scripts/check-es5.mjs', root]).output, /no bundle is built/));
});

test.run();
