/**
 * The base of every stream here that stands in front of another.
 *
 * Bytes, ends and errors of the inner stream pass outward; writes, ends and destruction pass inward. The outer stream's
 * `close` comes after the inner one's, so whoever waits for it knows that nothing is left open.
 */

import { Duplex, type DuplexOptions, type Readable, type Writable } from 'node:stream';

type Callback = (error?: Error | null) => void;

export class WrappedStream extends Duplex {
  protected readonly source: Readable;
  protected readonly sink: Writable;
  private sourceEnded = false;

  /** @param sink where writes go, when that is not `source` itself */
  constructor(source: Readable, sink: Writable = source as Duplex, options: DuplexOptions = {}) {
    super(options);
    this.source = source;
    this.sink = sink;
    // Paused before anyone listens: bytes wait inside until the outer stream is read.
    source.pause();
    source.on('data', (bytes: Buffer) => this.receive(bytes));
    source.on('end', () => {
      this.sourceEnded = true;
      this.receiveEnd();
    });
    source.on('error', (error) => this.destroy(error));
    source.on('close', () => {
      if (!this.sourceEnded) this.destroy();
    });
    if ((sink as unknown) !== source) sink.on('error', (error) => this.destroy(error));
    if (source.destroyed) process.nextTick(() => this.destroy(source.errored ?? undefined));
  }

  /** Bits per second, where the line under it says so. */
  get baudRate(): number | undefined {
    return (this.source as { baudRate?: number }).baudRate;
  }

  /** Bytes came from the inner stream. */
  protected receive(bytes: Buffer): void {
    if (bytes.length > 0 && !this.push(bytes)) this.source.pause();
  }

  /** The inner stream has ended. */
  protected receiveEnd(): void {
    this.push(null);
  }

  /** Destroys what is inside; resolves when it is closed. */
  protected async closeInner(): Promise<void> {
    await Promise.all([destroyed(this.source), destroyed(this.sink)]);
  }

  override _read(): void {
    this.source.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    if (bytes.length === 0) callback();
    else this.sink.write(bytes, (error) => callback(error && (this.sink.errored ?? error)));
  }

  override _final(callback: Callback): void {
    this.sink.end(callback);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.closeInner().then(
      () => callback(error),
      (closeError) => callback(error ?? closeError),
    );
  }
}

/** One stream of two halves that come apart, and of what must be closed with them. */
export class JoinedStream extends WrappedStream {
  constructor(
    source: Readable,
    sink: Writable,
    private readonly closeBoth: () => Promise<void>,
  ) {
    super(source, sink);
  }

  protected override async closeInner(): Promise<void> {
    await super.closeInner();
    await this.closeBoth();
  }
}

/** Destroys a stream and resolves when it has closed. */
export function destroyed(stream: Readable | Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) return resolve();
    stream.on('error', () => {}); // its owner has let go of it
    stream.once('close', resolve);
    stream.destroy();
  });
}
