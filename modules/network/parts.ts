/** Optional parts of a host, and of class PPP. */

import type { Host } from './host';
import type { PPP } from './ppp';

/** Whether the host does not have this part yet; from now on it has. */
export function isNewPart(host: Host, part: string): boolean {
  const parts = (host._parts = host._parts || []);
  return parts.indexOf(part) < 0 && parts.push(part) > 0;
}

/** Has `addTo` called with every PPP object that is made on the host from now on, after those that were added before. */
export function addPart(host: Host, part: string, addTo: (ppp: PPP) => void): void {
  const before = host._pppMade;
  if (isNewPart(host, part)) {
    host._pppMade = function (ppp) {
      if (before) {
        before(ppp);
      }
      addTo(ppp);
    };
  }
}
