/** LCP, seen from a scripted peer. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { linkMtu } from '../../modules/ppp/link';
import { Rig } from '../helpers/rig';

const REQUEST = 'lcp req # accm=00000000 magic=* pfc acfc';

function opened(config = {}): Rig {
  const t = new Rig({ config });
  t.open();
  return t;
}

test('the first request asks for everything worth asking for, in the default framing', () => {
  const t = opened();
  const { acfc, pfc, bare } = t.heard[0];
  t.hears(REQUEST);
  assert.equal([acfc, pfc, bare], [false, false, 0]);
  assert.is(t.phase, 'establish');
});

test('the magic number is not zero', () => {
  const t = opened();
  assert.not.match(t.take()[0], 'magic=00000000');
});

test('an MRU is asked for when it is not 1500', () => {
  const t = opened({ _mru: 576 });
  t.hears('lcp req # mru=0240 accm=00000000 magic=* pfc acfc');
});

test('Ack from the peer, Ack to the peer: LCP is open', () => {
  const t = opened();
  t.hears(REQUEST);
  t.acks();
  t.quiet();
  t.says('lcp req 7 magic=01020304');
  t.hears('lcp ack 7 magic=01020304', 'ipcp req # addr=0.0.0.0 dns1=0.0.0.0 dns2=0.0.0.0');
  assert.is(t.phase, 'network');
});

test('the other way round, and a retransmission of the peer gets the same Ack', () => {
  const t = opened();
  t.take();
  t.says('lcp req 7 magic=01020304');
  t.says('lcp req 7 magic=01020304');
  t.hears('lcp ack 7 magic=01020304', 'lcp ack 7 magic=01020304');
  t.acks();
  t.hears('ipcp req #*');
});

test('everything we understand is acknowledged, in the order it came', () => {
  const t = opened();
  t.take();
  const options = 'acfc mru=05dc pfc auth=c023 accm=000a0000 magic=01020304';
  t.says(`lcp req 1 ${options}`);
  t.hears(`lcp ack 1 ${options}`);
});

test('an empty request is fine', () => {
  const t = opened();
  t.take();
  t.says('lcp req 1');
  t.hears('lcp ack 1');
});

test('padding behind the length is not sent back', () => {
  const t = opened();
  t.take();
  t.says({ protocol: 0xc021, body: Uint8Array.of(1, 9, 0, 6, 7, 2, 0xaa, 0xbb, 0xcc) });
  t.hears('lcp ack 9 pfc');
});

for (const [option, why] of [
  ['quality=c02500000064', 'link quality reports'],
  ['o9=02', 'FCS-Alternatives'],
  ['o13=06', 'callback'],
  ['o17=05dc', 'multilink'],
  ['o19=0300', 'endpoint discriminator'],
  ['o0', 'vendor specific'],
  ['o255=00', 'something to come'],
  ['mru=05', 'an MRU of three octets'],
  ['accm=00', 'an ACCM of three octets'],
  ['magic=0102', 'half a magic number'],
  ['pfc=00', 'PFC with a value'],
  ['acfc=00', 'ACFC with a value'],
]) {
  test(`${why} is rejected, and nothing else of the request`, () => {
    const t = opened();
    t.take();
    t.says(`lcp req 1 accm=00000000 ${option} magic=01020304`);
    t.hears(`lcp rej 1 ${option}`);
    t.says('lcp req 2 accm=00000000 magic=01020304');
    t.hears('lcp ack 2 accm=00000000 magic=01020304');
  });
}

test('rejects go first and alone: no Nak beside them (§5.4)', () => {
  const t = opened();
  t.take();
  t.says('lcp req 1 magic=00000000 o17=05dc mru=0010 o19=0300');
  t.hears('lcp rej 1 o17=05dc o19=0300');
  t.says('lcp req 2 magic=00000000 mru=0010');
  t.hears('lcp nak 2 magic=* mru=0080');
});

test('a rejected option changes nothing: what the accepted request says counts', () => {
  const t = opened();
  t.acks();
  t.says('lcp req 1 acfc pfc accm=00000000 o17=05dc');
  t.says('lcp req 2 accm=ffffffff');
  t.take();
  t.says('ipcp req 1 addr=10.0.0.1');
  const { acfc, pfc, bare } = t.last('ipcp ack 1*');
  assert.equal([acfc, pfc, bare], [false, false, 0]);
});

test('a magic number of zero is illegal: Nak with another', () => {
  const t = opened();
  t.take();
  t.says('lcp req 1 magic=00000000');
  const [nak] = t.take();
  assert.match(nak, /^lcp nak 1 magic=(?!00000000)[0-9a-f]{8}$/);
});

test('an MRU too small for IP gets a Nak; five of them in all, then Reject (§4.6 Max-Failure)', () => {
  const t = opened();
  t.take();
  for (let id = 1; id <= 5; id++) {
    t.says(`lcp req ${id} mru=0040`);
    t.hears(`lcp nak ${id} mru=0080`);
  }
  t.says('lcp req 6 mru=0040');
  t.hears('lcp rej 6 mru=0040');
});

test("a peer's MRU below ours is kept to, one above is not used", () => {
  for (const [mru, want] of [
    ['0240', 576],
    ['05dc', 1500],
    ['2000', 0x2000],
  ] as const) {
    const t = opened();
    t.acks();
    t.says(`lcp req 1 mru=${mru}`);
    t.last('lcp ack 1*');
    assert.is(linkMtu(t.link, 65535), want);
  }
});

for (const [option, rest] of [
  ['accm=00000000', 'magic=* pfc acfc'],
  ['pfc', 'accm=00000000 magic=* acfc'],
  ['acfc', 'accm=00000000 magic=* pfc'],
  ['pfc acfc', 'accm=00000000 magic=*'],
  ['accm=00000000 pfc acfc', 'magic=*'],
]) {
  test(`the peer rejects ${option}: asked for no more, under a new identifier`, () => {
    const t = opened();
    const [first] = t.take();
    t.rejects('lcp', option);
    const [second] = t.take();
    assert.match(second, new RegExp(`^lcp req \\d+ ${rest.replace('*', '[0-9a-f]{8}')}$`));
    assert.is.not(second.split(' ')[2], first.split(' ')[2]);
    t.acks();
    t.says('lcp req 1');
    assert.is(t.phase, 'network');
  });
}

test('the peer rejects the magic number: asked for no more', () => {
  const t = opened();
  const magic = /magic=\w+/.exec(t.take()[0])![0];
  t.rejects('lcp', magic);
  t.hears('lcp req # accm=00000000 pfc acfc');
});

test('the peer rejects everything: an empty request, and the link comes up', () => {
  const t = opened();
  t.rejects('lcp', t.take()[0].split(' ').slice(3).join(' '));
  t.hears('lcp req #');
  t.acks();
  t.says('lcp req 1');
  assert.is(t.phase, 'network');
});

test('the peer rejects the MRU', () => {
  const t = opened({ _mru: 576 });
  t.take();
  t.rejects('lcp', 'mru=0240');
  t.hears(REQUEST);
});

test('a smaller MRU in a Nak is taken, even when none was asked for; a larger one would not fit', () => {
  for (const [nak, want] of [
    ['mru=0240', 'mru=0240 accm=00000000 magic=* pfc acfc'],
    ['mru=0080', 'mru=0080 accm=00000000 magic=* pfc acfc'],
    ['mru=007f', 'accm=00000000 magic=* pfc acfc'],
    ['mru=2000', 'accm=00000000 magic=* pfc acfc'],
    ['mru=0001', 'accm=00000000 magic=* pfc acfc'],
    ['mru=02', 'accm=00000000 magic=* pfc acfc'],
  ]) {
    const t = opened();
    t.take();
    t.naks('lcp', nak);
    t.hears(`lcp req # ${want}`);
  }
});

test('a Nak of the magic number: another one (§6.4)', () => {
  const t = opened();
  const magic = /magic=\w+/.exec(t.take()[0])![0];
  t.naks('lcp', 'magic=0a0b0c0d');
  const [again] = t.take();
  assert.match(again, /^lcp req \d+ accm=00000000 magic=(?!00000000)\w{8} pfc acfc$/);
  assert.not.match(again, magic);
});

test('a Nak of the ACCM is no reason to stop', () => {
  const t = opened();
  t.take();
  t.naks('lcp', 'accm=000a0000');
  assert.match(t.take()[0], /^lcp req \d+ /);
  t.acks();
  t.says('lcp req 1');
  assert.is(t.phase, 'network');
});

test('a peer that only ever Naks gets no endless dialogue: after ten Naks options are let go', () => {
  const t = opened();
  for (let i = 0; i < 12; i++) {
    t.naks('lcp', 'magic=0a0b0c0d');
  }
  assert.match(t.take().pop()!, /^lcp req \d+ accm=00000000 pfc acfc$/);
});

test('Naks of one negotiation do not count in the next: a link may be up for a year', () => {
  const t = opened();
  for (let i = 0; i < 50; i++) {
    t.says(`lcp req ${i} magic=01020304`);
    t.naks('lcp', 'magic=0a0b0c0d');
    t.acks();
    assert.is(t.phase, 'network', String(i));
  }
  t.take();
  t.says('lcp req 100 magic=01020304');
  assert.match(t.take()[0], /^lcp req \d+ accm=00000000 magic=\w+ pfc acfc$/);
});

test('a Nak with options nobody has heard of', () => {
  const t = opened();
  t.take();
  t.naks('lcp', 'o77=010203 o255');
  t.hears(REQUEST);
});

test('replies to another identifier are dropped', () => {
  const t = opened();
  const [text] = t.take();
  const [, , id, ...options] = text.split(' ');
  const other = (Number(id) + 5) & 255;
  t.says(['lcp ack', other, ...options].join(' '));
  t.says(`lcp nak ${other} pfc`);
  t.says(`lcp rej ${other} pfc`);
  t.quiet();
  assert.is(t.link._stats.dropped, 3);
  t.acks();
  t.says('lcp req 1');
  assert.is(t.phase, 'network');
});

test('an Ack that is not octet by octet what was asked for is dropped (§5.2)', () => {
  const t = opened();
  const [, , id, ...options] = t.take()[0].split(' ');
  for (const wrong of [[], options.slice(1), [...options, 'pfc'], ['accm=00000001', ...options.slice(1)]]) {
    t.says(['lcp ack', id, ...wrong].join(' '));
  }
  t.says('lcp req 1');
  t.take();
  assert.is(t.phase, 'establish');
  t.acks();
  assert.is(t.phase, 'network');
});

test('a Reject of what was not asked for is dropped (§5.4)', () => {
  const t = opened();
  t.take();
  t.rejects('lcp', 'o17=05dc');
  t.rejects('lcp', 'accm=00000001');
  t.rejects('lcp', 'acfc pfc');
  t.rejects('lcp', '');
  t.quiet();
});

test('both requests cross: still one negotiation', () => {
  const t = opened();
  t.says('lcp req 1 magic=01020304');
  t.acks();
  t.acks();
  t.acks();
  t.hears(REQUEST, 'lcp ack 1 magic=01020304', 'ipcp req #*');
  assert.is(t.phase, 'network');
});

test('a request is repeated after 300, 600, 1200 ms, with its identifier', () => {
  const t = opened();
  const first = t.take();
  t.wait(299);
  t.quiet();
  t.wait(1);
  assert.equal(t.take(), first);
  t.wait(599);
  t.quiet();
  t.wait(1);
  assert.equal(t.take(), first);
  t.wait(1200);
  assert.equal(t.take(), first);
});

test('the link asks anew when the peer has agreed and then says nothing', () => {
  const t = opened();
  t.take();
  t.acks();
  t.wait(300);
  t.hears('lcp nak 0', 'lcp nak 1', REQUEST);
  t.acks();
  t.says('lcp req 1');
  assert.is(t.phase, 'network');
});

test('a peer that has agreed and waits is let ask again at once, whether its request or our reply was lost', () => {
  const t = opened();
  t.take();
  t.says('lcp req 7 auth=c227'); // EAP: the Nak to it is lost
  t.hears('lcp nak 7 auth=c22305');
  t.acks();
  t.take();
  t.wait(300);
  t.hears('lcp nak 7', 'lcp nak 8', REQUEST);
  t.says('lcp req 8 auth=c22305');
  t.hears('lcp ack 8 auth=c22305');
  t.acks();
  assert.is(t.phase, 'authenticate');
  t.take();
});

test('a Nak that names nothing is sent only when the peer has agreed: until then its own timer is no matter', () => {
  const t = opened();
  t.take();
  t.wait(300);
  t.hears(REQUEST);
  t.says('lcp req 1');
  t.hears('lcp ack 1');
  t.wait(600);
  t.hears(REQUEST);
});

/* Other codes */

