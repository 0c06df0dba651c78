/**
 * What modems do that stacks stumble over, each as a scripted peer. What is about AT commands, text between frames and
 * the mode a modem is in is tested where that is done.
 */

import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { useBudget } from '../../modules/ppp/budget';
import { AuthOption, linkAddress } from '../../modules/ppp/link';
import { UNNAMED_PEER } from '../../modules/ppp/ipcp';
import { useIpv6cp } from '../../modules/ppp/ipv6cp';
import { ascii, concat, hex, ip } from '../helpers/bytes';
import { frameOf } from '../helpers/ppp';
import { Rig, textOf, type RigOptions } from '../helpers/rig';

const LCP = 'lcp req # accm=00000000 magic=* pfc acfc';
const CHALLENGE = '00112233445566778899aabbccddeeff';

const md5 = (id: number, key: string): string =>
  createHash('md5')
    .update(concat([id], ascii(key), hex(CHALLENGE)))
    .digest('hex');

/** Opened, our request acknowledged, the peer's acknowledged. */
function asked(request: string, options: RigOptions = {}): Rig {
  const t = new Rig(options);
  t.open();
  t.acks();
  t.says(`lcp req 1 ${request}`);
  assert.equal(t.heard.splice(0, 2).map(textOf)[1], `lcp ack 1 ${request}`);
  return t;
}

const lastRequest = (t: Rig): string => textOf(t.last('ipcp req *'));

test('SIM800: ACCM 000a0000, PAP, no magic number, the same identifier again and again, then NO CARRIER', () => {
  const t = new Rig();
  t.open();
  t.take();
  for (let i = 0; i < 6; i++) {
    t.says('lcp req 1 accm=000a0000 auth=c023');
    t.hears('lcp ack 1 accm=000a0000 auth=c023');
  }
  t.acks();
  t.hears('pap req # :');
  t.says(`pap ack ${t.last('pap req*').body[1]}`);
  t.network();
  assert.is(t.phase, 'running');
});

test('SIM900A, PLS62-W: authentication is insisted on, and any credentials pass, also none', () => {
  const pap = asked('auth=c023 magic=01020304');
  pap.hears('pap req # :');
  pap.says(`pap ack ${pap.last('pap req*').body[1]}`);
  assert.is(pap.phase, 'network');
  const chap = asked('auth=c22305 magic=01020304');
  chap.says(`chap challenge 1 ${CHALLENGE}:modem`);
  chap.hears(`chap response 1 ${md5(1, '')}:`);
  chap.says('chap success 1');
  assert.is(chap.phase, 'network');
});

test('BG96: CHAP-MD5 is offered ("UMTS_CHAP_SRVR"), and a Nak with PAP is taken', () => {
  const t = new Rig({ user: 'me', key: 'secret', config: { _preferAuth: AuthOption.Pap } });
  t.open();
  t.acks();
  t.says('lcp req 1 auth=c22305 magic=01020304');
  t.hears(LCP, 'lcp nak 1 auth=c023');
  t.says('lcp req 2 auth=c023 magic=01020304');
  t.hears('lcp ack 2 auth=c023 magic=01020304', 'pap req # me:secret');
  // Without a preference CHAP itself is fine.
  const chap = asked('auth=c22305 magic=01020304', { user: 'me', key: 'secret' });
  chap.says(`chap challenge 1 ${CHALLENGE}:UMTS_CHAP_SRVR`);
  chap.hears(`chap response 1 ${md5(1, 'secret')}:me`);
});

test('Qualcomm: a Discard-Request right after the Ack, and CCP, which is rejected as a protocol and nothing else', () => {
  const t = asked('accm=00000000 magic=01020304 pfc acfc');
  t.says('lcp discard 2 01020304');
  t.take();
  t.says('ccp 0101000a120600000040');
  t.hears('lcp protrej # 80fd01*');
  t.network();
  assert.is(t.phase, 'running');
  t.take();
  t.says('ccp 0101000a120600000040');
  t.hears('lcp protrej # 80fd01*');
  assert.is(t.phase, 'running');
});

test('Qualcomm: name servers 10.11.12.13 and .14 before the network has answered are not taken for real', () => {
  const t = asked('magic=01020304');
  for (let i = 0; i < 8; i++) {
    t.naks('ipcp', 'dns1=10.11.12.13 dns2=10.11.12.14');
    t.wait(3000);
    assert.match(lastRequest(t), /addr=0\.0\.0\.0 dns1=0\.0\.0\.0 dns2=0\.0\.0\.0$/);
  }
  t.naks('ipcp', 'addr=10.0.0.2 dns1=192.0.2.1 dns2=192.0.2.2');
  t.acks('ipcp');
  t.says('ipcp req 1 addr=10.0.0.1');
  assert.is(t.phase, 'running');
  assert.equal([t.link._ipcp._ours[129], t.link._ipcp._ours[131]], [ip('192.0.2.1'), ip('192.0.2.2')]);
});

