/** Neighbours on Ethernet (RFC 4861 §7): each state and what ends it, liars, bounds; groups told of (RFC 3810). */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ipv6Poll, ipv6PollAt, netif6Up } from '../../modules/inet/autoconf';
import { ipv6Input } from '../../modules/inet/input6';
import { createNetif6, useIpv6, type Netif6, type Stack6 } from '../../modules/inet/ip6';
import { createStack, type Stack } from '../../modules/inet/ip';
import { createMld, mldChanged, mldPoll, mldPollAt, mldQuery } from '../../modules/inet/mld';
import {
  Reachability,
  createNeighbours6,
  neighbourHeard,
  neighbourOutput,
  neighboursPoll,
  neighboursPollAt,
  type Neighbours6,
} from '../../modules/inet/neighbours6';
import { stackFlush, stackPoll, stackPollAt } from '../../modules/inet/stack';
import { Errno } from '../../modules/inet/tcb';
import { tcpConnect } from '../../modules/inet/tcp';
import { udpBind, udpSend, type UdpSocket } from '../../modules/inet/udp';
import { Clock, seededRandom } from '../helpers/clock';
import { macBytes, macText } from '../helpers/ethernet';
import { internetSum } from '../helpers/packets';
import { advertisement, bytes6, icmp6Packet, ip6Packet, neighbour, prefixOption, text6 } from '../helpers/packets6';
import { LOCAL, OURS6, PEER6 } from '../helpers/rig6';
import { BOUNDS } from '../helpers/tcp';

const PLACES = 4;
const OUR_MAC = '02:00:00:00:00:42';
const ROUTER = 'fe80::1';
const ROUTER2 = 'fe80::2';
const mac = (n: number): string => `02:00:00:00:01:${n.toString(16).padStart(2, '0')}`;
/** Flags of an advertisement: router, solicited, override. */
const R = 0x80000000;
const S = 0x40000000;
const O = 0x20000000;
const source = (text: string): Buffer => Buffer.concat([Buffer.from([1, 1]), macBytes(text)]);
const target = (text: string): Buffer => Buffer.concat([Buffer.from([2, 1]), macBytes(text)]);
const NAMES = ['free', 'incomplete', 'reachable', 'stale', 'delay', 'probe'];

/** One interface on Ethernet, in simulated time; the rest of the cable is the test. */
class Link {
  readonly clock = new Clock(0);
  readonly stack: Stack;
  readonly v6: Stack6;
  readonly netif: Netif6;
  readonly cache: Neighbours6;
  readonly mld;
  /** As [ms, MAC address, what]. */
  private sent: [number, string, string][] = [];
  private readonly socket: UdpSocket;

  constructor({ probes = false, mld = false } = {}) {
    this.stack = createStack(BOUNDS, seededRandom(7));
    this.v6 = useIpv6(this.stack);
    this.netif = createNetif6(this.v6, this, macBytes(OUR_MAC), (buf, at, end, hop) =>
      neighbourOutput(this.cache, buf, at, end, hop),
    );
    this.cache = createNeighbours6(this.netif, PLACES, (to, buf, at, end) => {
      assert.ok(at >= 14, 'room for a header');
      this.sent.push([this.clock.nowMs, macText(to), what(Buffer.from(buf.slice(at, end)))]);
      return true;
    });
    this.mld = createMld(this.netif);
    this.netif._identifier.set([0, 0, 0, 0xff, 0xfe, 0, 0, 0x42]);
    this.netif._identifier[0] = 2;
    this.netif._probes = probes;
    this.netif._static = OURS6;
    this.netif._neighbour = (...args) => neighbourHeard(this.cache, ...args);
    if (mld) {
      this.netif._changed = () => mldChanged(this.mld);
      this.netif._query = (...args) => mldQuery(this.mld, ...args);
    }
    this.v6._parts.push({
      _poll: (nowMs) => {
        neighboursPoll(this.cache, nowMs);
        mldPoll(this.mld, nowMs);
      },
      _pollAt: () => Math.min(neighboursPollAt(this.cache), mldPollAt(this.mld)),
    });
    this.clock.drive({ poll: (nowMs) => ipv6Poll(this.v6, nowMs), pollAt: () => ipv6PollAt(this.v6) });
    this.clock.drive({ poll: (nowMs) => stackPoll(this.stack, nowMs), pollAt: () => stackPollAt(this.stack) });
    this.socket = udpBind(this.stack, 5000, () => {})!;
    assert.ok(netif6Up(this.netif, 1500, 0));
    if (!probes) {
      this.at(10).hears(advertisement(ROUTER, [source(mac(1)), prefixOption('2001:db8:5::', -1, -1)]));
      this.at(20).taken();
    }
  }

