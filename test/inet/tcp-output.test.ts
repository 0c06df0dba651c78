/** TCP: what is sent, and when: windows, Nagle, silly windows, bursts, FIN (RFC 9293 §3.8, RFC 1122 §4.2.3.4). */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stackPoll } from '../../modules/inet/stack';
import { sumAhead } from '../../modules/inet/tcp-output';
import { closeWait, established, scenarios, type Rig } from '../helpers/tcp';

const scenario = scenarios(test);

function sizes(t: Rig): number[] {
  return t.segments().map((segment) => segment.len);
}

scenario('a segment that was acknowledged before its turn is not summed ahead any more', () => {
  const t = established();
  t.write(8000);
  t.send({ seq: 1, ack: 2921 });
  // As after the first segment was sent again, whose successors had arrived.
  t.stack._ahead = t.tcb;
  t.stack._aheadFrom = t.stack._aheadTo = 1461;
  sumAhead(t.stack);
  assert.is(t.stack._aheadTo, 1461);
});

// ---- writing -----------------------------------------------------------------------------------------------------

scenario('what is written goes out at once, in segments, the last one pushed', () => {
  const t = established();
  assert.is(t.write(3000), 3000);
  t.expect([
    { at: 0, seq: 1, ack: 1, len: 1460, flags: 'A' },
    { at: 0, seq: 1461, ack: 1, len: 1460 },
  ]);
  t.send({ seq: 1, ack: 2921 }).expect([{ seq: 2921, len: 80, flags: 'PA' }]);
});

scenario('PSH is set where the user’s data ends', () => {
  const t = established();
  t.write(2920);
  t.expect([
    { seq: 1, len: 1460, flags: 'A' },
    { seq: 1461, len: 1460, flags: 'PA' },
  ]);
});

scenario('the ring takes _tcpSendRing octets; there is room again when they are acknowledged', () => {
  const t = established({ bounds: { _tcpSendRing: 4000 } });
  assert.is(t.room(), 4000);
  assert.is(t.write(5000), 4000);
  assert.is(t.room(), 0);
  assert.is(t.write(10), 0);
  t.heard();
  t.send({ seq: 1, ack: 1461 }).heard('writable');
  assert.is(t.room(), 1460);
  t.send({ seq: 1, ack: 2921 }).heard();
});

scenario('no one is told of room who did not ask for it', () => {
  const t = established({ bounds: { _tcpSendRing: 4000 } });
  t.write(4000);
  t.send({ seq: 1, ack: 2921 }).heard();
});

scenario('the ring goes round: what is sent, and sent again, is right everywhere', () => {
  const t = established({ bounds: { _tcpSendRing: 1000 }, mss: 300 });
  let acked = 1;
  t.write(1000);
  for (let i = 0; i < 60; i++) {
    acked += 170;
    t.send({ seq: 1, ack: acked });
    t.write(170);
    if (i % 5 === 0) {
      t.at(1000 * i + 900).send({ seq: 1, ack: acked });
    }
    t.segments();
  }
});

scenario('writing before and after it is possible takes nothing', () => {
  const t = established();
  t.shutdown();
  assert.is(t.write(10), 0);
  assert.is(t.room(), 0);
});

// ---- the peer's window -------------------------------------------------------------------------------------------

scenario('the window of the peer is never exceeded', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, window: 2000 });
  t.write(5000);
  assert.equal(sizes(t), [1460]);
  t.send({ seq: 1, ack: 1461, window: 2000 }).expect([{ seq: 1461, len: 1460 }]);
  t.send({ seq: 1, ack: 2921, window: 3000 }).expect([{ seq: 2921, len: 1460 }]);
});

scenario('a user who writes when there is room does not exceed the window that came with it', () => {
  const t = established({ bounds: { _tcpSendRing: 3000 }, window: 3000, mss: 1000 });
  t.during.writable = () => t.write(3000);
  t.write(4000);
  t.restart();
  t.send({ seq: 1, ack: 2001, window: 1000 }).heard('writable').quiet();
  t.send({ seq: 1, ack: 3001, window: 500 }).heard('writable').quiet();
  t.send({ seq: 1, ack: 3001, window: 1460 }).expect([{ seq: 3001, len: 1000 }]);
});

