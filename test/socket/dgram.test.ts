/** dgram, ping and ntptime between two hosts in simulated time. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createSocket, type RemoteInfo, type Socket } from '../../modules/socket/dgram';
import { ntptime } from '../../modules/socket/ntptime';
import { ping } from '../../modules/socket/ping';
import { FAR, NEAR, SocketPair, hear } from '../helpers/socket-pair';
import { thrown } from '../helpers/thrown';

function echo(pair: SocketPair, port: number): Socket {
  const server = pair.far.use(() => createSocket('udp4'));
  return server
    .on('message', (bytes: Uint8Array, from: RemoteInfo) => server.send(bytes, from.port, from.address))
    .bind(port);
}

test('there and back: the message, and where it came from', () => {
  const pair = new SocketPair();
  echo(pair, 7);
  const got: unknown[] = [];
  const client = pair.near.use(() =>
    createSocket({ type: 'udp4' }, (bytes, from) => got.push([Buffer.from(bytes).toString(), from])),
  );
  const sent: unknown[] = [];
  client.send('grüße', 7, FAR, (error, bytes) => sent.push([error, bytes]));
  client.send(Buffer.from('abcdef'), 2, 3, 7, FAR);
  pair.run();
  const from = { address: FAR, family: 'IPv4', port: 7 };
  assert.equal(got, [
    ['grüße', { ...from, size: 7 }],
    ['cde', { ...from, size: 3 }],
  ]);
  assert.equal(sent, [[null, 7]]);
  assert.ok(client.address().port >= 49152);
});

test('connect: no address is needed, and others are not heard', () => {
  const pair = new SocketPair();
  const server = echo(pair, 7);
  const client = pair.near.use(() => createSocket('udp4'));
  const heard = hear(client, 'message', 'listening', 'close');
  client.connect(8, FAR);
  client.bind(5000);
  pair.run();
  server.send('from 7', 5000, NEAR);
  pair.run();
  assert.equal(heard, ['listening']);
  client.connect(7, FAR);
  client.send('x');
  pair.run();
  client.disconnect();
  client.close();
  pair.run();
  assert.equal(heard, ['listening', 'message x', 'close']);
});

test('errors: too long, no way, no name, a port that is taken, no sockets left', () => {
  const pair = new SocketPair({ bounds: { _udpSockets: 3 } });
  const told: (string | undefined)[] = [];
  const client = pair.near.use(() => createSocket('udp4'));
  const tell = (error: Error | null): void => void told.push((error as { code?: string } | null)?.code);
  client.send(new Uint8Array(1472), 7, FAR, tell);
  client.send(new Uint8Array(1473), 7, FAR, tell);
  client.send('x', 7, 'bad..name', tell);
  pair.run();
  assert.equal(told, [undefined, 'EMSGSIZE', 'ENOTFOUND']);
  const second = pair.near.use(() => createSocket('udp4'));
  const heard = hear(second, 'error', 'listening');
  second.bind(client.address().port);
  pair.run();
  second.bind(5000);
  pair.run();
  assert.equal(heard, ['error EADDRINUSE', 'listening']);
  pair.near.use(() => createSocket('udp4').bind(5001));
  const last = hear(
    pair.near.use(() => createSocket('udp4').bind(5002)),
    'error',
  );
  pair.run();
  assert.equal(last, ['error ENOMEM']);
  pair.near.down();
  const errors = hear(client, 'error');
  client.send('x', 7, FAR);
  pair.run();
  assert.equal(errors, ['error ENETUNREACH']);
});

test('a caller’s mistakes', () => {
  const pair = new SocketPair();
  pair.near.use(() => {
    assert.is(
      thrown(() => createSocket('udp6')),
      'TypeError: type must be udp4',
    );
    const socket = createSocket('udp4');
    assert.is(
      thrown(() => socket.address()),
      'OSError: [Errno 9] EBADF',
    );
    assert.is(
      thrown(() => socket.send('x', 70000, FAR)),
      'ValueError: port out of range',
    );
    assert.is(
      thrown(() => socket.send('x', 7)),
      'TypeError: host must be a string',
    );
    assert.is(
      thrown(() => socket.send(5 as never, 7, FAR)),
      'TypeError: data must be a string or a Uint8Array',
    );
    socket.bind(7);
    assert.is(
      thrown(() => socket.bind(8)),
      'OSError: [Errno 22] EINVAL',
    );
    socket.close();
    assert.is(
      thrown(() => socket.close()),
      'OSError: [Errno 9] EBADF',
    );
    assert.is(
      thrown(() => socket.bind(7)),
      'OSError: [Errno 9] EBADF',
    );
    assert.is(
      thrown(() => socket.send('x', 7, FAR)),
      'OSError: [Errno 9] EBADF',
    );
  });
  assert.is(pair.near.host._stack._udps.length, 0);
});

test('a flood within one event is bounded', () => {
  const pair = new SocketPair();
  const got: unknown[] = [];
  const server = pair.far.use(() => createSocket('udp4', (bytes) => got.push(bytes)).bind(7));
  const client = pair.near.use(() => createSocket('udp4'));
  for (let i = 0; i < 100; i++) {
    client.send('x', 7, FAR);
  }
  pair.run();
  assert.ok(got.length >= 8 && got.length <= 100);
  server.close();
  client.send('x', 7, FAR);
  pair.run();
  assert.is(pair.far.context._later.length, 0);
});

test('ping: the time it took, ETIMEDOUT, no way, no name', () => {
  const pair = new SocketPair({ delayMs: 20 });
  const told: unknown[] = [];
  const tell = (error: { code?: string } | null, ms?: number): void => void told.push(error ? error.code : ms);
  pair.near.use(() => {
    ping(FAR, tell);
    ping(FAR, { size: 5000 }, tell);
    ping('bad..name', tell);
    ping('10.9.9.9', { timeout: 300 }, tell);
  });
  pair.run(1000);
  assert.equal(told, ['ENOTFOUND', 40, 40, 'ETIMEDOUT']);
  assert.equal([pair.near.context._pinger!._pings.length, pair.near.context._timed.length], [0, 0]);
  pair.near.down();
  pair.near.use(() => ping(FAR, tell));
  pair.run();
  assert.is(told.pop(), 'ENETUNREACH');
});

/** Answers like a server whose clock says `seconds` since 1970; `change` makes another of it. */
function timeServer(pair: SocketPair, seconds: number, change: (reply: Buffer) => void = () => {}): Socket {
  const server = pair.far.use(() => createSocket('udp4'));
  server.on('message', (request: Uint8Array, from: RemoteInfo) => {
    assert.equal([request.length, request[0]], [48, 0x23]);
    const reply = Buffer.alloc(48);
    reply[0] = 0x24;
    reply[1] = 2;
    Buffer.from(request).copy(reply, 24, 40);
    reply.writeUInt32BE((seconds + 2208988800) % 0x100000000, 32);
    reply.writeUInt32BE((seconds + 2208988800) % 0x100000000, 40);
    reply.writeUInt32BE(0x80000000, 36);
    reply.writeUInt32BE(0x80000000, 44);
    change(reply);
    server.send(reply, from.port, from.address);
  });
  return server.bind(123);
}