  at(ms: number): this {
    this.clock.runTo(ms);
    return this;
  }

  hears(packet: Uint8Array): this {
    const buf = new Uint8Array((packet.length + 9) & ~1).fill(0xa5);
    buf.set(packet, 7);
    ipv6Input(this.netif, buf, 7, 7 + packet.length, this.clock.nowMs);
    stackFlush(this.stack);
    return this;
  }

  /** A neighbour says where he is. */
  says(address: string, flags: number, at?: string, destination = OURS6): this {
    return this.hears(
      neighbour({ source: address, destination, target: address }, flags, at ? target(at) : Buffer.alloc(0)),
    );
  }

  send(to: string, text: string): boolean {
    return udpSend(this.socket, Buffer.from(text), to, 9, this.clock.nowMs);
  }

  /** What was sent since the last call, without its times. */
  taken(): string[] {
    return this.timed().map(([, to, text]) => `${to} ${text}`);
  }

  timed(): [number, string, string][] {
    return this.sent.splice(0);
  }

  state(address: string): string {
    const one = this.cache._list.find(({ _address }) => _address === address);
    return one ? `${NAMES[one._state]} ${macText(one._mac)}` : 'free';
  }

  known(): number {
    return this.cache._list.filter(({ _state }) => _state !== Reachability.Free).length;
  }
}

/** A packet in words. */
function what(packet: Buffer): string {
  const [from, to] = [packet.subarray(8, 24), packet.subarray(24, 40)].map(text6);
  let at = 40;
  let next = packet[6];
  let alert = '';
  if (next === 0) {
    assert.is(packet.toString('hex', 40, 48), '3a00050200000100');
    next = packet[40];
    at = 48;
    alert = ' alert';
  }
  const body = packet.subarray(at);
  const rest = Buffer.from([0, 0, body.length >> 8, body.length & 255, 0, 0, 0, next]);
  assert.is(internetSum(packet.subarray(8, 40), rest, body), 0, 'checksum');
  if (next === 17) {
    return `${from} > ${to} "${body.toString('latin1', 8)}"`;
  }
  if (next === 6) {
    return `${from} > ${to} tcp`;
  }
  const type = body[0];
  if (type === 143) {
    assert.equal([packet[7], alert], [1, ' alert']);
    const records = Array.from({ length: body.readUInt16BE(6) }, (_, i) => body.subarray(8 + 20 * i, 28 + 20 * i));
    return `${from} > ${to} report ${records.map((one) => `${one[0]}:${text6(one.subarray(4))}`).join(' ')}`;
  }
  if (type === 131 || type === 132) {
    assert.equal([packet[7], alert], [1, ' alert']);
    return `${from} > ${to} ${type === 131 ? 'report' : 'done'} ${text6(body.subarray(8, 24))}`;
  }
  assert.is(packet[7], 255);
  const named = { 133: 'routers', 135: `who is ${text6(body.subarray(8, 24))}`, 136: 'here' }[type] ?? String(type);
  const option = body.subarray(type === 133 ? 8 : 24);
  return `${from} > ${to} ${named}${option.length ? ` ${option[0]}:${macText(option.subarray(2, 8))}` : ''}`;
}

const ASKS = `33:33:ff:00:00:99 ${OURS6} > ff02::1:ff00:99 who is ${PEER6} 1:${OUR_MAC}`;

test('a group needs no neighbour: its MAC address is made of its own', () => {
  const t = new Link();
  assert.ok(t.send('ff02::fb', 'all'));
  assert.equal(t.taken(), [`33:33:00:00:00:fb ${LOCAL} > ff02::fb "all"`]);
  assert.is(t.known(), 1);
});