function running(): Rig {
  const t = new Rig();
  t.run();
  return t;
}

const magicOf = (t: Rig): string => /magic=(\w+)/.exec(t.log[0].text)![1];

test('an Echo-Request comes back with our magic number and the same data', () => {
  const t = running();
  t.says('lcp echo 200 01020304');
  t.hears(`lcp echoreply 200 ${magicOf(t)}`);
  t.says('lcp echo 201 01020304 6162637e7d00');
  t.hears(`lcp echoreply 201 ${magicOf(t)}6162637e7d00`);
});

test('with magic zero when the peer has rejected ours', () => {
  const t = new Rig();
  t.open();
  t.rejects('lcp', /magic=\w+/.exec(t.take()[0])![0]);
  t.acks();
  t.says('lcp req 1');
  t.network();
  t.take();
  t.says('lcp echo 3 01020304 aa');
  t.hears('lcp echoreply 3 00000000aa');
});

test('an Echo-Request of 1500 octets', () => {
  const t = running();
  const data = '7e'.repeat(1492);
  t.says(`lcp echo 1 00000000 ${data}`);
  t.hears(`lcp echoreply 1 ${magicOf(t)}${data}`);
});

test('one too short for a magic number is not answered, and nothing behind it is touched', () => {
  const t = running();
  for (const data of ['', '01', '0102', '010203']) {
    t.says(`lcp echo 5 ${data}`);
    t.quiet();
  }
  t.says('lcp echo 6 01020304');
  t.hears('lcp echoreply 6 *');
});

