/** The life of a link: phases, reasons, ends and new beginnings. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { useBudget } from '../../modules/ppp/budget';
import { linkInput, linkMtu, linkPoll, linkPollAt } from '../../modules/ppp/link';
import { ascii, concat, hex } from '../helpers/bytes';
import { fcsOf, frameOf, packetOf, wireOf } from '../helpers/ppp';
import { Rig } from '../helpers/rig';
import { random } from '../helpers/random';

const LCP = 'lcp req # accm=00000000 magic=* pfc acfc';
const IPCP = 'ipcp req # addr=0.0.0.0 dns1=0.0.0.0 dns2=0.0.0.0';

function running(): Rig {
  const t = new Rig();
  t.run();
  return t;
}

test('before it is opened nothing happens', () => {
  const t = new Rig();
  assert.is(t.phase, 'dead');
  assert.is(linkPollAt(t.link), Infinity);
  t.says('lcp req 1');
  t.wait(100000);
  t.close();
  t.quiet();
  assert.equal(t.phases, []);
  assert.is(t.ended, 0);
});

test('phases come in order, each is told once', () => {
  const t = running();
  assert.equal(t.phases, ['establish', 'network', 'running']);
  t.close();
  t.says(`lcp termack ${t.last('lcp termreq*').body[1]}`);
  assert.equal(t.phases, ['establish', 'network', 'running', 'terminate', 'dead']);
});

test('text of the modem before the first flag does no harm', () => {
  const t = new Rig();
  t.open();
  t.raw(Uint8Array.from('\r\nCONNECT 115200\r\n', (char) => char.charCodeAt(0)));
  t.acks();
  t.says('lcp req 1');
  assert.is(t.phase, 'network');
});

test('the peer may have been talking already', () => {
  const t = new Rig();
  t.open();
  t.raw(frameOf('lcp req 3 magic=01020304').slice(8));
  t.says('lcp req 3 magic=01020304');
  t.hears(LCP, 'lcp ack 3 *');
});

test('no answer: ten requests, then the end, with its reason', () => {
  const t = new Rig();
  t.open();
  t.wait(22499);
  assert.is(t.take().length, 10);
  assert.is(t.phase, 'establish');
  assert.is(t.reason, '');
  t.wait(1);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'no-answer');
  assert.is(t.ended, 1);
  assert.is(linkPollAt(t.link), Infinity);
  t.wait(100000);
  t.quiet();
  assert.is(t.ended, 1);
});

test('a budget for the whole of it: the reason names what was being waited for', () => {
  const budgeted = (): Rig => {
    const t = new Rig();
    useBudget(t.link)._budgetMs = 5000;
    return t;
  };
  const establish = budgeted();
  establish.open();
  establish.wait(4999);
  assert.is(establish.phase, 'establish');
  establish.wait(1);
  establish.wait(900);
  assert.is(establish.phase, 'dead');
  assert.is(establish.reason, 'no-answer');
  assert.is(linkPollAt(establish.link), Infinity);

  const authenticate = budgeted();
  authenticate.establish('auth=c023');
  authenticate.wait(5000);
  assert.is(authenticate.reason, 'auth-failed');

  const network = budgeted();
  network.wait(1000);
  network.establish();
  network.wait(4999);
  assert.is(network.reason, '');
  network.wait(1);
  assert.is(network.reason, 'no-address');

  const up = budgeted();
  up.run();
  up.wait(4000);
  up.says('lcp req 9 magic=01020304');
  up.wait(4999);
  assert.is(up.reason, '', 'begun anew, and so is the budget');
  up.acks();
  up.network();
  up.wait(8000);
  assert.is(up.phase, 'running', 'IP costs nothing of it');
});

test('a peer that begins anew again and again, and never gets to IP, is given up in time', () => {
  const t = new Rig();
  useBudget(t.link)._budgetMs = 5000;
  t.establish();
  let id = 1;
  for (let ms = 0; ms < 4900; ms += 100) {
    t.wait(100);
    t.says(`lcp req ${++id} magic=01020304`);
    t.acks();
    assert.is(t.phase, 'network');
  }
  t.wait(200);
  assert.is(t.phase, 'terminate');
  assert.is(t.reason, 'no-address');
  t.wait(1000);
  assert.is(t.phase, 'dead');
  t.establish();
  t.network();
  assert.is(t.phase, 'running', 'and has a new one the next time');
});

test('Max-Configure can be more than ten, for a modem that takes a minute', () => {
  const t = new Rig({ config: { _maxConfigure: 30 } });
  t.open();
  t.wait(60000);
  assert.is(t.phase, 'establish');
  t.acks();
  t.says('lcp req 1');
  assert.is(t.phase, 'network');
});

test('a peer that rejects Configure-Requests, or LCP: no agreement', () => {
  const t = new Rig();
  t.open();
  t.says('lcp coderej 1 01010004');
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'no-agreement');
});

test('noise instead of an answer is counted, and is no answer', () => {
  const t = new Rig();
  t.open();
  const bad = frameOf('lcp req 1').slice();
  bad[6] ^= 1;
  for (let i = 0; i < 10; i++) {
    t.raw(bad);
    t.wait(1000);
  }
  assert.is(t.link._framer._stats.badFcs, 10);
  t.wait(15000);
  assert.is(t.reason, 'no-answer');
});

test('the peer terminates: Ack, one interval for it to go, then the end', () => {
  const t = running();
  t.says('lcp termreq 42');
  t.hears('lcp termack 42');
  assert.is(t.phase, 'terminate');
  t.says('lcp termreq 43');
  t.hears('lcp termack 43');
  t.wait(3000);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'terminated');
  assert.is(t.ended, 1);
});

test('the peer terminates while LCP is not open: Ack, and it goes on asking', () => {
  const t = new Rig();
  t.open();
  t.take();
  t.says('lcp termreq 42');
  t.hears('lcp termack 42');
  t.wait(300);
  t.hears(LCP);
});

test('the peer starts LCP anew while IP runs: down, and up again', () => {
  const t = running();
  t.phases.length = 0;
  t.says('lcp req 77 accm=000a0000 magic=0a0b0c0d');
  t.hears(LCP, 'lcp ack 77 accm=000a0000 magic=0a0b0c0d');
  assert.is(t.phase, 'establish');
  assert.is(t.send(Uint8Array.of(0x45)), false);
  t.acks();
  t.hears(IPCP);
  t.network();
  assert.equal(t.phases, ['establish', 'network', 'running']);
  assert.is(t.ended, 0);
  assert.is(t.reason, '');
});

test('the peer starts LCP anew with a request that needs a Nak', () => {
  const t = running();
  t.says('lcp req 77 magic=00000000');
  t.hears(LCP, 'lcp nak 77 magic=*');
  assert.is(t.phase, 'establish');
  t.acks();
  t.says('lcp req 78 magic=0a0b0c0d');
  t.network();
  assert.is(t.phase, 'running');
});

test('an unexpected Terminate-Ack while IP runs: the peer has lost its state, LCP begins anew', () => {
  const t = running();
  t.says('lcp termack 1');
  t.hears(LCP);
  assert.is(t.phase, 'establish');
  t.acks();
  t.says('lcp req 78');
  t.network();
  assert.is(t.phase, 'running');
});

test('a peer that dies and starts over is taken up again', () => {
  const t = running();
  for (let i = 0; i < 20; i++) {
    t.says(`lcp req 1 magic=010203${10 + i}`);
    assert.is(t.phase, 'establish', String(i));
    t.acks();
    t.network();
    assert.is(t.phase, 'running', String(i));
  }
  assert.is(t.ended, 0);
});

test('a request repeated because our Ack was late is acknowledged again, and nothing falls', () => {
  const t = running();
  t.phases.length = 0;
  t.wait(3000);
  t.take();
  t.says('lcp req 1 magic=01020304');
  t.hears('lcp ack 1 magic=01020304');
  t.says('ipcp req 1 addr=10.0.0.1');
  t.hears('ipcp ack 1 addr=10.0.0.1');
  t.says('lcp req 2 magic=01020304');
  t.hears(LCP, 'lcp ack 2 magic=01020304');
  assert.equal(t.phases, ['establish'], 'under another identifier it is a new one');
});

test('a peer that starts over with the very same octets is taken up before its ten requests are spent', () => {
  // Neither a magic number nor an identifier of its own tells its sessions apart.
  const t = new Rig();
  t.establish('accm=000a0000');
  t.network();
  t.wait(2000);
  t.take();
  let asked = 0;
  while (asked < 10 && t.phase === 'running') {
    t.says('lcp req 1 accm=000a0000');
    asked++;
    t.wait(3000);
  }
  assert.ok(asked < 6, `${asked} requests`);
  assert.is(t.phase, 'establish');
  t.acks();
  t.network();
  assert.is(t.phase, 'running');
});

test('where writing blocks, the end of a long frame goes out while other things are done', () => {
  const packet = Uint8Array.from({ length: 1500 }, (_, i) => (i * 7) & 255);
  const t = new Rig({ piece: 32 });
  const held = (): number => t.link._encoder._held.length;
  t.run();
  assert.ok(linkPollAt(t.link) > t.nowMs);
  t.take();
  const sent = t.link._stats.txBytes;
  t.send(packet);
  t.quiet();
  assert.is(held(), 4);
  assert.is(linkPollAt(t.link), t.nowMs, 'a poll is due at once');
  linkPoll(t.link, t.nowMs);
  assert.is(held(), 3);
  t.raw(hex('45'));
  assert.is(held(), 2, 'before what has come is looked at');
  t.raw(hex('7e'));
  assert.is(held(), 0, 'and behind what has come of it');
  assert.equal(t.heard[0].body, packet);
  assert.ok(linkPollAt(t.link) > t.nowMs);
  assert.ok(t.link._stats.txBytes - sent > 1500);

  t.take();
  t.send(packet);
  t.close();
  assert.equal(t.heard[0].body, packet, 'the next frame stands behind all of it');
  assert.is(t.heard.length, 2);
});

test('what is held back of a frame is dropped with the link', () => {
  const t = new Rig({ piece: 32 });
  t.run();
  t.take();
  t.send(new Uint8Array(1500).fill(0x61));
  assert.is(t.link._encoder._held.length, 4);
  t.raw(ascii('\r\nNO CARRIER\r\n'));
  assert.is(t.phase, 'dead');
  const sent = t.link._stats.txBytes;
  linkPoll(t.link, t.nowMs);
  assert.is(t.link._stats.txBytes, sent, 'the line is a modem in command mode');
  assert.is(linkPollAt(t.link), Infinity);
});

test('a stream that hands on what comes while it writes may end the link in the middle of a frame', () => {
  const t = new Rig({ piece: 32 });
  t.run();
  t.send(new Uint8Array(1500).fill(0x61));
  assert.is(t.link._encoder._held.length, 4);
  let writes = 0;
  t.link._encoder._line = {
    _write: () => {
      if (++writes === 1) {
        t.raw(ascii('\r\nNO CARRIER\r\n'));
      }
      assert.ok(writes < 100, 'it comes to an end');
    },
  };
  t.send(new Uint8Array(500).fill(0x61));
  assert.is(t.phase, 'dead');
  assert.is(t.link._encoder._held.length, 0);
});

test('silence: three echoes, then the peer is dead, all within 30 s', () => {
  const t = running();
  t.wait(30000);
  assert.equal(
    t.take().map((text) => text.split(' ').slice(0, 2).join(' ')),
    ['lcp echo', 'lcp echo', 'lcp echo'],
  );
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'peer-dead');
  assert.is(t.ended, 1);
});

test('an echo carries our magic number and an identifier of its own', () => {
  const t = running();
  const magic = /magic=(\w+)/.exec(t.log[0].text)![1];
  t.wait(9000);
  const echoes = t.take();
  assert.is(echoes.length, 2);
  echoes.forEach((text) => assert.ok(text.endsWith(magic), text));
  assert.is.not(echoes[0], echoes[1]);
});

test('whatever comes in is a sign of life, also when it is no answer', () => {
  for (const sign of [
    'ip 4500',
    'lcp discard 1 01020304',
    'lcp echo 1 01020304',
    'ccp 01010004',
    'lcp echoreply 1 00000000',
  ]) {
    const t = running();
    for (let i = 0; i < 20; i++) {
      t.wait(20000);
      t.says(sign);
    }
    assert.is(t.phase, 'running', sign);
  }
});

test('frames with a bad FCS are no sign of life', () => {
  const t = running();
  const bad = frameOf('ip 4500').slice();
  bad[bad.length - 2] ^= 1;
  for (let i = 0; i < 40 && t.phase === 'running'; i++) {
    t.wait(1000);
    t.raw(bad);
  }
  assert.is(t.reason, 'peer-dead');
});

test('a line with traffic needs no echoes, but for the first, a second after IP is up', () => {
  const t = running();
  t.wait(1000);
  t.hears('lcp echo # *');
  for (let i = 0; i < 60; i++) {
    t.wait(7000);
    t.says('ip 4500');
  }
  t.quiet();
});

test('the first echo does not wait for a pause: a peer that sends without one is learned as well', () => {
  const t = running();
  for (let i = 0; i < 9; i++) {
    t.wait(100);
    t.says('ip 4500');
  }
  t.quiet();
  t.wait(100);
  t.hears('lcp echo # *');
});

/** Answers the last echo. */
function answerEcho(t: Rig): void {
  t.says(`lcp echoreply ${/echo (\d+)/.exec(t.last('lcp echo *') && t.log[t.log.length - 1].text)![1]} 01020304`);
}

