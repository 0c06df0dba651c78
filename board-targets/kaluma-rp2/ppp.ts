/**
 * The bundle for Kaluma: PPP over a UART, sockets through the firmware's own `net` and `http`.
 * Loading it makes `require('network')` and `require('micronic')` work, in the program and in the REPL.
 */

import { hostIpconfig } from '../../modules/network/globals';
import { createHost } from '../../modules/network/host';
import { PPP, useHost } from '../../modules/network/ppp';
import { installNetdev } from './netdev';
import { platform } from './platform';
import { registerBundle } from './register';
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

declare const exports: object;
registerBundle(exports);
