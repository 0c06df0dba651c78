import type { Duplex } from 'node:stream';
import { WrappedStream } from './wrap';

/** As seen from this side of the line. */
export type Direction = 'sent' | 'received';

/** @param nowMs performance.now(); add performance.timeOrigin for milliseconds since 1970 */
export type TapObserver = (direction: Direction, bytes: Uint8Array, nowMs: number) => void;

class TappedStream extends WrappedStream {
  constructor(
    inner: Duplex,
    private readonly onBytes: TapObserver,
  ) {
    super(inner);
  }

  protected override receive(bytes: Buffer): void {
    this.onBytes('received', bytes, performance.now());
    super.receive(bytes);
  }

  override _write(bytes: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.onBytes('sent', bytes, performance.now());
    super._write(bytes, encoding, callback);
  }
}

/**
 * Passes bytes through and shows them to `onBytes`: those received when they arrive, those sent when `stream` is about
 * to take them. The observer must not change the bytes, and copies what it keeps.
 */
export function tapped(stream: Duplex, onBytes: TapObserver): Duplex {
  return new TappedStream(stream, onBytes);
}