/** A peer that answers no echo, and that we know to be one: something has come since. */
function deaf(): Rig {
  const t = running();
  t.wait(2000);
  t.says('ip 4500');
  return t;
}

test('a peer that has answered an echo is dead after 30 s of silence, idle or not', () => {
  const t = running();
  t.wait(1000);
  answerEcho(t);
  for (let i = 0; i < 20; i++) {
    t.wait(7500);
    answerEcho(t);
  }
  assert.is(t.phase, 'running');
  const began = t.nowMs;
  t.wait(29999);
  assert.is(t.phase, 'running');
  t.wait(1);
  assert.is(t.reason, 'peer-dead');
  assert.is(t.nowMs - began, 30000);
});

test('a peer that never answers an echo is not missed while nothing else is sent to it', () => {
  const t = deaf();
  t.wait(3_600_000);
  assert.is(t.phase, 'running');
  t.says('ip 4500');
  t.wait(3_600_000);
  assert.is(t.phase, 'running');
});

test('a peer that never answers an echo, and whose answers to everything else come, lives', () => {
  const t = deaf();
  for (let i = 0; i < 100; i++) {
    t.wait(29000);
    t.send(Uint8Array.of(0x45, i));
    t.wait(2000);
    t.says('ip 4500');
  }
  assert.is(t.phase, 'running');
});

