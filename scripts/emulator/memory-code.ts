/**
 * Pieces of generated code that read and write memory: RAM, flash and boot ROM straight from rp2040js's arrays,
 * everything else through the chip, with the clock set to the instant of the access.
 */

export const RAM_BYTES = 264 * 1024;

/** The flags are locals of the loop; what is outside of it sees the core's own. */
export const FLAGS_OUT = 'core.N = nz < 0; core.Z = nz === 0; core.C = c === 1; core.V = v === 1;';
export const FLAGS_IN = 'nz = core.Z ? 0 : core.N ? -1 : 1; c = core.C ? 1 : 0; v = core.V ? 1 : 0;';
const CLOCK_OUT = 'clock.nanos = (base + cyc) * 8; core.cycles = base + cyc; R[15] = pc;';

const RAM_OFFSET = 'const o = (a - 0x20000000) >>> 0;';

/**
 * The flash cache, when there is one: 16 KB, two ways of 1,024 lines of 8 bytes, the least recently used one goes.
 *
 * @param line an expression for the number of the 8-byte line
 */
export function touchCache(line: string, isCached: boolean): string {
  return isCached
    ? `{ const s = ${line} & 1023, t = s << 1;
        if (tags[t] === ${line}) lru[s] = 1;
        else if (tags[t + 1] === ${line}) lru[s] = 0;
        else { const w = lru[s]; tags[t + w] = ${line}; lru[s] = 1 - w; cyc += missCycles; misses++; } }`
    : '';
}

export interface MemoryCode {
  /** Loads from the address in `a` into an lvalue; the whole of an instruction. */
  load32(target: string): string;
  load16(target: string, isSigned?: boolean): string;
  load8(target: string, isSigned?: boolean): string;
  /** Stores `x` at the address in `a`. */
  store32: string;
  store16: string;
  store8: string;
  /** A word of a list; costs no I/O cycles, as in rp2040js. */
  loadListed(target: string): string;
  storeListed(source: string): string;
}

export function memoryCode(isCached: boolean): MemoryCode {
  const touchData = isCached ? `{ const dl = (a & 0xffffff) >>> 3; ${touchCache('dl', true)} }` : '';
  const throughChip = (read: string, target: string, value: string): string => `{ ${CLOCK_OUT}
      const at = a >>> 0; const io = core.cyclesIO(at); const w = chip.${read}(at);
      ${target} = ${value}; cyc += 1 + io; limit = -1; count++; continue; }`;
  const load = (target: string, ram: string, flash: string, slow: string): string => `{ ${RAM_OFFSET}
      if (o < ${RAM_BYTES}) { ${target} = ${ram}; cyc += 2; }
      else if ((a >>> 24) === 0x10) { ${touchData} ${target} = ${flash}; cyc += 2; }
      else ${slow} }`;
  const store = (write: string, ram: string): string => `{ ${RAM_OFFSET}
      if (o < ${RAM_BYTES}) { ${ram}; cyc += 2; }
      else { ${CLOCK_OUT} const at = a >>> 0; const io = core.cyclesIO(at, true);
        chip.${write}(at, x >>> 0); cyc += 1 + io; limit = -1; count++; continue; } }`;
  const signed16 = (word: string, isSigned: boolean): string => (isSigned ? `(${word} << 16) >> 16` : word);
  const signed8 = (word: string, isSigned: boolean): string => (isSigned ? `(${word} << 24) >> 24` : word);
  return {
    load32: (target) =>
      `{ ${RAM_OFFSET}
      if (o < ${RAM_BYTES}) { ${target} = ram32[o >> 2]; cyc += 2; }
      else if ((a >>> 24) === 0x10) { ${touchData} ${target} = flash32[(a & 0xffffff) >> 2]; cyc += 2; }
      else if ((a >>> 0) < 0x4000) { ${target} = rom32[a >> 2]; cyc += 2; }
      else ${throughChip('readUint32', target, 'w')} }`,
    load16: (target, isSigned = false) =>
      load(
        target,
        signed16('ram16[o >> 1]', isSigned),
        signed16('flash16[(a & 0xffffff) >> 1]', isSigned),
        throughChip('readUint16', target, signed16('w', isSigned)),
      ),
    load8: (target, isSigned = false) =>
      load(
        target,
        signed8('ram8[o]', isSigned),
        signed8('flash8[a & 0xffffff]', isSigned),
        throughChip('readUint8', target, signed8('w', isSigned)),
      ),
    store32: store('writeUint32', 'ram32[o >> 2] = x'),
    store16: store('writeUint16', 'ram16[o >> 1] = x'),
    store8: store('writeUint8', 'ram8[o] = x'),
    loadListed: (target) =>
      `{ ${RAM_OFFSET}
        if (o < ${RAM_BYTES}) ${target} = ram32[o >> 2];
        else if ((a >>> 24) === 0x10) { ${touchData} ${target} = flash32[(a & 0xffffff) >> 2]; }
        else { clock.nanos = (base + cyc) * 8; ${target} = chip.readUint32(a >>> 0); limit = -1; } }`,
    storeListed: (source) =>
      `{ ${RAM_OFFSET}
        if (o < ${RAM_BYTES}) ram32[o >> 2] = ${source};
        else { clock.nanos = (base + cyc) * 8; chip.writeUint32(a >>> 0, ${source} >>> 0); limit = -1; } }`,
  };
}
