/**
 * The bundle for Kaluma: PPP over a UART, sockets through the firmware's own `net` and `http`.
 * Loading it makes `require('network')` and `require('micronic')` work, in the program and in the REPL.
 */

import { hostIpconfig } from '../../modules/network/globals';
import { createHost } from '../../modules/network/host';
import { PPP, useHost } from '../../modules/network/ppp';
import type { KalumaProcess } from './firmware';
import { installNetdev } from './netdev';
import { platform } from './platform';
import { UART } from './uart';

const host = createHost(platform);
useHost(host);
installNetdev(host);

/** network.ipconfig. */
export function ipconfig(param: string | Record<string, unknown>): unknown;
export function ipconfig(): unknown {
  return hostIpconfig(host, arguments);
}
export { PPP, UART };

declare const process: KalumaProcess;
declare const exports: object;

/** The firmware's require knows built-in modules only, by a list and a function that programs can see: so it is told. */
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
