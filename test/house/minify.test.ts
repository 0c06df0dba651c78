import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runInNewContext } from 'node:vm';
import ts from 'typescript';
import { looseEquality } from '../../scripts/loose-equality.mjs';
import { boundsOf, withConstantBounds } from '../../scripts/constant-bounds.mjs';
import { allocate, mapText, minifyBoard } from '../../scripts/minify.mjs';
import { placeFunctions } from '../../scripts/placed.mjs';

const test = suite('minify');

const empty = { keep: [] as string[], names: {} as Record<string, string> };
const bundle = (body: string): string =>
  `(function (exports) {\n${body}\n})(typeof exports == 'undefined' ? {} : exports);`;

test('the most used name gets the shortest, and keeps it', () => {
  const first = allocate(['a0._rare; a0._often; a0._often;'], empty);
  assert.equal(first.names, { _often: 'a', _rare: 'b' });
  const second = allocate(['a0._rare; a0._rare; a0._rare; a0._often; a0._fresh;'], first);
  assert.equal(second.names, { _fresh: 'c', _often: 'a', _rare: 'b' });
});

test('a name is the same in every bundle, and one that is gone is dropped', () => {
  const map = allocate(['q._one;', 'q._two; q._one;'], { keep: [], names: { _one: 'x', _gone: 'y' } });
  assert.equal(map.names, { _one: 'x', _two: 'a' });
});

test('never a public name of any bundle, written with a dot, as a key or quoted', () => {
  const map = allocate(['q._one; q._two;', "q.a; q = { b: 1 }; q['c'];"], empty);
  assert.equal(Object.values(map.names).sort(), ['d', 'e']);
  assert.equal(allocate(['q._one; q.x;'], { keep: [], names: { _one: 'x' } }).names, { _one: 'a' });
});

test('two-letter names do not look internal, nor like what firmware objects have', () => {
  const many = Array.from({ length: 3000 }, (_, i) => `q._n${i};`).join('');
  const short = Object.values(allocate([many], empty).names);
  assert.is(new Set(short).size, 3000);
  assert.not.ok(short.some((name) => /^_[a-z]/.test(name) || ['at', 'fd', 'on', 'ip'].includes(name)));
});

test('names under keep stay; a quoted internal name is an error', async () => {
  assert.throws(() => allocate(["q['_socket'](1);"], empty), /'_socket' is quoted/);
  const source = bundle("exports.f = function (q) { q['_socket'](q._socket, q._mine); };");
  const map = allocate([source], { keep: ['_socket'], names: {} });
  assert.equal(map.names, { _mine: 'a' });
  assert.match(await minifyBoard(source, map), /\._socket\(.*\._socket,.*\.a\)/);
});

test('a minified bundle loads in front of a program and as a module', async () => {
  const source = bundle('function PPP() { this._state = 1; } registered.push(PPP); exports.PPP = PPP;');
  const code = await minifyBoard(source, allocate([source], empty));
  assert.not.match(code, /_state/);
  const registered: unknown[] = [];
  runInNewContext(code + 'registered.push(1);', { registered });
  assert.is(registered.length, 2);
  const exports: Record<string, unknown> = {};
  runInNewContext(code, { registered, exports });
  assert.equal(Object.keys(exports), ['PPP']);
});

/** What the build makes of one source file at this place. */
function transformed(path: string, source: string): string {
  const host = ts.createCompilerHost({});
  const { getSourceFile } = host;
  host.getSourceFile = (name, target) =>
    name === path ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2020, true) : getSourceFile(name, target);
  const options = { strict: true, target: ts.ScriptTarget.ES2020, lib: ['lib.es5.d.ts'], types: [] };
  const program = ts.createProgram([path], options, host);
  let text = '';
  const write = (_name: string, code: string): void => void (text += code);
  program.emit(undefined, write, undefined, false, { before: [looseEquality(program)] });
  return text;
}

test('numbers, texts and booleans are compared loosely, nothing else is', () => {
  const loose = [
    ['number', 'number'],
    ['1 | 2', '1 | 2'],
    ["'a' | 'b'", "'a' | 'b'"],
    ['string', 'string'],
    ['boolean', 'boolean'],
    ['number', '0 | 1'],
  ];
  const strict = ['unknown', 'any', 'number | null', 'string | undefined', 'object', 'number | string'];
  const pairs = [...loose, ...strict.map((type) => [type, type])];
  const compared = ([one, other]: string[], i: number): string =>
    `export function f${i}(a: ${one}, b: ${other}) { return a === b || a !== b; }`;
  // One program for all: the compiler reads its libraries each time.
  const lines = transformed('/modules/wire/sample.ts', pairs.map(compared).join('\n')).match(/return .*;/g);
  assert.equal(
    lines,
    pairs.map((_, i) => (i < loose.length ? 'return a == b || a != b;' : 'return a === b || a !== b;')),
  );
  assert.match(transformed('/modules/network/sample.ts', 'export const f = (a: number) => a === 1;'), /a === 1/);
});

