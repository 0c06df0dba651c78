/** TCP: the round-trip time and the time-out, RFC 6298, seen from when segments are sent again. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Rig, established, scenarios } from '../helpers/tcp';

const scenario = scenarios(test);

/** One exchange that takes rttMs. */
function exchange(t: Rig, rttMs: number): void {
  t.restart();
  t.write(10);
  t.at(rttMs)
    .send({ seq: 1, ack: 1 + t.written })
    .restart();
}

/** How long after sending the next segment it is sent again. */
function timeout(t: Rig): number {
  t.restart();
  t.write(10);
  t.at(90000);
  const times = t.segments().map((segment) => segment.at);
  assert.is(times[0], 0);
  return times[1];
}

/** RFC 6298 §2 with the bounds of this stack: 0.4 s to 30 s. */
function reference(samples: number[]): number {
  let srtt = samples[0];
  let rttvar = samples[0] / 2;
  for (const sample of samples.slice(1)) {
    rttvar = 0.75 * rttvar + 0.25 * Math.abs(srtt - sample);
    srtt = 0.875 * srtt + 0.125 * sample;
  }
  return Math.min(30000, Math.max(400, srtt + Math.max(10, 4 * rttvar)));
}

/** Connected with a handshake that took so long. */
function connected(rttMs: number): Rig {
  const t = new Rig().connect();
  return t.at(rttMs).send({ seq: 0, ack: 1, flags: 'SA', mss: 1460 }).restart();
}

scenario('the handshake is the first measurement', () => {
  for (const rttMs of [10, 100, 300, 700]) {
    assert.ok(Math.abs(timeout(connected(rttMs)) - reference([rttMs])) <= 1, `${rttMs} ms`);
  }
});

scenario('the passive side measures as well', () => {
  const t = new Rig().listen();
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S', mss: 1460 }));
  t.at(600).send({ seq: 1, ack: 1 });
  assert.ok(Math.abs(timeout(t) - reference([600])) <= 1);
});

scenario('each round trip refines it', () => {
  const samples = [200, 260, 220, 390, 300, 310, 290, 305, 300];
  for (let count = 1; count <= samples.length; count++) {
    const t = connected(samples[0]);
    samples.slice(1, count).forEach((rttMs) => exchange(t, rttMs));
    const expected = reference(samples.slice(0, count));
    assert.ok(Math.abs(timeout(t) - expected) <= 2, `after ${count}: not ${expected}`);
  }
});

scenario('the time-out doubles with each retransmission, up to 30 s', () => {
  const t = connected(500);
  t.write(10);
  const rto = reference([500]);
  t.at(200000);
  const times = t.segments().map((segment) => segment.at);
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  gaps.forEach((gap, i) => assert.is(gap, Math.min(30000, rto * 2 ** i), gaps.join(' ')));
  assert.ok(gaps.length >= 5);
});

scenario('Karn: what was sent twice is not timed, and the back-off lasts until something else is', () => {
  const t = connected(500);
  t.write(10);
  // Sent again at 1500; the ACK that comes at 1600 may be for either.
  t.at(1600).send({ seq: 1, ack: 11 }).restart();
  assert.is(timeout(t), reference([500]));
});

scenario('one segment is timed at a time, and what was sent meanwhile does not disturb it', () => {
  const t = connected(500);
  t.tcb._noDelay = true;
  t.write(10);
  t.at(400);
  t.write(10);
  t.at(500).send({ seq: 1, ack: 11 });
  t.at(900).send({ seq: 1, ack: 21 });
  assert.ok(Math.abs(timeout(t) - reference([500, 500])) <= 1);
});

scenario('a line without delay still gets 400 ms', () => {
  assert.is(timeout(established()), 400);
});

test.run();
