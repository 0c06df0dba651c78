/** A part: links of class PPP that have failed are tried again. */

import { useReconnect } from '../../../modules/network/reconnect';
import { addToCard } from '../card';

addToCard('reconnect', ['PPP'], useReconnect);