test('INCOMPLETE: the group is asked three times, a second apart; the latest packet is kept, and goes with the answer', () => {
  const t = new Link();
  assert.ok(t.send(PEER6, 'one'));
  assert.is(t.state(PEER6), 'incomplete 00:00:00:00:00:00');
  assert.equal(t.taken(), [ASKS]);
  assert.ok(t.at(500).send(PEER6, 'two'));
  t.at(1019);
  assert.equal(t.taken(), []);
  t.at(1020);
  assert.equal(t.taken(), [ASKS]);
  t.says(PEER6, S | O, mac(9));
  assert.is(t.state(PEER6), `reachable ${mac(9)}`);
  assert.equal(t.taken(), [`${mac(9)} ${OURS6} > ${PEER6} "two"`]);
  t.send(PEER6, 'three');
  assert.equal(t.taken(), [`${mac(9)} ${OURS6} > ${PEER6} "three"`]);
});

test('INCOMPLETE: an advertisement without a MAC address says nothing; an unsolicited one leaves doubt', () => {
  const t = new Link();
  t.send(PEER6, 'one');
  t.taken();
  t.says(PEER6, S | O);
  assert.is(t.state(PEER6), 'incomplete 00:00:00:00:00:00');
  t.says(PEER6, 0, mac(9), 'ff02::1');
  assert.is(t.state(PEER6), `stale ${mac(9)}`);
  assert.equal(t.taken(), [`${mac(9)} ${OURS6} > ${PEER6} "one"`]);
});

test('INCOMPLETE: nobody answers: given up after three seconds, and a connection is told EHOSTUNREACH', () => {
  const t = new Link();
  const errors: [number, number][] = [];
  const nothing = (): void => {};
  const handler = { _connected: nothing, _data: nothing, _ended: nothing, _writable: nothing };
  tcpConnect(t.stack, PEER6, 80, { ...handler, _closed: (_, e) => errors.push([t.clock.nowMs, e]) }, 20);
  t.at(100000);
  assert.equal(errors, [[3020, Errno.EHOSTUNREACH]]);
  assert.equal(
    t.timed().map(([atMs, , text]) => [atMs, text.includes('who is')]),
    [
      [20, true],
      [1020, true],
      [2020, true],
    ],
  );
  assert.equal([t.state(PEER6), t.cache._stats.ndUnanswered], ['free', 1]);
});

test('REACHABLE for 15 to 45 s, then STALE; used again DELAY, 5 s later PROBE: three of it, and it is forgotten', () => {
  const t = new Link();
  t.send(PEER6, 'one');
  t.says(PEER6, S | O, mac(9));
  const until = t.cache._list.find(({ _address }) => _address === PEER6)!._dueMs;
  assert.ok(until >= 15020 && until <= 45020, `${until}`);
  t.at(until - 1).send(PEER6, 'two');
  assert.is(t.state(PEER6), `reachable ${mac(9)}`);
  t.at(until + 10000).taken();
  t.send(PEER6, 'three');
  assert.is(t.state(PEER6), `delay ${mac(9)}`);
  assert.equal(t.taken(), [`${mac(9)} ${OURS6} > ${PEER6} "three"`]);
  const began = t.clock.nowMs;
  t.at(began + 4999);
  assert.equal(t.taken(), []);
  t.at(began + 5000);
  assert.is(t.state(PEER6), `probe ${mac(9)}`);
  t.send(PEER6, 'four');
  t.at(began + 8000);
  assert.equal(t.timed(), [
    [began + 5000, mac(9), `${OURS6} > ${PEER6} who is ${PEER6} 1:${OUR_MAC}`],
    [began + 5000, mac(9), `${OURS6} > ${PEER6} "four"`],
    [began + 6000, mac(9), `${OURS6} > ${PEER6} who is ${PEER6} 1:${OUR_MAC}`],
    [began + 7000, mac(9), `${OURS6} > ${PEER6} who is ${PEER6} 1:${OUR_MAC}`],
  ]);
  assert.equal([t.state(PEER6), t.cache._stats.ndUnanswered], ['free', 1]);
  // Whoever has the address now is asked for.
  t.send(PEER6, 'five');
  assert.equal(t.taken(), [ASKS]);
  // A solicited answer ends the doubt.
  t.says(PEER6, S | O, mac(10));
  assert.is(t.state(PEER6), `reachable ${mac(10)}`);
});

test('DELAY and PROBE end with a solicited answer; who is not used is never asked', () => {
  for (const wait of [1000, 5500]) {
    const t = new Link();
    t.hears(neighbour({ source: PEER6, destination: OURS6, target: OURS6 }, undefined, source(mac(9))));
    assert.is(t.state(PEER6), `delay ${mac(9)}`); // Our answer has been sent to it.
    t.at(20 + wait).says(PEER6, S);
    assert.is(t.state(PEER6), `reachable ${mac(9)}`);
    t.taken();
    t.at(1000000);
    assert.equal(t.taken(), []);
  }
});

