/** IPV6CP (RFC 5072), seen from a scripted peer: opt-in, and never fatal. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { linkPollAt } from '../../modules/ppp/link';
import { ipv6Send, useIpv6cp, type Ipv6cp } from '../../modules/ppp/ipv6cp';
import { hex, toHex } from '../helpers/bytes';
import { Pair } from '../helpers/pair';
import { frameOf, textOf } from '../helpers/ppp';
import { Rig, type RigOptions } from '../helpers/rig';

const PEER = 'id=0200000000000001';

interface Ipv6Rig {
  t: Rig;
  ip6: Ipv6cp;
  /** What _changed told. */
  states: boolean[];
  packets: string[];
}

function make(options: RigOptions = {}): Ipv6Rig {
  const t = new Rig(options);
  const ip6 = useIpv6cp(t.link);
  const states: boolean[] = [];
  const packets: string[] = [];
  ip6._changed = () => states.push(ip6._up);
  ip6._packet = (buf, at, end) => packets.push(toHex(buf, at, end));
  return { t, ip6, states, packets };
}

/** IPv4 runs; the first request of IPV6CP has been heard and not been answered. */
function running(): Ipv6Rig {
  const rig = make();
  rig.t.establish();
  rig.t.wait(0);
  rig.t.network();
  assert.is(rig.t.phase, 'running');
  rig.t.heard.length = 0;
  return rig;
}

const idOf = (ip6: Ipv6cp): string => ip6._high.toString(16).padStart(8, '0') + ip6._low.toString(16).padStart(8, '0');

test('asks after IPCP has, for an identifier with the universal bit clear', () => {
  for (let seed = 1; seed < 30; seed++) {
    const { t, ip6 } = make({ seed });
    t.establish();
    t.take();
    t.wait(0);
    const [request] = t.take();
    assert.is(request, `ipv6cp req ${t.last('ipv6cp req*').body[1]} id=${idOf(ip6)}`);
    assert.is(ip6._high & 0x02000000, 0);
    assert.is.not(idOf(ip6), '0'.repeat(16));
  }
});

test('up when both have acknowledged; packets both ways', () => {
  const { t, ip6, states, packets } = running();
  t.says(frameless('60'), {});
  assert.equal(packets, [], 'not before it is up');
  t.says(`ipv6cp req 5 ${PEER}`);
  t.hears(`ipv6cp ack 5 ${PEER}`);
  assert.not.ok(ip6._up);
  assert.not.ok(ipv6Send(ip6, hex('60'), 0, 1, t.nowMs));
  t.acks('ipv6cp');
  assert.ok(ip6._up);
  assert.equal([ip6._peerHigh, ip6._peerLow], [0x02000000, 1]);
  t.says(frameless('600001'));
  assert.equal(packets, ['600001']);
  assert.ok(ipv6Send(ip6, hex('60aabb'), 1, 3, t.nowMs));
  t.hears('ipv6 aabb');
  assert.equal(states, [true]);
  assert.is(t.phase, 'running');
});

const frameless = (body: string): { protocol: number; body: Uint8Array } => ({ protocol: 0x57, body: hex(body) });

test('an identifier of zero, and one equal to ours, get another suggested (RFC 5072 §4.1)', () => {
  const { t, ip6 } = running();
  for (const asked of ['0'.repeat(16), idOf(ip6)]) {
    t.says(`ipv6cp req 5 id=${asked}`);
    const [reply] = t.take();
    const suggested = /^ipv6cp nak 5 id=(\w{16})$/.exec(reply)?.[1];
    assert.ok(suggested, reply);
    assert.is.not(suggested, idOf(ip6));
    assert.is.not(suggested, '0'.repeat(16));
    t.says(`ipv6cp req 6 id=${suggested}`);
    t.hears(`ipv6cp ack 6 id=${suggested}`);
  }
});

test('identifiers that share a half with ours or are short of one are still themselves', () => {
  const { t, ip6 } = running();
  const ours = idOf(ip6);
  for (const id of [
    `${ours.slice(0, 8)}00000000`,
    `00000000${ours.slice(8)}`,
    '0000000000000001',
    '8000000000000000',
  ]) {
    t.says(`ipv6cp req 5 id=${id}`);
    t.hears(`ipv6cp ack 5 id=${id}`);
  }
});

test("a Nak's identifier is taken; zero, and the peer's own, are answered with another of ours", () => {
  const { t, ip6 } = running();
  t.says(`ipv6cp req 1 ${PEER}`);
  t.take();
  t.naks('ipv6cp', 'id=00000000deadbeef');
  t.hears('ipv6cp req # id=00000000deadbeef');
  for (const id of ['0'.repeat(16), PEER.slice(3)]) {
    const before = idOf(ip6);
    t.naks('ipv6cp', `id=${id}`);
    const [request] = t.take();
    assert.match(request, /^ipv6cp req \d+ id=\w{16}$/);
    assert.is.not(idOf(ip6), before);
    assert.not.ok(request.endsWith(id));
  }
  t.acks('ipv6cp');
  assert.ok(ip6._up);
});

test('a peer that rejects the identifier: no IPv6, and nothing else falls', () => {
  const { t, ip6 } = running();
  t.rejects('ipv6cp', textOf(t.last('ipv6cp req*')).split(' ')[3]);
  t.hears('ipv6cp req #');
  t.acks('ipv6cp');
  t.says(`ipv6cp req 1 ${PEER}`);
  assert.not.ok(ip6._up);
  assert.is(t.phase, 'running');
});

test('a peer that rejects the protocol: asked no more, IPv4 goes on', () => {
  const { t, ip6 } = running();
  t.says('lcp protrej 9 80570101000e010a0000000000000001');
  t.wait(20000);
  assert.not.ok(ip6._up);
  assert.equal(
    t.take().filter((text) => text.startsWith('ipv6cp')),
    [],
  );
  assert.is(t.phase, 'running');
  assert.is(t.reason, '');
});

