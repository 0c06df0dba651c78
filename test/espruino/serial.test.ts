/** The real interpreter: a Serial as a program may hand it over, and the releases that lose data. */

import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { skip } from '../helpers/skip';
import { connecting, hasEspruino, withEngine, withGateway } from './engine';

/** Prints what an expression throws. */
const tried = (name: string, code: string): string =>
  `try { ${code}; print('@${name} fine'); } catch (e) { print('@${name} ' + (e.name || '') + ' ' + (e.errno || '') + ' ' + e.message); }\n`;

test('a Serial that nobody has set up, one in use, one that is free again', async () => {
  if (!hasEspruino()) {
    return;
  }
  const program = `
    var m = require('micronic');
    ${tried('unset', 'new m.PPP(Serial2)')}
    ${tried('missing', 'new m.UART(9)')}
    ${tried('flow', 'new m.UART(1, { rts: 1 })')}
    Serial1.setup(115200, { path: PTY });
    var first = new m.PPP(Serial1);
    ${tried('second', 'new m.PPP(Serial1)')}
    var third = new m.PPP(Serial1);
    ${tried('replaced', 'first.connect()')}
    third.connect();
    ${tried('busy', 'new m.PPP(Serial1)')}
    ${tried('again', 'third.connect()')}
    third.disconnect(function () { ${tried('free', 'new m.UART(Serial1).deinit(); new m.PPP(Serial1)')} });
  `;
  await withEngine(program, async (engine) => {
    await engine.says(/@unset ValueError {2}Serial2 is not set up/);
    await engine.says(/@missing ValueError {2}UART\(9\) doesn't exist/);
    await engine.says(/@flow .* unexpected argument rts/);
    await engine.says(/@second fine/);
    await engine.says(/@replaced ValueError {2}UART is closed/);
    await engine.says(/@busy OSError 16 \[Errno 16\] EBUSY/);
    await engine.says(/@again OSError 114 /);
    await engine.says(/@free ValueError {2}Serial1 is not set up/, 10000);
    assert.not.match(engine.console, /Uncaught/);
  });
});

test('a release without the fault does not warn', async () => {
  if (!hasEspruino()) {
    return;
  }
  const program = `
    Serial1.setup(9600, { path: PTY });
    var m = require('micronic');
    new m.PPP(Serial1);
    print('@lossy ' + m.lossy);`;
  await withEngine(program, async (engine) => {
    await engine.says(/@lossy false/);
    assert.not.match(engine.console, /WARNING/);
  });
});

/** The interpreter that loses data, or undefined, which it says. */
function lossyProgram(): string | undefined {
  const { ESPRUINO_LOSSY } = process.env;
  if (ESPRUINO_LOSSY && existsSync(ESPRUINO_LOSSY)) {
    return ESPRUINO_LOSSY;
  }
  skip('ESPRUINO_LOSSY names no Espruino 2v26 to 2v29 for Linux');
  return undefined;
}

test('2v26 to 2v29: a warning, once, and what a program can ask', async () => {
  const program = lossyProgram();
  if (!program) {
    return;
  }
  const source = `
    Serial1.setup(9600, { path: PTY });
    var m = require('micronic');
    new m.PPP(Serial1);
    new m.UART(2).deinit();
    print('@lossy ' + m.lossy + ' ' + process.env.VERSION);`;
  await withEngine(
    source,
    async (engine) => {
      await engine.says(/@lossy true 2v2[6-9]/);
      assert.is(engine.console.match(/WARNING: Espruino 2v26 to 2v29 loses serial data/g)!.length, 1);
    },
    { program },
  );
});

test('2v26 to 2v29: the link is made all the same, on a slow line and with patience', async () => {
  const program = lossyProgram();
  if (!program) {
    return;
  }
  const source = connecting('').replace('ppp.connect(', 'ppp.config({ reconnects: -1, holdoff: 100 }); ppp.connect(');
  await withGateway(
    source,
    async (engine) => {
      await engine.says(/@up 192.168.64.2/, 120000);
    },
    {},
    { program, baud: 9600 },
  );
});

test.run();
