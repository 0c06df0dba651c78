/** A chip on Kaluma's SPI and pins: what reaches them, with a model of the W5500 at their other end. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSpi } from '../../../board-targets/kaluma-rp2/spi';
import { KalumaPins, PINS } from '../../helpers/kaluma-pins';
import { W5500Chip } from '../../helpers/w5500';

const VERSION_REGISTER = 0x39;
const VERSION = 4;

function bench(): { pins: KalumaPins; chip: W5500Chip } {
  const chip = new W5500Chip();
  const pins = new KalumaPins(chip);
  Object.assign(globalThis, pins.globals);
  return { pins, chip };
}

/** Reads a register of the common block. */
const head = (address: number): Uint8Array => Uint8Array.of(address >> 8, address, 0);

test('chip select is high before it is an output, and stands around each command alone', () => {
  const { pins, chip } = bench();
  const device = openSpi(pins.spi, PINS.cs, null, null);
  assert.equal([...device._receive(head(VERSION_REGISTER), 1)], [VERSION]);
  assert.equal([...device._receive(head(VERSION_REGISTER), 1)], [VERSION], 'and again');
  assert.equal(pins.log, [`mode ${PINS.cs} 1`]);
  assert.equal(chip.crimes, []);
});

test('head and data go in one chip select; what was written can be read', () => {
  const { pins, chip } = bench();
  const device = openSpi(pins.spi, PINS.cs, null, null);
  const mac = Uint8Array.of(2, 0, 0, 0, 0, 7);
  device._send(Uint8Array.of(0, 9, 4), mac);
  assert.equal([...device._receive(head(9), 6)], [...mac]);
  device._send(Uint8Array.of(0, 9, 4, 6), null);
  assert.equal([...device._receive(head(9), 2)], [6, 0]);
  assert.equal(chip.crimes, []);
});

test('a long read is as long, and right', () => {
  const { pins } = bench();
  const device = openSpi(pins.spi, PINS.cs, null, null);
  const bytes = device._receive(head(0), 80);
  assert.is(bytes.length, 80);
  assert.is(bytes[VERSION_REGISTER], VERSION);
});

test('reset: low for a millisecond, then two for the clock; without the pin nothing happens', () => {
  const { pins } = bench();
  const device = openSpi(pins.spi, PINS.cs, PINS.reset, null);
  pins.log.length = 0;
  device._reset();
  assert.equal(pins.log, ['write 20 0', 'delay 1', 'write 20 1', 'delay 2']);
  const bare = bench();
  const other = openSpi(bare.pins.spi, PINS.cs, null, null);
  bare.pins.log.length = 0;
  other._reset();
  assert.equal(bare.pins.log, []);
});

test('the interrupt pin: one watch of its level for good, whose function can change', () => {
  const { pins, chip } = bench();
  const device = openSpi(pins.spi, PINS.cs, null, PINS.int);
  const heard: string[] = [];
  assert.is(
    device._interrupt(() => heard.push('first')),
    true,
  );
  assert.is(
    device._interrupt(() => heard.push('second')),
    true,
  );
  assert.equal(
    pins.log.filter((line) => line.startsWith('watch')),
    ['watch 21 1'],
  );
  pins.loop();
  assert.equal(heard, [], 'it is high');
  chip.onPin?.(true);
  pins.loop();
  pins.loop();
  assert.equal(heard, ['second', 'second'], 'each time the main loop comes round');
  device._interrupt(null as never);
  pins.loop();
  assert.is(heard.length, 2);
  assert.is(
    openSpi(pins.spi, PINS.cs, null, null)._interrupt(() => {}),
    false,
    'without the pin it is polled',
  );
});

test('pins by number or as GPIO objects; mistakes are told before a pin is touched', () => {
  const { pins } = bench();
  openSpi(pins.spi, { pin: PINS.cs }, { pin: PINS.reset }, { pin: PINS.int });
  pins.log.length = 0;
  for (const pin of [30, -1, 'A1', NaN, {}]) {
    assert.throws(() => openSpi(pins.spi, pin, null, null), /invalid pin/);
    assert.throws(() => openSpi(pins.spi, PINS.cs, pin, null), /invalid pin/);
    assert.throws(() => openSpi(pins.spi, PINS.cs, null, pin), /invalid pin/);
  }
  assert.throws(() => openSpi(pins.spi, undefined, null, null), /invalid pin/);
  for (const spi of [null, {}, { send: () => 0 }]) {
    assert.throws(() => openSpi(spi, PINS.cs, null, null), /spi has no send and recv/);
  }
  assert.equal(pins.log, []);
});

test.run();
