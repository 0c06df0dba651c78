/** modules/wire/hdlc where an escape costs two native calls: half of what it does through findByte and moveDown. */

import { Hdlc } from '../../../modules/wire/hdlc';

export { escapeByte, escapeInto, stripControls } from '../../../modules/wire/hdlc';
export { Hdlc };

/**
 * Undoes the stuffing of buf[from, end) within the buffer, to `to` and on; the octet at `end` has to exist.
 * @returns the new end, or -1 when the range ends in an escape
 */
export function unescapeDown(buf: Uint8Array, to: number, from: number, end: number): number {
  const saved = buf[end];
  let next = 0;
  buf[end] = Hdlc.Escape;
  for (;;) {
    next = buf.indexOf(Hdlc.Escape, from);
    if (to < from) {
      buf.copyWithin(to, from, next);
    }
    to += next - from;
    from = next + 2;
    if (from > end) {
      break;
    }
    buf[to++] = buf[next + 1] ^ Hdlc.Xor;
  }
  buf[end] = saved;
  return next < end ? -1 : to;
}
