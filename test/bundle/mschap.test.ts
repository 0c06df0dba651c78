/** parts/mschap.js as it is shipped: MSCHAPv2 behind bundles that were built without it. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FlashedBoard, bundle, part } from '../helpers/flashed-board';
import { ascii, toHex } from '../helpers/bytes';
import { linkClose, linkOpen } from '../../modules/ppp/link';
import { Reader, frameOf, textOf } from '../helpers/ppp';

const test = suite('MSCHAPv2 behind a bundle');

type Options = ConstructorParameters<typeof FlashedBoard>[1];

/** A peer of this kind; what it says about a Response may be something else. */
function made(front: string, options: Options, verdict?: string, parts = ['mschap']): FlashedBoard {
  const board = new FlashedBoard([bundle(front), ...parts.map(part)], options);
  if (verdict !== undefined) {
    const give = board.pair.write;
    const reader = new Reader();
    board.pair.write = (from, bytes) => {
      for (const frame of reader.push(bytes)) {
        const [, what, id] = /^chap (success|failure) (\w+)/.exec(textOf(frame)) ?? [];
        const [said, ...message] = verdict.split(' ');
        give(from, what ? frameOf(`chap ${said} ${id} ${toHex(ascii(message.join(' ')))}`) : frameOf(frame));
      }
    };
  }
  return board;
}

/** What becomes of a connect with these arguments. */
function outcome(board: FlashedBoard, args: string): string[] {
  board.run(
    `var heard = ''; ppp.connect(${args}, function (e) { heard = e ? e.errno + ' ' + e.reason + ': ' + e.message : 'up'; });`,
  );
  board.reaches("heard !== ''", 60000);
  const errors = Array.from(board.context.told).filter((text) => /^error/.test(text));
  return [
    board.run<string>('heard'),
    ...errors,
    board.run<string>("ppp.status('reason')"),
    String(board.run('ppp.status()')),
  ];
}

const WANTED = "{ security: network.PPP.SEC_MSCHAP2, user: 'me', key: 'secret' }";

for (const front of ['ppp', 'network', 'socket', 'http']) {
  test(`${front}.js: the right key, in either form of connect, and when the peer alone wants it`, () => {
    for (const args of [WANTED, "network.PPP.SEC_MSCHAP2, 'me', 'secret'", "{ user: 'me', key: 'secret' }"]) {
      const board = made(front, { auth: 'mschap' });
      assert.equal(outcome(board, args), ['up', '', '4'], args);
      assert.ok(board.pair.log.some(({ text }) => /^lcp req .*auth=c22381/.test(text)));
    }
  });
}

test('without the part: CHAP is asked for instead, and SEC_MSCHAP2 is none', () => {
  const board = made('ppp', { auth: 'mschap' }, undefined, []);
  assert.is(board.run('network.PPP.SEC_MSCHAP2'), undefined);
  assert.throws(() => board.run("ppp.connect(3, 'me', 'secret')"), /invalid auth/);
});

test('another peer’s wish: CHAP from one that has that alone, PAP as before', () => {
  const other = made('ppp', { auth: 'chap' });
  assert.equal(outcome(other, WANTED), ['up', '', '4']);
  const pap = made('ppp', { auth: 'pap' });
  assert.equal(outcome(pap, "network.PPP.SEC_PAP, 'me', 'secret'"), ['up', '', '4']);
});

test('a wrong key, and each reason that a peer may have', () => {
  assert.equal(outcome(made('ppp', { auth: 'mschap' }), WANTED.replace('secret', 'guess')), [
    '13 auth-failed: [Errno 13] auth-failed',
    'error auth-failed',
    'auth-failed',
    '-7',
  ]);
  for (const [verdict, reason] of [
    ['failure E=646 R=0', 'restricted-hours'],
    ['failure E=647 R=0', 'account-disabled'],
    ['failure E=648 R=0 C=00112233445566778899AABBCCDDEEFF V=3', 'password-expired'],
    ['failure E=649 R=0', 'no-permission'],
    ['failure E=691 R=1', 'auth-failed'],
    // The peer does not know the secret.
    ['success M=Welcome', 'peer-unproven'],
    [`success S=${'0'.repeat(40)} M=Welcome`, 'peer-unproven'],
  ]) {
    const board = made('network', { auth: 'mschap' }, verdict);
    assert.equal(
      outcome(board, WANTED),
      [`13 ${reason}: [Errno 13] ${reason}`, `error ${reason}`, reason, '-7'],
      verdict,
    );
  }
});

test('a reason does not outlive its connect; a bad argument changes nothing', () => {
  const board = made('ppp', { auth: 'mschap' });
  board.run(
    "heard = ''; ppp.connect({ security: 3, user: 'me', key: 'guess' }, function (e) { heard = e.reason; });".replace(
      'heard',
      'var heard',
    ),
  );
  board.reaches("heard !== ''", 60000);
  assert.throws(
    () => board.run("ppp.connect({ security: 3, user: 'me', kex: 'secret' })"),
    /unexpected argument kex|kex/,
  );
  assert.throws(() => board.run("ppp.connect({ security: 3, user: 'me' })"), /string expected/);
  assert.throws(() => board.run("ppp.connect({ security: 4, user: 'me', key: 'secret' })"), /invalid auth/);
  linkClose(board.server, board.nowMs);
  board.until('false', 5000);
  linkOpen(board.server, board.nowMs);
  assert.equal(outcome(board, WANTED).slice(0, 1), ['up']);
  assert.is(board.run("ppp.status('reason')"), '');
});

test('with reconnect: a link that fails comes back by MSCHAPv2', () => {
  const board = made('network', { auth: 'mschap' }, undefined, ['reconnect', 'mschap', 'mschap']);
  board.run(`ppp.config({ reconnects: 1, holdoff: 500 }); ppp.connect(${WANTED});`);
  board.reaches('ppp.isconnected()', 5000);
  linkClose(board.server, board.nowMs);
  board.until("told.indexOf('error terminated') >= 0", 5000);
  const before = board.pair.log.length;
  linkOpen(board.server, board.nowMs);
  board.reaches('ppp.isconnected()', 10000);
  assert.ok(board.pair.log.slice(before).some(({ text }) => /^chap success/.test(text)));
});

test.run();
