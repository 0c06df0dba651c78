/** Where Kaluma 1.2 keeps things in the 2 MB flash of a Pico, and the ROM functions that erase and program it. */

import type { RP2040 } from 'rp2040js';

/** Kaluma's key-value storage begins here; then come the program and the files. */
const STATE_AT = 0xfc000;
const PROGRAM_AT = 0x100000;
const FLASH_END = 0x200000;
export const PROGRAM_MAX = 512 * 1024;
const PAGE_BYTES = 256;
const SECTOR_BYTES = 4096;
const BLOCK_BYTES = 65536;

/** Typical of a W25Q16JV. */
const PAGE_NS = 0.4e6;
const SECTOR_NS = 45e6;
const BLOCK_NS = 150e6;

/** ROM functions by their codes, and the number of the UDF instruction that is put in their place. */
const HOOKS: Record<string, number> = { IF: 0xf0, EX: 0xf1, RE: 0xf2, RP: 0xf3, FC: 0xf4, CX: 0xf5 };
const ROM_FUNCTION_TABLE = 0x14;
const UDF = 0xde00;
const BX_LR = 0x4770;

/** Puts the program where `kaluma flash` does, ended by a zero. Its length in UTF-8 must be below PROGRAM_MAX. */
export function writeProgram(flash: Uint8Array, source: string): void {
  const bytes = Buffer.from(source);
  flash.fill(0xff, PROGRAM_AT, PROGRAM_AT + PROGRAM_MAX);
  flash.set(bytes, PROGRAM_AT);
  const end = Math.ceil((bytes.length + 1) / PAGE_BYTES) * PAGE_BYTES;
  flash.fill(0, PROGRAM_AT + bytes.length, PROGRAM_AT + end);
}

/** Storage, program and files: what survives a reset. */
export function saveState(flash: Uint8Array): Uint8Array {
  return flash.slice(STATE_AT, FLASH_END);
}

export function restoreState(flash: Uint8Array, state: Uint8Array): void {
  flash.set(state, STATE_AT);
}

/** The boot ROM with its flash functions replaced by traps: rp2040js has no flash chip for them to talk to. */
export function romWithHooks(rom: Buffer): Uint32Array {
  const words = new Uint32Array(rom.length / 4);
  const halves = new Uint16Array(words.buffer);
  for (let i = 0; i < halves.length; i++) {
    halves[i] = rom.readUInt16LE(2 * i);
  }
  for (let at = rom.readUInt16LE(ROM_FUNCTION_TABLE); rom.readUInt16LE(at); at += 4) {
    const trap = HOOKS[rom.toString('latin1', at, at + 2)];
    if (trap) {
      const entry = rom.readUInt16LE(at + 2) >> 1;
      halves[entry] = UDF | trap;
      halves[entry + 1] = BX_LR;
    }
  }
  return words;
}

/**
 * Does what the trapped ROM function would have done, and tells how long it takes.
 *
 * @returns nanoseconds; null when the trap is not one of them
 */
export function flashFunction(chip: RP2040, trap: number, flushCache: () => void): number | null {
  const { registers } = chip.core;
  switch (trap) {
    case HOOKS.IF:
    case HOOKS.EX:
    case HOOKS.CX:
      return 0;
    case HOOKS.FC:
      flushCache();
      return 0;
    case HOOKS.RE:
      return erase(chip.flash, registers[0], registers[1]);
    case HOOKS.RP:
      return program(chip, registers[0], registers[1], registers[2]);
    default:
      return null;
  }
}

function erase(flash: Uint8Array, from: number, bytes: number): number {
  flash.fill(0xff, from, from + bytes);
  let nanos = 0;
  for (let at = from; at < from + bytes;) {
    const isBlock = at % BLOCK_BYTES === 0 && from + bytes - at >= BLOCK_BYTES;
    nanos += isBlock ? BLOCK_NS : SECTOR_NS;
    at += isBlock ? BLOCK_BYTES : SECTOR_BYTES;
  }
  return nanos;
}

/** Programming turns ones into zeros only. */
function program(chip: RP2040, to: number, from: number, bytes: number): number {
  for (let i = 0; i < bytes; i++) {
    chip.flash[to + i] &= chip.readUint8(from + i);
  }
  return (bytes / PAGE_BYTES) * PAGE_NS;
}
