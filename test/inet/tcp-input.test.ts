/** TCP: which segments are heeded, state by state (RFC 9293 §3.10.7, RFC 5961). */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Errno } from '../../modules/inet/tcb';
import { internetSum, tcpPacket } from '../helpers/packets';
import {
  OURS,
  OUR_PORT,
  PEER,
  Rig,
  closeWait,
  closing,
  established,
  finWait1,
  finWait2,
  lastAck,
  pattern,
  scenarios,
  timeWait,
  type EstablishedOptions,
} from '../helpers/tcp';

const scenario = scenarios(test);

/** Every synchronized state: its builder, our next number and the peer's. */
const SYNCHRONIZED: [string, (options?: EstablishedOptions) => Rig, number, number][] = [
  ['ESTABLISHED', established, 1, 1],
  ['FIN-WAIT-1', finWait1, 2, 1],
  ['FIN-WAIT-2', finWait2, 2, 1],
  ['CLOSE-WAIT', closeWait, 1, 2],
  ['CLOSING', closing, 2, 2],
  ['LAST-ACK', lastAck, 2, 2],
];

/** SYN-RECEIVED, passive. */
function synReceived(): Rig {
  const t = new Rig().listen();
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S', mss: 1460 }));
  return t.restart();
}

// ---- SYN-RECEIVED ------------------------------------------------------------------------------------------------

scenario('SYN-RECEIVED: a repeated SYN gets the SYN-ACK again', () => {
  const t = synReceived();
  t.at(10).send({ seq: 0, flags: 'S', mss: 1460 });
  t.expect([{ at: 10, seq: 0, ack: 1, flags: 'SA', mss: 1460 }]);
});

scenario('SYN-RECEIVED: a wrong ACK is reset, the right one still counts', () => {
  const t = synReceived();
  t.send({ seq: 1, ack: 2 }).expect([{ seq: 2, flags: 'R' }]);
  t.send({ seq: 1, ack: 0 }).expect([{ seq: 0, flags: 'R' }]);
  t.send({ seq: 1, ack: 1 }).heard('connected');
});

scenario('SYN-RECEIVED: RST with the exact number ends it, another in the window is challenged', () => {
  const t = synReceived();
  t.send({ seq: 5, flags: 'R' }).expect([{ seq: 1, ack: 1 }]);
  t.send({ seq: 1, flags: 'R' }).quiet().heard().gone();
});

scenario('SYN-RECEIVED: the SYN-ACK is repeated, and the answer is taken late', () => {
  const t = synReceived();
  t.at(3500).expect([1000, 3000].map((at) => ({ at, seq: 0, ack: 1, flags: 'SA', mss: 1460 })));
  t.send({ seq: 1, ack: 1 }).heard('connected').quiet().at(60000).quiet();
});

scenario('SYN-RECEIVED: a lost last ACK: data carries the same number', () => {
  const t = synReceived();
  t.send({ seq: 1, ack: 1, len: 10 }).heard('connected', 'data 10');
});

scenario('SYN-RECEIVED: a FIN with the last ACK', () => {
  const t = synReceived();
  t.send({ seq: 1, ack: 1, flags: 'FA' })
    .heard('connected', 'ended')
    .expect([{ seq: 1, ack: 2 }]);
});

scenario('SYN-RECEIVED: data before the last ACK came in order is kept and delivered', () => {
  const t = synReceived();
  t.send({ seq: 11, ack: 1, len: 10 }).heard('connected');
  t.send({ seq: 1, ack: 1, len: 10 }).heard('data 10', 'data 10');
});

// ---- RST in every state (RFC 5961 §3) ----------------------------------------------------------------------------

