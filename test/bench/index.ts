/**
 * `npm run bench`: prints speeds, asserts nothing. The device's part needs KALUMA_UF2 and RP2040_BOOTROM and takes an
 * hour; `npm run bench -- download load` runs those only, `npm run bench -- host` only this computer's, `npm run
 * bench -- pppd` a paced line to pppd; `espruino` needs ESPRUINO.
 */

import { benchDevice, DEVICE_BENCHES } from './device';
import { benchEspruino } from './espruino';
import { benchHost } from './host';
import { benchPppd } from './pppd';

const known = ['host', 'espruino', 'pppd', ...DEVICE_BENCHES];
const words = process.argv.slice(2);
const unknown = words.filter((word) => !known.includes(word));
if (unknown.length) {
  console.error(`there is no ${unknown.join(', ')}; there are ${known.join(', ')}`);
  process.exit(2);
}
const wanted = words.length ? words : known;
if (wanted.includes('host')) {
  benchHost();
}
if (wanted.includes('espruino')) {
  await benchEspruino();
}
if (wanted.includes('pppd')) {
  await benchPppd();
}
const device = wanted.filter((word) => DEVICE_BENCHES.includes(word));
if (device.length) {
  await benchDevice(device);
}
