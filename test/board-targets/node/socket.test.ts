/** TCP connections as Node Duplexes: every way in which programs end, wait and fail. */

import { once } from 'node:events';
import { createServer, get, request, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { keepaliveOf } from '../../../board-targets/node/keepalive';
import type { Socket } from '../../../board-targets/node/socket';
import { FAR, NEAR, nodePair, type NodePair } from '../../helpers/node-pair';
import { pattern } from '../../helpers/tcp';

const content = Buffer.from(pattern(0, 200_000));

/** A test with a pair of networks, bounded in time. */
function paired(name: string, body: (pair: NodePair) => Promise<void>, bounds = {}): void {
  test(name, async () => {
    const pair = await nodePair(bounds);
    let timer: NodeJS.Timeout;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('not done after 20 s')), 20_000);
    });
    try {
      await Promise.race([body(pair), late]);
    } finally {
      clearTimeout(timer!);
      await pair.close();
    }
  });
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

paired('connect, addresses, echo, end', async ({ near, far }) => {
  far.listen(7, (socket) => socket.pipe(socket));
  const socket = near.connect(7, FAR);
  await once(socket, 'connect');
  assert.equal([socket.remoteAddress, socket.remotePort, socket.localAddress], [FAR, 7, NEAR]);
  socket.write('hello ');
  socket.end('and bye');
  assert.is((await readAll(socket)).toString(), 'hello and bye');
});

paired('200 KB each way at once', async ({ near, far }) => {
  const theirs = new Promise<Buffer>((resolve, reject) => {
    far.listen(9, (socket) => {
      socket.end(content);
      readAll(socket).then(resolve, reject);
    });
  });
  const socket = near.connect(9, 'web.test');
  socket.end(content);
  assert.ok((await readAll(socket)).equals(content), 'down');
  assert.ok((await theirs).equals(content), 'up');
});

paired('all is written and ended before the connection stands', async ({ near, far }) => {
  const theirs = new Promise<Buffer>((resolve, reject) => {
    far.listen(9, (socket) => void readAll(socket).then(resolve, reject));
  });
  near.connect(9, 'web.test').end('early bird');
  assert.is((await theirs).toString(), 'early bird');
});

paired('ended without a word before the connection stands', async ({ near, far }) => {
  const theirs = new Promise<Buffer>((resolve, reject) => {
    far.listen(9, (socket) => void readAll(socket).then(resolve, reject));
  });
  const socket = near.connect(9, FAR);
  socket.end();
  assert.is((await theirs).length, 0);
  socket.resume();
  await once(socket, 'close');
});

paired('an answer of 200 KB that has begun before the peer’s end is not cut off by it', async ({ near, far }) => {
  // allowHalfOpen is off, as with net: an answer that begins later would be too late.
  far.listen(10, (socket) => {
    socket.once('data', (asked: Buffer) => socket.end(Buffer.concat([asked, content])));
  });
  const socket = near.connect(10, FAR);
  socket.end('ask: ');
  const answer = await readAll(socket);
  assert.is(answer.length, 5 + content.length);
  assert.ok(answer.subarray(5).equals(content));
});

paired(
  'a server that has sent everything and closed: the client still gets all, however slowly it reads',
  async ({ near, far }) => {
    far.listen(9, (socket) => {
      socket.resume();
      socket.end(content);
    });
    const socket = near.connect(9, FAR);
    socket.end();
    await sleep(300);
    let got = 0;
    for await (const chunk of socket) {
      got += (chunk as Buffer).length;
      if (got % 7 === 0) {
        await sleep(1);
      }
    }
    assert.is(got, content.length);
  },
);

paired('back-pressure: a reader who does not read stops the writer', async ({ near, far }) => {
  let serverSide: Socket | undefined;
  far.listen(9, (socket) => (serverSide = socket));
  const socket = near.connect(9, FAR);
  await once(socket, 'connect');
  await sleep(20);
  let written = 0;
  const chunk = Buffer.alloc(10_000, 1);
  const pump = (): void => {
    while (written < 2_000_000) {
      written += chunk.length;
      if (!serverSide!.write(chunk)) {
        serverSide!.once('drain', pump);
        return;
      }
    }
    serverSide!.end();
  };
  pump();
  await sleep(300);
  assert.ok(written < 200_000, `${written} octets taken`);
  assert.is((await readAll(socket)).length, 2_000_000);
});

paired('refused, unknown name, no socket left: errors with code and errno', async ({ near }) => {
  const errors: [string, number][] = [];
  for (const [port, name] of [
    [81, FAR],
    [80, 'none.test'],
  ] as const) {
    const [error] = (await once(near.connect(port, name), 'error')) as [{ code: string; errno: number }];
    errors.push([error.code, error.errno]);
  }
  assert.equal(errors, [
    ['ECONNREFUSED', 111],
    ['ENOTFOUND', -2],
  ]);
});

