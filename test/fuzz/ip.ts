/**
 * Mutated packets at the IP door, in blocks: a block is all there is to repeat a failure, and depends on nothing but the
 * seed and its number. Each begins with a fresh host that listens, connects and asks for names, and with one connection
 * that nobody attacks but blindly: it has to live on. It ends with a new connection that works.
 */

import * as assert from 'uvu/assert';
import { useIsn } from '../../modules/inet/isn';
import { tcpKeepAlive, useKeepalive } from '../../modules/inet/keepalive';
import { createPinger, icmpPing } from '../../modules/inet/ping';
import { createResolver, resolve, resolverPoll, resolverPollAt } from '../../modules/inet/resolver';
import { useSack } from '../../modules/inet/sack';
import type { Tcb, TcpHandler } from '../../modules/inet/tcb';
import { tcpAbort, tcpWrite } from '../../modules/inet/tcp';
import { udpBind } from '../../modules/inet/udp';
import {
  addressBytes,
  addressNumber,
  icmpPacket,
  quotedBack,
  ipPacket,
  parseIp,
  tcpPacket,
  udpPacket,
} from '../helpers/packets';
import { random, type Random } from '../helpers/random';
import { OURS, OUR_PORT, PEER, Rig, pattern, type Said } from '../helpers/tcp';
import { refresh } from './checksums';
import { BLOCK } from './fuzz';

/** Packets that one input may bring about: what a window opened at once lets out, at most. */
const MOST_PACKETS = 40;

const FRIEND = '10.9.9.9';
const FRIEND_PORT = 999;
const SOURCES = [PEER, PEER, PEER, FRIEND, OURS, '0.0.0.0', '127.0.0.1', '255.255.255.255', '224.0.0.1', '192.0.2.7'];

/** The connection that has to live on: its peer knows the numbers, the attacker does not. */
class Friend {
  private readonly iss = 0x70000000;
  private theirs = 0;
  private sent = 0;
  got = 0;
  tcb: Tcb | null = null;
  readonly handler: TcpHandler;

  constructor(private readonly t: Rig) {
    this.handler = {
      _connected: (tcb) => (this.tcb = tcb),
      _data: (_tcb, bytes) => {
        assert.ok(pattern(this.got, this.got + bytes.length).equals(bytes), 'the friend’s octets');
        this.got += bytes.length;
      },
      _ended: () => assert.unreachable('the friend’s connection has ended'),
      _writable: () => {},
      _closed: (_tcb, errno) => assert.unreachable(`the friend’s connection is over: ${errno}`),
    };
  }

  private packet(flags: string, seq: number, data?: Uint8Array): Buffer {
    return tcpPacket({
      source: FRIEND,
      destination: OURS,
      sourcePort: FRIEND_PORT,
      destinationPort: OUR_PORT,
      seq: this.iss + seq,
      ack: flags.includes('A') ? this.theirs : 0,
      flags,
      data,
    });
  }

  connect(): void {
    this.t.deliver(this.packet('S', 0));
    this.theirs = (this.t.stack._tcbs[0]._iss + 1) >>> 0;
    this.t.taken();
    this.t.deliver(this.packet('A', 1));
    assert.ok(this.tcb, 'the friend is connected');
  }

  /** Some octets each way. */
  talk(r: Random): void {
    const tcb = this.tcb as Tcb;
    const length = 1 + r.below(50);
    this.t.deliver(this.packet('A', 1 + this.sent, pattern(this.sent, this.sent + length)));
    this.sent += length;
    assert.is(this.got, this.sent, 'the friend is heard');
    const taken = tcpWrite(tcb, pattern(0, length), 0, length, this.t.clock.nowMs);
    assert.is(taken, length, 'the friend can be written to');
    this.theirs = (this.theirs + taken) >>> 0;
    this.t.deliver(this.packet('A', 1 + this.sent));
  }

  close(): void {
    tcpAbort(this.tcb as Tcb, this.t.clock.nowMs);
  }
}

const OPTIONS = [
  [2, 0, 5, 180],
  [2, 4, 0, 1],
  [2, 4, 255, 255],
  [5, 0, 0, 0],
  [5, 10, 0, 0, 0, 0, 255, 255, 255, 255],
  [5, 255, 1, 1],
  [4, 2, 1, 1],
  [8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1],
  [3, 3, 14, 1],
  [1, 1, 1, 1, 1, 1, 1, 1],
  [0, 0, 0, 0],
  [255, 1, 1, 1],
  [34, 0, 1, 1],
];

