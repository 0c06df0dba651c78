/** A radio's network is the firmware's: it is the way out when there is no other. */

import type { Host } from './host';

export function addRadios(host: Host, nics: unknown[]): void {
  (host._wlans || []).forEach(function (nic) {
    if (nic && nic._driver._isConnected()) {
      nics.push(nic);
    }
  });
}