test('a peer that never answers an echo is dead when what is sent to it is not answered', () => {
  for (const idleMs of [0, 5000, 60_000, 3_600_000]) {
    const t = deaf();
    t.wait(idleMs);
    const began = t.nowMs;
    // As TCP does.
    for (const pauseMs of [0, 1000, 2000, 4000, 8000, 16000]) {
      t.wait(pauseMs);
      t.send(Uint8Array.of(0x45));
    }
    const limit = began + 45_000;
    while (t.phase === 'running' && t.nowMs < limit) {
      t.wait(100);
    }
    assert.is(t.reason, 'peer-dead', `after ${idleMs} ms`);
  }
});

test('a peer that dies before anything is known about it is dead within 30 s, and so is one that dies while it sends', () => {
  const t = running();
  t.wait(30000);
  assert.is(t.reason, 'peer-dead');
  const sender = running();
  for (let i = 0; i < 500; i++) {
    sender.wait(20);
    sender.says('ip 4500');
    if (sender.take().length) {
      answerEcho(sender);
    }
  }
  sender.wait(30000);
  assert.is(sender.reason, 'peer-dead');
});

test('an echo that is answered late is answered', () => {
  const t = running();
  t.wait(1000);
  const first = t.log[t.log.length - 1].text.split(' ')[2];
  t.says('ip 4500');
  t.wait(8000);
  t.says(`lcp echoreply ${first} 01020304`);
  t.wait(30000);
  assert.is(t.reason, 'peer-dead');
});

