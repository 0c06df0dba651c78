import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as kalumaBytes from '../../../board-targets/kaluma-rp2/wire/bytes';
import * as kalumaHdlc from '../../../board-targets/kaluma-rp2/wire/hdlc';
import * as bytes from '../../../modules/wire/bytes';
import * as hdlc from '../../../modules/wire/hdlc';
import { toHex } from '../../helpers/bytes';
import { random } from '../../helpers/random';

const SPECIAL = [0x7d, 0x7e, 0x5d, 0x5e, 0];

/** Octets of which a third mean something to a framer. */
const line = ({ below, pick }: ReturnType<typeof random>, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => (below(3) ? below(256) : pick(SPECIAL)));

test('every function that the modules in their place have', () => {
  for (const [ours, theirs] of [
    [kalumaBytes, bytes],
    [kalumaHdlc, hdlc],
  ]) {
    assert.equal(Object.keys(ours).sort(), Object.keys(theirs).sort());
  }
});

test('finding, moving and copying come to the same, up to the last octet', () => {
  const source = random(41);
  const { below, pick } = source;
  for (let i = 0; i < 5000; i++) {
    const ours = line(source, 1 + below(40));
    const theirs = ours.slice();
    const end = below(ours.length + 1);
    const at = below(end + 1);
    const to = below(at + 1);
    const value = pick(SPECIAL);
    assert.is(kalumaBytes.findByte(ours, value, at, end), bytes.findByte(theirs, value, at, end));
    kalumaBytes.moveDown(ours, to, at, end);
    bytes.moveDown(theirs, to, at, end);
    assert.is(toHex(ours), toHex(theirs));
    const copy = kalumaBytes.copyOf(ours, at, end);
    assert.is(toHex(copy), toHex(bytes.copyOf(theirs, at, end)));
    assert.is(copy.buffer.byteLength, copy.length, 'it owns its buffer');
  }
});

test('UTF-8 as everywhere', () => {
  for (const text of ['', 'user', 'Grüße', '€ 1', '\u{1f600}']) {
    assert.is(toHex(kalumaBytes.utf8Bytes(text)), toHex(bytes.utf8Bytes(text)), text);
  }
});

test('unescaping comes to the same, whatever the octets, and leaves the rest alone', () => {
  const source = random(42);
  const { below } = source;
  let aborted = 0;
  for (let i = 0; i < 20000; i++) {
    const ours = line(source, 2 + below(60));
    const theirs = ours.slice();
    const end = below(ours.length);
    const from = below(end + 1);
    const to = below(from + 1);
    const result = kalumaHdlc.unescapeDown(ours, to, from, end);
    assert.is(result, hdlc.unescapeDown(theirs, to, from, end));
    assert.is(toHex(ours, 0, Math.max(result, to)), toHex(theirs, 0, Math.max(result, to)));
    assert.is(toHex(ours, end), toHex(theirs, end), 'what stands at the end and behind it');
    aborted += result < 0 ? 1 : 0;
  }
  assert.ok(aborted > 100 && aborted < 10000, `${aborted}`);
});

test.run();
