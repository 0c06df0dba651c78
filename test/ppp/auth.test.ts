/** Authenticating ourselves: PAP and CHAP, seen from a scripted peer. */

import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AuthOption } from '../../modules/ppp/link';
import { Protocol } from '../../modules/wire/control';
import { frameOf } from '../helpers/ppp';
import { Rig, RigOptions } from '../helpers/rig';
import { ascii, concat, hex } from '../helpers/bytes';

const ME: RigOptions = { user: 'me', key: 'secret' };

/** LCP open, authentication due. */
function demanded(auth: string, options: RigOptions = ME): Rig {
  const t = new Rig(options);
  t.open();
  t.acks();
  t.says(`lcp req 1 auth=${auth}`);
  t.last('lcp ack 1*');
  t.heard.splice(0, 2);
  return t;
}

function response(id: number, key: string, challenge: string): string {
  return createHash('md5')
    .update(concat([id], ascii(key), hex(challenge)))
    .digest('hex');
}

const CHALLENGE = '00112233445566778899aabbccddeeff';

/* PAP */

test('PAP: name and key, then the network', () => {
  const t = demanded('c023');
  assert.is(t.phase, 'authenticate');
  t.hears('pap req # me:secret');
  t.says(`pap ack ${t.last('pap req*').body[1]}`);
  t.hears('ipcp req #*');
  assert.is(t.phase, 'network');
});

test('PAP without credentials: empty ones, never a refusal', () => {
  const t = demanded('c023', {});
  t.hears('pap req # :');
  t.says(`pap ack ${t.last('pap req*').body[1]}`);
  assert.is(t.phase, 'network');
});

test('PAP with the longest names', () => {
  const user = 'u'.repeat(255);
  const key = 'k'.repeat(255);
  const t = demanded('c023', { user, key });
  t.hears(`pap req # ${user}:${key}`);
});

test('PAP: repeated with a new identifier until there is an answer', () => {
  const t = demanded('c023');
  t.wait(300 + 600 + 1200);
  const requests = t.take();
  assert.is(requests.length, 4);
  const ids = requests.map((text) => Number(text.split(' ')[2]));
  assert.is(new Set(ids).size, 4, 'RFC 1334 §2.2.1: changed each time');
  t.says(`pap ack ${ids[0]}`);
  assert.is(t.phase, 'network', 'whichever was answered');
});

test('PAP: refused', () => {
  const t = demanded('c023');
  t.take();
  t.says(`pap nak ${t.last('pap req*').body[1]}`);
  t.hears('lcp termreq #');
  assert.is(t.phase, 'terminate');
  t.says(`lcp termack ${t.last('lcp termreq*').body[1]}`);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'auth-failed');
  assert.is(t.ended, 1);
});

test('PAP: never answered, ten requests', () => {
  const t = demanded('c023');
  t.wait(40000);
  assert.is(t.take().filter((text) => text.startsWith('pap req')).length, 10);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'auth-failed');
});

test('PAP: verdicts nobody waits for', () => {
  const t = demanded('c023');
  t.says(`pap ack ${t.last('pap req*').body[1]}`);
  t.take();
  t.says('pap nak 1');
  t.says('pap ack 1');
  t.says('pap req 1 you:them');
  t.quiet();
  assert.is(t.phase, 'network');
});

test('PAP: malformed verdicts are dropped', () => {
  const t = demanded('c023');
  t.take();
  const id = t.last('pap req*').body[1];
  for (const body of [[2], [2, id], [2, id, 0], [2, id, 0, 3], [2, id, 0, 9, 0], [9, id, 0, 4]]) {
    t.says({ protocol: Protocol.Pap, body: Uint8Array.from(body) });
    assert.is(t.phase, 'authenticate');
  }
  // An Ack without its message length is forgiven: many peers send it so.
  t.says({ protocol: Protocol.Pap, body: Uint8Array.from([2, id, 0, 4]) });
  assert.is(t.phase, 'network');
});

test('PAP: a Terminate-Request meanwhile is a no', () => {
  const t = demanded('c023');
  t.take();
  t.says('lcp termreq 9');
  t.hears('lcp termack 9');
  t.wait(3000);
  assert.is(t.reason, 'auth-failed');
  assert.is(t.phase, 'dead');
});

/* CHAP */

