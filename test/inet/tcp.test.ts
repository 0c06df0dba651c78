/** TCP's user calls: opening both ways, limits, unreachables, abort, an interface that goes. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { netifUp } from '../../modules/inet/ip';
import { Errno } from '../../modules/inet/tcb';
import { tcpConnect, tcpListen } from '../../modules/inet/tcp';
import { addressNumber, parseTcp, tcpPacket, unreachablePacket } from '../helpers/packets';
import {
  OURS,
  OUR_PORT,
  PEER,
  PEER_PORT,
  Rig,
  established,
  finWait2,
  scenarios,
  timeWait,
  type Said,
} from '../helpers/tcp';

const scenario = scenarios(test);

/** The last packet sent, as an ICMP error would bring it back. */
function lastSent(t: Rig): Buffer {
  return t.taken().pop()!.bytes;
}

function unreachable(t: Rig, code: number, about: Uint8Array, mtu = 0): Rig {
  return t.deliver(unreachablePacket({ source: '10.9.9.9', destination: OURS }, code, about, mtu));
}

// ---- SYN-SENT ----------------------------------------------------------------------------------------------------

scenario('SYN-SENT: a SYN with our MSS, a SYN-ACK, an ACK', () => {
  const t = new Rig().connect();
  assert.ok(t.ourPort >= 49152 && t.ourPort <= 65535, `port ${t.ourPort}`);
  t.expect([{ at: 0, seq: 0, flags: 'S', mss: 1460, window: 4380 }]);
  t.at(80)
    .send({ seq: 0, ack: 1, flags: 'SA', mss: 1460 })
    .expect([{ at: 80, seq: 1, ack: 1, window: 4380 }]);
  t.heard('connected').at(60000).quiet();
});

scenario('SYN-SENT: what the user writes when connected goes out at once', () => {
  const t = new Rig().connect();
  t.during.connected = () => t.write(100);
  t.taken();
  t.send({ seq: 0, ack: 1, flags: 'SA', mss: 1460 });
  const sent = t.segments();
  assert.equal(
    sent.filter((segment) => segment.len).map((segment) => [segment.seq, segment.ack, segment.len]),
    [[1, 1, 100]],
  );
});

scenario('SYN-SENT: the SYN is repeated after 1, 2, 4, 8, 16 s, then the attempt ends', () => {
  const t = new Rig().connect();
  const syn: Said = { seq: 0, flags: 'S', mss: 1460 };
  t.at(59000).expect([0, 1000, 3000, 7000, 15000, 31000].map((at) => ({ ...syn, at })));
  t.heard().at(70000).quiet().heard(`closed ${Errno.ETIMEDOUT}`).gone();
});

scenario('SYN-SENT: a repeated SYN is not timed, and the first RTO after it is 3 s (RFC 6298 §5.7)', () => {
  const t = new Rig().connect().at(7500).restart();
  t.send({ seq: 0, ack: 1, flags: 'SA', mss: 1460 }).heard('connected').taken();
  t.write(10);
  t.at(3500).expect([
    { at: 0, seq: 1, len: 10 },
    { at: 3000, seq: 1, len: 10 },
  ]);
});

scenario('SYN-SENT: RST-ACK refuses', () => {
  const t = new Rig().connect().restart();
  t.send({ seq: 0, ack: 1, flags: 'RA' }).quiet().heard(`closed ${Errno.ECONNREFUSED}`).gone();
});

scenario('SYN-SENT: an RST that acknowledges something else, or nothing, is not heeded', () => {
  const t = new Rig().connect().restart();
  t.send({ seq: 0, ack: 2, flags: 'RA' }, { seq: 0, ack: 0, flags: 'RA' }, { seq: 0, ack: -5, flags: 'RA' });
  t.send({ seq: 0, flags: 'R' }).quiet().heard();
  t.send({ seq: 0, ack: 1, flags: 'SA' }).heard('connected');
});

