/** Keep-alives, RFC 9293 §3.8.4. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { tcpKeepAlive, useKeepalive, type Keepalive } from '../../modules/inet/keepalive';
import { Errno } from '../../modules/inet/tcb';
import { Rig, scenarios } from '../helpers/tcp';

const scenario = scenarios(test);
const IDLE = 60_000;
const INTERVAL = 5_000;

/** ESTABLISHED, watched: probes after 60 s, every 5 s, three of them. */
function watched(): { t: Rig; keepalive: Keepalive } {
  const t = new Rig();
  const keepalive = useKeepalive(t.stack);
  t.clock.drive({ poll: (nowMs) => keepalive._poll(nowMs), pollAt: () => keepalive._pollAt() });
  t.connect().send({ seq: 0, ack: 1, flags: 'SA', mss: 1460 }).heard('connected');
  t.restart();
  tcpKeepAlive(keepalive, t.tcb, IDLE, INTERVAL, 3, t.clock.nowMs);
  return { t, keepalive };
}

scenario('off unless asked for', () => {
  const t = new Rig();
  const keepalive = useKeepalive(t.stack);
  t.connect().send({ seq: 0, ack: 1, flags: 'SA' }).restart();
  assert.is(keepalive._pollAt(), Infinity);
  t.at(86_400_000).quiet();
});

scenario('a silent peer is asked with the number it has had already, no data', () => {
  const { t } = watched();
  t.at(IDLE - 1).quiet();
  t.at(IDLE).expect([{ at: IDLE, seq: 0, ack: 1, len: 0 }]);
  // The answer is a duplicate ACK, and the silence begins anew.
  t.at(IDLE + 50).send({ seq: 1, ack: 1 });
  t.at(2 * IDLE + 49).quiet();
  t.at(2 * IDLE + 50).expect([{ at: 2 * IDLE + 50, seq: 0, ack: 1 }]);
});

scenario('a peer that answers none of them is gone: ETIMEDOUT, and RST', () => {
  const { t, keepalive } = watched();
  t.at(IDLE + 4 * INTERVAL);
  t.expect([
    { at: IDLE, seq: 0, ack: 1 },
    { at: IDLE + INTERVAL, seq: 0, ack: 1 },
    { at: IDLE + 2 * INTERVAL, seq: 0, ack: 1 },
    { at: IDLE + 3 * INTERVAL, seq: 1, ack: 1, flags: 'RA' },
  ]);
  t.heard(`closed ${Errno.ETIMEDOUT}`).gone();
  assert.is(keepalive._watches.length, 0);
});

scenario('any segment counts, data as well as an ACK', () => {
  const { t } = watched();
  for (let i = 1; i < 10; i++) {
    t.at(i * 50_000).send({ seq: 1 + 10 * (i - 1), ack: 1, len: 10 });
    t.at(i * 50_000 + 500);
  }
  assert.ok(t.segments().every(({ seq }) => seq === 1));
});

scenario('data on its way has its own timer: no probe', () => {
  const { t } = watched();
  t.at(IDLE - 100);
  t.write(10);
  t.at(IDLE + 50_000);
  assert.ok(t.segments().every(({ seq }) => seq === 1));
});

scenario('half-closed both ways it goes on; after the end it is forgotten', () => {
  const { t, keepalive } = watched();
  t.shutdown().send({ seq: 1, ack: 2 }).restart();
  t.at(IDLE).expect([{ seq: 1, ack: 1 }]);
  t.send({ seq: 1, ack: 2, flags: 'FA' }).heard('ended', 'closed 0');
  t.at(10 * IDLE).gone();
  assert.is(keepalive._watches.length, 0);
});

scenario('settable at any time, and taken back by 0', () => {
  const { t, keepalive } = watched();
  tcpKeepAlive(keepalive, t.tcb, 1000, 100, 1, t.clock.nowMs);
  assert.is(keepalive._watches.length, 1);
  t.at(1000).expect([{ at: 1000, seq: 0, ack: 1 }]);
  t.send({ seq: 1, ack: 1 });
  tcpKeepAlive(keepalive, t.tcb, 0, 0, 0, t.clock.nowMs);
  t.at(10 * IDLE).quiet();
  assert.is(keepalive._watches.length, 0);
});

scenario('a probe that is heard of us by Linux’s way: answered, and nothing else happens', () => {
  // What we get when the peer keeps alive: the number before the window, with and without an octet.
  const { t } = watched();
  t.send({ seq: 0, ack: 1 }).expect([{ seq: 1, ack: 1 }]);
  t.send({ seq: 0, ack: 1, flags: 'A' }).expect([{ seq: 1, ack: 1 }]);
  t.heard();
});

test.run();
