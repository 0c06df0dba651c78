import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sum16 } from '../../modules/wire/checksum';
import { Fcs, fcs16, fcs16Byte, fcs16Sum, wordSum } from '../../modules/wire/fcs';
import { ascii, concat, hex } from '../helpers/bytes';
import { dirty } from '../helpers/codec';
import { random } from '../helpers/random';

/** RFC 1662 Appendix C.1, one bit at a time. */
function reference(fcs: number, bytes: Uint8Array): number {
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const one = (fcs ^ (byte >> bit)) & 1;
      fcs = (fcs >> 1) ^ (one ? 0x8408 : 0);
    }
  }
  return fcs;
}

const whole = (bytes: Uint8Array): number => {
  const own = dirty(0, bytes);
  return fcs16(Fcs.Init, own.buf, 0, bytes.length);
};

test('RFC 1662: the constants', () => {
  assert.is(Fcs.Init, 0xffff);
  assert.is(Fcs.Good, 0xf0b8);
});

test('"123456789" is 906e when complemented', () => {
  assert.is(whole(ascii('123456789')) ^ 0xffff, 0x906e);
});

test('a frame with its FCS leaves f0b8', () => {
  assert.is(whole(concat(ascii('123456789'), [0x6e, 0x90])), 0xf0b8);
  // The Echo-Request by which esp_modem looks for a peer in data mode, without flags and escapes.
  assert.is(whole(hex('ff03 c021 0901 0008 99d135c1 8e2c')), 0xf0b8);
});

test('nothing changes nothing, wherever it lies', () => {
  const buf = new Uint8Array(8).fill(0xa5);
  for (let at = 0; at <= 8; at++) {
    assert.is(fcs16(0x1234, buf, at, at), 0x1234, String(at));
  }
});

test('every alignment and length is what the bit-by-bit way gives', () => {
  const { bytes, u32 } = random(1);
  for (let length = 0; length <= 70; length++) {
    for (let at = 0; at < 4; at++) {
      const data = bytes(length);
      const own = dirty(at, data);
      const start = u32() & 0xffff;
      assert.is(fcs16(start, own.buf, at, own.end), reference(start, data), `${length} at ${at}`);
    }
  }
});

test('long ranges too', () => {
  const { bytes } = random(2);
  for (const length of [1500, 1501, 3071]) {
    for (const at of [0, 1]) {
      const data = bytes(length);
      const own = dirty(at, data);
      assert.is(fcs16(Fcs.Init, own.buf, at, own.end), reference(0xffff, data), `${length} at ${at}`);
    }
  }
});

test('an FCS can be carried over in pieces', () => {
  const data = random(3).bytes(41);
  const { buf } = dirty(0, data);
  for (let cut = 0; cut <= 41; cut++) {
    const first = fcs16(Fcs.Init, buf, 0, cut);
    assert.is(fcs16(first, buf, cut, 41), reference(0xffff, data), String(cut));
  }
});

test('single bytes, against the same reference', () => {
  for (let byte = 0; byte < 256; byte++) {
    const one = Uint8Array.of(byte);
    for (let fcs = byte; fcs < 0x10000; fcs += 251) {
      if (fcs16Byte(fcs, byte) !== reference(fcs, one)) {
        assert.unreachable(`${fcs} and ${byte}`);
      }
    }
  }
});

test('every single flipped bit is seen', () => {
  const good = hex('ff03 c021 0901 0008 99d135c1 8e2c');
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bad = good.slice();
    bad[bit >> 3] ^= 1 << (bit & 7);
    assert.is.not(whole(bad), 0xf0b8, `bit ${bit}`);
  }
});

test('FCS and sum in one walk come to what two walks do, at every alignment and length', () => {
  const { bytes, u32 } = random(3);
  for (const length of [...Array(70).keys(), 255, 1500, 1501]) {
    for (let at = 0; at < 4; at++) {
      const own = dirty(at, bytes(length));
      const start = u32() & 0xffff;
      assert.is(fcs16Sum(start, own.buf, at, own.end), fcs16(start, own.buf, at, own.end), `${length} at ${at}`);
      assert.is(wordSum() % 65535, sum16(own.buf, at, own.end, 0) % 65535, `${length} at ${at}`);
    }
  }
  const full = new Uint8Array(3000).fill(0xff);
  fcs16Sum(0, full, 0, 3000);
  assert.is(wordSum() % 65535, 0, 'the largest words of all');
});

test.run();