scenario('SYN-SENT: an ACK of something never sent is reset, the attempt goes on (half-open recovery)', () => {
  const t = new Rig().connect().restart();
  t.send({ seq: 17, ack: 100 })
    .expect([{ seq: 100, flags: 'R', window: 0 }])
    .heard();
  t.send({ seq: 0, ack: 2, flags: 'SA' })
    .expect([{ seq: 2, flags: 'R' }])
    .heard();
  t.send({ seq: 0, ack: 1, flags: 'SA' })
    .expect([{ seq: 1, ack: 1 }])
    .heard('connected');
});

scenario('SYN-SENT: a segment without SYN or RST is not heeded', () => {
  const t = new Rig().connect().restart();
  t.send({ seq: 0, ack: 1, len: 10 }, { seq: 0, ack: 1, flags: 'FA' }).quiet().heard();
});

scenario('SYN-SENT: closing or aborting ends at once and silently', () => {
  for (const end of ['close', 'abort'] as const) {
    const t = new Rig().connect().restart();
    t[end]().quiet().heard().gone();
    t.send({ seq: 0, ack: 1, flags: 'SA' }).expect([{ seq: 1, flags: 'R' }]);
  }
});

scenario('SYN-SENT: the peer’s MSS is heeded, 536 without one, never more than the interface takes', () => {
  for (const [mss, mtu, expected] of [
    [1000, 1500, 1000],
    [undefined, 1500, 536],
    [9000, 1500, 1460],
    [1460, 576, 536],
  ] as [number | undefined, number, number][]) {
    const t = new Rig({ mtu }).connect().expect([{ seq: 0, flags: 'S', mss: mtu - 40 }]);
    t.send({ seq: 0, ack: 1, flags: 'SA', mss }).restart();
    t.write(3000);
    assert.is(t.segments()[0].len, expected);
  }
});

scenario('SYN-SENT: an MSS of a few octets does not shred what is sent', () => {
  const t = established({ mss: 1 });
  t.write(640);
  for (const segment of t.segments()) {
    assert.ok(segment.len >= 64, `${segment.len} octets`);
  }
});

// ---- simultaneous open -------------------------------------------------------------------------------------------

scenario('SYN-SENT: SYNs that cross (RFC 9293 figure 8)', () => {
  const t = new Rig().connect().restart();
  t.send({ seq: 0, flags: 'S', mss: 1000 })
    .expect([{ seq: 0, ack: 1, flags: 'SA', mss: 1460 }])
    .heard();
  t.send({ seq: 0, ack: 1, flags: 'SA', mss: 1000 }).heard('connected').restart();
  assert.is(t.write(1500), 1500);
  t.expect([{ seq: 1, ack: 1, len: 1000 }]);
  t.send({ seq: 1, ack: 1001, len: 50 })
    .expect([{ seq: 1001, ack: 51, len: 500 }])
    .heard('data 50');
});

scenario('SYN-SENT: SYNs that cross, and the peer’s plain ACK is what arrives', () => {
  const t = new Rig().connect().restart();
  t.send({ seq: 0, flags: 'S' }).expect([{ seq: 0, ack: 1, flags: 'SA', mss: 1460 }]);
  t.send({ seq: 1, ack: 1 }).heard('connected').quiet();
});

scenario('SYN-SENT: SYNs that cross, and our SYN-ACK is repeated until it is answered', () => {
  const t = new Rig().connect().restart();
  t.send({ seq: 0, flags: 'S' }).at(3500);
  t.expect([0, 1000, 3000].map((at) => ({ at, seq: 0, ack: 1, flags: 'SA', mss: 1460 })));
  t.at(70000).heard(`closed ${Errno.ETIMEDOUT}`).gone();
});

// ---- LISTEN ------------------------------------------------------------------------------------------------------

scenario('LISTEN: SYN, SYN-ACK, ACK; the user hears of it when it is established', () => {
  const t = new Rig().listen();
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S', mss: 1000 }));
  t.expect([{ seq: 0, ack: 1, flags: 'SA', mss: 1460, window: 4380 }]).heard();
  t.at(50).send({ seq: 1, ack: 1 }).quiet().heard('connected');
  t.write(1500);
  t.expect([{ at: 50, seq: 1, ack: 1, len: 1000 }]);
});

scenario('LISTEN: data that comes with the last ACK is delivered', () => {
  const t = new Rig().listen();
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.restart().send({ seq: 1, ack: 1, len: 100 }).heard('connected', 'data 100');
  t.at(200).expect([{ at: 200, seq: 1, ack: 101 }]);
});

