/** How programs and the firmware fail, and what the emulator says to it. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deathText } from '../../scripts/emulator/death';
import { ProgramWatch } from '../../scripts/emulator/errors';
import { composeProgram } from '../../scripts/emulator/program';
import { createBoard, hasFirmware } from './device';

const test = suite('failures on the firmware');

/** Runs a program behind a bundle of two lines. */
function run(source: string, ms: number): { death: string; failure: string; restarts: number } {
  const program = composeProgram('app.js', source, '"line 1";\n"line 2";\n');
  const board = createBoard({ program: program.source });
  const watch = new ProgramWatch(board, program.place);
  let failure = '';
  board.runUntil(() => (failure = watch.failure()) !== '', ms);
  return { death: board.death ? deathText(board.death) : '', failure, restarts: board.restarts };
}

test('a program that does not parse', () => {
  if (hasFirmware()) {
    const { failure, death } = run('console.log("a");\nvar b = ;\n', 300);
    assert.is(failure, 'app.js:2:9: the program does not parse: SyntaxError: Primary expression expected');
    assert.is(death, '');
  }
});

test('a program that throws at its top', () => {
  if (hasFirmware()) {
    const { failure, restarts } = run('console.log("a");\n\n(function () { null.x; })();\n', 1000);
    assert.is(
      failure,
      "app.js:3: the program has thrown at its top, and Kaluma has dropped it: TypeError: Cannot read property 'x' of null",
    );
    assert.is(restarts, 1);
  }
});

test('a program that throws later stays', () => {
  if (hasFirmware()) {
    const { failure, restarts } = run('setTimeout(function () { throw new Error("x"); }, 100);\n', 700);
    assert.is(failure, '');
    assert.is(restarts, 0);
  }
});

test('out of memory', () => {
  if (hasFirmware()) {
    const { death } = run('var a = [];\nfor (;;) a.push(new Uint8Array(1000));\n', 1000);
    assert.match(
      death,
      /^the firmware stopped: out of memory at \d+ ms \(1[78]\d{4} of 184312 bytes of heap in use\)$/,
    );
  }
});

test('recursion without end', () => {
  if (hasFirmware()) {
    const { death } = run('(function f() { f(); })();\n', 3000);
    assert.match(death, /^the firmware stopped: .*; the C stack was \d{5,} bytes deep, of 8192: look for a recursion$/);
  }
});

test.run();
