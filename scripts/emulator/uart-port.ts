/** The other end of a UART's wires, as a stream: bytes pass at the baud rate the firmware has set. */

import { Duplex } from 'node:stream';
import type { Alarm, EmulatedClock } from './clock';
import type { PacedUart } from './uart';

/** Bytes of a busy wire are handed on by so many; when it falls idle, at once. */
const CHUNK_BYTES = 16;
/** Written bytes that may wait for the wire before write() returns false. */
const HIGH_WATER_BYTES = 16384;
/** What comes before the firmware has set a baud rate is lost, at this pace: 115,200 baud. */
const UNSET_BYTE_NS = 86806;

export class UartPort extends Duplex {
  private sent: number[] = [];
  private waiting: Uint8Array = new Uint8Array(0);
  private at = 0;
  private done: (() => void) | null = null;
  private readonly alarm: Alarm;

  constructor(
    clock: EmulatedClock,
    private readonly uart: () => PacedUart,
  ) {
    super({ readableHighWaterMark: HIGH_WATER_BYTES, writableHighWaterMark: HIGH_WATER_BYTES });
    this.alarm = clock.createAlarm(() => this.deliver());
  }

  /** A byte has left the board. */
  carry(byte: number, isLast: boolean): void {
    this.sent.push(byte);
    if (isLast || this.sent.length >= CHUNK_BYTES) {
      const bytes = Buffer.from(this.sent);
      this.sent = [];
      // Like a wire with nobody at its end: what nobody reads is lost, rather than kept for ever.
      if (!this.destroyed && this.readableLength < HIGH_WATER_BYTES) {
        this.push(bytes);
      }
    }
  }

  override _read(): void {}

  /** The stream's own queue holds what comes after. */
  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!bytes.length) {
      done();
      return;
    }
    this.waiting = Uint8Array.from(bytes);
    this.at = 0;
    this.done = done;
    this.alarm.schedule(this.byteNanos);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.alarm.cancel();
    this.done?.();
    this.done = null;
    done(error);
  }

  private get byteNanos(): number {
    const uart = this.uart();
    return uart.baud ? uart.bitNanos * uart.frameBits : UNSET_BYTE_NS;
  }

  private deliver(): void {
    this.uart().receive(this.waiting[this.at++]);
    if (this.at < this.waiting.length) {
      this.alarm.schedule(this.byteNanos);
      return;
    }
    const { done } = this;
    this.done = null;
    done?.();
  }
}