test('keepalive can be longer, and off', () => {
  const t = new Rig({ config: { _keepaliveMs: 60000 } });
  t.run();
  t.wait(1000);
  answerEcho(t);
  t.wait(239999);
  assert.is(t.phase, 'running');
  t.wait(1);
  assert.is(t.reason, 'peer-dead');
  const off = new Rig({ config: { _keepaliveMs: Infinity } });
  off.run();
  off.wait(10000000);
  off.quiet();
  assert.is(off.phase, 'running');
});

test('a peer that dies in the middle of the negotiation', () => {
  const t = new Rig({ user: 'me', key: 'secret' });
  t.establish('auth=c22305');
  t.wait(35000);
  assert.is(t.phase, 'dead');
  assert.is.not(t.reason, '');
});

/* linkClose */

/** Ways into every phase. */
const PHASES: Record<string, () => Rig> = {
  establish: () => {
    const t = new Rig();
    t.open();
    return t;
  },
  'establish, acknowledged': () => {
    const t = new Rig();
    t.open();
    t.acks();
    return t;
  },
  'establish, the peer acknowledged': () => {
    const t = new Rig();
    t.open();
    t.says('lcp req 1');
    return t;
  },
  'authenticate, PAP': () => {
    const t = new Rig();
    t.establish('auth=c023');
    return t;
  },
  'authenticate, CHAP': () => {
    const t = new Rig();
    t.establish('auth=c22305');
    return t;
  },
  network: () => {
    const t = new Rig();
    t.establish();
    return t;
  },
  running,
  'running, LCP anew': () => {
    const t = running();
    t.says('lcp req 9');
    return t;
  },
};

for (const [name, into] of Object.entries(PHASES)) {
  test(`close in ${name}: at most two Terminate-Requests, the end within 3 s without an answer`, () => {
    const t = into();
    t.take();
    t.close();
    assert.is(t.phase, 'terminate');
    t.close();
    t.wait(3000);
    assert.is(t.phase, 'dead');
    assert.is(t.reason, 'user');
    assert.is(t.ended, 1);
    const sent = t.take();
    assert.ok(sent.length >= 1 && sent.length <= 2, sent.join());
    sent.forEach((text) => assert.match(text, /^lcp termreq /));
    assert.is(linkPollAt(t.link), Infinity);
    t.says('lcp req 50');
    t.says('ip 4500');
    t.wait(100000);
    t.quiet();
  });

  test(`close in ${name}: at once with an answer`, () => {
    const t = into();
    t.take();
    t.close();
    t.says(`lcp termack ${t.last('lcp termreq*').body[1]}`);
    assert.is(t.phase, 'dead');
    assert.is(t.reason, 'user');
    assert.is(t.ended, 1);
  });

  test(`close in ${name}: the peer goes on as if nothing were`, () => {
    const t = into();
    t.close();
    t.take();
    t.says('lcp req 50 magic=01010101');
    t.says('ipcp req 51 addr=10.0.0.1');
    t.says('ip 4500');
    t.says('lcp echo 1 01020304');
    t.quiet();
    assert.is(t.phase, 'terminate');
    t.says('lcp termreq 9');
    t.hears('lcp termack 9');
    t.wait(3000);
    assert.is(t.phase, 'dead');
    assert.is(t.ended, 1);
    assert.is(t.packets.length, 0);
  });

  test(`${name}, the peer never heard of again: it ends by itself`, () => {
    const t = into();
    t.wait(60000);
    assert.is(t.phase, 'dead');
    assert.ok(['no-answer', 'auth-failed', 'no-address', 'peer-dead'].includes(t.reason), t.reason);
    assert.is(t.ended, 1);
  });

  test(`${name}, end, and open again with other credentials`, () => {
    const t = into();
    t.close();
    t.wait(3000);
    t.take();
    t.phases.length = 0;
    t.credentials('other', 'word');
    t.open();
    t.hears(LCP);
    assert.is(t.reason, '');
    t.acks();
    t.says('lcp req 1 auth=c023');
    t.hears('lcp ack 1 auth=c023', 'pap req # other:word');
    t.says(`pap ack ${t.last('pap req*').body[1]}`);
    t.network();
    assert.equal(t.phases, ['establish', 'authenticate', 'network', 'running']);
    assert.is(t.send(Uint8Array.of(0x45)), true);
  });
}

