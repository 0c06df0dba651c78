import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { foldChecksum, pseudoSum, sum16 } from '../../modules/wire/checksum';
import { concat, hex, ip } from '../helpers/bytes';
import { dirty } from '../helpers/codec';
import { random } from '../helpers/random';

/** RFC 1071 §1 in the words of the RFC: big-endian pairs, the last one padded, end-around carries. */
function reference(bytes: Uint8Array, sum = 0): number {
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes[i] * 256 + (i + 1 < bytes.length ? bytes[i + 1] : 0);
  }
  while (sum > 0xffff) {
    sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  }
  return sum ^ 0xffff;
}

const checksum = (bytes: Uint8Array, at: number, sum = 0): number => {
  const own = dirty(at, bytes);
  return foldChecksum(sum16(own.buf, at, own.end, sum));
};

test('RFC 1071 §3: 00 01 f2 03 f4 f5 f6 f7 adds up to ddf2', () => {
  for (const at of [0, 1, 2, 3]) {
    assert.is(checksum(hex('0001 f203 f4f5 f6f7'), at), 0xddf2 ^ 0xffff, String(at));
  }
});

test('nothing is ffff', () => {
  for (const at of [0, 1]) {
    assert.is(checksum(hex(''), at), 0xffff);
  }
});

test('all ones is zero, not minus zero', () => {
  for (const length of [2, 16, 18, 1500]) {
    assert.is(checksum(new Uint8Array(length).fill(0xff), 0), 0, String(length));
    assert.is(checksum(new Uint8Array(length).fill(0xff), 1), 0, String(length));
  }
});

test('a carry out of the carries is added, too', () => {
  for (const at of [0, 1]) {
    assert.is(checksum(hex('ffff ffff 0001'), at), 0xfffe);
    assert.is(checksum(hex('ffff ffff 0100'), at), 0xfeff);
  }
  assert.is(foldChecksum(0x1ffff), 0xfffe);
});

test('every alignment and length is what the reference gives', () => {
  const { bytes, below } = random(4);
  for (let length = 0; length <= 70; length++) {
    for (let at = 0; at < 4; at++) {
      const data = bytes(length);
      const start = below(0x20000);
      assert.is(checksum(data, at, start), reference(data, start), `${length} at ${at} from ${start}`);
    }
  }
});

test('long ranges of large words do not overflow', () => {
  for (const length of [1480, 1481, 3000, 65535]) {
    for (const at of [0, 1]) {
      const data = new Uint8Array(length).fill(0xfe);
      assert.is(checksum(data, at, 0x1ffff), reference(data, 0x1ffff), `${length} at ${at}`);
    }
  }
});

test('the running sum stays below 2^17, so that sums can be chained', () => {
  const { bytes } = random(5);
  for (let i = 0; i < 200; i++) {
    const data = i & 1 ? bytes(i * 7) : new Uint8Array(i * 7).fill(0xff);
    const own = dirty(i & 1, data);
    assert.ok(sum16(own.buf, own.at, own.end, 0x1ffff) < 0x20000, String(i));
  }
});

test('ranges chain when all but the last are even', () => {
  const data = random(6).bytes(61);
  const own = dirty(1, data);
  for (let cut = 0; cut <= 61; cut += 2) {
    const first = sum16(own.buf, 1, 1 + cut, 0);
    assert.is(foldChecksum(sum16(own.buf, 1 + cut, 62, first)), reference(data), String(cut));
  }
});

test('the pseudo-header is the sum of its twelve octets', () => {
  const cases: [string, string, number, number][] = [
    ['0.0.0.0', '0.0.0.0', 0, 0],
    ['255.255.255.255', '255.255.255.255', 255, 65535],
    ['192.168.1.17', '10.64.64.64', 17, 40],
  ];
  for (const [source, destination, protocol, length] of cases) {
    const octets = concat(
      source.split('.').map(Number),
      destination.split('.').map(Number),
      [0, protocol],
      [length >> 8, length & 255],
    );
    assert.is(foldChecksum(pseudoSum(ip(source), ip(destination), protocol, length)), reference(octets), source);
  }
});

test.run();
