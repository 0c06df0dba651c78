/**
 * The bundle for Kaluma with a W5500 and without PPP: sockets through the firmware's own `net` and `http`. Loading it
 * makes `require('network')` and `require('micronic')` work, in the program and in the REPL.
 */

import { HostClass, createHost, theHost, useHost } from '../../modules/network/host';
import { isNewPart } from '../../modules/network/parts';
import { installNetdev } from './netdev';
import { LAN } from './nics';
import { platform } from './platform';
import { registerBundle } from './register';

useHost(createHost(platform));
installNetdev();
(LAN as HostClass)._host = theHost;
isNewPart(theHost, 'route');

export * from './nics';

registerBundle();
