/**
 * Octet stuffing of RFC 1662 §4.2. Unescaping is done in place by native scans and moves: what is paid for is the
 * escapes, not the bytes.
 */

import { findByte, moveDown } from './bytes';

export const enum Hdlc {
  Flag = 0x7e,
  Escape = 0x7d,
  Xor = 0x20,
}

/**
 * Undoes the stuffing of buf[from, end), which holds no flag, within the buffer: what comes out stands from `to` on, which
 * is not above `from`. The octet at `end` has to exist.
 * @returns the new end, or -1 when the range ends in an escape (an aborted frame, §4.3)
 */
export function unescapeDown(buf: Uint8Array, to: number, from: number, end: number): number {
  for (;;) {
    const next = findByte(buf, Hdlc.Escape, from, end);
    if (to < from) {
      moveDown(buf, to, from, next);
    }
    to += next - from;
    from = next + 2;
    if (from > end) {
      return next < end ? -1 : to;
    }
    buf[to++] = buf[next + 1] ^ Hdlc.Xor;
  }
}

/**
 * Removes from buf[at, end) the control characters that the line may have put in: those below 0x20 whose bit is set in
 * the receive ACCM (§7.1). Must run before the escapes are undone.
 * @returns the new end
 */
export function stripControls(buf: Uint8Array, at: number, end: number, accm: number): number {
  let to = at;
  for (; at < end; at++) {
    const byte = buf[at];
    if (byte >= 0x20 || !((accm >>> byte) & 1)) {
      buf[to++] = byte;
    }
  }
  return to;
}

/**
 * Stuffs buf[at, end) into out from `to` on. The worst case needs twice the room.
 * @param accm bit n set: escape control character n as well
 * @returns the end in out
 */
export function escapeInto(
  out: Uint8Array,
  to: number,
  buf: Uint8Array,
  at: number,
  end: number,
  accm: number,
): number {
  if (accm) {
    for (; at < end; at++) {
      to = escapeByte(out, to, buf[at], accm);
    }
    return to;
  }
  let flag = findByte(buf, Hdlc.Flag, at, end);
  let escape = findByte(buf, Hdlc.Escape, at, end);
  while (at < end) {
    const next = flag < escape ? flag : escape;
    if (next > at) {
      out.set(buf.subarray(at, next), to);
      to += next - at;
    }
    if (next < end) {
      out[to++] = Hdlc.Escape;
      out[to++] = buf[next] ^ Hdlc.Xor;
      if (next === flag) {
        flag = findByte(buf, Hdlc.Flag, next + 1, end);
      } else {
        escape = findByte(buf, Hdlc.Escape, next + 1, end);
      }
    }
    at = next + 1;
  }
  return to;
}

/** Stuffs one byte; returns the new end in out. */
export function escapeByte(out: Uint8Array, to: number, byte: number, accm: number): number {
  if (byte === Hdlc.Flag || byte === Hdlc.Escape || (byte < 0x20 && (accm >>> byte) & 1)) {
    out[to++] = Hdlc.Escape;
    byte ^= Hdlc.Xor;
  }
  out[to++] = byte;
  return to;
}
