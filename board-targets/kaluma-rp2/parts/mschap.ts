/** A part: MSCHAPv2 for class PPP. */

import type { PPP } from '../../../modules/network/ppp';
import { useLinkMschap } from '../../../modules/network/ppp-mschap';
import { Security } from '../../../modules/network/ppp-types';
import { addToCard } from '../card';

addToCard('mschap', ['PPP'], function (host, card) {
  const known = card.PPP as typeof PPP;
  if (!known.SEC_MSCHAP2) {
    known.SEC_MSCHAP2 = Security.MsChap2;
    useLinkMschap(host);
  }
});