scenario('LISTEN: data and FIN that come with the last ACK, and a user who writes when asked', () => {
  for (const when of ['accept', 'connected'] as const) {
    const t = new Rig().listen();
    if (when === 'accept') {
      t.accept = () => {
        t.write(500);
        return t.handler;
      };
    } else {
      t.during.connected = () => t.write(500);
    }
    t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S', mss: 1000 }));
    t.restart().send({ seq: 1, ack: 1, len: 100, flags: 'FA', window: 600 });
    t.heard('connected', 'data 100', 'ended');
    t.write(500);
    const sent = t.segments();
    assert.is(Math.max(...sent.map((segment) => segment.seq + segment.len)), 501, 'nothing beyond Nagle');
    assert.is(sent[sent.length - 1].ack, 102);
    // The window is the peer's 600, not our own: after the first 500 there is room for 100.
    t.send({ seq: 102, ack: 501, window: 100 });
    assert.ok(t.segments().every((segment) => segment.seq + segment.len <= 601));
  }
});

scenario('LISTEN: RST is not heeded, ACK is reset, anything else is dropped', () => {
  const t = new Rig().listen();
  t.send({ seq: 5, flags: 'R' }, { seq: 5, ack: 9, flags: 'RA' }).quiet();
  t.send({ seq: 5, ack: 9 }).expect([{ seq: 9, flags: 'R' }]);
  t.send({ seq: 5, ack: 9, flags: 'SA' }).expect([{ seq: 9, flags: 'R' }]);
  t.heard().gone();
});

scenario('a port where nobody listens is refused: RST with the right numbers', () => {
  const t = new Rig();
  t.send({ seq: 0, flags: 'S' });
  const [packet] = t.taken();
  const rst = parseTcp(packet.bytes);
  assert.is(rst.flags, 'RA');
  assert.is(rst.seq, 0);
  assert.is((rst.ack - t.irs) | 0, 1);
  t.send({ seq: 7, ack: 9, len: 20, flags: 'FA' }).expect([{ seq: 9, flags: 'R' }]);
  t.send({ seq: 7, flags: 'R' }, { seq: 7, ack: 9, flags: 'RA' }).quiet();
  const noAck = tcpPacket({
    source: PEER,
    destination: OURS,
    sourcePort: 5,
    destinationPort: 6,
    seq: 1000,
    flags: 'F',
    data: Buffer.alloc(10),
  });
  const answer = parseTcp(t.deliver(noAck).taken()[0].bytes);
  assert.equal([answer.flags, answer.seq, answer.ack], ['RA', 0, 1011]);
});

test('a SYN from no single host is dropped', () => {
  for (const source of ['255.255.255.255', '224.0.0.1', '0.0.0.0']) {
    const t = new Rig().listen();
    t.deliver(tcpPacket({ source, destination: OURS, sourcePort: 5, destinationPort: OUR_PORT, seq: 1, flags: 'S' }));
    assert.is(t.taken().length, 0, source);
    t.gone();
  }
});

scenario('LISTEN: a user who declines resets the connection', () => {
  const t = new Rig().listen();
  t.accept = () => null;
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.restart()
    .send({ seq: 1, ack: 1 })
    .expect([{ seq: 1, ack: 1, flags: 'RA' }])
    .heard()
    .gone();
});

scenario('LISTEN: a user who writes and then declines resets the connection', () => {
  const t = new Rig().listen();
  t.accept = () => {
    t.write(20);
    return null;
  };
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.restart().send({ seq: 1, ack: 1 }).gone();
  const last = t.segments().pop()!;
  assert.ok(last.flags.includes('R'));
  assert.ok(last.seq === 1 || last.seq === 21, `sequence number ${last.seq}`);
});

