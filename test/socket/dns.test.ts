/** dns, and what names.ts adds to the resolver. The server is a raw one on the far host. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { udpBind, udpSend } from '../../modules/inet/udp';
import * as dns from '../../modules/socket/dns';
import { connect, type Socket } from '../../modules/socket/net';
import { dnsNegativeTtl } from '../../modules/wire/dns-negative';
import { hostRearm } from '../../modules/network/host';
import { aRecord, dnsAnswer, dnsName, parseDnsQuery, type DnsRecord } from '../helpers/packets';
import { FAR, SocketPair } from '../helpers/socket-pair';

/** SOA: ttl of the record, and its last field. */
function soa(ttl: number, minimum: number, name = 'test'): DnsRecord {
  const numbers = Buffer.alloc(20);
  numbers.writeUInt32BE(minimum, 16);
  return { name, type: 6, ttl, data: Buffer.concat([dnsName('ns.test'), dnsName('admin.test'), numbers]) };
}

/** Moves the records of an answer to its authority section. */
function asAuthority(answer: Buffer): Buffer {
  const moved = Buffer.from(answer);
  moved.writeUInt16BE(moved.readUInt16BE(6), 8);
  moved.writeUInt16BE(0, 6);
  return moved;
}

class Names {
  readonly pair = new SocketPair();
  /** Names in the order asked for. */
  readonly asked: string[] = [];
  readonly tcpAsked: string[] = [];

  constructor(
    answer: (id: number, name: string) => Buffer | null,
    tcp?: (socket: Socket, id: number, name: string) => void,
  ) {
    const { near, far } = this.pair;
    const server = udpBind(far.host._stack, 53, (payload, from, port) => {
      const { id, name } = parseDnsQuery(payload);
      this.asked.push(name);
      const reply = answer(id, name);
      if (reply) {
        udpSend(server!, reply, from, port, far.host._nowMs());
        hostRearm(far.host);
      }
    });
    if (tcp) {
      this.pair.serve(53, (socket) => {
        socket.on('error', () => {});
        socket.on('data', (bytes) => {
          const { id, name } = parseDnsQuery(bytes.subarray(2));
          assert.is(bytes[0] * 256 + bytes[1], bytes.length - 2);
          this.tcpAsked.push(name);
          tcp(socket, id, name);
        });
      });
    }
    near.use(() => {
      dns.namesOf(near.context);
      dns.setServers([FAR]);
    });
  }

  /** What resolve4 tells, after so long. */
  ask(name: string, ms = 1000): unknown {
    let told: unknown = 'nothing';
    this.pair.near.use(() =>
      dns.resolve4(name, (error, found) => (told = error ? (error as { code: string }).code : found)),
    );
    assert.is(told, 'nothing', 'a callback comes after the call');
    this.pair.run(ms);
    return told;
  }
}

const framed = (message: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);

test('lookup, resolve4, resolve, getServers; a chain of aliases; errors', () => {
  const names = new Names((id, name) =>
    name === 'a.test'
      ? dnsAnswer(id, name, [
          { type: 5, ttl: 300, data: dnsName('b.test') },
          { name: 'b.test', type: 5, ttl: 300, data: dnsName('c.test') },
          { ...aRecord('1.2.3.4'), name: 'c.test' },
        ])
      : dnsAnswer(id, name, [], 3),
  );
  assert.equal(names.ask('A.Test'), ['1.2.3.4']);
  const told: unknown[][] = [];
  const tell = (...values: unknown[]): void => void told.push(values);
  names.pair.near.use(() => {
    dns.lookup('a.test', tell);
    dns.lookup('a.test', { all: true }, tell);
    dns.lookup('9.8.7.6', { family: 4 }, tell);
    dns.resolve('a.test', 'A', tell);
    dns.resolve('a.test', tell);
    assert.equal(dns.getServers(), [FAR]);
  });
  names.pair.run();
  assert.equal(told, [
    [null, '1.2.3.4', 4],
    [null, [{ address: '1.2.3.4', family: 4 }]],
    [null, '9.8.7.6', 4],
    [null, ['1.2.3.4']],
    [null, ['1.2.3.4']],
  ]);
  assert.equal(names.asked, ['a.test']);
  names.pair.near.use(() => dns.lookup('none.test', tell));
  names.pair.run();
  const [error] = told.pop() as [Error & { code: string; errno: number; hostname: string }];
  assert.equal(
    [error.name, error.code, error.errno, error.hostname, error.message],
    ['OSError', 'ENOTFOUND', -2, 'none.test', '[Errno -2] ENOTFOUND none.test'],
  );
});

