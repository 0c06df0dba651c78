/**
 * The bundle for Espruino: PPP over a UART, sockets through the firmware's own `net`, `http`, `tls` and `dgram`.
 * Loading it makes `require('network')` and `require('micronic')` work, in the program and in the REPL.
 */

import { createHost } from '../../modules/network/host';
import { PPP, useHost } from '../../modules/network/ppp';
import { useReconnect } from '../../modules/network/reconnect';
import { lossy, registerModule } from './firmware';
import { openNetwork } from './networkjs';
import { platform } from './platform';
import { UART } from './uart';

const host = createHost(platform);
useHost(host);
useReconnect(host);
openNetwork(host);

export { ipconfig } from '../../modules/network/globals';
/** lossy: whether this release of the firmware is one of those that lose serial data. */
export { PPP, UART, lossy };

declare const exports: object;

['micronic', 'network'].forEach(function (name) {
  registerModule(name, exports);
});