/** A segment near a connection of ours, or out of the blue. */
function segment(t: Rig, r: Random): Buffer {
  // The peer's ports are few, so that connections are met again and again.
  t.peerPort = 4000 + r.below(6);
  t.ourPort = OUR_PORT;
  const tcbs = t.stack._tcbs.filter((one) => one._remoteAddress !== addressNumber(FRIEND));
  let tcb: Tcb | { _rcvNxt: number; _una: number; _max: number } = { _rcvNxt: 1, _una: 0, _max: 0 };
  if (tcbs.length && r.below(8)) {
    const one = r.pick(tcbs);
    t.peerPort = one._remotePort;
    t.ourPort = one._localPort;
    t.iss = one._iss;
    t.irs = one._irs ?? 0;
    tcb = one;
  }
  const near = (value: number): number => value + (r.below(4) ? 0 : r.below(12000) - 6000);
  const flags = r.pick(['A', 'A', 'A', 'PA', 'FA', 'S', 'SA', 'R', 'RA', 'FSRPAU', 'UA', 'F', '']);
  const seq = Math.max(1, near(tcb._rcvNxt));
  return tcpPacket({
    source: PEER,
    destination: OURS,
    sourcePort: t.peerPort,
    destinationPort: t.ourPort,
    seq: t.irs + seq,
    ack: t.iss + near(r.below(2) ? tcb._max : tcb._una),
    flags,
    window: r.pick([0, 1, 100, 4380, 65535]),
    mss: r.pick([undefined, undefined, 1, 536, 1460, 65535]),
    tcpOptions: r.below(4) ? undefined : Uint8Array.from(r.pick(OPTIONS).concat([1, 1, 1]).slice(0, 12)),
    data: r.below(3) ? undefined : pattern(seq - 1, seq - 1 + r.below(1461)),
  });
}

/** A segment of the friend's connection from somebody who does not know its numbers. */
function blind(r: Random): Buffer {
  return tcpPacket({
    source: FRIEND,
    destination: OURS,
    sourcePort: FRIEND_PORT,
    destinationPort: OUR_PORT,
    seq: r.u32(),
    ack: r.u32(),
    flags: r.pick(['A', 'R', 'RA', 'S', 'SA', 'FA', 'PA', 'FSRPAU']),
    window: r.below(65536),
    data: r.below(2) ? undefined : r.bytes(r.below(200)),
  });
}

/** Who says he is us, or everybody. */
function spoofed(r: Random): Buffer {
  const source = r.pick(SOURCES.slice(4));
  return tcpPacket({
    source,
    destination: OURS,
    sourcePort: r.below(2) ? OUR_PORT : r.below(65536),
    destinationPort: OUR_PORT,
    seq: r.u32(),
    flags: r.pick(['S', 'S', 'A', 'R']),
  });
}

/** A DNS answer to one of our queries, or what looks like one: pointers that loop, counts and lengths that lie. */
function answer(t: Rig, r: Random): Buffer {
  const socket = t.stack._udps[t.stack._udps.length - 1];
  const message = Buffer.alloc(44 + r.below(120));
  r.bytes(message.length).forEach((byte, i) => (message[i] = byte));
  if (r.below(2)) {
    message.set([0, r.below(256), 0x81, 0x80, 0, 1, 0, r.pick([1, 2, 255]), 0, 0, 0, 0]);
    message.set(Buffer.from('\x02n1\x04test\x00\x00\x01\x00\x01'), 12);
    const at = 26;
    if (message.length > at + 12) {
      message.set(
        [0xc0, r.pick([12, at, at + 2, 255]), 0, r.pick([1, 5, 28]), 0, 1, 0, 0, 0, 9, 0, r.pick([4, 0, 255])],
        at,
      );
    }
  }
  return udpPacket({
    source: r.below(4) ? PEER : '10.0.0.77',
    destination: OURS,
    sourcePort: r.below(8) ? 53 : 54,
    destinationPort: r.below(3) ? (socket?._localPort ?? 53) : r.pick([53, 1, 65535]),
    data: message,
    noChecksum: r.below(8) === 0,
  });
}

/** Errors about packets of ours, redirects, quenches, and the rest of ICMP. */
function icmp(t: Rig, r: Random): Buffer {
  const about = segment(t, r);
  return icmpPacket({
    source: r.pick(SOURCES),
    destination: OURS,
    type: r.pick([0, 3, 3, 3, 4, 5, 5, 8, 9, 11, 12, 13, 255]),
    code: r.below(16),
    rest: Buffer.from([10, 0, r.below(256), r.below(256)]),
    data: quotedBack(about),
  });
}

