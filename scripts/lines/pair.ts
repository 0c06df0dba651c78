import { Duplex } from 'node:stream';

/** Bytes buffered in each direction before write() returns false. */
const HIGH_WATER_BYTES = 16384;

class PairEnd extends Duplex {
  peer!: PairEnd;
  private resumePeer: (() => void) | undefined;

  constructor() {
    super({ readableHighWaterMark: HIGH_WATER_BYTES, writableHighWaterMark: HIGH_WATER_BYTES });
  }

  override _read(): void {
    const resume = this.resumePeer;
    this.resumePeer = undefined;
    resume?.();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    // A copy, because the writer may use its buffer again; later, because a line never answers within write().
    const copy = Buffer.from(bytes);
    setImmediate(() => {
      // Like a wire with nothing at its other end: what is sent into it is lost.
      if (this.peer.destroyed || this.peer.push(copy)) callback();
      else this.peer.resumePeer = callback;
    });
  }

  override _final(callback: () => void): void {
    this.hangUp();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (!this.writableFinished) this.hangUp();
    this._read(); // what the peer waits to send is lost
    callback(error);
  }

  private hangUp(): void {
    setImmediate(() => {
      if (!this.peer.destroyed && !this.peer.readableEnded) this.peer.push(null);
    });
  }
}

/**
 * Two connected streams in memory: what is written to one is read from the other, never within the same call.
 *
 * Buffers are bounded and back-pressure crosses over. Ending or destroying one end ends the other's reading; bytes
 * written to an end whose peer is destroyed are dropped.
 */
export function linePair(): [Duplex, Duplex] {
  const a = new PairEnd();
  const b = new PairEnd();
  a.peer = b;
  b.peer = a;
  return [a, b];
}
