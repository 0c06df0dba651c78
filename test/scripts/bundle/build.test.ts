/** Programs of every kind as one file each, run as the firmware would. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'acorn';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BuildError, buildProgram } from '../../../scripts/bundle/build';
import { targets } from '../../../scripts/bundle/targets';
import { printedBy } from '../../helpers/firmware-globals';

const test = suite('programs as one file');
const target = targets['kaluma-rp2'];
const MICRONIC = readFileSync(target.micronic, 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'micronic-build-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** The program's own code, and what it prints, behind micronic when it needs that. */
async function built(path: string, needs = true): Promise<{ code: string; printed: string[]; modules: string[] }> {
  const { code, needsMicronic, modules, warnings } = await buildProgram(path, target);
  parse(code, { ecmaVersion: 2017, sourceType: 'script' });
  assert.is(needsMicronic, needs);
  assert.equal(warnings, []);
  return { code, printed: printedBy((needs ? MICRONIC : '') + code), modules: [...modules] };
}

file('node_modules/greet/package.json', '{ "name": "greet", "version": "1.0.0", "main": "lib/index.js" }');
file(
  'node_modules/greet/lib/index.js',
  'exports.greet = function (who) { return "hello, " + require("./who")(who); };',
);
file('node_modules/greet/lib/who.js', 'module.exports = function (who) { return who + " " + process.env.NODE_ENV; };');
file('node_modules/modern/package.json', '{ "name": "modern", "type": "module", "exports": "./index.js" }');
file('node_modules/modern/index.js', 'export default (o) => o?.x ?? "none";\nexport const unused = "never seen";\n');
// The firmware's own goes before a package of the same name.
file('node_modules/events/index.js', 'throw new Error("not the firmware\'s");');

const CASES: [name: string, source: string, printed: string][] = [
  ['micronic.js', "const m = require('micronic'); console.log(typeof m.PPP, typeof m.UART);", 'function function'],
  ['kaluma.js', "const { PPP } = require('micronic/kaluma'); console.log(PPP.SEC_PAP === 1);", 'true'],
  ['network.js', "console.log(require('network') === require('micronic'));", 'true'],
  ['module.mjs', "import { PPP } from 'micronic'; console.log(typeof PPP);", 'function'],
  ['all.mjs', "import * as m from 'network'; console.log(typeof m.ipconfig);", 'function'],
  ['default.mjs', "import network from 'network'; console.log(typeof network.PPP);", 'function'],
  ['side.mjs', "import 'micronic/kaluma'; console.log(typeof require('micronic').PPP);", 'function'],
  ['export.mjs', "import { PPP as P } from 'micronic'; export const a = 1; console.log(typeof P, a);", 'function 1'],
  ['exports.js', "require('micronic'); exports.a = 1; module.exports.b = 2; console.log(exports.b);", '2'],
  ['later.js', "import('micronic').then((m) => console.log(typeof m.PPP));", 'function'],
];

for (const [name, source, printed] of CASES) {
  test(`${name}: ${source}`, async () => {
    assert.equal((await built(file(name, source))).printed, [printed]);
  });
}

test('TypeScript, with modules, packages, JSON and new syntax of its own', async () => {
  file('src/settings.json', '{ "apn": "internet" }');
  file(
    'src/dial.ts',
    'export interface Dial { apn: string }\nexport const dial = (d: Dial): string => `ATD ${d.apn}`;',
  );
  file('src/old.js', 'module.exports = class { static #n = 7; static n() { return this.#n ** 2; } };');
  const path = file(
    'src/app.ts',
    `import { PPP } from 'micronic';
     import { EventEmitter } from 'events';
     import settings from './settings.json';
     import { greet } from 'greet';
     import modern from 'modern';
     import Old from './old';
     import { dial, type Dial } from './dial';
     const d: Dial = settings;
     console.log(typeof PPP, dial(d), greet('board'), modern({ x: 3 }), Old.n(), typeof EventEmitter);`,
  );
  const { printed, code, modules } = await built(path);
  assert.equal(printed, ['function ATD internet hello, board production 3 49 function']);
  assert.not.match(code, /never seen/);
  assert.equal(modules, ['events']);
});

test('without micronic when the program does not use it', async () => {
  const path = file('alone.js', "var who = require('greet').greet('x'); console.log(who, typeof require('events'));");
  const { printed, code } = await built(path, false);
  assert.equal(printed, ['hello, x production object']);
  assert.ok(code.length < 400);
});

test('not a second time when the program has micronic in it', async () => {
  const path = file('pasted.js', `${MICRONIC}console.log(typeof require('network').PPP);`);
  const { code, printed } = await built(path, false);
  assert.is(code.split('"network","micronic"').length, 2);
  assert.equal(printed, ['function']);
});

test('keeps names to itself', async () => {
  const { code } = await built(file('names.js', 'var ppp = 1; function f() { return ppp; } console.log(f());'), false);
  assert.match(code, /^\(function\(\)\{[^]*\}\)\(\);\n$/);
});

const WRONG: [name: string, source: string, says: RegExp][] = [
  ['a.js', "\n  require('./gone');", /a\.js:2:11: there is no module '.\/gone'; check the path$/],
  ['b.ts', "import x from '@some/thing/deep';\nx();", /b\.ts:1:15: .*'@some\/thing\/deep'; npm install @some\/thing$/],
  ['c.js', "require('crypto');", /c\.js:1:9: .*'crypto'; Node has it, and the firmware has only at, events/],
  ['d.js', 'var a;\nvar b = ;\n', /d\.js:2:9: Unexpected ";"$/],
  ['e.ts', 'const a: = 1;\n', /e\.ts:1:10: Unexpected "="$/],
  ['f.js', "require('./d.js'); require('nope');", /d\.js:2:9: .* \(and 1 more\)$/],
  ['g.js', 'with (Math) console.log(PI);', /g\.js: the firmware takes strict code only: /],
  ['h.js', 'await 1;', /h\.js:1:1: Top-level await/],
  ['j.mjs', "import { none } from './k.mjs'; none();", /j\.mjs:1:10: No matching export in ".*k\.mjs"/],
];

file('k.mjs', 'export const one = 1;');
for (const [name, source, says] of WRONG) {
  test(`wrong: ${source.trim()}`, async () => {
    try {
      await buildProgram(file(name, source), target);
    } catch (error) {
      assert.instance(error, BuildError);
      assert.match((error as Error).message, says);
      return;
    }
    assert.unreachable('it is built');
  });
}

test.run();
