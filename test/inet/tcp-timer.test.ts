/** TCP: timers: retransmission, zero-window probes, giving up, TIME-WAIT (RFC 9293 §3.8, RFC 6298 §5). */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Errno } from '../../modules/inet/tcb';
import { Rig, closeWait, established, finWait1, lastAck, scenarios, timeWait } from '../helpers/tcp';

const scenario = scenarios(test);

/** The times at which segments were sent, and the gaps between them. */
function gaps(t: Rig): number[] {
  const times = t.segments().map((segment) => segment.at);
  return times.slice(1).map((time, i) => time - times[i]);
}

// ---- retransmission ----------------------------------------------------------------------------------------------

scenario('the first segment unacknowledged is sent again, alone', () => {
  const t = established();
  t.write(2920);
  t.taken();
  t.at(450).expect([{ at: 400, seq: 1, len: 1460 }]);
});

scenario('an ACK of new data starts the timer anew', () => {
  const t = established();
  t.write(2920);
  t.at(300).send({ seq: 1, ack: 1461 }).taken();
  t.at(1000).expect([{ at: 700, seq: 1461, len: 1460 }]);
});

scenario('when all is acknowledged there is no timer', () => {
  const t = established();
  t.write(100);
  t.at(10).send({ seq: 1, ack: 101 }).restart();
  assert.is(t.clock.nextMs(), Infinity);
});

scenario('while something is sent again, ACKs bear the highest number sent, which the peer may expect', () => {
  const t = established();
  t.write(4380);
  t.at(450).restart();
  t.send({ seq: 1, ack: 1, len: 1460 }, { seq: 1461, ack: 1, len: 1460 }).expect([{ seq: 4381, ack: 2921 }]);
});

scenario('what is sent again holds what was written since', () => {
  const t = established();
  t.write(10);
  t.write(20);
  t.taken();
  t.at(450).expect([{ at: 400, seq: 1, len: 30 }]);
});

scenario('a peer that has gone: ETIMEDOUT after more than 100 s (RFC 9293 R2)', () => {
  const t = established();
  t.write(10);
  t.at(100000).heard();
  t.at(300000).heard(`closed ${Errno.ETIMEDOUT}`).gone();
  const times = t.segments().map((segment) => segment.at);
  assert.ok(times.length >= 8 && times.length <= 15, times.join(' '));
});

scenario('any progress puts the end off', () => {
  const t = established();
  t.write(100);
  for (let i = 1; i < 10; i++) {
    t.at(60000 * i)
      .send({ seq: 1, ack: 1 + i })
      .heard();
  }
});

scenario('FIN is sent again, in FIN-WAIT-1 and LAST-ACK', () => {
  for (const [build, ack] of [
    [finWait1, 1],
    [lastAck, 2],
  ] as const) {
    const t = build();
    t.at(1500).expect([
      { at: 400, seq: 1, ack, flags: 'FA' },
      { at: 1200, seq: 1, ack, flags: 'FA' },
    ]);
    t.at(300000).heard(`closed ${Errno.ETIMEDOUT}`).gone();
  }
});

scenario('a FIN that could not be sent yet goes with what is sent again', () => {
  const t = established();
  t.write(100);
  t.taken();
  t.shutdown().expect([{ seq: 101, flags: 'FA' }]);
  t.at(450).expect([{ at: 400, seq: 1, len: 100, flags: 'FA' }]);
  t.send({ seq: 1, ack: 102 }).restart().at(60000);
  assert.is(t.segments().length, 0);
});

// ---- zero window, the sender's side ------------------------------------------------------------------------------

