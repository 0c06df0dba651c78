/** An interface of class WLAN: of its two halves a station has the one, an access point the other. */

import { osError } from './errors';
import type { NIC } from './nic';
import type { Radio, RadioNetwork } from './radio';
import type { Station } from './wlan-join';

export interface Wlan {
  _card: NIC;
  _radio: Radio;
  _network: RadioNetwork;
  /** null for an access point. */
  _station: Station | null;
  _isUp: boolean;
  /** When an access point that is to come counts as forgotten, ms. */
  _apAtMs: number;
  _isScanning: boolean;
}

export function needActive(wlan: Wlan): void {
  if (!wlan._card._active) {
    throw osError(100, 'ENETDOWN: not active');
  }
}