scenario('LISTEN: the backlog bounds what is half open; beyond it the oldest gives way', () => {
  const t = new Rig().listen(2);
  for (const port of [4001, 4002, 4003]) {
    t.peerPort = port;
    t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  }
  assert.equal(
    t.taken().map(({ bytes }) => parseTcp(bytes).destinationPort),
    [4001, 4002, 4003],
  );
  assert.is(t.connections(), 2);
  t.peerPort = 4001;
  t.send({ seq: 1, ack: 1 }).heard();
  t.expect([{ seq: 1, flags: 'R' }]);
  t.peerPort = 4002;
  t.send({ seq: 1, ack: 1 }).heard('connected');
  t.peerPort = 4001;
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.expect([{ seq: 0, ack: 1, flags: 'SA', mss: 1460 }]);
  t.peerPort = 4003;
  t.send({ seq: 1, ack: 1 }).heard('connected');
});

scenario(
  'LISTEN: established in the same chunk, nobody told yet: the next SYN is dropped, not another connection',
  () => {
    const t = new Rig().listen(1);
    const syn = (port: number): Buffer => {
      t.peerPort = port;
      return t.packet({ seq: 0, flags: 'S' });
    };
    t.withIss(t.iss, () => t.deliver(syn(4001), t.packet({ seq: 1, ack: 1 }), syn(4002)));
    t.heard('connected');
    assert.is(t.connections(), 1);
  },
);

scenario('LISTEN: a flood of 10,000 SYNs: bounded, and what is established lives on', () => {
  const t = established({ passive: true });
  const first = t.tcb;
  for (let i = 0; i < 10_000; i++) {
    t.deliver(
      tcpPacket({
        source: `192.0.${(i >> 8) & 255}.${i & 255}`,
        destination: OURS,
        sourcePort: 1 + i,
        destinationPort: OUR_PORT,
        seq: i * 99991,
        flags: 'S',
      }),
    );
    assert.ok(t.connections() <= 3, `${t.connections()} connections`);
    if (i % 10 === 0) {
      t.at(i / 10);
    }
  }
  assert.is(t.listener!._halfOpen, 2);
  t.taken();
  t.send({ seq: 1, ack: 1, len: 100 }).heard('data 100');
  // And a peer in earnest gets in, if its answer comes before two others.
  t.peerPort = 4444;
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.send({ seq: 1, ack: 1 }).heard('connected');
  assert.is.not(t.tcb, first);
  // The rest ends by itself.
  t.at(100_000);
  assert.is(t.connections(), 2);
  assert.is(t.listener!._halfOpen, 0);
});

scenario('LISTEN: from our own address nobody calls (LAND)', () => {
  const t = new Rig().listen();
  t.deliver(
    tcpPacket({ source: OURS, destination: OURS, sourcePort: OUR_PORT, destinationPort: OUR_PORT, seq: 1, flags: 'S' }),
  );
  t.quiet().gone();
  assert.is(t.stack._stats.dropped, 1);
});

scenario('LISTEN: what never gets established gives its place back', () => {
  const t = new Rig().listen(1);
  for (let round = 0; round < 3; round++) {
    t.restart();
    t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
    assert.is(t.connections(), 1);
    t.at(70000).gone();
    assert.is(t.segments().length, 6, 'SYN-ACKs');
  }
  t.restart();
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.send({ seq: 1, flags: 'R' }).gone();
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.send({ seq: 1, ack: 1 }).heard('connected');
});

scenario('LISTEN: closing it resets what is half open and leaves what is established', () => {
  const t = new Rig().listen();
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.send({ seq: 1, ack: 1 }).heard('connected');
  const first = t.tcb;
  t.peerPort = 4001;
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.restart();
  t.unlisten()
    .expect([{ seq: 1, ack: 1, flags: 'RA' }])
    .heard();
  assert.equal(t.stack._tcbs, [first]);
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  assert.is(parseTcp(t.taken()[0].bytes).flags, 'RA');
});

test('a port has one listener', () => {
  const t = new Rig().listen();
  assert.is(
    tcpListen(t.stack, OUR_PORT, 1, () => null),
    Errno.EADDRINUSE,
  );
  t.unlisten();
  assert.type(
    tcpListen(t.stack, OUR_PORT, 1, () => null),
    'object',
  );
});

test('a listener made before there is an interface serves it', () => {
  const t = new Rig();
  t.stack._netifs.length = 0;
  t.listen();
  netifUp(t.stack, t.netif);
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.send({ seq: 1, ack: 1 }).heard('connected');
});