scenario('a closed window is probed with one octet, ever less often', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, window: 0 });
  t.write(1000);
  t.quiet();
  // The peer answers each probe, so the connection stays, however long.
  const times: number[] = [];
  for (let ms = 100; ms < 600000; ms += 100) {
    t.at(ms);
    for (const segment of t.segments()) {
      assert.equal([segment.seq, segment.len], [1, 1]);
      times.push(segment.at);
      t.send({ seq: 1, ack: 1, window: 0 });
    }
  }
  t.heard();
  const between = times.slice(1).map((time, i) => time - times[i]);
  between.slice(1).forEach((gap, i) => assert.ok(gap >= between[i] && gap <= 61000, between.join(' ')));
  assert.ok(between[0] <= 2000 && between[between.length - 1] >= 20000, between.join(' '));
  // It opens.
  t.send({ seq: 1, ack: 1, window: 4000 }).expect([{ seq: 1, len: 1000 }]);
  t.send({ seq: 1, ack: 1001, window: 4000 }).restart().at(60000).quiet().heard();
});

scenario('closed for good before a window that stays closed: probes that are answered do not keep it for ever', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, window: 0 });
  t.write(1000);
  t.close();
  let lastMs = 0;
  for (let ms = 100; ms < 600000; ms += 100) {
    t.at(ms);
    for (const segment of t.segments()) {
      lastMs = segment.at;
      t.send({ seq: 1, ack: 1, window: 0 });
    }
  }
  assert.ok(lastMs > 25000 && lastMs < 150000, `the last probe after ${lastMs} ms`);
  t.gone();
});

scenario('closed for good before a closed window that opens in time: all arrives', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, window: 0 });
  t.write(1000);
  t.close();
  for (let ms = 100; ms < 20000; ms += 100) {
    t.at(ms);
    t.segments().forEach(() => t.send({ seq: 1, ack: 1, window: 0 }));
  }
  t.send({ seq: 1, ack: 1, window: 4000 }).expect([{ seq: 1, len: 1000, flags: 'FA' }]);
  t.send({ seq: 1, ack: 1002, flags: 'FA' });
  t.segments();
  t.at(100000).gone();
});

scenario('beside the probes of a closed window, ACKs bear the number that the peer expects', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, window: 0 });
  t.write(1000);
  t.at(900).restart();
  t.send({ seq: 1, ack: 1, len: 1460, window: 0 }, { seq: 1461, ack: 1, len: 1460, window: 0 });
  t.expect([{ seq: 1, ack: 2921 }]);
});

scenario('a probe whose octet was taken: the rest waits on', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, window: 0 });
  t.write(1000);
  t.at(2000);
  assert.ok(t.segments().length >= 1);
  t.send({ seq: 1, ack: 2, window: 0 });
  t.restart().at(5000);
  t.segments().forEach((segment) => assert.equal([segment.seq, segment.len], [2, 1]));
  t.send({ seq: 1, ack: 2, window: 5000 }).expect([{ seq: 2, len: 999 }]);
});

scenario('probes that nobody answers end the connection', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, window: 0 });
  t.write(1000);
  t.at(600000).heard(`closed ${Errno.ETIMEDOUT}`).gone();
});

scenario('a window update that was lost: the probe finds out', () => {
  const t = established();
  t.write(100);
  t.at(10).send({ seq: 1, ack: 101, window: 0 });
  t.write(100);
  t.restart().at(900);
  const [probe] = t.segments();
  assert.equal([probe.seq, probe.len], [101, 1]);
  t.send({ seq: 1, ack: 102, window: 8000 }).expect([{ seq: 102, len: 99 }]);
});

scenario('a window that closes over what is on its way does not end the connection while the peer answers', () => {
  const t = established();
  t.write(1000);
  t.restart();
  for (let ms = 100; ms < 600000; ms += 100) {
    t.at(ms);
    for (const segment of t.segments()) {
      assert.is(segment.seq, 1);
      t.send({ seq: 1, ack: 1, window: 0 });
    }
  }
  t.heard();
  t.send({ seq: 1, ack: 1, window: 4000 }).at(700000);
  const sent = t.segments();
  assert.is(Math.max(...sent.map((segment) => segment.seq + segment.len)), 1001);
});

