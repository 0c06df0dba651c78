/** LAN and WIZNET5K by their names, on a target that has no driver for them. */

import { osError } from './errors';

export const PHY_W5500 = 102;

function refused(): never {
  throw osError(95, 'ENOTSUP: there is no driver for a chip on the SPI of this target');
}

/** @throws OSError 95 */
export const LAN = function (): never {
  return refused();
} as unknown as new (options?: object) => never;

/** @throws OSError 95 */
export const WIZNET5K = function (): never {
  return refused();
} as unknown as new (spi: unknown, cs: unknown, reset: unknown, interrupt?: unknown) => never;
