/**
 * Bytes to fields and back, in network byte order. Nothing here checks a length: callers have.
 * The native primitives of typed arrays are used where the engine has them; Duktape has none of the four.
 */

const hasIndexOf = !!Uint8Array.prototype.indexOf;
const hasCopyWithin = !!Uint8Array.prototype.copyWithin;
const hasSlice = !!Uint8Array.prototype.slice;
export const hasReduce = !!Uint16Array.prototype.reduce;

let viewed: Uint8Array | null = null;
let words: Uint16Array;

/**
 * The 16-bit view of buf's whole memory from byte 0 on, little-endian as all targets are. The last one is kept: making
 * one costs 8,000 cycles on the RP2040.
 */
export function wordsOf(buf: Uint8Array): Uint16Array {
  if (buf !== viewed) {
    viewed = buf;
    words = new Uint16Array(buf.buffer, 0, buf.buffer.byteLength >> 1);
  }
  return words;
}

export function getU16(buf: Uint8Array, at: number): number {
  return (buf[at] << 8) | buf[at + 1];
}

export function putU16(buf: Uint8Array, at: number, value: number): void {
  buf[at] = value >> 8;
  buf[at + 1] = value;
}

/** An unsigned number; above 2^27 it costs the small engines a heap cell, so keep it out of loops. */
export function getU32(buf: Uint8Array, at: number): number {
  return ((buf[at] << 24) | (buf[at + 1] << 16) | (buf[at + 2] << 8) | buf[at + 3]) >>> 0;
}

export function putU32(buf: Uint8Array, at: number, value: number): void {
  buf[at] = value >>> 24;
  buf[at + 1] = value >>> 16;
  buf[at + 2] = value >>> 8;
  buf[at + 3] = value;
}

/** A copy of [at, end) that owns its buffer. */
export function copyOf(buf: Uint8Array, at: number, end: number): Uint8Array {
  if (hasSlice) {
    return buf.slice(at, end);
  }
  const copy = new Uint8Array(end - at);
  copy.set(buf.subarray(at, end));
  return copy;
}

/** `buf`, or when it holds less than `need`, a larger array of `size` octets that begins with them. */
export function grown(buf: Uint8Array, need: number, size: number): Uint8Array {
  if (buf.length < need) {
    const larger = new Uint8Array(size);
    larger.set(buf);
    return larger;
  }
  return buf;
}

/** Moves [from, end) down to `to` within one buffer; `to` is never above `from`. */
export function moveDown(buf: Uint8Array, to: number, from: number, end: number): void {
  if (hasCopyWithin) {
    buf.copyWithin(to, from, end);
    return;
  }
  while (from < end) {
    buf[to++] = buf[from++];
  }
}

/** Copies bytes[at, end) to buf[to...]; a whole array goes without the cost of a view. */
export function putBytes(buf: Uint8Array, to: number, bytes: Uint8Array, at: number, end: number): void {
  buf.set(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end), to);
}

/** Where `value` first stands in [at, end), or `end`. The native scan has no end, so a sentinel gives it one. */
export function findByte(buf: Uint8Array, value: number, at: number, end: number): number {
  if (hasIndexOf) {
    if (end >= buf.length) {
      const found = buf.indexOf(value, at);
      return found < 0 ? end : found;
    }
    const saved = buf[end];
    buf[end] = value;
    const found = buf.indexOf(value, at);
    buf[end] = saved;
    return found;
  }
  while (at < end && buf[at] !== value) {
    at++;
  }
  return at;
}

/** Whether two ranges of `length` bytes are the same. */
export function sameBytes(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (a[aAt + i] !== b[bAt + i]) {
      return false;
    }
  }
  return true;
}

/** One byte a character, the low eight bits of each. */
export function latin1Bytes(text: string): Uint8Array {
  const length = text.length;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    bytes[i] = text.charCodeAt(i);
  }
  return bytes;
}

/** One character a byte. */
export function latin1Text(buf: Uint8Array, at: number, end: number): string {
  let text = '';
  for (; at < end; at++) {
    text += String.fromCharCode(buf[at]);
  }
  return text;
}

/** UTF-8, by way of the one converter every engine has; a lone surrogate throws its URIError. */
export function utf8Bytes(text: string): Uint8Array {
  return latin1Bytes(
    encodeURIComponent(text).replace(/%(..)/g, function (_all, hex) {
      return String.fromCharCode(parseInt(hex, 16));
    }),
  );
}
