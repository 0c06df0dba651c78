/** WLAN.scan(): what the radio hears, by a callback. */

import { NetworkError, osError, raiseTypeError, raiseValueError } from './errors';
import { isJoining } from './wlan-join';
import { Wlan, needActive } from './wlan-types';

/** @throws OSError 16 while the radio is joining or scanning: a firmware's scan would end the joining */
export function scan(
  wlan: Wlan,
  args: unknown[],
  done: ((error: NetworkError | null, list?: unknown[]) => void) | null,
): void {
  if (!done || args.length) {
    return raiseTypeError('function expected');
  }
  if (!wlan._station) {
    return raiseValueError('STA required');
  }
  needActive(wlan);
  if (wlan._isScanning || isJoining(wlan._station)) {
    throw osError(16, 'EBUSY');
  }
  wlan._isScanning = true;
  wlan._radio._scan(function (list) {
    wlan._isScanning = false;
    if (list) {
      done(null, list);
    } else {
      done(osError(5, 'EIO'));
    }
  });
}
