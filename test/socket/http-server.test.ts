/** http.createServer: what it makes of requests byte by byte, and what it answers. Simulated time, a raw client. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createServer, type HttpServer, type IncomingMessage, type ServerResponse } from '../../modules/socket/http';
import { connect, type Socket } from '../../modules/socket/net';
import { FAR, SocketPair, hear } from '../helpers/socket-pair';
import { pattern } from '../helpers/tcp';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on the far host, and connections to it as text. */
class Site {
  readonly pair = new SocketPair();
  readonly server: HttpServer;
  readonly requests: string[] = [];

  constructor(handler?: Handler, options = {}) {
    this.server = this.pair.far.use(() => createServer(options));
    this.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.requests.push(`${request.method} ${request.url}`);
      (handler ?? answer)(request, response);
    });
    this.server.listen(80);
  }

  open(): { socket: Socket; text: () => string; isClosed: () => boolean } {
    const socket = this.pair.near.use(() => connect({ port: 80, host: FAR, allowHalfOpen: true }));
    let text = '';
    let isClosed = false;
    socket.setEncoding('latin1').on('data', (piece) => (text += piece));
    socket.on('end', () => (isClosed = true)).on('error', () => (isClosed = true));
    return { socket, text: () => text, isClosed: () => isClosed };
  }

  /** What comes back for this, and whether the connection was closed. */
  send(text: string, ms = 1000): string {
    const client = this.open();
    client.socket.write(text, 'latin1');
    this.pair.run(ms);
    const result = client.text() + (client.isClosed() ? '<closed>' : '');
    client.socket.destroy();
    this.pair.run(100);
    return result;
  }
}

/** Gives back the request's body, as soon as it is complete. */
const answer: Handler = (request, response) => {
  let body = '';
  request.setEncoding('latin1').on('data', (piece) => (body += piece));
  request.on('end', () => response.end(`${request.url} [${body}]`));
};

const GET = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n';
const status = (text: string): string => text.slice(9, 12) + (text.endsWith('<closed>') ? ' closed' : '');