test('CHAP: MD5 of identifier, key and challenge, and our name', () => {
  const t = demanded('c22305');
  assert.is(t.phase, 'authenticate');
  t.quiet();
  t.says(`chap challenge 77 ${CHALLENGE}:peer`);
  assert.is(t.link._stats.dropped, 0);
  t.hears(`chap response 77 ${response(77, 'secret', CHALLENGE)}:me`);
  t.says('chap success 77 77656c636f6d65');
  t.hears('ipcp req #*');
  assert.is(t.phase, 'network');
});

test('CHAP: challenges of any length', () => {
  for (const challenge of ['00', 'ff'.repeat(47), '5a'.repeat(255)]) {
    const t = demanded('c22305');
    t.says(`chap challenge 1 ${challenge}:peer`);
    t.hears(`chap response 1 ${response(1, 'secret', challenge)}:me`);
  }
});

test('CHAP without credentials: an answer, never a refusal', () => {
  const t = demanded('c22305', {});
  t.says(`chap challenge 1 ${CHALLENGE}:peer`);
  t.hears(`chap response 1 ${response(1, '', CHALLENGE)}:`);
  t.says('chap success 1');
  assert.is(t.phase, 'network');
});

test('CHAP: a challenge sent again is answered again', () => {
  const t = demanded('c22305');
  t.says(`chap challenge 1 ${CHALLENGE}:peer`);
  t.says(`chap challenge 1 ${CHALLENGE}:peer`);
  const [first, second] = t.take();
  assert.is(first, second);
  t.says('chap success 1');
  assert.is(t.phase, 'network');
});

test('CHAP: refused', () => {
  const t = demanded('c22305');
  t.says(`chap challenge 1 ${CHALLENGE}:peer`);
  t.take();
  t.says('chap failure 1 676f2061776179');
  t.hears('lcp termreq #');
  t.wait(3000);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'auth-failed');
});

test('CHAP: Failure lost, the Terminate-Request tells it (RFC 1994 §4.1)', () => {
  const t = demanded('c22305');
  t.says(`chap challenge 1 ${CHALLENGE}:peer`);
  t.says('lcp termreq 9');
  t.wait(3000);
  assert.is(t.reason, 'auth-failed');
});

test('CHAP: Success lost, the peer goes on: so do we', () => {
  const t = demanded('c22305');
  t.says(`chap challenge 1 ${CHALLENGE}:peer`);
  t.take();
  t.says('ipcp req 1 addr=10.0.0.1');
  t.hears('ipcp req #*', 'ipcp ack 1 addr=10.0.0.1');
  assert.is(t.phase, 'network');
  // The server may repeat it all the same.
  t.says('chap success 1');
  assert.is(t.phase, 'network');
  t.network();
  for (let i = 0; i < 60; i++) {
    t.wait(1000);
    t.says('ip 4500');
  }
  assert.is(t.phase, 'running', 'nobody waits for the verdict any more');
});

test('CHAP: a no while IPCP is still negotiating', () => {
  const t = demanded('c22305');
  t.says(`chap challenge 1 ${CHALLENGE}:peer`);
  t.says('chap success 1');
  t.says(`chap challenge 2 ${CHALLENGE}:peer`);
  t.says('chap failure 2');
  t.wait(3000);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'auth-failed');
});

test('CHAP after PAP on the same object: no name and key in the clear when the verdict is late', () => {
  const t = demanded('c023');
  t.close();
  t.wait(3000);
  t.log.length = 0;
  t.open();
  t.acks();
  t.says('lcp req 1 auth=c22305');
  for (let i = 0; i < 160; i++) {
    t.wait(250);
    t.says('lcp echoreply 1 00000000');
  }
  assert.is(
    t.log.some(({ text }) => text.startsWith('pap')),
    false,
  );
  assert.is(t.reason, 'auth-failed');
});

test('CHAP: a peer that begins IPCP without having challenged may still do so', () => {
  const t = demanded('c22305');
  t.says('ipcp req 1 addr=10.0.0.1');
  assert.is(t.phase, 'network');
  t.says(`chap challenge 1 ${CHALLENGE}:peer`);
  assert.ok(t.take().includes(`chap response 1 ${response(1, 'secret', CHALLENGE)}:me`));
});

test('CHAP: no verdict for 30 s', () => {
  const t = demanded('c22305');
  t.says(`chap challenge 1 ${CHALLENGE}:peer`);
  for (let i = 0; i < 32 && t.phase === 'authenticate'; i++) {
    t.wait(1000);
    // The peer is alive: it answers echoes.
    t.says('lcp echoreply 1 00000000');
  }
  t.wait(3000);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'auth-failed');
});