scenario('a FIN before a closed window waits for it, however long', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, window: 0 });
  t.shutdown();
  for (let ms = 100; ms < 600000; ms += 100) {
    t.at(ms);
    if (t.segments().length) {
      t.send({ seq: 1, ack: 1, window: 0 });
    }
  }
  t.heard();
  t.send({ seq: 1, ack: 1, window: 4000 }).at(700000);
  assert.ok(t.segments().every((segment) => segment.flags.includes('F')));
  t.send({ seq: 1, ack: 2, window: 4000 }).send({ seq: 1, ack: 2, flags: 'FA' }).heard('ended', 'closed 0');
});

// ---- zero window, the receiver's side ----------------------------------------------------------------------------

scenario('a probe into our closed window is answered, and not taken', () => {
  const t = established({ bounds: { _tcpWindow: 1000 } });
  t.pause().send({ seq: 1, ack: 1, len: 1000 }).at(300).restart();
  for (let i = 1; i < 20; i++) {
    t.at(1000 * i)
      .send({ seq: 1001, ack: 1, len: 1 })
      .expect([{ seq: 1, ack: 1001, window: 0 }]);
    // Linux probes with the number before.
    t.send({ seq: 1000, ack: 1 }).expect([{ seq: 1, ack: 1001, window: 0 }]);
  }
  t.resume()
    .heard('data 1000')
    .expect([{ seq: 1, ack: 1001, window: 1000 }]);
  t.send({ seq: 1001, ack: 1, len: 1 }).heard('data 1');
});

scenario('after three time-outs segments of 536 octets are tried: perhaps large ones vanish without a word', () => {
  const t = established();
  t.write(2000);
  t.restart().at(7000);
  assert.equal(
    t.segments().map(({ seq, len }) => [seq, len]),
    [
      [1, 1460],
      [1, 1460],
      [1, 536],
      [1, 536],
    ],
  );
  t.send({ seq: 1, ack: 537 });
  assert.equal(
    t.segments().map(({ seq, len }) => [seq, len]),
    [
      [537, 536],
      [1073, 536],
    ],
  );
});

scenario('a peer whose window stays closed is not taken for one that loses large segments', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, window: 0 });
  t.write(2000);
  t.restart().at(20000);
  t.send({ seq: 1, ack: 1, window: 5000 }).restart();
  t.send({ seq: 1, ack: 1461, window: 5000 });
  assert.is(t.tcb._mss, 1460);
});

// ---- TIME-WAIT, forgotten ends -----------------------------------------------------------------------------------

scenario('TIME-WAIT lasts 10 s, and a repeated FIN begins it anew', () => {
  const t = timeWait();
  t.at(9000);
  assert.is(t.connections(), 1);
  t.send({ seq: 1, ack: 2, flags: 'FA' }).expect([{ seq: 2, ack: 2 }]);
  t.at(18900);
  assert.is(t.connections(), 1);
  t.at(19000).quiet().heard().gone();
});

scenario('closed for good: a peer that never closes its side has 30 s', () => {
  const t = established();
  t.close().at(50).send({ seq: 1, ack: 2 }).restart();
  t.at(29000);
  assert.is(t.connections(), 1);
  t.at(30001).quiet().heard().gone();
});

scenario('half-closed: a peer that goes on sending has all the time it wants', () => {
  const t = established();
  t.shutdown().send({ seq: 1, ack: 2 }).restart();
  t.at(600000).quiet().heard();
  t.send({ seq: 1, ack: 2, len: 10 }).heard('data 10');
});

scenario('CLOSE-WAIT has no timer of its own', () => {
  closeWait().at(600000).quiet().heard();
});

scenario('an idle connection sends nothing', () => {
  const t = established().at(3600000).quiet().heard();
  t.write(10);
  t.expect([{ at: 3600000, seq: 1, len: 10 }]);
});

scenario('gaps of probes do not begin anew with each write', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, window: 0 });
  t.write(10);
  for (let ms = 0; ms < 60000; ms += 250) {
    t.at(ms);
    t.write(1);
  }
  assert.ok(gaps(t).length >= 2, 'probes went out');
});

test.run();
