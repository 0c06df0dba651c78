/** The firmware's require() knows built-in modules only, by a list and a function that programs can see: it is told. */

import type { KalumaProcess } from './firmware';

declare const process: KalumaProcess;

/** Makes require('network') and require('micronic') give `exports`. */
export function registerBundle(exports: object): void {
  const known = process.builtin_modules;
  const builtin = process.getBuiltinModule;
  if (known && known.indexOf('micronic') < 0) {
    known.push('network', 'micronic');
    process.getBuiltinModule = function (id) {
      if (id === 'network' || id === 'micronic') {
        return function (_exports, _require, module) {
          module.exports = exports;
        };
      }
      return builtin(id);
    };
  }
}