test('RFC 4861 §7.2.5: what an advertisement changes, by state, flags and MAC address', () => {
  const cases: [string, number, string | undefined, string][] = [
    ['reachable', 0, undefined, `reachable ${mac(9)}`],
    ['reachable', 0, mac(9), `reachable ${mac(9)}`],
    ['reachable', 0, mac(8), `stale ${mac(9)}`],
    ['reachable', O, mac(8), `stale ${mac(8)}`],
    ['reachable', S | O, mac(8), `reachable ${mac(8)}`],
    ['reachable', S, mac(8), `stale ${mac(9)}`],
    ['stale', 0, mac(9), `stale ${mac(9)}`],
    ['stale', 0, mac(8), `stale ${mac(9)}`],
    ['stale', S, mac(8), `stale ${mac(9)}`],
    ['stale', O, mac(8), `stale ${mac(8)}`],
    ['stale', S, undefined, `reachable ${mac(9)}`],
    ['stale', S | O, mac(8), `reachable ${mac(8)}`],
  ];
  for (const [state, flags, at, want] of cases) {
    const t = new Link();
    t.send(PEER6, 'one');
    t.says(PEER6, S | O, mac(9));
    if (state === 'stale') {
      // By somebody who says something else, and then the old.
      t.says(PEER6, O, mac(7)).says(PEER6, O, mac(9));
    }
    assert.is(t.state(PEER6), `${state} ${mac(9)}`);
    t.says(PEER6, flags, at);
    assert.is(t.state(PEER6), want, `${state} ${flags.toString(16)} ${at}`);
  }
});

test('a solicitation with another MAC address, as well as a router’s advertisement, leaves doubt', () => {
  const t = new Link();
  t.send(PEER6, 'one');
  t.says(PEER6, S | O, mac(9));
  t.hears(neighbour({ source: PEER6, destination: OURS6, target: OURS6 }, undefined, source(mac(9))));
  assert.is(t.state(PEER6), `reachable ${mac(9)}`);
  t.taken();
  t.hears(neighbour({ source: PEER6, destination: OURS6, target: OURS6 }, undefined, source(mac(8))));
  assert.equal(t.taken(), [`${mac(8)} ${OURS6} > ${PEER6} here 2:${OUR_MAC}`]);
  assert.is(t.state(PEER6), `delay ${mac(8)}`);
  t.hears(advertisement(ROUTER, [source(mac(2))]));
  assert.is(t.state(ROUTER), `stale ${mac(2)}`);
});

test('a neighbour outside the prefixes of the link who asks for us is answered on it, and by no router', () => {
  const t = new Link();
  const far = '2001:db8:77::9';
  t.hears(neighbour({ source: far, destination: OURS6, target: OURS6 }, undefined, source(mac(9))));
  assert.equal(t.taken(), [`${mac(9)} ${OURS6} > ${far} here 2:${OUR_MAC}`]);
  t.send(far, 'by the router');
  assert.equal(t.taken(), [`${mac(1)} ${OURS6} > ${far} "by the router"`]);
});

test('routers: the one that has answered last stays; who does not answer goes last; who is none any more goes', () => {
  const t = new Link();
  t.hears(advertisement(ROUTER2, [source(mac(2))]));
  // Advertising again brings nobody forward.
  t.hears(advertisement(ROUTER, [source(mac(1))]));
  const far = '2001:db8:77::9';
  t.send(far, 'one');
  assert.equal(t.taken(), [`${mac(1)} ${OURS6} > ${far} "one"`]);
  t.at(9000).taken();
  assert.is(t.state(ROUTER), 'free');
  t.send(far, 'two');
  assert.equal(t.taken(), [`${mac(2)} ${OURS6} > ${far} "two"`]);
  t.says(ROUTER2, S | O | R, mac(2));
  assert.is(t.netif._routers.length, 2);
  t.says(ROUTER2, O, mac(2), 'ff02::1');
  assert.equal(
    t.netif._routers.map(({ _address }) => _address),
    [ROUTER],
  );
});

