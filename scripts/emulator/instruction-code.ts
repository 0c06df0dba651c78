/**
 * What each instruction does, as code of the loop in fast-core.ts: registers in `R` (signed), flags in `nz` (the last
 * result: zero, negative), `c` and `v`, the opcode in `op`, the address after it in `pc`, cycles since `base` in `cyc`.
 * `limit = -1` leaves the inner loop: something may have become due. Cycles are those that rp2040js counts.
 */

import { FLAGS_IN, FLAGS_OUT, memoryCode, touchCache, RAM_BYTES } from './memory-code';

/** Operands and results by their places in the opcode. */
const LOW = 'R[op & 7]';
const SECOND = 'R[(op >> 3) & 7]';
const THIRD = 'R[(op >> 6) & 7]';
const EIGHTS = 'R[(op >> 8) & 7]';
const ADDED = `c = (r >>> 0) < (x >>> 0) ? 1 : 0; v = ((x ^ r) & (y ^ r)) < 0 ? 1 : 0; nz = r;`;
const SUBTRACTED = `c = (x >>> 0) >= (y >>> 0) ? 1 : 0; v = ((x ^ y) & (x ^ r)) < 0 ? 1 : 0; nz = r;`;

const add = (target: string, x: string, y: string): string =>
  `{ const x = ${x}, y = ${y}, r = (x + y) | 0; ${ADDED} ${target && `${target} = r;`} cyc++; }`;
const subtract = (target: string, x: string, y: string): string =>
  `{ const x = ${x}, y = ${y}, r = (x - y) | 0; ${SUBTRACTED} ${target && `${target} = r;`} cyc++; }`;
const logic = (result: string): string => `nz = ${result}; ${LOW} = nz; cyc++;`;
const shiftBy5 = (code: string): string => `{ const x = ${SECOND}, i = (op >> 6) & 31; ${code} ${LOW} = nz; cyc++; }`;
const shiftByRegister = (code: string): string =>
  `{ const x = ${LOW}, i = ${SECOND} & 0xff; ${code} ${LOW} = nz; cyc++; }`;

/** Returns from an exception when the address is one of those that mean it. */
const jumpTo = (address: string): string => `if ((${address} >>> 28) === 15 && core.currentMode === 1) {
    R[15] = pc; core.exceptionReturn(${address} & 0x0fffffff); pc = R[15]; ${FLAGS_IN} limit = -1;
  } else pc = ${address} & ~1;`;

/** Stops for the host to have a look at it, perhaps to do the work of a ROM function. */
const BREAK = `core.breakRewind = 2; cyc++; core.cycles = base + cyc; clock.nanos = (base + cyc) * 8; R[15] = pc;
  ${FLAGS_OUT} chip.onBreak(op & 0xff); pc = R[15]; base = core.cycles; cyc = 0; limit = -1;`;

const CONDITION = `let t; switch ((op >> 8) & 15) {
    case 0: t = nz === 0; break; case 1: t = nz !== 0; break; case 2: t = c === 1; break; case 3: t = c === 0; break;
    case 4: t = nz < 0; break; case 5: t = nz >= 0; break; case 6: t = v === 1; break; case 7: t = v === 0; break;
    case 8: t = c === 1 && nz !== 0; break; case 9: t = c === 0 || nz === 0; break;
    case 10: t = (nz < 0) === (v === 1); break; case 11: t = (nz < 0) !== (v === 1); break;
    case 12: t = nz !== 0 && (nz < 0) === (v === 1); break;
    default: t = nz === 0 || (nz < 0) !== (v === 1); }`;

const LOWEST = `if ((a >>> 0) < lowestSp) lowestSp = a >>> 0;`;
const STACKED = 'ram32[((a - 0x20000000) >>> 0) >> 2]';

