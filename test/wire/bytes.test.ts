import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  copyOf,
  findByte,
  getU16,
  getU32,
  latin1Bytes,
  latin1Text,
  moveDown,
  putBytes,
  putU16,
  putU32,
  sameBytes,
  utf8Bytes,
} from '../../modules/wire/bytes';
import { hex, toHex } from '../helpers/bytes';
import { random } from '../helpers/random';

test('numbers in network order, at any offset', () => {
  for (const at of [0, 1, 2, 3]) {
    const buf = new Uint8Array(10).fill(0xa5);
    putU16(buf, at, 0x1234);
    assert.is(toHex(buf, at, at + 3), '1234a5');
    assert.is(getU16(buf, at), 0x1234);
    putU32(buf, at, 0xfedcba98);
    assert.is(toHex(buf, at, at + 5), 'fedcba98a5');
    assert.is(getU32(buf, at), 0xfedcba98);
  }
});

test('32-bit numbers are unsigned, whatever was put in', () => {
  const buf = new Uint8Array(4);
  putU32(buf, 0, -1);
  assert.is(getU32(buf, 0), 0xffffffff);
  putU32(buf, 0, 0x80000000);
  assert.is(getU32(buf, 0), 0x80000000);
});

test('a copy owns exactly its bytes', () => {
  const buf = hex('00112233445566');
  const copy = copyOf(buf, 2, 5);
  assert.is(toHex(copy), '223344');
  assert.is(copy.buffer.byteLength, 3, 'a firmware that sends the whole buffer sends no more than the copy');
  buf.fill(0);
  assert.is(toHex(copy), '223344');
  assert.is(copyOf(buf, 3, 3).length, 0);
});

test('bytes move down over themselves', () => {
  for (const [to, from, end, want] of [
    [0, 2, 6, '223344554455'],
    [1, 2, 6, '002233445555'],
    [2, 2, 6, '001122334455'],
    [0, 4, 4, '001122334455'],
  ] as const) {
    const buf = hex('001122334455');
    moveDown(buf, to, from, end);
    assert.is(toHex(buf), want, `${from} to ${to}`);
  }
});

test('parts of arrays are put into others', () => {
  const source = hex('0102030405');
  for (const [at, end, want] of [
    [0, 5, 'a50102030405a5a5'],
    [1, 3, 'a50203a5a5a5a5a5'],
    [4, 4, 'a5a5a5a5a5a5a5a5'],
  ] as const) {
    const buf = new Uint8Array(8).fill(0xa5);
    putBytes(buf, 1, source, at, end);
    assert.is(toHex(buf), want);
  }
});

test('findByte is indexOf with an end, and leaves the buffer as it was', () => {
  const { below } = random(11);
  for (let i = 0; i < 3000; i++) {
    const buf = Uint8Array.from({ length: 12 }, () => below(4));
    const before = toHex(buf);
    const at = below(13);
    const end = at + below(13 - at);
    const value = below(4);
    const found = Array.from(buf).findIndex((byte, index) => index >= at && index < end && byte === value);
    assert.is(findByte(buf, value, at, end), found < 0 ? end : found, `${value} in ${before} [${at}, ${end})`);
    assert.is(toHex(buf), before);
  }
});

test('ranges are the same or not', () => {
  const a = hex('00010203');
  const b = hex('ff010204');
  assert.is(sameBytes(a, 1, b, 1, 2), true);
  assert.is(sameBytes(a, 1, b, 1, 3), false);
  assert.is(sameBytes(a, 0, b, 1, 1), false);
  assert.is(sameBytes(a, 0, b, 0, 0), true);
});

test('one byte a character', () => {
  let text = '';
  for (let i = 0; i < 256; i++) {
    text += String.fromCharCode(i);
  }
  const bytes = latin1Bytes(text);
  assert.is(bytes.length, 256);
  assert.is(latin1Text(bytes, 0, 256), text);
  assert.is(latin1Text(bytes, 65, 68), 'ABC');
  assert.is(latin1Text(bytes, 5, 5), '');
});

test('UTF-8 as the platform has it', () => {
  const encoder = new TextEncoder();
  const parts = ['', 'a', '%', '%41', '+', 'ü', '€', '𝄞', '\u07ff', '\u0800', '\uffff', '\u{10ffff}', '\0', '\r\n'];
  for (const first of parts) {
    for (const second of parts) {
      const text = first + second + 'x';
      assert.is(toHex(utf8Bytes(text)), toHex(encoder.encode(text)), JSON.stringify(text));
    }
  }
});

test('half a character has no UTF-8', () => {
  for (const text of ['\ud800', '\udc00', 'a\udbffb', '\udc00\ud800']) {
    assert.throws(
      () => utf8Bytes(text),
      (error: Error) => error.name === 'URIError',
      JSON.stringify(text),
    );
  }
});

test.run();
