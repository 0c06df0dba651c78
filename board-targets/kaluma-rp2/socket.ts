/**
 * The bundle for Kaluma with what its firmware lacks: all of ppp.ts, `socket`, `dgram`, `dns`, `ntptime`, ping. require()
 * finds the four by their names; all are also in `require('micronic')`. Links can reconnect and probe, and
 * connections be kept alive.
 */

import { useKeepalive } from '../../modules/inet/keepalive';
import { theHost } from '../../modules/network/ppp';
import { useProbe } from '../../modules/network/probe';
import { useReconnect } from '../../modules/network/reconnect';
import { theContext } from '../../modules/socket/context';
import * as dgram from '../../modules/socket/dgram';
import * as dns from '../../modules/socket/dns';
import { useKeepAlives } from '../../modules/socket/keepalive';
import { ntptime } from '../../modules/socket/ntptime';
import { ping } from '../../modules/socket/ping';
import * as socket from '../../modules/socket/socket';
import { registerModules } from './sockets';

export * from './ppp';
export { dgram, dns, ntptime, ping, socket };

registerModules({ dgram: dgram, dns: dns, ntptime: ntptime, socket: socket });
useReconnect(theHost);
useProbe(theHost);

const keepalive = useKeepalive(theHost._stack);
theHost._pollables.push(keepalive);
useKeepAlives(theContext, keepalive);
