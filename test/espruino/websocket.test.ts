/** Espruino's own WebSocket module, unmodified, over our sockets, and the npm package `ws` at the other end. */

import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import { within } from '../scripts/gateway/rig';
import { bundleText, connecting, hasEspruino, linePeer, withEngine, withGateway } from './engine';
import { moduleText } from './modules';

/** Of one length octet, and of two more. */
const MESSAGES = ['short', 'long '.repeat(100)];

const textsOf = (socket: WebSocket): string[] => {
  const texts: string[] = [];
  socket.on('message', (data) => texts.push(String(data)));
  return texts;
};

test('ws of espruino.com, the client: messages each way, and the end', async () => {
  const text = hasEspruino() && moduleText('ws');
  if (!text) {
    return;
  }
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/there' });
  await once(server, 'listening');
  const up = `
    var socket = new (require('ws'))('gateway.micronic', { port: ${(server.address() as AddressInfo).port}, path: '/there' });
    socket.on('open', function () { print('@open'); socket.send('hello'); });
    socket.on('message', function (text) { print('@message ' + text.length); socket.send(text); });
    socket.on('close', function () { print('@closed'); });`;
  try {
    await withGateway(
      connecting(up),
      async (engine) => {
        const [socket] = (await within(once(server, 'connection'))) as [WebSocket];
        const texts = textsOf(socket);
        await within(once(socket, 'message'));
        for (const message of MESSAGES) {
          // One at a time: the module, as its page says, takes no more.
          socket.send(message);
          await within(once(socket, 'message'));
        }
        assert.equal(texts, ['hello', ...MESSAGES]);
        socket.close();
        await engine.says(/@closed/);
        assert.not.match(engine.console, /Uncaught/);
      },
      {},
      { stored: { micronic: bundleText(), ws: text } },
    );
  } finally {
    server.close();
  }
});

test('ws of espruino.com, the server: messages each way, and the end', async () => {
  const text = hasEspruino() && moduleText('ws');
  if (!text) {
    return;
  }
  const up = `
    var server = require('ws').createServer(function (request, response) { response.end('a page'); });
    server.listen(80);
    server.on('websocket', function (socket) {
      socket.on('message', function (text) { socket.send(text); });
      socket.on('close', function () { print('@closed'); });
      socket.send('hello');
    });
    print('@listens');`;
  await withEngine(
    connecting(up),
    async (engine, line) => {
      const peer = linePeer(line);
      await engine.says(/@listens/);
      const socket = new WebSocket('ws://192.168.64.2/', {
        createConnection: () => peer.connect(80) as unknown as Socket,
      });
      const texts = textsOf(socket);
      await within(once(socket, 'message'));
      for (const message of MESSAGES) {
        socket.send(message);
        await within(once(socket, 'message'));
      }
      assert.equal(texts, ['hello', ...MESSAGES]);
      assert.equal(await within(peer.get('/')), { status: 200, body: 'a page' });
      socket.close();
      await engine.says(/@closed/);
    },
    { stored: { micronic: bundleText(), ws: text } },
  );
});

test.run();
