/** http.request and http.get: what goes out, and what is made of what comes back. Simulated time, a raw server. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Agent, createServer, get, request, type IncomingMessage } from '../../modules/socket/http';
import type { ClientRequest, RequestOptions } from '../../modules/socket/http';
import type { Socket } from '../../modules/socket/net';
import { FAR, SocketPair } from '../helpers/socket-pair';

interface Outcome {
  heard: string[];
  body: string;
  response: IncomingMessage | null;
  request: ClientRequest;
}

/** A raw server that says `answers` to each connection's requests in turn, and a client. */
class Net {
  readonly pair = new SocketPair();
  /** What each connection has sent. */
  readonly got: string[] = [];
  readonly sockets: Socket[] = [];

  constructor(answers: (string | null)[] = [], then: 'end' | 'stay' = 'stay') {
    this.pair.serve(80, (socket) => {
      const index = this.got.push('') - 1;
      this.sockets.push(socket);
      socket.on('error', () => {});
      socket.setEncoding('latin1').on('data', (piece) => {
        this.got[index] += piece;
        const next = answers.shift();
        if (next) {
          socket.write(next, 'latin1');
        }
        if (then === 'end' && next !== null) {
          socket.end();
        }
      });
    });
  }

  start(options: RequestOptions = {}, body?: string, useGet = true): Outcome {
    const outcome = { heard: [] as string[], body: '', response: null as IncomingMessage | null } as Outcome;
    const { heard } = outcome;
    outcome.request = this.pair.near.use(() => request({ host: FAR, ...options }));
    outcome.request.on('response', (response: IncomingMessage) => {
      outcome.response = response;
      heard.push(`response ${response.statusCode}`);
      response.setEncoding('latin1').on('data', (piece) => (outcome.body += piece));
      for (const event of ['end', 'aborted', 'close']) {
        response.on(event, () => heard.push(`response ${event}`));
      }
      response.on('error', (error) => heard.push(`response error ${error.code}`));
    });
    for (const event of ['continue', 'information', 'timeout', 'finish', 'close', 'drain']) {
      outcome.request.on(event, () => heard.push(event));
    }
    outcome.request.on('error', (error) => heard.push(`error ${error.code}`));
    if (useGet) {
      outcome.request.end(body);
    }
    return outcome;
  }

