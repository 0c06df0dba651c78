/** IPCP, seen from a scripted peer. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Rig, RigOptions, textOf } from '../helpers/rig';
import { linkAddress } from '../../modules/ppp/link';
import { ip } from '../helpers/bytes';

const REQUEST = 'ipcp req # addr=0.0.0.0 dns1=0.0.0.0 dns2=0.0.0.0';

/** LCP open, the first IPCP request heard. */
function network(options: RigOptions = {}): Rig {
  const t = new Rig(options);
  t.establish();
  t.heard.splice(0, 2);
  return t;
}

/** What the link ended up with. */
function addresses(t: Rig): object {
  const { _ours, _theirs } = t.link._ipcp;
  return { address: _ours[3], dns1: _ours[129], dns2: _ours[131], peer: _theirs[3] };
}

test('asks for an address and two name servers, takes what it is given', () => {
  const t = network();
  t.hears(REQUEST);
  t.naks('ipcp', 'addr=10.0.0.2 dns1=10.0.0.3 dns2=10.0.0.4');
  t.hears('ipcp req # addr=10.0.0.2 dns1=10.0.0.3 dns2=10.0.0.4');
  t.acks('ipcp');
  t.says('ipcp req 1 addr=10.0.0.1');
  t.hears('ipcp ack 1 addr=10.0.0.1');
  assert.is(t.phase, 'running');
  assert.equal(addresses(t), {
    address: ip('10.0.0.2'),
    dns1: ip('10.0.0.3'),
    dns2: ip('10.0.0.4'),
    peer: ip('10.0.0.1'),
  });
  assert.equal(t.phases, ['establish', 'network', 'running']);
});

test('an address above 128.0.0.0 stays unsigned', () => {
  const t = network();
  t.naks('ipcp', 'addr=203.0.113.7');
  t.acks('ipcp');
  t.says('ipcp req 1 addr=192.0.2.1');
  assert.is(t.link._ipcp._ours[3], ip('203.0.113.7'));
  assert.is(t.link._ipcp._theirs[3], ip('192.0.2.1'));
});

test('without name servers when they are not wanted', () => {
  const t = network({ config: { _dns: undefined } });
  t.hears('ipcp req # addr=0.0.0.0');
});

test('an address of its own is kept when the peer does not negotiate addresses', () => {
  const t = network({ config: { _address: ip('192.168.7.7'), _dns: undefined } });
  t.hears('ipcp req # addr=192.168.7.7');
  t.rejects('ipcp', 'addr=192.168.7.7');
  t.hears('ipcp req #');
  t.acks('ipcp');
  t.says('ipcp req 1 addr=10.0.0.1');
  assert.is(t.phase, 'running');
  assert.is(linkAddress(t.link), ip('192.168.7.7'));
});

test('an address of its own is asked for, and given up for another', () => {
  const t = network({ config: { _address: ip('192.168.7.7'), _dns: undefined } });
  t.hears('ipcp req # addr=192.168.7.7');
  t.naks('ipcp', 'addr=10.0.0.2');
  t.hears('ipcp req # addr=10.0.0.2');
});

for (const [rejected, rest] of [
  ['dns1=0.0.0.0', 'addr=0.0.0.0 dns2=0.0.0.0'],
  ['dns2=0.0.0.0', 'addr=0.0.0.0 dns1=0.0.0.0'],
  ['dns1=0.0.0.0 dns2=0.0.0.0', 'addr=0.0.0.0'],
]) {
  test(`the peer rejects ${rejected}: the link comes up without`, () => {
    const t = network();
    t.take();
    t.rejects('ipcp', rejected);
    t.hears(`ipcp req # ${rest}`);
    t.naks('ipcp', 'addr=10.0.0.2');
    t.acks('ipcp');
    t.says('ipcp req 1 addr=10.0.0.1');
    assert.is(t.phase, 'running');
  });
}

test('the peer acknowledges a request without an address: no-address', () => {
  const t = network();
  t.acks('ipcp');
  t.says('ipcp req 1 addr=10.0.0.1');
  t.wait(3000);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'no-address');
  assert.is(t.ended, 1);
  assert.is(t.phases.includes('running'), false);
});

