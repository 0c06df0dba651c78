/** The examples, as they are but for the Serial's pins and the servers' places. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { serveHttp, within } from '../scripts/gateway/rig';
import { EXAMPLES, bundleText, example, hasEspruino, linePeer, withEngine, withGateway } from './engine';

const stored = (): Record<string, string> => ({ micronic: bundleText() });

test('every example has a test', () => {
  // The one of mqtt.js is in mqtt.test.ts.
  assert.equal(readdirSync(EXAMPLES).sort(), ['http-get.js', 'mqtt.js', 'server.js', 'udp.js']);
});

test('http-get.js', async () => {
  if (!hasEspruino()) {
    return;
  }
  const server = await serveHttp(3000);
  try {
    await withGateway(
      example('http-get.js', { ':8080/': `:${server.port}/` }),
      async (engine) => {
        await engine.says(/address 192.168.64.2/);
        await engine.says(/200 3000 bytes/);
      },
      {},
      { stored: stored() },
    );
  } finally {
    server.close();
  }
});

test('server.js', async () => {
  if (!hasEspruino()) {
    return;
  }
  await withEngine(
    example('server.js'),
    async (engine, line) => {
      const peer = linePeer(line);
      await engine.says(/http:\/\/192.168.64.2\//);
      const pages = await within(Promise.all(['/a', '/b'].map((path) => peer.get(path))));
      assert.equal(pages.map(({ status, body }) => `${status} ${body.replace(/request \d/, 'request')}`).sort(), [
        '200 request of /a\n',
        '200 request of /b\n',
      ]);
    },
    { stored: stored() },
  );
});

test('udp.js', async () => {
  if (!hasEspruino()) {
    return;
  }
  const server = createSocket('udp4').bind(0, '127.0.0.1');
  await once(server, 'listening');
  const seconds = 1790000000;
  server.on('message', (request, from) => {
    const answer = Buffer.alloc(48);
    answer.writeUInt32BE(seconds + 2208988800, 40);
    assert.equal([request.length, request[0]], [48, 0x23]);
    server.send(answer, from.port, from.address);
  });
  try {
    await withGateway(
      example('udp.js', { 'PORT = 123': `PORT = ${server.address().port}` }),
      async (engine) => {
        await engine.says(new RegExp(new Date(seconds * 1000).toISOString().replace(/\./, '\\.')));
      },
      {},
      { stored: stored() },
    );
  } finally {
    server.close();
  }
});

test.run();
