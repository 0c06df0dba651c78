/** Module `net`: what its events are and when, back-pressure, ends, errors. Simulated time, two hosts of ours. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, createServer, isIP, Server, Socket } from '../../modules/socket/net';
import { FAR, NEAR, SocketPair, hear } from '../helpers/socket-pair';
import { pattern } from '../helpers/tcp';
import { thrown } from '../helpers/thrown';

const EVENTS = ['connect', 'ready', 'data', 'end', 'finish', 'timeout', 'drain', 'error', 'close'];

test('a conversation: every event of both sides, in order', () => {
  const pair = new SocketPair();
  let far: string[] = [];
  pair.serve(7, (socket) => {
    far = hear(socket, ...EVENTS);
    socket.on('data', (bytes) => socket.write(bytes));
    assert.equal([socket.remoteAddress, socket.localAddress, socket.localPort], [NEAR, FAR, 7]);
  });
  const socket = pair.near.use(() => connect(7, FAR));
  const near = hear(socket, ...EVENTS);
  assert.is(socket.connecting, true);
  socket.write('hello');
  pair.run();
  assert.equal([socket.connecting, socket.remoteAddress, socket.remotePort], [false, FAR, 7]);
  assert.equal(near, ['connect', 'ready', 'drain', 'data hello']);
  socket.end(' bye');
  pair.run();
  assert.equal(near.slice(4), ['finish', 'data  bye', 'end', 'close false']);
  assert.equal(far, ['data hello', 'data  bye', 'end', 'finish', 'close false']);
  assert.equal([socket.bytesRead, socket.bytesWritten, socket.destroyed], [9, 9, true]);
  pair.run(20000);
  assert.equal([pair.near.host._stack._tcbs.length, pair.far.host._stack._tcbs.length], [0, 0]);
  assert.equal([pair.near.context._timed.length, pair.near.context._later.length], [0, 0]);
});

test('write: false and drain; the callbacks come in order; nothing is lost', () => {
  const pair = new SocketPair();
  const got: Buffer[] = [];
  pair.serve(7, (socket) => socket.on('data', (bytes) => got.push(Buffer.from(bytes))));
  const socket = pair.near.use(() => connect(7, FAR));
  const told: number[] = [];
  let at = 0;
  let full = 0;
  const more = (): void => {
    while (at < 100000) {
      const from = at;
      at += 1000;
      if (!socket.write(pattern(from, from + 1000), () => told.push(from))) {
        full++;
        return;
      }
    }
    socket.end();
  };
  socket.on('connect', more).on('drain', more);
  pair.run(60000);
  assert.ok(full > 10, `write has said false ${full} times`);
  assert.equal(
    told,
    Array.from({ length: 100 }, (_, i) => i * 1000),
  );
  assert.ok(Buffer.concat(got).equals(Buffer.from(pattern(0, 100000))));
  assert.is(socket.destroyed, true);
});

test('pause: the window closes, the peer waits; resume brings the rest', () => {
  const pair = new SocketPair();
  let server: Socket | null = null;
  pair.serve(7, (socket) => (server = socket));
  const socket = pair.near.use(() => connect(7, FAR));
  let drains = 0;
  socket.on('drain', () => drains++);
  socket.end(pattern(0, 60000));
  pair.run(20000);
  // Nobody listens on the other side: it holds what the window let through and no more.
  assert.is(socket.writableFinished, false);
  assert.ok(server!.bytesRead <= pair.far.host._bounds._tcpWindow);
  const got: Buffer[] = [];
  server!.on('data', (bytes) => {
    got.push(Buffer.from(bytes));
    if (got.length === 2) {
      server!.pause();
    }
  });
  pair.run(20000);
  assert.is(server!.isPaused(), true);
  assert.is(got.length, 2);
  server!.resume();
  pair.run(60000);
  assert.ok(Buffer.concat(got).equals(Buffer.from(pattern(0, 60000))));
  assert.is(server!.destroyed, true);
});

test('what was paused is still there when the peer has closed', () => {
  const pair = new SocketPair();
  pair.serve(7, (socket) => socket.end('late'), { allowHalfOpen: true });
  const socket = pair.near.use(() => connect(7, FAR));
  socket.pause();
  const heard = hear(socket, 'end', 'close');
  socket.end();
  pair.run(60000);
  assert.equal(heard, []);
  const data = hear(socket, 'data');
  socket.resume();
  pair.run();
  assert.equal(data, ['data late']);
  assert.equal(heard, ['end', 'close false']);
});

test('allowHalfOpen: the answer may come after the question has ended', () => {
  const pair = new SocketPair();
  pair.serve(
    7,
    (socket) => {
      let text = '';
      socket.setEncoding('utf8').on('data', (piece) => (text += piece));
      socket.on('end', () => socket.end(text.toUpperCase()));
    },
    { allowHalfOpen: true },
  );
  const socket = pair.near.use(() => connect({ port: 7, host: FAR, allowHalfOpen: true }));
  const heard = hear(socket.setEncoding('utf8'), ...EVENTS);
  socket.write('gr');
  socket.end('ü\u20ac\u{1f600}ße');
  pair.run();
  assert.equal(heard, ['connect', 'ready', 'finish', 'data GRÜ\u20ac\u{1f600}SSE', 'end', 'close false']);
});

test('text that is cut inside a character, and what is no text', () => {
  const pair = new SocketPair();
  let pieces: Uint8Array[] = [];
  pair.serve(7, (socket) => {
    socket.setNoDelay();
    pieces.forEach((piece, i) => pair.clock.after(i * 100, () => socket.write(piece)));
  });
  const ask = (encoding?: string): string[] => {
    const socket = pair.near.use(() => connect(7, FAR));
    const heard = hear(socket.setEncoding(encoding), 'data');
    pair.run(3000);
    socket.destroy();
    return heard;
  };
  const text = Buffer.from('aé€😀z');
  pieces = Array.from(text, (byte) => Uint8Array.of(byte));
  assert.equal(ask('utf8'), ['data a', 'data é', 'data €', 'data 😀', 'data z']);
  assert.equal(ask('latin1').join('').replaceAll('data ', ''), text.toString('latin1'));
  pieces = [Uint8Array.of(0x41, 0xff, 0x42)];
  assert.equal(ask('utf8'), ['data A\u00ffB']);
});

test('errors: refused, no such name, no way, reset, link lost; each is told once and closes', () => {
  const pair = new SocketPair();
  const attempt = (...target: [number, string]): string[] => {
    const socket = pair.near.use(() => connect(...target));
    const heard = hear(socket, ...EVENTS);
    pair.run(60000);
    return heard;
  };
  assert.equal(attempt(9, FAR), ['error ECONNREFUSED', 'close true']);
  assert.equal(attempt(9, 'no_such..name'), ['error ENOTFOUND', 'close true']);
  assert.equal(attempt(9, 'name.test'), ['error EAI_AGAIN', 'close true']);

  pair.serve(7, (socket) => socket.on('data', () => socket.destroy(new Error('enough'))).on('error', () => {}));
  const reset = pair.near.use(() => connect(7, FAR));
  const heard = hear(reset, ...EVENTS);
  reset.write('x');
  pair.run();
  assert.equal(heard, ['connect', 'ready', 'drain', 'error ECONNRESET', 'close true']);

  const lost = pair.near.use(() => connect(7, FAR));
  let error: (Error & { errno?: number }) | null = null;
  lost.on('error', (one) => (error = one));
  pair.run();
  pair.near.down();
  pair.run();
  assert.equal([error!.name, error!.errno, error!.message], ['OSError', 100, `[Errno 100] ENETDOWN ${FAR}:7`]);
  assert.equal(attempt(9, FAR), ['error ENETUNREACH', 'close true']);
});

test('an error that nobody hears is thrown, and only that', () => {
  const pair = new SocketPair();
  const other = hear(
    pair.near.use(() => connect(1, FAR)),
    'error',
  );
  pair.near.use(() => connect(2, FAR));
  assert.match(
    thrown(() => pair.run()),
    /^OSError: \[Errno 111\] ECONNREFUSED/,
  );
  pair.run();
  assert.equal(other, ['error ECONNREFUSED']);
});

test('a caller’s mistakes throw before anything changes', () => {
  const pair = new SocketPair();
  const any = connect as (...args: unknown[]) => Socket;
  const wrong = (...args: unknown[]): string => thrown(() => pair.near.use(() => any(...args)));
  for (const port of [-1, 65536, 1.5, NaN, 'x', null, undefined, '']) {
    assert.is(wrong(port, FAR), 'ValueError: port out of range');
  }
  for (const host of [undefined, 5, '', null, {}]) {
    assert.is(wrong(1, host), 'TypeError: host must be a string');
  }
  const socket = pair.near.use(() => new Socket());
  assert.is(
    thrown(() => socket.write(5 as never)),
    'TypeError: data must be a string or a Uint8Array',
  );
  assert.is(
    thrown(() => socket.on('data', 5 as never)),
    'TypeError: function expected',
  );
  socket.on('error', () => {}).connect(1, FAR);
  assert.is(
    thrown(() => socket.connect(1, FAR)),
    'OSError: [Errno 106] EISCONN',
  );
  pair.run();
  assert.is(pair.near.host._stack._tcbs.length, 0);
});

test('write after end, and after the connection is gone', () => {
  const pair = new SocketPair();
  pair.serve(7, (socket) => socket.resume());
  const socket = pair.near.use(() => connect(7, FAR));
  const heard = hear(socket, 'error', 'close');
  const told: string[] = [];
  socket.end();
  assert.is(
    socket.write('x', (error?: Error | null) => told.push((error as { code?: string }).code!)),
    false,
  );
  pair.run();
  assert.equal(heard, ['error EPIPE', 'close true']);
  assert.is(
    socket.write('y', (error?: Error | null) => told.push((error as { code?: string }).code!)),
    false,
  );
  pair.run();
  assert.equal(told, ['EPIPE', 'EPIPE']);
  assert.is(heard.length, 2);
});

test('destroy: before the connection, twice, and with data that waits', () => {
  const pair = new SocketPair();
  pair.serve(7, (socket) => socket.on('error', () => {}).resume());
  const early = pair.near.use(() => connect(7, FAR));
  const heard = hear(early, ...EVENTS);
  early.destroy().destroy();
  pair.run();
  assert.equal(heard, ['close false']);
  const late = pair.near.use(() => connect(7, FAR));
  const told: string[] = [];
  late.write(pattern(0, 50000), (error?: Error | null) => told.push((error as { code?: string }).code!));
  pair.run(30);
  late.destroy();
  pair.run();
  assert.equal(told, ['EPIPE']);
  pair.run(200000);
  assert.is(pair.near.host._stack._tcbs.length, 0);
});

test('setTimeout: after silence, again after the next byte, never when taken back', () => {
  const pair = new SocketPair();
  let server: Socket | null = null;
  pair.serve(7, (socket) => (server = socket.on('data', () => {})));
  const socket = pair.near.use(() => connect({ port: 7, host: FAR, timeout: 1000 }));
  const start = pair.clock.nowMs;
  const at: number[] = [];
  socket.on('timeout', () => at.push(pair.clock.nowMs - start)).on('data', () => {});
  pair.run(500);
  server!.write('x');
  pair.run(3000);
  // The octet came after 505 ms; the timer has whole milliseconds.
  assert.is(at.length, 1);
  assert.ok(at[0] >= 1505 && at[0] <= 1507, String(at[0]));
  server!.write('y');
  pair.run(3000);
  assert.is(at.length, 2);
  socket.setTimeout(0);
  server!.write('z');
  pair.run(10000);
  assert.is(at.length, 2);
  socket.destroy();
  pair.run();
  assert.is(pair.near.context._timed.length, 0);
});

test('a server with several clients at a time, maxConnections, close', () => {
  const pair = new SocketPair();
  const server = pair.serve(7, (socket) => socket.on('data', (bytes) => socket.end(bytes)));
  const heard = hear(server, 'listening', 'close', 'error', 'drop');
  server.maxConnections = 3;
  const clients = [1, 2, 3, 4].map((n) => {
    const socket = pair.near.use(() => connect(7, FAR));
    return { n, socket, heard: hear(socket, 'data', 'error', 'close') };
  });
  pair.run(100);
  assert.equal(heard.slice(0, 2), ['listening', 'drop [object Object]']);
  let count = -1;
  server.getConnections((_error, n) => (count = n));
  clients.slice(0, 3).forEach(({ n, socket }) => socket.write(`client ${n}`));
  server.close();
  assert.is(server.address(), null);
  pair.run(1000);
  assert.is(count, 3);
  assert.equal(
    clients.map((client) => client.heard[0]),
    ['data client 1', 'data client 2', 'data client 3', 'error ECONNRESET'],
  );
  assert.equal(heard.slice(2), ['close']);
  const late = hear(
    pair.near.use(() => connect(7, FAR)),
    'error',
  );
  pair.run();
  assert.equal(late, ['error ECONNREFUSED']);
});

test('listen: any port, a port that is taken, twice', () => {
  const pair = new SocketPair();
  const server = pair.far.use(() => new Server().listen());
  const { port } = server.address()!;
  assert.ok(port >= 49152 && port < 65536);
  assert.is(
    thrown(() => server.listen(5)),
    'OSError: [Errno 106] EISCONN',
  );
  const second = pair.far.use(() => createServer());
  const heard = hear(second, 'listening', 'error');
  second.listen({ port });
  pair.run();
  assert.equal(heard, ['error EADDRINUSE']);
  second.listen(81, '0.0.0.0', 3);
  pair.run();
  assert.equal(heard, ['error EADDRINUSE', 'listening']);
});

test('connections beyond the stack’s table fail with ENOMEM and harm no other', () => {
  const pair = new SocketPair({ bounds: { _tcpSockets: 2 } });
  pair.serve(7, (socket) => socket.resume());
  const all = [1, 2, 3].map(() =>
    hear(
      pair.near.use(() => connect(7, FAR)),
      'connect',
      'error',
    ),
  );
  pair.run();
  assert.equal(all, [['connect'], ['connect'], ['error ENOMEM']]);
});

test('pipe: an echo of any length in the memory of a window', () => {
  const pair = new SocketPair();
  pair.serve(7, (socket) => void socket.pipe(socket), { allowHalfOpen: true });
  const socket = pair.near.use(() => connect({ port: 7, host: FAR, allowHalfOpen: true }));
  const got: Buffer[] = [];
  socket.on('data', (bytes) => got.push(Buffer.from(bytes)));
  socket.end(pattern(0, 50000));
  pair.run(60000);
  assert.ok(Buffer.concat(got).equals(Buffer.from(pattern(0, 50000))));
  assert.is(socket.destroyed, true);
});

test('isIP', () => {
  assert.equal(['1.2.3.4', '1.2.3', 'x', '01.2.3.4', ''].map(isIP), [4, 0, 0, 0, 0]);
});

test.run();
