/** IPv6 of class PPP and of the module: what ipconfig tells and sets, over a link in simulated time. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nameServers } from '../../modules/inet/resolver';
import { Errno } from '../../modules/inet/tcb';
import { tcpConnect } from '../../modules/inet/tcp';
import { globalIpconfig } from '../../modules/network/global-settings';
import { useIpv6 } from '../../modules/network/ipv6';
import { PPP, useHost } from '../../modules/network/ppp';
import { ipv6Send, useIpv6cp } from '../../modules/ppp/ipv6cp';
import { Clock } from '../helpers/clock';
import { SimServer, SimStream, simulatedHost } from '../helpers/host';
import { advertisement, icmp6Packet, parse6, prefixOption, rdnssOption, type Parsed6 } from '../helpers/packets6';
import { errorOf as thrown } from '../helpers/thrown';

type Row = [string, number, number, number];
type AnyPpp = Omit<PPP, 'ipconfig'> & { ipconfig(...args: unknown[]): unknown };

class Bench {
  readonly clock = new Clock();
  readonly sim = simulatedHost(this.clock);
  readonly stream = new SimStream();
  readonly ipv6 = useIpv6(this.sim.host);
  readonly ppp: AnyPpp;
  readonly server: SimServer;
  readonly theirs;
  readonly heard: Parsed6[] = [];
  events = 0;

  constructor() {
    useHost(this.sim.host);
    this.ppp = new PPP(this.stream);
    this.ppp.on('addr6', () => this.events++);
    this.ppp.config({ ipv6: 1 });
    this.server = new SimServer(this.clock, this.stream);
    this.theirs = useIpv6cp(this.server.link);
    this.theirs._silent = true;
    this.theirs._packet = (buf, at, end) => void this.heard.push(parse6(buf.slice(at, end)));
  }

  up(): this {
    this.ppp.connect();
    assert.ok(this.clock.run(() => this.ppp.isconnected() && this.rows().length > 0, this.clock.nowMs + 20000));
    return this;
  }

  rows(): Row[] {
    return this.ppp.ipconfig('addr6') as Row[];
  }

  run(ms: number): this {
    this.clock.runTo(this.clock.nowMs + ms);
    return this;
  }

  /** The peer sends a packet, and it arrives. */
  says(packet: Buffer): this {
    const room = new Uint8Array(1600);
    room.set(packet, 20);
    assert.ok(ipv6Send(this.theirs, room, 20, 20 + packet.length, this.server.now()));
    return this.run(50);
  }
}

test('without a link there is nothing, and what is on by itself is', () => {
  const { ppp } = new Bench();
  assert.equal(
    ['addr6', 'autoconf6', 'has_autoconf6', 'dhcp6', 'dhcp4'].map((key) => ppp.ipconfig(key)),
    [[], true, false, false, false],
  );
});

test('the identifiers that were agreed on make the link-local address, which needs no probes; routers are asked', () => {
  const b = new Bench().up();
  const [[address, ...rest], ...others] = b.rows();
  assert.match(address, /^fe80::/);
  assert.equal([rest, others], [[0x30, 0, 0], []]);
  assert.ok(b.events > 0);
  b.run(1000);
  const [asked] = b.heard;
  assert.equal([asked.source, asked.destination, asked.payload[0]], [address, 'ff02::2', 133]);
});

test('an advertisement brings an address and a name server; seconds are counted down; time ends them', () => {
  const b = new Bench().up();
  b.says(advertisement('fe80::1', [prefixOption('2001:db8::', 600, 300), rdnssOption(600, '2001:db8::53')]));
  const [address, state, preferred, valid] = b.rows()[1];
  assert.match(address, /^2001:db8::/);
  assert.equal([state, preferred, valid], [0x30, 299, 599]);
  assert.is(b.ppp.ipconfig('has_autoconf6'), true);
  assert.ok(nameServers(b.sim.host._resolver).includes('2001:db8::53'));
  b.run(300_000);
  assert.equal(b.rows()[1].slice(1), [0x10, 0, 299]);
  b.run(300_000);
  assert.is(b.rows().length, 1);
  assert.is(b.ppp.ipconfig('has_autoconf6'), false);
  assert.not.ok(nameServers(b.sim.host._resolver).includes('2001:db8::53'));
  b.says(advertisement('fe80::1', [prefixOption('2001:db8::', -1, -1)]));
  assert.equal(b.rows()[1].slice(2), [0xffffffff, 0xffffffff]);
});

