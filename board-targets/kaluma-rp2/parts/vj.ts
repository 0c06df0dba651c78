/** A part: VJ header compression for class PPP. */

import { useVjOption } from '../../../modules/network/ppp-options';
import { addToCard } from '../card';

addToCard('vj', ['PPP'], useVjOption);
