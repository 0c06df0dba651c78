/**
 * The bundle for Kaluma with a W5500 and without PPP: sockets through the firmware's own `net` and `http`. Loading it
 * makes `require('network')` and `require('micronic')` work, in the program and in the REPL.
 */

import { createHost, useHost } from '../../modules/network/host';
import { installNetdev } from './netdev';
import { platform } from './platform';
import { registerBundle } from './register';

const host = createHost(platform);
useHost(host);
installNetdev(host);

export * from './nics';

declare const exports: object;
registerBundle(exports);