function askTime(pair: SocketPair, ms = 20000): unknown {
  let told: unknown = 'nothing';
  ntptime.host = FAR;
  pair.near.use(() => ntptime.time((error, seconds) => (told = error ? (error as { code?: string }).code : seconds)));
  pair.run(ms);
  return told;
}

test('ntptime: the server’s time and half of the way; eras; settime', () => {
  const now = 1_800_000_000;
  const pair = new SocketPair({ delayMs: 100 });
  timeServer(pair, now);
  const near = (told: unknown, wanted: number): void =>
    assert.ok(Math.abs((told as number) - wanted) < 0.01, String(told));
  near(askTime(pair), now + 0.6);
  // RFC 4330 §3: after 2036 the seconds begin anew.
  const later = new SocketPair({ delayMs: 100 });
  timeServer(later, 2_200_000_000);
  near(askTime(later), 2_200_000_000.6);
  let set = 0;
  pair.near.context._setTime = (ms) => (set = ms);
  pair.near.use(() => ntptime.settime());
  pair.run();
  near(set / 1000, now + 0.6);
  later.near.use(() =>
    assert.match(
      thrown(() => ntptime.settime()),
      /^OSError: \[Errno 95\] ENOTSUP/,
    ),
  );
});

test('ntptime: what is no answer is dropped, what is of no use is an error, silence is asked three times', () => {
  const dropped: ((reply: Buffer) => void)[] = [
    (reply) => (reply[24] ^= 1),
    (reply) => (reply[31] ^= 1),
    (reply) => (reply[0] = 0x23),
    (reply) => (reply[0] = 0x26),
  ];
  for (const change of dropped) {
    const pair = new SocketPair();
    timeServer(pair, 1_800_000_000, change);
    assert.is(askTime(pair), 'ETIMEDOUT');
    assert.is(pair.near.host._stack._stats.dropped, 3);
  }
  const useless: ((reply: Buffer) => void)[] = [
    (reply) => (reply[1] = 0), // A kiss of death.
    (reply) => (reply[1] = 16),
    (reply) => (reply[0] = 0xe4),
    (reply) => reply.fill(0, 40),
  ];
  for (const change of useless) {
    const pair = new SocketPair();
    timeServer(pair, 1_800_000_000, change);
    assert.is(askTime(pair), 'EPROTO');
  }
  const silent = new SocketPair();
  const start = silent.near.sent;
  assert.is(askTime(silent, 5900), 'nothing');
  silent.run(200);
  assert.is(silent.near.sent - start, 3);
  assert.equal([silent.near.host._stack._udps.length, silent.near.context._timed.length], [0, 0]);
});

test.run();
