/** Optional parts of class PPP. */

import type { Host } from './host';
import type { PPP } from './ppp';

/** Has `addTo` called with every PPP object that is made on the host from now on, after those that were added before. */
export function addPart(host: Host, addTo: (ppp: PPP) => void): void {
  const before = host._pppMade;
  host._pppMade = function (ppp) {
    if (before) {
      before(ppp);
    }
    addTo(ppp);
  };
}