/** The two halves of a 32-bit instruction: BL, MRS, MSR and the barriers are all there are. */
function wide(isCached: boolean): string {
  const touch = isCached
    ? `const l2 = (pc & 0xffffff) >>> 3; if (l2 !== lastLine) { lastLine = l2; ${touchCache('l2', true)} }`
    : '';
  return `{ let o2; const at = (pc - 0x20000000) >>> 0;
    if ((pc >>> 24) === 0x10) { o2 = flash16[(pc & 0xffffff) >> 1]; ${touch} }
    else if (at < ${RAM_BYTES}) o2 = ram16[at >> 1]; else o2 = chip.readUint16(pc >>> 0);
    if ((op >> 11) === 0b11110 && (o2 & 0xd000) === 0xd000) {
      const S = (op >> 10) & 1, I1 = 1 - (S ^ ((o2 >> 13) & 1)), I2 = 1 - (S ^ ((o2 >> 11) & 1));
      const far = ((S ? 0xff : 0) << 24) | (I1 << 23) | (I2 << 22) | ((op & 0x3ff) << 12) | ((o2 & 0x7ff) << 1);
      R[14] = (pc + 2) | 1; pc = (pc + 2 + far) | 0; cyc += 3;
    } else if (op === 0xf3ef && (o2 >> 12) === 8) {
      R[15] = pc; ${FLAGS_OUT} R[(o2 >> 8) & 15] = core.readSpecialRegister(o2 & 0xff); pc = (pc + 2) | 0; cyc += 3;
    } else if ((op >> 4) === 0xf38 && (o2 >> 8) === 0x88) {
      ${FLAGS_OUT} core.writeSpecialRegister(o2 & 0xff, R[op & 15] >>> 0); ${FLAGS_IN}
      pc = (pc + 2) | 0; cyc += 3; limit = -1;
    } else if (op === 0xf3bf) { pc = (pc + 2) | 0; cyc += 3; }
    else { R[15] = pc; this.undefinedInstruction(op, pc - 2); limit = -1; } }`;
}

