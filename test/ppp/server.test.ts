/** Two links on a line: a client and a server. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { linkClose, linkOpen, linkSend } from '../../modules/ppp/link';
import { makeServer } from '../../modules/ppp/server';
import { Protocol } from '../../modules/wire/control';
import { ascii, concat, ip, toHex } from '../helpers/bytes';
import { End, Pair, PairOptions } from '../helpers/pair';
import { Reader } from '../helpers/ppp';
import { random } from '../helpers/random';
import { Rig } from '../helpers/rig';

const AUTHS = ['none', 'pap', 'chap', 'mschap'] as const;

/** Trips of a packet that the options need until the client may send IP: two for LCP, two for IPCP with its Nak... */
const TRIPS = { none: 6, pap: 8, chap: 10, mschap: 10 };

const NO_LIMIT = 120000;

function up(options: PairOptions): { pair: Pair; ms: number } {
  const pair = new Pair(options);
  pair.open();
  const ms = pair.until(() => pair.running, NO_LIMIT);
  assert.ok(pair.running, `${pair.client.phase} and ${pair.server.phase}\n${pair.texts().join('\n')}`);
  return { pair, ms };
}

function sendIp(pair: Pair, from: End, packet: Uint8Array): boolean {
  const buf = packet.slice();
  return linkSend(from.link, buf, 0, buf.length, pair.nowMs);
}

