import type { Duplex } from 'node:stream';
import { LineError } from './error';
import { WrappedStream } from './wrap';

/** `change` flips bits of a byte, `drop` loses it, `insert` puts a junk byte before it. */
export type CorruptionKind = 'change' | 'drop' | 'insert';

const ALL_KINDS: CorruptionKind[] = ['change', 'drop', 'insert'];

export interface CorruptOptions {
  /** On average one byte in this many is hit; at least 1. Default 5000. */
  every?: number;
  /** 32-bit seed; the same seed and bytes give the same damage. Default 1. */
  seed?: number;
  /** Default all three. */
  kinds?: CorruptionKind[];
}

/** What was done to one direction. */
export interface CorruptionStats {
  /** Bytes that came in, before the damage. */
  bytes: number;
  changed: number;
  dropped: number;
  inserted: number;
}

/** Random numbers in [0, 1) from a 32-bit seed (mulberry32 by Tommy Ettinger, public domain). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Damages one direction. All randomness is drawn per hit, never per chunk, so chunk borders do not matter. */
class Corrupter {
  readonly stats: CorruptionStats = { bytes: 0, changed: 0, dropped: 0, inserted: 0 };
  private readonly random: () => number;
  /** Bytes to let through before the next hit. */
  private untilHit: number;

  constructor(
    private readonly every: number,
    private readonly kinds: CorruptionKind[],
    seed: number,
  ) {
    this.random = mulberry32(seed);
    this.untilHit = this.drawGap();
  }

  apply(bytes: Buffer): Buffer {
    this.stats.bytes += bytes.length;
    if (this.untilHit >= bytes.length) {
      this.untilHit -= bytes.length;
      return bytes;
    }
    const out = Buffer.alloc(bytes.length * 2); // every byte may get a junk byte before it
    let at = 0;
    for (const byte of bytes) {
      if (this.untilHit > 0) {
        this.untilHit--;
        out[at++] = byte;
      } else {
        at = this.hit(byte, out, at);
        this.untilHit = this.drawGap();
      }
    }
    return out.subarray(0, at);
  }

  private hit(byte: number, out: Buffer, at: number): number {
    const kind = this.kinds[Math.floor(this.random() * this.kinds.length)];
    switch (kind) {
      case 'change':
        this.stats.changed++;
        out[at++] = byte ^ (1 + Math.floor(this.random() * 255));
        break;
      case 'drop':
        this.stats.dropped++;
        break;
      case 'insert':
        this.stats.inserted++;
        out[at++] = Math.floor(this.random() * 256);
        out[at++] = byte;
        break;
    }
    return at;
  }

  /** The number of whole bytes between two hits: geometric, as if every byte were hit with a chance of 1/every. */
  private drawGap(): number {
    return this.every === 1 ? 0 : Math.floor(Math.log(1 - this.random()) / Math.log(1 - 1 / this.every));
  }
}

export class CorruptedStream extends WrappedStream {
  private readonly sentCorrupter: Corrupter;
  private readonly receivedCorrupter: Corrupter;

  constructor(inner: Duplex, { every = 5000, seed = 1, kinds = ALL_KINDS }: CorruptOptions = {}) {
    if (!(every >= 1)) throw new LineError(`every must be a number of bytes from 1 up, not ${every}`);
    if (kinds.length === 0 || !kinds.every((kind) => ALL_KINDS.includes(kind))) {
      throw new LineError(`kinds must name some of ${ALL_KINDS.join(', ')}, not '${kinds.join(', ')}'`);
    }
    super(inner);
    this.sentCorrupter = new Corrupter(every, kinds, seed);
    // Another sequence, or both directions would be hit at the same places.
    this.receivedCorrupter = new Corrupter(every, kinds, seed ^ 0x9e3779b9);
  }

  /** Live counters of both directions, as seen from this side. */
  get stats(): { sent: CorruptionStats; received: CorruptionStats } {
    return { sent: this.sentCorrupter.stats, received: this.receivedCorrupter.stats };
  }

  protected override receive(bytes: Buffer): void {
    super.receive(this.receivedCorrupter.apply(bytes));
  }

  override _write(bytes: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    super._write(this.sentCorrupter.apply(bytes), encoding, callback);
  }
}

/**
 * A bad line: now and then a byte is changed, dropped or put in, in both directions and reproducibly.
 *
 * @throws LineError when an option makes no sense
 */
export function corrupted(stream: Duplex, options?: CorruptOptions): CorruptedStream {
  return new CorruptedStream(stream, options);
}