export function instructionCode(isCached: boolean): Record<string, string> {
  const memory = memoryCode(isCached);
  const at = (base: string, offset: string): string => `const a = (${base} + ${offset}) | 0;`;
  const five = (scale: number): string => `(((op >> 6) & 31) << ${scale})`;
  const eight = '((op & 0xff) << 2)';
  return {
    ADCS: `{ const x = ${SECOND}, y = ${LOW}, r = (x + y + c) | 0; const u = (x >>> 0) + (y >>> 0) + c;
      v = ((x ^ r) & (y ^ r)) < 0 ? 1 : 0; c = u > 0xffffffff ? 1 : 0; nz = r; ${LOW} = r; cyc++; }`,
    ADDSP8: `${EIGHTS} = R[13] + ${eight}; cyc++;`,
    ADDSP7: `R[13] = R[13] + ((op & 0x7f) << 2); cyc++;`,
    ADDS3: add(LOW, SECOND, '(op >> 6) & 7'),
    ADDS8: add(EIGHTS, EIGHTS, 'op & 0xff'),
    ADDSR: add(LOW, SECOND, THIRD),
    ADDHI: `{ const m = (op >> 3) & 15, d = ((op & 0x80) >> 4) | (op & 7);
      const y = m === 15 ? pc + 2 : R[m], x = d === 15 ? pc + 2 : R[d]; const r = (x + y) | 0;
      if (d === 15) { pc = r & ~1; cyc += 2; } else { R[d] = d === 13 ? r & ~3 : r; cyc++; } }`,
    ADR: `${EIGHTS} = ((pc - 2) & ~3) + 4 + ${eight}; cyc++;`,
    ANDS: logic(`${LOW} & ${SECOND}`),
    ASRI: shiftBy5('if (i) { c = (x >>> (i - 1)) & 1; nz = x >> i; } else { c = x >>> 31; nz = x >> 31; }'),
    ASRR: shiftByRegister(
      `if (i === 0) nz = x; else if (i < 32) { c = (x >>> (i - 1)) & 1; nz = x >> i; }
       else { c = x >>> 31; nz = x >> 31; }`,
    ),
    BCOND: `{ ${CONDITION} if (t) { pc = (pc + 2 + ((op << 24) >> 23)) | 0; cyc += 2; } else cyc++; }`,
    B: `pc = (pc + 2 + ((op << 21) >> 20)) | 0; cyc += 2;`,
    BICS: logic(`${LOW} & ~${SECOND}`),
    BKPT: BREAK,
    BLX: `{ const t = R[(op >> 3) & 15]; R[14] = pc | 1; pc = t & ~1; cyc += 2; }`,
    BX: `{ const t = R[(op >> 3) & 15]; cyc += 2; ${jumpTo('t')} }`,
    CMN: add('', LOW, SECOND),
    CMPI: subtract('', EIGHTS, 'op & 0xff'),
    CMPR: subtract('', LOW, SECOND),
    CMPHI: subtract('', 'R[((op >> 4) & 8) | (op & 7)]', 'R[(op >> 3) & 15]'),
    CPSID: `core.PM = true; cyc++;`,
    CPSIE: `core.PM = false; core.interruptsUpdated = true; cyc++; limit = -1;`,
    EORS: logic(`${LOW} ^ ${SECOND}`),
    LDM: `{ const n = (op >> 8) & 7; let a = R[n]; let k = 1;
      for (let i = 0; i < 8; i++) if (op & (1 << i)) { k++; ${memory.loadListed('R[i]')} a += 4; }
      if (!(op & (1 << n))) R[n] = a; cyc += k; }`,
    LDRI: `{ ${at(SECOND, five(2))} ${memory.load32(LOW)} }`,
    LDRSP: `{ ${at('R[13]', eight)} ${memory.load32(EIGHTS)} }`,
    LDRLIT: `{ ${at('((pc + 2) & ~3)', eight)} ${memory.load32(EIGHTS)} }`,
    LDRR: `{ ${at(SECOND, THIRD)} ${memory.load32(LOW)} }`,
    LDRBI: `{ ${at(SECOND, five(0))} ${memory.load8(LOW)} }`,
    LDRBR: `{ ${at(SECOND, THIRD)} ${memory.load8(LOW)} }`,
    LDRHI: `{ ${at(SECOND, five(1))} ${memory.load16(LOW)} }`,
    LDRHR: `{ ${at(SECOND, THIRD)} ${memory.load16(LOW)} }`,
    LDRSB: `{ ${at(SECOND, THIRD)} ${memory.load8(LOW, true)} }`,
    LDRSH: `{ ${at(SECOND, THIRD)} ${memory.load16(LOW, true)} }`,
    LSLI: shiftBy5('if (i) c = (x >>> (32 - i)) & 1; nz = x << i;'),
    LSLR: shiftByRegister(
      `if (i === 0) nz = x; else if (i < 32) { c = (x >>> (32 - i)) & 1; nz = x << i; }
       else { c = i === 32 ? x & 1 : 0; nz = 0; }`,
    ),
    LSRI: shiftBy5('if (i) { c = (x >>> (i - 1)) & 1; nz = (x >>> i) | 0; } else { c = x >>> 31; nz = 0; }'),
    LSRR: shiftByRegister(
      `if (i === 0) nz = x; else if (i < 32) { c = (x >>> (i - 1)) & 1; nz = x >>> i; }
       else { c = i === 32 ? x >>> 31 : 0; nz = 0; }`,
    ),
    MOV: `{ const m = (op >> 3) & 15, d = ((op >> 4) & 8) | (op & 7); const x = m === 15 ? pc + 2 : R[m];
      if (d === 15) { pc = x & ~1; cyc += 2; } else { R[d] = d === 13 ? x & ~3 : x; cyc++; } }`,
    MOVS: `nz = op & 0xff; ${EIGHTS} = nz; cyc++;`,
    MULS: logic(`Math.imul(${SECOND}, ${LOW})`),
    MVNS: logic(`~${SECOND}`),
    ORRS: logic(`${LOW} | ${SECOND}`),
    POP: `{ let a = R[13]; let k = 1;
      for (let i = 0; i < 8; i++) if (op & (1 << i)) { R[i] = ${STACKED}; a += 4; k++; }
      if (op & 0x100) { const t = ${STACKED}; R[13] = a + 4; cyc += k + 2; ${jumpTo('t')} }
      else { R[13] = a; cyc += k; } }`,
    PUSH: `{ let k = 1; let a = R[13];
      if (op & 0x100) { a -= 4; ${STACKED} = R[14]; }
      for (let i = 7; i >= 0; i--) if (op & (1 << i)) { a -= 4; ${STACKED} = R[i]; k++; }
      R[13] = a; ${LOWEST} cyc += k; }`,
    REV: `{ const x = ${SECOND};
      ${LOW} = ((x & 0xff) << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24); cyc++; }`,
    REV16: `{ const x = ${SECOND}; ${LOW} = ((x & 0x00ff00ff) << 8) | ((x >>> 8) & 0x00ff00ff); cyc++; }`,
    REVSH: `{ const x = ${SECOND}; ${LOW} = ((((x & 0xff) << 8) | ((x >>> 8) & 0xff)) << 16) >> 16; cyc++; }`,
    ROR: shiftByRegister(
      'if (i) { const k = i & 31; nz = k ? (x >>> k) | (x << (32 - k)) : x; c = nz >>> 31; } else nz = x;',
    ),
    NEGS: subtract(LOW, '0', SECOND),
    NOP: `cyc++;`,
    SBCS: `{ const x = ${LOW}, y = ${SECOND}, r = (x - y - (1 - c)) | 0; v = ((x ^ y) & (x ^ r)) < 0 ? 1 : 0;
      c = (x >>> 0) >= ((y >>> 0) + (1 - c)) ? 1 : 0; nz = r; ${LOW} = r; cyc++; }`,
    SEV: `cyc++;`,
    STM: `{ const n = (op >> 8) & 7; let a = R[n]; let k = 1;
      for (let i = 0; i < 8; i++) if (op & (1 << i)) { k++; ${memory.storeListed('R[i]')} a += 4; }
      R[n] = a; cyc += k; }`,
    STRI: `{ ${at(SECOND, five(2))} const x = ${LOW}; ${memory.store32} }`,
    STRSP: `{ ${at('R[13]', eight)} const x = ${EIGHTS}; ${memory.store32} }`,
    STRR: `{ ${at(SECOND, THIRD)} const x = ${LOW}; ${memory.store32} }`,
    STRBI: `{ ${at(SECOND, five(0))} const x = ${LOW} & 0xff; ${memory.store8} }`,
    STRBR: `{ ${at(SECOND, THIRD)} const x = ${LOW} & 0xff; ${memory.store8} }`,
    STRHI: `{ ${at(SECOND, five(1))} const x = ${LOW} & 0xffff; ${memory.store16} }`,
    STRHR: `{ ${at(SECOND, THIRD)} const x = ${LOW} & 0xffff; ${memory.store16} }`,
    SUBSP: `{ const a = R[13] - ((op & 0x7f) << 2); R[13] = a; ${LOWEST} cyc++; }`,
    SUBS3: subtract(LOW, SECOND, '(op >> 6) & 7'),
    SUBS8: subtract(EIGHTS, EIGHTS, 'op & 0xff'),
    SUBSR: subtract(LOW, SECOND, THIRD),
    SVC: `core.pendingSVCall = true; core.interruptsUpdated = true; cyc++; limit = -1;`,
    SXTB: `${LOW} = (${SECOND} << 24) >> 24; cyc++;`,
    SXTH: `${LOW} = (${SECOND} << 16) >> 16; cyc++;`,
    TST: `nz = ${LOW} & ${SECOND}; cyc++;`,
    UDF: BREAK,
    UXTB: `${LOW} = ${SECOND} & 0xff; cyc++;`,
    UXTH: `${LOW} = ${SECOND} & 0xffff; cyc++;`,
    WFE: `cyc += 2; if (core.eventRegistered) core.eventRegistered = false; else core.waiting = true; limit = -1;`,
    WFI: `cyc += 2; core.waiting = true; limit = -1;`,
    WIDE: wide(isCached),
    BAD: `R[15] = pc; this.undefinedInstruction(op, pc - 2); limit = -1;`,
  };
}