test('Math.min and Math.max get one name each', async () => {
  const source = bundle(
    'exports.f = function (a, b) { return Math.min(a, Math.max(b, Math.min(1, a))) + Math.min(b, 2); };',
  );
  const code = await minifyBoard(source, empty);
  assert.is(code.match(/Math\.m/g)?.length, 2);
  const exports: { f?: (a: number, b: number) => number } = {};
  runInNewContext(code, { exports });
  assert.is(exports.f?.(3, 5), 5);
});

test('the most used variable gets a short name, whatever its place, and no global is hidden', async () => {
  const many = Array.from({ length: 80 }, (_, i) => `function f${i}() { return a(${i}) + E.n${i}; }`).join('\n');
  const body = `${many}\nfunction a(x) { return x + E.k; }\nexports.all = function () {\n  return [${Array.from({ length: 80 }, (_, i) => `f${i}, f${i}`).join()}];\n};`;
  const code = await minifyBoard(bundle(body), empty, { inline: false });
  const exports: { all?: () => (() => number)[] } = {};
  runInNewContext(code, {
    exports,
    E: Object.fromEntries([['k', 7], ...Array.from({ length: 80 }, (_, i) => [`n${i}`, i])]),
  });
  assert.equal(
    [...(exports.all?.() ?? [])].map((f) => f()),
    Array.from({ length: 160 }, (_, i) => 2 * (i >> 1) + 7),
  );
  // Declared last of all, and called by all.
  assert.match(code, /return [a-zA-Z$_]\(79\)/);
});

test('a function has one var, the bundle keeps its order', async () => {
  const body = `
    var first = [1];
    function sum(list) { var s = 0; for (var i = 0; i < list.length; i++) { var x = list[i]; s += x; } for (var k = 0; k < s; k++) { var y = k; s -= y; } return s; }
    var second = [2];
    exports.f = function () { return sum(first) + sum(second) + first.push(sum(second)) + second.push(sum(first)); };`;
  const code = await minifyBoard(bundle(body), empty, { inline: false });
  const [sum] = code.match(/function \w+\(\w+\)\{.*?return \w+\}/) ?? [''];
  assert.is(sum.match(/\bvar\b/g)?.length, 1, code);
  assert.ok(code.indexOf('[1]') < code.indexOf('[2]'));
});

test('a function that says `this` often has a variable for it, and no other function has that', async () => {
  const body = `
    exports.Pair = (function () {
      function Pair(a) { this.a = a; this.b = a + 1; this.c = a + 2; this.d = a + 3; this.e = a + 4; }
      Pair.prototype.sum = function () { var s = this.a + this.b + this.c + this.d + this.e; return s + this.more(); };
      Pair.prototype.more = function () { function inner() { return this.a; } return inner.call({ a: 1000 }) + this.a; };
      return Pair;
    })();`;
  const code = await minifyBoard(bundle(body), empty, { inline: false });
  assert.is(code.match(/=this\b/g)?.length, 2, code);
  const exports: { Pair?: new (a: number) => { sum(): number } } = {};
  runInNewContext(code, { exports });
  const { Pair } = exports;
  assert.is(Pair && new Pair(1).sum(), 15 + 1001);
  assert.is(Pair && new Pair(2).sum(), 20 + 1002);
});

