/** IPv6 addresses: RFC 4291 §2.2's forms are read, RFC 5952's is written. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  commonBits,
  getIpv6,
  isLinkLocal,
  isMulticast,
  parseIpv6,
  putIpv6,
  solicitedNode,
} from '../../modules/wire/addr6';
import { formatAddress } from '../../modules/wire/addr';
import { random } from '../helpers/random';
import { bytes6, text6 } from '../helpers/packets6';

/** Of RFC 4291 §2.2 and §2.5, RFC 5952 §1, §2, §4 and §5. */
const SAME: [given: string, canonical: string][] = [
  ['ABCD:EF01:2345:6789:ABCD:EF01:2345:6789', 'abcd:ef01:2345:6789:abcd:ef01:2345:6789'],
  ['2001:DB8:0:0:8:800:200C:417A', '2001:db8::8:800:200c:417a'],
  ['FF01:0:0:0:0:0:0:101', 'ff01::101'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['0:0:0:0:0:0:13.1.68.3', '::d01:4403'],
  ['0:0:0:0:0:FFFF:129.144.52.38', '::ffff:129.144.52.38'],
  ['::FFFF:8190:3426', '::ffff:129.144.52.38'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8::0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0db8::1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:0:1::1', '2001:db8::1:0:0:1'],
  ['2001:db8:0000:0:1::1', '2001:db8::1:0:0:1'],
  ['2001:DB8:0:0:1::1', '2001:db8::1:0:0:1'],
  ['2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1'],
  ['2001:db8:0:0:0::1', '2001:db8::1'],
  ['2001:db8::aaaa:0:0:1', '2001:db8::aaaa:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:0', '2001:db8:0:0:1::'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['1::', '1::'],
  ['::1:2:3:4:5:6:7', '0:1:2:3:4:5:6:7'],
];

const NONE = [
  '',
  ':',
  ':::',
  '1',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '::1:2:3:4:5:6:7:8',
  '1::2::3',
  '12345::',
  'g::',
  ' ::1',
  '::1 ',
  '::1%eth0',
  'fe80::1/64',
  '1:2:3:4:5:6:7:1.2.3.4',
  '1.2.3.4::',
  '::1.2.3.4:5',
  '::01.2.3.4',
  '::256.1.1.1',
  '::1.2.3',
  '1:',
  ':1',
  '1:2:3:4:5:6:7:',
  ':2:3:4:5:6:7:8',
  '10.0.0.1',
  '-1::',
  '0x1::',
  '[::1]',
  null,
  undefined,
  1,
  {},
];

test('every form is read, and the one of RFC 5952 comes out', () => {
  for (const [given, canonical] of SAME) {
    assert.is(parseIpv6(given), canonical, given);
    assert.is(parseIpv6(canonical), canonical);
    assert.is(formatAddress(canonical), canonical);
  }
});

test('anything else is none', () => {
  for (const text of NONE) {
    assert.is(parseIpv6(text), '', String(text));
  }
});

test('text to octets and back, at even and odd places, against another serializer', () => {
  const r = random(5952);
  for (let i = 0; i < 2000; i++) {
    const bytes = Buffer.from(Array.from(r.bytes(16), (byte) => (r.below(2) ? 0 : byte)));
    if (bytes.readUInt32BE(0) + bytes.readUInt32BE(4) === 0) bytes[0] = 1; // The mixed notation is ours alone.
    const at = 3 + (i & 1);
    const buf = new Uint8Array(24).fill(0xa5);
    buf.set(bytes, at);
    const text = getIpv6(buf, at);
    assert.is(text, text6(bytes));
    const made = new Uint8Array(24).fill(0xa5);
    putIpv6(made, at, text);
    assert.equal(Buffer.from(made).toString('hex'), Buffer.from(buf).toString('hex'));
  }
});

test('bits in common', () => {
  assert.is(commonBits('::', '::'), 128);
  assert.is(commonBits('2001:db8::1', '2001:db8::1'), 128);
  assert.is(commonBits('2001:db8::', '2001:db8::1'), 127);
  assert.is(commonBits('2001:db8::', '2001:db9::'), 31);
  assert.is(commonBits('8000::', '::'), 0);
  assert.is(commonBits('1:2:3:4::', '1:2:3:5::'), 63);
  for (let bit = 0; bit < 128; bit++) {
    const bytes = Buffer.alloc(16);
    bytes[bit >> 3] = 0x80 >> (bit & 7);
    assert.is(commonBits(getIpv6(bytes, 0), '::'), bit);
  }
});

test('kinds of addresses', () => {
  assert.equal(
    ['ff02::1', 'ff00::', 'fe80::1', 'febf::', 'fec0::', '2001:db8::1', '::', 'f::1', 'fe8::', 'ff::1'].map((text) => [
      isMulticast(text),
      isLinkLocal(text),
    ]),
    [
      [true, false],
      [true, false],
      [false, true],
      [false, true],
      [false, false],
      [false, false],
      [false, false],
      [false, false],
      [false, false],
      [false, false],
    ],
  );
  assert.is(solicitedNode('4037::1:800:200e:8c6c'), 'ff02::1:ff0e:8c6c'); // RFC 4291 §2.7.1.
  assert.equal(Buffer.from(bytes6('ff02::1:ff0e:8c6c')).toString('hex'), 'ff0200000000000000000001ff0e8c6c');
});

test.run();
