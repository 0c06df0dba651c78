/** The stub resolver: what it asks, which answers it believes, and for how long (RFC 1035, RFC 5452). */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  createResolver,
  resolve,
  resolverClear,
  resolverPoll,
  resolverPollAt,
  type Resolver,
} from '../../modules/inet/resolver';
import { chance, seededRandom } from '../helpers/clock';
import {
  aRecord,
  addressNumber,
  addressText,
  dnsAnswer,
  dnsName,
  parseDnsQuery,
  parseUdp,
  udpPacket,
  type DnsRecord,
} from '../helpers/packets';
import { OURS, Rig, type RigOptions } from '../helpers/tcp';

const FIRST = '9.9.9.9';
const SECOND = '8.8.8.8';
const NO_NAME = -2;
const NO_ANSWER = -3;
const FAILED = -4;

interface Query {
  at: number;
  server: string;
  port: number;
  id: number;
  name: string;
}

class Asker {
  readonly t: Rig;
  readonly resolver: Resolver;
  /** 'name address' or 'name errno', in the order told. */
  told: string[] = [];
  private readonly zero: number;

  constructor(options?: RigOptions) {
    this.t = new Rig(options);
    this.zero = this.t.clock.nowMs;
    this.resolver = createResolver(this.t.stack);
    this.servers = [FIRST, SECOND];
    this.t.clock.drive({
      poll: (nowMs) => resolverPoll(this.resolver, nowMs),
      pollAt: () => resolverPollAt(this.resolver, Infinity),
    });
  }

  set servers(servers: string[]) {
    this.resolver._dns = servers.map(addressNumber);
  }

  ask(name: string): this {
    resolve(
      this.resolver,
      name,
      (address) => {
        const bytes = Buffer.alloc(4);
        bytes.writeUInt32BE((address as number) >>> 0);
        this.told.push(`${name} ${(address as number) < 0 ? address : addressText(bytes)}`);
      },
      this.t.clock.nowMs,
    );
    return this;
  }

  /** The queries sent since the last look. */
  queries(): Query[] {
    return this.t.taken().map(({ atMs, bytes }) => {
      const { destination, destinationPort, sourcePort, data } = parseUdp(bytes);
      assert.is(destinationPort, 53);
      const query = parseDnsQuery(data);
      assert.is(query.type, 1);
      assert.is(query.flags, 0x0100, 'recursion desired, nothing else');
      return { at: atMs - this.zero, server: destination, port: sourcePort, id: query.id, name: query.name };
    });
  }

  message(query: Query, message: Buffer, more = {}): this {
    this.t.deliver(
      udpPacket({
        source: query.server,
        destination: OURS,
        sourcePort: 53,
        destinationPort: query.port,
        data: message,
        ...more,
      }),
    );
    return this;
  }

  answer(query: Query, records: DnsRecord[], code = 0, flags?: number): this {
    return this.message(query, dnsAnswer(query.id, query.name, records, code, flags));
  }

  heard(...told: string[]): this {
    assert.equal(this.told.splice(0), told);
    return this;
  }
}

// ---- asking ------------------------------------------------------------------------------------------------------

test('a name: one query to the first server, its answer, nothing left', () => {
  const a = new Asker().ask('Example.com');
  const [query, ...rest] = a.queries();
  assert.equal(rest, []);
  assert.is(query.server, FIRST);
  assert.is(query.name.toLowerCase(), 'example.com');
  a.answer(query, [aRecord('93.184.216.34')]).heard('Example.com 93.184.216.34');
  assert.is(a.t.stack._udps.length, 0);
  assert.is(resolverPollAt(a.resolver, Infinity), Infinity);
  a.t.at(100000);
  assert.equal(a.queries(), []);
});

test('numeric names are never asked for', () => {
  const a = new Asker();
  a.ask('192.0.2.7').heard('192.0.2.7 192.0.2.7');
  a.ask('0.0.0.0').heard('0.0.0.0 0.0.0.0');
  assert.equal(a.queries(), []);
});

test('what is no name is not asked for', () => {
  const a = new Asker();
  const names = [
    '',
    '.',
    '..',
    'a..b',
    '.a',
    'a b',
    'a\0b',
    `${'x'.repeat(64)}.com`,
    `${'abcdefg.'.repeat(32)}com`,
    'ä.de',
  ];
  for (const name of names) {
    a.ask(name).heard(`${name} ${NO_NAME}`);
  }
  assert.equal(a.queries(), []);
});