paired(
  'no connection left: ENOMEM',
  async ({ near }) => {
    const [error] = (await once(near.connect(1, FAR), 'error')) as [{ code: string }];
    assert.is(error.code, 'ENOMEM');
  },
  { _tcpSockets: 0 },
);

paired('the peer resets: ECONNRESET; what is written fails', async ({ near, far }) => {
  far.listen(9, (socket) => {
    socket.once('data', () => socket.destroy(new Error('enough')));
    socket.on('error', () => {});
  });
  const socket = near.connect(9, FAR);
  socket.write(content);
  const [error] = (await once(socket, 'error')) as [{ code: string }];
  assert.is(error.code, 'ECONNRESET');
  assert.ok(socket.destroyed);
});

paired('the link ends: ENETDOWN', async ({ near, far, hangUp }) => {
  far.listen(9, (socket) => void socket.on('error', () => {}));
  const socket = near.connect(9, FAR);
  await once(socket, 'connect');
  hangUp();
  const [error] = (await once(socket, 'error')) as [{ code: string }];
  assert.is(error.code, 'ENETDOWN');
});

paired('destroyed before, while and after connecting: close comes once, nothing is left', async ({ near, far }) => {
  far.listen(9, (socket) => void socket.on('error', () => {}).resume());
  for (const waitMs of [-1, 0, 1, 5, 30]) {
    const socket = near.connect(9, 'web.test');
    let closes = 0;
    socket.on('close', () => closes++);
    socket.on('error', () => {});
    if (waitMs >= 0) {
      await sleep(waitMs);
    }
    socket.destroy();
    await sleep(60);
    assert.is(closes, 1);
  }
  await sleep(100);
  // What was open has been closed or reset: at most what waits for its last segment.
  const open = near.host._stack._tcbs.filter((tcb) => tcb._handler !== null);
  assert.equal(open, []);
});

paired('Node’s own http over it: GET, POST, several at once', async ({ near, far }) => {
  const server = createServer((question, answer) => {
    let length = 0;
    question.on('data', (chunk: Buffer) => (length += chunk.length));
    question.on('end', () => {
      answer.setHeader('x-length', String(length));
      answer.end(question.url === '/big' ? content : `you asked for ${question.url}`);
    });
  });
  far.listen(80, (socket) => void server.emit('connection', socket));
  const common = { host: 'web.test', createConnection: (() => near.connect(80, 'web.test')) as never } as const;
  const fetch = async (path: string, body?: Buffer): Promise<[IncomingMessage, Buffer]> => {
    const asked = body ? request({ ...common, path, method: 'POST' }) : get({ ...common, path });
    asked.on('error', () => {});
    if (body) {
      asked.end(body);
    }
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) {
      chunks.push(chunk as Buffer);
    }
    return [answer, Buffer.concat(chunks)];
  };
  const [one, big, posted] = await Promise.all([fetch('/one'), fetch('/big'), fetch('/up', content)]);
  assert.is(one[1].toString(), 'you asked for /one');
  assert.ok(big[1].equals(content));
  assert.is(posted[0].headers['x-length'], String(content.length));
});

paired('noDelay and the other things that http sets are there', async ({ near, far }) => {
  far.listen(9, (socket) => void socket.resume());
  const socket = near.connect(9, FAR);
  socket.setNoDelay().setKeepAlive().setTimeout().ref().unref();
  await once(socket, 'connect');
  socket.setNoDelay(true).setNoDelay(false);
  socket.end();
  socket.resume();
  await once(socket, 'close');
});

paired('setKeepAlive: before and after the connection is there, and taken back', async ({ near, far }) => {
  far.listen(7, (socket) => socket.pipe(socket));
  const socket = near.connect(7, FAR).setKeepAlive(true, 100);
  await once(socket, 'connect');
  const { _watches } = keepaliveOf(near.host);
  assert.equal(
    _watches.map(({ _idleMs }) => _idleMs),
    [100],
  );
  // The peer answers the probes: the connection stays.
  await sleep(400);
  assert.is(_watches[0]._sent <= 1, true);
  socket.setKeepAlive(true);
  assert.is(_watches[0]._idleMs, 7_200_000);
  socket.setKeepAlive(false);
  assert.is(_watches.length, 0);
  socket.end('bye');
  assert.is((await readAll(socket)).toString(), 'bye');
});

test('setUserTimeout: nobody answers, and the program does not wait for a minute', async () => {
  const { Network } = await import('../../../board-targets/node');
  const network = new Network();
  const silent = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  network.ip(silent, { address: '10.0.0.2', gateway: '10.0.0.1' }).connect();
  const socket = network.connect(80, '10.0.0.1').setUserTimeout(200);
  // The line, which would keep the program running, is none.
  const running = setInterval(() => {}, 50);
  const [error] = (await once(socket, 'error')) as [{ code: string }];
  clearInterval(running);
  assert.is(error.code, 'ETIMEDOUT');
});

test.run();
