/**
 * DES encryption of one block (FIPS 46-3), which MS-CHAP answers challenges with (RFC 2759 §8.6). Written for size: bits
 * are the elements of arrays, three blocks a login are all there is.
 */

/** The eight S-boxes, row by row, as hexadecimal digits. */
const BOXES =
  'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d' +
  'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9' +
  'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c' +
  '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e' +
  '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453' +
  'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d' +
  '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c' +
  'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b';

/** The permutation P and the choice PC-2, counted from 0. */
const P = [
  15, 6, 19, 20, 28, 11, 27, 16, 0, 14, 22, 25, 4, 17, 30, 9, 1, 7, 23, 13, 31, 26, 2, 8, 18, 12, 29, 5, 21, 10, 3, 24,
];
const PC2 = [
  13, 16, 10, 23, 0, 4, 2, 27, 14, 5, 20, 9, 22, 18, 11, 3, 25, 7, 15, 6, 26, 19, 12, 1, 40, 51, 30, 36, 46, 54, 29, 39,
  50, 44, 32, 47, 43, 48, 38, 55, 33, 52, 45, 41, 49, 35, 28, 31,
];

/** Rounds in which the halves of the key turn by one place; by two in the others. */
const SINGLE = 1 | (1 << 1) | (1 << 8) | (1 << 15);

/** Where the initial permutation takes bit i from. */
function initial(i: number): number {
  const row = i >> 3;
  return (row < 4 ? 57 + 2 * row : 48 + 2 * row) - 8 * (i & 7);
}

/** Where PC-1 takes bit i from, in a key without parity bits. */
function chosen(i: number): number {
  const at =
    i < 28 ? 56 - 8 * (i % 8) + (i >> 3) : i < 52 ? 62 - 8 * ((i - 28) % 8) - ((i - 28) >> 3) : 27 - 8 * (i - 52);
  return at - (at >> 3);
}

/**
 * @param key seven octets, without parity
 * @param block eight octets
 * @param to where the eight octets of the result go in `out`
 */
export function desEncrypt(key: Uint8Array, block: Uint8Array, out: Uint8Array, to: number): void {
  const subkey: number[] = [];
  let bits: number[] = [];
  for (let i = 0; i < 56; i++) {
    const at = chosen(i);
    subkey[i] = (key[at >> 3] >> (7 - (at & 7))) & 1;
  }
  for (let i = 0; i < 64; i++) {
    const at = initial(i);
    bits[i] = (block[at >> 3] >> (7 - (at & 7))) & 1;
  }
  for (let round = 0; round < 16; round++) {
    for (let turns = (SINGLE >> round) & 1 ? 1 : 2; turns > 0; turns--) {
      subkey.splice(27, 0, subkey.shift() as number);
      subkey.push(subkey.splice(28, 1)[0]);
    }
    const mixed: number[] = [];
    for (let box = 0; box < 8; box++) {
      const six: number[] = [];
      for (let i = 0; i < 6; i++) {
        six[i] = bits[32 + ((4 * box + i + 31) & 31)] ^ subkey[PC2[6 * box + i]];
      }
      const row = 2 * six[0] + six[5];
      const column = 8 * six[1] + 4 * six[2] + 2 * six[3] + six[4];
      const value = parseInt(BOXES.charAt(64 * box + 16 * row + column), 16);
      mixed.push((value >> 3) & 1, (value >> 2) & 1, (value >> 1) & 1, value & 1);
    }
    const next = bits.slice(32);
    for (let i = 0; i < 32; i++) {
      next.push(bits[i] ^ mixed[P[i]]);
    }
    bits = next;
  }
  // The halves change places a last time, and the initial permutation is undone.
  bits = bits.slice(32).concat(bits.slice(0, 32));
  for (let i = 0; i < 8; i++) {
    out[to + i] = 0;
  }
  for (let i = 0; i < 64; i++) {
    const at = initial(i);
    out[to + (at >> 3)] |= bits[i] << (7 - (at & 7));
  }
}
