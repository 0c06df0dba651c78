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
export { RawIp, type RawIpOptions } from './raw-ip';
export { UART } from './uart';
export { Socket } from './socket';
export type { ConnectOptions, Done } from '../../modules/network/ppp';
export type { NetworkError } from '../../modules/network/errors';
export type { Stream } from '../../modules/network/stream';
