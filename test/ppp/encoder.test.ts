import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Encoder, createEncoder, encodeFrame, encoderReset } from '../../modules/ppp/encoder';
import { hex, toHex } from '../helpers/bytes';
import { dirty } from '../helpers/codec';
import { Reader, contentOf, frameOf } from '../helpers/ppp';
import { random } from '../helpers/random';

function encode(encoder: Encoder, protocol: number, body: Uint8Array, plain = false, nowMs = 0, at = 0): string {
  const own = dirty(at, body);
  const before = toHex(own.buf);
  const bytes = encodeFrame(encoder, plain, protocol, own.buf, at, own.end, nowMs);
  assert.is(toHex(own.buf), before, 'the packet is left alone');
  assert.is(bytes.buffer.byteLength, bytes.length, 'firmwares send the whole buffer');
  return toHex(bytes);
}

test("esp_modem's probe, octet by octet", () => {
  const encoder = createEncoder(1500);
  assert.is(
    encode(encoder, 0xc021, hex('09 01 0008 99d135c1'), true),
    '7eff7d23c021' + '7d297d217d207d28' + '99d135c1' + '8e2c' + '7e',
  );
});

test('every packet, option and alignment is what RFC 1662 gives', () => {
  const { bytes, below, pick } = random(51);
  for (let i = 0; i < 2000; i++) {
    const encoder = createEncoder(300);
    encoder._accm = pick([0, -1, 0x000a0000, 0x80000001 | 0]);
    encoder._acfc = below(2) === 1;
    encoder._pfc = below(2) === 1;
    const plain = below(3) === 0;
    const protocol = pick([0x21, 0xc021, 0x8021, 0x7d, 0x7e7d]);
    const body = bytes(below(300)).map((byte) => (below(5) ? byte : pick([0x7d, 0x7e, 0x11, 0])));
    const framing = plain ? {} : { accm: encoder._accm, acfc: encoder._acfc, pfc: encoder._pfc };
    const want = toHex(frameOf({ protocol, body }, framing));
    assert.is(encode(encoder, protocol, body, plain, 1000, below(4)), want);
  }
});

test('the longest packet, all of it escaped', () => {
  const encoder = createEncoder(1500);
  const body = new Uint8Array(1500).fill(0x7e);
  const wire = encode(encoder, 0x21, body);
  assert.is(wire, toHex(frameOf({ protocol: 0x21, body })));
  const [frame] = new Reader().push(hex(wire));
  assert.equal(frame.body, body);
});

test('an empty packet', () => {
  assert.is(encode(createEncoder(100), 0x21, hex('')), toHex(frameOf({ protocol: 0x21, body: hex('') })));
});

test('frames in close succession share a flag; after a pause one opens (RFC 1662 §4.4.2)', () => {
  const encoder = createEncoder(100);
  const body = hex('45');
  const open = (nowMs: number): boolean => encode(encoder, 0x21, body, false, nowMs).startsWith('7e');
  assert.is(open(5000), true, 'the first');
  assert.is(open(5000), false);
  assert.is(open(5050), false);
  assert.is(open(7000), true, 'noise may have come in two seconds');
  assert.is(encode(encoder, 0xc021, body, true, 7000).startsWith('7e'), true, 'LCP always');
});

test('a reset brings back the defaults', () => {
  const encoder = createEncoder(100);
  encoder._accm = 0;
  encoder._pfc = encoder._acfc = true;
  encoderReset(encoder);
  assert.is(encode(encoder, 0x21, hex('0011')), toHex(frameOf({ protocol: 0x21, body: hex('0011') })));
});

test('the FCS covers what stands before stuffing', () => {
  const body = hex('7e7d0011');
  const [frame] = new Reader().push(hex(encode(createEncoder(100), 0x21, body)));
  assert.is(toHex(frame.body), '7e7d0011');
  assert.is(toHex(contentOf({ protocol: 0x21, body })).startsWith('ff0300217e7d0011'), true);
});

test('pieces that go out early make the very same frame', () => {
  const packet = new Uint8Array(1500).map((_, i) => (i * 37) & 255);
  for (const piece of [1, 7, 128, 1499, 1500]) {
    const whole = createEncoder(1500);
    const parts = createEncoder(1500, piece);
    whole._accm = parts._accm = 0x000a0000;
    const expected = encodeFrame(whole, false, 0x21, packet, 3, 1400, 0);
    const got: number[] = [];
    let calls = 0;
    const early = (bytes: Uint8Array): void => {
      calls++;
      assert.is(bytes.buffer.byteLength, bytes.length, 'owns its buffer');
      got.push(...bytes);
    };
    got.push(...encodeFrame(parts, false, 0x21, packet, 3, 1400, 0, early));
    assert.equal(Uint8Array.from(got), expected);
    assert.is(calls, Math.ceil(1397 / piece) - 1);
  }
});

test.run();
