/** A part: IPv6 for class PPP, and for the firmware's own net. */

import { useIpv6 } from '../../../modules/network/ipv6';
import { addToCard } from '../card';
import { useNames } from '../names';

addToCard('ipv6', ['PPP'], function (host) {
  useIpv6(host);
  useNames(host);
});
