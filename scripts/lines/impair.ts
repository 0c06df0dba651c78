/** A bad line for packets: some are lost, doubled or late, in both directions and reproducibly. */

import type { Duplex } from 'node:stream';
import { PacketSplitter } from '../../board-targets/node/ip-packets';
import { mulberry32 } from './corrupt';
import { LineError } from './error';
import { WrappedStream } from './wrap';

/** What becomes of a packet: passes, passes twice, is lost, or comes after the next `late` ones of its direction. */
export type Fate = 'pass' | 'lose' | 'double' | { late: number };

export type Direction = 'sent' | 'received';

export interface ImpairOptions {
  /** Shares of the packets, from 0 to 1. */
  loss?: number;
  duplication?: number;
  reordering?: number;
  /** 32-bit seed; the same seed and packets meet the same fate. Default 1. */
  seed?: number;
  /** Decides before chance does; undefined leaves it to chance. */
  fate?: (direction: Direction, packet: Uint8Array) => Fate | undefined;
  /** Sees each packet as the far end does: sent ones behind the damage, received ones before it. */
  onPacket?: (direction: Direction, packet: Uint8Array) => void;
}

export interface ImpairStats {
  packets: number;
  lost: number;
  doubled: number;
  late: number;
}

/** A late packet waits no longer than this for others to overtake it, ms. */
const LATE_MS = 30;

class Impairer {
  readonly stats: ImpairStats = { packets: 0, lost: 0, doubled: 0, late: 0 };
  private readonly held: { packet: Buffer; left: number }[] = [];
  private readonly random: () => number;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly direction: Direction,
    private readonly options: ImpairOptions,
    seed: number,
    private readonly out: (packet: Buffer) => void,
  ) {
    this.random = mulberry32(seed);
  }

  push(packet: Buffer): void {
    const { stats } = this;
    stats.packets++;
    const fate = this.options.fate?.(this.direction, packet) ?? this.chance();
    if (fate === 'lose') {
      stats.lost++;
    } else if (typeof fate === 'object') {
      stats.late++;
      this.held.push({ packet: Buffer.from(packet), left: fate.late });
      this.timer ??= setTimeout(() => this.flush(), LATE_MS);
      return;
    } else {
      this.out(packet);
      if (fate === 'double') {
        stats.doubled++;
        this.out(packet);
      }
    }
    for (const one of this.held.slice()) {
      if (--one.left <= 0) {
        this.held.splice(this.held.indexOf(one), 1);
        this.out(one.packet);
      }
    }
  }

  private chance(): Fate {
    const { loss = 0, duplication = 0, reordering = 0 } = this.options;
    const dice = this.random();
    if (dice < loss) return 'lose';
    if (dice < loss + duplication) return 'double';
    return dice < loss + duplication + reordering ? { late: 1 + Math.floor(this.random() * 3) } : 'pass';
  }

  private flush(): void {
    this.timer = undefined;
    this.held.splice(0).forEach(({ packet }) => this.out(packet));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.held.length = 0;
  }
}

export class ImpairedStream extends WrappedStream {
  private readonly sent: Impairer;
  private readonly received: Impairer;
  private readonly sentSplitter: PacketSplitter;
  private readonly receivedSplitter: PacketSplitter;

  constructor(inner: Duplex, options: ImpairOptions) {
    for (const name of ['loss', 'duplication', 'reordering'] as const) {
      const share = options[name] ?? 0;
      if (!(share >= 0 && share <= 1)) throw new LineError(`${name} must be a share from 0 to 1, not ${share}`);
    }
    super(inner);
    const { seed = 1, onPacket } = options;
    this.sent = new Impairer('sent', options, seed, (packet) => {
      onPacket?.('sent', packet);
      this.sink.write(Buffer.from(packet));
    });
    this.received = new Impairer('received', options, seed ^ 0x9e3779b9, (packet) => {
      super.receive(Buffer.from(packet));
    });
    this.sentSplitter = new PacketSplitter((packet) => this.sent.push(packet));
    this.receivedSplitter = new PacketSplitter((packet) => {
      onPacket?.('received', packet);
      this.received.push(packet);
    });
  }

  /** Live counters of both directions, as seen from this side. */
  get stats(): { sent: ImpairStats; received: ImpairStats } {
    return { sent: this.sent.stats, received: this.received.stats };
  }

  protected override receive(bytes: Buffer): void {
    this.receivedSplitter.push(bytes);
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.sentSplitter.push(bytes);
    if (this.sink.writableNeedDrain) this.sink.once('drain', () => callback());
    else callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.sent.stop();
    this.received.stop();
    super._destroy(error, callback);
  }
}

/**
 * A line of IP packets, as `tun:NAME` is one, that loses, doubles and reorders some of them.
 *
 * @throws LineError when an option makes no sense
 */
export function impaired(stream: Duplex, options: ImpairOptions): ImpairedStream {
  return new ImpairedStream(stream, options);
}
