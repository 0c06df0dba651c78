/**
 * Mutated packets at the IPv6 door, in blocks as in ip.ts: a block is all there is to repeat a failure. Each begins with a
 * fresh host; one connection that nobody attacks but blindly has to live on.
 */

import * as assert from 'uvu/assert';
import { setAutoconf } from '../../modules/inet/autoconf';
import { setDhcp6, useDhcp6 } from '../../modules/inet/dhcp6';
import { createMld, mldChanged, mldPoll, mldPollAt, mldQuery } from '../../modules/inet/mld';
import {
  createNeighbours6,
  neighbourHeard,
  neighbourOutput,
  neighboursPoll,
  neighboursPollAt,
} from '../../modules/inet/neighbours6';
import { createPinger, icmpPing } from '../../modules/inet/ping';
import { usePing6 } from '../../modules/inet/ping6';
import { useSack } from '../../modules/inet/sack';
import type { Tcb, TcpHandler } from '../../modules/inet/tcb';
import { tcpAbort, tcpConnect, tcpListen, tcpWrite } from '../../modules/inet/tcp';
import { udpBind } from '../../modules/inet/udp';
import { internetSum } from '../helpers/packets';
import {
  advertisement,
  icmp6Packet,
  ip6Packet,
  neighbour,
  prefixOption,
  rdnssOption,
  tcp6Packet,
  udp6Packet,
} from '../helpers/packets6';
import { random, type Random } from '../helpers/random';
import { LOCAL, OURS6, PEER6, ROUTER, Rig6, settled } from '../helpers/rig6';
import { pattern } from '../helpers/tcp';
import { BLOCK } from './fuzz';

const FRIEND = '2001:db8::f';
const MAC = Uint8Array.from([2, 0, 0, 0, 0, 0x42]);
/** Neighbours at a time. */
const PLACES = 4;
const MOST_PACKETS = 40;
const SOURCES = [PEER6, PEER6, PEER6, ROUTER, ROUTER, '::', '::1', 'ff02::1', OURS6, LOCAL, '2001:db8:7::7'];
const DESTINATIONS = [OURS6, OURS6, OURS6, LOCAL, 'ff02::1', 'ff02::1:ff00:42', 'ff02::fb', '2001:db8::43'];

/** Makes the checksum behind the plain header good again. */
function refresh(packet: Buffer): void {
  const at = { 6: 16, 17: 6, 58: 2 }[packet[6]];
  const end = Math.min(packet.length, 40 + packet.readUInt16BE(4));
  if (at !== undefined && end >= 40 + at + 2) {
    const body = packet.subarray(40, end);
    const rest = Buffer.from([0, 0, body.length >> 8, body.length & 255, 0, 0, 0, packet[6]]);
    body.writeUInt16BE(0, at);
    body.writeUInt16BE(internetSum(packet.subarray(8, 40), rest, body) || 0xffff, at);
  }
}

function segment(t: Rig6, r: Random): Buffer {
  const tcbs = t.stack._tcbs.filter((one) => one._remoteAddress === PEER6);
  const one: Partial<Tcb> = tcbs.length && r.below(8) ? r.pick(tcbs) : {};
  const near = (value: number): number => value + (r.below(4) ? 0 : r.below(12000) - 6000);
  return tcp6Packet({
    source: PEER6,
    destination: OURS6,
    sourcePort: one._remotePort ?? 4000 + r.below(6),
    destinationPort: one._localPort ?? 80,
    seq: (one._irs ?? 0) + near(one._rcvNxt ?? 1),
    ack: (one._iss ?? 0) + near(one._max ?? 0),
    flags: r.pick(['A', 'A', 'A', 'PA', 'FA', 'S', 'SA', 'R', 'RA', 'FSRPAU', '']),
    window: r.pick([0, 1, 100, 4380, 65535]),
    options: r.below(3)
      ? undefined
      : Buffer.from(
          r.pick([
            [2, 4, 5, 160],
            [2, 0, 5, 180],
            [5, 10, 0, 0],
            [1, 1, 4, 2],
          ]),
        ),
    data: r.below(3) ? undefined : pattern(0, r.below(1441)),
  });
}

function router(r: Random): Buffer {
  const options = Array.from({ length: r.below(5) }, () => {
    const n = r.below(16).toString(16);
    return r.pick([
      () =>
        prefixOption(
          `2001:db8:${n}::`,
          r.pick([0, 1, 600, -1]),
          r.pick([0, 1, 600, -1]),
          r.below(256),
          r.pick([64, 64, 0, 255]),
        ),
      () => rdnssOption(r.pick([0, 1, 600]), `2001:db8::${n}`),
      () => Buffer.from([5, 1, 0, 0, 0, 0, r.below(8), r.below(256)]),
      () => Buffer.from(r.bytes(8 * (1 + r.below(3)))),
    ])();
  });
  return advertisement(`fe80::${r.below(20).toString(16)}`, options, {
    lifetime: r.pick([0, 1, 1800]),
    hops: r.pick([255, 255, 255, 64]),
  });
}

