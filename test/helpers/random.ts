/** Randomness that a failing test can repeat: sfc32, seeded. */

export interface Random {
  /** 0 <= value < 2^32. */
  u32(): number;
  /** 0 <= value < limit. */
  below(limit: number): number;
  bytes(length: number): Uint8Array;
  pick<T>(list: readonly T[]): T;
}

export function random(seed: number): Random {
  let a = seed | 0;
  let b = 0x9e3779b9 | 0;
  let c = 0x243f6a88 | 0;
  let counter = 1;
  const u32 = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 16; i++) {
    u32();
  }
  const below = (limit: number): number => Math.floor((u32() / 0x100000000) * limit);
  return {
    u32,
    below,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    pick: (list) => list[below(list.length)],
  };
}
