/** Our Configure-Ack for LCP may be lost: then we take the link for open, and the peer drops all that is not LCP. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Rig } from '../helpers/rig';

const MAGIC = 'magic=01020304';
const ACK = `lcp ack 1 ${MAGIC}`;

/** LCP is up, and the peer wants that authentication. */
function established(auth = ''): Rig {
  const t = new Rig({ user: 'me', key: 'secret' });
  t.establish(MAGIC + auth);
  t.take();
  return t;
}

const acksOf = (t: Rig): string[] => t.take().filter((text) => text.startsWith('lcp ack'));

for (const auth of ['', ' auth=c023', ' auth=c22305']) {
  test(`a peer that is silent since LCP came up is sent our Ack again, once${auth && ','}${auth}`, () => {
    const t = established(auth);
    t.wait(299);
    assert.equal(acksOf(t), []);
    t.wait(7000);
    assert.equal(acksOf(t), [ACK + auth]);
  });
}

test('it goes before the next request, which such a peer would drop without it', () => {
  const t = established();
  t.wait(300);
  t.hears(ACK, 'ipcp req #*');
});

test('with it the link comes up', () => {
  const t = established();
  t.wait(300);
  t.take();
  t.network();
  assert.is(t.phase, 'running');
  t.wait(1000);
  assert.equal(acksOf(t), []);
});

for (const [what, sign] of [
  ['IPCP', 'ipcp req 1 addr=10.0.0.1'],
  ['a protocol that nobody here knows', 'ccp 01010004'],
  ['an echo', 'lcp echo 1 01020304'],
  ['its request once more', `lcp req 1 ${MAGIC}`],
]) {
  test(`not when it has said something since: ${what}`, () => {
    const t = established();
    t.wait(299);
    t.says(sign);
    t.take();
    t.wait(7000);
    assert.equal(acksOf(t), []);
  });
}

for (const [keepalive, config] of [
  ['', {}],
  [', without a keepalive', { _keepaliveMs: Infinity }],
] as const) {
  test(`a peer that begins anew for it, as the RFC has it: later each time, and not for ever${keepalive}`, () => {
    const t = new Rig({ config });
    const times: number[] = [];
    t.establish(MAGIC);
    for (let id = 2; t.phase !== 'dead' && times.length < 20;) {
      t.take();
      t.wait(10);
      if (acksOf(t).length) {
        times.push(t.nowMs);
        t.says(`lcp req ${id++} ${MAGIC}`);
        t.acks();
      }
    }
    assert.is(t.phase, 'dead');
    assert.is(t.reason, 'no-address');
    assert.ok(times.length < 9, times.join());
    for (let i = 2; i < times.length; i++) {
      assert.ok(times[i] - times[i - 1] > 1.9 * (times[i - 1] - times[i - 2]), times.join());
    }
  });
}

test.run();
