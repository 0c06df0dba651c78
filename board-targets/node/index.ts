/**
 * micronic on a computer: the very stack that boards run, over any Duplex or a serial port.
 * `PPP`, `UART` and `network` are the board's names; `Network` is for programs that need more than one host.
 */

import { PPP, useHost } from '../../modules/network/ppp';
import { WLAN } from '../../modules/network/wlan';
import { Network } from './network';

/** The names of the boards' network module. This computer's radio and Ethernet are its system's, so those classes refuse. */
export * from '../../modules/network/functions';
export { LAN, PHY_W5500, WIZNET5K } from '../../modules/network/lan-refused';
export { USBD_NCM } from '../../modules/network/usbd-ncm';
export { WLAN };
export { WLANWiPy } from '../../modules/network/wlan-wipy';
export const {
  STA_IF,
  AP_IF,
  STAT_IDLE,
  STAT_CONNECTING,
  STAT_GOT_IP,
  STAT_BEACON_TIMEOUT,
  STAT_NO_AP_FOUND,
  STAT_WRONG_PASSWORD,
  STAT_ASSOC_FAIL,
  STAT_CONNECT_FAIL,
  STAT_HANDSHAKE_TIMEOUT,
} = WLAN;

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