test('close while the peer is going already: its reason stays', () => {
  const t = running();
  t.says('lcp termreq 5');
  t.close();
  t.wait(3000);
  assert.is(t.phase, 'dead');
  assert.is(t.reason, 'terminated');
  assert.is(t.ended, 1);
});

/** Ends of every kind, after which the same object must do it all again. */
const ENDS: Record<string, (t: Rig) => void> = {
  'no-answer': (t) => {
    t.open();
    t.wait(30000);
  },
  'auth-failed': (t) => {
    t.establish('auth=c023');
    t.says(`pap nak ${t.last('pap req*').body[1]}`);
    t.wait(3000);
  },
  'no-address': (t) => {
    t.establish();
    t.acks('ipcp');
    t.says('ipcp req 1');
    t.wait(3000);
  },
  'peer-dead': (t) => {
    t.run();
    t.wait(30000);
  },
  'command-mode': (t) => {
    t.open();
    for (let i = 0; i < 40 && t.phase !== 'dead'; i++) {
      t.heard.splice(0).forEach(({ protocol, body }) => t.says({ protocol, body }));
    }
  },
  terminated: (t) => {
    t.run();
    t.says('lcp termreq 1');
    t.wait(3000);
  },
  user: (t) => {
    t.run();
    t.close();
    t.wait(3000);
  },
};

for (const [before, end] of Object.entries(ENDS)) {
  test(`after ${before}: every other end is told by its own name, and the link works`, () => {
    for (const [after, again] of Object.entries(ENDS)) {
      const t = new Rig();
      end(t);
      assert.is(t.phase, 'dead');
      assert.is(t.reason, before);
      assert.is(t.ended, 1);
      t.take();
      again(t);
      assert.is(t.reason, after, `${before}, then ${after}`);
      assert.is(t.ended, 2);
      t.take();
      t.run();
      assert.is(t.phase, 'running', `${before}, ${after}, and again`);
    }
  });
}

test('what was refused once is asked for again at the next opening', () => {
  const t = new Rig();
  t.open();
  t.rejects('lcp', 'accm=00000000');
  t.rejects('lcp', 'pfc acfc');
  t.hears(LCP, 'lcp req # magic=* pfc acfc', 'lcp req # magic=*');
  t.acks();
  t.says('lcp req 1');
  t.rejects('ipcp', 'dns1=0.0.0.0 dns2=0.0.0.0');
  t.close();
  t.wait(3000);
  t.take();
  t.open();
  t.hears(LCP);
  t.acks();
  t.says('lcp req 1');
  t.hears('lcp ack 1', IPCP);
});

test('the magic number is another at each opening', () => {
  const t = new Rig();
  const seen = new Set<string>();
  for (let i = 0; i < 5; i++) {
    t.open();
    seen.add(/magic=\w+/.exec(t.take()[0])![0]);
    t.close();
    t.wait(3000);
    t.take();
  }
  assert.is(seen.size, 5);
});

test('late frames of the last session do not upset the new one', () => {
  const t = running();
  const [, , oldId, ...options] = t.log[0].text.split(' ');
  t.close();
  t.wait(3000);
  t.open();
  t.take();
  t.says(`lcp termack ${t.last('lcp termreq*').body[1]}`);
  t.says(['lcp ack', oldId, ...options].join(' '));
  t.says('ipcp ack 1 addr=10.0.0.2');
  t.says('ip 4500');
  t.quiet();
  assert.is(t.phase, 'establish');
  t.acks();
  t.says('lcp req 1');
  t.network();
  assert.is(t.phase, 'running');
});

/* A modem with habits */

