/** MSCHAPv2 seen from a scripted peer: the vector of RFC 2759 §9.2, proofs, failures, repeats. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AuthOption } from '../../modules/ppp/link';
import { useMschap } from '../../modules/ppp/mschap';
import { hex, toHex, ascii } from '../helpers/bytes';
import { Rig, type RigOptions } from '../helpers/rig';

const CHALLENGE = '5b5d7c7d7b3f2f3e3c2c602132262628';
const PEER_CHALLENGE = '21402324255e262a28295f2b3a337c7e';
const RESPONSE = '82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df';
const VALUE = `${PEER_CHALLENGE}${'00'.repeat(8)}${RESPONSE}00`;
const PROOF = 'S=407A5589115FD0D6209F510FE9C04566932CDA56';

const text = (message: string): string => toHex(ascii(message));

/** LCP open, MSCHAPv2 due; the client draws the vector's numbers. */
function demanded(options: RigOptions = {}): Rig {
  const t = new Rig({ user: 'User', key: 'clientPass', ...options });
  t.open();
  t.acks();
  t.says('lcp req 1 auth=c22381');
  t.hears('lcp req #*', 'lcp ack 1 auth=c22381');
  let drawn = 0;
  const words = PEER_CHALLENGE.match(/.{8}/g)!;
  t.link._owner._random32 = () => parseInt(words[drawn++ % words.length], 16);
  return t;
}

test('who has not asked for it does without: Nak with CHAP', () => {
  const t = new Rig();
  t.open();
  t.acks();
  t.says('lcp req 1 auth=c22381');
  t.hears('lcp req #*', 'lcp nak 1 auth=c22305');
  useMschap();
});

test('RFC 2759 §9.2: Response, and a Success that proves itself', () => {
  const t = demanded();
  assert.is(t.phase, 'authenticate');
  t.says(`chap challenge 7 ${CHALLENGE}:peer`);
  t.hears(`chap response 7 ${VALUE}:User`);
  t.says(`chap success 7 ${text(`${PROOF} M=Welcome`)}`);
  assert.is(t.phase, 'network');
});

test('a Success without proof, or with a wrong one, is none: the peer does not know the secret', () => {
  for (const message of ['', 'S=', PROOF.slice(0, -1), PROOF.toLowerCase(), PROOF.replace('4', '5'), 'M=Welcome']) {
    const t = demanded();
    t.says(`chap challenge 7 ${CHALLENGE}:peer`);
    t.says(`chap success 7 ${text(message)}`);
    t.wait(3000);
    assert.is(t.phase, 'dead', message);
    assert.is(t.reason, 'peer-unproven', message);
  }
});

test('the number of a Failure becomes a reason', () => {
  for (const [message, reason] of Object.entries({
    'E=646 R=0 C=00112233445566778899AABBCCDDEEFF V=3 M=Not now': 'restricted-hours',
    'E=647 R=0': 'account-disabled',
    'E=648 R=0 C=00 V=3': 'password-expired',
    'E=649 R=0 C=00 V=3': 'no-permission',
    'E=691 R=1 C=00 V=3 M=Access denied': 'auth-failed',
    'E=709 R=0': 'auth-failed',
    'E=0000000648': 'password-expired',
    'E=': 'auth-failed',
    'E=x': 'auth-failed',
    'M=E=648': 'auth-failed',
    '': 'auth-failed',
    [`E=${'9'.repeat(400)}`]: 'auth-failed',
  })) {
    const t = demanded();
    t.says(`chap challenge 7 ${CHALLENGE}:peer`);
    t.says(`chap failure 7 ${text(message)}`);
    t.wait(3000);
    assert.is(t.phase, 'dead');
    assert.is(t.reason, reason, message);
  }
});

