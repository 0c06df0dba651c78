/** What moves the chip through time, and the flash cache that only the fast one knows. */

import type { RP2040 } from 'rp2040js';
import { type EmulatedClock, NS_PER_CYCLE } from './clock';

export interface Runner {
  /** Runs until the clock has come to `untilNanos`, or isStopped is set. */
  run(untilNanos: number): void;
  isStopped: boolean;
  instructions: number;
  /** Cycles that the core has slept. */
  sleptCycles: number;
  /** The lowest address the stack pointer has been set to. */
  lowestSp: number;
  readonly cache: FlashCache | null;
  /** Called with the program counter every `sampleEvery` cycles or so. */
  sampler: ((pc: number) => void) | null;
  sampleEvery: number;
  sampleAt: number;
}

/** 16 KB, two ways, lines of 8 bytes. What a miss costs depends on the flash chip: an estimate. */
export class FlashCache {
  readonly tags = new Int32Array(2048).fill(-1);
  readonly lru = new Uint8Array(1024);
  misses = 0;

  constructor(readonly missCycles = 50) {}

  flush(): void {
    this.tags.fill(-1);
  }
}

/** rp2040js's own way, one instruction a call: what the fast one is compared with. */
export class StockCore implements Runner {
  instructions = 0;
  sleptCycles = 0;
  lowestSp = 0xffffffff;
  isStopped = false;
  readonly cache = null;
  sampler: ((pc: number) => void) | null = null;
  sampleEvery = 0;
  sampleAt = 0;

  constructor(
    private readonly chip: RP2040,
    private readonly clock: EmulatedClock,
  ) {}

  run(untilNanos: number): void {
    const { clock } = this;
    const { core } = this.chip;
    while (!this.isStopped && clock.nanos < untilNanos) {
      let cycles: number;
      if (core.waiting) {
        const to = Math.min(untilNanos, clock.next?.atNanos ?? Infinity);
        cycles = Math.max(0, Math.ceil((to - clock.nanos) / NS_PER_CYCLE));
        this.sleptCycles += cycles;
      } else {
        cycles = core.executeInstruction();
        this.instructions++;
        this.lowestSp = Math.min(this.lowestSp, core.SP);
      }
      clock.advanceTo(clock.nanos + cycles * NS_PER_CYCLE);
      // The divider adds eight cycles to the core's count, which the instructions that wait for it take already.
      core.cycles = clock.nanos / NS_PER_CYCLE;
    }
  }
}
