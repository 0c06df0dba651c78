/** modules/wire/fcs with typed tables: a plain array is a list here, and its middle is a long way. */

import { Fcs } from '../../../modules/wire/fcs';
import { sum16 } from './checksum';

export { Fcs };

const low = new Uint16Array(256);
const high = new Uint16Array(256);

for (let i = 0; i < 256; i++) {
  let fcs = i;
  for (let bit = 0; bit < 8; bit++) {
    fcs = fcs & 1 ? (fcs >> 1) ^ 0x8408 : fcs >> 1;
  }
  high[i] = fcs;
}
for (let i = 0; i < 256; i++) {
  // A byte followed by a second one whose own contribution comes from `high`.
  low[i] = (high[i] >> 8) ^ high[high[i] & 255];
}

/** Carries an FCS over buf[at, end): two bytes a step, eight steps unrolled. */
export function fcs16(fcs: number, buf: Uint8Array, at: number, end: number): number {
  const a = low;
  const b = high;
  const stop = (end - at) >> 1;
  // Of length 0 it would be all the rest.
  const w = new Uint16Array(buf.buffer, buf.byteOffset + at, stop);
  const stop8 = stop - 7;
  let i = 0;
  let x = fcs;
  while (i < stop8) {
    x ^= w[i];
    x = a[x & 255] ^ b[x >> 8] ^ w[i + 1];
    x = a[x & 255] ^ b[x >> 8] ^ w[i + 2];
    x = a[x & 255] ^ b[x >> 8] ^ w[i + 3];
    x = a[x & 255] ^ b[x >> 8] ^ w[i + 4];
    x = a[x & 255] ^ b[x >> 8] ^ w[i + 5];
    x = a[x & 255] ^ b[x >> 8] ^ w[i + 6];
    x = a[x & 255] ^ b[x >> 8] ^ w[i + 7];
    x = a[x & 255] ^ b[x >> 8];
    i += 8;
  }
  while (i < stop) {
    x ^= w[i++];
    x = a[x & 255] ^ b[x >> 8];
  }
  return (end - at) & 1 ? fcs16Byte(x, buf[end - 1]) : x;
}

/** One byte: for the few octets of a header that lie in no buffer. */
export function fcs16Byte(fcs: number, byte: number): number {
  return (fcs >> 8) ^ high[(fcs ^ byte) & 255];
}

let lastSum = 0;

/** What the last fcs16Sum has added up, as sum16 does. */
export function wordSum(): number {
  return lastSum;
}

/** Carries an FCS over buf[at, end) and leaves its Internet checksum in wordSum(). */
export function fcs16Sum(fcs: number, buf: Uint8Array, at: number, end: number): number {
  lastSum = sum16(buf, at, end, 0);
  return fcs16(fcs, buf, at, end);
}