function build(t: Rig6, r: Random, xid: () => number): Buffer {
  const source = r.pick(SOURCES);
  const destination = r.pick(DESTINATIONS);
  let packet = r.pick([
    () => segment(t, r),
    () => segment(t, r),
    () => segment(t, r),
    () => router(r),
    () => router(r),
    () =>
      neighbour(
        { source, destination, target: r.pick([OURS6, LOCAL, PEER6, ROUTER]), hops: r.pick([255, 255, 64]) },
        r.pick([undefined, 0, 0x60000000, 0x20000000]),
        r.below(2) ? Buffer.from([1 + r.below(2), 1, 2, 0, 0, 0, 0, r.below(9)]) : undefined,
      ),
    () =>
      icmp6Packet({
        source,
        destination,
        hops: 255,
        type: r.below(256),
        code: r.below(8),
        body: Buffer.from(r.bytes(r.below(100))),
      }),
    () =>
      icmp6Packet({
        source,
        destination,
        type: 1 + r.below(4),
        code: r.below(8),
        body: Buffer.concat([Buffer.from(r.bytes(4)), swapped(segment(t, r))]),
      }),
    () =>
      udp6Packet({
        source,
        destination,
        sourcePort: 547,
        destinationPort: r.pick([546, 53, 5353, 9]),
        data: dhcp(r, xid()),
      }),
    () =>
      ip6Packet(
        {
          source,
          destination,
          next: r.pick([0, 43, 44, 60, 51, 50]),
          extension: Buffer.concat(
            Array.from({ length: r.below(4) }, () =>
              Buffer.from([
                r.pick([0, 6, 17, 43, 44, 58, 59, 60]),
                r.pick([0, 0, 1, 255]),
                r.below(256),
                r.below(8),
                0,
                0,
                0,
                1,
              ]),
            ),
          ),
        },
        58,
        segment(t, r).subarray(40),
      ),
  ])();
  for (let mutations = r.below(4); mutations > 0; mutations--) {
    const at = r.below(r.below(3) ? Math.min(packet.length, 90) : packet.length);
    packet[at] = r.below(2) ? r.below(256) : packet[at] ^ (1 << r.below(8));
  }
  if (r.below(16) === 0) {
    packet = packet.subarray(0, r.below(packet.length + 1));
  } else if (r.below(64) === 0) {
    packet = Buffer.concat([packet, r.bytes(r.below(3000))]);
  }
  if (packet.length >= 40 && r.below(2)) {
    refresh(packet);
  }
  return packet;
}

/** As if we had sent it. */
function swapped(packet: Buffer): Buffer {
  return Buffer.concat([
    packet.subarray(0, 8),
    packet.subarray(24, 40),
    packet.subarray(8, 24),
    packet.subarray(42, 44),
    packet.subarray(40, 42),
    packet.subarray(44, 60),
  ]);
}

