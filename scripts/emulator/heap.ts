/**
 * JerryScript's heap, read from RAM: it costs the program nothing.
 *
 * Kaluma's engine (JerryScript 2.4, statistics compiled in) keeps in one struct
 *
 *     allocated bytes      +0xa0
 *     limit of the next GC +0xa4
 *     statistics           +0xd8   size of the heap, allocated bytes, their peak
 *
 * so that without any symbol a place is found where a plausible size is followed by the allocated bytes and a peak, and
 * the same allocated bytes stand 0x3c before them.
 */

const ALLOCATED = 0xa0;
const GC_LIMIT = 0xa4;
const STATISTICS = 0xd8;

const RAM_ADDRESS = 0x20000000;
const SIZE_MIN = 0x8000;
const SIZE_MAX = 0x40000;
/** What the engine itself takes before any program: less is not a heap in use. */
const USED_MIN = 2048;
/** The peak is noted a moment after the allocation. */
const SLACK = 4096;
const WINDOW_MS = 1000;

export interface HeapFigures {
  bytes: number;
  used: number;
  /** The most there ever was at a time. */
  peak: number;
  /** The least of the last second or two: what a collection leaves, when there was one. */
  least: number;
  /** Collections happen when so much is in use. */
  gcLimit: number;
}

export class Heap {
  /** Of the struct, or 0 while it is not found. */
  private at = 0;
  /** Of this second, and of the one before. */
  private least = Infinity;
  private leastBefore = Infinity;
  private windowEndMs = 0;
  private peakBefore = 0;
  /** How often the runtime was started anew: after a program has thrown at its top, or by `.reset`. */
  restarts = 0;

  /** @param at the address of jerry_global_context, when it is known */
  constructor(
    private readonly ram: DataView,
    at = 0,
  ) {
    this.at = at && at - RAM_ADDRESS;
  }

  /** Looks at the heap now; often enough, restarts and the least are seen. */
  sample(nowMs: number): void {
    if (!this.find()) {
      return;
    }
    if (nowMs >= this.windowEndMs) {
      this.windowEndMs = nowMs + WINDOW_MS;
      this.leastBefore = this.least;
      this.least = Infinity;
    }
    const used = this.word(ALLOCATED);
    const peak = this.word(STATISTICS + 8);
    if (used > USED_MIN) {
      this.least = Math.min(this.least, used);
    }
    if (peak < this.peakBefore) {
      this.restarts++;
    }
    this.peakBefore = peak;
  }

  get figures(): HeapFigures | null {
    if (!this.find()) {
      return null;
    }
    const size = this.word(STATISTICS);
    if (size < SIZE_MIN || size > SIZE_MAX || this.word(ALLOCATED) > size) {
      return null; // Something has written over it.
    }
    return {
      bytes: size,
      used: this.word(ALLOCATED),
      peak: this.word(STATISTICS + 8),
      least: Math.min(this.least, this.leastBefore, this.word(ALLOCATED)),
      gcLimit: this.word(GC_LIMIT),
    };
  }

  private word(offset: number): number {
    return this.ram.getUint32(this.at + offset, true);
  }

  private find(): boolean {
    if (!this.at) {
      for (let at = 0; at + STATISTICS + 12 <= this.ram.byteLength; at += 4) {
        if (this.fits(at)) {
          this.at = at;
          break;
        }
      }
    }
    return this.at > 0;
  }

  private fits(at: number): boolean {
    const { ram } = this;
    const size = ram.getUint32(at + STATISTICS, true);
    if (size < SIZE_MIN || size > SIZE_MAX) {
      return false;
    }
    const used = ram.getUint32(at + STATISTICS + 4, true);
    const peak = ram.getUint32(at + STATISTICS + 8, true);
    const isHeap = used >= USED_MIN && used <= peak + SLACK && peak <= size;
    return isHeap && used === ram.getUint32(at + ALLOCATED, true) && ram.getUint32(at + GC_LIMIT, true) <= size + 8192;
  }
}
