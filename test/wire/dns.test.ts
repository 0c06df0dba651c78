import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DNS_HEADER, ResolveError, dnsParseAnswer, dnsQuery, type DnsAnswer } from '../../modules/wire/dns';
import { ascii, concat, hex, ip, toHex } from '../helpers/bytes';
import { random } from '../helpers/random';

/* Messages are put together from parts, as RFC 1035 §4 lays them out. */

const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];

/** 'www.example.com' as labels; a number ends it with a pointer instead of the root. */
function labels(text: string, pointer?: number): number[] {
  const octets = text.split('.').flatMap((label) => (label ? [label.length, ...ascii(label)] : []));
  return [...octets, ...(pointer === undefined ? [0] : u16(0xc000 | pointer))];
}

interface Header {
  id?: number;
  flags?: number;
  questions?: number;
  answers?: number;
}

function message(header: Header, ...parts: number[][]): Uint8Array {
  const { id = 0x2b1d, flags = 0x8180, questions = 1, answers = 0 } = header;
  return concat(u16(id), u16(flags), u16(questions), u16(answers), u16(0), u16(0), ...parts);
}

const question = (name: string, type = 1, klass = 1): number[] => [...labels(name), ...u16(type), ...u16(klass)];

function record(name: number[], type: number, ttl: number, data: number[], klass = 1): number[] {
  return [...name, ...u16(type), ...u16(klass), ...u32(ttl), ...u16(data.length), ...data];
}

const a = (name: number[], address: string, ttl = 300): number[] =>
  record(name, 1, ttl, address.split('.').map(Number));
const QUESTION = u16(0xc000 | DNS_HEADER);

function parse(bytes: Uint8Array, name = 'example.com', id = 0x2b1d): DnsAnswer | null {
  const before = toHex(bytes);
  const parsed = dnsParseAnswer(dnsQuery(id, name)!, bytes);
  assert.is(toHex(bytes), before, 'the message is left alone');
  return parsed;
}

function answer(address: string, ttl: number): DnsAnswer {
  return { _address: ip(address), _ttlSeconds: ttl };
}

test('a query is what RFC 1035 says, in small letters', () => {
  const want = '2b1d 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001'.replace(/ /g, '');
  for (const name of ['example.com', 'example.com.', 'EXAMPLE.Com']) {
    assert.is(toHex(dnsQuery(0x2b1d, name)!), want, name);
    assert.is(toHex(dnsQuery(0xffff2b1d, name)!), want, 'of the identifier 16 bits are taken');
  }
});

test('the longest name makes 271 octets', () => {
  const name = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
  assert.is(name.length, 253);
  assert.is(dnsQuery(1, name)!.length, 271);
});

test('names that can be asked for', () => {
  const label = 'x'.repeat(63);
  for (const name of [
    'a',
    'a.',
    'example.com',
    'example.com.',
    'xn--bcher-kva.example',
    '_sip._udp.example.com',
    '1.2.3.4.in-addr.arpa',
    '~!*',
    `${label}.${label}.${label}.${'y'.repeat(61)}`,
    `${label}.${label}.${label}.${'y'.repeat(61)}.`,
  ]) {
    assert.ok(dnsQuery(1, name), name);
  }
  for (const name of [
    '',
    '.',
    '..',
    '.com',
    'a..b',
    'a..',
    ' ',
    'a b',
    'a\tb',
    'a\nb',
    'a\0b',
    'a\x7fb',
    'bücher.example',
    `${label}x`,
    `a.${label}x.b`,
    `${label}.${label}.${label}.${'y'.repeat(62)}`,
  ]) {
    assert.is(dnsQuery(1, name), null, JSON.stringify(name));
  }
});

test('one address, its name a pointer to the question', () => {
  const bytes = message({ answers: 1 }, question('example.com'), a(QUESTION, '93.184.216.34', 86400));
  assert.equal(parse(bytes), answer('93.184.216.34', 86400));
});

test('a real answer, octet by octet', () => {
  const bytes = hex(
    `2b1d 8180 0001 0002 0000 0001
     06 676f6f676c65 03 636f6d 00 0001 0001
     c00c 0001 0001 0000012c 0004 8efa4a2e
     c00c 0001 0001 0000012b 0004 8efa4a64
     00 0029 0200 00000000 0000`,
  );
  assert.equal(parse(bytes, 'google.com'), answer('142.250.74.46', 299));
});