scenario('an old segment does not change the window (SND.WL1, SND.WL2)', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, len: 10, window: 1000 });
  t.send({ seq: 11, ack: 1, len: 10, window: 8000 });
  t.send({ seq: 1, ack: 1, len: 20, window: 100 });
  t.restart();
  t.write(3000);
  assert.equal(sizes(t), [1460, 1460]);
});

scenario('a window that shrinks is respected', () => {
  const t = established();
  t.write(1000);
  t.send({ seq: 1, ack: 1001, window: 5000 }).restart();
  t.send({ seq: 1, ack: 1001, window: 1000 });
  t.write(3000);
  assert.ok(t.segments().every((segment) => segment.seq + segment.len <= 2001));
});

scenario('a small window is not used up by small segments (silly window avoidance)', () => {
  const t = established({ window: 4000 });
  t.write(5000);
  t.expect([
    { seq: 1, len: 1460 },
    { seq: 1461, len: 1460 },
  ]);
  t.send({ seq: 1, ack: 1461, window: 2640 });
  t.expect([]);
  t.send({ seq: 1, ack: 2921, window: 4000 }).expect([{ seq: 2921, len: 1460 }]);
});

scenario('a peer with a tiny buffer gets half of it at a time', () => {
  const t = established({ window: 200 });
  t.write(1000);
  t.expect([{ seq: 1, len: 200 }]);
  t.send({ seq: 1, ack: 201, window: 60 }).quiet();
  t.send({ seq: 1, ack: 201, window: 120 }).expect([{ seq: 201, len: 120 }]);
});

scenario('a window too small for long is used in the end', () => {
  const t = established({ window: 4000, mss: 1000 });
  t.write(4000);
  t.send({ seq: 1, ack: 4001, window: 4000 }).restart();
  t.send({ seq: 1, ack: 4001, window: 300 });
  t.write(1000);
  t.quiet().at(2000);
  const [first] = t.segments();
  assert.ok(first, 'something was sent');
  assert.is(first.seq, 4001);
  assert.ok(first.len >= 1 && first.len <= 300);
});

// ---- Nagle -------------------------------------------------------------------------------------------------------

scenario('Nagle: a small segment waits for the ACK of what is on its way', () => {
  const t = established();
  for (let i = 0; i < 5; i++) {
    t.write(10);
  }
  t.expect([{ seq: 1, len: 10 }]);
  t.at(50)
    .send({ seq: 1, ack: 11 })
    .expect([{ at: 50, seq: 11, len: 40 }]);
});

scenario('Nagle: a full segment never waits', () => {
  const t = established();
  t.write(10);
  t.write(1455);
  t.expect([{ seq: 1, len: 10 }]);
  t.write(10);
  t.expect([{ seq: 11, len: 1460 }]);
});

scenario('Nagle: closing sends the rest at once', () => {
  const t = established();
  t.write(10);
  t.write(10);
  t.shutdown().expect([
    { seq: 1, len: 10 },
    { seq: 11, len: 10, flags: 'FA' },
  ]);
});

scenario('noDelay: nothing waits', () => {
  const t = established();
  t.tcb._noDelay = true;
  t.write(10);
  t.write(20);
  t.write(30);
  t.expect([
    { seq: 1, len: 10 },
    { seq: 11, len: 20 },
    { seq: 31, len: 30 },
  ]);
});

// ---- bursts ------------------------------------------------------------------------------------------------------

scenario('_txBurst: so many segments at a time; the rest asks for the next turn at once', () => {
  const t = established({ bounds: { _txBurst: 1 } });
  const bytes = 4 * 1460;
  // write() itself sends one; the machine asks to be polled for the others.
  assert.is(t.write(bytes), bytes);
  assert.is(t.clock.nextMs(), t.clock.nowMs);
  t.expect([1, 1461, 2921, 4381].map((seq) => ({ at: 0, seq, len: 1460 })));
  assert.ok(t.clock.nextMs() > t.clock.nowMs);
});