  run(options: RequestOptions = {}, body?: string, ms = 2000): Outcome {
    const outcome = this.start(options, body);
    this.pair.run(ms);
    return outcome;
  }
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

test('a request to the octet: GET, POST, chunks, HEAD, port, headers', () => {
  const net = new Net([OK, OK, OK, null, OK]);
  net.run();
  assert.is(net.got[0], `GET / HTTP/1.1\r\nHost: ${FAR}\r\nConnection: close\r\n\r\n`);
  net.run({ method: 'post', path: '/p?q=1', headers: { 'X-A': 1, host: 'other' } }, 'body');
  assert.is(
    net.got[1],
    'POST /p?q=1 HTTP/1.1\r\nhost: other\r\nX-A: 1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody',
  );
  net.run({ method: 'PUT' });
  assert.match(net.got[2], /\r\nContent-Length: 0\r\n/);
  const { request: chunked } = net.start({ method: 'POST' }, undefined, false);
  chunked.write('ab');
  chunked.write('cde');
  chunked.end();
  net.pair.run();
  assert.match(net.got[3], /Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n$/);
});

test('a response: events in order, headers, body', () => {
  const net = new Net([
    'HTTP/1.1 200 Very  Well\r\nContent-Length: 5\r\nX-A: 1\r\nx-a:\t2 \r\nSet-Cookie: a\r\nSet-Cookie: b\r\nEmpty:\r\n\r\nhello',
  ]);
  const { heard, body, response } = net.run();
  assert.equal(heard, ['finish', 'response 200', 'response end', 'response close', 'close']);
  assert.is(body, 'hello');
  assert.equal([response!.statusMessage, response!.httpVersion, response!.complete], ['Very  Well', '1.1', true]);
  assert.equal({ ...response!.headers }, { 'content-length': '5', 'x-a': '1, 2', 'set-cookie': ['a', 'b'], empty: '' });
  assert.equal([net.pair.near.host._stack._tcbs.filter((tcb) => (tcb._state as number) < 8).length], [0]);
});

test('bodies: chunked whole and cut everywhere, until the end, none', () => {
  const chunked =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n00006 ;a="b"\r\n world\r\n0\r\nT: x\r\n\r\n';
  assert.is(new Net([chunked]).run().body, 'hello world');
  for (let cut = 1; cut < chunked.length; cut++) {
    const net = new Net([chunked.slice(0, cut)]);
    const outcome = net.start();
    net.pair.run(100);
    net.sockets[0].write(chunked.slice(cut));
    net.pair.run(1000);
    assert.equal([outcome.body, outcome.response?.complete], ['hello world', true], `cut at ${cut}`);
  }
  assert.is(new Net(['HTTP/1.0 200 OK\r\n\r\nuntil the end'], 'end').run().body, 'until the end');
  // Servers of one's own write bare line feeds.
  assert.is(new Net(['HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n']).run().body, 'abc');
  for (const [method, head] of [
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n'],
    ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n'],
    ['GET', 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n'],
    ['GET', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n'],
  ]) {
    const { heard } = new Net([head]).run({ method });
    assert.equal(heard, ['finish', `response ${head.slice(9, 12)}`, 'response end', 'response close', 'close'], head);
  }
});

test('1xx before the answer', () => {
  const net = new Net([`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}`]);
  const { heard, body } = net.run({ method: 'POST', headers: { Expect: '100-continue' } }, 'x');
  assert.equal(heard, ['finish', 'continue', 'information', 'response 200', 'response end', 'response close', 'close']);
  assert.is(body, 'hello');
  assert.equal(new Net(['HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nabc']).run().heard, [
    'finish',
    'error EPROTO',
    'close',
  ]);
});

test('responses that are none: one error, the connection is gone', () => {
  for (const bad of [
    'HTTP/1.1 OK\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/2 200 OK\r\n\r\n',
    'ICY 200 OK\r\n\r\n',
    'garbage\r\n',
    '\0\r\n',
    `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(9000)}`,
    `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(65)}`,
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
  ]) {
    const net = new Net([bad]);
    const { heard } = net.run();
    assert.equal(heard, ['finish', 'error EPROTO', 'close'], JSON.stringify(bad.slice(0, 40)));
    assert.is(net.pair.near.host._stack._tcbs.filter((tcb) => (tcb._state as number) < 8).length, 0);
  }
  const { heard } = new Net(['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcxx\r\n']).run();
  assert.equal(heard, [
    'finish',
    'response 200',
    'response aborted',
    'response error EPROTO',
    'response close',
    'close',
  ]);
});

test('a connection that ends too early, before the response and in it', () => {
  assert.equal(new Net([''], 'end').run().heard, ['finish', 'error ECONNRESET', 'close']);
  assert.equal(new Net(['HTTP/1.1 200'], 'end').run().heard, ['finish', 'error ECONNRESET', 'close']);
  for (const part of ['Content-Length: 9\r\n\r\nhello', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n']) {
    const { heard, body, response } = new Net([`HTTP/1.1 200 OK\r\n${part}`], 'end').run();
    assert.equal(heard.slice(1), [
      'response 200',
      'response aborted',
      'response error ECONNRESET',
      'response close',
      'close',
    ]);
    assert.equal([body, response!.complete, response!.aborted], ['hello', false, true]);
  }
});

test('errors of the connection come to the request', () => {
  const net = new Net();
  assert.equal(net.run({ port: 81 }).heard, ['error ECONNREFUSED', 'close']);
  const { heard } = net.run({ timeout: 1000 }, undefined, 3000);
  assert.equal(heard, ['finish', 'timeout']);
});

test('destroy: before the response, in it, with an error of one’s own', () => {
  const net = new Net([null, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello', null]);
  const first = net.start();
  net.pair.run(100);
  first.request.destroy().destroy();
  net.pair.run();
  assert.equal(first.heard, ['finish', 'error ECONNRESET', 'close']);
  const second = net.start();
  net.pair.run(100);
  second.request.abort();
  net.pair.run();
  assert.equal(second.heard.slice(2), ['response aborted', 'response error ECONNRESET', 'response close', 'close']);
  const third = net.start();
  const error = Object.assign(new Error('own'), { code: 'OWN' });
  third.request.destroy(error);
  net.pair.run();
  assert.equal(third.heard, ['error OWN', 'close']);
});

test('an Agent keeps a connection, and lets it go after a while or when the server ends it', () => {
  const net = new Net([OK, OK, OK, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n', OK]);
  const agent = new Agent({ keepAlive: true });
  const outcomes = [1, 2].map(() => net.run({ agent }, undefined, 500));
  assert.equal(
    outcomes.map(({ body }) => body),
    ['hello', 'hello'],
  );
  assert.equal(
    outcomes.map(({ request }) => request.reusedSocket),
    [false, true],
  );
  assert.is(net.got.length, 1);
  assert.match(net.got[0], /Connection: keep-alive/);
  net.pair.run(6000);
  assert.is(agent._free.length, 0);
  net.run({ agent }, undefined, 500);
  net.run({ agent }, undefined, 500);
  assert.is(net.got.length, 2);
  net.run({ agent }, undefined, 500);
  assert.is(net.got.length, 3, 'the server has said that it closes');
  net.sockets[2].end();
  net.pair.run(500);
  assert.is(agent._free.length, 0);
});

test('what nobody has asked for closes a kept connection', () => {
  const net = new Net([OK, OK]);
  const agent = new Agent({ keepAlive: true });
  net.run({ agent }, undefined, 500);
  assert.is(agent._free.length, 1);
  net.sockets[0].write(OK);
  net.pair.run(500);
  assert.is(agent._free.length, 0);
  const late = net.run({ agent }, undefined, 500);
  assert.equal([late.body, late.request.reusedSocket], ['hello', false]);
  // What comes with a response is no response to the next request.
  const double = new Net([OK + OK, OK]);
  double.run({ agent }, undefined, 500);
  assert.is(agent._free.filter((one) => one._parser._rest).length, 0);
});

test('a response that is paused holds the server back', () => {
  const net = new Net([`HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n${'x'.repeat(60000)}`]);
  const { request: asked } = net.start({}, undefined, false);
  let response: IncomingMessage | null = null;
  let length = 0;
  asked
    .removeAllListeners('response')
    .on('response', (one) => (response = one))
    .end();
  net.pair.run(5000);
  assert.ok(net.sockets[0].bytesWritten < 20000, String(net.sockets[0].bytesWritten));
  response!.on('data', (bytes) => (length += bytes.length));
  net.pair.run(20000);
  assert.equal([length, response!.complete], [60000, true]);
});

test('an answer that comes before the question is complete', () => {
  const net = new Net(['HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno']);
  const { request: asked, heard } = net.start({ method: 'POST' }, undefined, false);
  asked.write('x'.repeat(100));
  net.pair.run(500);
  assert.equal(
    heard.filter((one) => one !== 'drain'),
    ['response 413', 'response end', 'response close', 'close'],
  );
  asked.write('more');
  asked.end();
  net.pair.run(500);
  assert.is(net.pair.near.host._stack._tcbs.filter((tcb) => (tcb._state as number) < 8).length, 0);
});

test('URLs, and the caller’s mistakes', () => {
  const net = new Net([OK, OK, OK]);
  const fetched: string[] = [];
  net.pair.near.use(() => {
    get(`http://${FAR}`, (response) => fetched.push(String(response.statusCode)));
    get(`HTTP://${FAR}:80/a/b?c#d`, { headers: { A: 'b' } }, (response) => fetched.push(String(response.statusCode)));
  });
  net.pair.run();
  assert.equal(fetched, ['200', '200']);
  assert.match(net.got[0], /^GET \/ HTTP\/1\.1\r\n/);
  assert.match(net.got[1], /^GET \/a\/b\?c HTTP\/1\.1\r\n.*\r\nA: b\r\n/s);
  const attempts: [unknown, string][] = [
    ['https://x/', 'TypeError invalid URL https://x/'],
    ['http://x?y', 'TypeError invalid URL http://x?y'],
    ['http://x:99999/', 'ValueError port out of range'],
    ['http:///', 'TypeError host must be a string'],
    [{}, 'TypeError host must be a string'],
    [{ host: 'x', port: -1 }, 'ValueError port out of range'],
    [{ host: 'x', path: '/a b' }, 'TypeError invalid path'],
    [{ host: 'x', path: '/a\r\nB: c' }, 'TypeError invalid character'],
    [{ host: 'x', method: 'G T' }, 'TypeError invalid name G T'],
    [{ host: 'x', headers: { 'A:': 'b' } }, 'TypeError invalid name A:'],
    [{ host: 'x\r\nA: b' }, 'TypeError invalid character'],
  ];
  for (const [options, expected] of attempts) {
    let message = 'none';
    try {
      net.pair.near.use(() => request(options as string));
    } catch (error) {
      message = `${(error as Error).name} ${(error as Error).message}`;
    }
    assert.is(message, expected);
  }
  assert.is(net.pair.near.host._stack._tcbs.filter((tcb) => (tcb._state as number) < 8).length, 0);
});

test('client and server of ours: 200 KB in chunks each way, through windows of 4 KB', () => {
  const pair = new SocketPair();
  pair.far.use(() => createServer((asked, response) => void asked.pipe(response)).listen(80));
  const body = Array.from({ length: 200 }, (_, i) => String(i % 10).repeat(1000));
  let back = '';
  pair.near.use(() => {
    const asked = request({ host: FAR, method: 'POST' }, (response) => {
      response.setEncoding('latin1').on('data', (piece: string) => (back += piece));
    });
    let at = 0;
    const more = (): void => {
      while (at < body.length) {
        if (!asked.write(body[at++])) {
          return;
        }
      }
      asked.end();
    };
    asked.on('drain', more);
    more();
  });
  pair.run(120000);
  assert.ok(back === body.join(''), `${back.length} octets came back`);
});

test.run();
