/**
 * The bundle for a Pico W with its radio alone: class WLAN, the WiPy's face on it, and the module's functions. Sockets are
 * the firmware's own.
 */

import { HostClass, createHost, theHost, useHost } from '../../modules/network/host';
import { useScanFilters } from '../../modules/network/scan-filters';
import { platform } from './platform';
import { registerBundle } from './register';
import { WLAN, addConstants } from './wlan';

useHost(createHost(platform));
(WLAN as HostClass)._host = theHost;
useScanFilters(theHost, WLAN);

export { WLAN };
export { WLANWiPy } from '../../modules/network/wlan-wipy';
export { MODE_11B, MODE_11G, MODE_11N, country, hostname, ipconfig, phy_mode } from '../../modules/network/functions';

export { route } from '../../modules/network/route-list';

declare const exports: object;
addConstants(exports);
registerBundle();