test('no echo before LCP is open (§5.8)', () => {
  const t = opened();
  t.take();
  t.says('lcp echo 5 01020304');
  t.quiet();
  t.says('lcp req 1');
  t.take();
  t.says('lcp echo 5 01020304');
  t.quiet();
});

test('Discard-Request, Identification, Time-Remaining, stray replies: nothing', () => {
  const t = running();
  for (const text of [
    'lcp discard 1 01020304',
    'lcp ident 2 01020304 70707064',
    'lcp time 3 01020304 0000003c',
    'lcp echoreply 4 01020304',
    'lcp ack 99',
    'lcp nak 99',
    'lcp rej 99 pfc',
  ]) {
    t.says(text);
    t.quiet();
    assert.is(t.phase, 'running', text);
    assert.is(t.link._stats.dropped, /ack|nak|rej/.test(text) ? 1 : 0, text);
    t.link._stats.dropped = 0;
  }
});

test('a request with broken options is dropped and counted', () => {
  const t = opened();
  t.take();
  t.says('lcp code1 5 0701');
  t.quiet();
  assert.is(t.link._stats.dropped, 1);
});

test('Identification and Time-Remaining before LCP is open (RFC 1570 §2.1)', () => {
  const t = opened();
  t.take();
  t.says('lcp ident 2 01020304 70707064');
  t.says('lcp time 3 01020304 0000003c');
  t.quiet();
});

