/** A part: how long a connect of class PPP may take in all. */

import { useTimeoutOption } from '../../../modules/network/ppp-options';
import { addToCard } from '../card';

addToCard('timeout', ['PPP'], useTimeoutOption);
