/** Espruino's own modules, which are not ours to hand on: ESPRUINO_DOCS names a checkout of espruino/EspruinoDocs. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { skip } from '../helpers/skip';

/** The module's text; null without it, which it says, and the test returns. */
export function moduleText(name: string): string | null {
  const file = join(process.env.ESPRUINO_DOCS ?? '', 'modules', `${name}.js`);
  if (!process.env.ESPRUINO_DOCS || !existsSync(file)) {
    skip(`ESPRUINO_DOCS names no checkout of espruino/EspruinoDocs with modules/${name}.js`);
    return null;
  }
  return readFileSync(file, 'latin1');
}