test('unknown codes are rejected whole, with an identifier of our own (§5.6)', () => {
  const t = running();
  t.says('lcp code14 66 010203');
  t.hears('lcp coderej # 0e420007010203');
  t.says('lcp code0 66');
  t.says('lcp code255 67');
  t.hears('lcp coderej # 00420004', 'lcp coderej # ff430004');
  const ids = t.log.slice(-3).map(({ text }) => text.split(' ')[2]);
  assert.is(new Set(ids).size, 3, 'it MUST be changed for each Code-Reject');
});

test('a long one is cut, and its own length field is left', () => {
  const t = running();
  t.says(`lcp code99 1 ${'5a'.repeat(1400)}`);
  const [text] = t.take();
  assert.match(text, /^lcp coderej \d+ 6301057c(5a)+$/);
});

test('an unknown code in the middle of the negotiation does not cost the Ack that follows', () => {
  const t = opened();
  t.take();
  const request = t.log[0].text.split(' ');
  t.says('lcp code14 66');
  t.hears('lcp coderej # 0e420004');
  t.says(['lcp ack', ...request.slice(2)].join(' '));
  t.says('lcp req 1');
  assert.is(t.phase, 'network');
});

test('300 unknown codes and 300 unknown protocols: LCP can still be negotiated anew', () => {
  const t = running();
  for (let i = 0; i < 300; i++) {
    t.says('lcp code14 66');
    t.says('80fd 0101000401');
  }
  t.take();
  t.says('lcp req 50 magic=01020304');
  t.acks();
  assert.is(t.phase, 'network');
});