test('what is used least gets names that JerryScript has in flash; Espruino knows no such names', async () => {
  const many = Array.from({ length: 70 }, (_, i) => `function f${i}(x) { return x ? f${i}(x - 1) : ${i}; }`).join('\n');
  const uses = Array.from({ length: 70 }, (_, i) =>
    Array(i < 60 ? 3 : 1)
      .fill(`f${i}(1)`)
      .join(),
  ).join();
  const source = bundle(`${many}\nexports.all = function () { return [${uses}]; };`);
  const namesOf = async (hot: 'first' | 'last'): Promise<string[]> => {
    const code = await minifyBoard(source, empty, { inline: false, hot });
    const exports: { all?: () => number[] } = {};
    runInNewContext(code, { exports });
    assert.is(exports.all?.().length, 190);
    return [...code.matchAll(/function ([\w$]+)\(/g)].map((match) => match[1]);
  };
  const longer = (names: string[]): string[] => names.filter((name) => name.length > 1).sort();
  const jerry = longer(await namesOf('last'));
  assert.ok(jerry.length >= 17 && jerry.includes('cs') && jerry.includes('rx') && jerry.includes('of'), jerry.join());
  assert.ok(jerry.every((name) => /^[a-zA-Z]{2,3}$/.test(name)));
  assert.not.ok(longer(await namesOf('first')).some((name) => ['cs', 'rx', 'of'].includes(name)));
});

test('a function that is named once stands there, unless every packet calls it or it could not', () => {
  const place = (body: string): string => placeFunctions(bundle(body)).replace(/\s+/g, ' ');
  assert.match(
    place('function f(x) { return x; } exports.g = f;'),
    /exports\.g = \(function \(x\$f\) \{ return x\$f; \}\)/,
  );
  assert.match(
    place('function f(x) { return x; } function g() { return f(1); } exports.g = g; exports.h = g;'),
    /return \(function \(x\$f\)/,
  );
  for (const [why, body] of [
    ['it is named twice', 'function f() {} exports.g = f; exports.h = f;'],
    ['it calls itself', 'function f() { return f(); } exports.g = 1;'],
    ['a loop would make it again and again', 'exports.g = function () { for (;;) { f(); } }; function f() {}'],
    ['every packet calls it', 'function stackOutput() {} exports.g = stackOutput;'],
    ['so it does its caller', 'function f() {} function stackOutput() { f(); } exports.g = exports.h = stackOutput;'],
    [
      'a variable there has a name that it uses',
      'function f() { return x; } var x = 1; exports.g = function (x) { return f() + x; };',
    ],
  ] as const) {
    assert.match(place(body), /function (f|stackOutput)\(/, why);
  }
  assert.match(
    place('exports.g = function (f) { return f; }; function f() {} exports.h = f;'),
    /exports\.h = \(function/,
    'not that f',
  );
  // Its own names become others, and nothing else that looks like them.
  assert.match(
    place(
      'function f(x) { var y = { x: x.y, y: 1 }; function z(x) { return x + y; } try { z(y); } catch (y) { y.x(); } ' +
        'return function (q) { return x + q; }; } exports.g = f;',
    ),
    /\(function \(x\$f\) \{ var y\$f = \{ x: x\$f\.y, y: 1 \}; function z\$f\(x\) \{ return x \+ y\$f; \} try \{ z\$f\(y\$f\); \} catch \(y\) \{ y\.x\(\); \} return function \(q\) \{ return x\$f \+ q; \}; \}\)/,
  );
});

test('a function that stands where it is used is dissolved, whatever its variables are called', async () => {
  const source = bundle(
    'function two(name, size) { var list = []; ' +
      'return { both: name + size, half: list.concat(size), get: function () { return list; } }; }\n' +
      'exports.one = function (name, list) { var size = name.length; return [two(size, list), size, name, list]; };',
  );
  const code = await minifyBoard(source, empty);
  assert.is(code.match(/function/g)?.length, 3, `the bundle, one and get: ${code}`);
  const face: Record<string, (name: string, list: number[]) => unknown> = {};
  runInNewContext(code, { exports: face });
  assert.equal(JSON.parse(JSON.stringify(face.one('abc', [1]))), [{ both: '31', half: [1] }, 3, 'abc', [1]]);
});

test('a class is its statements, and has one name for its prototype', async () => {
  const { outputText } = ts.transpileModule(
    'class A { static n = 1; x: number; constructor(x: number) { this.x = x; } get() { return this.x + A.n; } ' +
      'add(y: number) { return this.get() + y; } }\nclass B { static m = 3; }\nexports.A = A; exports.B = B;',
    { compilerOptions: { target: ts.ScriptTarget.ES5 } },
  );
  const code = await minifyBoard(bundle(outputText), empty);
  assert.is(code.match(/function/g)?.length, 5, code);
  assert.is(code.match(/prototype/g)?.length, 1, code);
  const face: { A?: new (x: number) => { add(y: number): number }; B?: { m: number } } = {};
  runInNewContext(code, { exports: face });
  assert.is(new face.A!(5).add(2), 8);
  assert.is(face.B!.m, 3);
});

test('bounds are numbers on a board', () => {
  const bounds = boundsOf('board-targets/kaluma-rp2/platform.ts');
  assert.is(bounds.get('_mtu'), '1500');
  const source = [
    'var bounds = {\n    _mtu: 1500,\n};',
    'function f(tcb) {',
    '    var bounds = tcb._stack._bounds;',
    '    return bounds._mtu + tcb._stack._bounds._mru;',
    '}',
    'var stack = {',
    '    _bounds: bounds,',
    '    _nowMs: 0,',
    '};',
  ].join('\n');
  assert.is(
    withConstantBounds(source, bounds).replace(/\s+/g, ' ').trim(),
    'function f(tcb) { return 1500 + 1500; } var stack = { _nowMs: 0, };',
  );
  assert.throws(() => withConstantBounds('f(host._bounds._nothing);', bounds), /no bound _nothing/);
  assert.throws(
    () => withConstantBounds('host._bounds = other;', bounds),
    /constants on a board: host\._bounds = other/,
  );
  assert.throws(() => boundsOf('modules/inet/ip.ts'), /has no bounds/);
});

test('the same input gives the same bytes', async () => {
  const source = bundle('exports.f = function (q) { return q._b + q._a; };');
  const map = allocate([source], empty);
  assert.is(mapText(map), mapText(allocate([source], map)));
  assert.is(await minifyBoard(source, map), await minifyBoard(source, map));
});

test.run();