// ---- limits ------------------------------------------------------------------------------------------------------

test('_tcpSockets bounds what is open, whoever opens it', () => {
  const t = new Rig({ bounds: { _tcpSockets: 3 } }).listen(9);
  t.connect(1).connect(2).connect(3);
  assert.is(tcpConnect(t.stack, addressNumber(PEER), 4, t.handler, t.clock.nowMs), Errno.ENOMEM);
  t.taken();
  t.deliver(
    tcpPacket({ source: PEER, destination: OURS, sourcePort: 9, destinationPort: OUR_PORT, seq: 1, flags: 'S' }),
  );
  t.quiet();
  assert.is(t.stack._tcbs.length, 3);
  t.abort();
  assert.type(tcpConnect(t.stack, addressNumber(PEER), 4, t.handler, t.clock.nowMs), 'object');
});

scenario('_tcpSockets: the oldest in TIME-WAIT gives way', () => {
  const t = timeWait({ bounds: { _tcpSockets: 1 } }).heard();
  t.connect().expect([{ seq: 0, flags: 'S', mss: 1460 }]);
  assert.is(t.connections(), 1);
});

scenario(
  '_tcpSockets: the oldest that was closed for good and waits for its peer’s FIN gives way, its peer is told',
  () => {
    const t = finWait2({ bounds: { _tcpSockets: 1 } });
    const [ourPort, peerPort] = [t.ourPort, t.peerPort];
    assert.is(tcpConnect(t.stack, addressNumber(PEER), 9, t.handler, t.clock.nowMs), Errno.ENOMEM, 'still listened to');
    t.close();
    t.connect(4001);
    const [reset, syn] = t.taken().map(({ bytes }) => parseTcp(bytes));
    assert.equal([reset.flags, reset.sourcePort, reset.destinationPort], ['RA', ourPort, peerPort]);
    assert.equal([syn.flags, syn.destinationPort], ['S', 4001]);
    assert.is(t.connections(), 1);
  },
);

scenario('_tcpSockets: half-open ones give way last, also to a connection of ours', () => {
  const t = timeWait({ bounds: { _tcpSockets: 3 } })
    .heard()
    .listen(3);
  t.ourPort = OUR_PORT;
  const syn = (port: number): void => {
    t.peerPort = port;
    t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  };
  syn(4001);
  syn(4002);
  t.connect(5001);
  assert.equal(
    t.stack._tcbs.map((tcb) => tcb._remotePort),
    [4001, 4002, 5001],
  );
  t.connect(5002).connect(5003);
  assert.equal(
    t.stack._tcbs.map((tcb) => tcb._remotePort),
    [5001, 5002, 5003],
  );
  assert.is(t.listener!._halfOpen, 0);
});

scenario('there is a send buffer from the first write on, and none any more when our FIN has arrived', () => {
  const t = established();
  assert.is(t.tcb._sendBuffer.length, 0);
  t.send({ seq: 1, ack: 1, len: 100 }).heard('data 100');
  assert.is(t.tcb._sendBuffer.length, 0);
  t.write(10);
  const least = t.tcb._sendBuffer.length;
  assert.ok(least >= 10 && least < t.bounds._tcpSendRing, `${least}`);
  t.send({ seq: 101, ack: 11 });
  t.write(1000);
  t.write(t.bounds._tcpSendRing);
  assert.is(t.tcb._sendBuffer.length, t.bounds._tcpSendRing, 'it has grown to its bound');
  const all = 11 + t.bounds._tcpSendRing;
  t.send({ seq: 101, ack: all }).shutdown();
  assert.is(t.tcb._sendBuffer.length, t.bounds._tcpSendRing);
  t.send({ seq: 101, ack: all + 1 });
  assert.is(t.tcb._sendBuffer.length, 0);
  t.send({ seq: 101, ack: all + 1, flags: 'FA' }).heard('ended', 'closed 0');
  assert.is(t.tcb._sendBuffer.length, 0);
});