for (const auth of AUTHS) {
  test(`${auth}: up, with addresses and name servers`, () => {
    const { pair } = up({ auth });
    const { _ours, _theirs } = pair.client.link._ipcp;
    assert.equal(
      [_ours[3], _ours[129], _ours[131], _theirs[3]],
      ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.1'].map(ip),
    );
    assert.is(pair.server.link._ipcp._theirs[3], ip('10.0.0.2'));
    const phases = ['establish', ...(auth === 'none' ? [] : ['authenticate']), 'network', 'running'];
    assert.equal(pair.client.phases, phases);
    assert.equal(pair.server.phases, phases);
  });

  test(`${auth}: in the fewest round trips, each packet sent once`, () => {
    for (const latencyMs of [1, 10, 70]) {
      const pair = new Pair({ auth, latencyMs });
      pair.open();
      const ms = pair.until(() => pair.client.phase === 'running', NO_LIMIT);
      assert.is(ms, TRIPS[auth] * latencyMs, `${latencyMs} ms a trip`);
      const requests = pair.texts().filter((text) => / req /.test(text));
      assert.is(new Set(requests).size, requests.length, requests.join('\n'));
    }
  });

  test(`${auth}: IP both ways`, () => {
    const { pair } = up({ auth });
    const { bytes } = random(61);
    const sent = Array.from({ length: 20 }, (_, i) => bytes(20 + i * 77));
    for (const packet of sent) {
      assert.ok(sendIp(pair, pair.client, packet));
      assert.ok(sendIp(pair, pair.server, packet));
    }
    pair.wait(100);
    assert.equal(pair.client.packets, sent);
    assert.equal(pair.server.packets, sent);
    const data = pair.log.filter(({ text }) => text.startsWith('ip '));
    assert.ok(
      data.every(({ frame }) => frame.acfc && frame.pfc && frame.bare),
      'compressed, nothing escaped in vain',
    );
  });

  test(`${auth}: both stay up, with echoes, while nothing else is said`, () => {
    const { pair } = up({ auth });
    pair.wait(300000);
    assert.ok(pair.running);
    assert.ok(pair.texts('client').some((text) => text.startsWith('lcp echo ')));
  });

  test(`${auth}: any one frame of the negotiation lost, and it comes up all the same`, () => {
    const { pair: clean, ms } = up({ auth });
    const slow: string[] = [];
    for (let lost = 0; lost < clean.writes; lost++) {
      const pair = new Pair({ auth, line: (bytes, index) => (index === lost ? null : bytes) });
      pair.open();
      const took = pair.until(() => pair.running, NO_LIMIT);
      const what = `without ${clean.log[lost].from}'s ${clean.log[lost].text}`;
      assert.ok(pair.running, `${what}: ${pair.client.phase} and ${pair.server.phase}\n${pair.texts().join('\n')}`);
      // One restart interval of 300 ms, and where LCP has to be done again two.
      if (took > ms + 700) {
        slow.push(`${what}: ${took} ms`);
      }
      pair.wait(40000);
      assert.ok(pair.running, `${what}: it stays up`);
      assert.is(pair.client.ended + pair.server.ended, 0);
    }
    assert.equal(slow, []);
  });

  test(`${auth}: any one frame damaged instead`, () => {
    const { pair: clean, ms } = up({ auth });
    for (let bad = 0; bad < clean.writes; bad++) {
      const pair = new Pair({
        auth,
        line: (bytes, index) => {
          const copy = bytes.slice();
          if (index === bad) {
            copy[copy.length >> 1] ^= 0x04;
          }
          return copy;
        },
      });
      pair.open();
      const took = pair.until(() => pair.running, NO_LIMIT);
      assert.ok(pair.running && took <= ms + 700, `frame ${bad}: ${took} ms`);
    }
  });

  test(`${auth}: every frame arrives twice`, () => {
    const { pair, ms } = up({ auth, line: (bytes) => concat(bytes, bytes) });
    assert.ok(ms < 1000, `${ms} ms`);
    pair.wait(60000);
    assert.ok(pair.running);
  });

  test(`${auth}: a line that loses one frame in five`, () => {
    const times: number[] = [];
    for (let seed = 1; seed <= 201; seed++) {
      const { below } = random(seed);
      const pair = new Pair({ auth, line: (bytes) => (below(5) ? bytes : null) });
      pair.open();
      const ms = pair.until(() => pair.running, NO_LIMIT);
      assert.ok(pair.running, `seed ${seed}: ${pair.client.phase} and ${pair.server.phase} after ${ms} ms`);
      times.push(ms);
    }
    times.sort((a, b) => a - b);
    assert.ok(times[100] < 3000, `half of them within ${times[100]} ms`);
    // How long the rest takes is luck: the same Ack may be lost nine times in a row.
    assert.ok(times[180] < 10000, `nine of ten within ${times[180]} ms`);
  });

  test(`${auth}: the server is there later than the client`, () => {
    const pair = new Pair({ auth });
    linkOpen(pair.client.link, pair.nowMs);
    pair.wait(5000);
    linkOpen(pair.server.link, pair.nowMs);
    const ms = pair.until(() => pair.running, NO_LIMIT);
    assert.ok(pair.running && ms < 3500, `${ms} ms`);
  });

  test(`${auth}: the client restarts without a word, and is let in again`, () => {
    const { pair } = up({ auth });
    // As after a reset of the board: it knows nothing of the old session.
    linkOpen(pair.client.link, pair.nowMs);
    const ms = pair.until(() => pair.running && pair.client.phases.length > 4, NO_LIMIT);
    assert.ok(pair.running && ms < 1000, `${ms} ms`);
  });

  test(`${auth}: either side closes; both are down at once, each with its own reason`, () => {
    for (const who of ['client', 'server'] as const) {
      const { pair } = up({ auth });
      const other = who === 'client' ? pair.server : pair.client;
      linkClose(pair[who].link, pair.nowMs);
      pair.wait(1000);
      assert.is(pair[who].phase, 'dead');
      assert.is(pair[who].link._reason, 'user');
      assert.is(other.phase, 'dead');
      assert.is(other.link._reason, 'terminated');
      assert.equal([pair.client.ended, pair.server.ended], [1, 1]);
    }
  });

  test(`${auth}: a hundred times up and down`, () => {
    const { pair } = up({ auth });
    for (let i = 0; i < 100; i++) {
      linkClose(pair.client.link, pair.nowMs);
      pair.wait(1000);
      pair.open();
      const ms = pair.until(() => pair.running, NO_LIMIT);
      assert.ok(pair.running && ms < 300, `round ${i}: ${ms} ms`);
    }
    assert.is(pair.client.ended, 100);
  });
}

