/** The small parts of the emulator: its clock, a peer's timers on it, programs and console text. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EmulatedClock } from '../../../scripts/emulator/clock';
import { Heap } from '../../../scripts/emulator/heap';
import { decodeTable, OPERATIONS } from '../../../scripts/emulator/opcodes';
import { emulatedPlatform } from '../../../scripts/emulator/platform';
import { composeProgram, needsBundle, PlacedText } from '../../../scripts/emulator/program';
import { PlainText } from '../../../scripts/emulator/usb';

const test = suite('emulator: parts');

test('alarms come in order, each at its own time', () => {
  const clock = new EmulatedClock();
  const log: string[] = [];
  const alarm = (name: string, then: () => void = () => {}): ReturnType<EmulatedClock['createAlarm']> =>
    clock.createAlarm(() => {
      log.push(`${name}@${clock.nanos}`);
      then();
    });
  alarm('b').schedule(20);
  alarm('a').schedule(10);
  alarm('c').schedule(20);
  const cancelled = alarm('never');
  cancelled.schedule(15);
  cancelled.cancel();
  cancelled.cancel();
  const again = alarm('again', () => log.length < 6 && again.schedule(5));
  again.schedule(12);
  const moved = alarm('moved');
  moved.schedule(1);
  moved.schedule(30);
  clock.advanceTo(25);
  assert.is(clock.nanos, 25);
  assert.equal(log, ['a@10', 'again@12', 'again@17', 'b@20', 'c@20', 'again@22']);
  clock.advanceTo(100);
  assert.is(log[6], 'moved@30');
});

test('a peer lives by the time of the board', () => {
  const clock = new EmulatedClock();
  const platform = emulatedPlatform(clock);
  const fired: number[] = [];
  platform._tick = () => void fired.push(platform._nowMs());
  clock.advanceTo(1.7e6);
  assert.is(platform._nowMs(), 1);
  platform._setTimer(50);
  platform._setTimer(3); // replaces it
  clock.advanceTo(3.9e6);
  assert.equal(fired, []);
  clock.advanceTo(100e6);
  assert.equal(fired, [4]);
  platform._setTimer(0);
  clock.advanceTo(100.1e6);
  assert.equal(fired, [4, 100]);
});

test('which programs want the bundle', () => {
  for (const source of ["require('micronic')", 'const n = require( "network" );', 'require(`micronic`)']) {
    assert.ok(needsBundle(source), source);
  }
  const bundle = 'process.builtin_modules.push("network","micronic");';
  for (const source of ["require('net')", `${bundle}\nrequire('network')`, 'requires("network")', 'network']) {
    assert.not(needsBundle(source), source);
  }
});

test('errors are placed in the file they are in', () => {
  const program = composeProgram('app.js', 'user code', 'one\ntwo\n\n');
  assert.is(program.source, 'one\ntwo\nuser code');
  assert.is(
    program.place('at <anonymous>:3 and [<anonymous>:14:2], <anonymous>:2'),
    'at app.js:1 and [app.js:12:2], ppp.js:2',
  );
  assert.is(composeProgram('app.js', 'x', null).place('<anonymous>:1'), 'app.js:1');
  const text = 'a < b <anonymous>:12:3] <anon and <anonymous>:3\nend <';
  for (let cut = 0; cut < text.length; cut++) {
    const placed = new PlacedText(program);
    const pieces = placed.add(text.slice(0, cut)) + placed.add(text.slice(cut)) + placed.end();
    assert.is(pieces, 'a < b app.js:10:3] <anon and app.js:1\nend <', `cut at ${cut}`);
  }
});

test('console text without escape sequences, however it is cut', () => {
  const text = '\x1b[2K\r\x1b[0mhi\r\n\x1b[31mError\x1b[0m \x1b7x\x1b8\x1b[6n.';
  for (let cut = 0; cut < text.length; cut++) {
    const plain = new PlainText();
    assert.is(plain.add(text.slice(0, cut)) + plain.add(text.slice(cut)), 'hi\nError x.', `cut at ${cut}`);
  }
});

test('the heap is found, its least of late kept, a restart seen', () => {
  const ram = new DataView(new ArrayBuffer(4096));
  const heap = new Heap(ram);
  assert.is(heap.figures, null);
  const set = (used: number, peak: number): void => {
    const at = 0x400;
    const words = { 0xa0: used, 0xa4: 8640, 0xd8: 184312, 0xdc: used, 0xe0: peak };
    Object.entries(words).forEach(([offset, value]) => ram.setUint32(at + Number(offset), value, true));
  };
  ram.setUint32(0x104, 65536, true); // like a size, and nothing else fits
  set(12000, 13000);
  assert.equal(heap.figures, { bytes: 184312, used: 12000, peak: 13000, least: 12000, gcLimit: 8640 });
  [20000, 16000, 30000].forEach((used, at) => {
    set(used, 30000);
    heap.sample(10 * at);
  });
  assert.is(heap.figures!.least, 16000);
  set(29000, 30000);
  heap.sample(1500);
  assert.is(heap.figures!.least, 16000);
  heap.sample(3000);
  assert.is(heap.figures!.least, 29000);
  assert.is(heap.restarts, 0);
  set(3000, 3000);
  heap.sample(3010);
  assert.is(heap.restarts, 1);
});

test('opcodes', () => {
  const table = decodeTable();
  const name = (opcode: number): string => OPERATIONS[table[opcode]];
  assert.equal([0x4770, 0xb510, 0xbd10, 0x2001, 0xf7ff, 0xbe00, 0xde00, 0xdf00, 0xd0fe, 0xe7fd].map(name), [
    'BX',
    'PUSH',
    'POP',
    'MOVS',
    'WIDE',
    'BKPT',
    'UDF',
    'SVC',
    'BCOND',
    'B',
  ]);
  assert.equal([0xbf20, 0xbf30, 0xb672, 0xb662, 0xbf00, 0xb100].map(name), [
    'WFE',
    'WFI',
    'CPSID',
    'CPSIE',
    'NOP',
    'BAD',
  ]);
});

test.run();
