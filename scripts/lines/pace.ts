/**
 * A stream slowed down to what a UART carries: 8N1, ten bit times a byte.
 *
 * Each direction has a deadline clock: the time at which the line is free again. A byte is delivered when its stop bit
 * would be over, never earlier. Timers that come late are caught up with, because the clock advances by bytes and not by
 * wake-ups; an idle or a blocked line earns no credit.
 */

import type { Duplex } from 'node:stream';
import { requirePositive } from './error';
import { WrappedStream } from './wrap';

const BITS_PER_BYTE = 10;
/** Bytes are handed on in pieces of about this long. */
const SLICE_MS = 1.5;
/** Depth of the transmit FIFO: long enough that a writer which waits for `drain` refills it in time. */
const FIFO_MS = 20;
const FIFO_BYTES_MIN = 256;
const READ_BUFFER_BYTES = 16384;

export interface PaceOptions {
  /** Propagation delay in each direction, ms. Default 0. */
  delayMs?: number;
}

interface Slice {
  bytes: Buffer;
  dueMs: number;
}

/** Bytes of the FIFO at this speed. */
function fifoBytesAt(baud: number): number {
  return Math.max(FIFO_BYTES_MIN, Math.ceil((FIFO_MS * baud) / (BITS_PER_BYTE * 1000)));
}

class PacedDirection {
  private readonly fifoBytesMax: number;
  private readonly msPerByte: number;
  private readonly sliceBytes: number;
  private readonly wireBytesMax: number;
  /** Accepted, not yet on the line. */
  private readonly fifo: Buffer[] = [];
  private fifoBytes = 0;
  /** On the line: sent, not yet arrived. */
  private readonly wire: Slice[] = [];
  private wireBytes = 0;
  private lineFreeAtMs = 0;
  /** Nothing can be sent, because the far end does not take what has arrived. */
  private stalled = false;
  private sinkReady = true;
  private pumping = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private whenRoom: (() => void) | undefined;
  private whenEmpty: (() => void) | undefined;

  /** @param deliver takes arrived bytes; after it returned false, nothing comes until ready() */
  constructor(
    baud: number,
    private readonly delayMs: number,
    private readonly deliver: (bytes: Buffer) => boolean,
  ) {
    this.msPerByte = (BITS_PER_BYTE * 1000) / baud;
    this.sliceBytes = Math.max(1, Math.round(SLICE_MS / this.msPerByte));
    this.fifoBytesMax = fifoBytesAt(baud);
    this.wireBytesMax = Math.ceil(delayMs / this.msPerByte) + 2 * this.sliceBytes;
  }

  /**
   * Takes all of `bytes`, which stay the direction's own.
   * @returns false when the FIFO is now full; then `whenRoom` is called once there is room
   */
  accept(bytes: Buffer, whenRoom: () => void): boolean {
    if (bytes.length > 0) {
      if (this.fifoBytes === 0) this.lineFreeAtMs = Math.max(this.lineFreeAtMs, performance.now());
      this.fifo.push(bytes);
      this.fifoBytes += bytes.length;
    }
    const hasRoom = this.fifoBytes < this.fifoBytesMax;
    if (!hasRoom) this.whenRoom = whenRoom;
    if (!this.pumping) this.schedule();
    return hasRoom;
  }

  /** The far end takes bytes again. */
  ready(): void {
    if (this.sinkReady) return;
    this.sinkReady = true;
    if (!this.pumping) this.pump();
  }