test('a Challenge sent again gets the same Response; another one another', () => {
  const t = demanded();
  t.says(`chap challenge 7 ${CHALLENGE}:peer`);
  t.take();
  t.link._owner._random32 = () => 0x5a5a5a5a;
  t.says(`chap challenge 7 ${CHALLENGE}:peer`);
  t.hears(`chap response 7 ${VALUE}:User`);
  t.says(`chap challenge 8 ${CHALLENGE}:peer`);
  t.hears(`chap response 8 ${'5a'.repeat(16)}*:User`);
  t.says(`chap success 7 ${text(PROOF)}`);
  assert.is(t.phase, 'authenticate', 'a verdict on what nobody asks about any more');
});

test('the same Challenge with other credentials gets another Response', () => {
  const t = demanded();
  t.says(`chap challenge 7 ${CHALLENGE}:peer`);
  t.close();
  t.wait(3000);
  t.credentials('User', 'otherPass');
  t.open();
  t.acks();
  t.says('lcp req 1 auth=c22381');
  t.says(`chap challenge 7 ${CHALLENGE}:peer`);
  const last = toHex(t.last('chap response 7*').body);
  assert.not.ok(last.includes(RESPONSE));
});

test('Challenges of another length than 16 are dropped', () => {
  const t = demanded();
  for (const challenge of ['00', CHALLENGE.slice(2), `${CHALLENGE}00`, 'ff'.repeat(255)]) {
    t.says(`chap challenge 7 ${challenge}:peer`);
    t.quiet();
  }
  assert.is(t.link._stats.dropped, 4);
});

test('a lost Success: the peer goes on, the Response is sent again, and nothing passes without the proof', () => {
  const t = demanded();
  t.says(`chap challenge 7 ${CHALLENGE}:peer`);
  t.take();
  t.says('ipcp req 1 addr=10.0.0.1');
  t.hears(`chap response 7 ${VALUE}:User`);
  assert.is(t.phase, 'authenticate');
  t.says(`chap success 7 ${text(PROOF)}`);
  t.hears('ipcp req #*');
  t.network();
  assert.is(t.phase, 'running');
});

test('a peer that goes on without ever proving itself is left after 30 s', () => {
  const t = demanded();
  t.says(`chap challenge 7 ${CHALLENGE}:peer`);
  for (let i = 0; i < 40; i++) {
    t.says(`ipcp req ${i} addr=10.0.0.1`);
    t.wait(1000);
  }
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'auth-failed');
  assert.is(t.phases.includes('network'), false);
});

test('a new challenge while IP runs is answered, and its verdict checked', () => {
  const t = demanded();
  t.says(`chap challenge 7 ${CHALLENGE}:peer`);
  t.says(`chap success 7 ${text(PROOF)}`);
  t.network();
  t.take();
  t.says(`chap challenge 8 ${CHALLENGE}:peer`);
  t.hears(`chap response 8 ${VALUE}:User`);
  assert.is(t.phase, 'running');
  t.says(`chap success 8 ${text(PROOF)}`);
  assert.is(t.phase, 'running');
  t.says(`chap success 8 ${text('S=00')}`);
  assert.is(t.phase, 'running', 'nobody waits for it');
  t.says(`chap challenge 9 ${CHALLENGE}:peer`);
  t.says(`chap success 9 ${text('S=00')}`);
  t.wait(3000);
  assert.is(t.reason, 'peer-unproven');
});

test('preferred: a peer that offers CHAP or PAP first is asked for it', () => {
  const t = new Rig({ user: 'User', key: 'clientPass', config: { _preferAuth: AuthOption.MsChap2 } });
  t.open();
  t.acks();
  t.says('lcp req 1 auth=c22305');
  t.hears('lcp req #*', 'lcp nak 1 auth=c22381');
  t.says('lcp req 2 auth=c22381');
  t.hears('lcp ack 2 auth=c22381');
});

test('nothing that was sent holds the key', () => {
  const t = demanded();
  t.says(`chap challenge 7 ${CHALLENGE}:peer`);
  t.says(`chap success 7 ${text(PROOF)}`);
  const all = t.log.map(({ frame }) => toHex(frame.body)).join(' ');
  assert.not.ok(all.includes(text('clientPass')));
  assert.is(hex(VALUE).length, 49);
});

test.run();
