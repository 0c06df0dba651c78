/** 200,000 mutated packets into listening and established states: no exception, tables within bounds, and it still works. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createPinger, icmpPing } from '../../modules/inet/ping';
import { createResolver, resolve, resolverPoll, resolverPollAt } from '../../modules/inet/resolver';
import { tcpAbort } from '../../modules/inet/tcp';
import { udpBind } from '../../modules/inet/udp';
import { seededRandom } from '../helpers/clock';
import { refresh } from '../fuzz/checksums';
import { addressNumber, icmpPacket, quotedBack, parseIp, udpPacket } from '../helpers/packets';
import { OURS, OUR_PORT, PEER, Rig, pattern, type Said } from '../helpers/tcp';

/** Bytes; Duktape, in which these run as well, does not tell. */
const heapUsed = (): number | null => (typeof process === 'object' ? process.memoryUsage().heapUsed : null);

function fuzz(seed: number, packets: number): void {
  const random = seededRandom(seed);
  const t = new Rig({ bounds: { _tcpSockets: 8 } }).listen();
  // Content is not followed here: a mutated segment with good checksums is as good as any.
  t.handler._data = (tcb, bytes) => {
    const dice = random() % 50;
    assert.is(bytes.buffer.byteLength, bytes.length);
    if (dice === 0) {
      tcpAbort(tcb, t.clock.nowMs);
    }
  };
  t.accept = () => (random() % 20 ? t.handler : null);
  const socket = udpBind(t.stack, 53, () => {});
  assert.ok(socket);
  const pinger = createPinger(t.stack);
  const ping = { _destination: addressNumber(PEER), _id: 1, _reply: () => {} };
  pinger._pings.push(ping);
  const resolver = createResolver(t.stack);
  resolver._dns = [addressNumber(PEER)];
  t.clock.drive({ poll: (nowMs) => resolverPoll(resolver, nowMs), pollAt: () => resolverPollAt(resolver, Infinity) });

  const heap = heapUsed();
  for (let i = 0; i < packets; i++) {
    const kind = random() % 12;
    // The peer's ports are few, so that connections are met again and again.
    t.peerPort = 4000 + (random() % 6);
    t.ourPort = OUR_PORT;
    let tcb = t.stack._tcbs[random() % (t.stack._tcbs.length + 1)];
    if (tcb && random() % 8) {
      t.peerPort = tcb._remotePort;
      t.ourPort = tcb._localPort;
      t.iss = tcb._iss;
      t.irs = tcb._irs;
    } else {
      tcb = t.tcb ?? { _rcvNxt: 1, _una: 0, _max: 0 };
    }
    const near = (value: number): number => value + (random() % 4 ? 0 : (random() % 12000) - 6000);
    const said: Said = {
      seq: Math.max(1, near(tcb._rcvNxt)),
      ack: near(random() & 1 ? tcb._max : tcb._una),
      flags: ['A', 'A', 'A', 'PA', 'FA', 'S', 'SA', 'R', 'RA', 'FSRPAU', ''][random() % 11],
      len: random() % 3 ? 0 : random() % 1461,
      window: [0, 1, 100, 4380, 65535][random() % 5],
      mss: [undefined, 1, 536, 1460, 65535][random() % 5],
    };
    let packet: Buffer;
    if (kind === 0) {
      packet = udpPacket({
        source: PEER,
        destination: OURS,
        sourcePort: 53,
        destinationPort: random() & 1 ? 53 : (t.stack._udps[t.stack._udps.length - 1]?._localPort ?? 1),
        data: pattern(0, random() % 600),
      });
    } else if (kind === 1) {
      const about = t.packet(said);
      packet = icmpPacket({
        source: PEER,
        destination: OURS,
        type: [0, 3, 3, 3, 8][random() % 5],
        code: random() % 5,
        rest: Buffer.from([0, 1, random() & 255, random() & 255]),
        data: quotedBack(about),
      });
    } else {
      packet = t.packet(said);
    }
    const mutations = random() % 4;
    for (let j = 0; j < mutations; j++) {
      // Mostly in the headers.
      const at = random() % (random() % 3 ? Math.min(packet.length, 44) : packet.length);
      packet[at] = random() & 1 ? random() & 255 : packet[at] ^ (1 << (random() % 8));
    }
    if (random() % 16 === 0) {
      packet = packet.subarray(0, random() % packet.length);
    }
    if (packet.length >= 20 && random() & 1) {
      refresh(packet);
    }
    t.deliver(packet);

    if (random() % 16 === 0) {
      t.at(t.clock.nowMs - 5000 + (random() % 700));
    }
    if (random() % 64 === 0) {
      const one = t.stack._tcbs[random() % t.stack._tcbs.length];
      if (one) {
        t.tcb = one;
        t.written = 0;
        const act = random() % 7;
        if (act < 3) {
          t.write(random() % 5000);
        } else {
          [() => t.shutdown(), () => t.close(), () => t.pause(), () => t.resume()][act - 3]();
        }
      }
    }
    if (random() % 256 === 0 && t.stack._tcbs.length < 6) {
      try {
        t.connect(4000 + (random() % 6));
      } catch {
        // No room just now.
      }
    }
    if (random() % 512 === 0) {
      resolve(resolver, `n${random() % 9}.test`, () => {}, t.clock.nowMs);
      icmpPing(pinger, ping, 1, new Uint8Array(8), t.clock.nowMs);
    }
    // Whatever goes out is well-formed.
    for (const { bytes } of t.taken()) {
      const ip = parseIp(bytes);
      assert.ok(ip.protocol === 1 || ip.protocol === 6 || ip.protocol === 17);
    }
    t.events.length = 0;

    assert.ok(t.stack._tcbs.length <= t.bounds._tcpSockets);
    assert.ok(t.stack._udps.length <= t.bounds._udpSockets);
    assert.is(t.stack._ended.length, 0);
    if (i % 64 === 0) {
      for (const each of t.stack._tcbs) {
        const strayBytes = each._strays.reduce((sum, stray) => sum + stray._bytes.length, 0);
        assert.ok(strayBytes <= t.bounds._outOfOrder, `strays ${strayBytes}`);
        assert.ok(each._waitingBytes <= t.bounds._tcpWindow, `waiting ${each._waitingBytes}`);
        assert.is(
          each._waiting.reduce((sum, bytes) => sum + (bytes ? bytes.length : 0), 0),
          each._waitingBytes,
        );
        assert.ok(each._dataEnd - each._una <= t.bounds._tcpSendRing);
        assert.ok(each._una <= each._nxt && each._nxt <= each._max, `${each._una} ${each._nxt} ${each._max}`);
        assert.ok(each._mss === undefined || (each._mss >= 64 && each._mss <= 1460), `MSS ${each._mss}`);
      }
      assert.ok(t.listener!._halfOpen >= 0 && t.listener!._halfOpen <= t.listener!._backlog);
      assert.ok(resolver._cache.length <= t.bounds._dnsCache);
    }
  }
  if (heap !== null) {
    assert.ok(heapUsed()! - heap < 100e6, 'growth');
  }

  // Everything comes to its end by itself, and then a fresh connection works.
  for (const tcb of t.stack._tcbs.slice()) {
    tcpAbort(tcb, t.clock.nowMs);
  }
  t.at(1e9).gone();
  assert.is(t.listener!._halfOpen, 0);
  t.restart();
  t.peerPort = 9999;
  t.ourPort = OUR_PORT;
  t.iss = 0xfffffff0;
  t.irs = 0xfffffff0;
  t.got = t.written = 0;
  t.accept = () => t.handler;
  let fresh = 0;
  t.handler._data = (_tcb, bytes) => (fresh += bytes.length);
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S', mss: 1460 }));
  t.send({ seq: 1, ack: 1 }, { seq: 1, ack: 1, len: 100, flags: 'FA' });
  t.write(100);
  t.shutdown().send({ seq: 102, ack: 102 });
  t.heard('connected', 'ended', 'closed 0').gone();
  assert.is(fresh, 100);
}

for (let seed = 1; seed <= 10; seed++) {
  test(`20,000 mutated packets, seed ${seed}`, () => fuzz(seed, 20_000));
}

test.run();
