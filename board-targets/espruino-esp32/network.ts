/**
 * The bundle for Espruino with the whole network module: all of ppp.ts, the ESP32's radio, and the module's functions.
 * While there is no PPP link sockets are the firmware's own, over its radio.
 */

// First: it makes the host.
import { PPP, UART, lossy } from './ppp';
import { platform } from './platform';
import { openRadio } from './radio';
import { theHost } from '../../modules/network/host';
import { useScanFilters } from '../../modules/network/scan-filters';
import { WLAN, addConstants } from '../../modules/network/wlan';

platform._openRadio = openRadio;
useScanFilters(theHost, WLAN);

export { PPP, UART, WLAN, lossy };
export { LAN, PHY_W5500, WIZNET5K } from '../../modules/network/lan-refused';
export { USBD_NCM } from '../../modules/network/usbd-ncm';
export * from '../../modules/network/functions';
export { WLANWiPy } from '../../modules/network/wlan-wipy';

/** ESP-IDF 5 has these beside the others. */
const LATER: Record<string, number> = {
  STAT_NO_AP_FOUND_W_COMPATIBLE_SECURITY: 210,
  STAT_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD: 211,
  STAT_NO_AP_FOUND_IN_RSSI_THRESHOLD: 212,
};

declare const exports: Record<string, unknown>;
addConstants(exports);
for (const name in LATER) {
  exports[name] = WLAN[name] = LATER[name];
}