/** How many packets leave while `work` runs, without waiting for a poll. */
function leaving(t: ReturnType<typeof established>, work: () => void): number {
  const output = t.netif._output;
  let count = 0;
  t.netif._output = (...packet) => {
    count++;
    return output(...packet);
  };
  work();
  t.netif._output = output;
  return count;
}

scenario('_txBurst 0: data goes with polls alone, one segment each, however it came to be sent', () => {
  const t = established({ bounds: { _txBurst: 0 } });
  const poll = (): void => stackPoll(t.stack, t.clock.nowMs);
  assert.is(
    leaving(t, () => t.write(3 * 1460)),
    0,
  );
  assert.is(t.clock.nextMs(), t.clock.nowMs, 'a poll is asked for');
  assert.is(leaving(t, poll), 1);
  // What comes in brings out no data either, though there is some to send, but an ACK that is due.
  assert.is(
    leaving(t, () => t.deliver(t.packet({ seq: 1, ack: 1461, len: 10 }))),
    0,
  );
  assert.is(leaving(t, poll), 1);
  assert.is(leaving(t, poll), 1);
  assert.is(leaving(t, poll), 0);
  t.expect([
    { seq: 1, len: 1460 },
    { seq: 1461, ack: 11, len: 1460 },
    { seq: 2921, ack: 11, len: 1460, flags: 'PA' },
  ]);
});

scenario('_txBurst 0: an ACK that is due waits for no poll, but for data that will carry it', () => {
  const t = established({ bounds: { _txBurst: 0 } });
  const two = (seq: number): Buffer[] => [t.packet({ seq, len: 1460 }), t.packet({ seq: seq + 1460, len: 1460 })];
  assert.is(
    leaving(t, () => t.deliver(...two(1))),
    1,
  );
  t.expect([{ seq: 1, ack: 2921 }]);
  t.during.data = () => {
    t.during.data = undefined;
    t.write(100);
  };
  assert.is(
    leaving(t, () => t.deliver(...two(2921))),
    0,
  );
  t.expect([{ at: 0, seq: 1, ack: 5841, len: 100, flags: 'PA' }]);
});

scenario('_txBurst 0: a FIN too', () => {
  const t = established({ bounds: { _txBurst: 0 } });
  assert.is(
    leaving(t, () => t.shutdown()),
    0,
  );
  t.expect([{ at: 0, seq: 1, flags: 'FA' }]);
});

// ---- FIN ---------------------------------------------------------------------------------------------------------

scenario('FIN: alone when there is nothing to send', () => {
  established()
    .shutdown()
    .expect([{ at: 0, seq: 1, ack: 1, flags: 'FA' }]);
});

scenario('FIN: on the last segment of what was written', () => {
  const t = established();
  t.write(2000);
  t.shutdown().expect([
    { seq: 1, len: 1460 },
    { seq: 1461, len: 540, flags: 'FA' },
  ]);
});

scenario('FIN: after all of what the window holds back', () => {
  const t = established({ window: 1460 });
  t.write(2000);
  t.shutdown().expect([{ seq: 1, len: 1460 }]);
  t.send({ seq: 1, ack: 1461, window: 1460 }).expect([{ seq: 1461, len: 540, flags: 'FA' }]);
});

scenario('FIN: from CLOSE-WAIT, after data', () => {
  const t = closeWait();
  t.write(100);
  t.shutdown().expect([
    { seq: 1, ack: 2, len: 100 },
    { seq: 101, ack: 2, flags: 'FA' },
  ]);
});

scenario('closing twice sends one FIN', () => {
  const t = established();
  t.shutdown()
    .shutdown()
    .close()
    .close()
    .expect([{ seq: 1, flags: 'FA' }]);
});

// ---- the interface -----------------------------------------------------------------------------------------------

scenario('an interface that cannot send loses packets like a line does', () => {
  const t = established();
  t.deaf = true;
  t.write(100);
  t.at(200).taken();
  t.deaf = false;
  t.at(2000);
  t.segments().forEach((segment) => assert.equal([segment.seq, segment.len], [1, 100]));
  t.send({ seq: 1, ack: 101 }).restart().at(60000).quiet();
});

test.run();
