/**
 * modules/wire/bytes by Espruino's native functions. Its Uint8Array has no copyWithin, its slice makes a plain array, and
 * its indexOf makes a variable of each byte: a string over the same memory is searched ten times as fast.
 */

import { native } from '../firmware';

export {
  getU16,
  getU32,
  grown,
  hasReduce,
  latin1Bytes,
  latin1Text,
  putBytes,
  putU16,
  putU32,
  sameBytes,
  wordsOf,
} from '../../../modules/wire/bytes';

/** A copy of [at, end) that owns its buffer. */
export function copyOf(buf: Uint8Array, at: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - at);
  // A view of length 0 would be all the rest.
  if (at < end) {
    copy.set(new Uint8Array(buf.buffer, buf.byteOffset + at, end - at));
  }
  return copy;
}

/** Moves [from, end) down to `to` within one buffer; `to` is never above `from`. */
export function moveDown(buf: Uint8Array, to: number, from: number, end: number): void {
  if (from < end) {
    buf.set(buf.subarray(from, end), to);
  }
}

/** Where `value` first stands in [at, end), or `end`. */
export function findByte(buf: Uint8Array, value: number, at: number, end: number): number {
  const found = native.toString(buf).indexOf(String.fromCharCode(value), at);
  return found < 0 || found > end ? end : found;
}

/** Strings are bytes here already; encodeURIComponent is wrong above 0x7f. */
export function utf8Bytes(text: string): Uint8Array {
  return native.toUint8Array(text);
}
