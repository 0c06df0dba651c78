/** modules/wire/checksum by Espruino's native sum. */

import { native } from '../firmware';

export { finishSum, foldChecksum, pseudoSum } from '../../../modules/wire/checksum';

/** Adds buf[at, end) to a running sum of big-endian 16-bit words; a range of odd length is padded with a zero byte. */
export function sum16(buf: Uint8Array, at: number, end: number, sum: number): number {
  const words = (end - at) >> 1;
  let s = 0;
  if (words) {
    // Little-endian words from any address: the swapped sum is the sum of the swapped.
    s = native.sum(new Uint16Array(buf.buffer, buf.byteOffset + at, words));
    s = (s & 0xffff) + (s >>> 16);
    s = (s & 0xffff) + (s >> 16);
    s = ((s & 255) << 8) | (s >> 8);
  }
  if ((end - at) & 1) {
    s += buf[end - 1] << 8;
  }
  s += sum;
  return (s & 0xffff) + (s >>> 16);
}
