/** What of the network module a bundle has beside PPP: wired interfaces, and the module's functions. */

import { platform } from './platform';
import { openSpi } from './spi';

platform._openSpi = openSpi;

export { LAN, PHY_W5500, WIZNET5K } from '../../modules/network/lan';
export * from '../../modules/network/functions';
