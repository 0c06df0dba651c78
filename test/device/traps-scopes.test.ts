/** What Kaluma's engine does to variables that functions share, shown on the bare firmware, and that our files do not meet it. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withoutArrowLike } from '../../scripts/arrow-like.mjs';
import { bare } from './bare';
import { hasFirmware } from './device';

const test = suite('traps of the scopes');

/** One statement in `show` for each way to write it. */
const PROGRAM = `
(function () {
  function show(name, f) { var seen; try { seen = f(); } catch (e) { seen = e.name; } console.log(name + ' ' + seen); }
  show('plain', function () { var a = { f: function () { return typeof a; } }; return a.f(); });
  show('list', function () { var a; return (a = { f: function () { return typeof a; } }, a).f(); });
  show('second', function () { var a, b; return (b = 1, a = { f: function () { return typeof a; } }, a).f(); });
  show('pattern', function () { var a; return ({ b: a = { f: function () { return typeof a; } } }, a).f(); });
  show('array', function () { var a; return ([a], a = { f: function () { return typeof a; } }, a).f(); });
  show('literal', function () { var a; return (a = {}, [1].forEach(function () { a.b = 'object'; }), a.b); });
  show('alone', function () { var a; return (a = { f: function () { return typeof a; } }).f(); });
  show('property', function () { var a = {}; return (a.b = { f: function () { return typeof a; } }, a).b.f(); });
  show('number', function () { var a; return (0, a = { f: function () { return typeof a; } }, a).f(); });
})();`;

const shown = (program: string): Record<string, string> =>
  Object.fromEntries(
    Array.from(bare(program, 700).shown.matchAll(/^(\w+) (\w+)$/gm), ([, name, seen]) => [name, seen]),
  );

test('a function in a list in parentheses does not find the variable that the list sets', () => {
  if (!hasFirmware()) {
    return;
  }
  const right = { plain: 'object', alone: 'object', property: 'object', number: 'object' };
  const hazards = ['list', 'second', 'pattern', 'array'];
  const each = (seen: string): object => Object.fromEntries(hazards.map((name) => [name, seen]));
  assert.equal(shown(PROGRAM), { ...right, ...each('undefined'), literal: 'ReferenceError' });
  assert.equal(shown(withoutArrowLike(PROGRAM)), { ...right, ...each('object'), literal: 'object' });
});

test.run();