test('a caller’s mistakes throw and ask nobody', () => {
  const names = new Names(() => null);
  const wrong = (f: () => void): string => {
    try {
      names.pair.near.use(f);
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
    return 'nothing';
  };
  const nobody = (): void => {};
  assert.is(
    wrong(() => dns.lookup('', nobody)),
    'TypeError: host must be a string',
  );
  assert.is(
    wrong(() => dns.lookup(5 as never, nobody)),
    'TypeError: host must be a string',
  );
  assert.is(
    wrong(() => dns.lookup('a.test', undefined as never)),
    'TypeError: callback expected',
  );
  assert.is(
    wrong(() => dns.resolve('a.test', 'MX', nobody)),
    'TypeError: only A records',
  );
  assert.is(
    wrong(() => dns.setServers(['1.2.3.4', 'x'])),
    'ValueError: invalid address x',
  );
  assert.is(
    wrong(() => dns.setHost('a', 'x')),
    'ValueError: invalid address x',
  );
  names.pair.near.use(() => assert.equal(dns.getServers(), [FAR]));
  assert.equal(names.asked, []);
});

test('static names: before any server, in any case of letters, taken back', () => {
  const names = new Names((id, name) => dnsAnswer(id, name, [aRecord('2.2.2.2')]));
  names.pair.near.use(() => {
    dns.setHost('Printer', '10.0.0.9');
    dns.setHost('printer', '10.0.0.8');
  });
  assert.equal(names.ask('PRINTER'), ['10.0.0.8']);
  assert.equal(names.asked, []);
  names.pair.near.use(() => dns.setHost('printer', null));
  assert.equal(names.ask('printer'), ['2.2.2.2']);
  names.pair.near.use(() => dns.setHost('1.1.1.1', '10.0.0.9'));
  assert.equal(names.ask('1.1.1.1'), ['1.1.1.1'], 'a number is what it says');
});

test('that there is no address is kept as long as the SOA record says, and forgotten with the servers', () => {
  let code = 3;
  const names = new Names((id, name) => asAuthority(dnsAnswer(id, name, [soa(60, 300)], code)));
  assert.is(names.ask('no.test'), 'ENOTFOUND');
  assert.is(names.ask('no.test'), 'ENOTFOUND');
  assert.is(names.asked.length, 1);
  names.pair.run(60000);
  assert.is(names.ask('no.test'), 'ENOTFOUND');
  assert.is(names.asked.length, 2);
  names.pair.near.use(() => dns.setServers([FAR]));
  assert.is(names.ask('no.test'), 'ENOTFOUND');
  assert.is(names.asked.length, 3);
  code = 0; // The name is there, an address is not.
  assert.is(names.ask('empty.test'), 'ENOTFOUND');
  assert.is(names.ask('empty.test'), 'ENOTFOUND');
  assert.is(names.asked.length, 4);
  code = 2; // The server has failed: that says nothing about the name.
  assert.is(names.ask('fail.test', 60000), 'EAI_AGAIN');
  const before = names.asked.length;
  assert.is(names.ask('fail.test', 60000), 'EAI_AGAIN');
  assert.ok(names.asked.length > before);
});

test('without an SOA record nothing is kept; many of them are bounded', () => {
  const bare = new Names((id, name) => dnsAnswer(id, name, [], 3));
  assert.is(bare.ask('no.test'), 'ENOTFOUND');
  assert.is(bare.ask('no.test'), 'ENOTFOUND');
  assert.is(bare.asked.length, 2);
  const many = new Names((id, name) => asAuthority(dnsAnswer(id, name, [soa(60, 300)], 3)));
  for (let i = 0; i < 40; i++) {
    many.ask(`n${i}.test`, 100);
  }
  const { _resolver, _bounds } = many.pair.near.host;
  assert.is(_resolver._cache.length, _bounds._dnsCache);
});

test('the time to live of nothing: every truncation, and what lies', () => {
  const good = asAuthority(dnsAnswer(1, 'no.test', [soa(60, 300)], 3));
  assert.is(dnsNegativeTtl(good), 60);
  assert.is(dnsNegativeTtl(asAuthority(dnsAnswer(1, 'no.test', [soa(600, 300)], 3))), 300);
  assert.is(dnsNegativeTtl(asAuthority(dnsAnswer(1, 'no.test', [soa(1e6, 1e6)], 3))), 3600);
  assert.is(dnsNegativeTtl(asAuthority(dnsAnswer(1, 'no.test', [soa(0xffffffff, 300)], 3))), 0);
  for (let end = 0; end < good.length; end++) {
    assert.is(dnsNegativeTtl(good.subarray(0, end)), 0, `${end} octets`);
  }
  const loop = Buffer.from(good);
  loop.writeUInt16BE(0xffff, 8);
  assert.is(dnsNegativeTtl(loop), 60);
  const short = asAuthority(dnsAnswer(1, 'no.test', [{ name: 'test', type: 6, ttl: 60, data: Buffer.alloc(21) }], 3));
  assert.is(dnsNegativeTtl(short), 0);
});

test('a truncated answer is asked for again over TCP, whatever pieces it comes in', () => {
  const cut = (id: number, name: string): Buffer => dnsAnswer(id, name, [], 0, 0x8380);
  for (const pieces of [[0], [1], [2], [5, 20]]) {
    const names = new Names(cut, (socket, id, name) => {
      const whole = framed(dnsAnswer(id, name, [aRecord('5.6.7.8')]));
      socket.setNoDelay();
      [...pieces, whole.length].forEach((end, i, all) =>
        names.pair.clock.after(i * 50, () => socket.write(whole.subarray(i ? all[i - 1] : 0, end))),
      );
    });
    assert.equal(names.ask('big.test', 2000), ['5.6.7.8']);
    assert.equal([names.asked.length, names.tcpAsked.length], [1, 1]);
    assert.equal(names.ask('big.test'), ['5.6.7.8']);
    assert.is(names.tcpAsked.length, 1, 'it is kept');
    names.pair.run(20000);
    assert.is(names.pair.near.host._stack._tcbs.length, 0);
  }
});

test('TCP that does not help: refused, silent, closed, nonsense, too long; it ends, and nothing stays', () => {
  const cut = (id: number, name: string): Buffer => dnsAnswer(id, name, [], 0, 0x8380);
  const ills: [string, ((socket: Socket, id: number, name: string) => void) | undefined][] = [
    ['refused', undefined],
    ['silent', () => {}],
    ['closed', (socket) => void socket.end()],
    ['reset', (socket) => void socket.destroy(new Error('reset'))],
    ['nonsense', (socket) => void socket.write(Buffer.alloc(100, 5))],
    ['of another name', (socket, id) => void socket.write(framed(dnsAnswer(id, 'other', [aRecord('6.6.6.6')])))],
    ['of another id', (socket, id, name) => void socket.write(framed(dnsAnswer(id ^ 1, name, [aRecord('6.6.6.6')])))],
    ['empty', (socket) => void socket.write(Buffer.alloc(2))],
    ['too long', (socket) => void socket.write(Buffer.alloc(60000, 255))],
  ];
  for (const [what, tcp] of ills) {
    const names = new Names(cut, tcp);
    assert.is(names.ask('big.test', 120000), 'EAI_AGAIN', what);
    names.pair.run(60000);
    const { _stack, _resolver } = names.pair.near.host;
    assert.equal([_stack._tcbs.length, _stack._udps.length, _resolver._queries.length], [0, 0, 0], what);
  }
});

test('connect by a static name', () => {
  const pair = new SocketPair();
  pair.serve(7, (socket) => void socket.end('here'));
  let got = '';
  pair.near.use(() => {
    dns.setHost('thing.local', FAR);
    connect(7, 'thing.local').on('data', (bytes) => (got += Buffer.from(bytes).toString()));
  });
  pair.run();
  assert.is(got, 'here');
});

test.run();
