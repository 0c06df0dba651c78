/** VJ compression on a link: its option of IPCP, each way for itself, and damaged frames. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { linkSend } from '../../modules/ppp/link';
import { useVj, type Vj } from '../../modules/ppp/vj';
import { hex, toHex } from '../helpers/bytes';
import { Pair, type PairOptions } from '../helpers/pair';
import { contentOf, frameOf, wireOf } from '../helpers/ppp';
import { Rig } from '../helpers/rig';

const ASKED = 'vj=002d0f01';

/** Segment n of a stream: ten octets each. Checksums are not looked at on the link. */
function segment(n: number, port = 1000): Uint8Array {
  const h16 = (value: number): string => value.toString(16).padStart(4, '0');
  const start = `45000032${h16(n)}40004006`;
  const rest = '0a0000020a000001';
  const words = `${start}0000${rest}`.match(/.{4}/g)!.map((word) => parseInt(word, 16));
  let sum = words.reduce((total, word) => total + word, 0);
  sum = (sum & 0xffff) + (sum >> 16);
  return hex(
    `${start}${h16(~sum & 0xffff)}${rest}${h16(port)}0050${h16(0)}${h16(10 * n)}0000138850101000abcd0000${'5a'.repeat(10)}`,
  );
}

interface Both {
  pair: Pair;
  near: Vj;
  far: Vj;
}

function up(options: PairOptions = {}, farEnabled = true): Both {
  const pair = new Pair(options);
  const near = useVj(pair.client.link);
  const far = useVj(pair.server.link);
  far._enabled = farEnabled;
  pair.open();
  pair.until(() => pair.running, 20000);
  assert.ok(pair.running, pair.texts().join('\n'));
  pair.log.length = 0;
  return { pair, near, far };
}

function send(pair: Pair, who: 'client' | 'server', packet: Uint8Array): void {
  const copy = packet.slice();
  assert.ok(linkSend(pair[who].link, copy, 0, copy.length, pair.nowMs));
  assert.equal(copy, packet, 'the packet is what it was');
}

test('both ways: segments come out as they went in, in three octets of header', () => {
  const { pair } = up();
  const sent = Array.from({ length: 10 }, (_, i) => segment(i));
  for (const packet of sent) {
    send(pair, 'client', packet);
    send(pair, 'server', packet);
  }
  pair.wait(100);
  assert.equal(pair.server.packets, sent);
  assert.equal(pair.client.packets, sent);
  for (const who of ['client', 'server']) {
    const texts = pair.texts(who);
    assert.match(texts[0], /^002f /);
    texts.slice(1).forEach((text) => assert.is(text, `002d 0fabcd${'5a'.repeat(10)}`));
  }
});

test('what is not TCP goes as it is', () => {
  const { pair } = up();
  const udp = segment(1);
  udp[9] = 17;
  send(pair, 'client', udp);
  pair.wait(100);
  assert.equal(pair.server.packets, [udp]);
  assert.match(pair.texts('client')[0], /^ip /);
});

test('a peer without it: rejected, and everything goes as it is', () => {
  const { pair, near, far } = up({}, false);
  assert.is(near._sender, null);
  assert.is(near._receiver, null);
  assert.is(far._sender, null);
  send(pair, 'client', segment(1));
  send(pair, 'server', segment(1));
  pair.wait(100);
  assert.ok(pair.texts().every((text) => text.startsWith('ip ')));
  assert.equal(pair.client.packets, [segment(1)]);
});

function scripted(): { t: Rig; vj: Vj } {
  const t = new Rig();
  const vj = useVj(t.link);
  t.establish();
  t.hears('lcp req #*', 'lcp ack 1*', `ipcp req # ${ASKED} addr=0.0.0.0 dns1=0.0.0.0 dns2=0.0.0.0`);
  return { t, vj };
}

