/** Every example, on Kaluma's firmware. */

import http from 'node:http';
import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { readFileSync, readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Modem } from '../helpers/modem';
import { type DeviceOptions, comesBack, example, hasFirmware, withDevice } from './device';
import { boardPeer } from './peer';

const test = suite('examples on the firmware');

async function withPage(body: string, use: (port: number) => Promise<void>): Promise<void> {
  const server = http.createServer((_request, response) => response.end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

// w5500.js has its test in w5500.test.ts.
test('every one has a test', () => {
  assert.equal(readdirSync('examples/kaluma').sort(), [
    'cellular.js',
    'http-get.js',
    'http-own.js',
    'reconnect.js',
    'server.js',
    'udp.js',
    'w5500.js',
    // In test/examples/wlan.test.ts: no emulated board has a radio.
    'wlan.js',
  ]);
});

test('http-get.js fetches a page of this computer', async () => {
  if (!hasFirmware()) {
    return;
  }
  await withPage('x'.repeat(3000), async (port) => {
    await withDevice(example('http-get.js', ['8080', String(port)]), {}, async (device) => {
      device.serve(0);
      await device.expect(/address 192\.168\.64\.2\n/);
      await device.expect(/200 3000 bytes\n/);
      assert.is(device.gateway.stats.tcpConnections, 1);
      assert.is(device.gateway.stats.dnsQueries, 1);
      assert.is(device.board.uartStats(0).rxOverruns, 0);
    });
  });
});

const names: DeviceOptions = { substitutes: { lookup: () => Promise.resolve(['127.0.0.1']) } };

test('cellular.js dials a modem and fetches a page', async () => {
  if (!hasFirmware()) {
    return;
  }
  await withPage('hello', async (port) => {
    await withDevice(example('cellular.js', ['port: 80', `port: ${port}`]), names, async (device) => {
      const modem = new Modem(device.board.ports[1], { gateway: device.gateway });
      await device.expect(/200\n/);
      assert.equal(modem.commands, ['ATE0', 'AT+CGDCONT=1,"IP","internet"', 'ATD*99#']);
    });
  });
});

test('cellular.js says what has failed', async () => {
  if (!hasFirmware()) {
    return;
  }
  await withDevice(example('cellular.js'), names, async (device) => {
    const modem = new Modem(device.board.ports[1], {});
    await device.expect(/ATD\*99#: NO CARRIER\n/);
    assert.is(modem.commands.length, 3);
  });
  await withDevice(example('cellular.js'), names, async (device) => {
    new Modem(device.board.ports[1], { answers: { 'AT+CGDCONT': '+CME ERROR: 10' } });
    await device.expect(/AT\+CGDCONT=1,"IP","internet": \+CME ERROR/);
  });
});

test('server.js serves pages, several at a time', async () => {
  if (!hasFirmware()) {
    return;
  }
  await withDevice(example('server.js'), {}, async (device) => {
    const peer = boardPeer(device.board);
    await device.expect(/http:\/\/192\.168\.64\.2\/\n/);
    const pages = Promise.all(['/a', '/b'].map((path) => peer.get(path)));
    let answers: Awaited<typeof pages> | null = null;
    void pages.then((found) => (answers = found));
    assert.ok(await device.until(() => answers !== null), 'two pages at a time');
    const bodies = answers!.map(({ status, body }) => `${status} ${body}`).sort();
    assert.equal(bodies, ['200 GET /a: page 1\n', '200 GET /b: page 2\n']);
    let last = '';
    void peer.get('/c').then(({ body }) => (last = body));
    assert.ok(await device.until(() => last !== ''), 'one more');
    assert.is(last, 'GET /c: page 3\n');
  });
});

/** An example behind another bundle than ppp.js. */
const behind = (bundle: string, name: string, ...changes: [string, string][]): string =>
  `${readFileSync(bundle, 'utf8')}\n${example(name, ...changes)}`;

test('http-own.js fetches a page, and gives back what it gets', async () => {
  if (!hasFirmware()) {
    return;
  }
  await withPage('x'.repeat(3000), async (port) => {
    const program = behind('dist/kaluma/http.js', 'http-own.js', ['8080', String(port)]);
    await withDevice(program, { isBundled: true }, async (device) => {
      device.serve(0);
      await device.expect(/200 3000 bytes\n/);
    });
  });
});

test('udp.js: a name, a datagram, and a time server that is not there', async () => {
  if (!hasFirmware()) {
    return;
  }
  const echo = createSocket('udp4');
  echo.on('message', (bytes, from) => echo.send(bytes, from.port, from.address));
  echo.bind(0, '127.0.0.1');
  await once(echo, 'listening');
  try {
    const program = behind('dist/kaluma/socket.js', 'udp.js', ['9007', String(echo.address().port)]);
    await withDevice(
      program,
      { isBundled: true, substitutes: { lookup: () => Promise.resolve([]) } },
      async (device) => {
        device.serve(0);
        await device.expect(/gateway 192\.168\.64\.1\n/);
        await device.expect(/192\.168\.64\.1 \d+ 5\n/);
        assert.match(device.console, /time ENOTFOUND\n/);
      },
    );
  } finally {
    echo.close();
  }
});

test('reconnect.js comes back after a lost carrier, and after a peer that has gone without a word', async () => {
  if (!hasFirmware()) {
    return;
  }
  await withDevice(behind('dist/kaluma/socket.js', 'reconnect.js'), { isBundled: true }, async (device) => {
    device.serve(0);
    await comesBack(device);
    await device.run(3000);
    // What it would have said is lost, and it hears nothing.
    const { gateway } = device;
    const port = device.board.ports[0];
    const write = port.write.bind(port);
    port.write = (() => true) as typeof port.write;
    await device.expect(/down peer-dead\n[^]*failed running peer-dead\n/, 20_000);
    port.write = write;
    await device.expect(/up 192\.168\.64\.2\n/, 30_000);
    assert.ok(gateway.held.tcp === 0);
  });
});

test.run();