test('the peer rejects addresses altogether: no-address', () => {
  const t = network();
  t.rejects('ipcp', 'addr=0.0.0.0');
  t.acks('ipcp');
  t.says('ipcp req 1');
  t.wait(3000);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'no-address');
});

test('the peer knows no IPCP: no-address', () => {
  const t = network();
  t.take();
  t.says('lcp protrej 9 8021 01010004');
  t.wait(3000);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'no-address');
});

test('the peer never says a word of IPCP: no-address after ten requests', () => {
  const t = network({ config: { _keepaliveMs: Infinity } });
  t.wait(22500 + 3000);
  assert.is(t.take().filter((text) => text.startsWith('ipcp req')).length, 10);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'no-address');
});

/* The peer's own request */

test('a peer that names no address may do so', () => {
  const t = network();
  t.take();
  t.says('ipcp req 1');
  t.hears('ipcp ack 1');
  t.naks('ipcp', 'addr=10.0.0.2');
  t.acks('ipcp');
  assert.is(t.phase, 'running');
  assert.is(t.link._ipcp._theirs[3], undefined);
});

test('a peer that asks for one is given 10.64.64.64', () => {
  const t = network();
  t.take();
  t.says('ipcp req 1 addr=0.0.0.0');
  t.hears('ipcp nak 1 addr=10.64.64.64');
  t.says('ipcp req 2 addr=10.64.64.64');
  t.hears('ipcp ack 2 addr=10.64.64.64');
});

test('a peer that keeps asking for one is rejected in the end, and may go without', () => {
  const t = network();
  t.take();
  for (let id = 1; id <= 5; id++) {
    t.says(`ipcp req ${id} addr=0.0.0.0`);
  }
  t.take();
  t.says('ipcp req 6 addr=0.0.0.0');
  t.hears('ipcp rej 6 addr=0.0.0.0');
  t.says('ipcp req 7');
  t.hears('ipcp ack 7');
});

for (const [option, why] of [
  ['vj=002d0f01', 'Van Jacobson compression'],
  ['o1=0a0000010a000002', 'the old IP-Addresses'],
  ['dns1=0.0.0.0', 'a peer that asks us for name servers'],
  ['o130=00000000', 'NBNS'],
  ['addr', 'an address of no octets'],
  ['o3=0a00', 'an address of two octets'],
  ['o200=01', 'something to come'],
]) {
  test(`${why}: rejected, and nothing else`, () => {
    const t = network();
    t.take();
    t.says(`ipcp req 1 addr=10.0.0.1 ${option}`);
    t.hears(`ipcp rej 1 ${option.replace('o3=', 'addr=')}`);
    t.says('ipcp req 2 addr=10.0.0.1');
    t.hears('ipcp ack 2 addr=10.0.0.1');
  });
}

test('a request of 500 options is answered without harm', () => {
  for (const option of ['o200=7e7d', 'addr=126.125.126.125', 'o130=7e7e7e7e']) {
    const t = network();
    t.establish('accm=00000000 pfc acfc');
    t.take();
    for (const count of [10, 200, 248]) {
      t.says(`ipcp req 1 ${new Array(count).fill(option).join(' ')}`);
      const answers = t.take();
      assert.ok(answers.length <= 1, option);
      answers.forEach((text) => assert.match(text, /^ipcp (ack|rej) 1 /));
    }
  }
});

test('frames longer than the agreed MRU are answered without harm, or not at all', () => {
  for (const [protocol, text] of [
    ['ipcp', `ipcp req 1 ${new Array(490).fill('addr=126.125.126.125').join(' ')}`],
    ['ipcp', `ipcp req 1 ${new Array(490).fill('addr=10.20.30.40').join(' ')}`],
    ['ipcp', `ipcp req 1 ${new Array(502).fill('addr=10.20.30.40').join(' ')} o200=7d o200 o200`],
    ['ipcp', `ipcp req 1 ${new Array(249).fill('addr=10.20.30.40').join(' ')}`],
    ['lcp', `lcp echo 1 01020304 ${'00'.repeat(3000)}`],
    ['lcp', `lcp echo 1 01020304 ${'41'.repeat(3000)}`],
    ['lcp', `lcp req 1 ${new Array(1400).fill('pfc').join(' ')}`],
  ]) {
    for (const [mtu, frameBuffer] of [
      [1500, 6200],
      [1500, 3072],
      [576, 3072],
      [296, 3072],
    ]) {
      const t = new Rig({ mtu, frameBuffer });
      t.establish('accm=00000000 pfc acfc');
      t.take();
      // The rig itself fails on an exception and on half a frame.
      t.says(text, { accm: 0 });
      t.take();
      t.says('lcp echo 9 01020304');
      assert.match(t.take().pop() ?? '', /^lcp echoreply 9/, protocol);
    }
  }
});