test('3G modems: Naks as a way of stalling, up to 100, a pause before each new request', () => {
  const t = asked('magic=01020304');
  t.take();
  const began = t.nowMs;
  for (let i = 0; i < 99; i++) {
    t.naks('ipcp', 'addr=0.0.0.0');
    t.quiet();
    t.wait(3000);
    const requests = t.take().filter((text) => text.startsWith('ipcp')).length;
    assert.ok(requests >= 1 && requests <= 3, `Nak ${i}: ${requests} requests in three seconds`);
  }
  assert.ok(t.nowMs - began < 300000);
  t.network();
  assert.is(t.phase, 'running');
});

test('Huawei E398: PAP passes, empty Naks while it really logs in, bogus addresses, then it hangs up', () => {
  const t = asked('auth=c023 magic=01020304', { user: 'me', key: 'wrong' });
  t.says(`pap ack ${t.last('pap req*').body[1]}`);
  for (let i = 0; i < 5; i++) {
    t.naks('ipcp', '');
    t.wait(3000);
  }
  t.naks('ipcp', 'addr=10.64.64.64 dns1=10.11.12.13 dns2=10.11.12.14');
  t.says('lcp termreq 7');
  t.wait(3000);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'terminated');
});

test('R412M, Huawei E169: the peer names no address, or 0.0.0.0, or nothing at all', () => {
  for (const request of ['', 'addr=0.0.0.0', 'vj=002d0f01', 'o1=0a0000010a000002']) {
    const t = asked('magic=01020304');
    t.naks('ipcp', 'addr=10.0.0.2');
    t.acks('ipcp');
    t.take();
    t.says(`ipcp req 1 ${request}`.trim());
    const [reply] = t.take();
    if (!reply.startsWith('ipcp ack')) {
      // The peer goes by the reply, as every peer must.
      t.says(reply.startsWith('ipcp nak') ? 'ipcp req 2 addr=10.64.64.64' : 'ipcp req 2');
    }
    assert.is(t.phase, 'running', request);
    assert.is(linkAddress(t.link), ip('10.0.0.2'));
    assert.ok([undefined, UNNAMED_PEER].includes(t.link._ipcp._theirs[3]), request);
  }
});

test('name servers that change in the middle, and one that is missing', () => {
  const changing = asked('magic=01020304');
  changing.naks('ipcp', 'addr=10.0.0.2 dns1=192.0.2.1 dns2=192.0.2.2');
  changing.naks('ipcp', 'dns1=198.51.100.1 dns2=198.51.100.2');
  assert.match(lastRequest(changing), /addr=10\.0\.0\.2 dns1=198\.51\.100\.1 dns2=198\.51\.100\.2$/);
  const missing = asked('magic=01020304');
  missing.rejects('ipcp', 'dns2=0.0.0.0');
  missing.naks('ipcp', 'addr=10.0.0.2 dns1=192.0.2.1');
  missing.acks('ipcp');
  missing.says('ipcp req 1 addr=10.0.0.1');
  assert.is(missing.phase, 'running');
  assert.is(missing.link._ipcp._ours[131], undefined);
});

test('IPV6CP ignored, rejected, or the end of LCP: not asked for unless wanted, and then only the last is an end', () => {
  const without = asked('magic=01020304');
  without.network();
  without.wait(5000);
  assert.not.ok(without.log.some(({ text }) => text.startsWith('ipv6cp')));

  for (const reply of ['', 'lcp protrej 9 80570101000e010a0000000000000001']) {
    const t = new Rig();
    useIpv6cp(t.link);
    t.establish();
    t.wait(0);
    t.last('ipv6cp req *');
    if (reply) {
      t.says(reply);
    }
    t.network();
    t.wait(20000);
    assert.is(t.phase, 'running', reply);
  }

  const ends = new Rig();
  const ip6 = useIpv6cp(ends.link);
  ends.establish();
  ends.wait(0);
  ends.says('lcp termreq 5');
  ends.wait(3000);
  assert.is(ends.reason, 'terminated');
  ip6._enabled = false;
  ends.run();
});

test('CONNECT 115200, line ends and other text before the first flag', () => {
  for (const text of ['\r\nCONNECT 115200\r\n', 'CONNECT\r', '\r\n\r\nOK\r\n~', '+CGREG: 1\r\n', '\xff\xff\xff']) {
    const t = new Rig();
    t.open();
    t.take();
    t.raw(ascii(text));
    t.says('lcp req 1 magic=01020304');
    t.hears('lcp ack 1 magic=01020304');
  }
});

test('BC92: silence after CONNECT: the first word is ours, at once', () => {
  const t = new Rig();
  t.open();
  t.hears(LCP);
});

test('EC20 rejects a client that wants it to authenticate: never asked for', () => {
  for (const config of [{}, { _preferAuth: AuthOption.Chap }]) {
    const t = new Rig({ config });
    t.open();
    assert.not.match(t.take().join(), /auth/);
  }
});

