/** `micronic emulate`: wrong usage, and a program on the firmware where there is one. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasFirmware } from '../../device/device';

const test = suite('micronic emulate');

interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

function emulate(args: string[], env: Record<string, string | undefined> = {}, input?: string): Result {
  const command = ['--import', 'tsx', 'scripts/cli/main.ts', 'emulate', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    env: { ...process.env, KALUMA_ELF: undefined, ...env },
    input,
  });
  return { status, stdout, stderr };
}

const folder = mkdtempSync(join(tmpdir(), 'emulate-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const HELLO = file('hello.js', 'console.log("hello");\n');
const none = { KALUMA_UF2: undefined, RP2040_BOOTROM: undefined };

function wrong(args: string[], env: Record<string, string | undefined>, says: RegExp): void {
  const { status, stdout, stderr } = emulate(args, env);
  assert.match(stderr, says);
  assert.is(stderr.trim().split('\n').length, 1, stderr);
  assert.is(stdout, '');
  assert.is(status, 2);
}

test('wrong usage: one sentence, exit code 2', () => {
  const text = file('text.bin', 'x'.repeat(512));
  const files = { KALUMA_UF2: text, RP2040_BOOTROM: text };
  wrong([], files, /missing required argument 'APP.js'/);
  wrong([HELLO], none, /--firmware <KALUMA.uf2>/);
  wrong([HELLO, '--firmware', text], none, /--bootrom <B1.bin>/);
  wrong([join(folder, 'missing.js')], files, /the program .*missing.js: no such file; check the path/);
  wrong([HELLO, '--firmware', join(folder, 'none.uf2')], files, /--firmware .*none.uf2: no such file/);
  wrong([HELLO, '--with', 'ping,pong'], files, /there is no part 'pong'; the parts are reconnect, /);
  wrong([HELLO, '--with', 'ping'], files, /--with goes with the bundle .*, and hello\.js is left alone/);
  wrong([HELLO], files, /--bootrom .*text.bin: it is not the boot ROM of an RP2040; take b1.bin/);
  wrong([HELLO, '--uart0', 'gatway'], files, /'gatway' is no line/);
  wrong([HELLO, '--seconds', 'ten'], files, /'ten' is not a number of seconds/);
  wrong([file('large.js', ' '.repeat(524288))], files, /524288 bytes, and Kaluma keeps 524287 at most/);
});

test('a file that is no firmware', () => {
  if (hasFirmware()) {
    wrong([HELLO, '--firmware', HELLO], {}, /--firmware .*hello.js: it is no UF2 file/);
    wrong([HELLO, '--elf', HELLO], {}, /--elf .*hello.js: it is no ELF file/);
  }
});

test('runs a program, and says what it took', () => {
  if (hasFirmware()) {
    const { status, stdout, stderr } = emulate([HELLO, '--seconds', '0.3', '--stats']);
    assert.is(stdout, 'hello\n');
    assert.match(stderr, /^kaluma-rp2-pico-1\.2\.1\n {2}time {6}0\.300 s on the board/);
    assert.match(stderr, /\n {2}cycles {4}37,500,\d\d\d, [\d,]+ instructions\n/);
    assert.match(stderr, /\n {2}heap {6}1\d,\d{3} of 184,312 bytes in use/);
    assert.is(status, 0);
  }
});

test('--with puts parts behind the bundle', () => {
  if (!hasFirmware()) {
    return;
  }
  const app = file('parts.js', "console.log(new (require('micronic').PPP)(null).config('reconnects'));\n");
  const { status, stdout, stderr } = emulate([app, '--seconds', '2', '--with', 'reconnect']);
  assert.is(status, 0, stderr);
  assert.match(stdout, /^0$/m);
});

test('failures: exit code 1, and where', () => {
  if (!hasFirmware()) {
    return;
  }
  const parse = emulate([file('parse.js', 'var a;\nvar b = ;\n'), '--seconds', '1']);
  assert.is(parse.status, 1);
  assert.is(parse.stdout, 'SyntaxError: Primary expression expected. [parse.js:2:9]\n');
  assert.match(parse.stderr, /^micronic: parse\.js:2:9: the program does not parse/);
  const full = emulate([file('full.js', 'var a = [];\nfor (;;) a.push(new Uint8Array(1000));\n'), '--seconds', '1']);
  assert.is(full.status, 1);
  assert.match(full.stderr, /^micronic: the firmware stopped: out of memory at/);
});

test('--repl takes lines from standard input', () => {
  if (hasFirmware()) {
    const { status, stdout } = emulate([HELLO, '--repl', '--seconds', '0.6'], {}, '6 * 7\nrequire("fs").cwd()\n');
    assert.match(stdout, /hello\n[\s\S]*\n42\n[\s\S]*\n'\/'\n/);
    assert.is(status, 0);
  }
});

test.run();