test('a SIM800: ACCM 000a0000, PAP, no magic number, the same identifier again and again', () => {
  const t = new Rig();
  t.open();
  t.raw(hex('0d0a434f4e4e4543540d0a'));
  t.take();
  for (let i = 0; i < 3; i++) {
    t.says('lcp req 1 accm=000a0000 auth=c023');
    t.hears('lcp ack 1 accm=000a0000 auth=c023');
  }
  t.rejects('lcp', /magic=\w+/.exec(t.log[0].text)![0]);
  t.hears('lcp req # accm=00000000 pfc acfc');
  t.rejects('lcp', 'pfc acfc');
  t.hears('lcp req # accm=00000000');
  t.acks();
  t.says('lcp discard 2 00000000');
  t.hears('pap req # :');
  t.says(`pap ack ${t.last('pap req*').body[1]}`);
  t.says('ccp 0101000f1206000000011a0478000f');
  t.hears(IPCP, 'lcp protrej # 80fd0101000f1206000000011a0478000f');
  t.says('ipcp req 1');
  t.hears('ipcp ack 1');
  t.naks('ipcp', 'dns1=10.11.12.13 dns2=10.11.12.14');
  t.naks('ipcp', '');
  t.wait(3000);
  t.naks('ipcp', 'addr=100.64.3.7 dns1=192.0.2.53 dns2=192.0.2.54');
  t.wait(300);
  t.acks('ipcp');
  assert.is(t.phase, 'running');
  t.take();
  t.send(Uint8Array.from({ length: 32 }, (_, i) => i));
  assert.is(t.heard[0].bare | 0, ~0x000a0000, 'XON and XOFF are escaped, as it wants it');
});

/* A modem's text, and our own frames again */

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

test('text between frames, as a modem prints it when it loses the connection, ends the link at once', () => {
  for (const text of [
    '\r\nNO CARRIER\r\n',
    '\r\n+PPPD: DISCONNECTED\r\n',
    '\r\nDISCONNECTED\r\n',
    '\r\n+CREG: 0\r\n\r\n+CGREG: 0\r\n\r\n+CEREG: 0\r\n\r\nRING\r\n\r\nNO CARRIER\r\n',
  ]) {
    for (const pieces of [1, 2, 3, text.length]) {
      const t = running();
      t.says('ip 4500');
      const bytes = bytesOf(text);
      const size = Math.ceil(bytes.length / pieces);
      for (let at = 0; at < bytes.length; at += size) {
        assert.is(t.phase, 'running', `${JSON.stringify(text)} ${pieces} ${at}`);
        t.raw(bytes.slice(at, at + size));
      }
      assert.equal([t.phase, t.reason, t.ended], ['dead', 'no-carrier', 1], `${JSON.stringify(text)} in ${pieces}`);
      t.quiet();
      t.run();
      assert.is(t.reason, '');
    }
  }
});

test('the text may come right behind a frame, and before the first one', () => {
  const t = running();
  t.raw(Uint8Array.from([...frameOf('ip 4500'), ...bytesOf('\r\nNO CARRIER\r\n')]));
  assert.equal([t.packets.length, t.reason], [1, 'no-carrier']);
  const early = new Rig();
  early.open();
  early.raw(bytesOf('\r\nNO CARRIER\r\n'));
  assert.is(early.reason, 'no-carrier');
});

test('other text between frames does no harm', () => {
  const t = running();
  for (const text of ['\r\nRING\r\n', '\r\n+CSQ: 5,99\r\n', '\n', '\r\n', `\r\n${'NOISE '.repeat(2000)}\r\n`]) {
    t.raw(bytesOf(text));
    t.says('ip 4500');
  }
  t.says('ip 4500');
  assert.is(t.phase, 'running');
  assert.ok(t.packets.length >= 5, `${t.packets.length}`);
});

test('the same text inside a frame is data', () => {
  for (const text of ['\r\nNO CARRIER\r\n', '\r\n+PPPD: DISCONNECTED\r\n', 'NO CARRIER\r\n']) {
    const frame = frameOf({ protocol: 0x21, body: bytesOf(`E\0\0\x20${text}${text}`) });
    for (let cut = 1; cut <= frame.length; cut++) {
      const t = running();
      t.raw(frame.slice(0, cut));
      assert.is(t.phase, 'running', `${JSON.stringify(text)} cut at ${cut}`);
      t.raw(frame.slice(cut));
      assert.equal([t.phase, t.packets.length], ['running', 1]);
    }
    const control = running();
    control.says(`lcp discard 1 00000000 ${Buffer.from(text).toString('hex')}`);
    assert.is(control.phase, 'running');
  }
});

test('after a Terminate-Request of either side the reason stays the first', () => {
  const t = running();
  t.close();
  t.raw(bytesOf('\r\nNO CARRIER\r\n'));
  assert.equal([t.phase, t.reason], ['dead', 'user']);
  const other = running();
  other.says('lcp termreq 9');
  other.raw(bytesOf('\r\nNO CARRIER\r\n'));
  assert.equal([other.phase, other.reason], ['dead', 'terminated']);
});