/* Modems that stall */

test('a Nak with bogus name servers, then real ones: the last word counts', () => {
  const t = network();
  t.naks('ipcp', 'addr=10.0.0.2 dns1=10.11.12.13 dns2=10.11.12.14');
  t.hears('*', 'ipcp req # addr=10.0.0.2 dns1=0.0.0.0 dns2=0.0.0.0');
  t.naks('ipcp', 'dns1=10.11.12.13 dns2=10.11.12.14');
  t.quiet();
  t.wait(600);
  t.hears('ipcp req # addr=10.0.0.2 dns1=0.0.0.0 dns2=0.0.0.0');
  t.naks('ipcp', 'dns1=192.0.2.53 dns2=192.0.2.54');
  t.hears('ipcp req # addr=10.0.0.2 dns1=192.0.2.53 dns2=192.0.2.54');
  t.acks('ipcp');
  t.says('ipcp req 1');
  assert.is(t.phase, 'running');
  assert.is(t.link._ipcp._ours[129], ip('192.0.2.53'));
});

test('100 Naks of the same bogus name servers and no address, then the real thing', () => {
  const t = network();
  for (let i = 0; i < 99; i++) {
    t.naks('ipcp', 'dns1=10.11.12.13 dns2=10.11.12.14');
    t.wait(3000);
    assert.is(t.phase, 'network', String(i));
  }
  t.naks('ipcp', 'addr=10.0.0.2 dns1=192.0.2.53 dns2=192.0.2.54');
  t.acks('ipcp');
  t.says('ipcp req 1 addr=10.0.0.1');
  assert.is(t.phase, 'running');
  assert.is(t.link._ipcp._ours[3], ip('10.0.0.2'));
});

test('no name servers but bogus ones or none: asked for no more in the end, and the link comes up without', () => {
  for (const dns of ['dns1=10.11.12.13 dns2=10.11.12.14', 'dns1=0.0.0.0 dns2=0.0.0.0']) {
    const t = network();
    t.naks('ipcp', `addr=10.0.0.2 ${dns}`);
    for (let i = 0; i < 9; i++) {
      assert.match(textOf(t.last('ipcp req *')), /dns1=0\.0\.0\.0 dns2=0\.0\.0\.0$/);
      t.naks('ipcp', dns);
      t.wait(3000);
    }
    t.take();
    t.naks('ipcp', dns);
    assert.match(textOf(t.last('ipcp req *')), /addr=10\.0\.0\.2$/);
    t.acks('ipcp');
    t.says('ipcp req 1 addr=10.0.0.1');
    assert.is(t.phase, 'running');
    assert.is(t.link._ipcp._ours[129], undefined);
  }
});

test('a Nak that offers 0.0.0.0 as our address is a way of stalling', () => {
  const t = network();
  t.naks('ipcp', 'addr=10.0.0.2');
  t.naks('ipcp', 'addr=0.0.0.0 dns1=10.0.0.3');
  t.take();
  t.naks('ipcp', 'dns2=10.0.0.4');
  t.hears('ipcp req # addr=10.0.0.2 dns1=10.0.0.3 dns2=10.0.0.4');
});

test('an empty Nak, as the Huawei E398 sends: asked again, after pauses that grow', () => {
  const t = network();
  t.take();
  for (const pause of [600, 1200, 2400, 3000, 3000, 3000]) {
    t.naks('ipcp', '');
    t.wait(pause - 1);
    t.quiet();
    t.wait(1);
    t.hears('ipcp req # addr=0.0.0.0 dns1=0.0.0.0 dns2=0.0.0.0');
  }
  t.naks('ipcp', 'addr=10.0.0.2');
  t.wait(1000);
  t.acks('ipcp');
  t.says('ipcp req 1');
  assert.is(t.phase, 'running');
});

