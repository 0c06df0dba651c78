/** The user time-out: R2 of RFC 9293 §3.8.3, shorter and longer than that of the stack. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Errno } from '../../modules/inet/tcb';
import { tcpUserTimeout, useUserTimeout, type UserTimeout } from '../../modules/inet/user-timeout';
import { Rig, scenarios } from '../helpers/tcp';

const scenario = scenarios(test);

function rig(): { t: Rig; part: UserTimeout } {
  const t = new Rig();
  const part = useUserTimeout(t.stack);
  t.clock.drive({ poll: (nowMs) => part._poll(nowMs), pollAt: () => part._pollAt() });
  return { t, part };
}

function established(timeoutMs: number): { t: Rig; part: UserTimeout } {
  const { t, part } = rig();
  t.connect().send({ seq: 0, ack: 1, flags: 'SA', mss: 1460 }).heard('connected');
  t.restart();
  tcpUserTimeout(part, t.tcb, timeoutMs, t.clock.nowMs);
  return { t, part };
}

scenario('data that nobody acknowledges ends the connection after so long: ETIMEDOUT, and RST', () => {
  const { t, part } = established(5000);
  t.at(60_000).quiet();
  t.write(100);
  t.at(64_999).segments();
  t.heard();
  t.at(65_000);
  const sent = t.segments();
  assert.is(sent[sent.length - 1].flags, 'RA');
  t.heard(`closed ${Errno.ETIMEDOUT}`).gone();
  t.at(65_100);
  assert.is(part._watches.length, 0);
});

scenario('each acknowledgement begins it anew', () => {
  const { t } = established(5000);
  for (let i = 0; i < 10; i++) {
    t.at(4000 * i);
    t.write(100);
    t.at(4000 * i + 3900).segments();
    t.send({ seq: 1, ack: 1 + 100 * (i + 1) });
  }
  t.at(200_000).heard();
});

scenario('longer than the stack waits by itself: ten minutes', () => {
  const { t } = established(600_000);
  t.write(100);
  t.at(599_000);
  assert.ok(t.segments().length > 20);
  t.heard();
  t.at(600_100).segments();
  t.heard(`closed ${Errno.ETIMEDOUT}`).gone();
});

scenario('a window that stays closed counts as well, since nothing is acknowledged', () => {
  const { t } = established(20_000);
  t.send({ seq: 1, ack: 1, window: 0 });
  t.write(100);
  for (let ms = 100; ms < 19_000; ms += 100) {
    t.at(ms);
    t.segments().forEach(() => t.send({ seq: 1, ack: 1, window: 0 }));
  }
  t.heard();
  t.at(20_100).segments();
  t.heard(`closed ${Errno.ETIMEDOUT}`).gone();
});

scenario('an attempt to connect: three minutes and more (RFC 9293 MUST-23), or two seconds', () => {
  for (const timeoutMs of [200_000, 2000]) {
    const { t, part } = rig();
    t.connect();
    tcpUserTimeout(part, t.tcb, timeoutMs, t.clock.nowMs);
    t.at(timeoutMs - 1);
    assert.ok(t.segments().every((segment) => segment.flags === 'S'));
    t.heard();
    t.at(timeoutMs + 100).segments();
    t.heard(`closed ${Errno.ETIMEDOUT}`).gone();
  }
});

scenario('0 leaves it to the stack', () => {
  const { t, part } = established(5000);
  tcpUserTimeout(part, t.tcb, 0, t.clock.nowMs);
  assert.is(part._pollAt(), Infinity);
  t.write(100);
  t.at(60_000).segments();
  t.heard();
});

test.run();