test('an echo is answered, TCP goes out, and ends with the link', () => {
  const b = new Bench().up();
  b.says(advertisement('fe80::1', [prefixOption('2001:db8::', 600, 600)]));
  const ours = b.rows()[1][0];
  b.heard.length = 0;
  b.says(icmp6Packet({ source: '2001:db8::9', destination: ours, type: 128, body: Buffer.from('abcdefgh') }));
  assert.equal([b.heard[0].source, b.heard[0].payload[0]], [ours, 129]);
  const errors: number[] = [];
  const nothing = (): void => {};
  tcpConnect(
    b.sim.host._stack,
    '2001:db8:9::1',
    80,
    { _connected: nothing, _data: nothing, _ended: nothing, _writable: nothing, _closed: (_tcb, e) => errors.push(e) },
    b.server.now(),
  );
  b.run(50);
  assert.equal([b.heard[1].source, b.heard[1].destination, b.heard[1].protocol], [ours, '2001:db8:9::1', 6]);
  assert.is(b.heard[1].payload.readUInt16BE(22), 1440);
  b.ppp.disconnect();
  b.run(3000);
  assert.equal(errors, [Errno.ENETDOWN]);
  assert.equal(b.rows(), []);
});

test('an address of one’s own, before and after the link; null takes it away', () => {
  const b = new Bench();
  assert.is(b.ppp.ipconfig({ addr6: '2001:DB8:0::0042' }), undefined);
  assert.equal(b.rows(), []);
  b.up();
  assert.equal(b.rows()[1], ['2001:db8::42', 0x30, 0, 0]);
  b.ppp.ipconfig({ addr6: '2001:db8::43', autoconf6: false });
  assert.equal(b.rows().slice(1), [['2001:db8::43', 0x30, 0, 0]]);
  assert.is(b.ppp.ipconfig('autoconf6'), false);
  b.says(advertisement('fe80::1', [prefixOption('2001:db8:1::', 600, 600)]));
  b.ppp.ipconfig({ addr6: null });
  assert.is(b.rows().length, 1);
});

test('errors as MicroPython has them, and nothing has changed', () => {
  const b = new Bench();
  const cases: [unknown[], string, string][] = [
    [[{ addr6: '1.2.3.4' }], 'ValueError', 'invalid address type'],
    [[{ addr6: 'x' }], 'ValueError', 'invalid arguments'],
    [[{ addr6: 'fe80::1/64' }], 'ValueError', 'invalid arguments'],
    [[{ addr6: 'ff02::1' }], 'ValueError', 'invalid arguments'],
    [[{ addr6: '::' }], 'ValueError', 'invalid arguments'],
    [[{ addr6: 5 }], 'ValueError', 'invalid arguments'],
    [[{ has_autoconf6: true }], 'ValueError', 'unexpected key'],
    [[{ addr6: '2001:db8::1', mtu: 5 }], 'ValueError', 'unexpected key'],
    [[{ addr6: '2001:db8::1', addr4: 'x' }], 'ValueError', 'invalid arguments'],
    [['addr6', 'dhcp6'], 'TypeError', 'must query one param'],
    [['addr6', { dhcp6: true }], 'TypeError', "can't specify pos and kw args"],
    [[], 'TypeError', 'must query one param'],
    [['mtu'], 'ValueError', 'unexpected key'],
  ];
  for (const [args, name, message] of cases) {
    assert.equal(
      thrown(() => b.ppp.ipconfig(...args)),
      { name, message },
      JSON.stringify(args),
    );
  }
  assert.is(b.up().rows().length, 1);
  assert.equal(thrown(() => b.ppp.ipconfig({ addr6: '2001:db8::1', addr4: '1.2.3.4' })).name, 'OSError');
  assert.is(b.rows().length, 1);
  assert.equal(thrown(() => globalIpconfig(b.sim.host, [{ prefer: 5 }])).message, 'invalid prefer argument');
  assert.equal(
    thrown(() => globalIpconfig(b.sim.host, [{ dns: '1::2::3' }])).message,
    'invalid arguments as dns server',
  );
  globalIpconfig(b.sim.host, [{ dns: '2001:DB8::53', prefer: 6 }]);
  assert.equal([globalIpconfig(b.sim.host, ['dns']), globalIpconfig(b.sim.host, ['prefer'])], ['2001:db8::53', 6]);
});

test('a peer that knows nothing of it: IPv4 works, and there is no address', () => {
  const b = new Bench();
  b.theirs._enabled = false;
  b.ppp.connect();
  b.run(20000);
  assert.ok(b.ppp.isconnected());
  assert.equal(b.rows(), []);
});

test('1,000 reconnects: no list grows', () => {
  const b = new Bench();
  const { _stack: stack } = b.sim.host;
  for (let i = 0; i < 1000; i++) {
    b.up();
    b.ppp.disconnect();
    b.run(4000);
  }
  assert.equal(
    [b.ipv6._v6._netifs.length, stack._netifs.filter((one) => one._up).length, stack._udps.length, stack._tcbs.length],
    [0, 0, 0, 0],
  );
  assert.ok(stack._netifs.length <= 2);
});

test.run();
