import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Hdlc, escapeByte, escapeInto, stripControls, unescapeDown } from '../../modules/wire/hdlc';
import { concat, hex, toHex } from '../helpers/bytes';
import { dirty } from '../helpers/codec';
import { random } from '../helpers/random';

/** RFC 1662 §4.2. */
function reference(bytes: Uint8Array, accm: number): Uint8Array {
  return concat(
    Array.from(bytes).flatMap((byte) =>
      byte === 0x7e || byte === 0x7d || (byte < 32 && (accm >>> byte) & 1) ? [0x7d, byte ^ 0x20] : [byte],
    ),
  );
}

function escape(bytes: Uint8Array, accm: number, at = 0, to = 0): string {
  const own = dirty(at, bytes);
  const before = toHex(own.buf);
  const out = new Uint8Array(to + 2 * bytes.length + 4).fill(0xa5);
  const end = escapeInto(out, to, own.buf, at, own.end, accm);
  assert.is(toHex(own.buf), before, 'the source is left alone');
  assert.ok(out.subarray(0, to).every((byte) => byte === 0xa5) && out.subarray(end).every((byte) => byte === 0xa5));
  return toHex(out, to, end);
}

function unescape(bytes: Uint8Array, at = 0): string | null {
  const own = dirty(at, bytes);
  const end = unescapeDown(own.buf, at, at, own.end);
  assert.ok(
    own.buf.subarray(0, at).every((byte) => byte === 0xa5),
    'bytes before are left alone',
  );
  assert.ok(
    own.buf.subarray(own.end).every((byte) => byte === 0xa5),
    'bytes behind are left alone',
  );
  return end < 0 ? null : toHex(own.buf, at, end);
}

test('the octets of RFC 1662', () => {
  assert.equal([Hdlc.Flag, Hdlc.Escape, Hdlc.Xor], [0x7e, 0x7d, 0x20]);
});

test("RFC 1662 §4.2's own examples", () => {
  for (const [plain, escaped] of [
    ['7e', '7d5e'],
    ['7d', '7d5d'],
    ['03', '7d23'],
    ['11', '7d31'],
    ['13', '7d33'],
  ]) {
    assert.is(escape(hex(plain), -1), escaped);
    assert.is(unescape(hex(escaped)), plain);
  }
});

test('only what must be is escaped', () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  for (const accm of [0, -1, 0x000a0000, 1, 0x80000000 | 0]) {
    assert.is(escape(all, accm), toHex(reference(all, accm)), accm.toString(16));
  }
});

test('ACCM 000a0000 is XON and XOFF', () => {
  assert.is(escape(hex('00 10 11 12 13 14 1f 20'), 0x000a0000), '00107d31127d33141f20');
});

test('in pieces, each moved down to where the one before it ends', () => {
  const { below, bytes } = random(14);
  for (let i = 0; i < 500; i++) {
    const plain = bytes(1 + below(60)).map((byte) => (below(4) ? byte : 0x7d + below(2)));
    const escaped = reference(plain, 0);
    const own = dirty(below(3), escaped);
    const start = own.end - escaped.length;
    let to = start;
    let from = start;
    while (from < own.end) {
      let stop = Math.min(own.end, from + 1 + below(9));
      // Not between an escape and its octet.
      const isPair = (end: number): boolean => unescapeDown(own.buf.slice(), from, from, end) < 0;
      stop += isPair(stop) ? 1 : 0;
      to = unescapeDown(own.buf, to, from, stop);
      from = stop;
    }
    assert.is(toHex(own.buf, start, to), toHex(plain));
  }
});

test('escape and back: random bytes, offsets and maps', () => {
  const { pick, below } = random(12);
  for (let i = 0; i < 2000; i++) {
    const length = below(40);
    const bytes = Uint8Array.from({ length }, () => pick([0x7e, 0x7d, 0x5e, 0x5d, 0x03, 0x11, 0x41, below(256)]));
    const accm = pick([0, -1, 0x000a0000]);
    const escaped = escape(bytes, accm, below(3), below(3));
    assert.is(escaped, toHex(reference(bytes, accm)));
    assert.is(hex(escaped).includes(0x7e), false, 'no flag inside a frame');
    assert.is(unescape(hex(escaped), below(3)), toHex(bytes));
  }
});

test('nothing at all', () => {
  assert.is(escape(hex(''), 0), '');
  assert.is(escape(hex(''), -1), '');
  assert.is(unescape(hex('')), '');
});

test('a receiver takes any octet escaped (§4.2)', () => {
  assert.is(unescape(hex('7d61 7d41 7dff 7d20')), '4161df00');
});

test('a range that ends in an escape is aborted (§4.3)', () => {
  assert.is(unescape(hex('7d')), null);
  assert.is(unescape(hex('4142437d')), null);
  assert.is(unescape(hex('7d5e417d')), null);
  assert.is(unescape(hex('7d7d')), '5d', 'an escaped 7d is no abort');
});

test('one byte', () => {
  const out = new Uint8Array(4).fill(0xa5);
  assert.is(escapeByte(out, 1, 0x41, -1), 2);
  assert.is(toHex(out), 'a541a5a5');
  assert.is(escapeByte(out, 1, 0x7e, 0), 3);
  assert.is(toHex(out), 'a57d5ea5');
  assert.is(escapeByte(out, 0, 0x1f, 0x80000000 | 0), 2);
  assert.is(toHex(out), '7d3f5ea5');
});

function strip(bytes: Uint8Array, accm: number): string {
  const own = dirty(1, bytes);
  return toHex(own.buf, 1, stripControls(own.buf, 1, own.end, accm));
}

test('what the line has put in is taken out (§7.1)', () => {
  assert.is(strip(hex('41 11 42 13 43'), 0x000a0000), '414243');
  assert.is(strip(hex('41 11 42 00 43'), 0x000a0000), '41420043', 'other controls are data');
  assert.is(strip(hex('00 1f 20 7d 23 ff'), -1), '207d23ff', 'an escaped control is no control');
  assert.is(strip(hex('00 1f 7d 11 23'), -1), '7d23', 'one between an escape and its octet');
  assert.is(strip(hex('00 11 1f'), 0), '00111f');
  assert.is(strip(hex(''), -1), '');
});

test.run();
