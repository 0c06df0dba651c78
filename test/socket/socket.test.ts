/** MicroPython's socket: what each call gives its callback, what throws, what waits and for how long. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as socket from '../../modules/socket/socket';
import type { InetAddress, Socket } from '../../modules/socket/socket';
import { connect } from '../../modules/socket/net';
import { FAR, NEAR, SocketPair } from '../helpers/socket-pair';
import { pattern } from '../helpers/tcp';
import { thrown } from '../helpers/thrown';

const { AF_INET, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR, IPPROTO_TCP, TCP_NODELAY } = socket;

/** What a callback was told, and when. */
class Told {
  value: unknown = 'nothing';
  count = 0;
  atMs = 0;
  private inCall = true;
  constructor(private readonly pair: SocketPair) {}

  readonly tell = (error: (Error & { code?: string; errno?: number }) | null, value?: unknown): void => {
    assert.not(this.inCall, 'a callback comes after the call');
    this.count++;
    this.atMs = this.pair.clock.nowMs;
    this.value = error
      ? `${error.errno} ${error.code}`
      : value instanceof Uint8Array
        ? Buffer.from(value).toString('latin1')
        : value;
  };

  called(): this {
    this.inCall = false;
    return this;
  }
}

class Board {
  readonly pair: SocketPair;

  constructor(options = {}) {
    this.pair = new SocketPair(options);
  }

  /** Calls, and lets time pass. */
  do(call: (tell: Told['tell']) => void, ms = 1000): unknown {
    return this.start(call, ms).value;
  }

  start(call: (tell: Told['tell']) => void, ms = 0): Told {
    const told = new Told(this.pair);
    this.pair.near.use(() => call(told.tell));
    told.called();
    this.pair.run(ms);
    assert.ok(told.count <= 1);
    return told;
  }

  tcp(): Socket {
    return this.pair.near.use(() => socket.socket(AF_INET, SOCK_STREAM));
  }

  udp(): Socket {
    return this.pair.near.use(() => socket.socket(AF_INET, SOCK_DGRAM));
  }

  farTcp(): Socket {
    return this.pair.far.use(() => socket.socket());
  }

  /** A connection: our end and the far one. */
  connected(): [Socket, Socket] {
    const server = this.farTcp();
    server.bind(['', 80]);
    server.listen(1);
    const near = this.tcp();
    assert.is(
      this.do((tell) => near.connect([FAR, 80], tell)),
      undefined,
    );
    const [far, address] = this.do((tell) => server.accept(tell)) as [Socket, InetAddress];
    assert.is(address[0], NEAR);
    server.close();
    return [near, far];
  }
}

test('getaddrinfo', () => {
  const board = new Board();
  assert.equal(
    board.do((tell) => socket.getaddrinfo(FAR, 80, tell)),
    [[2, 1, 6, '', [FAR, 80]]],
  );
  assert.equal(
    board.do((tell) => socket.getaddrinfo(FAR, 80, AF_INET, SOCK_DGRAM, tell)),
    [[2, 2, 17, '', [FAR, 80]]],
  );
  assert.is(
    board.do((tell) => socket.getaddrinfo('bad..name', 80, tell)),
    '-2 ENOTFOUND',
  );
  assert.is(
    thrown(() => socket.getaddrinfo(FAR, 70000, () => {})),
    'ValueError: port out of range',
  );
  assert.is(
    thrown(() => socket.getaddrinfo(FAR, 80)),
    'TypeError: callback expected',
  );
});

test('a client and a server: connect, accept, send, recv, recvfrom, the end', () => {
  const board = new Board();
  const [near, far] = board.connected();
  assert.is(
    board.do((tell) => near.send('hello world', tell)),
    11,
  );
  assert.is(
    board.do((tell) => far.recv(5, tell)),
    'hello',
  );
  const [rest, from] = board.do((tell) => far.recvfrom(100, tell)) as [Uint8Array, InetAddress];
  assert.equal([Buffer.from(rest).toString(), from[0]], [' world', NEAR]);
  const waiting = board.start((tell) => near.recv(10, tell), 500);
  assert.is(waiting.count, 0);
  assert.is(
    board.do((tell) => far.sendall('back', tell)),
    undefined,
  );
  assert.is(waiting.value, 'back');
  far.close();
  assert.is(
    board.do((tell) => near.recv(10, tell)),
    '',
  );
  assert.is(
    board.do((tell) => near.recv(10, tell)),
    '',
  );
  near.close();
  near.close();
  assert.is(
    thrown(() => near.recv(1, () => {})),
    'OSError: [Errno 9] EBADF',
  );
  board.pair.run(20000);
  assert.equal([board.pair.near.host._stack._tcbs.length, board.pair.near.context._timed.length], [0, 0]);
});