/** Pieces that overlap, lie beyond the end, or are all of it. */
function fragment(t: Rig, r: Random): Buffer {
  const whole = segment(t, r).subarray(20);
  const at = r.below(Math.max(1, whole.length));
  return ipPacket(
    {
      source: PEER,
      destination: OURS,
      id: r.below(3),
      fragment: (r.below(2) << 13) | r.pick([0, 1, 2, 185, 8191, r.below(8192)]),
    },
    r.pick([1, 6, 17, 255]),
    whole.subarray(at, at + 8 + r.below(200)),
  );
}

function other(r: Random): Buffer {
  return ipPacket(
    { source: r.pick(SOURCES), destination: r.pick([OURS, OURS, '10.0.0.3', '255.255.255.255']), ttl: r.below(256) },
    r.below(256),
    r.bytes(r.pick([0, 1, 7, 8, 19, 20, 100, 1480])),
  );
}

/** One input. */
function build(t: Rig, r: Random): Buffer {
  const kind = r.below(20);
  let packet: Buffer;
  if (kind < 11) {
    packet = segment(t, r);
  } else if (kind === 11) {
    return blind(r);
  } else if (kind === 12) {
    return spoofed(r);
  } else if (kind < 15) {
    packet = answer(t, r);
  } else if (kind < 17) {
    packet = icmp(t, r);
  } else {
    packet = kind < 19 ? fragment(t, r) : other(r);
  }
  for (let mutations = r.below(4); mutations > 0; mutations--) {
    // Mostly in the headers; never the address of the friend's peer.
    const at = r.below(r.below(3) ? Math.min(packet.length, 60) : packet.length);
    packet[at] = r.below(2) ? r.below(256) : packet[at] ^ (1 << r.below(8));
  }
  if (r.below(16) === 0) {
    packet = packet.subarray(0, r.below(packet.length + 1));
  } else if (r.below(64) === 0) {
    packet = Buffer.concat([packet, r.bytes(r.below(3000))]);
  }
  if (packet.length >= 20 && r.below(2)) {
    refresh(packet);
  }
  return packet;
}

function bounded(t: Rig): void {
  const { bounds } = t;
  assert.ok(t.stack._tcbs.length <= bounds._tcpSockets);
  assert.ok(t.stack._udps.length <= bounds._udpSockets);
  assert.is(t.stack._ended.length, 0);
  assert.ok(t.listener!._halfOpen >= 0 && t.listener!._halfOpen <= t.listener!._backlog);
  for (const each of t.stack._tcbs) {
    const strayBytes = each._strays.reduce((sum, stray) => sum + stray._bytes.length, 0);
    assert.ok(strayBytes <= bounds._outOfOrder, `strays ${strayBytes}`);
    assert.ok(each._waitingBytes <= bounds._tcpWindow, `waiting ${each._waitingBytes}`);
    assert.ok(each._dataEnd - each._una <= bounds._tcpSendRing);
    assert.ok(each._sendBuffer.length <= bounds._tcpSendRing);
    assert.ok(each._una <= each._nxt && each._nxt <= each._max, `${each._una} ${each._nxt} ${each._max}`);
    assert.ok(each._mss === undefined || (each._mss >= 64 && each._mss <= 1460), `MSS ${each._mss}`);
    assert.ok(!each._sacked || each._sacked.length <= 16);
  }
}

/**
 * @returns octets that the host has sent
 * @throws with the number of the input that did it
 */