scenario('_tcpSockets: a reader who pauses in TIME-WAIT still gets everything when it gives way', () => {
  const t = established({ bounds: { _tcpSockets: 1 } });
  t.pause().shutdown().send({ seq: 1, ack: 2, len: 100, flags: 'FA' }).heard();
  const first = t.tcb;
  t.connect();
  t.heard('data 100', 'ended', 'closed 0');
  assert.is.not(t.tcb, first);
});

test('ports differ between connections and are not a sequence (RFC 6056)', () => {
  const t = new Rig({ bounds: { _tcpSockets: 40 } });
  const ports: number[] = [];
  for (let i = 0; i < 40; i++) {
    tcpConnect(t.stack, addressNumber(PEER), PEER_PORT, t.handler, t.clock.nowMs);
    ports.push(parseTcp(lastSent(t)).sourcePort);
  }
  assert.is(new Set(ports).size, 40);
  assert.ok(ports.every((port) => port >= 49152 && port <= 65535));
  assert.ok(new Set(ports.map((port, i) => port - ports[i - 1])).size > 20, 'steps between them');
});

test('initial sequence numbers are drawn for each connection', () => {
  const t = new Rig({ bounds: { _tcpSockets: 40 } });
  const numbers = new Set<number>();
  for (let i = 0; i < 32; i++) {
    tcpConnect(t.stack, addressNumber(PEER), PEER_PORT, t.handler, t.clock.nowMs);
    numbers.add(parseTcp(lastSent(t)).seq);
  }
  assert.is(numbers.size, 32);
  assert.ok(Math.max(...numbers) > 0x80000000 && Math.min(...numbers) < 0x80000000, 'all 32 bits');
});

test('nobody is one host at a broadcast or multicast address, or at none', () => {
  const t = new Rig();
  for (const address of ['0.0.0.0', '224.0.0.1', '239.255.255.255', '255.255.255.255']) {
    assert.is(tcpConnect(t.stack, addressNumber(address), 3, t.handler, t.clock.nowMs), Errno.ENETUNREACH);
  }
  t.quiet().gone();
});

test('no route, no connection', () => {
  const t = new Rig();
  t.netifDown();
  assert.is(tcpConnect(t.stack, addressNumber(PEER), 3, t.handler, t.clock.nowMs), Errno.ENETUNREACH);
  t.gone();
});

// ---- ICMP --------------------------------------------------------------------------------------------------------

scenario('SYN-SENT: unreachables end the attempt with the errno that fits', () => {
  for (const [code, errno] of [
    [0, Errno.EHOSTUNREACH],
    [1, Errno.EHOSTUNREACH],
    [2, Errno.ECONNREFUSED],
    [3, Errno.ECONNREFUSED],
    [13, Errno.EHOSTUNREACH],
  ]) {
    const t = new Rig().connect();
    unreachable(t, code, lastSent(t)).heard(`closed ${errno}`).quiet().gone();
  }
});

scenario('SYN-SENT: an unreachable with a wrong sequence number, port or address is not believed', () => {
  const t = new Rig().connect();
  const syn = lastSent(t);
  for (const offset of [16, 20, 21, 23, 24, 25, 26, 27]) {
    const forged = Buffer.from(syn);
    forged[offset] ^= 0x11;
    unreachable(t, 1, forged).heard();
  }
  unreachable(t, 1, syn.subarray(0, 27)).heard();
  unreachable(t, 1, syn.subarray(0, 20)).heard();
  unreachable(t, 1, syn).heard(`closed ${Errno.EHOSTUNREACH}`);
});

scenario('SYN-SENT: fragmentation needed changes nothing before there is a connection', () => {
  const t = new Rig().connect();
  unreachable(t, 4, lastSent(t), 600).heard().quiet();
  t.send({ seq: 0, ack: 1, flags: 'SA', mss: 1460 }).expect([{ seq: 1, ack: 1 }]);
  t.heard('connected');
  t.write(50);
  t.expect([{ seq: 1, ack: 1, len: 50 }]);
});

scenario('ESTABLISHED: unreachables are hints only', () => {
  const t = established();
  t.write(100);
  const data = lastSent(t);
  for (const code of [0, 1, 2, 3]) {
    unreachable(t, code, data).heard().quiet();
  }
  t.at(50).send({ seq: 1, ack: 101 }).at(60000).quiet().heard();
});