for (const auth of ['pap', 'chap', 'mschap'] as const) {
  for (const [who, options] of Object.entries({
    'a wrong key': { key: 'guess' },
    'a wrong name': { user: 'you' },
    'no credentials': { user: '', key: '' },
    'a key that is a part of the right one': { key: 'secre' },
    'a key that begins with the right one': { key: 'secret!' },
  })) {
    test(`${auth}: ${who} is refused, and told so`, () => {
      const pair = new Pair({ auth, ...options });
      pair.open();
      const ms = pair.until(() => pair.client.phase === 'dead' && pair.server.phase === 'dead', 3000);
      assert.is(pair.client.phase, 'dead', `${ms} ms`);
      assert.is(pair.client.link._reason, 'auth-failed');
      assert.is(pair.server.link._reason, 'auth-failed');
      assert.is(pair.client.phases.includes('network'), false);
      assert.is(pair.server.phases.includes('network'), false);
    });

    test(`${auth}: after ${who}, the same object gets in with the right ones`, () => {
      const pair = new Pair({ auth, ...options });
      pair.open();
      pair.wait(3000);
      pair.client.link._user = ascii('me');
      pair.client.link._key = ascii('secret');
      pair.open();
      pair.until(() => pair.running, NO_LIMIT);
      assert.ok(pair.running);
      assert.is(pair.client.link._reason, '');
    });
  }

  test(`${auth}: a client that would rather have the other one gets what the server has`, () => {
    for (const prefer of ['pap', 'chap', 'mschap'] as const) {
      const { ms } = up({ auth, prefer });
      assert.ok(ms < 1000, `${prefer}: ${ms} ms`);
    }
  });

  test(`${auth}: without it nobody gets an address`, () => {
    const pair = new Pair({ auth });
    pair.open();
    pair.until(() => pair.server.phase === 'authenticate', 1000);
    assert.is(pair.server.phase, 'authenticate');
    assert.is(sendIp(pair, pair.server, Uint8Array.of(0x45)), false);
    assert.is(
      pair.texts('server').some((text) => text.startsWith('ipcp')),
      false,
    );
  });
}

test('PAP: the Ack has a message, of no octets (RFC 1334 §2.2.2)', () => {
  const { pair } = up({ auth: 'pap' });
  const { frame } = pair.log.find(({ text }) => text.startsWith('pap ack'))!;
  assert.is(toHex(frame.body.subarray(2)), '000500');
});

test('CHAP: a challenge is repeated as it was, after 300, 600, 1200 ms', () => {
  const pair = new Pair({
    auth: 'chap',
    line: (bytes, _index, fromClient) => (isChap(bytes, fromClient) ? null : bytes),
  });
  pair.open();
  pair.wait(10000);
  const challenges = pair.log.filter(({ text }) => text.startsWith('chap challenge'));
  const first = challenges[0].atMs;
  assert.equal(
    challenges.map(({ atMs }) => atMs - first),
    [0, 300, 900, 2100, 4500, 7500],
  );
  assert.is(new Set(challenges.map(({ text }) => text)).size, 1);
});

function isChap(bytes: Uint8Array, fromClient: boolean): boolean {
  return fromClient && new Reader().push(bytes).some(({ protocol }) => protocol === 0xc223);
}

test('a peer that refuses to say who it is is not let in', () => {
  for (const [demand, option] of [
    [Protocol.Pap, 'auth=c023'],
    [Protocol.Chap, 'auth=c22305'],
  ] as const) {
    const t = new Rig();
    makeServer(t.link, {
      _demandAuth: demand,
      _secretOf: () => null,
      _address: 1,
      _peerAddress: 2,
      _dns1: 0,
      _dns2: 0,
    });
    t.open();
    t.quiet();
    t.says('lcp req 1');
    t.hears(`lcp req # accm=00000000 ${option} magic=* pfc acfc`, 'lcp ack 1');
    t.rejects('lcp', option);
    t.wait(3000);
    assert.is(t.phase, 'dead');
    assert.is(t.reason, 'auth-failed');
    assert.is(t.phases.includes('network'), false);
  }
});