test('each way for itself: the peer may take it and not give it, and the other way round', () => {
  const taking = scripted();
  taking.t.rejects('ipcp', ASKED);
  taking.t.naks('ipcp', 'addr=10.0.0.2');
  taking.t.acks('ipcp');
  taking.t.says('ipcp req 1 vj=002d0300 addr=10.0.0.1');
  assert.is(taking.t.phase, 'running');
  assert.is(taking.vj._receiver, null);
  assert.is(taking.vj._sender?._limit, 4);
  assert.is(taking.vj._sender?._mayOmit, false);
  taking.t.take();
  taking.t.says({ protocol: 0x2d, body: hex('0fabcd') });
  taking.t.hears('lcp protrej # 002d0fabcd');

  const giving = scripted();
  giving.t.naks('ipcp', 'addr=10.0.0.2');
  giving.t.acks('ipcp');
  giving.t.says('ipcp req 1 addr=10.0.0.1');
  assert.is(giving.vj._sender, null);
  assert.ok(giving.vj._receiver);
});

test('the peer may Nak with fewer slots; anything else ends it', () => {
  for (const [nak, next] of [
    ['vj=002d0700', 'vj=002d0700 '],
    ['vj=002d0f00', 'vj=002d0f00 '],
    ['vj=002dff01', ''],
    ['vj=00030f01', ''],
    ['vj=002d', ''],
  ]) {
    const { t } = scripted();
    t.naks('ipcp', nak);
    t.hears(`ipcp req # ${next}addr=0.0.0.0 dns1=0.0.0.0 dns2=0.0.0.0`);
  }
});

test('other compressions are rejected (RFC 1332 §3.2)', () => {
  const { t } = scripted();
  for (const option of ['vj=00030f01', 'vj=002d', 'vj=0061']) {
    t.says(`ipcp req 5 ${option} addr=10.0.0.1`);
    t.hears(`ipcp rej 5 ${option}`);
  }
});

test('a damaged frame: nothing without the name of a slot is taken after it', () => {
  const { t } = scripted();
  t.naks('ipcp', 'addr=10.0.0.2');
  t.acks('ipcp');
  t.says('ipcp req 1 addr=10.0.0.1');
  const first = segment(0);
  first[9] = 3;
  const next = (named: boolean): { protocol: number; body: Uint8Array } => ({
    protocol: 0x2d,
    body: hex(`${named ? '4f03' : '0f'}abcd${'5a'.repeat(10)}`),
  });
  t.says({ protocol: 0x2f, body: first });
  t.says(next(false));
  assert.equal(t.packets, [segment(0), segment(1)]);
  const damage: Uint8Array[] = [
    wireOf(contentOf(next(false)).map((byte, i) => (i === 6 ? byte ^ 4 : byte))),
    hex('7e0021457d7e'),
    hex('7e7e010203047e'),
  ];
  for (const bytes of damage) {
    t.packets.length = 0;
    t.raw(bytes);
    t.says(next(false));
    assert.equal(t.packets, [], toHex(bytes));
    t.says(next(true));
    t.says(next(false));
    assert.is(t.packets.length, 2);
  }
  assert.is(t.phase, 'running');
});

test('IPCP and LCP anew: slots are forgotten', () => {
  const { pair, near } = up();
  send(pair, 'client', segment(1));
  const sender = near._sender;
  assert.is(sender?._slots.length, 1);
  const frame = frameOf('lcp termack 99');
  pair.write(pair.server, frame);
  pair.until(() => !pair.running, 1000);
  assert.is(near._sender, null);
  assert.is(pair.client.link._sendIp, pair.client.link._send);
  pair.until(() => pair.running, 5000);
  pair.log.length = 0;
  send(pair, 'client', segment(2));
  assert.match(pair.texts('client')[0], /^002f /);
  pair.wait(100);
  assert.equal(pair.server.packets.pop(), segment(2));
});

test('a peer that rejects the protocol in the midst of it: as they are from then on', () => {
  const { pair } = up();
  send(pair, 'client', segment(1));
  pair.write(pair.server, frameOf('lcp protrej 7 002d0fabcd'));
  pair.wait(50);
  pair.log.length = 0;
  send(pair, 'client', segment(2));
  assert.match(pair.texts('client')[0], /^ip /);
});

test.run();
