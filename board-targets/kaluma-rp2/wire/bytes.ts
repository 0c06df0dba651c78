/** modules/wire/bytes by JerryScript's native functions, without the ways of engines that lack them. */

import { firmware } from '../firmware';

export {
  getU16,
  getU32,
  grown,
  latin1Bytes,
  latin1Text,
  putBytes,
  putU16,
  putU32,
  sameBytes,
  wordsOf,
} from '../../../modules/wire/bytes';

export const hasReduce = true;

/** UTF-8. */
export function utf8Bytes(text: string): Uint8Array {
  return new firmware.TextEncoder().encode(text);
}

/** A copy of [at, end) that owns its buffer. */
export function copyOf(buf: Uint8Array, at: number, end: number): Uint8Array {
  return buf.slice(at, end);
}

/** Moves [from, end) down to `to` within one buffer; `to` is never above `from`. */
export function moveDown(buf: Uint8Array, to: number, from: number, end: number): void {
  buf.copyWithin(to, from, end);
}

/** Where `value` first stands in [at, end), or `end`. The native scan has no end, so a sentinel gives it one. */
export function findByte(buf: Uint8Array, value: number, at: number, end: number): number {
  const saved = buf[end];
  buf[end] = value;
  const found = buf.indexOf(value, at);
  buf[end] = saved;
  // Behind the last octet there is no place for a sentinel.
  return found < 0 ? end : found;
}
