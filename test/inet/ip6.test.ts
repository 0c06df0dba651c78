/** IPv6 of a host: headers, addresses, neighbour discovery, ICMPv6, TCP and UDP above; scripts of events against time. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { setAutoconf, setStatic6 } from '../../modules/inet/autoconf';
import { routeTo } from '../../modules/inet/ip';
import { createPinger, icmpPing } from '../../modules/inet/ping';
import { usePing6 } from '../../modules/inet/ping6';
import { Errno, type Tcb, type TcpHandler } from '../../modules/inet/tcb';
import { tcpConnect, tcpListen, tcpWrite } from '../../modules/inet/tcp';
import { udpBind, udpSend } from '../../modules/inet/udp';
import { hex } from '../helpers/bytes';
import {
  advertisement,
  bytes6,
  icmp6Packet,
  ip6Packet,
  neighbour,
  prefixOption,
  rdnssOption,
  tcp6Packet,
  udp6Packet,
} from '../helpers/packets6';
import { LOCAL, OURS6, PEER6, ROUTER, Rig6, settled } from '../helpers/rig6';

const TO_US = { source: PEER6, destination: OURS6 };
const AUTO = '2001:db8:1:0:200:ff:fe00:42';
const PREFIX = '2001:db8:1::';
const MAC = Uint8Array.from([2, 0, 0, 0, 0, 0x42]);
const ours = (t: Rig6): [string, number][] => t.addresses().map(([address, state]) => [address, state]);

test('below 1280 octets IPv6 does not come up', () => {
  const t = new Rig6({ mtu: 1279 });
  assert.not.ok(t.netif._up);
  t.deliver(icmp6Packet({ source: ROUTER, destination: 'ff02::1', type: 128 })).quiet();
  assert.is(t.stack._stats.dropped, 1);
});

test('DAD: one probe to the group of the address, from nobody; a second later it is preferred', () => {
  const t = new Rig6({ probes: true });
  assert.equal(ours(t), [[LOCAL, 0x08]]);
  t.at(250);
  assert.equal(ours(t), [[LOCAL, 0x09]]);
  const [probe, ...rest] = t.taken();
  assert.equal(rest, []);
  assert.equal(
    [probe.source, probe.destination, probe.hops, probe.payload.toString('hex', 0, 2)],
    ['::', 'ff02::1:ff00:42', 255, '8700'],
  );
  assert.equal(probe.payload.subarray(8), bytes6(LOCAL)); // And no option.
  t.at(probe.at + 999);
  assert.equal(ours(t), [[LOCAL, 0x09]]);
  t.at(probe.at + 1000);
  assert.equal(ours(t), [[LOCAL, 0x30]]);
});

for (const [name, packet] of [
  ['somebody else probes for it', neighbour({ source: '::', destination: 'ff02::1:ff00:42', target: LOCAL })],
  ['its owner answers', neighbour({ source: LOCAL, destination: 'ff02::1', target: LOCAL }, 0x20000000)],
] as const) {
  test(`DAD: ${name}: duplicated, and not used`, () => {
    const t = new Rig6({ probes: true }).at(500);
    t.taken();
    t.deliver(packet).at(100000);
    assert.equal(ours(t), [[LOCAL, 0x40]]);
    t.deliver(icmp6Packet({ source: ROUTER, destination: LOCAL, type: 128 }));
    t.deliver(neighbour({ source: ROUTER, destination: 'ff02::1:ff00:42', target: LOCAL }));
    t.quiet();
    assert.is(routeTo(t.stack, ROUTER), null);
  });
}

test('DAD: a question from a neighbour is none of it, and is not answered while tentative', () => {
  const t = new Rig6({ probes: true }).at(500);
  t.taken();
  t.deliver(neighbour({ source: ROUTER, destination: 'ff02::1:ff00:42', target: LOCAL })).quiet();
  t.at(2000);
  assert.equal(ours(t), [[LOCAL, 0x30]]);
});

test('routers are asked once there is an address, then ever less often (RFC 7559), until one has spoken', () => {
  const t = new Rig6({ probes: true, mac: MAC }).at(1300);
  const times: number[] = [];
  for (const one of t
    .at(200000)
    .taken()
    .filter(({ payload }) => payload[0] === 133)) {
    assert.equal([one.source, one.destination, one.hops], [LOCAL, 'ff02::2', 255]);
    assert.is(one.payload.toString('hex', 4), '00000000' + '0101' + '020000000042');
    times.push(one.at);
  }
  assert.ok(times[0] >= 1000 && times[0] <= 1300, `${times[0]}`);
  times.slice(1).forEach((at, i) => {
    const ideal = 4000 * 2 ** i;
    assert.ok(at - times[i] >= 0.89 * ideal && at - times[i] <= 1.11 * ideal, `${at - times[i]} for ${ideal}`);
  });
  assert.is(times.length, 6);
  t.deliver(advertisement(ROUTER, []));
  assert.equal(t.at(10000000).taken(), []);
});

test('SLAAC: an address of a prefix; preferred, deprecated, gone', () => {
  const t = new Rig6({ probes: true }).at(2000);
  t.taken();
  t.deliver(advertisement(ROUTER, [prefixOption(PREFIX, 60, 30)]));
  assert.equal(ours(t)[1], [AUTO, 0x08]);
  t.at(4000);
  assert.equal(ours(t)[1], [AUTO, 0x30]);
  t.at(31999);
  assert.equal(ours(t)[1], [AUTO, 0x30]);
  t.at(32000);
  assert.equal(ours(t)[1], [AUTO, 0x10]);
  t.at(61999);
  assert.is(ours(t).length, 2);
  t.at(62000);
  assert.equal(ours(t), [[LOCAL, 0x30]]);
});

test('SLAAC: nobody shortens a life below two hours at once (RFC 4862 §5.5.3)', () => {
  const t = new Rig6();
  const left = (): number => t.netif._addresses[1]._validUntilMs - t.clock.nowMs;
  t.deliver(advertisement(ROUTER, [prefixOption(PREFIX, 86400, 3600)]));
  assert.is(left(), 86400000);
  t.deliver(advertisement(ROUTER, [prefixOption(PREFIX, 0, 0)]));
  assert.is(left(), 7200000);
  assert.equal(ours(t)[1], [AUTO, 0x10]);
  t.at(1000).deliver(advertisement(ROUTER, [prefixOption(PREFIX, 60, 60)]));
  assert.is(left(), 7199000);
  assert.equal(ours(t)[1], [AUTO, 0x30]);
  t.deliver(advertisement(ROUTER, [prefixOption(PREFIX, 7201, 60)]));
  assert.is(left(), 7201000);
  t.deliver(advertisement(ROUTER, [prefixOption(PREFIX, 0xffffffff, 0xffffffff)]));
  assert.is(left(), Infinity);
});

test('SLAAC: prefixes that are none of a host’s', () => {
  const t = new Rig6();
  for (const option of [
    prefixOption('fe80::', 60, 60),
    prefixOption('ff02::', 60, 60),
    prefixOption(PREFIX, 60, 61),
    prefixOption(PREFIX, 60, 60, 0x80),
    prefixOption(PREFIX, 60, 60, 0xc0, 65),
    prefixOption(PREFIX, 60, 60, 0xc0, 255),
    prefixOption(PREFIX, 0, 0),
  ]) {
    t.deliver(advertisement(ROUTER, [option]));
    assert.equal(ours(t), [[LOCAL, 0x30]]);
  }
});

test('what routers tell is bounded: 1,000 of them with 1,000 prefixes and servers', () => {
  const t = new Rig6();
  for (let i = 0; i < 1000; i++) {
    const n = (0x1000 + i).toString(16);
    t.deliver(
      advertisement(`fe80::${n}`, [prefixOption(`2001:db8:${n}::`, 600, 600), rdnssOption(600, `2001:db8::${n}`)]),
    );
  }
  const { _addresses, _routers, _prefixes, _servers, _dns } = t.netif;
  assert.equal(
    [_addresses, _routers, _prefixes, _servers, _dns].map((list) => list.length),
    [6, 2, 4, 3, 3],
  );
});

test('an advertisement is heeded from the link alone, and when all of it is right', () => {
  const prefix = prefixOption(PREFIX, 60, 60);
  const bad = [
    advertisement(ROUTER, [prefix], { hops: 254 }),
    advertisement('2001:db8::1', [prefix]),
    advertisement(ROUTER, [prefix, Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0])]),
    advertisement(ROUTER, [prefix, Uint8Array.from([1, 2, 0, 0, 0, 0, 0, 0])]),
    icmp6Packet({
      source: ROUTER,
      destination: 'ff02::1',
      hops: 255,
      type: 134,
      code: 1,
      body: Buffer.concat([Buffer.alloc(12), prefix]),
    }),
    icmp6Packet({ source: ROUTER, destination: 'ff02::1', hops: 255, type: 134, body: Buffer.alloc(8) }),
  ];
  const t = new Rig6();
  bad.forEach((packet) => t.deliver(packet));
  assert.is(t.stack._stats.badPackets, bad.length);
  assert.equal(ours(t), [[LOCAL, 0x30]]);
  assert.equal(t.netif._routers, []);
});

test('a router: the hop limit, the MTU, name servers and for how long; it says that it is none any more', () => {
  const t = new Rig6({ mac: MAC });
  const mtu = hex('0501 0000 00000514');
  t.deliver(
    advertisement(ROUTER, [mtu, rdnssOption(60, '2001:db8::53', '2001:db8::54'), prefixOption(PREFIX, 600, 600)], {
      hopLimit: 3,
    }),
  );
  assert.equal([t.netif._hopLimit, t.netif._mtu], [3, 1280]);
  assert.equal(t.netif._dns, ['2001:db8::53', '2001:db8::54']);
  // Beyond the prefixes of the link a router is the next hop; on it the destination itself.
  t.taken();
  const socket = udpBind(t.stack, 5000, () => {})!;
  assert.ok(udpSend(socket, Buffer.from('far'), '2001:db8:2::1', 9, 0));
  assert.ok(udpSend(socket, Buffer.from('near'), '2001:db8:1::1', 9, 0));
  assert.equal(
    t.taken().map(({ hop, source, hops }) => [hop, source, hops]),
    [
      [ROUTER, AUTO, 3],
      ['2001:db8:1::1', AUTO, 3],
    ],
  );
  t.deliver(advertisement(ROUTER, [rdnssOption(0, '2001:db8::53')], { lifetime: 0, hopLimit: 0 }));
  assert.equal([t.netif._hopLimit, t.netif._routers.length], [3, 0]);
  assert.equal(t.netif._dns, ['2001:db8::54']);
  assert.not.ok(udpSend(socket, Buffer.from('far'), '2001:db8:2::1', 9, 0));
  t.at(60000);
  assert.equal(t.netif._dns, []);
  // An MTU below 1280, or above the link's, is no MTU.
  for (const value of ['000004ff', '000005dd']) {
    t.deliver(advertisement(ROUTER, [hex(`0501 0000 ${value}`)]));
    assert.is(t.netif._mtu, 1280);
  }
});

test('without the user’s wish advertisements are dropped; what they brought goes, with its connections', () => {
  const t = new Rig6();
  t.deliver(advertisement(ROUTER, [prefixOption(PREFIX, 600, 600)]));
  const errors: number[] = [];
  tcpConnect(t.stack, '2001:db8:1::5', 80, handler({ _closed: (_tcb, errno) => errors.push(errno) }), 0);
  setAutoconf(t.netif, false, 0);
  t.at(10);
  assert.equal(errors, [Errno.ENETDOWN]);
  assert.equal(ours(t), [[LOCAL, 0x30]]);
  t.deliver(advertisement(ROUTER, [prefixOption(PREFIX, 600, 600)]));
  assert.equal(ours(t), [[LOCAL, 0x30]]);
  t.taken();
  setAutoconf(t.netif, true, 10);
  t.at(20);
  assert.is(t.taken()[0].payload[0], 133);
});

test('the user’s address: one at most, probed like the others', () => {
  const t = new Rig6({ probes: true });
  setStatic6(t.netif, '2001:db8::1', 0);
  setStatic6(t.netif, '2001:db8::2', 0);
  assert.equal(ours(t), [
    [LOCAL, 0x08],
    ['2001:db8::2', 0x08],
  ]);
  t.at(2000);
  assert.equal(ours(t)[1], ['2001:db8::2', 0x30]);
  setStatic6(t.netif, '', 2000);
  assert.equal(ours(t), [[LOCAL, 0x30]]);
});

test('source addresses (RFC 6724): of the destination’s scope, the longest common prefix, not deprecated', () => {
  const t = new Rig6({ fixed: '2001:db8:9::1' });
  t.deliver(advertisement(ROUTER, [prefixOption(PREFIX, 600, 600)]));
  const from = (destination: string): unknown => routeTo(t.stack, destination)?._address;
  assert.is(from('fe80::7'), LOCAL);
  assert.is(from('ff02::fb'), LOCAL);
  assert.is(from('2001:db8:9::7'), '2001:db8:9::1');
  assert.is(from('2001:db8:1::7'), AUTO);
  t.deliver(advertisement(ROUTER, [prefixOption(PREFIX, 600, 0)]));
  assert.is(from('2001:db8:1::7'), '2001:db8:9::1');
});

test('an echo is answered from where it went to; of a group from an own address; as far as it fits', () => {
  const t = settled();
  for (const length of [0, 1, 55, 1448]) {
    const body = Buffer.concat([hex('abcd ff01'), Buffer.alloc(length, length)]);
    t.deliver(icmp6Packet({ ...TO_US, type: 128, body }));
    const [reply] = t.taken();
    assert.equal([reply.source, reply.destination, reply.payload[0], reply.hops], [OURS6, PEER6, 129, 64]);
    assert.ok(reply.payload.subarray(4).equals(body));
  }
  t.deliver(icmp6Packet({ source: ROUTER, destination: 'ff02::1', type: 128 }));
  assert.is(t.taken()[0].source, LOCAL);
  t.deliver(icmp6Packet({ ...TO_US, source: '::', type: 128 })).quiet();
  const small = settled({ mtu: 1280 });
  small.deliver(icmp6Packet({ ...TO_US, type: 128, body: Buffer.alloc(2000) }));
  assert.is(small.taken()[0].raw.length, 1280);
});

test('ping', () => {
  const t = settled();
  const replies: [number, number][] = [];
  const pinger = createPinger(t.stack);
  usePing6(t.v6, pinger);
  const ping = { _destination: PEER6, _id: 0x4242, _reply: (n: number, bytes: number) => replies.push([n, bytes]) };
  pinger._pings.push(ping);
  assert.ok(icmpPing(pinger, ping, 3, Buffer.from('forty-two'), 0));
  const [request] = t.taken();
  assert.is(request.payload.toString('hex', 4, 8), '42420003');
  const body = request.payload.subarray(4);
  t.deliver(icmp6Packet({ source: ROUTER, destination: OURS6, type: 129, body }));
  t.deliver(icmp6Packet({ ...TO_US, type: 129, body }));
  assert.equal(replies, [[3, 9]]);
});

test('neighbours ask for us: the answer is solicited, with our link’s address where there is one', () => {
  const t = settled({ mac: MAC });
  t.deliver(neighbour({ source: PEER6, destination: 'ff02::1:ff00:42', target: OURS6 }));
  t.deliver(neighbour({ source: '::', destination: 'ff02::1:ff00:42', target: OURS6 }));
  const [answer, defence] = t.taken();
  assert.equal([answer.source, answer.destination, answer.hops], [OURS6, PEER6, 255]);
  assert.is(answer.payload.toString('hex', 4), `60000000${bytes6(OURS6).toString('hex')}0201020000000042`);
  assert.equal([defence.destination, defence.payload.toString('hex', 4, 8)], ['ff02::1', '20000000']);
  t.deliver(neighbour({ source: PEER6, destination: 'ff02::1:ff00:42', target: '2001:db8::1:42' }));
  t.deliver(neighbour({ source: PEER6, destination: OURS6, target: OURS6, hops: 64 }));
  t.deliver(neighbour({ source: PEER6, destination: 'ff02::1:ff00:42', target: 'ff02::1' }));
  t.deliver(neighbour({ source: PEER6, destination: OURS6, target: OURS6 }, 0x60000000));
  t.quiet();
  assert.equal([t.stack._stats.badPackets, t.stack._stats.dropped], [2, 2]);
});

test('redirects, and what nobody knows of ICMPv6, are dropped and counted', () => {
  const t = settled();
  for (const type of [137, 133, 130, 131, 132, 143, 200, 5, 100, 3, 4]) {
    t.deliver(icmp6Packet({ ...TO_US, hops: 255, type, body: Buffer.alloc(60) }));
  }
  t.quiet();
  assert.is(t.stack._stats.dropped + t.stack._stats.badPackets, 11);
});

test('packets that have no business here', () => {
  const t = settled();
  const echo = { type: 128 };
  for (const [source, destination] of [
    ['ff02::1', OURS6],
    ['::1', OURS6],
    ['0:0:0:0:0:ffff:0a00:0001', OURS6],
    [PEER6, '2001:db8::43'],
    [PEER6, 'ff02::2'],
    [PEER6, '::1'],
  ]) {
    t.deliver(icmp6Packet({ source, destination, ...echo }));
  }
  t.quiet();
  assert.is(t.stack._stats.dropped, 6);
});

test('padding behind a packet is passed over; a bad checksum, a cut one, another version are counted', () => {
  const t = settled();
  const packet = icmp6Packet({ ...TO_US, type: 128, body: Buffer.from('abcd1234') });
  t.deliver(Buffer.concat([packet, Buffer.alloc(9, 0xee)]));
  assert.is(t.taken().length, 1);
  for (let cut = 0; cut < packet.length; cut++) {
    t.deliver(packet.subarray(0, cut));
  }
  for (const at of [41, 42, 45, 8, 51]) {
    const bad = Buffer.from(packet);
    bad[at] ^= 2;
    t.deliver(bad);
  }
  t.quiet();
  assert.is(t.stack._stats.badPackets, packet.length + 5);
});

test('extension headers before a message; those that are to be told of are', () => {
  const t = settled();
  const message = icmp6Packet({ ...TO_US, type: 128 }).subarray(40);
  t.deliver(ip6Packet({ ...TO_US, next: 0, extension: hex('3a00 0502 0000 0100') }, 58, message));
  assert.is(t.taken()[0].payload[0], 129);
  t.at(3000).deliver(ip6Packet({ ...TO_US, next: 60, extension: hex('3a00 9e04 0000 0000') }, 58, message));
  t.at(4000).deliver(ip6Packet({ ...TO_US, next: 43, extension: hex('3a00 0001 0000 0000') }, 58, message));
  t.at(5000).deliver(ip6Packet(TO_US, 99, Buffer.alloc(10)));
  t.at(6000).deliver(ip6Packet({ ...TO_US, next: 60, extension: hex('6300 0104 0000 0000') }, 99, Buffer.alloc(10)));
  assert.equal(
    t.taken().map(({ destination, payload }) => [destination, payload.toString('hex', 0, 2), payload.readUInt32BE(4)]),
    [
      [PEER6, '0402', 42],
      [PEER6, '0400', 42],
      [PEER6, '0401', 6],
      [PEER6, '0401', 40],
    ],
  );
  t.at(7000).deliver(ip6Packet({ ...TO_US, next: 60, extension: hex('3a00 5e04 0000 0000') }, 58, message));
  t.deliver(ip6Packet(TO_US, 59, Buffer.alloc(10))).quiet();
});

test('fragments are refused and counted; one that is all of a packet is a packet (RFC 6946)', () => {
  const t = settled();
  const message = icmp6Packet({ ...TO_US, type: 128 }).subarray(40);
  for (const offset of ['0001', '0008', 'fff8', '0009']) {
    t.deliver(ip6Packet({ ...TO_US, next: 44, extension: hex(`3a00 ${offset} 00000001`) }, 58, message));
  }
  t.quiet();
  assert.is(t.stack._stats.fragments, 4);
  t.deliver(ip6Packet({ ...TO_US, next: 44, extension: hex('3a00 0000 00000001') }, 58, message));
  assert.is(t.taken()[0].payload[0], 129);
});

test('UDP: received with its source, sent with a checksum; none is a bad one (RFC 8200 §8.1)', () => {
  const t = settled();
  const got: unknown[] = [];
  const socket = udpBind(t.stack, 7, (payload, source, port) =>
    got.push([Buffer.from(payload).toString(), source, port]),
  )!;
  const packet = udp6Packet({ ...TO_US, sourcePort: 9, destinationPort: 7, data: Buffer.from('hello') });
  t.deliver(packet);
  assert.equal(got, [['hello', PEER6, 9]]);
  packet.writeUInt16BE(0, 46);
  t.deliver(packet);
  assert.is(t.stack._stats.badPackets, 1);
  assert.ok(udpSend(socket, Buffer.alloc(1452, 7), PEER6, 9, 0));
  assert.is(t.taken()[0].raw.length, 1500);
  assert.not.ok(udpSend(socket, Buffer.alloc(1453, 7), PEER6, 9, 0));
});

test('a datagram for nobody: port unreachable with as much of it as fits, limited in rate, none to groups', () => {
  const t = settled();
  const packet = udp6Packet({ ...TO_US, sourcePort: 9, destinationPort: 8, data: Buffer.alloc(1400, 5) });
  t.deliver(packet);
  const [error] = t.taken();
  assert.equal(
    [error.destination, error.payload.toString('hex', 0, 8)],
    [PEER6, `0104${error.payload.toString('hex', 2, 4)}00000000`],
  );
  assert.is(error.raw.length, 1280);
  assert.ok(error.payload.subarray(8).equals(packet.subarray(0, 1232)));
  for (let i = 0; i < 1000; i++) {
    t.at(3000 + i).deliver(packet);
  }
  const count = t.taken().length;
  assert.ok(count >= 1 && count <= 20, `${count} in a second`);
  t.at(9000)
    .deliver(udp6Packet({ source: ROUTER, destination: 'ff02::1', sourcePort: 9, destinationPort: 8 }))
    .quiet();
});

const nothing = (): void => {};
function handler(parts: Partial<TcpHandler> = {}): TcpHandler {
  return { _connected: nothing, _data: nothing, _ended: nothing, _writable: nothing, _closed: nothing, ...parts };
}

test('TCP: a client comes, is heard and answered; its MSS is the MTU’s less 60', () => {
  const t = settled();
  const got: string[] = [];
  tcpListen(t.stack, 80, 2, () =>
    handler({
      _data: (tcb, bytes) => {
        got.push(Buffer.from(bytes).toString());
        tcpWrite(tcb, Buffer.from('world'), 0, 5, t.clock.nowMs);
      },
    }),
  );
  const from = { ...TO_US, sourcePort: 4000, destinationPort: 80 };
  t.deliver(tcp6Packet({ ...from, seq: 100, flags: 'S', options: hex('020405a0') }));
  const [syn] = t.taken();
  assert.equal(
    [syn.source, syn.destination, syn.payload[13], syn.payload.toString('hex', 20, 24)],
    [OURS6, PEER6, 0x12, '020405a0'],
  );
  const ack = syn.payload.readUInt32BE(4) + 1;
  t.deliver(tcp6Packet({ ...from, seq: 101, ack, flags: 'PA', data: Buffer.from('hello') }));
  assert.equal(got, ['hello']);
  assert.is(t.taken()[0].payload.toString('latin1', 20), 'world');
  const bad = tcp6Packet({ ...from, seq: 106, ack, flags: 'PA', data: Buffer.from('x') });
  bad[30] ^= 1;
  t.deliver(bad);
  t.deliver(tcp6Packet({ ...from, destinationPort: 81, seq: 1, flags: 'S' }));
  assert.is(t.taken()[0].payload[13], 0x14);
  // From ourselves nobody calls.
  t.deliver(tcp6Packet({ ...from, source: OURS6, seq: 1, flags: 'S' })).quiet();
});

test('TCP: packet too big lowers the segments, not below 1280; unreachables end an attempt', () => {
  const t = settled();
  const errors: number[] = [];
  const connect = (): { tcb: Tcb; syn: Buffer } => {
    const tcb = tcpConnect(
      t.stack,
      PEER6,
      80,
      handler({ _closed: (_tcb, errno) => errors.push(errno) }),
      t.clock.nowMs,
    );
    return { tcb: tcb as Tcb, syn: t.taken()[0].raw };
  };
  const { tcb, syn } = connect();
  const to = { ...TO_US, sourcePort: 80, destinationPort: tcb._localPort };
  t.deliver(tcp6Packet({ ...to, seq: 7, ack: syn.readUInt32BE(44) + 1, flags: 'SA', options: hex('020405a0') }));
  t.taken();
  tcpWrite(tcb, Buffer.alloc(3000), 0, 3000, t.clock.nowMs);
  const [data] = t.taken();
  assert.is(data.raw.length, 1500);
  const tooBig = (mtu: number): Buffer => {
    const body = Buffer.alloc(4);
    body.writeUInt32BE(mtu);
    return icmp6Packet({
      source: ROUTER,
      destination: OURS6,
      type: 2,
      body: Buffer.concat([body, data.raw.subarray(0, 1200)]),
    });
  };
  t.deliver(tooBig(1400));
  assert.is(t.taken()[0].raw.length, 1400);
  t.deliver(tooBig(70000));
  t.deliver(tooBig(100));
  assert.is(t.taken()[0].raw.length, 1280);

  for (const [code, errno] of [
    [4, Errno.ECONNREFUSED],
    [0, Errno.EHOSTUNREACH],
    [1, Errno.EHOSTUNREACH],
  ]) {
    const { syn: second } = connect();
    const body = Buffer.concat([Buffer.alloc(4), second]);
    t.deliver(icmp6Packet({ source: ROUTER, destination: OURS6, type: 1, code, body: body.subarray(0, 50) }));
    t.deliver(icmp6Packet({ source: ROUTER, destination: OURS6, type: 1, code, body }));
    assert.is(errors.pop(), errno);
  }
});

test('nobody is one host at a group; without an address of the scope there is no way', () => {
  const t = new Rig6();
  assert.is(tcpConnect(t.stack, '2001:db8::1', 80, handler(), 0), Errno.ENETUNREACH);
  const errors: number[] = [];
  tcpConnect(t.stack, 'ff02::1', 80, handler({ _closed: (_tcb, errno) => errors.push(errno) }), 0);
  t.at(10).taken();
  assert.equal(errors, [Errno.ENETUNREACH]);
  assert.is(t.stack._tcbs.length, 0);
});

test.run();