test('a router’s times: for how long a neighbour is there, and when one is asked again, within bounds', () => {
  const t = new Link();
  const times = (reachable: number, retrans: number): Buffer => {
    const packet = advertisement(ROUTER, []);
    const body = Buffer.from(packet.subarray(44));
    body.writeUInt32BE(reachable, 4);
    body.writeUInt32BE(retrans, 8);
    return icmp6Packet({ source: ROUTER, destination: 'ff02::1', hops: 255, type: 134, body });
  };
  for (const [reachable, retrans, want] of [
    [20000, 500, [20000, 500]],
    [0, 0, [20000, 500]],
    [0xffffffff, 1, [3600000, 100]],
    [1, 0xffffffff, [1, 10000]],
  ] as const) {
    t.hears(times(reachable, retrans));
    assert.equal([t.netif._reachableMs, t.netif._retransMs], want);
  }
});

test('liars: a hop limit below 255, options of length zero or cut, a target that is a group, a MAC address of a group', () => {
  const t = new Link();
  t.send(PEER6, 'one');
  t.says(PEER6, S | O, mac(9));
  t.taken();
  const before = t.stack._stats.badPackets;
  const fields = { source: PEER6, destination: OURS6, target: PEER6 };
  const lies = [
    neighbour({ ...fields, hops: 254 }, S | O, target(mac(8))),
    neighbour(fields, S | O, Buffer.from([2, 0, 1, 1, 1, 1, 1, 1])),
    neighbour(fields, S | O, Buffer.from([2, 2, 1, 1, 1, 1, 1, 1])),
    neighbour(fields, S | O, target(mac(8)).subarray(0, 7)),
    neighbour({ ...fields, target: 'ff02::1' }, S | O, target(mac(8))),
    // Solicited, and to everybody.
    neighbour({ ...fields, destination: 'ff02::1' }, S | O, target(mac(8))),
    neighbour({ ...fields, target: 'ff02::1' }, undefined, source(mac(8))),
    icmp6Packet({ ...fields, hops: 255, type: 136, code: 1, body: Buffer.concat([Buffer.alloc(4), bytes6(PEER6)]) }),
    icmp6Packet({ ...fields, hops: 255, type: 136, body: Buffer.alloc(16) }),
  ];
  lies.forEach((packet) => t.hears(packet));
  assert.is(t.stack._stats.badPackets, before + lies.length);
  t.says(PEER6, S | O, '33:33:00:00:00:01');
  t.says(PEER6, S | O, 'ff:ff:ff:ff:ff:ff');
  assert.is(t.cache._stats.badNeighbour, 2);
  // A MAC address of another kind of link is none.
  t.hears(neighbour(fields, O, Buffer.from([2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])));
  assert.is(t.state(PEER6), `reachable ${mac(9)}`);
  assert.equal(t.taken(), []);
});

test('of our own addresses nobody else says where they are', () => {
  const t = new Link();
  t.says(OURS6, S | O, mac(6));
  assert.is(t.state(OURS6), 'free');
});

test('a flood of 10,000 neighbours costs none of those that have answered', () => {
  const t = new Link();
  t.send(PEER6, 'one');
  t.says(PEER6, S | O, mac(9));
  for (let i = 0; i < 10000; i++) {
    const liar = `2001:db8::bad:${i.toString(16)}`;
    const body = Buffer.concat([Buffer.from([1, 1, 2, 0, 0, 1]), Buffer.from([i >> 8, i & 255])]);
    t.hears(neighbour({ source: liar, destination: OURS6, target: OURS6 }, undefined, body));
    if (i % 3 === 0) {
      t.hears(icmp6Packet({ source: `2001:db8::bed:${i.toString(16)}`, destination: OURS6, type: 128 }));
    }
  }
  assert.is(t.known(), PLACES);
  assert.is(t.cache._list.length, PLACES);
  assert.is(t.state(PEER6), `reachable ${mac(9)}`);
  // Each of them got one answer or one question at most.
  assert.ok(t.taken().length <= 2 + 10000 + 3334);
  t.at(200000).taken();
  t.send(PEER6, 'two');
  assert.equal(t.taken(), [`${mac(9)} ${OURS6} > ${PEER6} "two"`]);
});

test('a flood while a neighbour is asked for: the question is not forgotten', () => {
  const t = new Link();
  t.send(PEER6, 'one');
  for (let i = 0; i < 100; i++) {
    t.hears(neighbour({ source: `2001:db8::bad:${i}`, destination: OURS6, target: OURS6 }, undefined, source(mac(i))));
  }
  t.taken();
  t.says(PEER6, S | O, mac(9));
  assert.equal(t.taken(), [`${mac(9)} ${OURS6} > ${PEER6} "one"`]);
});