test('the longest names are asked for', () => {
  const label = 'x'.repeat(63);
  const long = `${label}.${label}.${label}.${'y'.repeat(61)}`;
  assert.is(long.length, 253);
  for (const name of [label, long, 'a', 'trailing.dot.']) {
    const a = new Asker().ask(name);
    const [query] = a.queries();
    assert.is(query.name, name.replace(/\.$/, ''));
    a.answer(query, [aRecord('1.2.3.4')]).heard(`${name} 1.2.3.4`);
  }
});

test('identifiers and ports are random', () => {
  const a = new Asker();
  const queries = Array.from({ length: 100 }, (_, i) => {
    const [query] = a.ask(`name${i}.test`).queries();
    a.answer(query, [aRecord('1.2.3.4')]);
    return query;
  });
  for (const key of ['id', 'port'] as const) {
    const values = queries.map((query) => query[key]);
    assert.ok(new Set(values).size > 90, key);
    assert.ok(new Set(values.map((value, i) => value - values[i - 1])).size > 50, `${key} is a sequence`);
  }
  assert.ok(queries.some((query) => query.id & 1) && queries.some((query) => !(query.id & 1)));
});

test('retries: the servers by turns, each round twice as long; then no answer', () => {
  const a = new Asker().ask('slow.test');
  a.t.at(60000);
  const queries = a.queries();
  assert.equal(
    queries.map((query) => `${query.at} ${query.server}`),
    [`0 ${FIRST}`, `1500 ${SECOND}`, `3000 ${FIRST}`, `6000 ${SECOND}`, `9000 ${FIRST}`],
  );
  a.heard(`slow.test ${NO_ANSWER}`);
  assert.is(a.t.stack._udps.length, 0);
  assert.is(new Set(queries.map((query) => query.name)).size, 1);
});

test('retries: one server alone', () => {
  const a = new Asker();
  a.servers = [FIRST];
  a.ask('slow.test').t.at(100000);
  assert.equal(
    a.queries().map((query) => query.at),
    [0, 1500, 4500, 10500, 22500],
  );
  a.heard(`slow.test ${NO_ANSWER}`);
});

test('an answer to a repeated query counts', () => {
  const a = new Asker().ask('slow.test');
  a.t.at(1600);
  a.answer(a.queries()[1], [aRecord('1.2.3.4')]).heard('slow.test 1.2.3.4');
});

test('no servers: no answer, at once', () => {
  const a = new Asker();
  a.servers = [];
  a.ask('any.test').heard(`any.test ${NO_ANSWER}`);
});

test('servers that vanish meanwhile: no answer', () => {
  const a = new Asker().ask('any.test');
  a.servers = [];
  a.t.at(2000);
  a.heard(`any.test ${NO_ANSWER}`);
});

test('no socket left: failed', () => {
  const a = new Asker({ bounds: { _udpSockets: 2 } });
  a.ask('a.test').ask('b.test').heard();
  a.ask('c.test').heard(`c.test ${FAILED}`);
  a.t.at(100000);
  a.heard(`a.test ${NO_ANSWER}`, `b.test ${NO_ANSWER}`);
});

test('the same name asked for twice is one query', () => {
  const a = new Asker().ask('same.test').ask('SAME.test').ask('same.test');
  const queries = a.queries();
  assert.is(queries.length, 1);
  a.answer(queries[0], [aRecord('1.2.3.4')]).heard('same.test 1.2.3.4', 'SAME.test 1.2.3.4', 'same.test 1.2.3.4');
});

// ---- which answers are believed ----------------------------------------------------------------------------------