test('a peer that Naks for ever is not talked to for ever', () => {
  for (const nak of ['', 'dns1=10.11.12.13', 'addr=0.0.0.0', 'o77=01']) {
    const t = network();
    for (let i = 0; i < 1000 && t.phase === 'network'; i++) {
      t.naks('ipcp', nak);
      t.wait(3000);
    }
    t.wait(5000);
    assert.is(t.phase, 'dead', nak);
    assert.is(t.reason, 'no-address', nak);
  }
});

test('name servers that were not asked for are taken from a Nak', () => {
  const t = network({ config: { _dns: undefined } });
  t.take();
  t.naks('ipcp', 'addr=10.0.0.2 dns1=10.0.0.3');
  t.hears('ipcp req # addr=10.0.0.2 dns1=10.0.0.3');
});

test('malformed Naks change nothing', () => {
  const t = network();
  t.take();
  t.naks('ipcp', 'o3=0a0000');
  t.wait(600);
  t.hears(REQUEST);
  t.naks('ipcp', 'o3=0a00000203 o129');
  t.wait(1200);
  t.hears(REQUEST);
});

/* While IP runs */

function running(): Rig {
  const t = new Rig();
  t.run();
  return t;
}

test('IP passes both ways, and only while IPCP is up', () => {
  const t = network();
  const packet = Uint8Array.of(0x45, 0, 0, 20);
  t.says('ip 45000014');
  assert.is(t.packets.length, 0);
  assert.is(t.send(packet), false);
  t.network();
  t.take();
  t.says('ip 45000014');
  assert.equal(
    t.packets.map((bytes) => Array.from(bytes)),
    [[0x45, 0, 0, 20]],
  );
  assert.is(t.send(packet), true);
  t.hears('ip 45000014');
});

test('IPCP anew while IP runs: down, and up again', () => {
  const t = running();
  t.phases.length = 0;
  t.says('ipcp req 9 addr=10.0.0.9');
  t.hears('ipcp req # addr=10.0.0.2 dns1=10.0.0.3 dns2=10.0.0.4', 'ipcp ack 9 addr=10.0.0.9');
  assert.is(t.phase, 'network');
  assert.is(t.send(Uint8Array.of(0x45)), false);
  t.acks('ipcp');
  assert.equal(t.phases, ['network', 'running']);
  assert.is(t.link._ipcp._theirs[3], ip('10.0.0.9'));
});

test('the peer terminates IPCP: the link ends', () => {
  const t = running();
  t.says('ipcp termreq 9');
  t.hears('ipcp termack 9');
  t.wait(5000);
  assert.is(t.phase, 'dead');
  assert.is.not(t.reason, '');
  assert.is(t.ended, 1);
});

test('unknown codes of IPCP are rejected', () => {
  const t = running();
  t.says('ipcp code8 66 80fd');
  t.hears('ipcp coderej # 0842000680fd');
  t.says('ipcp code9 67 01020304');
  t.hears('ipcp coderej # 0943000801020304');
  assert.is(t.phase, 'running');
});

for (const [name, protocol] of [
  ['IPV6CP', '8057'],
  ['CCP', '80fd'],
  ['IPv6', '0057'],
  ['LQR', 'c025'],
  ['VJ', '002d'],
  ['nothing known', '1235'],
]) {
  test(`${name}: Protocol-Reject, and the link stays`, () => {
    const t = running();
    t.says(`${protocol} 0101000401`);
    t.hears(`lcp protrej # ${protocol}0101000401`);
    assert.is(t.phase, 'running');
  });
}

test('Protocol-Reject in the network phase too, and cut to what the peer can take', () => {
  const t = network();
  t.take();
  t.says(`80fd ${'7e'.repeat(1490)}`);
  const [text] = t.take();
  assert.match(text, /^lcp protrej \d+ 80fd(7e)+$/);
});

test.run();