test('frames of an old session, sent again, do not upset the new one', () => {
  const t = new Rig();
  t.run();
  const old = textOf(t.last('lcp req *')).split(' ').slice(2).join(' ');
  t.close();
  t.wait(3000);
  t.open();
  t.take();
  t.says(`lcp ack ${old}`);
  t.says('ipcp req 9 addr=10.0.0.1');
  t.says('ip 4500');
  t.says(`lcp echoreply 3 01020304`);
  t.quiet();
  assert.is(t.phase, 'establish');
  assert.is(t.packets.length, 0);
  t.acks();
  t.says('lcp req 1 magic=01020304');
  assert.is(t.phase, 'network');
});

test('Quectel: IPCP has to be done in 90 s, and the network may take 60: a budget between the two', () => {
  const budgeted = (): Rig => {
    const t = new Rig();
    useBudget(t.link)._budgetMs = 85000;
    t.establish();
    return t;
  };
  const late = budgeted();
  for (let second = 0; second < 65; second++) {
    late.wait(1000);
    late.says('lcp echo 1 01020304'); // The modem is there.
  }
  assert.is(late.phase, 'network');
  late.network();
  assert.is(late.phase, 'running');

  const never = budgeted();
  for (let second = 0; second < 86; second++) {
    never.wait(1000);
    never.says('lcp echo 1 01020304');
  }
  never.wait(1000);
  assert.is(never.phase, 'dead');
  assert.is(never.reason, 'no-address');
});

test('Telit: "silence" after a Configure-Request that is damage: the counters tell', () => {
  const silent = asked('magic=01020304');
  const before = { ...silent.link._framer._stats };
  silent.wait(5000);
  assert.equal(silent.link._framer._stats, before, 'nothing has come');
  const damaged = asked('magic=01020304');
  const bad = frameOf('ipcp req 1 addr=10.0.0.1').slice();
  bad[9] ^= 8;
  damaged.raw(bad);
  damaged.raw(bad.slice(0, 6));
  damaged.raw(bad);
  const { rxBytes, badFcs } = damaged.link._framer._stats;
  assert.ok(rxBytes > before.rxBytes);
  assert.is(badFcs, 3, 'as many as were damaged');
});

test('a GPRS modem that rejects PFC and ACFC, wants another ACCM, and PAP always', () => {
  const t = new Rig({ user: 'me', key: 'secret' });
  t.open();
  t.rejects('lcp', 'pfc acfc');
  t.naks('lcp', 'accm=000a0000');
  t.acks();
  t.says('lcp req 1 accm=000a0000 auth=c023');
  t.last('pap req *');
  t.says(`pap ack ${t.last('pap req*').body[1]}`);
  t.network();
  assert.is(t.phase, 'running');
  t.send(hex('450011130a0d7e7d'));
  const { acfc, pfc, bare } = t.log[t.log.length - 1].frame;
  assert.equal([acfc, pfc], [false, false]);
  assert.is(bare & 0x000a0000, 0, 'XON and XOFF are escaped, as the modem wants');
});

test('no RTS/CTS: octets lost in the middle cost the frames they were in, and no more', () => {
  const t = new Rig();
  t.run();
  const stream = concat(...Array.from({ length: 9 }, (_, i) => frameOf({ protocol: 0x21, body: hex(`450${i}`) })));
  t.raw(concat(stream.subarray(0, 30), stream.subarray(41)));
  assert.is(t.link._framer._stats.rxFrames + t.link._framer._stats.badFcs > 6, true);
  assert.ok(t.packets.length >= 6 && t.packets.length < 9, `${t.packets.length} came through`);
  assert.is(t.phase, 'running');
});

test('an ISP challenges again while IP runs: answered, traffic goes on', () => {
  const t = asked('auth=c22305 magic=01020304', { user: 'me', key: 'secret' });
  t.says(`chap challenge 1 ${CHALLENGE}:isp`);
  t.says('chap success 1');
  t.network();
  for (let id = 2; id < 6; id++) {
    t.take();
    t.says(`chap challenge ${id} ${CHALLENGE}:isp`);
    t.hears(`chap response ${id} ${md5(id, 'secret')}:me`);
    t.says('ip 4500');
    t.says(`chap success ${id}`);
    assert.is(t.phase, 'running');
  }
  assert.is(t.packets.length, 4);
});

test('CHAP Success lost, and the authenticator silent until it hears IPCP: no hang', () => {
  const t = asked('auth=c22305 magic=01020304', { user: 'me', key: 'secret' });
  t.says(`chap challenge 1 ${CHALLENGE}:isp`);
  t.says('ipcp req 1 addr=10.0.0.1');
  assert.is(t.phase, 'network');
});

test('a crossed negotiation that is Terminated in the middle, as Linux peers of old did, goes on', () => {
  const t = new Rig();
  t.open();
  t.says('lcp req 1 accm=000a0000 magic=01020304');
  t.says('lcp termreq 2');
  t.take();
  t.wait(300);
  t.acks();
  t.says('lcp req 3 accm=000a0000 magic=01020304');
  assert.is(t.phase, 'network');
});

test.run();
