/** `npm run bench`: prints speeds, asserts nothing. The device's part needs KALUMA_UF2 and RP2040_BOOTROM. */

import { benchDevice } from './device';
import { benchHost } from './host';

benchHost();
await benchDevice();