test('a modem back in command mode echoes our frames: they are no sign of life, and our own echo gives it away', () => {
  for (const busy of [false, true]) {
    const t = running();
    const began = t.nowMs;
    const ours = new Uint8Array(40);
    ours.set([0x45, 0, 0, 40]);
    ours.set([10, 0, 0, 2], 12);
    ours.set([1, 1, 1, 1], 16);
    while (t.phase === 'running' && t.nowMs - began < 60_000) {
      t.wait(500);
      if (busy) {
        t.send(ours);
      }
      for (const frame of t.heard.splice(0)) {
        t.raw(frameOf(frame));
      }
    }
    assert.is(t.reason, 'command-mode', `busy ${busy}`);
    assert.ok(t.nowMs - began <= 10_000, `${t.nowMs - began} ms`);
  }
});

test("a peer's own echo, with a magic number of its own or none, is answered as ever", () => {
  const t = running();
  t.says('lcp echo 1 01020304');
  t.says('lcp echo 2 00000000');
  t.hears('lcp echoreply 1 *', 'lcp echoreply 2 *');
});

/* Frames that are no packets */

test('malformed and misplaced packets are dropped and counted', () => {
  const t = running();
  const dropped = (): number => t.link._stats.dropped;
  for (const [text, body] of [
    ['LCP without a header', 'c021 01'],
    ['LCP, length 3', 'c021 09010003'],
    ['LCP, length beyond', 'c021 0901000901'],
    ['IPCP, length 0', '8021 01010000'],
    ['PAP nobody asked for', 'c023 01010006 0000'],
    ['CHAP nobody asked for', 'c223 01010005 00'],
  ]) {
    const before = dropped();
    const [protocol, rest] = body.split(' ');
    t.says({ protocol: parseInt(protocol, 16), body: hex(rest) });
    assert.is(dropped(), before + 1, text);
    t.quiet();
    assert.is(t.phase, 'running');
  }
});

test('frames without a whole protocol field are dropped', () => {
  const t = running();
  for (const content of ['ff03', 'ff03c0', 'ff0380', 'c000', '0000']) {
    const { dropped } = t.link._stats;
    t.raw(wireOf(withFcs(hex(content))));
    t.take();
    assert.is(t.phase, 'running', content);
    assert.is(t.link._stats.dropped, dropped + 1, content);
  }
  t.raw(wireOf(withFcs(hex('ff0321'))));
  assert.equal(
    t.packets.map(({ length }) => length),
    [0],
    'a protocol and nothing else is a packet, if an empty one',
  );
});

function withFcs(bytes: Uint8Array): Uint8Array {
  const fcs = fcsOf(bytes) ^ 0xffff;
  return concat(bytes, [fcs & 255, fcs >> 8]);
}

test('the statistics add up', () => {
  const t = running();
  const { _stats, _framer } = t.link;
  assert.is(_stats.txFrames, t.log.length);
  const { rxFrames, rxBytes } = _framer._stats;
  const wire = frameOf('ip 4500');
  t.raw(wire);
  assert.is(_framer._stats.rxFrames, rxFrames + 1);
  assert.is(_framer._stats.rxBytes, rxBytes + wire.length);
  const { txBytes } = _stats;
  t.send(Uint8Array.from({ length: 40 }, () => 0x45));
  assert.ok(_stats.txBytes >= txBytes + 40 + 2 + 1);
});

test('linkMtu is the smaller of ours and the peer MRU', () => {
  const t = new Rig();
  t.establish('mru=0240');
  assert.is(linkMtu(t.link, 1500), 576);
  assert.is(linkMtu(t.link, 500), 500);
  const big = new Rig();
  big.establish('mru=4000');
  assert.is(linkMtu(big.link, 1500), 1500);
});

test('an owner may open the link again from inside _ended', () => {
  const t = running();
  let again = 0;
  const { _owner } = t.link;
  const ended = _owner._ended;
  _owner._ended = () => {
    ended();
    if (again++ === 0) {
      t.open();
    }
  };
  t.raw(concat(frameOf('lcp termreq 1'), frameOf('ip 4500')));
  t.wait(300);
  assert.is(t.phase, 'establish');
  assert.is(t.reason, '');
  t.acks();
  t.says('lcp req 1');
  t.network();
  assert.is(t.phase, 'running');
});

test('an owner may close the link from inside _phaseChanged', () => {
  for (const at of [1, 2, 3, 4]) {
    const t = new Rig({ user: 'me', key: 'secret' });
    const { _owner } = t.link;
    const told = _owner._phaseChanged;
    _owner._phaseChanged = (phase) => {
      told(phase);
      if ((phase as number) === at) {
        t.close();
      }
    };
    t.open();
    if (at > 1) {
      t.acks();
      t.says('lcp req 1 auth=c023');
    }
    if (at > 2) {
      t.says(`pap ack ${t.last('pap req*').body[1]}`);
    }
    if (at > 3) {
      t.network();
    }
    t.wait(3000);
    assert.is(t.phase, 'dead', `phase ${at}`);
    assert.is(t.reason, 'user', `phase ${at}`);
    assert.is(t.ended, 1, `phase ${at}`);
    t.take();
    t.wait(60000);
    t.quiet();
  }
});