export function fuzzIpBlock(seed: number, block: number): number {
  let sent = 0;
  const r = random((Math.imul(seed, 0x9e3779b1) ^ Math.imul(block, 0x85ebca6b)) | 0);
  const t = new Rig({ bounds: { _tcpSockets: 8 } }).listen(3);
  const withAll = r.below(2) === 1;
  if (withAll) {
    useIsn(t.stack);
    useSack(t.stack);
  }
  const keepalive = useKeepalive(t.stack);
  t.clock.drive({ poll: (nowMs) => keepalive._poll(nowMs), pollAt: () => keepalive._pollAt() });
  const friend = new Friend(t);
  // Content is not followed here: a mutated segment with good checksums is as good as any.
  t.handler._data = (tcb, bytes) => {
    assert.is(bytes.buffer.byteLength, bytes.length);
    if (r.below(50) === 0) {
      tcpAbort(tcb, t.clock.nowMs);
    }
  };
  t.accept = () =>
    t.tcb._remoteAddress === addressNumber(FRIEND) && t.tcb._remotePort === FRIEND_PORT && !friend.tcb
      ? friend.handler
      : r.below(20)
        ? t.handler
        : null;
  udpBind(t.stack, 53, () => {});
  const pinger = createPinger(t.stack);
  const ping = { _destination: addressNumber(PEER), _id: 1, _reply: () => {} };
  pinger._pings.push(ping);
  const resolver = createResolver(t.stack);
  resolver._dns = [addressNumber(PEER)];
  t.clock.drive({ poll: (nowMs) => resolverPoll(resolver, nowMs), pollAt: () => resolverPollAt(resolver, Infinity) });
  friend.connect();

  let packet: Uint8Array = Buffer.alloc(0);
  let i = 0;
  const started = t.clock.nowMs;
  try {
    for (; i < BLOCK; i++) {
      packet = build(t, r);
      t.deliver(packet);
      // Whatever goes out is well-formed, ours, and not much.
      const out = t.taken();
      assert.ok(out.length <= MOST_PACKETS, `${out.length} packets come of it`);
      for (const { bytes } of out) {
        sent += bytes.length;
        const ip = parseIp(bytes);
        assert.is(ip.source, OURS);
        assert.ok(ip.protocol === 1 || ip.protocol === 6 || ip.protocol === 17);
        assert.not.ok(addressBytes(ip.destination)[0] >= 224, 'nothing to everybody');
      }
      t.events.length = 0;
      bounded(t);
      act(t, r, resolver, pinger, ping, keepalive, friend, started);
    }
    assert.ok(resolver._cache.length <= t.bounds._dnsCache);
    recovers(t, friend);
    return sent;
  } catch (error) {
    const what = `target ip, seed ${seed}, block ${block} (from ${block * BLOCK}), input ${i}`;
    throw new Error(`${what}: ${Buffer.from(packet).toString('hex')}\n${(error as Error).stack}`);
  }
}

/** What users and time do between the inputs. */
function act(
  t: Rig,
  r: Random,
  resolver: ReturnType<typeof createResolver>,
  pinger: ReturnType<typeof createPinger>,
  ping: Parameters<typeof icmpPing>[1],
  keepalive: ReturnType<typeof useKeepalive>,
  friend: Friend,
  started: number,
): void {
  const now = t.clock.nowMs;
  if (r.below(16) === 0) {
    t.at(now - started + r.below(700));
    t.taken();
  }
  if (r.below(40) === 0) {
    friend.talk(r);
    t.taken();
  }
  if (r.below(64) === 0) {
    const one = t.stack._tcbs[r.below(t.stack._tcbs.length)];
    if (one && one !== friend.tcb) {
      t.tcb = one;
      t.written = 0;
      [
        () => t.write(r.below(5000)),
        () => t.write(1),
        () => t.shutdown(),
        () => t.close(),
        () => t.pause(),
        () => t.resume(),
        () => tcpKeepAlive(keepalive, one, 500, 200, 2, now),
      ][r.below(7)]();
      t.taken();
    }
  }
  if (r.below(256) === 0 && t.stack._tcbs.length < 6) {
    t.connect(4000 + r.below(6));
    t.taken();
  }
  if (r.below(128) === 0) {
    resolve(resolver, `n${r.below(9)}.test`, () => {}, now);
    icmpPing(pinger, ping, 1, new Uint8Array(8), now);
    t.taken();
  }
}

/** Everything else comes to its end by itself, the friend is still there, and a fresh connection works. */
function recovers(t: Rig, friend: Friend): void {
  for (const tcb of t.stack._tcbs.slice()) {
    if (tcb !== friend.tcb) {
      tcpAbort(tcb, t.clock.nowMs);
    }
  }
  friend.talk(random(1));
  friend.close();
  t.at(t.clock.nowMs + 1e6).gone();
  assert.is(t.listener!._halfOpen, 0);
  t.restart();
  t.peerPort = 9999;
  t.ourPort = OUR_PORT;
  t.irs = 0xfffffff0;
  t.got = t.written = 0;
  t.accept = () => t.handler;
  let fresh = 0;
  t.handler._data = (_tcb, bytes) => (fresh += bytes.length);
  const said: Said = { seq: 0, flags: 'S', mss: 1460 };
  t.send(said);
  t.iss = t.stack._tcbs[0]._iss;
  t.send({ seq: 1, ack: 1 }, { seq: 1, ack: 1, len: 100, flags: 'FA' });
  t.write(100);
  t.shutdown().send({ seq: 102, ack: 102 });
  t.heard('connected', 'ended', 'closed 0').gone();
  assert.is(fresh, 100);
}
