import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Line, LineError, openLine } from '../../../scripts/lines/open';
import { skip } from '../../helpers/skip';
import { exchange, EVERY_BYTE, randomBytes, readToEnd, rejection, until } from './streams';

const folder = mkdtempSync(join(tmpdir(), 'lines-'));
test.after(() => rmSync(folder, { recursive: true }));

/** An echo server; `address` is what net.Server.listen takes. */
async function echoServer(address: net.ListenOptions): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  server.listen(address);
  await once(server, 'listening');
  return server;
}

/** Opens a listening line and one that connects to what it reports. */
async function openBothEnds(listenSpec: string): Promise<{ near: Line; far: Line; peerSpec: string; text: string }> {
  let reported = { text: '', peerSpec: '' };
  const opening = openLine(listenSpec, { onWaiting: (text, peerSpec) => (reported = { text, peerSpec }) });
  await until(() => reported.text !== '');
  const [near, far] = await Promise.all([opening, openLine(reported.peerSpec)]);
  return { near, far, ...reported };
}

async function testEcho(spec: string): Promise<void> {
  const line = await openLine(spec);
  assert.is(line.name, spec);
  const sent = Buffer.concat([EVERY_BYTE, randomBytes(200_000)]);
  const heard = readToEnd(line.stream);
  line.stream.end(sent); // and the echo still comes: half-open
  assert.ok((await heard).equals(sent));
  await line.close();
}

test('tcp', async () => {
  const server = await echoServer({ host: '127.0.0.1', port: 0 });
  await testEcho(`tcp:127.0.0.1:${(server.address() as net.AddressInfo).port}`);
  server.close();
});

test('tcp, IPv6', async () => {
  let server: net.Server;
  try {
    server = await echoServer({ host: '::1', port: 0 });
  } catch {
    return skip('this computer has no IPv6 loopback');
  }
  await testEcho(`tcp:[::1]:${(server.address() as net.AddressInfo).port}`);
  server.close();
});

test('unix', async () => {
  const path = join(folder, 'echo');
  const server = await echoServer({ path });
  await testEcho(`unix:${path}`);
  server.close();
});

test('tcp-listen reports its port, lets one peer in and stops listening', async () => {
  const { near, far, peerSpec, text } = await openBothEnds('tcp-listen:0');
  assert.match(peerSpec, /^tcp:127\.0\.0\.1:[1-9]\d*$/);
  assert.is(text, `waiting for a peer on ${peerSpec}`);
  assert.match(near.name, /^tcp:127\.0\.0\.1:\d+$/);
  const bytes = randomBytes(100_000);
  const [atNear, atFar] = await exchange(near.stream, far.stream, bytes);
  assert.ok(atNear.equals(bytes) && atFar.equals(bytes));

  const refused = await rejection(openLine(peerSpec));
  assert.instance(refused, LineError);
  assert.is(refused.message, `${peerSpec}: connection refused; start the other end first`);
  await Promise.all([near.close(), far.close()]);
  assert.ok(near.stream.closed && far.stream.closed);
});

test('unix-listen, and the end of one side is the end of reading at the other', async () => {
  const path = join(folder, 'listen');
  const { near, far, peerSpec } = await openBothEnds(`unix-listen:${path}`);
  assert.is(peerSpec, `unix:${path}`);
  assert.is(existsSync(path), false, 'the socket file goes when listening stops');
  const heard = readToEnd(near.stream);
  far.stream.end('bye');
  assert.is((await heard).toString(), 'bye');
  await Promise.all([near.close(), far.close()]);
});

test('what cannot be opened says why, and names the line', async () => {
  const server = await echoServer({ host: '127.0.0.1', port: 0 });
  const { port } = server.address() as net.AddressInfo;
  const taken = await rejection(openLine(`tcp-listen:${port}`));
  assert.instance(taken, LineError);
  assert.match(taken.message, `tcp:127.0.0.1:${port}: the address is already in use`);
  server.close();

  const absent = await rejection(openLine(`unix:${folder}/absent`));
  assert.instance(absent, LineError);
  assert.is(absent.message, `unix:${folder}/absent: no such file; check the path`);
});

test('the wait for a peer can be cancelled', async () => {
  const controller = new AbortController();
  const opening = openLine('tcp-listen:0', { signal: controller.signal, onWaiting: () => controller.abort() });
  assert.match((await rejection(opening)).message, 'cancelled');
  assert.match((await rejection(openLine('tcp-listen:0', { signal: AbortSignal.abort() }))).message, 'cancelled');
});

test('closing twice, and a line whose peer is gone', async () => {
  const { near, far } = await openBothEnds('tcp-listen:0');
  await far.close();
  await near.close();
  await near.close();
});

test.run();