test('rejected before it was even asked', () => {
  const { t } = make();
  t.establish();
  t.says('lcp protrej 9 80570101000e010a0000000000000001');
  t.wait(0);
  t.network();
  t.wait(20000);
  assert.equal(
    t.take().filter((text) => text.startsWith('ipv6cp')),
    [],
  );
  assert.is(t.phase, 'running');
});

test('a peer that ignores it: ten requests, IPv4 goes on; a late one is answered', () => {
  const { t, ip6 } = running();
  for (let i = 0; i < 60; i++) {
    t.wait(1000);
    t.says('ip 4500');
  }
  assert.is(t.take().filter((text) => text.startsWith('ipv6cp req')).length, 9);
  assert.is(t.phase, 'running');
  t.says(`ipv6cp req 5 ${PEER}`);
  t.hears('ipv6cp req # id=*', `ipv6cp ack 5 ${PEER}`);
  t.acks('ipv6cp');
  assert.ok(ip6._up);
});

test('a peer that Naks for ever: an end, and not of the link', () => {
  const { t, ip6 } = running();
  for (let i = 0; i < 40; i++) {
    t.naks('ipv6cp', 'id=0000000000000000');
    t.wait(3000);
    t.says('ip 4500');
  }
  assert.not.ok(ip6._up);
  assert.is(t.phase, 'running');
  t.take();
  t.wait(10000);
  assert.equal(
    t.take().filter((text) => text.startsWith('ipv6cp')),
    [],
  );
});

test('a peer that terminates it: down, IPv4 goes on, and it may come up again', () => {
  const { t, ip6, states } = running();
  t.says(`ipv6cp req 5 ${PEER}`);
  t.acks('ipv6cp');
  t.take();
  t.says('ipv6cp termreq 8');
  t.hears('ipv6cp termack 8');
  t.wait(4000);
  assert.not.ok(ip6._up);
  assert.is(t.phase, 'running');
  t.says(`ipv6cp req 6 ${PEER}`);
  t.acks('ipv6cp');
  assert.equal(states, [true, false, true]);
});

test('LCP anew: down, and asked again with another identifier', () => {
  const { t, ip6, states } = running();
  t.says(`ipv6cp req 5 ${PEER}`);
  t.acks('ipv6cp');
  const before = idOf(ip6);
  t.says('lcp req 9 magic=01020304');
  assert.equal(states, [true, false]);
  t.acks();
  t.wait(0);
  assert.match(t.take().pop()!, /^ipv6cp req/);
  assert.is.not(idOf(ip6), before);
});

test('not enabled, or before the network phase, it is nobody: Protocol-Reject or silence', () => {
  const { t, ip6 } = make();
  ip6._enabled = false;
  t.run();
  t.says(`ipv6cp req 5 ${PEER}`);
  t.hears('lcp protrej # 8057*');
  t.says(frameless('60'));
  t.hears('lcp protrej # 0057*');
  const early = make();
  early.t.open();
  early.t.says(`ipv6cp req 5 ${PEER}`);
  assert.equal(early.t.take().length, 1);
  assert.is(early.t.link._stats.dropped, 1);
});

test('unknown codes and options are rejected, malformed packets dropped and counted', () => {
  const { t } = running();
  t.says('ipv6cp code99 7 0102');
  t.hears('ipv6cp coderej # 630700060102');
  t.says(`ipv6cp req 5 o2=002d ${PEER}`);
  t.hears('ipv6cp rej 5 o2=002d');
  t.says('ipv6cp req 5 id=00000001');
  t.hears('ipv6cp rej 5 id=00000001');
  const before = t.link._stats.dropped;
  t.says({ protocol: 0x8057, body: hex('0105') });
  t.says({ protocol: 0x8057, body: hex('0105000601') });
  t.says({ protocol: 0x8057, body: hex('010500060100') });
  t.quiet();
  assert.is(t.link._stats.dropped - before, 3);
});

test('silent, as a server: no word until the peer asks', () => {
  const { t, ip6 } = make();
  ip6._silent = true;
  t.run();
  t.wait(5000);
  assert.equal(
    t.take().filter((text) => text.startsWith('ipv6cp')),
    [],
  );
  t.says(`ipv6cp req 5 ${PEER}`);
  t.hears('ipv6cp req # id=*', `ipv6cp ack 5 ${PEER}`);
  t.acks('ipv6cp');
  assert.ok(ip6._up);
});

test('two links: each knows both identifiers, at once and with the same lot drawn', () => {
  for (const same of [false, true]) {
    const pair = new Pair();
    const near = useIpv6cp(pair.client.link);
    const far = useIpv6cp(pair.server.link);
    far._silent = true;
    if (same) {
      let drawn = 0;
      const both = (): number => (drawn++ < 8 ? 0x01020304 : drawn * 0x01010101) >>> 0;
      pair.client.link._owner._random32 = both;
      pair.server.link._owner._random32 = both;
    }
    pair.open();
    pair.until(() => near._up && far._up, 20000);
    assert.ok(near._up && far._up, pair.texts().join('\n'));
    assert.equal([near._peerHigh, near._peerLow], [far._high, far._low]);
    assert.equal([far._peerHigh, far._peerLow], [near._high, near._low]);
    assert.is.not(idOf(near), idOf(far));
  }
});

test('a closed link has no deadlines left', () => {
  const { t } = running();
  t.close();
  t.raw(frameOf(`lcp termack ${t.last('lcp termreq*').body[1]}`));
  assert.is(t.phase, 'dead');
  assert.is(linkPollAt(t.link), Infinity);
});

test.run();