  /** Calls back when everything accepted has been delivered. */
  end(whenEmpty: () => void): void {
    this.whenEmpty = whenEmpty;
    if (!this.pumping) this.pump();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private pump(): void {
    this.pumping = true;
    const nowMs = performance.now();
    do this.arrive(nowMs);
    while (this.shiftOut(nowMs));
    if (!this.stopped && this.whenEmpty && this.fifoBytes + this.wireBytes === 0) {
      const done = this.whenEmpty;
      this.whenEmpty = undefined;
      done();
    }
    this.pumping = false;
    this.schedule();
  }

  /** Delivers what has reached the far end. */
  private arrive(nowMs: number): void {
    while (!this.stopped && this.sinkReady && this.wire.length > 0 && this.wire[0].dueMs <= nowMs) {
      const { bytes } = this.wire.shift()!;
      this.wireBytes -= bytes.length;
      this.sinkReady = false; // before delivery, which may call ready()
      if (this.deliver(bytes)) this.sinkReady = true;
    }
  }

  /** Puts the next slice on the line if its time has gone by; false when there is nothing to put. */
  private shiftOut(nowMs: number): boolean {
    if (this.stopped || this.fifoBytes === 0) return false;
    const room = this.wireBytesMax - this.wireBytes;
    if (this.stalled && room > 0) {
      this.stalled = false;
      this.lineFreeAtMs = Math.max(this.lineFreeAtMs, nowMs);
    }
    const elapsedBytes = Math.floor((nowMs - this.lineFreeAtMs) / this.msPerByte);
    if (elapsedBytes > 0 && room <= 0) this.stalled = true;
    const lenBytes = Math.min(elapsedBytes, room, this.sliceBytes, this.fifo[0].length);
    if (lenBytes <= 0) return false;

    const bytes = this.fifo[0].subarray(0, lenBytes);
    if (lenBytes === this.fifo[0].length) this.fifo.shift();
    else this.fifo[0] = this.fifo[0].subarray(lenBytes);
    this.fifoBytes -= lenBytes;
    this.lineFreeAtMs += lenBytes * this.msPerByte;
    this.wire.push({ bytes, dueMs: this.lineFreeAtMs + this.delayMs });
    this.wireBytes += lenBytes;

    // Asked for here and not after the loop, so that a late timer does not find the FIFO run dry.
    if (this.whenRoom && this.fifoBytes < this.fifoBytesMax) {
      const refill = this.whenRoom;
      this.whenRoom = undefined;
      refill();
    }
    return true;
  }

  private schedule(): void {
    clearTimeout(this.timer);
    let nextMs = Infinity;
    if (this.fifoBytes > 0 && !this.stalled) {
      nextMs = this.lineFreeAtMs + Math.min(this.fifoBytes, this.sliceBytes) * this.msPerByte;
    }
    if (this.wire.length > 0 && this.sinkReady) nextMs = Math.min(nextMs, this.wire[0].dueMs);
    if (this.stopped || nextMs === Infinity) return;
    this.timer = setTimeout(() => this.pump(), Math.max(0, nextMs - performance.now()));
  }
}

class PacedStream extends WrappedStream {
  private readonly rx: PacedDirection;
  private readonly tx: PacedDirection;
  private started = false;

  constructor(
    inner: Duplex,
    private readonly baud: number,
    { delayMs = 0 }: PaceOptions = {},
  ) {
    requirePositive('baud', baud);
    if (delayMs !== 0) requirePositive('delayMs', delayMs);
    super(inner, inner, { writableHighWaterMark: fifoBytesAt(baud), readableHighWaterMark: READ_BUFFER_BYTES });
    this.rx = new PacedDirection(baud, delayMs, (bytes) => this.push(bytes));
    this.tx = new PacedDirection(baud, delayMs, (bytes) => inner.write(bytes));
    inner.on('drain', () => this.tx.ready());
  }

  override get baudRate(): number {
    return this.baud;
  }

  protected override receive(bytes: Buffer): void {
    if (!this.rx.accept(bytes, () => this.source.resume())) this.source.pause();
  }

  protected override receiveEnd(): void {
    this.rx.end(() => this.push(null));
  }

  override _read(): void {
    // Only the first time: from then on the FIFO decides when the inner stream flows.
    if (!this.started) this.source.resume();
    this.started = true;
    this.rx.ready();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    // A copy, because the writer may use its buffer again once called back, and these bytes wait for their time.
    if (this.tx.accept(Buffer.from(bytes), callback)) callback();
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.tx.end(() => this.sink.end(callback));
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.rx.stop();
    this.tx.stop();
    super._destroy(error, callback);
  }
}

/**
 * Slows both directions of `stream` down to `baud` / 10 bytes a second.
 *
 * Buffers are bounded: write() returns false when about 20 ms worth of bytes wait, and `drain` follows.
 *
 * @throws LineError when `baud` or `delayMs` makes no sense
 */
export function paced(stream: Duplex, baud: number, options?: PaceOptions): Duplex {
  return new PacedStream(stream, baud, options);
}
