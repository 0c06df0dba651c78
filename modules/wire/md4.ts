/** MD4 (RFC 1320), by which MS-CHAP hashes passwords (RFC 2759 §8.3). Of no use for anything else. */

/** The shifts of the three rounds. */
const SHIFTS = [3, 7, 11, 19, 3, 5, 9, 13, 3, 9, 11, 15];

/** @param room the message with room behind it, as md5Room() gives it; used up */
export function md4(room: Uint8Array, length: number): Uint8Array {
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
    for (let i = 0; i < 48; i++) {
      const round = i >> 4;
      const mixed = [(b & c) | (~b & d), (b & c) | (b & d) | (c & d), b ^ c ^ d][round];
      // The third round takes the words with their four bits of number reversed.
      const reversed = ((i & 1) << 3) | ((i & 2) << 1) | ((i & 4) >> 1) | ((i & 8) >> 3);
      const word = words[block + [i, ((i & 3) << 2) | ((i >> 2) & 3), reversed][round]];
      const sum = a + mixed + word + [0, 0x5a827999, 0x6ed9eba1][round];
      const shift = SHIFTS[4 * round + (i & 3)];
      a = d;
      d = c;
      c = b;
      b = (sum << shift) | (sum >>> (32 - shift));
    }
    a = (a + a0) | 0;
    b = (b + b0) | 0;
    c = (c + c0) | 0;
    d = (d + d0) | 0;
  }
  return new Uint8Array(new Int32Array([a, b, c, d]).buffer);
}
