/**
 * The bundle for Kaluma with the whole network module: PPP over a UART, a Pico W's radio, a W5500 on SPI, and the
 * module's functions. Sockets are the firmware's own `net` and `http`.
 */

import { addConstants } from './wlan';

export { PPP, UART } from './ppp';
// Its ipconfig() has `prefer` too.
export * from './nics';
// The list alone, for want of room.
export { route } from '../../modules/network/route-list';
export { WLAN } from './wlan';
export { USBD_NCM } from '../../modules/network/usbd-ncm';

declare const exports: object;
addConstants(exports);
