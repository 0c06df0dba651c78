/** Files for Kaluma, run as the scripts that they are in a world that has what its board has: a W5500, UARTs, time. */

import { readFileSync } from 'node:fs';
import type { Clock } from './clock';
import type { KalumaPins } from './kaluma-pins';

export type Globals = Record<string, unknown>;

/** Runs a file with these globals; gives what it exports. */
export function load<T = Globals>(file: string, globals: Globals): T {
  const exports = {};
  // The one for all files that are loaded into a world, if there are several.
  const all: Globals = globals.global ? globals : { ...globals };
  Object.assign(all, { global: all, exports, console });
  new Function(...Object.keys(all), readFileSync(file, 'utf8'))(...Object.values(all));
  return exports as T;
}

/** Where a world's time comes from. */
export interface Time {
  nowMs: () => number;
  after: (ms: number, run: () => void) => () => void;
}

export const simulated = (clock: Clock): Time => ({
  nowMs: () => clock.nowMs,
  after: (ms, run) => clock.after(ms, run),
});

export const real: Time = {
  nowMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** @param Uart the class of the firmware's native module */
export function kalumaGlobals(time: Time, pins: KalumaPins, Uart: unknown = class {}, more: Globals = {}): Globals {
  const globals: Globals = {
    ...pins.globals,
    ...more,
    process: {
      binding: Object.assign((module: unknown) => module, { uart: { UART: Uart } }),
      builtin_modules: [] as string[],
      getBuiltinModule: () => () => {},
    },
    TextEncoder,
    millis: () => Math.floor(time.nowMs()),
    micros: () => Math.floor(time.nowMs() * 1000),
    setTimeout: (run: () => void, ms: number) => time.after(Math.max(1, ms), run),
    clearTimeout: (cancel: () => void) => cancel(),
  };
  globals.global = globals;
  return globals;
}