test('a wrong source, port, identifier, question or kind of message is not believed', () => {
  const a = new Asker().ask('true.test');
  const [query] = a.queries();
  const good = dnsAnswer(query.id, 'true.test', [aRecord('6.6.6.6')]);
  a.message(query, good, { source: SECOND });
  a.message(query, good, { source: '10.0.0.1' });
  a.message(query, good, { sourcePort: 54 });
  a.message(query, good, { destinationPort: query.port ^ 1 });
  a.message(query, dnsAnswer(query.id ^ 1, 'true.test', [aRecord('6.6.6.6')]));
  a.message(query, dnsAnswer(query.id, 'false.test', [aRecord('6.6.6.6')]));
  a.message(query, dnsAnswer(query.id, 'true.tes', [aRecord('6.6.6.6')]));
  a.message(query, dnsAnswer(query.id, 'true.test.org', [aRecord('6.6.6.6')]));
  a.message(query, dnsAnswer(query.id, 'true.test', [aRecord('6.6.6.6')], 0, 0x0100));
  a.message(query, dnsAnswer(query.id, 'true.test', [aRecord('6.6.6.6')], 0, 0x9180));
  for (const [at, value] of [
    [5, 0],
    [5, 2],
    [good.length - 19, 28],
    [good.length - 17, 3],
  ]) {
    const bad = Buffer.from(good);
    bad[at] = value;
    a.message(query, bad);
  }
  for (let length = 0; length < 27; length++) {
    a.message(query, good.subarray(0, length));
  }
  a.heard();
  a.answer(query, [aRecord('1.2.3.4')]).heard('true.test 1.2.3.4');
});

test('the question’s letters may come back in another case', () => {
  const a = new Asker().ask('Mixed.Case.test');
  const [query] = a.queries();
  a.message(query, dnsAnswer(query.id, 'mIXED.cASE.TEST', [aRecord('1.2.3.4')])).heard('Mixed.Case.test 1.2.3.4');
});

test('an answer cut short is not believed', () => {
  const a = new Asker().ask('cut.test');
  const [query] = a.queries();
  const good = dnsAnswer(query.id, 'cut.test', [aRecord('6.6.6.6')]);
  for (let length = 0; length < good.length; length++) {
    a.message(query, good.subarray(0, length));
  }
  a.heard()
    .answer(query, [aRecord('1.2.3.4')])
    .heard('cut.test 1.2.3.4');
});

test('aliases are followed, other records passed over, the first address taken', () => {
  const a = new Asker().ask('www.test');
  const [query] = a.queries();
  a.answer(query, [
    { type: 16, ttl: 5, data: Buffer.from('\x03txt', 'latin1') },
    { type: 5, ttl: 500, data: dnsName('real.test') },
    { name: 'real.test', type: 28, ttl: 300, data: Buffer.alloc(16, 1) },
    { name: 'real.test', type: 1, class: 3, ttl: 300, data: Buffer.from([6, 6, 6, 6]) },
    { name: 'real.test', type: 1, ttl: 300, data: Buffer.from([6, 6, 6]) },
    { name: 'real.test', ...aRecord('1.2.3.4') },
    { name: 'real.test', ...aRecord('5.6.7.8') },
  ]).heard('www.test 1.2.3.4');
});

test('NXDOMAIN and an answer without address end it: no such name', () => {
  for (const [code, records] of [
    [3, []],
    [0, []],
    [0, [{ type: 28, ttl: 1, data: Buffer.alloc(16) }]],
  ] as [number, DnsRecord[]][]) {
    const a = new Asker().ask('none.test');
    a.answer(a.queries()[0], records, code).heard(`none.test ${NO_NAME}`);
    a.t.at(60000);
    assert.equal(a.queries(), []);
  }
});

test('SERVFAIL, REFUSED and a truncated answer without address: the next server, at once', () => {
  for (const [code, flags] of [
    [2, 0x8180],
    [5, 0x8180],
    [4, 0x8180],
    [0, 0x8380],
  ]) {
    const a = new Asker().ask('weak.test');
    a.t.at(100);
    const [query] = a.queries();
    a.answer(query, [], code, flags).heard();
    const [second] = a.queries();
    assert.equal([second.server, second.at], [SECOND, 100]);
    a.answer(second, [aRecord('1.2.3.4')]).heard('weak.test 1.2.3.4');
  }
});

test('servers that all fail: an end, and not by asking for ever', () => {
  const a = new Asker().ask('weak.test');
  let asked = 0;
  for (let queries = a.queries(); queries.length; queries = a.queries()) {
    asked += queries.length;
    assert.ok(asked < 20);
    a.answer(queries[0], [], 2);
  }
  a.t.at(60000);
  assert.is(a.told.length, 1);
  assert.match(a.told[0], /weak\.test -[34]/);
});

test('a truncated answer that has an address is good enough', () => {
  const a = new Asker().ask('big.test');
  a.answer(a.queries()[0], [aRecord('1.2.3.4')], 0, 0x8380).heard('big.test 1.2.3.4');
});

