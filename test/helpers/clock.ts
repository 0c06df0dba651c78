/** Simulated time, and randomness that can be repeated. */

/** 32 random bits a call, the same for the same seed (xorshift32). */
export function seededRandom(seed: number): () => number {
  let state = (seed * 0x9e3779b1) >>> 0 || 0x9e3779b1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

/** A number in [0, 1) from 32 random bits. */
export function chance(random32: () => number): number {
  return random32() / 0x100000000;
}

interface Task {
  atMs: number;
  order: number;
  run: () => void;
}

/** A machine with the doors poll and pollAt, as everything below sockets has them. */
export interface Machine {
  poll(nowMs: number): void;
  pollAt(): number;
}

/** Polls at the same instant after which a machine counts as one that would never let go of the processor. */
const BUSY = 20000;

export class Clock {
  nowMs: number;
  private tasks: Task[] = [];
  private order = 0;
  private readonly machines: Machine[] = [];

  constructor(startMs = 5000) {
    this.nowMs = startMs;
  }

  /** Polls it whenever it asks to be. */
  drive(machine: Machine): void {
    this.machines.push(machine);
  }

  /** Runs f after delayMs; returns what takes it back. */
  after(delayMs: number, run: () => void): () => void {
    const task = { atMs: this.nowMs + Math.max(0, delayMs), order: this.order++, run };
    let at = this.tasks.length;
    while (at > 0 && this.tasks[at - 1].atMs > task.atMs) {
      at--;
    }
    this.tasks.splice(at, 0, task);
    return () => {
      const found = this.tasks.indexOf(task);
      if (found >= 0) {
        this.tasks.splice(found, 1);
      }
    };
  }

  /** The next instant at which something is to be done; Infinity for never. */
  nextMs(): number {
    return Math.min(this.tasks.length ? this.tasks[0].atMs : Infinity, ...this.machines.map((m) => m.pollAt()));
  }

  /** Does everything up to an instant, each thing at its own time. */
  runTo(untilMs: number): void {
    this.run(() => false, untilMs);
  }

  /** Goes on until `done`, at most to untilMs; returns whether it came to that. */
  run(done: () => boolean, untilMs: number): boolean {
    let busy = 0;
    while (!done()) {
      const next = this.nextMs();
      if (next > untilMs || next === Infinity) {
        this.nowMs = untilMs === Infinity ? this.nowMs : Math.max(this.nowMs, untilMs);
        return false;
      }
      busy = next > this.nowMs ? 0 : busy + 1;
      if (busy > BUSY) {
        throw new Error(`something is due at ${next} for ever`);
      }
      this.nowMs = Math.max(this.nowMs, next);
      if (this.tasks.length && this.tasks[0].atMs <= this.nowMs) {
        (this.tasks.shift() as Task).run();
      } else {
        for (const machine of this.machines) {
          if (machine.pollAt() <= this.nowMs) {
            machine.poll(this.nowMs);
          }
        }
      }
    }
    return true;
  }
}
