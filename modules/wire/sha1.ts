/** SHA-1 (RFC 3174), which MSCHAPv2 needs (RFC 2759 §8.2, §8.7). */

import { getU32, putU32 } from './bytes';

const CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];

/** The 20-byte digest of these pieces in a row, together less than 2^29 octets. */
export function sha1(pieces: Uint8Array[]): Uint8Array {
  const length = pieces.reduce(function (sum, piece) {
    return sum + piece.length;
  }, 0);
  const room = new Uint8Array((length + 72) & ~63);
  const words: number[] = [];
  const digest = new Uint8Array(20);
  let state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  let at = 0;
  pieces.forEach(function (piece) {
    room.set(piece, at);
    at += piece.length;
  });
  room[length] = 0x80;
  putU32(room, room.length - 4, 8 * length);
  for (let block = 0; block < room.length; block += 64) {
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    for (let i = 0; i < 80; i++) {
      if (i < 16) {
        words[i] = getU32(room, block + 4 * i);
      } else {
        const mixed = words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16];
        words[i] = (mixed << 1) | (mixed >>> 31);
      }
      const round = (i / 20) | 0;
      const chosen = [(b & c) | (~b & d), b ^ c ^ d, (b & c) | (b & d) | (c & d), b ^ c ^ d][round];
      const sum = (((a << 5) | (a >>> 27)) + chosen + e + words[i] + CONSTANTS[round]) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = sum;
    }
    state = [state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e];
    for (let i = 0; i < 5; i++) {
      state[i] |= 0;
    }
  }
  for (let i = 0; i < 5; i++) {
    putU32(digest, 4 * i, state[i]);
  }
  return digest;
}
