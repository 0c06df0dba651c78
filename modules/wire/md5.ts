/**
 * MD5 (RFC 1321), which CHAP needs (RFC 1994 §4.1). Of no use for anything that must resist an attacker.
 * Written for size: the 64 sine constants are computed, the rounds are one loop, and words are read through a view, as
 * all targets are little-endian.
 */

/** The shifts of the four rounds, 7 12 17 22 and so on, as the letters of the alphabet: A is 1. */
const SHIFTS = 'GLQV' + 'EINT' + 'DKPW' + 'FJOU';

/** Room for a message of this length, its padding and all: the end is zeros until then. */
export function md5Room(length: number): Uint8Array {
  return new Uint8Array((length + 72) & ~63);
}

/** The 16-byte digest of the message that stands in its room, which is used up. */
export function md5(room: Uint8Array, length: number): Uint8Array {
  const words = new Int32Array(room.buffer);
  let a = 0x67452301;
  let b = 0xefcdab89 | 0;
  let c = ~a;
  let d = ~b;
  room[length] = 0x80;
  words[words.length - 2] = 8 * length;
  for (let block = 0; block < words.length; block += 16) {
    const a0 = a;
    const b0 = b;
    const c0 = c;
    const d0 = d;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round];
      const word = words[block + ([i, 5 * i + 1, 3 * i + 5, 7 * i][round] & 15)];
      const sine = (Math.abs(Math.sin(i + 1)) * 4294967296) | 0;
      const sum = a + mixed + word + sine;
      const shift = SHIFTS.charCodeAt((round << 2) | (i & 3));
      a = d;
      d = c;
      c = b;
      // Shifts count modulo 32, and so do the letters.
      b = (b + ((sum << shift) | (sum >>> -shift))) | 0;
    }
    a = (a + a0) | 0;
    b = (b + b0) | 0;
    c = (c + c0) | 0;
    d = (d + d0) | 0;
  }
  return new Uint8Array(new Int32Array([a, b, c, d]).buffer);
}