test('data that came before the end is read first, in the pieces asked for', () => {
  const board = new Board();
  const [near, far] = board.connected();
  board.do((tell) => far.sendall(pattern(0, 3000), tell));
  far.close();
  const got: Buffer[] = [];
  for (let i = 0; i < 100; i++) {
    const piece = board.do((tell) => near.recv(700, tell), 50) as string;
    got.push(Buffer.from(piece, 'latin1'));
    assert.ok(piece.length <= 700);
    if (!piece) {
      break;
    }
  }
  assert.ok(Buffer.concat(got).equals(Buffer.from(pattern(0, 3000))));
});

test('sendall waits for room, and a reader that does not read holds it back', () => {
  const board = new Board();
  const [near, far] = board.connected();
  const sending = board.start((tell) => near.sendall(pattern(0, 50000), tell), 5000);
  assert.is(sending.count, 0);
  const got: Buffer[] = [];
  while (got.reduce((sum, one) => sum + one.length, 0) < 50000) {
    const piece = board.do((tell) => far.recv(4096, tell), 300);
    assert.ok(piece && piece !== 'nothing', 'nothing more comes');
    got.push(Buffer.from(piece as string, 'latin1'));
  }
  board.pair.run();
  assert.equal([sending.count, sending.value], [1, undefined]);
  assert.ok(Buffer.concat(got).equals(Buffer.from(pattern(0, 50000))));
});

test('settimeout: a time, not at all, for ever', () => {
  const board = new Board();
  const [near, far] = board.connected();
  near.settimeout(1.5);
  const start = board.pair.clock.nowMs;
  const late = board.start((tell) => near.recv(1, tell), 3000);
  assert.is(late.value, '110 ETIMEDOUT');
  assert.ok(late.atMs - start >= 1500 && late.atMs - start <= 1502);
  near.settimeout(0);
  assert.is(
    board.do((tell) => near.recv(1, tell)),
    '11 EAGAIN',
  );
  board.do((tell) => far.send('x', tell));
  assert.is(
    board.do((tell) => near.recv(1, tell)),
    'x',
  );
  near.setblocking(true);
  assert.is(board.start((tell) => near.recv(1, tell), 100000).count, 0);
  assert.is(
    thrown(() => near.settimeout(-1)),
    'ValueError: invalid timeout',
  );
  assert.is(
    thrown(() => near.settimeout(NaN)),
    'ValueError: invalid timeout',
  );
  const other = board.tcp();
  other.settimeout(0);
  assert.is(
    board.do((tell) => other.connect([FAR, 81], tell), 0),
    'nothing',
  );
  const third = board.tcp();
  third.settimeout(2);
  assert.is(
    board.do((tell) => third.connect(['10.9.9.9', 80], tell), 3000),
    '110 ETIMEDOUT',
  );
});

test('connect without waiting: EINPROGRESS, then it works', () => {
  const board = new Board();
  board.pair.serve(7, (one) => void one.end('hi'));
  const near = board.tcp();
  near.settimeout(0);
  assert.is(
    board.do((tell) => near.connect([FAR, 7], tell), 2),
    '115 EINPROGRESS',
  );
  assert.is(
    thrown(() => near.connect([FAR, 7], () => {})),
    'OSError: [Errno 114] EALREADY',
  );
  near.settimeout(null);
  assert.is(
    board.do((tell) => near.recv(10, tell)),
    'hi',
  );
  assert.is(
    thrown(() => near.connect([FAR, 7], () => {})),
    'OSError: [Errno 106] EISCONN',
  );
});

test('errors of the connection: refused, no name, reset, link lost', () => {
  const board = new Board();
  const near = board.tcp();
  assert.is(
    board.do((tell) => near.connect([FAR, 9], tell)),
    '111 ECONNREFUSED',
  );
  assert.is(
    board.do((tell) => board.tcp().connect(['bad..name', 9], tell)),
    '-2 ENOTFOUND',
  );
  const [one] = board.connected();
  const waiting = board.start((tell) => one.recv(1, tell));
  board.pair.near.down();
  board.pair.run();
  assert.is(waiting.value, '100 ENETDOWN');
  assert.is(
    board.do((tell) => one.send('x', tell)),
    '100 ENETDOWN',
  );
  assert.is(
    board.do((tell) => board.tcp().connect([FAR, 9], tell)),
    '101 ENETUNREACH',
  );
});

test('close ends what waits with EBADF', () => {
  const board = new Board();
  const [near] = board.connected();
  const waiting = board.start((tell) => near.recv(1, tell));
  near.close();
  board.pair.run();
  assert.is(waiting.value, '9 EBADF');
  const server = board.farTcp();
  server.bind(['', 90]);
  server.listen();
  const accepting = board.start((tell) => server.accept(tell));
  server.close();
  board.pair.run();
  assert.is(accepting.value, '9 EBADF');
});

test('two calls that wait for the same thing: the second throws', () => {
  const board = new Board();
  const [near] = board.connected();
  board.start((tell) => near.recv(1, tell));
  assert.is(
    thrown(() => near.recv(1, () => {})),
    'OSError: [Errno 114] EALREADY',
  );
});