test('CHAP: verdicts under another identifier are dropped', () => {
  const t = demanded('c22305');
  t.says('chap success 0');
  t.says('chap success 255');
  assert.is(t.phase, 'authenticate', 'not before a Response');
  t.says(`chap challenge 1 ${CHALLENGE}:peer`);
  t.says('chap success 2');
  t.says('chap failure 0');
  assert.is(t.phase, 'authenticate');
  t.says('chap success 1');
  assert.is(t.phase, 'network');
});

test('CHAP: malformed challenges are dropped', () => {
  const t = demanded('c22305');
  t.take();
  for (const body of [
    '01 05 0004',
    '01 05 0005 00',
    '01 05 0005 10',
    '01 05 0009 10 01020304',
    '01 05 0003',
    '01 05 00ff 01 00',
    '01',
  ]) {
    t.link._stats.dropped = 0;
    t.says({ protocol: Protocol.Chap, body: hex(body) });
    t.quiet();
    assert.is(t.link._stats.dropped, 1, body);
  }
  assert.is(t.phase, 'authenticate');
});

test('CHAP: a new challenge while IP runs is answered, and traffic goes on', () => {
  const t = demanded('c22305');
  t.says(`chap challenge 1 ${CHALLENGE}:peer`);
  t.says('chap success 1');
  t.network();
  assert.is(t.phase, 'running');
  t.take();
  t.phases.length = 0;
  t.says(`chap challenge 2 ${CHALLENGE}:peer`);
  t.hears(`chap response 2 ${response(2, 'secret', CHALLENGE)}:me`);
  t.says('ip 4500');
  t.says('chap success 2');
  t.says('ip 4501');
  assert.is(t.packets.length, 2);
  assert.equal(t.phases, []);
  // Waiting for a verdict that never comes is no reason to end a link that works.
  t.says(`chap challenge 3 ${CHALLENGE}:peer`);
  for (let i = 0; i < 60; i++) {
    t.wait(1000);
    t.says('ip 4502');
  }
  assert.is(t.phase, 'running');
});

test('CHAP: a no in the middle of it ends the link', () => {
  const t = demanded('c22305');
  t.says(`chap challenge 1 ${CHALLENGE}:peer`);
  t.says('chap success 1');
  t.network();
  t.says(`chap challenge 2 ${CHALLENGE}:peer`);
  t.says('chap failure 2');
  t.wait(3000);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'auth-failed');
});

test('a protocol that was not agreed on is not answered: nobody gets our secret that way', () => {
  for (const t of [demanded('c023'), new Rig(ME)]) {
    if (t.phase === 'dead') {
      t.run();
    }
    t.take();
    t.says(`chap challenge 1 ${CHALLENGE}:peer`);
    t.quiet();
  }
});

/* Which protocol */

for (const [what, auth] of [
  ['EAP', 'c227'],
  ['MS-CHAP', 'c22380'],
  ['MS-CHAPv2', 'c22381'],
  ['CHAP without an algorithm', 'c223'],
  ['Shiva PAP', 'c027'],
  ['nothing', ''],
]) {
  test(`${what}: Nak with what we can, never a Reject at once`, () => {
    for (const [options, want] of [
      [ME, 'c22305'],
      [{}, 'c22305'],
      [{ ...ME, config: { _preferAuth: AuthOption.Pap } }, 'c023'],
      [{ ...ME, config: { _preferAuth: AuthOption.Chap } }, 'c22305'],
    ] as const) {
      const t = new Rig(options);
      t.open();
      t.take();
      t.says(`lcp req 1 auth${auth && `=${auth}`}`);
      t.hears(`lcp nak 1 auth=${want}`);
      t.says(`lcp req 2 auth=${want}`);
      t.hears(`lcp ack 2 auth=${want}`);
    }
  });
}

test('a peer that insists on EAP is told so in the end, and not for ever', () => {
  const t = new Rig(ME);
  t.open();
  t.acks();
  t.take();
  for (let id = 1; id <= 5; id++) {
    t.says(`lcp req ${id} auth=c227`);
    t.hears(`lcp nak ${id} auth=c22305`);
  }
  t.says('lcp req 6 auth=c227');
  t.hears('lcp rej 6 auth=c227');
  assert.is(t.phase, 'establish');
  t.says('lcp req 7');
  assert.is(t.phase, 'network', 'it may go without');
});

