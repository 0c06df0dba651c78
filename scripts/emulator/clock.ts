/** Emulated time, and what is to happen at which of its instants. */

import type { RP2040 } from 'rp2040js';

type IClock = RP2040['clock'];
export type Alarm = ReturnType<IClock['createAlarm']>;

/** clk_sys of a Pico is 125 MHz. */
export const NS_PER_CYCLE = 8;

class EmulatedAlarm implements Alarm {
  atNanos = 0;
  next: EmulatedAlarm | null = null;
  isScheduled = false;

  constructor(
    private readonly clock: EmulatedClock,
    readonly callback: () => void,
  ) {}

  schedule(deltaNanos: number): void {
    this.cancel();
    this.atNanos = this.clock.nanos + deltaNanos;
    this.clock.link(this);
  }

  cancel(): void {
    if (this.isScheduled) {
      this.clock.unlink(this);
    }
  }
}

/** rp2040js's clock, with its fields open to the core that moves it. */
export class EmulatedClock implements IClock {
  nanos = 0;
  /** The earliest; the core runs freely until then. */
  next: EmulatedAlarm | null = null;

  createAlarm(callback: () => void): Alarm {
    return new EmulatedAlarm(this, callback);
  }

  /**
   * Moves on to an instant. Each alarm on the way sees its own time, even when an access to a peripheral has set the
   * clock ahead of it, so that what repeats does not drift. Those of the same instant come in the order they were set.
   */
  advanceTo(nanos: number): void {
    for (let alarm = this.next; alarm && alarm.atNanos <= nanos; alarm = this.next) {
      this.next = alarm.next;
      alarm.isScheduled = false;
      this.nanos = alarm.atNanos;
      alarm.callback();
    }
    this.nanos = nanos;
  }

  link(alarm: EmulatedAlarm): void {
    let before: EmulatedAlarm | null = null;
    let after = this.next;
    while (after && after.atNanos <= alarm.atNanos) {
      before = after;
      after = after.next;
    }
    alarm.next = after;
    alarm.isScheduled = true;
    if (before) {
      before.next = alarm;
    } else {
      this.next = alarm;
    }
  }

  unlink(alarm: EmulatedAlarm): void {
    alarm.isScheduled = false;
    if (this.next === alarm) {
      this.next = alarm.next;
      return;
    }
    for (let at = this.next; at; at = at.next) {
      if (at.next === alarm) {
        at.next = alarm.next;
        return;
      }
    }
  }
}
