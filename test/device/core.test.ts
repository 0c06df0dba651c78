/** The fast core against rp2040js's own, on the firmware: the same instructions at the same cycles. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Board } from '../../scripts/emulator/board';
import { createBoard, hasFirmware } from './device';

const test = suite('cores on the firmware');

/** Text, floats, division, timers, typed arrays, and a UART that answers. */
const PROGRAM = `
const { UART } = require('uart');
const uart = new UART(0, { baudrate: 115200 });
let count = 0;
uart.on('data', (bytes) => {
  count += bytes.length;
  uart.write('seen ' + count + '\\n');
});
let at = 0;
const timer = setInterval(() => {
  const words = new Uint16Array(64).map((_, i) => (i * 7919) % 251);
  console.log(at, 10 / 3 + at, JSON.stringify({ a: [words[at], 'x'.repeat(3)] }), Math.sin(at));
  if (++at === 4) clearInterval(timer);
}, 30);
`;

interface Outcome {
  states: string[];
  sent: Buffer;
}

async function outcome(stock: boolean): Promise<Outcome> {
  const board = createBoard({ program: PROGRAM, stock });
  const sent: Buffer[] = [];
  board.ports[0].on('data', (chunk) => sent.push(chunk));
  await new Promise((resolve) => setImmediate(resolve)); // The stream flows from now on.
  const states: string[] = [];
  for (let step = 0; step < 8; step++) {
    if (step >= 4) {
      board.ports[0].write(Buffer.alloc(60, step));
    }
    board.run(40);
    states.push(stateOf(board));
  }
  return { states, sent: Buffer.concat(sent) };
}

function stateOf(board: Board): string {
  const { chip, cycles, instructions, heapFigures, consoleText } = board;
  const registers = Array.from(chip.core.registers.slice(0, 15), (value) => (value >>> 0).toString(16)).join(' ');
  return JSON.stringify([cycles, instructions, registers, board.uartStats(0), heapFigures, consoleText]);
}

test('both do the same', async () => {
  if (!hasFirmware()) {
    return;
  }
  const [fast, stock] = [await outcome(false), await outcome(true)];
  for (const [step, state] of fast.states.entries()) {
    assert.is(state, stock.states[step], `step ${step}`);
  }
  assert.is(fast.sent.toString('latin1'), stock.sent.toString('latin1'));
  assert.match(fast.sent.toString('latin1'), /seen 240\n$/);
});

test('the same run twice', async () => {
  if (hasFirmware()) {
    assert.equal(await outcome(false), await outcome(false));
  }
});

test('the flash cache only costs time', () => {
  if (!hasFirmware()) {
    return;
  }
  const [plain, cached] = [false, true].map((xip) => createBoard({ program: PROGRAM, xip }));
  plain.run(400);
  cached.run(400);
  assert.is(cached.consoleText, plain.consoleText);
  assert.is(plain.cacheMisses, 0);
  assert.ok(cached.cacheMisses > 1000);
  assert.ok(cached.instructions < plain.instructions);
});

test('a saved flash needs no formatting', () => {
  if (!hasFirmware()) {
    return;
  }
  const first = createBoard({ program: 'console.log("here");' });
  assert.ok(first.runUntil(() => first.consoleText.includes('here'), 1000));
  const second = createBoard({ program: 'console.log("here");', flash: first.saveFlash() });
  assert.ok(second.runUntil(() => second.consoleText.includes('here'), 1000));
  assert.ok(second.ms < first.ms - 50, `${second.ms} ms after ${first.ms} ms`);
});

test.run();