for (const [name, build, ours, theirs] of SYNCHRONIZED) {
  scenario(`${name}: RST with the exact number resets`, () => {
    const t = build();
    t.send({ seq: theirs, flags: 'R' }).quiet().gone();
    t.heard(build === closing || build === lastAck ? 'closed 0' : `closed ${Errno.ECONNRESET}`);
    t.at(100000).quiet();
  });

  scenario(`${name}: RST elsewhere in the window is challenged, outside it is dropped`, () => {
    const t = build();
    t.send({ seq: theirs + 1, flags: 'R' }).expect([{ seq: ours, ack: theirs }]);
    t.send({ seq: theirs + 4378, flags: 'R' }).expect([{ seq: ours, ack: theirs }]);
    t.send({ seq: theirs - 1, flags: 'R' }, { seq: theirs + 4382, flags: 'R' }).quiet();
    t.send({ seq: theirs + 0x7fffffff, flags: 'R' }, { seq: theirs - 0x7fffffff, flags: 'R' }).quiet();
    t.heard();
    assert.is(t.connections(), 1);
  });

  scenario(`${name}: a SYN is challenged, whatever its number`, () => {
    const t = build();
    for (const seq of [0, theirs, theirs + 100, theirs + 100000, theirs - 100000]) {
      t.send({ seq, flags: 'S' }).expect([{ seq: ours, ack: theirs }]);
      t.send({ seq, ack: ours, flags: 'SA' }).expect([{ seq: ours, ack: theirs }]);
    }
    t.heard();
    assert.is(t.connections(), 1);
  });

  scenario(`${name}: what lies outside the window is acknowledged and otherwise dropped`, () => {
    const t = build();
    t.send({ seq: theirs + 4380, ack: ours, len: 10 }).expect([{ seq: ours, ack: theirs }]);
    t.send({ seq: theirs - 10, ack: ours, len: 9 }).expect([{ seq: ours, ack: theirs }]);
    t.send({ seq: theirs + 0x40000000, ack: ours }).expect([{ seq: ours, ack: theirs }]);
    t.heard();
  });

  scenario(`${name}: an ACK of what was never sent is answered and not heeded (RFC 5961 §5)`, () => {
    const t = build();
    t.send({ seq: theirs, ack: ours + 1 }).expect([{ seq: ours, ack: theirs }]);
    t.send({ seq: theirs, ack: ours + 0x40000000 }).expect([{ seq: ours, ack: theirs }]);
    t.send({ seq: theirs, ack: ours - 100000 }).expect([{ seq: ours, ack: theirs }]);
    t.heard();
    assert.is(t.connections(), 1);
  });

  scenario(`${name}: a segment without ACK is dropped`, () => {
    const t = build();
    t.send({ seq: theirs, flags: '', len: 10 }, { seq: theirs, flags: 'F' }, { seq: theirs, flags: 'FPU' });
    t.quiet().heard();
  });
}

scenario('LAST-ACK: a reset before all data was acknowledged is an error', () => {
  const t = closeWait();
  t.write(10);
  t.shutdown().send({ seq: 2, flags: 'R' }).heard(`closed ${Errno.ECONNRESET}`).gone();
});

scenario('TIME-WAIT: RST ends it silently', () => {
  const t = timeWait();
  t.send({ seq: 2, flags: 'R' }).quiet().heard().gone();
});

// ---- ESTABLISHED -------------------------------------------------------------------------------------------------

scenario('ESTABLISHED: a lost ACK of the handshake: the SYN-ACK comes again and is acknowledged', () => {
  const t = established();
  t.send({ seq: 0, ack: 1, flags: 'SA', mss: 1460 })
    .expect([{ seq: 1, ack: 1 }])
    .heard();
});

scenario('ESTABLISHED: an ACK from the right edge of the window is heeded', () => {
  // The peer has filled our window, all of it was lost, and its acknowledgements bear the number after it.
  const t = established();
  t.write(1000);
  t.expect([{ seq: 1, len: 1000 }]);
  t.send({ seq: 4381, ack: 1001 });
  t.restart().at(60000).quiet();
});

scenario('ESTABLISHED: RST is heeded with our window closed, and with data in it', () => {
  const closed = established();
  closed
    .pause()
    .send({ seq: 1, ack: 1, len: 1460 }, { seq: 1461, ack: 1, len: 1460 }, { seq: 2921, ack: 1, len: 1460 });
  closed.send({ seq: 4381, flags: 'R' }).gone();
  const t = established();
  t.send({ seq: 1, flags: 'R', len: 20 }).quiet().heard(`closed ${Errno.ECONNRESET}`).gone();
});

scenario('options nobody knows are passed over, in any segment and at any place', () => {
  const t = new Rig().listen();
  const segment = (flags: string, seq: number, options: number[], data?: Buffer): Buffer =>
    tcpPacket({
      source: PEER,
      destination: OURS,
      sourcePort: t.peerPort,
      destinationPort: OUR_PORT,
      seq: t.irs + seq,
      ack: flags.includes('A') ? t.iss + 1 : 0,
      flags,
      tcpOptions: Uint8Array.from(options),
      data,
    });
  // The MSS stands behind an unknown one, at an odd place.
  t.withIss(t.iss, () => t.deliver(segment('S', 0, [254, 5, 9, 9, 9, 1, 1, 2, 4, 2, 88, 0])));
  assert.is(t.stack._tcbs[0]._mss, 600);
  t.deliver(segment('A', 1, [1, 254, 3, 0], pattern(0, 10)));
  t.heard('connected', 'data 10');
});

