/** The files that a user brings, good and bad. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Symbols } from '../../../scripts/emulator/symbols';
import { checkBootRom, FirmwareError, loadUf2 } from '../../../scripts/emulator/uf2';

const test = suite('emulator: files');

const RP2040 = 0xe48bff56;
const NAME = 'kaluma-rp2-pico-1.2.1';

/** A UF2 file of one block for each payload, from the beginning of the flash on. */
function uf2(payloads: string[], { family = RP2040, address = 0x10000000 } = {}): Buffer {
  const blocks = payloads.map((text, i) => {
    const block = Buffer.alloc(512);
    [0x0a324655, 0x9e5d5157, 0x2000, address + 256 * i, 256, i, payloads.length, family].forEach((word, at) =>
      block.writeUInt32LE(word, 4 * at),
    );
    block.write(text, 32);
    block.writeUInt32LE(0x0ab16f30, 508);
    return block;
  });
  return Buffer.concat(blocks);
}

function rom(version: number): Buffer {
  const bytes = Buffer.alloc(16384);
  bytes.write('Mu\x01', 0x10, 'latin1');
  bytes[0x13] = version;
  return bytes;
}

function message(what: () => unknown): string {
  try {
    what();
  } catch (error) {
    assert.instance(error, FirmwareError);
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

const load = (file: Buffer): string => message(() => loadUf2(file, new Uint8Array(65536)));

test('a firmware lands in the flash, and says its name', () => {
  const flash = new Uint8Array(65536);
  assert.is(loadUf2(uf2(['first', `\0${NAME}\0`]), flash), NAME);
  assert.is(Buffer.from(flash.subarray(0, 5)).toString(), 'first');
  assert.is(Buffer.from(flash.subarray(257, 257 + NAME.length)).toString(), NAME);
});

test('what is no firmware', () => {
  const good = uf2(['a', NAME]);
  assert.match(load(Buffer.alloc(0)), /no UF2 file/);
  assert.match(load(Buffer.alloc(512)), /no UF2 file/);
  assert.match(load(good.subarray(0, 700)), /no UF2 file/);
  const damaged = Buffer.from(good);
  damaged[512 + 509] ^= 1;
  assert.match(load(damaged), /block 1 is damaged/);
  assert.match(load(uf2([NAME], { family: 0xe48bff59 })), /another chip/);
  assert.match(load(uf2([NAME], { address: 0x20000000 })), /outside of the flash/);
  assert.match(load(uf2([NAME], { address: 0x10000000 + 65536 - 100 })), /outside of the flash/);
  assert.match(load(uf2(['MicroPython'])), /not a Kaluma firmware/);
  assert.match(load(uf2(['kaluma-rp2-pico-w-1.2.1'])), /it is kaluma-rp2-pico-w-1\.2\.1; take/);
  assert.match(load(uf2(['kaluma-rp2-pico-1.0.0'])), /it is kaluma-rp2-pico-1\.0\.0; take/);
});

test('boot ROMs', () => {
  checkBootRom(rom(2));
  assert.match(
    message(() => checkBootRom(rom(3))),
    /of an RP2040 B2; take b1\.bin/,
  );
  assert.match(
    message(() => checkBootRom(Buffer.alloc(16384))),
    /not the boot ROM/,
  );
  assert.match(
    message(() => checkBootRom(rom(2).subarray(1))),
    /not the boot ROM/,
  );
});

test('what is no ELF file', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('text'), Buffer.from('\x7fELF\x01 and no more', 'latin1')]) {
    assert.match(
      message(() => new Symbols(bytes)),
      /no ELF file|no symbols/,
    );
  }
});

test.run();
