/** A part: IPv6 for classes LAN and WIZNET5K, and for the firmware's own net. */

import { useEthernet6 } from '../../../modules/network/ethernet6';
import { useIpv6Host } from '../../../modules/network/ipv6-host';
import { isNewPart } from '../../../modules/network/parts';
import { addToCard } from '../card';
import { useNames } from '../names';

addToCard('lan6', ['LAN'], function (host) {
  if (isNewPart(host, 'lan6')) {
    useEthernet6(host, host._ipv6 || useIpv6Host(host));
    useNames(host);
  }
});