test('an unknown code while a request is on its way, 300 times: the retransmission can be acknowledged', () => {
  const t = opened();
  for (let i = 0; i < 300; i++) {
    t.says('lcp code14 66');
  }
  t.wait(300);
  t.acks();
  t.says('lcp req 1');
  assert.is(t.phase, 'network');
});

test('Code-Reject of an extension can be lived with (RXJ+)', () => {
  const t = running();
  t.says('lcp coderej 9 09010008 01020304');
  t.says('lcp coderej 9 0c010008');
  assert.is(t.phase, 'running');
});

test('Code-Reject of a basic code cannot (RXJ-): the link is terminated', () => {
  for (const code of ['01', '02', '03', '04', '05', '06', '07']) {
    const t = running();
    t.says(`lcp coderej 9 ${code}010004`);
    t.hears('lcp termreq #');
    assert.is(t.phase, 'terminate');
    t.wait(3000);
    assert.is(t.phase, 'dead');
    assert.is(t.reason, 'terminated');
    assert.is(t.ended, 1);
  }
});

test('Protocol-Reject of LCP too; of anything else it stops that alone', () => {
  const t = running();
  t.says('lcp protrej 1 80fd 01010004');
  t.says('lcp protrej 2 8057 01010004');
  t.says('lcp protrej 3');
  t.says('lcp protrej 4 c0');
  t.quiet();
  assert.is(t.phase, 'running');
  t.says('lcp protrej 5 c021 09010008');
  t.wait(3000);
  assert.is(t.phase, 'dead');
});

test('Protocol-Reject before LCP is open is dropped (§5.7)', () => {
  const t = opened();
  t.take();
  t.says('lcp protrej 1 c021 01010004');
  t.quiet();
  assert.is(t.phase, 'establish');
});

