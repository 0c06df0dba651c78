/** Bytes and text, by native functions: a loop over the characters costs the RP2040 70 us each. */

import { copyOf, latin1Bytes } from '../wire/bytes';
import { raiseTypeError } from '../network/errors';
import { Context } from './context';

/** Arguments that a native call takes at a time. */
const PIECE = 1024;

/** One character a byte. */
export function latin1Of(bytes: Uint8Array, at: number, end: number): string {
  let text = '';
  for (; at < end; at += PIECE) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, Math.min(end, at + PIECE)) as never);
  }
  return text;
}

/** Where the last character of bytes that has not come completely begins; their length when it has. */
function completeEnd(bytes: Uint8Array): number {
  const length = bytes.length;
  for (let back = 1; back < 4 && back <= length; back++) {
    const byte = bytes[length - back];
    if (byte > 0xbf) {
      return (byte > 0xef ? 4 : byte > 0xdf ? 3 : 2) > back ? length - back : length;
    }
    if (byte < 0x80) {
      break;
    }
  }
  return length;
}

/** Text out of chunks. What is no UTF-8 comes out one character a byte. */
export interface Decoder {
  _isLatin1: boolean;
  /** The beginning of a character that was cut in two. */
  _rest: Uint8Array | null;
}

export function decode(decoder: Decoder, bytes: Uint8Array): string {
  const whole = joined(decoder._rest, bytes);
  const end = decoder._isLatin1 ? whole.length : completeEnd(whole);
  const text = latin1Of(whole, 0, end);
  decoder._rest = end < whole.length ? copyOf(whole, end, whole.length) : null;
  if (decoder._isLatin1) {
    return text;
  }
  try {
    return decodeURIComponent(escape(text));
  } catch (error) {
    return text;
  }
}

/** Two stretches in one. */
export function joined(a: Uint8Array | null, b: Uint8Array): Uint8Array {
  if (!a || !a.length) {
    return b;
  }
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Whether an encoding has one byte a character. */
export function isLatin1(encoding: unknown): boolean {
  return encoding === 'latin1' || encoding === 'binary' || encoding === 'ascii';
}

/**
 * The bytes of what a program writes: a Uint8Array as it is, an ArrayBuffer, or text in UTF-8 (or 'latin1').
 * @throws TypeError for anything else
 */
export function bytesOf(context: Context, data: unknown, encoding?: unknown): Uint8Array {
  if (typeof data === 'string') {
    return isLatin1(encoding) ? latin1Bytes(data) : context._encode(data);
  }
  if (data instanceof ArrayBuffer) {
    return new Uint8Array(data);
  }
  if (!(data instanceof Uint8Array)) {
    raiseTypeError('data must be a string or a Uint8Array');
  }
  return data;
}
