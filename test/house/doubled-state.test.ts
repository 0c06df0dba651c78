/** A part that is loaded behind a bundle must not bring a second copy of that bundle's state. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { doubledState, stateOf } from '../../scripts/doubled-state.mjs';

const test = suite('doubled state');

const STATE: [code: string, names: string[]][] = [
  ['var theHost;', ['theHost']],
  ['var next = 0; function f() { return ++next; }', ['next']],
  ['var last = 0; function f(x) { last = x; }', ['last']],
  ['var methods = {};', ['methods']],
  ['var list = [];', ['list']],
  ['var bytes = new Uint8Array(4);', ['bytes']],
  ['var made = create();', ['made']],
  ['var REASONS = {}; function f(name) { REASONS[name] = 1; }', ['REASONS']],
  ['var NAMES = []; NAMES.push(1);', ['NAMES']],
  ['var BUFFER = new Uint8Array(4); function f(x) { BUFFER.set(x, 0); }', ['BUFFER']],
  ['var CACHE = { a: { b: 1 } }; function f() { delete CACHE.a.b; }', ['CACHE']],
  ['var NAMES = ["a", "b"]; function f(i) { return NAMES[i]; }', []],
  ['var LIMIT = 3, text = "x", is = !!LIMIT; function f() { return LIMIT; }', []],
  ['function f() { var at = 0; at++; return at; } var g = f;', []],
  ['var C = /** @class */ (function () { function C() { this.n = 0; } return C; }()); C.prototype.on = f;', []],
];

for (const [code, names] of STATE) {
  test(code, () => assert.equal(stateOf(code), names));
}

test('a part is refused for the state of a module that a bundle has, unless that has the whole part', () => {
  const part = {
    'board-targets/kaluma-rp2/parts/some.ts': 'var mine = 0; mine++;',
    'modules/a.ts': 'var count = 0; function a() { count++; }',
    'modules/b.ts': 'function b() {}',
  };
  const bundles = {
    'without.js': ['modules/c.ts', 'modules/b.ts'],
    'half.js': ['modules/a.ts'],
    'whole.js': ['modules/a.ts', 'modules/b.ts'],
  };
  assert.equal(doubledState(part, bundles), [{ bundle: 'half.js', module: 'modules/a.ts', names: ['count'] }]);
});

test('what is left of a module without its state is none', () => {
  const part = { 'modules/a.ts': '', 'modules/b.ts': 'function b() {}' };
  assert.equal(doubledState(part, { 'x.js': ['modules/a.ts', 'modules/b.ts', 'modules/c.ts'] }), []);
});

test.run();
