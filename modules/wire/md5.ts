/**
 * MD5 (RFC 1321), which CHAP needs (RFC 1994 §4.1). Of no use for anything that must resist an attacker.
 * Written for size: the 64 sine constants are computed, the rounds are one loop, and words are read through a view, as
 * all targets are little-endian.
 */

const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

/** The 16-byte digest of message. */
export function md5(message: Uint8Array): Uint8Array {
  const length = message.length;
  const padded = new Uint8Array((length + 72) & ~63);
  const words = new Int32Array(padded.buffer);
  const hash = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
  padded.set(message);
  padded[length] = 0x80;
  words[words.length - 2] = 8 * length;
  for (let block = 0; block < words.length; block += 16) {
    let a = hash[0];
    let b = hash[1];
    let c = hash[2];
    let d = hash[3];
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round];
      const word = words[block + ([i, 5 * i + 1, 3 * i + 5, 7 * i][round] & 15)];
      const sine = (Math.abs(Math.sin(i + 1)) * 4294967296) | 0;
      const sum = a + mixed + word + sine;
      const shift = shifts[(round << 2) | (i & 3)];
      a = d;
      d = c;
      c = b;
      // Shifts count modulo 32.
      b = (b + ((sum << shift) | (sum >>> -shift))) | 0;
    }
    hash[0] += a;
    hash[1] += b;
    hash[2] += c;
    hash[3] += d;
  }
  return new Uint8Array(hash.buffer);
}