test('a server: bind, listen, the backlog; a port that is taken', () => {
  const board = new Board();
  const server = board.farTcp();
  assert.is(
    thrown(() => server.listen()),
    'OSError: [Errno 22] EINVAL',
  );
  assert.is(
    thrown(() => server.accept(() => {})),
    'OSError: [Errno 22] EINVAL',
  );
  server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  server.bind(['0.0.0.0', 80]);
  assert.is(
    thrown(() => server.bind(['', 81])),
    'OSError: [Errno 22] EINVAL',
  );
  server.listen(2);
  assert.is(
    thrown(() => {
      const second = board.farTcp();
      second.bind(['', 80]);
      second.listen();
    }),
    'OSError: [Errno 98] EADDRINUSE',
  );
  const errors: string[] = [];
  for (let i = 0; i < 3; i++) {
    board.pair.near.use(() => connect(80, FAR).on('error', (error) => errors.push(error.code)));
    board.pair.run(100);
  }
  assert.equal(errors, ['ECONNRESET']);
  assert.ok(board.do((tell) => server.accept(tell)));
  assert.ok(board.do((tell) => server.accept(tell)));
  assert.is(board.start((tell) => server.accept(tell), 100).count, 0);
});

test('datagrams: sendto, recvfrom, what is longer than asked for, connect, bounds', () => {
  const board = new Board();
  const server = board.pair.far.use(() => socket.socket(AF_INET, SOCK_DGRAM));
  server.bind(['', 53]);
  const client = board.udp();
  assert.is(
    board.do((tell) => client.sendto('question', [FAR, 53], tell)),
    8,
  );
  const [bytes, from] = board.do((tell) => server.recvfrom(100, tell)) as [Uint8Array, InetAddress];
  assert.equal([Buffer.from(bytes).toString(), from[0]], ['question', NEAR]);
  assert.is(
    board.do((tell) => server.sendto('a long answer', from, tell)),
    13,
  );
  assert.is(
    board.do((tell) => client.recv(6, tell)),
    'a long',
  );
  assert.is(board.start((tell) => client.recv(6, tell), 100).count, 0, 'the rest is lost');
  assert.is(
    board.do((tell) => client.sendto(new Uint8Array(1500), [FAR, 53], tell)),
    '90 EMSGSIZE',
  );
  assert.is(
    thrown(() => client.send('x', () => {})),
    'OSError: [Errno 107] ENOTCONN',
  );
  assert.is(
    board.do((tell) => client.connect([FAR, 53], tell)),
    undefined,
  );
  assert.is(
    board.do((tell) => client.send('x', tell)),
    1,
  );
  for (let i = 0; i < 20; i++) {
    board.do((tell) => client.send(`${i}`, tell), 10);
  }
  assert.is(
    board.do((tell) => server.recv(9, tell)),
    'x',
  );
  let got = 0;
  while (board.do((tell) => server.recv(9, tell), 20) !== 'nothing') {
    got++;
  }
  assert.is(got, 3, 'four wait at most');
  client.close();
  server.close();
  assert.equal([board.pair.near.host._stack._udps.length, board.pair.far.host._stack._udps.length], [0, 0]);
});

test('a caller’s mistakes throw', () => {
  const board = new Board();
  const near = board.tcp();
  assert.is(
    thrown(() => socket.socket(10)),
    'OSError: [Errno 22] EINVAL',
  );
  assert.is(
    thrown(() => socket.socket(AF_INET, 3)),
    'OSError: [Errno 22] EINVAL',
  );
  assert.is(
    thrown(() => near.connect('x' as never, () => {})),
    'TypeError: address must be [host, port]',
  );
  assert.is(
    thrown(() => near.connect([FAR] as never, () => {})),
    'TypeError: address must be [host, port]',
  );
  assert.is(
    thrown(() => near.connect([5, 80] as never, () => {})),
    'TypeError: host must be a string',
  );
  assert.is(
    thrown(() => near.connect([FAR, -1], () => {})),
    'ValueError: port out of range',
  );
  assert.is(
    thrown(() => near.connect([FAR, 80], undefined as never)),
    'TypeError: callback expected',
  );
  assert.is(
    thrown(() => near.send('x', () => {})),
    'OSError: [Errno 107] ENOTCONN',
  );
  assert.is(
    thrown(() => near.recv(0, () => {})),
    'ValueError: invalid size',
  );
  assert.is(
    thrown(() => near.sendto('x', [FAR, 1], () => {})),
    'OSError: [Errno 22] EINVAL',
  );
  assert.is(
    board.do((tell) => near.recv(1, tell)),
    '107 ENOTCONN',
  );
  near.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
  const [one] = board.connected();
  one.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
  assert.is(one._tcb!._noDelay, true);
  assert.is(
    thrown(() => one.send(5 as never, () => {})),
    'TypeError: data must be a string or a Uint8Array',
  );
});

test.run();