test('a peer that Naks the demand is asked again; one that goes on without gets nothing', () => {
  const t = new Rig();
  makeServer(t.link, {
    _demandAuth: Protocol.Chap,
    _secretOf: () => null,
    _address: 1,
    _peerAddress: 2,
    _dns1: 0,
    _dns2: 0,
  });
  t.open();
  t.says('lcp req 1');
  t.take();
  t.naks('lcp', 'auth=c023');
  t.hears('lcp req # accm=00000000 auth=c22305 magic=* pfc acfc');
  t.acks();
  t.hears('chap challenge *');
  t.says('ipcp req 1 addr=0.0.0.0');
  t.says('pap req 1 me:secret');
  t.says('ip 4500');
  t.quiet();
  assert.is(t.phase, 'authenticate');
  assert.is(t.packets.length, 0);
});

test('a server waits in silence, and can be closed there', () => {
  const pair = new Pair();
  linkOpen(pair.server.link, pair.nowMs);
  pair.wait(3600000);
  assert.equal(pair.texts('server'), []);
  linkClose(pair.server.link, pair.nowMs);
  assert.is(pair.server.phase, 'dead');
  assert.is(pair.server.ended, 1);
});

test('a client that never says its name is hung up on', () => {
  const pair = new Pair({
    auth: 'pap',
    line: (bytes) => (new Reader().push(bytes).some(({ protocol }) => protocol === 0xc023) ? null : bytes),
  });
  pair.open();
  pair.until(() => pair.server.phase === 'dead', 40000);
  assert.is(pair.server.phase, 'dead');
  assert.is(pair.server.link._reason, 'auth-failed');
});

test('the line is cut while both are up: both find out within 30 s', () => {
  let cut = false;
  const { pair } = up({ line: (bytes) => (cut ? null : bytes) });
  pair.wait(3000);
  cut = true;
  pair.wait(30000);
  assert.is(pair.client.phase, 'dead');
  assert.is(pair.server.phase, 'dead');
  assert.is(pair.client.link._reason, 'peer-dead');
  assert.is(pair.server.link._reason, 'peer-dead');
});

test('a line that goes only one way', () => {
  const pair = new Pair({ line: (bytes, _index, fromClient) => (fromClient ? bytes : null) });
  pair.open();
  pair.until(() => pair.client.phase === 'dead', 60000);
  assert.is(pair.client.link._reason, 'no-answer');
});

test('a server that is opened again hears a client that comes back at once', () => {
  for (const auth of AUTHS) {
    const { pair, ms: first } = up({ auth });
    linkClose(pair.client.link, pair.nowMs);
    const closing = pair.until(() => pair.client.ended > 0 && pair.server.ended > 0, 1000);
    assert.is(closing, 20, 'one round trip');
    assert.is(pair.server.link._reason, 'terminated');
    pair.open();
    const again = pair.until(() => pair.running, NO_LIMIT);
    assert.ok(again <= first, `${again} ms after ${first}`);
  }
});

test('every challenge is another', () => {
  const { pair } = up({ auth: 'chap' });
  for (let i = 0; i < 10; i++) {
    linkClose(pair.client.link, pair.nowMs);
    pair.wait(1000);
    pair.open();
    pair.until(() => pair.running, NO_LIMIT);
  }
  const challenges = pair.texts('server').filter((text) => text.startsWith('chap challenge'));
  const values = challenges.map((text) => text.split(' ')[3]);
  assert.is(challenges.length, 11);
  assert.is(new Set(values).size, 11);
});

test.run();
