/**
 * micronic on a computer: the very stack that boards run, over any Duplex or a serial port.
 * `PPP`, `UART` and `network` are the board's names; `Network` is for programs that need more than one host.
 */

import { PPP, useHost } from '../../modules/network/ppp';
import { Network } from './network';

/** The default host: `new PPP(stream)` joins it. */
export const network = new Network();
useHost(network.host);

export { Network, PPP };
/** The boards' own sockets, on the default host; of another one by Network.use(). */
export * as dgram from '../../modules/socket/dgram';
export * as dns from '../../modules/socket/dns';
export * as http from '../../modules/socket/http';
export * as net from '../../modules/socket/net';
export { ntptime } from '../../modules/socket/ntptime';
export { ping } from '../../modules/socket/ping';
export * as socket from '../../modules/socket/socket';
export { RawIp, type RawIpOptions } from './raw-ip';
export { UART } from './uart';
export { Socket } from './socket';
export type { ConnectOptions, Done } from '../../modules/network/ppp';
export type { NetworkError } from '../../modules/network/errors';
export type { Stream } from '../../modules/network/stream';