test('a looped line: its own requests come back, and it says so', () => {
  const t = opened();
  let sent = 0;
  for (let i = 0; i < 40 && t.phase !== 'dead'; i++) {
    for (const frame of t.heard.splice(0)) {
      sent++;
      t.says({ protocol: frame.protocol, body: frame.body });
    }
    t.wait(20);
  }
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'command-mode');
  assert.is(t.ended, 1);
  assert.ok(sent < 40, `${sent} frames`);
});

test('two machines that draw the same number once are no loop', () => {
  const t = opened();
  const magic = /magic=\w+/.exec(t.take()[0])![0];
  t.says(`lcp req 1 ${magic}`);
  const [nak] = t.take();
  assert.match(nak, /^lcp nak 1 magic=\w{8}$/);
  assert.not.match(nak, magic);
  t.says(`lcp req 2 ${nak.split(' ')[3]}`);
  t.hears(`lcp ack 2 ${nak.split(' ')[3]}`);
  t.acks();
  assert.is(t.phase, 'network');
});

/* What was agreed is what is sent */

for (const [options, want] of [
  ['', { acfc: false, pfc: false, bare: 0 }],
  ['pfc acfc', { acfc: true, pfc: true, bare: 0 }],
  ['pfc', { acfc: false, pfc: true, bare: 0 }],
  ['acfc accm=00000000', { acfc: true, pfc: false, bare: -1 }],
  ['accm=000a0000', { acfc: false, pfc: false, bare: ~0x000a0000 }],
  ['accm=80000001', { acfc: false, pfc: false, bare: 0x7ffffffe }],
] as const) {
  test(`IP is sent as "${options}" allows, LCP never`, () => {
    const t = new Rig();
    t.establish(options);
    t.network();
    t.take();
    const packet = Uint8Array.from({ length: 40 }, (_, i) => i);
    assert.is(t.send(packet), true);
    const frame = t.heard[0];
    assert.equal(frame.body, packet);
    assert.is(frame.acfc, want.acfc);
    assert.is(frame.pfc, want.pfc);
    assert.is(frame.bare | 0, want.bare, 'the control characters that go bare are all that may');
    assert.is(t.last('ipcp ack*').acfc, want.acfc, 'IPCP as well');
    t.says('lcp echo 1 01020304');
    const echo = t.last('lcp echoreply*');
    assert.equal([echo.acfc, echo.pfc, echo.bare], [false, false, 0]);
  });
}

test('what we asked for is understood: compressed headers, bare control characters', () => {
  const t = running();
  for (const framing of [
    { acfc: true, pfc: true, accm: 0 },
    { acfc: true, accm: 0 },
    { pfc: true, accm: 0 },
    { accm: 0 },
    { accm: -1 },
  ]) {
    t.says('ip 4500110013007e7d', framing);
  }
  assert.is(t.packets.length, 5);
  for (const packet of t.packets) {
    assert.equal(Array.from(packet), [0x45, 0x00, 0x11, 0x00, 0x13, 0x00, 0x7e, 0x7d]);
  }
});

test('when the peer rejects our ACCM, control characters that the line adds are still removed', () => {
  const t = new Rig();
  t.open();
  t.rejects('lcp', 'accm=00000000');
  t.acks();
  t.says('lcp req 1');
  t.network();
  t.raw(Uint8Array.from([0x7e, 0x11]));
  t.says('ip 4500');
  assert.is(t.packets.length, 1);
});

test('a renegotiation begins with the defaults again', () => {
  const t = new Rig();
  t.establish('accm=00000000 pfc acfc');
  t.network();
  t.take();
  t.says('lcp req 9 magic=0a0b0c0d');
  const request = t.last('lcp req*');
  assert.equal([request.acfc, request.pfc, request.bare], [false, false, 0]);
  t.acks();
  t.naks('ipcp', 'addr=10.0.0.2');
  const ipcp = t.last('ipcp req*');
  assert.equal([ipcp.acfc, ipcp.pfc, ipcp.bare], [false, false, 0], 'this time the peer has allowed nothing');
});

test.run();
