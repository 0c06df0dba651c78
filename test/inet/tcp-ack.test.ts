/** TCP: congestion control: slow start, avoidance, fast retransmit, NewReno (RFC 5681, RFC 6582, RFC 3042, RFC 5827). */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { established, scenarios, type EstablishedOptions, type Rig } from '../helpers/tcp';

const scenario = scenarios(test);
const MSS = 1000;

/** A sender with plenty to send. */
function sender(options: EstablishedOptions = {}): Rig {
  const t = established({ mss: MSS, ...options, bounds: { _tcpSendRing: 64 * MSS, _txBurst: 64, ...options.bounds } });
  t.write(64 * MSS);
  return t;
}

/** Sequence numbers sent, each of a full segment. */
function sent(t: Rig): number[] {
  return t.segments().map((segment) => {
    assert.is(segment.len, MSS);
    return (segment.seq - 1) / MSS;
  });
}

function ack(t: Rig, segments: number, times = 1): Rig {
  for (let i = 0; i < times; i++) {
    t.send({ seq: 1, ack: 1 + segments * MSS });
  }
  return t;
}

// ---- slow start, congestion avoidance ----------------------------------------------------------------------------

scenario('the initial window is ten segments, at most 14600 octets (RFC 6928)', () => {
  assert.equal(sent(sender()), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const t = established({ bounds: { _tcpSendRing: 65535, _txBurst: 64 } });
  t.write(64000);
  assert.is(t.segments().length, 10);
});

scenario('slow start: each ACK of a segment lets two out', () => {
  const t = sender();
  sent(t);
  ack(t, 1);
  assert.equal(sent(t), [10, 11]);
  ack(t, 2);
  assert.equal(sent(t), [12, 13]);
});

scenario('slow start: an ACK of many grows the window by one segment only (RFC 5681 §3.1)', () => {
  const t = sender();
  sent(t);
  ack(t, 10);
  assert.is(sent(t).length, 11);
});

scenario('congestion avoidance: about one segment a round trip', () => {
  const t = sender();
  sent(t);
  // A time-out sets the threshold to half of what was on its way: five segments.
  t.at(450);
  assert.equal(sent(t), [0]);
  let from = 0;
  const rounds: number[] = [];
  for (let round = 0; round < 9; round++) {
    let count = 0;
    for (let left = rounds.length ? rounds[rounds.length - 1] : 1; left > 0; left--) {
      count += sent(ack(t, ++from)).length;
    }
    rounds.push(count);
  }
  assert.equal(rounds.slice(0, 2), [2, 4]);
  for (let i = 2; i < rounds.length; i++) {
    assert.ok(rounds[i] - rounds[i - 1] <= 2 && rounds[i] >= rounds[i - 1], rounds.join(' '));
  }
});

// ---- fast retransmit, NewReno ------------------------------------------------------------------------------------

scenario('the first two duplicate ACKs let one new segment out each (RFC 3042), the third retransmits', () => {
  const t = sender();
  sent(t);
  t.at(20);
  ack(t, 0);
  assert.equal(sent(t), [10]);
  ack(t, 0);
  assert.equal(sent(t), [11]);
  ack(t, 0);
  assert.equal(sent(t), [0]);
  assert.is(t.stack._stats.tcpRetransmits, 1);
});

scenario('fast recovery: more duplicates inflate, the full ACK deflates to the threshold', () => {
  const t = sender();
  sent(t);
  ack(t, 0, 3);
  assert.equal(sent(t), [10, 11, 0]);
  // 12 on their way; the threshold is 6 of them, and each further duplicate says that one has left.
  ack(t, 0, 9);
  const fresh = sent(t);
  assert.ok(fresh.length >= 2 && fresh.length <= 7 && fresh[0] === 12, fresh.join(' '));
  const all = 12 + fresh.length;
  ack(t, 12);
  const after = sent(t);
  assert.ok(all + after.length - 12 <= 7, `${all + after.length - 12} segments on their way`);
});

scenario('NewReno: a partial ACK retransmits the next hole at once, without leaving recovery', () => {
  const t = sender();
  sent(t);
  ack(t, 0, 3);
  assert.is(sent(t).pop(), 0);
  ack(t, 4);
  assert.is(sent(t).shift(), 4);
  ack(t, 8);
  assert.is(sent(t).shift(), 8);
  t.at(100);
  ack(t, 12);
  assert.ok(sent(t).every((segment) => segment >= 12));
  assert.is(t.stack._stats.tcpRetransmits, 3);
});

scenario('what is no duplicate ACK: data, another window, nothing on its way', () => {
  const t = sender();
  sent(t);
  for (let i = 0; i < 6; i++) {
    t.send({ seq: 1 + 10 * i, ack: 1, len: 10 });
    t.send({ seq: 11 + 10 * i, ack: 1, window: 65000 - i });
  }
  assert.ok(t.segments().every((segment) => segment.seq > 10 * MSS || !segment.len));
  assert.is(t.stack._stats.tcpRetransmits, 0);
  const idle = established({ mss: MSS });
  for (let i = 0; i < 6; i++) {
    idle.send({ seq: 1, ack: 1 });
  }
  idle.quiet();
});

scenario('early retransmit: with little on its way fewer duplicates do (RFC 5827)', () => {
  for (const [segments, duplicates] of [
    [2, 1],
    [3, 2],
  ]) {
    const t = established({ mss: MSS });
    t.write(segments * MSS);
    t.restart();
    for (let i = 0; i < duplicates; i++) {
      t.quiet().send({ seq: 1, ack: 1 });
    }
    t.expect([{ at: 0, seq: 1, len: MSS }]);
  }
});

scenario('a loss found by duplicates halves the window', () => {
  const t = sender();
  sent(t);
  ack(t, 0, 3);
  ack(t, 12);
  sent(t);
  // Now 6 segments at a time.
  let next = 12;
  let most = 0;
  for (let i = 0; i < 6; i++) {
    next++;
    ack(t, next);
    sent(t);
    most = Math.max(most, (t.tcb._max - 1) / MSS - next);
  }
  assert.ok(most >= 4 && most <= 8, `${most} segments on their way`);
});

// ---- time-out ----------------------------------------------------------------------------------------------------

scenario('RTO: back to one segment, then slow start over what was lost', () => {
  const t = sender();
  sent(t);
  t.at(450);
  assert.equal(sent(t), [0]);
  ack(t, 1);
  assert.equal(sent(t), [1, 2]);
  ack(t, 2);
  assert.equal(sent(t), [3, 4]);
  // The peer had the rest: nothing more is sent again.
  ack(t, 10);
  assert.ok(sent(t).every((segment) => segment >= 10));
});

scenario('RTO in fast recovery: recovery ends', () => {
  const t = sender();
  sent(t);
  ack(t, 0, 3);
  sent(t);
  t.at(450);
  assert.equal(sent(t), [0]);
  ack(t, 1);
  assert.equal(sent(t), [1, 2]);
});

scenario('duplicates of what is sent again after an RTO do not start another recovery', () => {
  const t = sender();
  sent(t);
  t.at(450);
  sent(t);
  ack(t, 3);
  sent(t);
  const before = t.stack._stats.tcpRetransmits;
  ack(t, 3, 5);
  sent(t);
  assert.ok(t.stack._stats.tcpRetransmits - before <= 2);
});

scenario('right behind what was sent twice one duplicate is no loss: it would go on and on (RFC 6582 §3.2)', () => {
  const t = established({ bounds: { _tcpSendRing: 2920 } });
  t.write(2920);
  t.restart().at(500).taken(); // the ACK was lost: the first segment goes again
  t.send({ seq: 1, ack: 2921 });
  t.write(2920);
  t.taken();
  // The answer to the repeated segment.
  t.send({ seq: 1, ack: 2921 }).quiet();
  assert.is(t.stack._stats.tcpRetransmits, 1);
  // Three in earnest are.
  t.send({ seq: 1, ack: 2921 }, { seq: 1, ack: 2921 }).expect([{ seq: 2921, len: 1460 }]);
});

test.run();
