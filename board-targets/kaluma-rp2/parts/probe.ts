/** A part: the network behind a modem is asked whether it is there. */

import { useProbe } from '../../../modules/network/probe';
import { addToCard } from '../card';

addToCard('probe', ['PPP'], useProbe);