/* Mutations */

const CORPUS = [
  'lcp req 1 accm=000a0000 auth=c023 magic=01020304 pfc acfc',
  'lcp req 2 mru=05dc auth=c22305 magic=7e7d7e7d o17=05dc o19=030102',
  'lcp ack 1 accm=00000000 magic=01020304 pfc acfc',
  'lcp nak 1 mru=0240 magic=0a0b0c0d auth=c227',
  'lcp rej 1 pfc acfc',
  'lcp termreq 3',
  'lcp termack 3',
  'lcp coderej 4 0e010004',
  'lcp protrej 5 80fd01010004',
  'lcp echo 6 01020304 61626364',
  'lcp echoreply 6 01020304',
  'lcp discard 7 01020304',
  'lcp ident 8 01020304 70',
  'pap ack 1',
  'pap nak 1',
  'pap req 1 me:secret',
  'chap challenge 9 00112233445566778899aabbccddeeff:peer',
  'chap success 9 6f6b',
  'chap failure 9 6e6f',
  'ipcp req 1 addr=10.0.0.1 vj=002d0f01',
  'ipcp req 2 addr=0.0.0.0 dns1=0.0.0.0',
  'ipcp nak 1 addr=10.0.0.2 dns1=10.0.0.3 dns2=10.0.0.4',
  'ipcp rej 1 dns1=0.0.0.0 dns2=0.0.0.0',
  'ipcp ack 1 addr=10.0.0.2',
  'ipcp termreq 1',
  'ccp 01010004',
  'ip 45000014000040004001000001020304',
].map(packetOf);

test('100,000 mutated packets in good frames, in every phase: no exception, and the object still works', () => {
  const { below, pick } = random(41);
  const ways = Object.values(PHASES);
  const visited = new Set<string>();
  let t = pick(ways)();
  let fresh = 0;
  for (let i = 0; i < 100000; i++) {
    const source = pick(CORPUS);
    const body = source.body.slice();
    for (let n = below(3); n > 0 && body.length; n--) {
      body[below(body.length)] = pick([0, 1, 2, 5, 6, 255, below(256)]);
    }
    // Half of the replies have the right identifier.
    if (below(2) && body.length > 1 && (source.protocol === 0xc021 || source.protocol === 0x8021)) {
      body[1] = t.link[source.protocol === 0xc021 ? '_lcp' : '_ipcp']._id & 255;
    }
    const cut = below(5) ? body : body.slice(0, below(body.length + 1));
    const protocol = below(20) ? source.protocol : below(0x10000);
    const framing = { accm: below(2) ? -1 : 0, acfc: below(3) === 0, pfc: below(3) === 0 };
    const bytes = frameOf({ protocol, body: cut }, framing);
    linkInput(t.link, bytes, bytes.length, t.nowMs);
    visited.add(t.phase);
    if (below(10) === 0) {
      t.nowMs += below(400);
      linkPoll(t.link, t.nowMs);
    }
    if (t.phase === 'dead' || below(400) === 0) {
      t.close();
      t.wait(3000);
      assert.is(t.phase, 'dead', `after packet ${i}`);
      assert.is.not(t.reason, '');
      if (below(20) === 0) {
        // As good as new.
        t.link._keepaliveMs = 7500;
        t.log.length = 0;
        t.take();
        t.run();
        assert.is(t.phase, 'running', `after packet ${i}`);
      } else {
        t = pick(ways)();
        fresh++;
      }
    }
    t.heard.length = 0;
    if (t.log.length > 200) {
      t.log.splice(0, t.log.length - 50);
    }
    if (t.packets.length > 100) {
      t.packets.length = 0;
    }
  }
  assert.equal([...visited].sort(), ['authenticate', 'dead', 'establish', 'network', 'running', 'terminate']);
  assert.ok(fresh > 100);
});

test('20,000 packets of noise in good frames', () => {
  const { below, bytes, pick } = random(42);
  const t = running();
  for (let i = 0; i < 20000; i++) {
    const protocol = pick([0xc021, 0x8021, 0xc023, 0xc223, 0x21, 0x80fd, below(0x10000)]);
    const body = bytes(below(below(4) ? 24 : 700));
    if (body.length > 3 && below(2)) {
      body[0] = below(15);
      body[2] = body.length >> 8;
      body[3] = body.length & 255;
    }
    t.says({ protocol, body });
    t.heard.length = t.log.length = t.packets.length = 0;
    if (t.phase === 'dead') {
      t.run();
    } else if (t.phase !== 'running' && below(30) === 0) {
      t.close();
      t.wait(3000);
      assert.is(t.phase, 'dead');
      t.run();
    }
  }
  t.close();
  t.wait(3000);
  assert.is(t.phase, 'dead');
  t.run();
  assert.is(t.phase, 'running');
});

test.run();
