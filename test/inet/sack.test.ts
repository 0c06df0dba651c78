/** Selective acknowledgements: RFC 2018, RFC 6675. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { useSack } from '../../modules/inet/sack';
import { Rig, established, scenarios, type RigOptions, type Said } from '../helpers/tcp';
import { tcpPacket } from '../helpers/packets';
import { OURS, PEER } from '../helpers/tcp';

const scenario = scenarios(test);
const PERMITTED = Buffer.from([1, 1, 4, 2]);

/** Octets of a SACK option with these blocks, numbers relative to our ISS. */
function sackOption(t: Rig, ...blocks: [number, number][]): Buffer {
  const bytes = Buffer.alloc(4 + 8 * blocks.length);
  bytes.set([1, 1, 5, 2 + 8 * blocks.length]);
  blocks.forEach(([from, to], i) => {
    bytes.writeUInt32BE((t.iss + from) >>> 0, 4 + 8 * i);
    bytes.writeUInt32BE((t.iss + to) >>> 0, 8 + 8 * i);
  });
  return bytes;
}

function deliver(t: Rig, said: Said & { options?: Uint8Array }): void {
  const flags = said.flags ?? 'A';
  t.deliver(
    tcpPacket({
      source: PEER,
      destination: OURS,
      sourcePort: t.peerPort,
      destinationPort: t.ourPort,
      seq: t.irs + (said.seq ?? 1),
      ack: flags.includes('A') ? t.iss + (said.ack ?? 1) : 0,
      flags,
      window: said.window ?? t.peerWindow,
      mss: flags.includes('S') ? 1460 : undefined,
      tcpOptions: said.options,
    }),
  );
}

/** ESTABLISHED with a peer that takes SACK. */
function sacking(options: RigOptions = {}): Rig {
  const t = new Rig(options);
  useSack(t.stack);
  t.connect();
  assert.equal(t.segments()[0].options.toString('hex'), '01010402');
  deliver(t, { seq: 0, ack: 1, flags: 'SA', options: PERMITTED });
  t.heard('connected');
  return t.restart();
}

/** The SACK blocks of what was sent, relative to the peer’s numbers. */
function blocks(t: Rig): string[] {
  return t.segments().map(({ ack, options }) => {
    if (!options.length) return `${ack}`;
    assert.equal([...options.subarray(0, 3)], [1, 1, 5]);
    assert.is(options[3], options.length - 2);
    const found: string[] = [];
    for (let at = 4; at < options.length; at += 8) {
      const [from, to] = [options.readUInt32BE(at), options.readUInt32BE(at + 4)].map((edge) => (edge - t.irs) | 0);
      found.push(`${from}-${to}`);
    }
    return `${ack} ${found.join(' ')}`;
  });
}

/** Acknowledges up to `ack` with these blocks. */
function acks(t: Rig, ack: number, ...ranges: [number, number][]): Rig {
  deliver(t, { seq: 1, ack, options: ranges.length ? sackOption(t, ...ranges) : undefined });
  return t;
}

const sent = (t: Rig): [number, number][] => t.segments().map(({ seq, len }) => [seq, len]);

// ---- agreed ------------------------------------------------------------------------------------------------------

scenario('offered in our SYN, told only to a peer that offers it too', () => {
  const t = new Rig();
  useSack(t.stack);
  t.connect().send({ seq: 0, ack: 1, flags: 'SA', mss: 1460 }).restart();
  t.send({ seq: 101, ack: 1, len: 100 });
  assert.equal(blocks(t), ['1']);
});

scenario('LISTEN: answered when the SYN has it, and only then', () => {
  for (const offered of [true, false]) {
    const t = new Rig().listen();
    useSack(t.stack);
    t.withIss(t.iss, () => deliver(t, { seq: 0, flags: 'S', options: offered ? PERMITTED : undefined }));
    const [synAck] = t.segments();
    assert.is(synAck.options.toString('hex'), offered ? '01010402' : '');
    assert.is(synAck.mss, 1460);
    t.send({ seq: 1, ack: 1 }).heard('connected');
    t.restart().send({ seq: 101, ack: 1, len: 100 });
    assert.equal(blocks(t), [offered ? '1 101-201' : '1']);
  }
});

scenario('a stack without it offers nothing', () => {
  const t = new Rig().connect();
  assert.is(t.segments()[0].options.length, 0);
});

// ---- receiver ----------------------------------------------------------------------------------------------------

scenario('what came out of order is told, the last one first, neighbours as one', () => {
  const t = sacking();
  t.send({ seq: 101, ack: 1, len: 100 });
  t.send({ seq: 301, ack: 1, len: 100 });
  t.send({ seq: 201, ack: 1, len: 50 });
  assert.equal(blocks(t), ['1 101-201', '1 301-401 101-201', '1 101-251 301-401']);
  t.send({ seq: 1, ack: 1, len: 100 });
  assert.equal(blocks(t), ['251 301-401']);
  t.send({ seq: 251, ack: 1, len: 50 });
  assert.equal(blocks(t), ['401']);
});

scenario('at most four blocks', () => {
  const t = sacking({ bounds: { _outOfOrder: 14600 } });
  for (let i = 1; i <= 6; i++) {
    t.send({ seq: 1 + 200 * i, ack: 1, len: 100 });
  }
  assert.is(blocks(t)[5], '1 1201-1301 201-301 401-501 601-701');
});

scenario('data of ours goes before blocks when both do not fit', () => {
  const t = sacking();
  t.send({ seq: 101, ack: 1, len: 100 }).restart();
  t.write(1460);
  const [full] = t.segments();
  assert.is(full.len, 1460);
  assert.is(full.options.length, 0);
  t.send({ seq: 101, ack: 1461, len: 0 });
  t.write(1440);
  const [shorter] = t.segments();
  assert.is(shorter.len, 1440);
  assert.is(shorter.options.length, 12);
});