scenario('ESTABLISHED: URG is data like any other', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, flags: 'PUA', len: 10 }).heard('data 10');
});

scenario('ESTABLISHED: a bad checksum is counted and changes nothing', () => {
  const t = established();
  const packet = t.packet({ seq: 1, ack: 1, len: 100 });
  for (const at of [20, 30, 36, 50, 139]) {
    const bad = Buffer.from(packet);
    bad[at] ^= 0x40;
    t.deliver(bad);
  }
  t.quiet().heard();
  assert.is(t.stack._stats.badPackets, 5);
  t.deliver(packet).heard('data 100');
});

scenario('ESTABLISHED: a header length that lies is counted and changes nothing', () => {
  const t = established();
  for (const words of [0, 4, 15]) {
    const packet = t.packet({ seq: 1, ack: 1, len: 8 });
    packet[32] = words << 4;
    packet.writeUInt16BE(0, 36);
    const pseudo = Buffer.concat([packet.subarray(12, 20), Buffer.from([0, 6, 0, packet.length - 20])]);
    packet.writeUInt16BE(internetSum(pseudo, packet.subarray(20)), 36);
    t.deliver(packet);
  }
  t.quiet().heard();
  assert.is(t.stack._stats.badPackets, 3);
});

scenario('options that are malformed do no harm', () => {
  for (const options of [
    [2, 0, 0, 0],
    [2, 1, 0, 0],
    [9, 200, 0, 0],
    [1, 1, 1, 2],
    [2, 3, 5, 0],
    [0, 2, 4, 5],
  ]) {
    const t = new Rig().connect().restart();
    const packet = t.packet({ seq: 0, ack: 1, flags: 'SA' });
    const withOptions = Buffer.concat([packet, Buffer.from(options), Buffer.alloc(4 - options.length)]);
    withOptions[32] = 6 << 4;
    withOptions.writeUInt16BE(withOptions.length, 2);
    withOptions.writeUInt16BE(0, 10);
    withOptions.writeUInt16BE(internetSum(withOptions.subarray(0, 20)), 10);
    withOptions.writeUInt16BE(0, 36);
    const pseudo = Buffer.concat([withOptions.subarray(12, 20), Buffer.from([0, 6, 0, withOptions.length - 20])]);
    withOptions.writeUInt16BE(internetSum(pseudo, withOptions.subarray(20)), 36);
    t.deliver(withOptions).heard('connected').restart();
    t.write(2000);
    assert.is(t.segments()[0].len, 536, options.join(' '));
  }
});

// ---- TIME-WAIT ---------------------------------------------------------------------------------------------------

scenario('TIME-WAIT: a new SYN beyond the old numbers opens a new connection', () => {
  const t = established({ passive: true });
  t.shutdown().send({ seq: 1, ack: 2, flags: 'FA' }).heard('ended', 'closed 0').restart();
  const old = t.tcb;
  t.irs = (t.irs + 100000) >>> 0;
  t.iss = (t.iss + 12345) >>> 0;
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S', mss: 1460 }));
  t.expect([{ seq: 0, ack: 1, flags: 'SA', mss: 1460 }]);
  t.send({ seq: 1, ack: 1 }).heard('connected');
  assert.is.not(t.tcb, old);
  assert.is(t.connections(), 1);
});

scenario('TIME-WAIT: an old SYN is only acknowledged', () => {
  const t = established({ passive: true });
  t.shutdown().send({ seq: 1, ack: 2, flags: 'FA' }).restart();
  t.send({ seq: 0, flags: 'S' }).expect([{ seq: 2, ack: 2 }]);
  t.send({ seq: -1000, flags: 'S' }).expect([{ seq: 2, ack: 2 }]);
  t.heard();
});

scenario('TIME-WAIT: a new SYN where nobody listens any more is refused', () => {
  const t = timeWait();
  t.send({ seq: 100000, flags: 'S' });
  const [segment] = t.segments();
  assert.is(segment.flags, 'RA');
  assert.is(segment.ack, 100001);
});

scenario('TIME-WAIT: a reader who has paused does not lose the end to a new SYN', () => {
  const t = established({ passive: true });
  t.pause().shutdown().send({ seq: 1, ack: 2, len: 50, flags: 'FA' }).restart();
  t.send({ seq: 100000, flags: 'S' });
  t.heard('data 50', 'ended', 'closed 0');
});

test.run();
