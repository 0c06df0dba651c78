/**
 * Many short connections with Linux, both ways; MICRONIC_CONNECTIONS=5000 makes it so many. And the line tun: as the
 * command line has it.
 */

import http from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Listener, Tcb, TcpHandler } from '../../modules/inet/tcb';
import { tcpConnect, tcpListen, tcpUnlisten, tcpWrite } from '../../modules/inet/tcp';
import { tcpShutdown } from '../../modules/inet/tcp-close';
import { LINUX, OURS, Peer, cleanUp, linux, nextPort, outcome, why, within } from '../helpers/linux';
import { addressNumber } from '../helpers/packets';
import { skip } from '../helpers/skip';

const COUNT = Number(process.env.MICRONIC_CONNECTIONS) || 300;
const SECONDS = 30 + COUNT / 10;

let peer: Peer;

function withLinux(name: string, body: () => Promise<void>): void {
  test(name, async () => {
    if (why) {
      skip(why);
      return;
    }
    peer ??= await Peer.open({ bounds: { _tcpSockets: 12 } });
    await body();
  });
}

/** Turns the question round. */
function answering(ends: { closed: number; errors: number[] }): TcpHandler {
  return {
    _connected: () => {},
    _data: (tcb: Tcb, bytes: Uint8Array) => {
      const answer = Uint8Array.from(bytes).reverse();
      tcpWrite(tcb, answer, 0, answer.length, peer.now());
      tcpShutdown(tcb, peer.now());
    },
    _ended: () => {},
    _writable: () => {},
    _closed: (_tcb, errno) => {
      ends.closed++;
      if (errno) ends.errors.push(errno);
    },
  };
}

withLinux(`${COUNT} connections from Linux, four at a time, closed by halves in either order`, async () => {
  const ends = { closed: 0, errors: [] as number[] };
  const port = nextPort();
  const listener = tcpListen(peer.stack, port, 4, () => answering(ends)) as Listener;
  const result = await within(
    outcome<{ good: number; errors: string[] }>(linux('many', OURS, port, COUNT, 4)),
    SECONDS,
  );
  assert.equal(result, { good: COUNT, errors: [] });
  assert.equal(ends.errors, []);
  assert.is(ends.closed, COUNT);
  tcpUnlisten(listener, peer.now());
  peer.rearm();
});

withLinux(`${COUNT} connections to Linux, one after the other`, async () => {
  const port = nextPort();
  const server = linux('answers', port, COUNT);
  const result = outcome<{ good: number }>(server);
  await new Promise<void>((resolve) => server.stdout!.once('data', () => resolve()));
  for (let i = 0; i < COUNT; i++) {
    const question = Buffer.from(`question ${i}`);
    let answer = '';
    const errno = await within(
      new Promise<number>((resolve) => {
        const tcb = tcpConnect(
          peer.stack,
          addressNumber(LINUX),
          port,
          {
            _connected: (tcb) => void tcpWrite(tcb, question, 0, question.length, peer.now()),
            _data: (_tcb, bytes) => void (answer += Buffer.from(bytes).toString()),
            _ended: () => tcpShutdown(tcb as Tcb, peer.now()),
            _writable: () => {},
            _closed: (_tcb, errno) => resolve(errno),
          },
          peer.now(),
        );
        assert.type(tcb, 'object', `connection ${i}: errno ${String(tcb)}`);
        peer.rearm();
      }),
      10,
    );
    assert.is(errno, 0, `connection ${i}`);
    assert.is(answer, Buffer.from(question).reverse().toString());
  }
  assert.is((await within(result, 10)).good, COUNT);
  // What is left waits for late segments, and gives way to new ones.
  assert.ok(peer.stack._tcbs.length <= 12);
});

withLinux('Node’s http over the line, from a server on Linux', async () => {
  const port = nextPort();
  const server = linux('http', port, 200_000);
  await new Promise<void>((resolve) => server.stdout!.once('data', () => resolve()));
  const body = await within(
    new Promise<Buffer>((resolve, reject) => {
      http
        .get({ path: '/', createConnection: () => peer.network.connect(port, LINUX) }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve(Buffer.concat(chunks)));
        })
        .on('error', reject);
    }),
    20,
  );
  assert.is(body.length, 200_000);
  assert.ok(body.every((byte, i) => byte === ((i * 7 + (i >> 8) * 13 + (i >> 16)) & 255)));
});

test('nothing is left', async () => {
  if (why) {
    skip(why);
    return;
  }
  await peer.close();
  cleanUp();
  assert.is(peer.stack._tcbs.length, 0);
});

test.run();
