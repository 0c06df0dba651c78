/**
 * MD5 (RFC 1321), which CHAP needs (RFC 1994 §4.1). Of no use for anything that must resist an attacker.
 * Written for size: the 64 sine constants are computed, the rounds are one loop.
 */

import { putU32 } from './bytes';

const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

/** The 16-byte digest of message. */
export function md5(message: Uint8Array): Uint8Array {
  const length = message.length;
  const blocks = (length + 72) >> 6;
  const padded = new Uint8Array(blocks << 6);
  padded.set(message);
  padded[length] = 0x80;
  const bits = length * 8;
  for (let i = 0; i < 4; i++) {
    padded[padded.length - 8 + i] = bits >>> (8 * i);
  }
  const hash = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let block = 0; block < padded.length; block += 64) {
    let a = hash[0];
    let b = hash[1];
    let c = hash[2];
    let d = hash[3];
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      let f = 0;
      let g = i;
      if (round === 0) {
        f = (b & c) | (~b & d);
      } else if (round === 1) {
        f = (d & b) | (~d & c);
        g = 5 * i + 1;
      } else if (round === 2) {
        f = b ^ c ^ d;
        g = 3 * i + 5;
      } else {
        f = c ^ (b | ~d);
        g = 7 * i;
      }
      const at = block + ((g & 15) << 2);
      const word = padded[at] | (padded[at + 1] << 8) | (padded[at + 2] << 16) | (padded[at + 3] << 24);
      const sine = Math.floor(Math.abs(Math.sin(i + 1)) * 4294967296) | 0;
      const sum = (((a + f) | 0) + ((sine + word) | 0)) | 0;
      const shift = shifts[(round << 2) | (i & 3)];
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
    }
    hash[0] = (hash[0] + a) | 0;
    hash[1] = (hash[1] + b) | 0;
    hash[2] = (hash[2] + c) | 0;
    hash[3] = (hash[3] + d) | 0;
  }
  const digest = new Uint8Array(16);
  for (let i = 0; i < 4; i++) {
    const word = hash[i];
    putU32(digest, i << 2, ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0);
  }
  return digest;
}