// ---- cache -------------------------------------------------------------------------------------------------------

function cached(ttl: number, records?: DnsRecord[]): Asker {
  const a = new Asker().ask('kept.test');
  return a.answer(a.queries()[0], records ?? [aRecord('1.2.3.4', ttl)]).heard('kept.test 1.2.3.4');
}

test('an answer is kept for its time to live', () => {
  const a = cached(60);
  a.t.at(59000);
  a.ask('KEPT.test').heard('KEPT.test 1.2.3.4');
  assert.equal(a.queries(), []);
  a.t.at(60001);
  a.ask('kept.test').heard();
  assert.is(a.queries().length, 1);
});

test('the shortest time of a chain counts', () => {
  const a = cached(0, [
    { type: 5, ttl: 10, data: dnsName('real.test') },
    { name: 'real.test', ...aRecord('1.2.3.4', 1000) },
  ]);
  a.t.at(11000);
  a.ask('kept.test');
  assert.is(a.queries().length, 1);
});

test('a time to live of zero is good for the moment, one of years for a day at most', () => {
  for (const ttl of [0, 0x80000001, 0xffffffff]) {
    const a = cached(ttl);
    a.t.at(5000);
    a.ask('kept.test').heard();
  }
  const a = cached(0x7fffffff);
  a.t.at(2 * 86400 * 1000);
  a.ask('kept.test').heard();
});

test('the cache is bounded: the oldest gives way', () => {
  const a = new Asker({ bounds: { _dnsCache: 3 } });
  for (let i = 0; i < 50; i++) {
    const [query] = a.ask(`n${i}.test`).queries();
    a.answer(query, [aRecord(`1.2.3.${i}`)]);
  }
  assert.is(a.resolver._cache.length, 3);
  a.told.length = 0;
  a.ask('n47.test')
    .ask('n48.test')
    .ask('n49.test')
    .heard('n47.test 1.2.3.47', 'n48.test 1.2.3.48', 'n49.test 1.2.3.49');
  a.ask('n46.test').heard();
});

test('failures are not kept', () => {
  const a = new Asker().ask('none.test');
  a.answer(a.queries()[0], [], 3).heard(`none.test ${NO_NAME}`);
  a.ask('none.test');
  assert.is(a.queries().length, 1);
});

test('cleared: asked for again', () => {
  const a = cached(1000);
  resolverClear(a.resolver);
  a.ask('kept.test').heard();
  assert.is(a.queries().length, 1);
});

// ---- callbacks, garbage ------------------------------------------------------------------------------------------

test('a callback may ask for the next name, also for the same', () => {
  const a = new Asker();
  let again = 3;
  const chain = (): void => {
    if (again-- > 0) {
      resolve(a.resolver, 'chain.test', chain, a.t.clock.nowMs);
    }
  };
  chain();
  a.t.at(200000);
  assert.is(again, -1);
  assert.is(a.resolver._queries.length, 0);
  assert.is(a.t.stack._udps.length, 0);
});

test('100,000 mutated answers: no exception, no growth, the true one is still believed', () => {
  const random = seededRandom(99);
  const a = new Asker().ask('fuzz.test');
  let [query] = a.queries();
  for (let i = 0; i < 100_000; i++) {
    const good = dnsAnswer(query.id, 'fuzz.test', [
      { type: 5, ttl: 10, data: dnsName('real.test') },
      { name: 'real.test', ...aRecord('1.2.3.4') },
      aRecord('5.6.7.8'),
    ]);
    const count = 1 + (random() % 6);
    for (let j = 0; j < count; j++) {
      // Past the identifier, so that most get through to the parser.
      good[2 + (random() % (good.length - 2))] = chance(random) < 0.3 ? 0xc0 | (random() & 1) : random() & 255;
    }
    const end = chance(random) < 0.2 ? random() % good.length : good.length;
    a.message(query, good.subarray(0, end));
    if (!a.resolver._queries.length) {
      resolverClear(a.resolver);
      a.ask('fuzz.test');
    }
    const asked = a.queries();
    query = asked.length ? asked[asked.length - 1] : query;
  }
  assert.ok(a.resolver._cache.length <= 4);
  assert.ok(a.t.stack._udps.length <= 1);
  a.told.length = 0;
  a.answer(query, [aRecord('1.2.3.4')]).heard('fuzz.test 1.2.3.4');
});

test.run();
