/** A part: WLAN.scan() tells only of the networks that are asked for. */

import { useScanFilters } from '../../../modules/network/scan-filters';
import { addToCard } from '../card';

addToCard('scan', ['WLAN'], function (host, card) {
  useScanFilters(host, card.WLAN as never);
});