const MLD2 = '33:33:00:00:00:16';
const SNODE = 'ff02::1:ff00:42';

/** A query of version 2, or 1: about a group or all. */
function query(group = '::', { v1 = false, hops = 1, delay = 100, source: from = ROUTER } = {}): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(delay);
  const body = Buffer.concat([head, bytes6(group), v1 ? Buffer.alloc(0) : Buffer.from([2, 125, 0, 0])]);
  return icmp6Packet({ source: from, destination: 'ff02::1', hops, type: 130, body });
}

test('groups are told of twice, from nobody while there is no address, and again from it', () => {
  const t = new Link({ probes: true, mld: true });
  assert.equal(t.taken(), [`${MLD2} :: > ff02::16 report 4:${SNODE}`]);
  t.at(3000);
  const reports = t.timed().filter(([, to]) => to === MLD2);
  assert.is(reports[reports.length - 1][2], `${LOCAL} > ff02::16 report 4:${SNODE}`);
  assert.ok(reports.length >= 2 && reports.length <= 3, JSON.stringify(reports));
  // A group of the host's.
  t.v6._groups.push('ff02::fb');
  t.at(6000);
  const joins = t.timed().filter(([, to]) => to === MLD2);
  assert.equal(
    joins.map(([, , text]) => text),
    Array(2).fill(`${LOCAL} > ff02::16 report 4:ff02::fb`),
  );
  assert.ok(joins[1][0] - joins[0][0] <= 1000);
  t.v6._groups.pop();
  t.at(9000);
  assert.is(t.timed().filter(([, , text]) => text === `${LOCAL} > ff02::16 report 3:ff02::fb`).length, 2);
});

test('a query is answered within its time, for all groups or for the one; by one answer', () => {
  const t = new Link({ mld: true }).at(3000);
  t.v6._groups.push('ff02::fb');
  t.at(6000).taken();
  t.hears(query()).hears(query()).at(6100);
  assert.equal(t.taken(), [`${MLD2} ${LOCAL} > ff02::16 report 2:${SNODE} 2:ff02::fb`]);
  t.hears(query('ff02::fb')).at(6200);
  assert.equal(t.taken(), [`${MLD2} ${LOCAL} > ff02::16 report 2:ff02::fb`]);
  t.hears(query('ff02::fb')).hears(query(SNODE)).at(6300);
  assert.equal(t.taken(), [`${MLD2} ${LOCAL} > ff02::16 report 2:${SNODE} 2:ff02::fb`]);
  t.hears(query('ff02::fc')).at(6400);
  assert.equal(t.taken(), []);
});

test('a querier of version 1 is answered in version 1, for 260 s', () => {
  const t = new Link({ mld: true }).at(3000);
  t.taken();
  t.hears(query('::', { v1: true })).at(3100);
  assert.equal(t.taken(), [`33:33:ff:00:00:42 ${LOCAL} > ${SNODE} report ${SNODE}`]);
  t.v6._groups.push('ff02::fb');
  t.at(6000);
  assert.equal(t.taken(), Array(2).fill(`33:33:00:00:00:fb ${LOCAL} > ff02::fb report ff02::fb`));
  t.v6._groups.pop();
  t.at(9000);
  assert.equal(t.taken(), Array(2).fill(`33:33:00:00:00:02 ${LOCAL} > ff02::2 done ff02::fb`));
  t.at(264000).hears(query()).at(264100);
  assert.equal(t.taken(), [`${MLD2} ${LOCAL} > ff02::16 report 2:${SNODE}`]);
});

test('queries that are none: from beyond the link, cut', () => {
  const t = new Link({ mld: true }).at(3000);
  t.taken();
  const before = t.stack._stats.badPackets;
  t.hears(query('::', { hops: 2 })).hears(query('::', { source: PEER6 }));
  t.hears(icmp6Packet({ source: ROUTER, destination: 'ff02::1', hops: 1, type: 130, body: Buffer.alloc(21) }));
  t.hears(ip6Packet({ source: ROUTER, destination: 'ff02::1', hops: 1 }, 58, Buffer.from([130, 0, 0, 0])));
  t.at(20000);
  assert.is(t.stack._stats.badPackets, before + 4);
  assert.equal(t.taken(), []);
});

test.run();
