/**
 * Our Configure-Ack for LCP may be lost: then we take the link for open, and the peer drops all that is not LCP. Of CHAP a
 * Challenge or a Response may be, which RFC 1994 leaves to the peer's timer.
 */

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

for (const auth of ['', ' auth=c023']) {
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

const CHALLENGE = 'chap challenge 1 00112233445566778899aabbccddeeff:peer';

/** What was sent that begins with the text, and when, ms since `sinceMs`. */
function sentAt(t: Rig, text: string, forMs: number, sinceMs: number): number[] {
  const times: number[] = [];
  for (const endMs = t.nowMs + forMs; t.nowMs < endMs;) {
    t.wait(1);
    t.take().forEach((sent) => sent.startsWith(text) && times.push(t.nowMs - sinceMs));
  }
  return times;
}

test('a lost Challenge: first our Ack again, then LCP anew, later each time', () => {
  const t = established(' auth=c22305');
  const sinceMs = t.nowMs;
  assert.equal(sentAt(t, 'lcp ack', 599, sinceMs), [300]);
  assert.is(t.phase, 'authenticate');
  t.wait(1);
  assert.is(t.phase, 'establish');
  t.hears('lcp req 2 *');
  t.acks();
  t.says(`lcp req 2 ${MAGIC} auth=c22305`);
  t.take();
  const againMs = t.nowMs;
  assert.is(t.phase, 'authenticate');
  assert.equal(sentAt(t, 'lcp ack', 2399, againMs), [1200]);
  assert.is(t.phase, 'authenticate');
  assert.equal(sentAt(t, 'lcp req', 1, againMs), [2400]);
});

test('a lost Response goes again, later each time, until there is a verdict', () => {
  const t = established(' auth=c22305');
  t.says(CHALLENGE);
  const [response] = t.take();
  assert.match(response, /^chap response 1 /);
  const sinceMs = t.nowMs;
  assert.equal(sentAt(t, response, 3000, sinceMs), [300, 600, 1200, 2400]);
  t.says('chap success 1');
  assert.is(t.phase, 'network');
  assert.equal(sentAt(t, 'chap', 9000, sinceMs), []);
});

test('a peer that has lost our Response and challenges again gets the answer to the new Challenge, and that again', () => {
  const t = established(' auth=c22305');
  t.says(CHALLENGE);
  t.take();
  t.says(CHALLENGE.replace('challenge 1', 'challenge 2'));
  const [response] = t.take();
  assert.match(response, /^chap response 2 /);
  assert.equal(sentAt(t, 'chap', 500, t.nowMs), [300]);
});

test('a Response of a connection before is never sent', () => {
  const t = established(' auth=c22305');
  t.says(CHALLENGE);
  t.says(`lcp req 2 ${MAGIC} auth=c22305`);
  t.acks();
  t.take();
  assert.is(t.phase, 'authenticate');
  assert.equal(sentAt(t, 'chap', 10000, t.nowMs), []);
});

test('a peer that never challenges is given up with a reason', () => {
  const t = established(' auth=c22305');
  for (let id = 2; t.phase !== 'dead' && t.nowMs < 120000;) {
    t.wait(10);
    if (t.take().some((text) => text.startsWith('lcp req'))) {
      t.acks();
      t.says(`lcp req ${id++} ${MAGIC} auth=c22305`);
    }
  }
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'auth-failed');
});

test('after a Challenge in the network phase too', () => {
  const t = established(' auth=c22305');
  t.says(CHALLENGE);
  t.says('chap success 1');
  t.network();
  t.says(CHALLENGE.replace('challenge 1', 'challenge 7'));
  t.take();
  assert.equal(sentAt(t, 'chap response 7', 5000, t.nowMs), [300]);
  assert.is(t.phase, 'running');
});

test.run();
