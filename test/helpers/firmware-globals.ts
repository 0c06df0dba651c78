/** Kaluma's global object as far as a program needs it to be loaded, in a world of its own. */

import { createContext, runInContext } from 'node:vm';
import { EventEmitter } from 'node:events';

/** What the program prints while it is loaded, and in the promises that are settled then. */
export function printedBy(program: string): string[] {
  const printed: string[] = [];
  const modules: Record<string, unknown> = { events: { EventEmitter } };
  const process = {
    binding: Object.assign((module: unknown) => module, { uart: { UART: class {} } }),
    builtin_modules: Object.keys(modules),
    getBuiltinModule: (id: string) => (_exports: object, _require: unknown, module: { exports: unknown }) => {
      module.exports = modules[id];
    },
  };
  const global: Record<string, unknown> = {
    process,
    millis: () => 0,
    micros: () => 0,
    setTimeout: () => 0,
    clearTimeout: () => {},
    console: { log: (...words: unknown[]) => void printed.push(words.join(' ')) },
    require: (id: string) => {
      if (!process.builtin_modules.includes(id)) {
        throw new Error(`Failed to load module: ${id}`);
      }
      const module = { exports: {} as unknown };
      process.getBuiltinModule(id)({}, null, module);
      return module.exports;
    },
  };
  global.global = global;
  runInContext(`'use strict';\n${program}`, createContext(global, { microtaskMode: 'afterEvaluate' }));
  return printed;
}
