import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Encoder, createEncoder, encodeFrame, feedLine } from '../../modules/ppp/encoder';
import { hex, toHex } from '../helpers/bytes';
import { dirty } from '../helpers/codec';
import { Reader, contentOf, frameOf } from '../helpers/ppp';
import { random } from '../helpers/random';

/** An encoder, and what it has written. */
function encoderOf(mtu: number, piece?: number): Encoder & { pieces: Uint8Array[]; stats: { txBytes: number } } {
  const pieces: Uint8Array[] = [];
  const stats = { txBytes: 0 };
  const encoder = createEncoder({ _write: (bytes) => void pieces.push(bytes) }, stats, mtu, piece);
  return Object.assign(encoder, { pieces, stats });
}

const octets = (pieces: Uint8Array[]): string => pieces.map((piece) => toHex(piece)).join('');

function encode(
  encoder: ReturnType<typeof encoderOf>,
  protocol: number,
  body: Uint8Array,
  plain = false,
  nowMs = 0,
  at = 0,
): string {
  const own = dirty(at, body);
  const before = toHex(own.buf);
  const { pieces, stats } = encoder;
  pieces.length = stats.txBytes = 0;
  encodeFrame(encoder, plain, protocol, own.buf, at, own.end, nowMs);
  assert.is(toHex(own.buf), before, 'the packet is left alone');
  assert.is(pieces.length, 1);
  assert.is(pieces[0].buffer.byteLength, pieces[0].length, 'firmwares send the whole buffer');
  assert.is(stats.txBytes, pieces[0].length);
  return toHex(pieces[0]);
}

test("esp_modem's probe, octet by octet", () => {
  const encoder = encoderOf(1500);
  assert.is(
    encode(encoder, 0xc021, hex('09 01 0008 99d135c1'), true),
    '7eff7d23c021' + '7d297d217d207d28' + '99d135c1' + '8e2c' + '7e',
  );
});

test('every packet, option and alignment is what RFC 1662 gives', () => {
  const { bytes, below, pick } = random(51);
  for (let i = 0; i < 2000; i++) {
    const encoder = encoderOf(300);
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
  const encoder = encoderOf(1500);
  const body = new Uint8Array(1500).fill(0x7e);
  const wire = encode(encoder, 0x21, body);
  assert.is(wire, toHex(frameOf({ protocol: 0x21, body })));
  const [frame] = new Reader().push(hex(wire));
  assert.equal(frame.body, body);
});

test('an empty packet', () => {
  assert.is(encode(encoderOf(100), 0x21, hex('')), toHex(frameOf({ protocol: 0x21, body: hex('') })));
});

test('frames in close succession share a flag; after a pause one opens (RFC 1662 §4.4.2)', () => {
  const encoder = encoderOf(100);
  const body = hex('45');
  const open = (nowMs: number): boolean => encode(encoder, 0x21, body, false, nowMs).startsWith('7e');
  assert.is(open(5000), true, 'the first');
  assert.is(open(5000), false);
  assert.is(open(5050), false);
  assert.is(open(7000), true, 'noise may have come in two seconds');
  assert.is(encode(encoder, 0xc021, body, true, 7000).startsWith('7e'), true, 'LCP always');
});

test('the FCS covers what stands before stuffing', () => {
  const body = hex('7e7d0011');
  const [frame] = new Reader().push(hex(encode(encoderOf(100), 0x21, body)));
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
        [4, 4 + 4 * piece],
        [4, 5 + 4 * piece],
        [1, 512],
        [1, 513],
      ].filter(([, last]) => last <= 1500)) {
        for (const accm of [0, 0x000a0000]) {
          const whole = encoderOf(1500);
          const parts = encoderOf(1500, piece);
          whole._accm = parts._accm = accm;
          for (const nowMs of [0, 10]) {
            encodeFrame(whole, false, 0x21, packet, at, end, nowMs);
            encodeFrame(parts, false, 0x21, packet, at, end, nowMs);
          }
          while (parts._held.length) {
            feedLine(parts);
          }
          assert.is(octets(parts.pieces), octets(whole.pieces));
          assert.is(parts.stats.txBytes, whole.stats.txBytes);
          for (const some of parts.pieces) {
            assert.is(some.buffer.byteLength, some.length, 'owns its buffer');
            assert.ok(some.length && some.length <= piece, `${some.length} octets`);
          }
        }
      }
    }
  }
});

test('of a packet no more is looked at before the first piece goes out than leaves whole looks', () => {
  const packet = new Uint8Array(1500).fill(0x61);
  const got: number[] = [];
  const line = {
    _write: (bytes: Uint8Array) => {
      if (!got.length) {
        // What has not been looked at yet may still change, and the FCS with it: 1500 is 92 and 11 times four pieces.
        packet.fill(0x62, 92);
      }
      got.push(...bytes);
    },
  };
  const encoder = createEncoder(line, { txBytes: 0 }, 1500, 32);
  encodeFrame(encoder, false, 0x21, packet, 0, 1500, 0);
  while (encoder._held.length) {
    feedLine(encoder);
  }
  const [frame] = new Reader().push(Uint8Array.from(got));
  assert.equal(frame.body, packet);
});

test('the end of a long frame is held back, and goes out piece by piece or before the next frame', () => {
  const encoder = encoderOf(1500, 32);
  encoder._accm = 0;
  encoder._acfc = encoder._pfc = true;
  const long = new Uint8Array(1500).fill(0x61);
  const short = new Uint8Array(511).fill(0x62);
  encodeFrame(encoder, false, 0x21, short, 0, 511, 0);
  assert.is(encoder._held.length, 0, 'of one below 512 octets nothing');
  feedLine(encoder);
  assert.equal([...new Reader().push(hex(octets(encoder.pieces)))[0].body], [...short]);
  encoder.pieces.length = 0;

  encodeFrame(encoder, false, 0x21, long, 0, 1500, 1);
  // The last look: 128 octets, the FCS and the flag, of which the first 32 have gone.
  assert.equal(
    encoder._held.map((piece) => piece.length),
    [32, 32, 32, 3],
  );
  const written = encoder.pieces.length;
  feedLine(encoder);
  assert.is(encoder.pieces.length, written + 1, 'one at a time');
  assert.is(encoder._held.length, 3);
  encodeFrame(encoder, false, 0x21, short, 0, 40, 2);
  assert.is(encoder._held.length, 0);
  assert.equal(
    new Reader().push(Uint8Array.from([0x7e, ...hex(octets(encoder.pieces))])).map((frame) => frame.body.length),
    [1500, 40],
  );
});

test.run();