test('names spelled out, with or without a pointer at their end', () => {
  const bytes = message(
    { answers: 3 },
    question('www.example.com'),
    a(labels('www.example.com'), '10.0.0.1'),
    a(labels('www', DNS_HEADER + 4), '10.0.0.2'),
    a(labels(''), '10.0.0.3'),
  );
  assert.equal(parse(bytes, 'www.example.com'), answer('10.0.0.1', 300));
});

test('a CNAME chain: its addresses, and the smallest time to live of all', () => {
  const first = DNS_HEADER + question('www.example.com').length + 12;
  const bytes = message(
    { answers: 4 },
    question('www.example.com'),
    record(QUESTION, 5, 60, labels('edge.cdn.example')),
    record(u16(0xc000 | first), 5, 20, labels('e1', first + 5)),
    a(labels('e1', first + 5), '192.0.2.1', 300),
    a(labels('e1', first + 5), '192.0.2.2', 30),
  );
  assert.equal(parse(bytes, 'www.example.com'), answer('192.0.2.1', 20));
});

test('records of other types and classes are stepped over', () => {
  const bytes = message(
    { answers: 5 },
    question('example.com'),
    record(QUESTION, 28, 1, new Array(16).fill(0x20)),
    record(QUESTION, 16, 1, [5, ...ascii('hello')]),
    a(QUESTION, '10.0.0.1', 77),
    record(QUESTION, 1, 1, [1, 2, 3, 4], 3),
    record(QUESTION, 46, 1, [1, 2, 3]),
  );
  assert.equal(parse(bytes), answer('10.0.0.1', 77));
});

test('an A record of another length than 4 gives no address', () => {
  for (const data of [[], [1, 2, 3], [1, 2, 3, 4, 5]]) {
    const bytes = message(
      { answers: 2 },
      question('example.com'),
      record(QUESTION, 1, 9, data),
      a(QUESTION, '10.0.0.1'),
    );
    assert.is(parse(bytes)?._address, ip('10.0.0.1'), String(data.length));
  }
});

test('of thirty addresses the first', () => {
  const records = Array.from({ length: 30 }, (_, i) => a(QUESTION, `10.0.0.${i}`));
  assert.is(parse(message({ answers: 30 }, question('example.com'), ...records))?._address, ip('10.0.0.0'));
});

test('times to live: a second at least, a day at most; none with the top bit set (RFC 2181 §8)', () => {
  for (const [ttl, want] of [
    [0, 1],
    [1, 1],
    [86399, 86399],
    [86401, 86400],
    [0x7fffffff, 86400],
    [0x80000000, 1],
    [0xffffffff, 1],
  ]) {
    assert.is(parse(message({ answers: 1 }, question('example.com'), a(QUESTION, '10.0.0.1', ttl)))?._ttlSeconds, want);
  }
});

test('the name does not exist or has no address, the server has failed', () => {
  for (const [flags, want] of [
    [0x8183, ResolveError.NotFound],
    [0x8180, ResolveError.NotFound],
    [0x8380, ResolveError.NoAnswer],
    [0x8182, ResolveError.NoAnswer],
    [0x8185, ResolveError.NoAnswer],
  ]) {
    assert.is(parse(message({ flags }, question('example.com')))?._address, want, flags.toString(16));
  }
});

test('case of the question does not matter (RFC 1035 §2.3.3), other letters do', () => {
  const bytes = message({ answers: 1 }, question('ExAmPlE.CoM'), a(QUESTION, '10.0.0.1'));
  assert.ok(parse(bytes, 'example.com'));
  assert.ok(parse(bytes, 'EXAMPLE.com'));
  assert.ok(parse(bytes, 'example.com.'));
  // Pairs that differ by bit 5 without being letters.
  for (const [asked, told] of [
    ['a-b', 'a\rb'],
    ['a@b', 'a`b'],
    ['a[b', 'a{b'],
    ['a0b', 'a\x10b'],
  ]) {
    assert.is(parse(message({ answers: 1 }, question(told), a(QUESTION, '10.0.0.1')), asked), null, asked);
  }
});