test('a request and its response, to the octet', () => {
  const site = new Site();
  assert.is(site.send(GET), 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n/a []');
});

test('the same whatever pieces it comes in', () => {
  const text =
    'POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\nT: 1\r\n\r\n';
  const whole = new Site().send(text);
  assert.match(whole, /\/p \[abc0123456789abcdef\]$/);
  for (let cut = 1; cut < text.length; cut++) {
    const site = new Site();
    const client = site.open();
    site.pair.run(20);
    client.socket.write(text.slice(0, cut));
    site.pair.run(500);
    client.socket.write(text.slice(cut));
    site.pair.run(500);
    assert.is(client.text(), whole, `cut at ${cut}`);
  }
});

test('bodies of known length, empty, none; HTTP/1.0; HEAD; 204; 304', () => {
  const site = new Site();
  assert.match(site.send('POST / HTTP/1.1\r\nHost: x\r\ncontent-length:  5 \r\n\r\nhello'), /\/ \[hello\]$/);
  assert.match(site.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'), /\/ \[\]$/);
  assert.match(site.send('GET / HTTP/1.0\r\n\r\n'), /Connection: close\r\n\r\n\/ \[\]<closed>$/);
  assert.match(site.send('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n'), /Connection: keep-alive\r\n\r\n\/ \[\]$/);
  assert.match(
    site.send('GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, Close\r\n\r\n'),
    /close\r\n\r\n\/ \[\]<closed>$/,
  );
  assert.match(site.send('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n'), /keep-alive\r\n\r\n$/);
  for (const code of [204, 304]) {
    const empty = new Site((_request, response) => {
      response.writeHead(code);
      response.write('dropped');
      response.end('too');
    });
    assert.is(empty.send(GET).replace(/ \w+( \w+)?\r/, '\r'), `HTTP/1.1 ${code}\r\nConnection: keep-alive\r\n\r\n`);
  }
});

test('a response in pieces: chunks, and until the end for HTTP/1.0', () => {
  const handler: Handler = (_request, response) => {
    response.setHeader('X-A', 1);
    response.setHeader('Set-Cookie', ['a=1', 'b=2']);
    response.write('hello ');
    response.write('');
    response.end('world');
  };
  const site = new Site(handler);
  assert.is(
    site.send(GET),
    'HTTP/1.1 200 OK\r\nX-A: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nTransfer-Encoding: chunked\r\n' +
      'Connection: keep-alive\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n',
  );
  assert.match(
    site.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'),
    /Connection: close\r\n\r\nhello world<closed>$/,
  );
});

test('what could be read in two ways is refused, and the connection closed', () => {
  const head = 'POST / HTTP/1.1\r\nHost: x\r\n';
  const bad: [string, string][] = [
    ['both lengths', `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['both lengths, the other way', `${head}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`],
    ['two equal lengths', `${head}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`],
    ['a list of lengths', `${head}Content-Length: 3, 3\r\n\r\nabc`],
    ['a signed length', `${head}Content-Length: +3\r\n\r\nabc`],
    ['a negative length', `${head}Content-Length: -3\r\n\r\nabc`],
    ['a hexadecimal length', `${head}Content-Length: 0x3\r\n\r\nabc`],
    ['an empty length', `${head}Content-Length:\r\n\r\nabc`],
    ['a length of 20 digits', `${head}Content-Length: 10000000000000000000\r\n\r\nabc`],
    ['two codings', `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a coding before HTTP/1.1', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a blank before the colon', `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['a blank before the name', `${head} Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a continued line', `${head}X: a\r\n b\r\n\r\n`],
    ['no name', `${head}: a\r\n\r\n`],
    ['no colon', `${head}abc\r\n\r\n`],
    ['a control in a name', `${head}A\x01: a\r\n\r\n`],
    ['a carriage return in a value', `${head}A: a\rB: b\r\n\r\n`],
    ['a zero in a value', `${head}A: a\0\r\n\r\n`],
    ['a bare line feed', `${head}A: a\n\r\n`],
    ['an end of two line feeds', 'GET / HTTP/1.1\nHost: x\n\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n'],
    ['no version', 'GET /\r\nHost: x\r\n\r\n'],
    ['too many words', 'GET / a HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no target', 'GET  HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no method', ' / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a method that is none', 'G@T / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['another protocol', 'GET / ICY/1.1\r\nHost: x\r\n\r\n'],
  ];
  const site = new Site();
  for (const [name, text] of bad) {
    assert.is(status(site.send(text)), '400 closed', name);
  }
  assert.equal(site.requests, []);
  assert.is(status(site.send(`${head}Transfer-Encoding: gzip, chunked\r\n\r\n`)), '501 closed');
  assert.is(status(site.send('GET / HTTP/2.0\r\nHost: x\r\n\r\n')), '505 closed');
  assert.is(status(site.send(`${head}Expect: a miracle\r\n\r\n`)), '417 closed');
});

test('chunks that are none: the request fails, and no second response is made of the rest', () => {
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
  for (const body of [
    'x\r\n',
    '\r\n',
    '-1\r\n',
    '3\nabc\r\n',
    '3\r\nabcd\r\n',
    '3\r\nabc\n0\r\n\r\n',
    '12345678\r\n',
    '3 3\rabc\r\n',
    '0x3\r\nabc\r\n',
  ]) {
    const site = new Site();
    assert.is(
      status(site.send(`${head}${body}GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`)),
      '400 closed',
      JSON.stringify(body),
    );
    assert.equal(site.requests, ['POST /']);
  }
});

test('heads that are too long, in octets and in lines, complete or not, cost no memory', () => {
  const site = new Site();
  const long = 'a'.repeat(5000);
  assert.is(status(site.send(`GET /${long} HTTP/1.1\r\nHost: x\r\n\r\n`)), '431 closed');
  assert.is(status(site.send(`GET / HTTP/1.1\r\nHost: x\r\nA: ${long}`)), '431 closed');
  assert.is(status(site.send(`GET / HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(65)}\r\n`)), '431 closed');
  assert.is(status(site.send('\r\n'.repeat(3000))), '', 'empty lines say nothing');
  assert.equal(site.requests, []);
  const trailer = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n';
  assert.is(status(site.send(`${trailer}${'A: b\r\n'.repeat(70)}\r\n`)), '431 closed');
  const roomy = new Site(undefined, { maxHeaderSize: 8000 });
  assert.is(status(roomy.send(`GET /${long} HTTP/1.1\r\nHost: x\r\n\r\n`)), '200');
});

test('requests sent ahead are answered in order, one at a time', () => {
  let active = 0;
  let most = 0;
  const site = new Site((request, response) => {
    most = Math.max(most, ++active);
    site.pair.clock.after(request.url === '/0' ? 300 : 10, () => {
      active--;
      response.end(`${request.url};`);
    });
  });
  const all = Array.from({ length: 20 }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: x\r\n\r\n`).join('');
  const text = site.send(all, 5000);
  assert.equal(
    text.match(/\/\d+;/g),
    Array.from({ length: 20 }, (_, i) => `/${i};`),
  );
  assert.is(most, 1);
});

test('a thousand requests ahead, answered at once: no recursion, no growth', () => {
  const site = new Site((_request, response) => response.end());
  const client = site.open();
  client.socket.write(GET.repeat(1000));
  site.pair.run(60000);
  assert.is(client.text().split('HTTP/1.1 200').length - 1, 1000);
});

test('a body that nobody reads holds the client back; when the response ends, the rest is thrown away', () => {
  let waiting: ServerResponse | null = null;
  const site = new Site((request, response) => {
    if (request.method === 'POST') {
      waiting = response;
    } else {
      response.end('second');
    }
  });
  const client = site.open();
  const size = 100000;
  client.socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`);
  client.socket.write(pattern(0, size));
  client.socket.write(GET);
  site.pair.run(5000);
  assert.ok(client.socket.bytesWritten < 30000, `${client.socket.bytesWritten} octets are on the way`);
  waiting!.end('first');
  site.pair.run(20000);
  assert.match(client.text(), /\r\n\r\nfirst.*\r\n\r\nsecond$/s);
});

test('back-pressure of a response: write says false, drain comes', () => {
  let full = 0;
  const site = new Site((_request, response) => {
    let at = 0;
    const more = (): void => {
      while (at < 100) {
        at++;
        if (!response.write('x'.repeat(1000))) {
          full++;
          response.once('drain', more);
          return;
        }
      }
      response.end();
    };
    more();
  });
  const text = site.send(GET, 60000);
  assert.is(text.split('x'.repeat(1000)).length - 1, 100);
  assert.ok(full > 10);
});

test('Expect: 100-continue is answered, or left to checkContinue', () => {
  const head = 'POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n';
  const site = new Site();
  const client = site.open();
  client.socket.write(head);
  site.pair.run(100);
  assert.is(client.text(), 'HTTP/1.1 100 Continue\r\n\r\n');
  client.socket.write('ok');
  site.pair.run(100);
  assert.match(client.text(), /\/c \[ok\]$/);
  site.server.on('checkContinue', (_request, response) => {
    response.writeHead(413);
    response.end();
  });
  assert.match(site.send(head), /^HTTP\/1\.1 413 Content Too Large\r\n/);
});

test('time-outs: of a head, of a body, of a pause between requests', () => {
  const site = new Site(undefined, { headersTimeout: 3000, requestTimeout: 10000, keepAliveTimeout: 2000 });
  const at = (text: string, drip?: string): [string, number] => {
    const client = site.open();
    const start = site.pair.clock.nowMs;
    let atMs = 0;
    client.socket.on('end', () => (atMs = site.pair.clock.nowMs - start));
    client.socket.write(text);
    for (let i = 1; drip && i < 60; i++) {
      site.pair.clock.after(i * 500, () => client.socket.write(drip));
    }
    client.socket.on('error', () => {});
    site.pair.run(40000);
    client.socket.destroy();
    return [client.text().slice(9, 12), Math.round(atMs / 1000)];
  };
  assert.equal(at(''), ['', 3]);
  assert.equal(at('GET / HTTP/1.1\r\nA: ', 'a'), ['408', 3]);
  assert.equal(at('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n', 'a'), ['408', 10]);
  assert.equal(at(GET), ['200', 2]);
});

test('a client that goes away: the request and the response hear of it, nothing stays', () => {
  let heard: string[] = [];
  const site = new Site((request, response) => {
    heard = hear(request, 'aborted', 'close');
    response.on('close', () => heard.push('response close'));
    request.resume();
  });
  const client = site.open();
  client.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
  site.pair.run(100);
  client.socket.destroy(new Error('gone'));
  site.pair.run(100);
  assert.equal(heard, ['aborted', 'close', 'response close']);
  assert.equal([site.pair.far.host._stack._tcbs.length, site.pair.far.context._timed.length], [0, 0]);
});

test('a client that has half-closed gets its answer', () => {
  const site = new Site((_request, response) => void site.pair.clock.after(500, () => response.end('late')));
  const client = site.open();
  client.socket.end(GET);
  site.pair.run(3000);
  assert.match(client.text(), /\r\n\r\nlate$/);
  assert.is(client.isClosed(), true);
});

test('without a listener 404; clientError takes the refusal over; the caller’s mistakes throw', () => {
  const pair = new SocketPair();
  const server = pair.far.use(() => createServer().listen(80));
  const socket = pair.near.use(() => connect(80, FAR));
  const heard = hear(socket, 'data');
  socket.write(GET);
  pair.run();
  assert.match(heard[0], /HTTP\/1\.1 404 Not Found/);
  server.on('clientError', (error, client: Socket) => client.end(`${error.code}`));
  const second = pair.near.use(() => connect(80, FAR));
  const refused = hear(second, 'data');
  second.write('nonsense\r\n\r\n');
  pair.run();
  assert.equal(refused, ['data EPROTO']);

  const errors: string[] = [];
  const site = new Site((_request, response) => {
    const attempt = (f: () => unknown): void => {
      try {
        f();
        errors.push('none');
      } catch (error) {
        errors.push(`${(error as Error).name} ${(error as Error).message}`);
      }
    };
    attempt(() => response.setHeader('A', 'b\r\nC: d'));
    attempt(() => response.setHeader('A B', 'c'));
    attempt(() => response.setHeader('A', undefined as never));
    attempt(() => response.write(5 as never));
    response.end('x');
    attempt(() => response.setHeader('A', 'b'));
    attempt(() => response.writeHead(200));
    attempt(() => response.write('late'));
    response.end('twice');
  });
  assert.match(site.send(GET), /\r\n\r\nx$/);
  assert.equal(errors, [
    'TypeError invalid character',
    'TypeError invalid name A B',
    'TypeError header A has no value',
    'TypeError data must be a string or a Uint8Array',
    'OSError [Errno 114] EALREADY the head has been sent',
    'OSError [Errno 114] EALREADY the head has been sent',
    'OSError [Errno 32] EPIPE',
  ]);
});

test('server.close: what runs is answered, then its connection closes, then the server', () => {
  const site = new Site((_request, response) => void site.pair.clock.after(500, () => response.end('last')));
  const heard = hear(site.server, 'close');
  const client = site.open();
  client.socket.write(GET);
  site.pair.run(100);
  site.server.close();
  site.pair.run(300);
  assert.equal(heard, []);
  site.pair.run(500);
  assert.match(client.text(), /last$/);
  assert.is(client.isClosed(), true);
  client.socket.end();
  site.pair.run(1000);
  assert.equal(heard, ['close']);
});

test.run();
