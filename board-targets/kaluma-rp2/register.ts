/** The firmware's require() knows built-in modules only, by a list and a function that programs can see: it is told. */

import type { KalumaProcess } from './firmware';

declare const process: KalumaProcess;
/** The bundle's. */
declare const exports: object;

/** Makes require('network') and require('micronic') give what the bundle exports. */
export function registerBundle(): void {
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
