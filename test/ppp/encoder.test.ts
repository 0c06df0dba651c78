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
  const pieces: Uint8Array[] = [];
  encodeFrame(encoder, plain, protocol, own.buf, at, own.end, nowMs, (bytes) => pieces.push(bytes));
  assert.is(toHex(own.buf), before, 'the packet is left alone');
  assert.is(pieces.length, 1);
  assert.is(pieces[0].buffer.byteLength, pieces[0].length, 'firmwares send the whole buffer');
  return toHex(pieces[0]);
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

test('pieces make the very same frame', () => {
  const { bytes } = random(52);
  const packets = [
    new Uint8Array(1500).map((_, i) => (i * 37) & 255),
    new Uint8Array(1500).fill(0x7e),
    new Uint8Array(1500).fill(0x61),
    bytes(1500),
  ];
  for (const packet of packets) {
    for (const piece of [1, 7, 32, 128, 1499, 1500]) {
      for (const [at, end] of [
        [3, 1400],
        [0, 1500],
        [0, 0],
        [7, 8],
        [4, 4 + 3 * piece],
      ].filter(([, last]) => last <= 1500)) {
        const whole = createEncoder(1500);
        const parts = createEncoder(1500, piece);
        whole._accm = parts._accm = 0x000a0000;
        const expected: number[] = [];
        encodeFrame(whole, false, 0x21, packet, at, end, 0, (all) => expected.push(...all));
        const got: number[] = [];
        encodeFrame(parts, false, 0x21, packet, at, end, 0, (some) => {
          assert.is(some.buffer.byteLength, some.length, 'owns its buffer');
          assert.ok(some.length && some.length <= piece, `${some.length} octets`);
          got.push(...some);
        });
        assert.equal(got, expected);
      }
    }
  }
});

test('of a packet no more is looked at before the first piece goes out than that piece', () => {
  const encoder = createEncoder(1500, 32);
  const packet = new Uint8Array(1500).fill(0x61);
  let changed = false;
  const got: number[] = [];
  encodeFrame(encoder, false, 0x21, packet, 0, 1500, 0, (bytes) => {
    if (!changed) {
      // What has not been looked at yet may still change, and the FCS with it.
      packet.fill(0x62, 40);
      changed = true;
    }
    got.push(...bytes);
  });
  const [frame] = new Reader().push(Uint8Array.from(got));
  assert.equal(frame.body, packet);
});

test.run();
