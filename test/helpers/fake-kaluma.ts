/**
 * What the board-target uses of Kaluma 1.2.1's global object, with the firmware's traps as errors:
 * a native UART sends the whole buffer under a view; clearing the timer that is firing, or one that does not exist,
 * corrupts memory; a timer takes a millisecond at least.
 */

import { Clock } from './clock';

export class FakeNativeUart {
  /** What went out, buffer by buffer. */
  readonly sent: Buffer[] = [];
  closed = false;

  constructor(
    readonly port: number,
    readonly options: Record<string, unknown>,
    /** Bytes come in: the firmware calls with a fresh array. */
    readonly receive: (bytes: Uint8Array) => void,
  ) {
    FakeNativeUart.made.push(this);
  }

  static made: FakeNativeUart[] = [];

  write(data: Uint8Array | string): void {
    if (this.closed) {
      throw new Error('closed');
    }
    this.sent.push(typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(new Uint8Array(data.buffer)));
  }
  close(): void {
    this.closed = true;
  }
}

export const UART_MODULE = {
  UART: FakeNativeUart,
  PARITY_NONE: 0,
  PARITY_ODD: 1,
  PARITY_EVEN: 2,
  FLOW_NONE: 0,
  FLOW_RTS: 1,
  FLOW_CTS: 2,
  FLOW_RTS_CTS: 3,
};

const NAMES = ['millis', 'micros', 'setTimeout', 'clearTimeout', '__netdev'] as const;

export class FakeKaluma {
  readonly clock = new Clock();
  /** What a board would not have survived. */
  readonly crimes: string[] = [];
  readonly timers = new Map<number, () => void>();
  timersSet = 0;
  netdev: unknown = undefined;
  private nextId = 1;

  /** Runs f with the firmware's globals; whatever it is, it must not wait. */
  run<T>(f: () => T): T {
    const global = globalThis as unknown as Record<string, unknown>;
    const saved = NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(global, name)] as const);
    const savedBinding = Object.getOwnPropertyDescriptor(process, 'binding');
    const binding = (which: unknown): unknown => (which === 'uart' ? UART_MODULE : undefined);
    binding.uart = 'uart';
    Object.defineProperty(process, 'binding', { value: binding, configurable: true, writable: true });
    const values: Record<string, unknown> = {
      millis: () => Math.floor(this.clock.nowMs),
      micros: () => Math.floor(this.clock.nowMs * 1000),
      setTimeout: (run: () => void, delayMs: number) => this.setTimer(run, delayMs),
      clearTimeout: (id: number) => this.clearTimer(id),
      __netdev: this.netdev,
    };
    for (const name of NAMES) {
      Object.defineProperty(global, name, { value: values[name], configurable: true, writable: true });
    }
    try {
      return f();
    } finally {
      this.netdev = global.__netdev;
      for (const [name, descriptor] of saved) {
        if (descriptor) {
          Object.defineProperty(global, name, descriptor);
        } else {
          delete global[name];
        }
      }
      Object.defineProperty(process, 'binding', savedBinding as PropertyDescriptor);
    }
  }

  private setTimer(run: () => void, delayMs: number): number {
    if (!Number.isInteger(delayMs) || delayMs < 0) {
      this.crimes.push(`setTimeout(f, ${delayMs})`);
    }
    const id = this.nextId++;
    this.timersSet++;
    const cancel = this.clock.after(Math.max(1, delayMs), () => {
      // The firmware frees the timer after its function has run: until then its id is poison.
      this.firing = id;
      try {
        run();
      } finally {
        this.firing = 0;
        this.timers.delete(id);
      }
    });
    this.timers.set(id, cancel);
    return id;
  }

  private firing = 0;

  private clearTimer(id: number): void {
    if (id === this.firing) {
      this.crimes.push('clearTimeout of the timer that is firing');
    } else if (!this.timers.has(id)) {
      this.crimes.push(`clearTimeout(${String(id)}): no such timer`);
    } else {
      this.timers.get(id)!();
      this.timers.delete(id);
    }
  }
}
