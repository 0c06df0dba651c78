/**
 * Runs rp2040js's core many times faster than its own executeInstruction(): one generated loop holds program counter,
 * flags and cycles in locals, and looks at clock and interrupts only when something can have become due. Registers,
 * exceptions and special registers stay those of the core, and so do the cycle counts.
 */

import type { RP2040 } from 'rp2040js';
import { type EmulatedClock, NS_PER_CYCLE } from './clock';
import { instructionCode } from './instruction-code';
import { FLAGS_IN, FLAGS_OUT, RAM_BYTES, touchCache } from './memory-code';
import { decodeTable, OPERATIONS } from './opcodes';
import { FlashCache, type Runner } from './runner';

type Loop = (this: FastCore, untilNanos: number) => void;

/** Fetch from flash, RAM or boot ROM into `op`. */
function fetch(isCached: boolean): string {
  const touch = `const line = (pc & 0xffffff) >>> 3; if (line !== lastLine) { lastLine = line; ${touchCache('line', true)} }`;
  return `if ((pc >>> 24) === 0x10) { ${isCached ? touch : ''} op = flash16[(pc & 0xffffff) >> 1]; }
    else { ${isCached ? 'lastLine = -1;' : ''} const o = (pc - 0x20000000) >>> 0;
      if (o < ${RAM_BYTES}) op = ram16[o >> 1]; else if ((pc >>> 0) < 0x4000) op = rom16[pc >> 1];
      else op = chip.readUint16(pc >>> 0); }`;
}

function loopCode(isCached: boolean): string {
  const code = instructionCode(isCached);
  const cases = OPERATIONS.map((name, number) => `case ${number}: /* ${name} */ ${code[name]} break;`).join('\n');
  return `
  const { chip, core, clock, R, ram8, ram16, ram32, flash8, flash16, flash32, rom16, rom32 } = this;
  ${isCached ? 'const { tags, lru, missCycles } = this.cache; let misses = 0, lastLine = -1;' : ''}
  let base = core.cycles, cyc = 0, limit = 0, count = 0, lowestSp = this.lowestSp;
  let pc = R[15], nz = 0, c = 0, v = 0;
  ${FLAGS_IN}
  for (;;) {
    // What is due: alarms, interrupts, the end.
    base += cyc; cyc = 0;
    core.cycles = base; R[15] = pc;
    ${FLAGS_OUT}
    if (core.waiting) {
      // Asleep: on to the next alarm or the end.
      const now = base * ${NS_PER_CYCLE}, alarm = clock.next;
      let to = untilNanos; if (alarm && alarm.atNanos < to) to = alarm.atNanos; if (to < now) to = now;
      const k = Math.ceil((to - now) / ${NS_PER_CYCLE}); this.sleptCycles += k; base += k; core.cycles = base;
    }
    clock.advanceTo(base * ${NS_PER_CYCLE});
    base = core.cycles; // an alarm may have moved time on
    if (core.interruptsUpdated && core.checkForInterrupts()) core.waiting = false;
    pc = R[15]; ${FLAGS_IN}
    if (this.isStopped || base * ${NS_PER_CYCLE} >= untilNanos) break;
    if (core.waiting) continue;
    let to = untilNanos; const alarm = clock.next; if (alarm && alarm.atNanos < to) to = alarm.atNanos;
    if (this.sampler) {
      if (base >= this.sampleAt) { this.sampler(pc >>> 0); this.sampleAt = base + this.sampleEvery; }
      if (this.sampleAt * ${NS_PER_CYCLE} < to) to = this.sampleAt * ${NS_PER_CYCLE};
    }
    limit = Math.max(1, Math.min(Math.ceil(to / ${NS_PER_CYCLE}) - base, 0x3fffffff));
    do {
      let op;
      ${fetch(isCached)}
      pc = (pc + 2) | 0;
      switch (operations[op]) {
${cases}
      }
      count++;
    } while (cyc < limit);
  }
  core.cycles = base; R[15] = pc; this.instructions += count; this.lowestSp = lowestSp;
  ${isCached ? 'this.cache.misses += misses;' : ''}
  ${FLAGS_OUT}`;
}

function makeLoop(isCached: boolean): Loop {
  return new Function('operations', `return function (untilNanos) {${loopCode(isCached)}}`)(decodeTable());
}

const loops: { plain?: Loop; cached?: Loop } = {};

export class FastCore implements Runner {
  instructions = 0;
  sleptCycles = 0;
  lowestSp = 0xffffffff;
  isStopped = false;
  sampler: ((pc: number) => void) | null = null;
  sampleEvery = 0;
  sampleAt = 0;
  /** Read by the loop. */
  protected readonly core: RP2040['core'];
  protected readonly R: Int32Array;
  protected readonly ram8: Uint8Array;
  protected readonly ram16: Uint16Array;
  protected readonly ram32: Int32Array;
  protected readonly flash8: Uint8Array;
  protected readonly flash16: Uint16Array;
  protected readonly flash32: Int32Array;
  protected readonly rom16: Uint16Array;
  protected readonly rom32: Int32Array;
  private readonly loop: Loop;

  /** @param onUndefined an opcode that is no instruction, and where it stands */
  constructor(
    protected readonly chip: RP2040,
    protected readonly clock: EmulatedClock,
    readonly cache: FlashCache | null,
    private readonly onUndefined: (opcode: number, address: number) => void,
  ) {
    const { sram, flash, bootrom } = chip;
    this.core = chip.core;
    this.R = new Int32Array(chip.core.registers.buffer);
    this.ram8 = sram;
    this.ram16 = new Uint16Array(sram.buffer);
    this.ram32 = new Int32Array(sram.buffer);
    this.flash8 = flash;
    this.flash16 = new Uint16Array(flash.buffer);
    this.flash32 = new Int32Array(flash.buffer);
    this.rom16 = new Uint16Array(bootrom.buffer);
    this.rom32 = new Int32Array(bootrom.buffer);
    this.loop = cache ? (loops.cached ??= makeLoop(true)) : (loops.plain ??= makeLoop(false));
  }

  run(untilNanos: number): void {
    this.loop(untilNanos);
  }

  protected undefinedInstruction(opcode: number, address: number): void {
    this.onUndefined(opcode, address >>> 0);
  }
}
