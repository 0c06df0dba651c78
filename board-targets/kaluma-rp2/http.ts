/**
 * The bundle for Kaluma with what its firmware gets wrong: all of ppp.ts, and `http` and `net` of our own, in
 * `require('micronic')`; `require('http')` and `require('net')` are still the firmware's. `dns` is found by its name too.
 */

import * as dns from '../../modules/socket/dns';
import * as http from '../../modules/socket/http';
import * as net from '../../modules/socket/net';
import { registerModules } from './sockets';

export * from './ppp';
export { dns, http, net };

registerModules({ dns: dns });
