/** mDNS messages (RFC 6762 §18): fixtures, every truncation, pointers that loop; dns-packet as another codec. */

import dnsPacket from 'dns-packet';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  MdnsType,
  compareAddresses,
  mdnsLegacyResponse,
  mdnsParse,
  mdnsQuery,
  mdnsResponse,
} from '../../modules/wire/mdns';
import { hex, ip, toHex } from '../helpers/bytes';
import { random } from '../helpers/random';

const QUERY = '0000 0000 0001 0000 0000 0000 04 7069636f 05 6c6f63616c 00 0001 8001';
const V4 = ip('10.77.0.2');
const V6 = 'fe80::42';

test('a query, four directions and every truncation', () => {
  const bytes = hex(QUERY);
  const value = {
    _id: 0,
    _isResponse: false,
    _questions: [{ _name: 'pico.local', _type: 1, _unicast: true }],
    _answers: [],
    _others: [],
  };
  assert.equal(mdnsParse(bytes), value);
  assert.is(toHex(mdnsQuery(0, 'pico.local', MdnsType.A, true, [], 0)), toHex(bytes));
  assert.equal(mdnsParse(mdnsQuery(0, 'pico.local', MdnsType.A, true, [], 0)), value);
  for (let length = 0; length < bytes.length; length++) {
    assert.is(mdnsParse(bytes.slice(0, length)), null, `${length} octets`);
  }
});

test('a response with both addresses, as another codec reads and writes it; every truncation', () => {
  const bytes = mdnsResponse('pico.local', [V4, V6], 120);
  const read = dnsPacket.decode(Buffer.from(bytes));
  assert.equal(
    read.answers!.map((one) => [
      one.name,
      one.type,
      'data' in one && one.data,
      'ttl' in one && one.ttl,
      'flush' in one && one.flush,
    ]),
    [
      ['pico.local', 'A', '10.77.0.2', 120, true],
      ['pico.local', 'AAAA', 'fe80::42', 120, true],
    ],
  );
  assert.equal([read.flag_qr, read.flag_aa, read.questions!.length], [true, true, 0]);
  const records = [
    { _name: 'pico.local', _type: 1, _ttlSeconds: 120, _address: V4 },
    { _name: 'pico.local', _type: 28, _ttlSeconds: 120, _address: V6 },
  ];
  assert.equal(mdnsParse(bytes), { _id: 0, _isResponse: true, _questions: [], _answers: records, _others: [] });
  const theirs = dnsPacket.encode({
    type: 'response',
    answers: [
      { type: 'TXT', name: 'Other.local', data: 'x' },
      { type: 'A', name: 'PICO.local', ttl: 120, data: '10.77.0.2', flush: true },
    ],
    additionals: [{ type: 'AAAA', name: 'pico.local', ttl: 9, data: V6 }],
  });
  const parsed = mdnsParse(theirs)!;
  assert.equal(parsed._answers[1], records[0]);
  assert.equal([parsed._answers[0]._address, parsed._others[0]._address], [0, V6]);
  for (let length = 0; length < bytes.length; length++) {
    assert.is(mdnsParse(bytes.slice(0, length)), null, `${length} octets`);
  }
});

test('a probe says what it wants; a legacy answer repeats identifier and question', () => {
  const probe = mdnsParse(mdnsQuery(0, 'pico.local', MdnsType.Any, true, [V4, V6], 120))!;
  assert.equal(
    probe._others.map((one) => one._address),
    [V4, V6],
  );
  const legacy = dnsPacket.decode(Buffer.from(mdnsLegacyResponse(0xabcd, 'pico.local', 1, [V4], 10)));
  assert.equal([legacy.id, legacy.questions![0].name, legacy.questions![0].type], [0xabcd, 'pico.local', 'A']);
  const [one] = legacy.answers! as { ttl: number; data: string; flush: boolean }[];
  assert.equal([one.ttl, one.data, one.flush], [10, '10.77.0.2', false]);
});

test('names that point at themselves, forwards, in a ring, or without end', () => {
  for (const name of ['c00c', 'c00e', 'c0ff', '0161 c00c', '40', '3f61', 'bf']) {
    assert.is(mdnsParse(hex(`0000 0000 0001 0000 0000 0000 ${name} 0001 0001`)), null, name);
  }
  const long = `0000 0000 0001 0000 0000 0000 ${'3f'.padEnd(128, '61').repeat(5)} 00 0001 0001`;
  assert.is(mdnsParse(hex(long)), null);
});

test('other opcodes and error codes are none of mDNS', () => {
  for (const flags of ['0800', '7800', '0003', '8403']) {
    assert.is(mdnsParse(hex(QUERY.replace('0000 0000 0001', `0000 ${flags} 0001`))), null);
  }
  assert.ok(mdnsParse(hex(QUERY.replace('0000 0000 0001', '0000 0100 0001'))));
});

test('the order of addresses (§8.2): by type, then by octets', () => {
  const sorted = [V4, ip('10.77.0.10'), ip('192.0.2.1'), '2001:db8::1', 'fe80::9', 'fe80::10'];
  assert.equal(sorted.slice().reverse().sort(compareAddresses), sorted);
});

test('100,000 mutated messages: an object or null, soon', () => {
  const r = random(6762);
  const seeds = [mdnsResponse('pico.local', [V4, V6], 120), hex(QUERY), mdnsQuery(0, 'a.local', 255, true, [V4], 1)];
  for (let i = 0; i < 100000; i++) {
    let bytes = Uint8Array.from(r.pick(seeds));
    for (let n = r.below(5); n >= 0; n--) bytes[r.below(bytes.length)] = r.below(4) ? r.below(256) : 0xc0;
    bytes = bytes.slice(0, r.below(8) ? bytes.length : r.below(bytes.length));
    const parsed = mdnsParse(bytes);
    assert.ok(parsed === null || parsed._questions.length + parsed._answers.length + parsed._others.length <= 24);
  }
});

test.run();
