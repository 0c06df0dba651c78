/** `micronic bundle`: what it says, what it refuses, and that its result is a program for the firmware. */

import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'acorn';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { arrowLike } from '../../../scripts/arrow-like.mjs';
import { printedBy } from '../../helpers/firmware-globals';
import { cli } from './run';

const test = suite('micronic bundle');
const MICRONIC = readFileSync('dist/kaluma/ppp.js', 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'micronic-bundle-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const OUT = join(folder, 'out.js');

interface Bundled {
  text: string;
  stdout: string;
  stderr: string;
  printed: string[];
}

/** Bundles the program, checks what is true of all results, and runs it. */
async function bundled(path: string, hasMicronic = true): Promise<Bundled> {
  const { code, stdout, stderr } = await cli('bundle', path, '--target', 'kaluma-rp2', '-o', OUT);
  assert.is(code, 0, stderr);
  const text = readFileSync(OUT, 'utf8');
  parse(text, { ecmaVersion: 2017, sourceType: 'script' });
  assert.is(text.split(MICRONIC.trimEnd()).length - 1, hasMicronic ? 1 : 0, 'how often micronic is in it');
  assert.is(text.startsWith(MICRONIC), hasMicronic);
  const bytes = Buffer.byteLength(text).toLocaleString('en-US');
  const share = hasMicronic ? `${MICRONIC.length.toLocaleString('en-US')} of them micronic` : 'without micronic';
  assert.ok(stdout.includes(`${OUT}: ${bytes} bytes, ${share}\n`), stdout);
  assert.match(stdout, /\nheap: about [\d,]+00 of 184,312 bytes.*\nparsing: about [\d,]+00 bytes of heap at most\n$/);
  return { text, stdout, stderr, printed: printedBy(text) };
}

const APP = file('app.js', "const { PPP } = require('micronic'); console.log(typeof PPP);\n");

test('puts micronic before a program that uses it', async () => {
  assert.equal((await bundled(APP)).printed, ['function']);
});

test('no list that the engine would take for the parameters of an arrow function, out of any program', async () => {
  const path = file(
    'lists.js',
    `class Box { constructor(text) { this.text = text; } }
    function open(text) { let box, read = (box = { read: () => box.inner.text, inner: new Box(text) }, box.read); return read(); }
    console.log(open('in the box'));`,
  );
  const { text, printed } = await bundled(path, false);
  assert.equal(printed, ['in the box']);
  assert.equal(arrowLike(text, false), []);
  assert.match(text, /\(0,/, 'one was there');
});

test('leaves it out of one that does not', async () => {
  const path = file('alone.ts', 'const n: number = 3;\nconsole.log(n);\n');
  assert.equal((await bundled(path, false)).printed, ['3']);
});

test('with another of the bundles, which the program requires', async () => {
  const bundle = JSON.stringify(resolve('dist/kaluma/ppp-full.js'));
  const path = file(
    'full.js',
    `const { PPP } = require(${bundle}); console.log(PPP.SEC_MSCHAP2, require('micronic').PPP === PPP);`,
  );
  const { code, stdout, stderr } = await cli('bundle', path, '-o', OUT);
  assert.is(code, 0, stderr);
  const text = readFileSync(OUT, 'utf8');
  assert.is(text.includes(MICRONIC.trimEnd()), false);
  assert.equal(printedBy(text), ['3 true']);
  assert.match(stdout, /bytes, with the micronic that it requires\nheap: .* with a link and a connection/);
});

/** What config() of a PPP object knows of these. */
const config = (...names: string[]): string =>
  `var p = new (require('micronic').PPP)(null); console.log(${JSON.stringify(names)}.map(function (name) {
     try { return p.config(name); } catch (e) { return e.message; }
   }).join());`;
const [RECONNECT, PROBE] = ['reconnect', 'probe'].map((name) => readFileSync(`dist/kaluma/parts/${name}.js`, 'utf8'));

test('with parts behind the bundle, each once', async () => {
  const path = file('parts.js', config('reconnects', 'probe', 'vj'));
  const { code, stdout, stderr } = await cli('bundle', path, '--with', 'reconnect, probe,reconnect', '-o', OUT);
  assert.is(code, 0, stderr);
  const text = readFileSync(OUT, 'utf8');
  assert.ok(text.startsWith(MICRONIC + RECONNECT + PROBE + '(function'));
  assert.equal(printedBy(text), ['0,0,unknown config param']);
  const front = (MICRONIC + RECONNECT + PROBE).length.toLocaleString('en-US');
  assert.ok(stdout.includes(`, ${front} of them micronic\n`), stdout);
});

test('with parts behind another of the bundles, which the program requires by a file or from the package', async () => {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(resolve('.'), join(folder, 'node_modules/micronic'));
  for (const name of [resolve('dist/kaluma/network.js'), 'micronic/kaluma/network']) {
    const path = file('other.js', `require(${JSON.stringify(name)}); ${config('reconnects', 'probe')}`);
    const { code, stderr } = await cli('bundle', path, '--with', 'reconnect,wipy', '-o', OUT);
    assert.is(code, 0, stderr);
    const text = `${readFileSync(OUT, 'utf8')}; console.log(typeof require('network').WLANWiPy);`;
    assert.equal(printedBy(text), ['0,unknown config param', 'function']);
  }
  const own = "require('micronic/kaluma/network'); require('micronic/kaluma/parts/probe');";
  const path = file('own.js', own + config('reconnects', 'probe'));
  const { code, stderr } = await cli('bundle', path, '-o', OUT);
  assert.is(code, 0, stderr);
  assert.equal(printedBy(readFileSync(OUT, 'utf8')), ['unknown config param,0']);
  // It has what it goes behind, also where nothing else asks for it.
  const alone = file('alone-part.js', "require('micronic/kaluma/parts/probe'); console.log('loaded');");
  assert.is((await cli('bundle', alone, '-o', OUT)).code, 0);
  assert.equal(printedBy(readFileSync(OUT, 'utf8')), ['loaded']);
  const wrong = await cli('bundle', file('no-part.js', "require('micronic/kaluma/parts/none');"), '-o', OUT);
  assert.is(wrong.code, 2);
  assert.match(wrong.stderr, /no-part\.js:1:9: there is no part 'none'; the parts are reconnect, /);
});

test('on standard output, with the report on standard error', async () => {
  const { code, stdout, stderr } = await cli('bundle', APP, '-o', '-');
  assert.is(code, 0, stderr);
  assert.equal(printedBy(stdout), ['function']);
  assert.match(stderr, /^bundle: [\d,]+ bytes/);
});

test('wrong input: one sentence, exit code 2, and nothing is written', async () => {
  const app = file('used.js', 'console.log(1);\n');
  const linked = join(folder, 'linked.js');
  symlinkSync(app, linked);
  const hard = join(folder, 'hard.js');
  linkSync(app, hard);
  const uses = file('uses.js', "require('./used');\n");
  const wrong: [string[], RegExp][] = [
    [[], /missing required argument 'APP.js\|ts'/],
    [[join(folder, 'none.js')], /the program .*none\.js: no such file; check the path/],
    [[folder], /the program .* is no file/],
    [[file('words.txt', 'words')], /words\.txt is neither JavaScript nor TypeScript by its name/],
    [[app, '--target', 'esp32'], /'esp32' is no target: say kaluma-rp2/],
    [
      [APP, '--with', 'reconnect,nothing'],
      /there is no part 'nothing'; the parts are reconnect, probe, .*, wipy, ipv6, lan6, keepalive, mdns, mschap$/m,
    ],
    [[APP, '--with', ''], /there is no part ''; the parts are /],
    [[APP, '--with', '../../network'], /there is no part '\.\.\/\.\.\/network'/],
    [[app, '--with', 'reconnect'], /used\.js: it does not use micronic, so there is nothing for a part to go behind/],
    [
      [file('text.js', `${MICRONIC}console.log(1);`), '--with', 'vj'],
      /text\.js: the bundle is in its own text: put the p/,
    ],
    [[app, '-o', app], /used\.js is part of the program itself/],
    [[app, '-o', linked], /linked\.js is part of the program itself/],
    [[app, '-o', hard], /hard\.js is part of the program itself/],
    [[uses, '-o', app], /used\.js is part of the program itself/],
    [[app, '-o', '/nowhere/at/all.js'], /--output \/nowhere\/at\/all\.js: ENOENT/],
    [[app, '-o', folder], /--output .*: EISDIR/],
    [[app, '-o'], /argument missing/],
    [[file('gone.js', "require('./none');")], /gone\.js:1:9: there is no module '.\/none'; check the path/],
    [[file('wrong.js', 'var b = ;')], /wrong\.js:1:9: Unexpected ";"/],
  ];
  for (const [args, sentence] of wrong) {
    const given = args.includes('-o') || !args.length ? args : args.concat('-o', join(folder, 'never.js'));
    const { code, stdout, stderr } = await cli('bundle', ...given);
    assert.match(stderr, sentence);
    assert.match(stderr, /^micronic: [^\n]+\n$/);
    assert.is(stdout, '');
    assert.is(code, 2, stderr);
  }
  assert.is(readFileSync(app, 'utf8'), 'console.log(1);\n');
  assert.throws(() => readFileSync(join(folder, 'never.js')), /ENOENT/);
});

/** Functions that do something each. */
const code = (functions: number): string =>
  Array.from({ length: functions }, (_, i) => `exports.f${i} = function (a, b) { return a.g${i} * b + ${i}; };`).join(
    '\n',
  );

test('a warning when the heap may be too small', async () => {
  const { code: exit, stderr } = await cli('bundle', file('large.js', code(900)), '-o', OUT);
  assert.is(exit, 0);
  assert.match(stderr, /^micronic: warning: the program may not fit: it needs about [\d,]+ bytes of heap to/);
  assert.match(stderr, /and the board has 184,312; micronic emulate --stats measures it\n$/);
});

test('exit code 1 when it cannot fit, and no file', async () => {
  rmSync(OUT, { force: true });
  const heap = await cli('bundle', file('huge.js', code(2500)), '-o', OUT);
  assert.is(heap.code, 1);
  assert.match(heap.stderr, /^micronic: the program cannot fit: it needs about [\d,]+ bytes of heap/);
  const flash = await cli('bundle', file('page.js', `console.log("${'x'.repeat(524288)}");`), '-o', OUT);
  assert.is(flash.code, 1);
  assert.match(flash.stderr, /^micronic: the result has 524,\d+ bytes, and Kaluma keeps 524,287 at most\n$/);
  assert.throws(() => readFileSync(OUT), /ENOENT/);
});

test.run();
