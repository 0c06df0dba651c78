/** Why a firmware has stopped for good. */

import type { RP2040 } from 'rp2040js';
import type { HeapFigures } from './heap';
import type { Symbols } from './symbols';

/** The engine's fatal codes (JerryScript 2.4, jerryscript-core.h). */
const FATAL: Record<number, string> = {
  10: 'out of memory',
  12: 'too many references to one value',
  13: 'the engine met byte code that is switched off',
  14: 'garbage collection does not end',
  120: 'an assertion of the engine failed',
};

const HARD_FAULT = 3;
const RAM_ADDRESS = 0x20000000;
const FLASH_ADDRESS = 0x10000000;
/** What Kaluma gives the C stack; nothing watches over it. */
export const STACK_BYTES = 8192;
/** How far up the stack the engine's call is looked for. */
const STACK_WORDS = 64;

export interface Death {
  /** 'out of memory', 'a hard fault'. */
  cause: string;
  ms: number;
  /** Function names, or addresses in hexadecimal. */
  where: string;
  heap: HeapFigures | null;
  /** The deepest the C stack has been. */
  stackBytes: number;
}

/** One sentence. */
export function deathText({ cause, ms, where, heap, stackBytes }: Death): string {
  const isEngine = Object.values(FATAL).includes(cause);
  const detail = isEngine && heap ? `${heap.used} of ${heap.bytes} bytes of heap in use` : where;
  const isOver = stackBytes > STACK_BYTES;
  const stack = isOver ? `; the C stack was ${stackBytes} bytes deep, of ${STACK_BYTES}: look for a recursion` : '';
  return `the firmware stopped: ${cause} at ${Math.round(ms)} ms (${detail})${stack}`;
}

/** Why it has come to a breakpoint: exit(), which Kaluma calls for a fatal error only, and hard faults end in one. */
export function breakCause(chip: RP2040, trap: number): string {
  if (chip.core.IPSR === HARD_FAULT) {
    return 'a hard fault';
  }
  const code = fatalCode(chip);
  return code === undefined ? `a breakpoint (${trap})` : FATAL[code];
}

/**
 * Calls of jerry_fatal(code) are `movs r0, #code; bl`, and leave the address after them on the stack.
 */
function fatalCode(chip: RP2040): number | undefined {
  const { sramView, flashView } = chip;
  const top = Math.min(sramView.byteLength, chip.core.SP - RAM_ADDRESS + 4 * STACK_WORDS);
  for (let at = chip.core.SP - RAM_ADDRESS; at >= 0 && at + 4 <= top; at += 4) {
    const call = sramView.getUint32(at, true) - FLASH_ADDRESS - 7; // past `movs` and `bl`, in Thumb state
    if (call >= 0 && call < 0x100000 && call % 2 === 0) {
      const isCall = flashView.getUint16(call + 2, true) >> 11 === 0b11110;
      const move = flashView.getUint16(call, true);
      if (isCall && move >> 8 === 0x20 && FATAL[move & 0xff]) {
        return move & 0xff;
      }
    }
  }
  return undefined;
}

/** The instruction it has stopped at, and who has called its function. */
export function whereText(chip: RP2040, symbols: Symbols | null): string {
  const name = (address: number): string => symbols?.functionAt(address & ~1) || `0x${(address >>> 0).toString(16)}`;
  return `in ${name(chip.core.PC)}, called from ${name(chip.core.LR)}`;
}
