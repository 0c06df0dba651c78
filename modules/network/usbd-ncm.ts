/** class USBD_NCM, by its name: MicroPython's network card towards the computer at the USB port. */

import { notSupported } from './nic';

/** @throws OSError 95: in both firmwares USB is the console's */
export const USBD_NCM = function (): never {
  return notSupported("ENOTSUP: USB is the firmware's own");
} as unknown as new () => never;
