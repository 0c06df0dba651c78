/** A line that loses one frame of one direction: what stands between two flags. */

import type { Duplex } from 'node:stream';
import type { Direction } from '../../scripts/lines/tap';
import { WrappedStream } from '../../scripts/lines/wrap';
import { CHAP_CODES, CODES, PAP_CODES, protocolName } from '../../scripts/trace/protocols';

export type { Direction } from '../../scripts/lines/tap';

const FLAG = 0x7e;
const ESCAPE = 0x7d;
/** Where the numbers mean something else. */
const AUTH_CODES: Record<number, string[]> = { 0xc023: PAP_CODES, 0xc223: CHAP_CODES };

export class FrameDropper extends WrappedStream {
  /** Whole frames so far, the lost one included. */
  readonly counts = { sent: 0, received: 0 };
  /** What the lost frame was: protocol and code. */
  lost = '';
  private readonly frames: Record<Direction, number[]> = { sent: [], received: [] };
  private isOver = false;

  /** @param lost which frame of the direction is lost, 1 for the first; 0 for none */
  constructor(
    inner: Duplex,
    private readonly direction: Direction,
    private readonly losing: number,
  ) {
    super(inner);
  }

  /** Neither counts nor loses any more. */
  stop(): void {
    this.isOver = true;
  }

  protected override receive(bytes: Buffer): void {
    super.receive(this.pass('received', bytes));
  }

  override _write(bytes: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    super._write(this.pass('sent', bytes), encoding, callback);
  }

  private pass(direction: Direction, bytes: Buffer): Buffer {
    if (this.isOver) return bytes;
    const out: number[] = [];
    const frame = this.frames[direction];
    for (const byte of bytes) {
      const isLost = (): boolean => direction === this.direction && this.counts[direction] + 1 === this.losing;
      if (byte !== FLAG) {
        frame.push(byte);
        if (!isLost()) out.push(byte);
        continue;
      }
      out.push(FLAG);
      if (frame.length) {
        if (isLost()) this.lost = describe(frame);
        this.counts[direction]++;
        frame.length = 0;
      }
    }
    return Buffer.from(out);
  }
}

/** 'LCP Configure-Request' and the like. */
function describe(frame: number[]): string {
  const plain: number[] = [];
  for (let i = 0; i < frame.length; i++) {
    plain.push(frame[i] === ESCAPE ? frame[++i] ^ 0x20 : frame[i]);
  }
  if (plain[0] === 0xff) plain.splice(0, 2);
  const protocol = plain[0] & 1 ? plain.shift()! : plain.shift()! * 256 + plain.shift()!;
  const code = (AUTH_CODES[protocol] ?? CODES)[plain[0]];
  return `${protocolName(protocol)} ${code ?? `code ${plain[0]}`}`;
}