scenario('what has come once more is told before the rest, once (RFC 2883)', () => {
  const t = sacking();
  t.send({ seq: 1, ack: 1, len: 200 }).restart();
  // All of it below what is acknowledged.
  t.send({ seq: 101, ack: 1, len: 100 });
  assert.equal(blocks(t), ['201 101-201']);
  // A part of it.
  t.send({ seq: 151, ack: 1, len: 100 }).at(200);
  assert.equal(blocks(t), ['251 151-201']);
  // Out of order, and again: the block that holds it comes behind.
  t.send({ seq: 301, ack: 1, len: 100 });
  t.send({ seq: 401, ack: 1, len: 100 });
  t.send({ seq: 501, ack: 1, len: 0 });
  t.send({ seq: 601, ack: 1, len: 50 });
  t.restart();
  t.send({ seq: 321, ack: 1, len: 50 });
  assert.equal(blocks(t), ['251 321-371 301-501 601-651']);
  // What only has the number of an old one and no data says nothing.
  t.send({ seq: 101, ack: 1, len: 0 });
  assert.equal(blocks(t), ['251 301-501 601-651']);
  t.send({ seq: 701, ack: 1, len: 50 });
  assert.equal(blocks(t), ['251 701-751 301-501 601-651']);
});

// ---- sender ------------------------------------------------------------------------------------------------------

scenario('two holes: both are sent again within one round trip, what has arrived is not', () => {
  const t = sacking({ bounds: { _tcpSendRing: 14600 } });
  t.write(11680); // 8 segments, of which the 1st and the 3rd are lost
  t.taken();
  acks(t, 1, [1461, 2921]);
  acks(t, 1, [4381, 5841], [1461, 2921]);
  t.quiet();
  acks(t, 1, [4381, 7301], [1461, 2921]);
  assert.equal(sent(t), [[1, 1460]], 'recovery begins');
  acks(t, 1, [4381, 8761], [1461, 2921]);
  acks(t, 1, [4381, 10221], [1461, 2921]);
  acks(t, 1, [4381, 11681], [1461, 2921]);
  assert.equal(sent(t), [[2921, 1460]]);
  acks(t, 2921, [4381, 11681]);
  t.quiet();
  acks(t, 11681).quiet();
  assert.is(t.stack._stats.tcpRetransmits, 2);
  assert.is(t.tcb._recover, 0);
});

scenario('without SACK the same losses take a round trip each', () => {
  const t = established({ bounds: { _tcpSendRing: 14600 } });
  t.write(11680);
  t.taken();
  for (let i = 0; i < 6; i++) {
    t.send({ seq: 1, ack: 1 });
  }
  assert.equal(sent(t), [[1, 1460]]);
  t.send({ seq: 1, ack: 2921 });
  assert.equal(sent(t), [[2921, 1460]]);
});

scenario('the congestion window is kept to: no burst of repairs', () => {
  const t = sacking({ bounds: { _tcpSendRing: 29200 } });
  t.tcb._cwnd = 29200;
  t.write(29200); // 20 segments, 10 of them lost
  t.taken();
  acks(t, 1, [14601, 16061]);
  acks(t, 1, [14601, 17521]);
  acks(t, 1, [14601, 18981]);
  // 10 segments on its way that nobody knows lost or arrived count as lost, 7 may still arrive.
  const first = sent(t);
  assert.equal(first[0], [1, 1460]);
  assert.ok(first.length <= 3, `${first.length} at once`);
  for (let i = 0; i < 7; i++) {
    acks(t, 1, [14601, 20441 + 1460 * i]);
    const more = sent(t);
    assert.ok(more.length <= 2, `${more.length} for one ACK`);
    first.push(...more);
  }
  assert.equal(
    first.map(([seq]) => seq),
    first.map((_, i) => 1 + 1460 * i),
  );
});

scenario('blocks that are nonsense change nothing', () => {
  const t = sacking();
  t.write(4380);
  t.taken();
  for (const [from, to] of [
    [4381, 9999],
    [2921, 1461],
    [-5000, -4000],
    [1461, 1461],
    [0x40000000, 0x40000001],
  ]) {
    acks(t, 1, [from, to]);
    assert.equal(t.tcb._sacked, []);
  }
  for (const malformed of [
    [5, 0, 1, 1],
    [5, 1, 1, 1],
    [5, 200, 1, 1],
    [5, 9, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0],
    [5, 2, 1, 1],
    [2, 0, 5, 10],
  ]) {
    deliver(t, { seq: 1, ack: 1, window: 60000, options: Uint8Array.from(malformed) });
    assert.equal(t.tcb._sacked, []);
  }
});

scenario('what is remembered is bounded', () => {
  const t = sacking({ bounds: { _tcpSendRing: 60000 } });
  t.tcb._cwnd = 60000;
  t.write(60000);
  for (let i = 1; i < 200; i++) {
    acks(t, 1, [1 + 200 * i, 101 + 200 * i]);
  }
  assert.is(t.tcb._sacked!.length, 16);
});

scenario('a time-out forgets what the peer has told (RFC 2018 §8), and everything is sent again', () => {
  const t = sacking();
  t.write(4380);
  t.taken();
  acks(t, 1, [2921, 4381]).restart();
  t.at(600);
  assert.equal(sent(t), [[1, 1460]]);
  acks(t, 1461, [2921, 4381]);
  assert.equal(
    t.segments().map(({ seq }) => seq),
    [1461, 2921],
  );
});

test.run();
