/** A part: interface identifiers of IPv6 for class PPP. */

import { useIpv6Option } from '../../../modules/network/ppp-options';
import { addToCard } from '../card';

addToCard('ipv6cp', ['PPP'], useIpv6Option);
