import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { paced } from '../../../scripts/lines/pace';
import { until } from '../lines/streams';
import { GATEWAY, fetchBody, readAll, serveHttp, serveTcp, withRig } from './rig';

const errorOf = async (emitter: NodeJS.EventEmitter): Promise<NodeJS.ErrnoException> =>
  (await once(emitter, 'error'))[0];

test('200 KB each way by http, byte for byte, by address and by name', () =>
  withRig({}, async ({ network, gateway }) => {
    const server = await serveHttp();
    assert.ok((await fetchBody(network, GATEWAY, server.port)).equals(server.page));
    const upload = randomBytes(200 * 1024);
    assert.ok((await fetchBody(network, 'gateway.micronic', server.port, upload)).equals(upload));
    assert.is(gateway.stats.tcpConnections, 2);
    server.close();
    await until(() => gateway.held.tcp === 0);
  }));

test('the board closes its half first: the host goes on sending', () =>
  withRig({}, async ({ network, gateway }) => {
    const answer = randomBytes(100000);
    const server = await serveTcp((socket) => {
      void readAll(socket).then((asked) => {
        assert.is(asked.toString(), 'everything');
        socket.end(answer);
      });
    });
    const socket = network.connect(server.port, GATEWAY);
    socket.end('everything');
    assert.ok((await readAll(socket)).equals(answer));
    await until(() => gateway.held.tcp === 0);
    await server.close();
  }));

test('the host closes its half first: what the board still sends arrives', () =>
  withRig({}, async ({ network, gateway }) => {
    let received: Buffer = Buffer.alloc(0);
    const server = await serveTcp((socket) => {
      socket.end('bye');
      void readAll(socket).then((bytes) => (received = bytes));
    });
    const upload = randomBytes(100000);
    const socket = network.connect(server.port, GATEWAY);
    socket.write(upload);
    assert.is((await readAll(socket)).toString(), 'bye');
    await until(() => received.length === upload.length);
    assert.ok(received.equals(upload));
    await until(() => gateway.held.tcp === 0);
    await server.close();
  }));

test('a server that speaks first, and small pieces in order', () =>
  withRig({}, async ({ network }) => {
    const server = await serveTcp((socket) => {
      socket.write('220 hello\n');
      socket.pipe(socket);
    });
    const socket = network.connect(server.port, GATEWAY);
    const heard = readAll(socket);
    for (let i = 0; i < 50; i++) {
      socket.write(`${i},`);
      await sleep(1);
    }
    socket.end();
    assert.is((await heard).toString(), `220 hello\n${Array.from({ length: 50 }, (_, i) => `${i},`).join('')}`);
    await server.close();
  }));

test('nobody listens: ECONNREFUSED', () =>
  withRig({}, async ({ network, gateway }) => {
    const server = await serveTcp(() => {});
    await server.close();
    const error = await errorOf(network.connect(server.port, GATEWAY));
    assert.is(error.code, 'ECONNREFUSED');
    assert.is(gateway.stats.tcpFailed, 1);
    await until(() => gateway.held.tcp === 0);
  }));

test('places that are nobody: refused, without asking the host', () =>
  withRig({}, async ({ network, gateway }) => {
    for (const address of ['127.0.0.1', '192.168.64.2']) {
      const error = await errorOf(network.connect(80, address));
      assert.is(error.code, 'ECONNREFUSED', address);
    }
    assert.is(gateway.stats.refused, 2);
    // Those the board's own stack does not even ask for.
    for (const address of ['0.0.0.0', '224.0.0.1', '255.255.255.255']) {
      assert.is((await errorOf(network.connect(80, address))).code, 'ENETUNREACH', address);
    }
    assert.is(gateway.stats.refused, 2);
    assert.is(gateway.stats.tcpFailed + gateway.held.tcp, 0);
  }));

test('the host resets: the board gets ECONNRESET', () =>
  withRig({}, async ({ network }) => {
    const server = await serveTcp((socket) => void socket.once('data', () => socket.resetAndDestroy()));
    const socket = network.connect(server.port, GATEWAY);
    socket.write('now');
    assert.is((await errorOf(socket)).code, 'ECONNRESET');
    await server.close();
  }));

test('the board resets: the host gets ECONNRESET', () =>
  withRig({}, async ({ network, gateway }) => {
    const accepted: net.Socket[] = [];
    const server = await serveTcp((socket) => void accepted.push(socket));
    const socket = network.connect(server.port, GATEWAY);
    await once(socket, 'connect');
    await until(() => accepted.length === 1);
    const failed = errorOf(accepted[0]);
    socket.on('error', () => {});
    socket.destroy(new Error('enough'));
    assert.is((await failed).code, 'ECONNRESET');
    await until(() => gateway.held.tcp === 0);
    await server.close();
  }));

