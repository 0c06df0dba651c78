/** Sockets of our own on Kaluma's firmware: http.js and socket.js. */

import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasFirmware, withDevice, type Device } from './device';
import { boardPeer } from './peer';

const test = suite('sockets of our own on the firmware');

const link = (bundle: string): string => `${readFileSync(bundle, 'utf8')}
const { UART, PPP } = require('micronic');
const ppp = new PPP(new UART(0, { baudrate: 115200, tx: 0, rx: 1 }));
ppp.on('error', (e) => console.log('failed', e.phase, e.reason));
`;

/** Says the same to every request, in pieces 500 ms of this computer apart. */
async function raw(answer: string | string[], body: (port: number) => Promise<void>): Promise<void> {
  const pieces = ([] as string[]).concat(answer);
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', () => {
        pieces.forEach((piece, i) => setTimeout(() => socket.write(piece, 'latin1'), i * 500));
        setTimeout(() => socket.end(), pieces.length * 500);
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await body((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

/** Fetches it with one of the two modules; the console shows 'done STATUS BYTES' or 'lost CODE'. */
const fetching = (http: string, port: number): string => `
const http = ${http};
ppp.on('connected', () => {
  const request = http.request({ host: 'gateway.micronic', port: ${port}, path: '/', method: 'GET' }, (response) => {
    let bytes = 0;
    response.on('data', (chunk) => (bytes += chunk.length));
    response.on('error', (e) => console.log('lost', e.code));
    response.on('end', () => console.log('done', response.statusCode, bytes));
  });
  request.on('error', (e) => console.log('lost', e.code));
  request.end();
});
setInterval(() => console.log('alive'), 1000);
ppp.connect();`;

const HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const chunk = (size: number): string => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`;

async function withOurs(answer: string | string[], body: (device: Device) => Promise<void>): Promise<void> {
  await raw(answer, (port) =>
    withDevice(
      link('dist/kaluma/http.js') + fetching("require('micronic').http", port),
      { isBundled: true },
      async (device) => {
        device.serve(0);
        await body(device);
      },
    ),
  );
}

test('http: a page of 20,000 octets in chunks', async () => {
  if (!hasFirmware()) {
    return;
  }
  await withOurs(HEAD + chunk(1).repeat(50) + chunk(7000) + chunk(12950) + '0\r\n\r\n', async (device) => {
    await device.expect(/done 200 20000\n/, 20000);
    const { used, bytes, peak } = device.board.heapFigures!;
    console.log(`\nheap: ${used} of ${bytes} octets in use, highest ${peak}`);
  });
});

test('http: a chunk without its line end is an error, and the board lives on', async () => {
  if (!hasFirmware()) {
    return;
  }
  await withOurs(`${HEAD}5\r\nhello0\r\n\r\n`, async (device) => {
    await device.expect(/lost EPROTO\n/);
    await device.expect(/alive\n/);
    await device.expect(/alive\n/);
  });
});

test('http: a chunk that comes a little later, at which the firmware’s own http stops the board', async () => {
  if (!hasFirmware()) {
    return;
  }
  const late = [HEAD + chunk(5), `${chunk(7)}0\r\n\r\n`];
  await withOurs(late, async (device) => {
    await device.expect(/done 200 12\n/, 60000);
    await device.expect(/alive\n/);
  });
  const firmwares = (answer: string | string[], body: (device: Device) => Promise<void>): Promise<void> =>
    raw(answer, (port) =>
      withDevice(
        link('dist/kaluma/ppp.js') + fetching("require('http')", port),
        { isBundled: true },
        async (device) => {
          device.serve(0);
          await body(device);
        },
      ),
    );
  await firmwares(late.join(''), async (device) => {
    await device.expect(/done 200 12\n/);
    await device.expect(/alive\n/);
  });
  await firmwares(late, async (device) => {
    assert.ok(await device.until(() => device.gateway.stats.tcpConnections === 1), 'it has connected');
    await device.run(2000);
    const before = device.console.length;
    await device.run(5000);
    assert.is(device.console.slice(before), '', 'the firmware’s own http goes on as well');
  });
});

test('http: a server with chunks both ways, requests one after the other on one connection', async () => {
  if (!hasFirmware()) {
    return;
  }
  const program = `
const http = require('micronic').http;
http.createServer((request, response) => {
  if (request.method === 'POST') { request.pipe(response); } else { response.end('GET ' + request.url); }
}).listen(80);
ppp.on('connected', () => console.log('up'));
ppp.connect();`;
  await withDevice(link('dist/kaluma/http.js') + program, { isBundled: true }, async (device) => {
    const peer = boardPeer(device.board);
    await device.expect(/up\n/);
    const socket = peer.connect(80);
    let text = '';
    socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
    const post = `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(3000)}0\r\n\r\n`;
    socket.write(`GET /1 HTTP/1.1\r\nHost: x\r\n\r\n${post}GET /2 HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.ok(await device.until(() => text.endsWith('GET /2'), 20000), `it has said: ${text}`);
    assert.equal(
      [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]),
      ['200', '200', '200'],
    );
    const body = /chunked.*?\r\n\r\n(.*?)0\r\n\r\n/s.exec(text)![1].replace(/[0-9a-f]+\r\n(x*)\r\n/g, '$1');
    assert.is(body, 'x'.repeat(3000));
  });
});

test('dgram, dns, socket by require(), on socket.js', async () => {
  if (!hasFirmware()) {
    return;
  }
  const echo = createSocket('udp4');
  echo.on('message', (bytes, from) => echo.send(bytes, from.port, from.address));
  echo.bind(0, '127.0.0.1');
  await once(echo, 'listening');
  const program = `
const dgram = require('dgram'), dns = require('dns'), socket = require('socket');
ppp.on('connected', () => dns.lookup('gateway.micronic', (error, address) => {
  console.log('address', error ? error.code : address);
  const udp = dgram.createSocket('udp4', (bytes) => {
    console.log('udp', new TextDecoder().decode(bytes));
    const tcp = socket.socket();
    tcp.settimeout(5);
    tcp.connect([address, PORT], (error) => tcp.sendall('x', () => tcp.recv(100, (error, bytes) =>
      console.log('tcp', error ? error.code : new TextDecoder().decode(bytes)))));
  });
  udp.send('hello', ${echo.address().port}, address);
}));
ppp.connect();`;
  try {
    await raw('answer', (port) =>
      withDevice(
        link('dist/kaluma/socket.js') + program.replace('PORT', String(port)),
        { isBundled: true },
        async (device) => {
          device.serve(0);
          await device.expect(/address 192\.168\.64\.1\n/);
          await device.expect(/udp hello\n/);
          await device.expect(/tcp answer\n/);
        },
      ),
    );
  } finally {
    echo.close();
  }
});

test.run();