test('PAP and CHAP are taken as they come when nothing is preferred', () => {
  for (const auth of ['c023', 'c22305']) {
    const t = new Rig(ME);
    t.open();
    t.take();
    t.says(`lcp req 1 auth=${auth}`);
    t.hears(`lcp ack 1 auth=${auth}`);
  }
});

test('a preference is asked for twice; then the peer gets its way', () => {
  for (const [prefer, want, offered] of [
    [AuthOption.Pap, 'c023', 'c22305'],
    [AuthOption.Chap, 'c22305', 'c023'],
  ] as const) {
    const t = new Rig({ ...ME, config: { _preferAuth: prefer } });
    t.open();
    t.take();
    t.says(`lcp req 1 auth=${offered}`);
    t.hears(`lcp nak 1 auth=${want}`);
    t.says(`lcp req 2 auth=${offered}`);
    t.hears(`lcp nak 2 auth=${want}`);
    t.says(`lcp req 3 auth=${offered}`);
    t.hears(`lcp ack 3 auth=${offered}`);
  }
});

test('a peer that takes the preference for a refusal, goes on without and hangs up, has refused us (pppd)', () => {
  const t = new Rig({ ...ME, config: { _preferAuth: AuthOption.Chap } });
  t.open();
  t.says('lcp req 1 auth=c023');
  t.last('lcp nak 1 auth=c22305');
  t.says('lcp req 2 magic=01020304');
  t.acks();
  assert.is(t.phase, 'network');
  t.says('lcp termreq 3');
  assert.is(t.reason, 'auth-failed');
});

test('a peer that hangs up before IP, and was asked for nothing, has only hung up', () => {
  const t = new Rig({ ...ME, config: { _preferAuth: AuthOption.Chap } });
  t.establish();
  t.says('lcp termreq 3');
  assert.is(t.reason, 'terminated');
});

test('a Nak longer than what it answers, made in its place, spoils nothing that came behind', () => {
  const t = new Rig({ ...ME, config: { _preferAuth: AuthOption.Chap } });
  t.open();
  t.take();
  t.raw(concat(frameOf('lcp req 1 auth=c023'), frameOf('lcp req 2 magic=01020304 auth=c023', { shared: true })));
  t.hears('lcp nak 1 auth=c22305', 'lcp nak 2 auth=c22305');
});

test('a request whose every option would grow in the answer gets one that does not outgrow it', () => {
  const t = new Rig(ME);
  t.open();
  t.take();
  t.says(`lcp req 1 ${new Array(100).fill('auth').join(' ')}`);
  t.hears('lcp nak 1 auth=c22305');
});

test('a preference of something is not a demand: a peer that asks for nothing gets in', () => {
  const t = new Rig({ ...ME, config: { _preferAuth: AuthOption.Chap } });
  t.establish();
  assert.is(t.phase, 'network');
});

test('before authentication is done nothing else is heard (RFC 1661 §3.5)', () => {
  const t = demanded('c023');
  t.take();
  t.says('ipcp req 1 addr=10.0.0.1');
  t.says('80fd 01010004');
  t.says('ip 4500');
  t.quiet();
  assert.is(t.packets.length, 0);
  assert.is(t.phase, 'authenticate');
  t.says('lcp echo 1 01020304');
  t.hears('lcp echoreply 1 *');
});

test('LCP anew while authenticating: from the beginning, the peer still wants PAP', () => {
  const t = demanded('c023');
  t.take();
  t.says('lcp req 2 auth=c023');
  t.hears('lcp req #*', 'lcp ack 2 auth=c023');
  assert.is(t.phase, 'establish');
  t.acks();
  t.hears('pap req # me:secret');
  t.says(`pap ack ${t.last('pap req*').body[1]}`);
  assert.is(t.phase, 'network');
});

test('LCP anew while IP runs: authentication is done again', () => {
  for (const auth of ['c023', 'c22305']) {
    const t = demanded(auth);
    const authenticate = (id: number): void => {
      if (auth === 'c023') {
        t.says(`pap ack ${t.last('pap req*').body[1]}`);
      } else {
        t.says(`chap challenge ${id} ${CHALLENGE}:peer`);
        t.says(`chap success ${id}`);
      }
    };
    authenticate(1);
    t.network();
    assert.is(t.phase, 'running');
    t.says(`lcp req 2 auth=${auth}`);
    t.acks();
    assert.is(t.phase, 'authenticate', auth);
    authenticate(2);
    t.network();
    assert.is(t.phase, 'running');
  }
});

test.run();