test('200 short connections, 20 at a time, and nothing is left of them', () =>
  withRig({}, async ({ network, gateway }) => {
    const server = await serveTcp((socket) => socket.pipe(socket));
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const socket = network.connect(server.port, GATEWAY);
          socket.end(`${round}:${i}`);
          assert.is((await readAll(socket)).toString(), `${round}:${i}`);
        }),
      );
    }
    assert.is(gateway.stats.tcpConnections, 200);
    await until(() => gateway.held.tcp === 0 && server.sockets.size === 0);
    await server.close();
  }));

test('a slow reader on the board stops the sender on the host, and the other way round', () =>
  withRig({}, async ({ network }) => {
    const bytes = 8 * 1024 * 1024;
    let sent = 0;
    const server = await serveTcp((socket) => {
      const piece = Buffer.alloc(65536, 7);
      const fill = (): void => {
        while (sent < bytes) {
          sent += piece.length;
          if (!socket.write(piece)) {
            return void socket.once('drain', fill);
          }
        }
        socket.end();
      };
      socket.pause(); // reads nothing itself
      fill();
    });
    const socket = network.connect(server.port, GATEWAY);
    await once(socket, 'connect');
    let taken = 0;
    const offer = Buffer.alloc(bytes);
    socket.write(offer, () => (taken = bytes));
    await sleep(300);
    const sentWhileBlocked = sent;
    assert.ok(sentWhileBlocked < bytes, `${sentWhileBlocked} bytes went out although nobody reads`);
    assert.is(taken, 0, 'the board could write everything although nobody reads');
    for (const accepted of server.sockets) {
      accepted.resume();
    }
    let received = 0;
    socket.on('data', (chunk: Buffer) => (received += chunk.length));
    await once(socket, 'end');
    assert.is(received, bytes);
    await until(() => taken === bytes, 10000);
    socket.destroy();
    await server.close();
  }));

test('the link goes: the host is told', () =>
  withRig({}, async (rig) => {
    const accepted: net.Socket[] = [];
    const server = await serveTcp((socket) => void accepted.push(socket));
    const socket = rig.network.connect(server.port, GATEWAY);
    socket.on('error', () => {});
    await until(() => accepted.length === 1);
    const failed = errorOf(accepted[0]);
    await rig.disconnect();
    assert.is((await failed).code, 'ECONNRESET');
    await until(() => rig.gateway.held.tcp === 0);
    await server.close();
  }));

test('the link goes in the moment in which the board closes its half: no descriptor stays', () =>
  withRig({}, async (rig) => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const accepted: net.Socket[] = [];
    const server = await serveTcp((socket) => void accepted.push(socket.on('error', () => {}).resume()));
    const before = sockets();
    const end = net.Socket.prototype.end as (...args: unknown[]) => net.Socket;
    let ended = false;
    net.Socket.prototype.end = function (this: net.Socket, ...args: unknown[]) {
      const socket = end.apply(this, args);
      ended = true;
      process.nextTick(() => rig.gateway.stop());
      return socket;
    } as typeof net.Socket.prototype.end;
    try {
      rig.network
        .connect(server.port, GATEWAY)
        .on('error', () => {})
        .end('everything');
      await until(() => ended);
    } finally {
      net.Socket.prototype.end = end;
    }
    await until(() => rig.gateway.held.tcp === 0);
    await until(() => accepted.length === 1);
    accepted[0].destroy();
    await until(() => sockets() === before);
    await server.close();
  }));

test('a paced line is used to nine tenths, both ways', () =>
  withRig({ wrap: (stream) => paced(stream, 921600) }, async ({ network }) => {
    const server = await serveHttp(100 * 1024);
    for (const upload of [undefined, server.page]) {
      const startedMs = performance.now();
      const body = await fetchBody(network, GATEWAY, server.port, upload);
      const ratio = body.length / ((performance.now() - startedMs) / 1000) / 92160;
      assert.ok(body.equals(server.page));
      // The echo of an upload comes after it.
      assert.ok(ratio > (upload ? 0.42 : 0.85), `${upload ? 'upload and echo' : 'download'}: ${ratio.toFixed(3)}`);
    }
    server.close();
  }));

test.run();