scenario('ESTABLISHED: fragmentation needed lowers the segment size and sends again', () => {
  const t = established();
  t.write(2000);
  const [first] = t.taken();
  unreachable(t, 4, first.bytes, 640);
  t.expect([
    { seq: 1, len: 600 },
    { seq: 601, len: 600 },
    { seq: 1201, len: 600 },
  ]);
  t.send({ seq: 1, ack: 1801 }).expect([{ seq: 1801, len: 200 }]);
  t.send({ seq: 1, ack: 2001 }).at(60000).quiet();
});

scenario('ESTABLISHED: fragmentation needed is not believed with a wrong number, and never raises the size', () => {
  const t = established({ mss: 1000 });
  t.write(2000);
  const [first] = t.taken();
  const forged = Buffer.from(first.bytes);
  forged.writeUInt32BE((forged.readUInt32BE(24) + 5000) >>> 0, 24);
  unreachable(t, 4, forged, 640).quiet();
  forged.writeUInt32BE((first.bytes.readUInt32BE(24) - 1) >>> 0, 24);
  unreachable(t, 4, forged, 640).quiet();
  unreachable(t, 4, first.bytes, 1400).quiet();
  t.send({ seq: 1, ack: 2001 });
  t.write(1000);
  t.expect([{ seq: 2001, len: 1000 }]);
});

scenario('ESTABLISHED: a router that names no MTU gets packets of 576 octets at most', () => {
  const t = established();
  t.write(1400);
  unreachable(t, 4, lastSent(t), 0);
  const sizes = t.segments().map((segment) => segment.len);
  assert.ok(sizes.every((size) => size <= 536) && Math.max(...sizes) >= 256, sizes.join(' '));
});

scenario('fragmentation needed cannot shred what is sent', () => {
  const t = established();
  t.write(1400);
  unreachable(t, 4, lastSent(t), 41);
  const sizes = t.segments().map((segment) => segment.len);
  assert.ok(Math.max(...sizes) >= 64, sizes.join(' '));
});

// ---- abort, interface gone ---------------------------------------------------------------------------------------

scenario('abort: RST at once, the handler is not called again', () => {
  const t = established();
  t.write(100);
  t.taken();
  t.abort()
    .expect([{ seq: 101, ack: 1, flags: 'RA' }])
    .heard()
    .gone();
  t.send({ seq: 1, ack: 101 })
    .expect([{ seq: 101, flags: 'R' }])
    .heard();
  t.abort().quiet();
});

scenario('the interface goes: ENETDOWN for every connection, listeners stay', () => {
  const t = established({ passive: true });
  t.connect(5000);
  t.taken();
  t.netifDown().quiet().gone();
  t.heard(`closed ${Errno.ENETDOWN}`, `closed ${Errno.ENETDOWN}`);
  t.at(100000).quiet();
  assert.is(t.write(10), 0);
  netifUp(t.stack, t.netif);
  t.peerPort = PEER_PORT;
  t.ourPort = OUR_PORT;
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.send({ seq: 1, ack: 1 }).heard('connected');
});

scenario('a user may do anything in any callback', () => {
  for (const act of ['close', 'abort', 'shutdown', 'pause', 'netifDown'] as const) {
    for (const when of ['connected', 'data', 'ended', 'writable', 'closed'] as const) {
      const t = new Rig({ bounds: { _tcpSendRing: 500 } });
      t.during[when] = () => {
        t.during[when] = undefined;
        t[act]();
      };
      t.connect().send({ seq: 0, ack: 1, flags: 'SA' });
      t.write(1000);
      t.send({ seq: 701, ack: 1, len: 200 }, { seq: 1, ack: 501, len: 700 });
      t.send({ seq: 901, ack: 501, flags: 'FA' });
      t.write(10);
      t.resume();
      t.shutdown();
      for (let ack = 501; ack < 514; ack++) {
        t.send({ seq: 902, ack });
      }
      t.at(200000).gone();
      const ends = t.events.filter((event) => /closed/.test(event)).length;
      assert.ok(ends <= 1, `${act} in ${when}: ${t.events.join(', ')}`);
    }
  }
});

test.run();
