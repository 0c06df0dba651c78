/**
 * The bundle for Kaluma: PPP over a UART, sockets through the firmware's own `net` and `http`.
 * Loading it makes `require('network')` and `require('micronic')` work, in the program and in the REPL.
 */

import { createHost } from '../../modules/network/host';
import { PPP, theHost, useHost } from '../../modules/network/ppp';
import { installNetdev } from './netdev';
import { platform } from './platform';
import { registerBundle } from './register';
import { UART } from './uart';

useHost(createHost(platform));
installNetdev();
PPP._host = theHost;

export { ipconfig } from '../../modules/network/globals';
export { PPP, UART };

registerBundle();