test('answers to somebody else are refused', () => {
  const ok = (): number[][] => [question('example.com'), a(QUESTION, '10.0.0.1')];
  assert.ok(parse(message({ answers: 1 }, ...ok())));
  for (const [why, bytes] of [
    ['another identifier', message({ answers: 1, id: 0x2b1e }, ...ok())],
    ['a query', message({ answers: 1, flags: 0x0100 }, ...ok())],
    ['another operation', message({ answers: 1, flags: 0x9180 }, ...ok())],
    ['no question', message({ answers: 1, questions: 0 }, a(labels('example.com'), '10.0.0.1'))],
    ['two questions', message({ answers: 1, questions: 2 }, ...ok())],
    ['another name', message({ answers: 1 }, question('example.org'), a(QUESTION, '10.0.0.1'))],
    ['a shorter name', message({ answers: 1 }, question('example.co'), a(QUESTION, '10.0.0.1'))],
    ['a longer name', message({ answers: 1 }, question('example.com.x'), a(QUESTION, '10.0.0.1'))],
    ['a name in front', message({ answers: 1 }, question('x.example.com'), a(QUESTION, '10.0.0.1'))],
    ['one label less', message({ answers: 1 }, question('example'), a(QUESTION, '10.0.0.1'))],
    ['labels cut elsewhere', message({ answers: 1 }, question('examplecom'), a(QUESTION, '10.0.0.1'))],
    ['another type', message({ answers: 1 }, question('example.com', 28), a(QUESTION, '10.0.0.1'))],
    ['another class', message({ answers: 1 }, question('example.com', 1, 3), a(QUESTION, '10.0.0.1'))],
    ['the root', message({ answers: 1 }, question(''), a(QUESTION, '10.0.0.1'))],
  ] as const) {
    assert.is(parse(bytes), null, why);
  }
  assert.is(
    parse(message({ answers: 1 }, question('a\x01b'), a(QUESTION, '10.0.0.1')), 'a.b'),
    null,
    'a dot is not a length',
  );
});

test('every truncation is refused, and with TC set gives what was whole', () => {
  const parts = [question('example.com'), a(QUESTION, '10.0.0.1'), a(QUESTION, '10.0.0.2')];
  const whole = message({ answers: 2 }, ...parts);
  const cut = message({ answers: 2, flags: 0x8380 }, ...parts);
  const header = DNS_HEADER + parts[0].length;
  for (let length = 0; length < whole.length; length++) {
    assert.is(parse(whole.slice(0, length)), null, String(length));
    const got = parse(cut.slice(0, length));
    if (length < header) {
      assert.is(got, null, String(length));
    } else {
      assert.is(got?._address, length < header + 16 ? ResolveError.NoAnswer : ip('10.0.0.1'), String(length));
    }
  }
});

test('names that are malformed', () => {
  for (const [why, name] of [
    ['a label of 64', [64, ...new Array(64).fill(97), 0]],
    ['the reserved kind 80', [0x80, 0]],
    ['a label that runs out', [63, 97]],
    ['a pointer of one octet', [0xc0]],
    ['no end', [1, 97]],
  ] as const) {
    assert.is(parse(message({ answers: 1 }, question('example.com'), name.slice())), null, why);
  }
});

test('pointers that go round do not', () => {
  const at = DNS_HEADER + question('example.com').length;
  const bytes = message({ answers: 1 }, question('example.com'), a(u16(0xc000 | at), '10.0.0.1'));
  assert.is(parse(bytes)?._address, ip('10.0.0.1'), 'pointers are not followed');
  const asked = message({}, [...u16(0xc000 | DNS_HEADER), 0, 1, 0, 1]);
  assert.is(parse(asked), null, 'a question is never compressed');
});

test('200,000 mutated answers: no exception, never a wrong kind of answer', () => {
  const { below, pick } = random(13);
  const query = dnsQuery(0x2b1d, 'example.com')!;
  const first = DNS_HEADER + question('www.example.com').length + 12;
  const corpus = [
    message({ answers: 1 }, question('example.com'), a(QUESTION, '93.184.216.34')),
    message(
      { answers: 2 },
      question('www.example.com'),
      record(QUESTION, 5, 60, labels('cdn.example')),
      a(u16(0xc000 | first), '192.0.2.1'),
    ),
    message({ answers: 1, flags: 0x8380 }, question('example.com'), a(labels('example.com'), '10.0.0.1')),
  ];
  for (let i = 0; i < 200000; i++) {
    const bytes = pick(corpus).slice();
    for (let n = 1 + below(4); n > 0; n--) {
      bytes[below(bytes.length)] = pick([0, 1, 63, 64, 0xc0, 0xff, below(256)]);
    }
    const end = below(8) ? bytes.length : below(bytes.length + 1);
    const got = dnsParseAnswer(query, bytes.subarray(0, end));
    if (got) {
      const { _address: address, _ttlSeconds: ttl } = got;
      const known = address === ResolveError.NotFound || address === ResolveError.NoAnswer;
      const sane = (known || (address >= 0 && address <= 0xffffffff)) && ttl >= 1 && ttl <= 86400;
      if (!sane) {
        assert.unreachable(`${toHex(bytes, 0, end)} gave ${JSON.stringify(got)}`);
      }
    }
  }
});

test.run();