function dhcp(r: Random, xid: number): Buffer {
  const option = (): Buffer =>
    Buffer.concat([
      Buffer.from([0, r.pick([1, 2, 13, 23, 32]), 0, r.pick([0, 4, 16, 18, 32, 255])]),
      r.bytes(r.below(40)),
    ]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(((7 << 24) | xid) >>> 0);
  return Buffer.concat([head, ...Array.from({ length: r.below(6) }, option)]);
}

function bounded(t: Rig6): void {
  const { _addresses, _routers, _prefixes, _servers, _dhcp6, _mtu } = t.netif;
  assert.ok(_addresses.length <= 6 && _routers.length <= 2 && _prefixes.length <= 4);
  assert.ok(_servers.length <= 3 && _dhcp6.length <= 3);
  assert.ok(_mtu >= 1260 && _mtu <= 1480, `MTU ${_mtu}`);
  assert.ok(t.stack._tcbs.length <= t.stack._bounds._tcpSockets);
  assert.is(t.stack._ended.length, 0);
  for (const one of t.stack._tcbs) {
    assert.ok(one._waitingBytes <= t.stack._bounds._tcpWindow);
    assert.ok(one._strays.reduce((sum, stray) => sum + stray._bytes.length, 0) <= t.stack._bounds._outOfOrder);
  }
}

/** @returns octets that the host has sent; @throws with the number of the input that did it */
export function fuzzIp6Block(seed: number, block: number): number {
  const r = random((Math.imul(seed, 0x9e3779b1) ^ Math.imul(block, 0x85ebca6b)) | 0);
  const t = settled({ mac: r.below(2) ? MAC : undefined, probes: r.below(2) === 1 });
  if (r.below(2)) {
    useSack(t.stack);
  }
  // On Ethernet there are neighbours between.
  const plain = t.netif._transmit;
  const cache = createNeighbours6(t.netif, PLACES, (_mac, buf, at, end) => plain(buf, at, end, ''));
  const mld = createMld(t.netif);
  if (t.netif._mac) {
    t.netif._transmit = (buf, at, end, hop) => neighbourOutput(cache, buf, at, end, hop);
    t.netif._neighbour = (...args) => neighbourHeard(cache, ...args);
    t.netif._query = (...args) => mldQuery(mld, ...args);
    t.netif._changed = () => mldChanged(mld);
    t.v6._parts.push({
      _poll: (nowMs) => {
        neighboursPoll(cache, nowMs);
        mldPoll(mld, nowMs);
      },
      _pollAt: () => Math.min(neighboursPollAt(cache), mldPollAt(mld)),
    });
  }
  const pinger = createPinger(t.stack);
  usePing6(t.v6, pinger);
  const ping = { _destination: PEER6, _id: 1, _reply: () => {} };
  pinger._pings.push(ping);
  const client = useDhcp6(t.v6);
  setDhcp6(client, t.netif, true, t.clock.nowMs);
  udpBind(t.stack, 53, () => {});
  t.v6._groups.push('ff02::fb');
  let got = 0;
  let friend: Tcb | null = null;
  const others: TcpHandler = { _connected() {}, _data() {}, _ended() {}, _writable() {}, _closed() {} };
  tcpListen(t.stack, 80, 3, (tcb) => {
    if (tcb._remoteAddress !== FRIEND || friend) return r.below(20) ? others : null;
    friend = tcb;
    return {
      ...others,
      _data: (_tcb, bytes) => {
        assert.ok(pattern(got, got + bytes.length).equals(bytes), 'the friend’s octets');
        got += bytes.length;
      },
      _ended: () => assert.unreachable('the friend’s connection has ended'),
      _closed: (_tcb, errno) => assert.unreachable(`the friend’s connection is over: ${errno}`),
    };
  });
  const from = { source: FRIEND, destination: OURS6, sourcePort: 999, destinationPort: 80 };
  t.deliver(tcp6Packet({ ...from, seq: 0x70000000, flags: 'S' }));
  const ack = t.stack._tcbs[0]._iss + 1;
  t.deliver(tcp6Packet({ ...from, seq: 0x70000001, ack, flags: 'A' }));
  t.taken();
  assert.ok(friend, 'the friend is connected');

  let sent = 0;
  let packet: Buffer = Buffer.alloc(0);
  let i = 0;
  try {
    for (; i < BLOCK; i++) {
      packet = build(t, r, () => client._clients[0]._xid);
      t.deliver(packet);
      const out = t.taken();
      assert.ok(out.length <= MOST_PACKETS, `${out.length} packets come of it`);
      for (const one of out) {
        sent += one.raw.length;
        assert.ok(one.raw.length <= 1500);
        assert.ok([6, 17, 58].includes(one.protocol));
      }
      bounded(t);
      assert.is(cache._list.length, PLACES);
      assert.ok(mld._joined.length <= 8 && mld._changes.length <= 16);
      if (r.below(16) === 0) {
        t.at(t.clock.nowMs + r.below(700)).taken();
      }
      if (r.below(100) === 0) {
        const target = r.pick([PEER6, ROUTER, '2001:db8:5::5', 'ff02::1']);
        const tcb = tcpConnect(t.stack, target, 80, others, t.clock.nowMs);
        if (typeof tcb === 'object' && r.below(2)) {
          tcpWrite(tcb, pattern(0, 100), 0, 100, t.clock.nowMs);
        }
        icmpPing(pinger, ping, 1, new Uint8Array(8), t.clock.nowMs);
        t.taken();
      }
      if (r.below(300) === 0) {
        setAutoconf(t.netif, r.below(2) === 1, t.clock.nowMs);
        t.taken();
      }
      if (r.below(40) === 0) {
        const before = got;
        t.deliver(tcp6Packet({ ...from, seq: 0x70000001 + got, ack, flags: 'A', data: pattern(got, got + 20) }));
        assert.is(got, before + 20, 'the friend is heard');
        t.taken();
      }
    }
    for (const tcb of t.stack._tcbs.slice()) {
      if (tcb !== friend) tcpAbort(tcb, t.clock.nowMs);
    }
    t.deliver(tcp6Packet({ ...from, seq: 0x70000001 + got, ack, flags: 'A', data: pattern(got, got + 20) }));
    t.taken();
    // He asks for us, where it takes that to be answered.
    const mac = Buffer.from([1, 1, 2, 0, 0, 0, 0, 0x0f]);
    t.deliver(neighbour({ source: FRIEND, destination: OURS6, target: OURS6 }, undefined, mac));
    const echo = icmp6Packet({ source: FRIEND, destination: OURS6, type: 128 });
    t.deliver(echo);
    assert.is(t.taken().pop()!.payload[0], 129, 'an echo is answered');
    return sent;
  } catch (error) {
    const what = `target ip6, seed ${seed}, block ${block} (from ${block * BLOCK}), input ${i}`;
    throw new Error(`${what}: ${packet.toString('hex')}\n${(error as Error).stack}`);
  }
}
