import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatIpv4, parseIpv4 } from '../../modules/wire/addr';
import { random } from '../helpers/random';

const GOOD: [string, number][] = [
  ['0.0.0.0', 0],
  ['0.0.0.1', 1],
  ['10.64.64.64', 0x0a404040],
  ['127.0.0.1', 0x7f000001],
  ['128.0.0.0', 0x80000000],
  ['192.168.1.255', 0xc0a801ff],
  ['255.255.255.255', 0xffffffff],
];

test('text and number, both ways', () => {
  for (const [text, value] of GOOD) {
    assert.is(parseIpv4(text), value);
    assert.is(formatIpv4(value), text);
  }
});

test('a signed number prints the same', () => {
  assert.is(formatIpv4(-1), '255.255.255.255');
  assert.is(formatIpv4(0xc0a80101 | 0), '192.168.1.1');
});

test('random addresses survive', () => {
  const { u32 } = random(10);
  for (let i = 0; i < 1000; i++) {
    const value = u32();
    assert.is(parseIpv4(formatIpv4(value)), value);
  }
});

test('what is not four decimal octets is refused', () => {
  for (const text of [
    '',
    '.',
    '...',
    '1',
    '1.2.3',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '1.2.3.4.',
    '1.2.3.4.5',
    '256.0.0.0',
    '1.2.3.256',
    '1.2.3.1000000000000',
    '01.2.3.4',
    '1.2.3.00',
    '1.2.3.-4',
    '1.2.3.+4',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4/24',
    '0x1.2.3.4',
    '1e1.2.3.4',
    '1.2.3.4e0',
    '1.2.3.1e1',
    '1.2.3.4.0.0.0.0',
    '0.1.2.3.4',
    'NaN.0.0.0',
    '1,2,3,4',
    'a.b.c.d',
    '1.2.3.４',
    'example.com',
    '::1',
  ]) {
    assert.is(parseIpv4(text), -1, JSON.stringify(text));
  }
});

test.run();
