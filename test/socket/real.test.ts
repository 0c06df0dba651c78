/** Our sockets against programs that nobody here wrote, over `tun:` into a network namespace. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as dgram from '../../modules/socket/dgram';
import * as dns from '../../modules/socket/dns';
import * as http from '../../modules/socket/http';
import { ping } from '../../modules/socket/ping';
import * as socket from '../../modules/socket/socket';
import { LINUX, OURS, Peer, cleanUp, inside, why, within } from '../helpers/linux';
import { skip } from '../helpers/skip';

const WITHOUT = why;
const folder = mkdtempSync(join(tmpdir(), 'micronic-real-'));
const page = Buffer.from(Array.from({ length: 300000 }, (_, i) => (i * 7 + (i >> 8) * 13) & 255));
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
writeFileSync(join(folder, 'page'), page);
let peer: Peer | null = null;

/** Whether a program is there; says so when it is not. */
function has(program: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  if (!found) {
    skip(`${program} is not installed`);
  }
  return found;
}

function onLinux(name: string, program: string, body: (ours: Peer) => Promise<void>): void {
  test(name, async () => {
    if (WITHOUT) {
      skip(WITHOUT);
      return;
    }
    if (has(program)) {
      peer ??= await Peer.open({ bounds: { _tcpSockets: 80, _udpSockets: 8 } });
      await within(body(peer), 100);
    }
  });
}

/** A program in the namespace that listens on a port; waits until it does. */
async function serving(port: number, ...command: string[]): Promise<() => void> {
  const child = inside(...command);
  child.stdout!.resume();
  for (let tries = 0; ; tries++) {
    const listening = spawnSync('ip', ['netns', 'exec', `mcr${process.pid}`, 'ss', '-Hltun', `sport = :${port}`]);
    if (listening.stdout.length) {
      break;
    }
    assert.ok(tries < 200 && child.exitCode === null, `${command[0]} does not listen on ${port}`);
    await sleep(50);
  }
  return () => void child.kill('SIGKILL');
}

/** A program in the namespace to its end. */
function ran(...command: string[]): Promise<{ code: number | null; stdout: Buffer }> {
  const child = inside(...command);
  const chunks: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout: Buffer.concat(chunks) })));
}

interface Fetched {
  status: number;
  headers: http.IncomingMessage['headers'];
  body: Buffer;
  reused: boolean;
}

function fetched(
  ours: Peer,
  options: http.RequestOptions,
  body?: (request: http.ClientRequest) => void,
): Promise<Fetched> {
  return new Promise((resolve, reject) =>
    ours.network.use(() => {
      const request = http.request({ host: LINUX, ...options }, (response: http.IncomingMessage) => {
        const pieces: Uint8Array[] = [];
        response.on('data', (bytes: Uint8Array) => pieces.push(bytes));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: Buffer.concat(pieces),
            reused: request.reusedSocket,
          }),
        );
      });
      request.on('error', reject);
      if (body) {
        body(request);
      } else {
        request.end();
      }
    }),
  );
}

/** What every server is asked: a page of 300 KB with and without a kept connection, HEAD, and what is not there. */
async function askServer(ours: Peer, port: number): Promise<void> {
  const agent = new http.Agent({ keepAlive: true });
  for (let i = 0; i < 3; i++) {
    const { status, body } = await fetched(ours, { port, path: '/page', agent });
    assert.equal([status, body.length, sha(body)], [200, page.length, sha(page)]);
  }
  const alone = await fetched(ours, { port, path: '/page' });
  assert.is(sha(alone.body), sha(page));
  const head = await fetched(ours, { port, path: '/page', method: 'HEAD' });
  assert.equal([head.status, head.body.length, head.headers['content-length']], [200, 0, String(page.length)]);
  const none = await fetched(ours, { port, path: '/none' });
  assert.is(none.status, 404);
  agent.destroy();
}

onLinux('http client: nginx, with kept connections and chunks', 'nginx', async (ours) => {
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr crit; user root;
     events { worker_connections 64; }
     http { access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
       uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; types { } default_type text/plain;
       server { listen 8081; root ${folder}; gzip_types text/plain; gzip_min_length 1;
         location /old { return 301 http://${LINUX}:8081/page; } location /gz { gzip on; alias ${folder}/page; } } }`,
  );
  const stop = await serving(8081, 'nginx', '-c', config, '-p', folder);
  await askServer(ours, 8081);
  const agent = new http.Agent({ keepAlive: true });
  const reused = [];
  for (let i = 0; i < 3; i++) {
    reused.push((await fetched(ours, { port: 8081, path: '/page', agent })).reused);
  }
  assert.equal(reused, [false, true, true]);
  agent.destroy();
  const moved = await fetched(ours, { port: 8081, path: '/old' });
  assert.equal([moved.status, moved.headers.location], [301, `http://${LINUX}:8081/page`]);
  const gzip = await fetched(ours, { port: 8081, path: '/gz', headers: { 'Accept-Encoding': 'gzip' } });
  assert.equal([gzip.headers['transfer-encoding'], gzip.headers['content-encoding']], ['chunked', 'gzip']);
  assert.is(sha((await import('node:zlib')).gunzipSync(gzip.body)), sha(page));
  stop();
});

onLinux('http client: Python’s http.server', 'python3', async (ours) => {
  const stop = await serving(8082, 'python3', '-m', 'http.server', '8082', '-d', folder, '-b', LINUX);
  await askServer(ours, 8082);
  stop();
});

onLinux(
  'http client: Node’s server: chunks both ways, 100-continue, 1xx, pieces of one octet',
  'node',
  async (ours) => {
    const program = `
    const http = require('http'), fs = require('fs');
    http.createServer((q, r) => {
      if (q.url === '/echo') { q.pipe(r); return; }
      if (q.url === '/hints') { r.writeEarlyHints({ link: '</a>; rel=preload' }); r.end('hinted'); return; }
      if (q.url === '/drip') { let n = 0; const t = setInterval(() => { if (n < 30) r.write(String(n++ % 10)); else { clearInterval(t); r.end(); } }, 5); return; }
      if (q.url !== '/page') { r.statusCode = 404; r.end(); return; }
      const page = fs.readFileSync(process.argv[1]); r.setHeader('content-length', page.length); r.end(page);
    }).listen(8083);`;
    const stop = await serving(8083, process.execPath, '-e', program, join(folder, 'page'));
    await askServer(ours, 8083);
    let at = 0;
    const sent = await fetched(ours, { port: 8083, path: '/echo', method: 'POST' }, (request) => {
      const more = (): void => {
        while (at < page.length) {
          const from = at;
          at += 3000;
          if (!request.write(page.subarray(from, at))) {
            return;
          }
        }
        request.end();
      };
      request.on('drain', more);
      more();
    });
    assert.equal(
      [sent.headers['transfer-encoding'], sent.body.length, sha(sent.body)],
      ['chunked', page.length, sha(page)],
    );
    const waited = await fetched(
      ours,
      { port: 8083, path: '/echo', method: 'POST', headers: { Expect: '100-continue', 'Content-Length': 5 } },
      (request) => {
        request.flushHeaders();
        request.on('continue', () => request.end('hello'));
      },
    );
    assert.is(waited.body.toString(), 'hello');
    assert.is((await fetched(ours, { port: 8083, path: '/hints' })).body.toString(), 'hinted');
    assert.is((await fetched(ours, { port: 8083, path: '/drip' })).body.toString(), '012345678901234567890123456789');
    stop();
  },
);

/** Our server: /page, /chunks, /echo, else 404. */
function site(ours: Peer, port: number): http.HttpServer {
  return ours.network.use(() => {
    const server = http.createServer((request: http.IncomingMessage, response: http.ServerResponse) => {
      if (request.url === '/echo') {
        request.pipe(response);
      } else if (request.url === '/page') {
        response.end(page);
      } else if (request.url === '/chunks') {
        let at = 0;
        const more = (): void => {
          while (at < page.length) {
            at += 1000;
            if (!response.write(page.subarray(at - 1000, at))) {
              return;
            }
          }
          response.end();
        };
        response.on('drain', more);
        more();
      } else if (request.url === '/short') {
        response.end('short');
      } else {
        response.statusCode = 404;
        response.end('none');
      }
    });
    // wrk opens 64 connections in one instant: with a smaller backlog the oldest half-open ones would give way.
    server.listen({ port, backlog: 64 });
    return server;
  });
}

onLinux(
  'http server: curl: whole, chunks both ways, HEAD, HTTP/1.0, 100-continue, kept connections',
  'curl',
  async (ours) => {
    const server = site(ours, 80);
    const curl = (...args: string[]): ReturnType<typeof ran> => ran('curl', '-s', '-S', '--max-time', '60', ...args);
    const url = `http://${OURS}`;
    for (const path of ['page', 'chunks']) {
      const { code, stdout } = await curl(`${url}/${path}`);
      assert.equal([code, stdout.length, sha(stdout)], [0, page.length, sha(page)], path);
      const old = await curl('-0', `${url}/${path}`);
      assert.equal([old.code, sha(old.stdout)], [0, sha(page)], `${path} by HTTP/1.0`);
    }
    const file = join(folder, 'page');
    for (const more of [['-H', 'Transfer-Encoding: chunked'], [], ['-H', 'Expect: 100-continue']]) {
      const { code, stdout } = await curl('--data-binary', `@${file}`, ...more, `${url}/echo`);
      assert.equal([code, stdout.length, sha(stdout)], [0, page.length, sha(page)], more.join());
    }
    const head = await curl('-I', `${url}/page`);
    assert.is(head.stdout.toString(), 'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n');
    const kept = await curl(
      '-w',
      '%{num_connects} %{http_code}\n',
      ...['short', 'none', 'short'].map((path) => `${url}/${path}`),
    );
    assert.is(kept.stdout.toString(), 'short1 200\nnone0 404\nshort0 200\n');
    server.close();
  },
);

onLinux('http server: wrk: four at once for two seconds, then 64 clients', 'wrk', async (ours) => {
  const server = site(ours, 80);
  for (const [connections, seconds] of [
    [4, 2],
    [64, 4],
  ]) {
    const { code, stdout } = await ran(
      'wrk',
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '--timeout',
      '10s',
      `http://${OURS}/short`,
    );
    const text = stdout.toString();
    assert.is(code, 0);
    assert.not.match(text, /Socket errors|Non-2xx/, text);
    assert.ok(Number(/(\d+) requests in/.exec(text)![1]) > connections, text);
  }
  const clients = await Promise.all(
    Array.from({ length: 4 }, () =>
      ran('sh', '-c', `for i in $(seq 16); do curl -s -f --max-time 30 http://${OURS}/short || exit 1; done`),
    ),
  );
  assert.equal(
    clients.map(({ code, stdout }) => [code, stdout.toString()]),
    Array.from({ length: 4 }, () => [0, 'short'.repeat(16)]),
  );
  server.close();
});

onLinux('dgram: a UDP echo in Python, and a server that Python asks', 'python3', async (ours) => {
  const echo =
    'import socket\ns=socket.socket(2,2)\ns.bind(("",9007))\nwhile 1:\n d,a=s.recvfrom(2000)\n s.sendto(d,a)';
  const stop = await serving(9007, 'python3', '-c', echo);
  const got = new Promise<Buffer>((resolve, reject) =>
    ours.network.use(() => {
      const client = dgram.createSocket('udp4', (bytes) => {
        resolve(Buffer.from(bytes));
        client.close();
      });
      client.on('error', reject);
      client.send(page.subarray(0, 1400), 9007, LINUX);
    }),
  );
  assert.is(sha(await got), sha(page.subarray(0, 1400)));
  stop();
  const server = ours.network.use(() => dgram.createSocket('udp4').bind(9008));
  server.on('message', (bytes, from) => server.send(`${bytes.length} from ${from.port}`, from.port, from.address));
  const ask = `import socket\ns=socket.socket(2,2)\ns.settimeout(5)\ns.bind(("",4444))\ns.sendto(b"x"*9,("${OURS}",9008))\nprint(s.recv(99).decode())`;
  assert.is((await ran('python3', '-c', ask)).stdout.toString().trim(), '9 from 4444');
  server.close();
});

onLinux('socket: MicroPython’s calls against Python’s, a client and a server', 'python3', async (ours) => {
  const upper =
    'import socket\ns=socket.create_server(("",9010))\nc,a=s.accept()\nwhile 1:\n d=c.recv(99)\n if not d: break\n c.sendall(d.upper())\nc.close()';
  const stop = await serving(9010, 'python3', '-c', upper);
  const call = <T>(start: (done: (error: Error | null, value?: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) =>
      ours.network.use(() => start((error, value) => (error ? reject(error) : resolve(value as T)))),
    );
  const client = ours.network.use(() => socket.socket());
  await call<void>((done) => client.connect([LINUX, 9010], done));
  await call<void>((done) => client.sendall('hello', done));
  assert.is(Buffer.from(await call<Uint8Array>((done) => client.recv(99, done))).toString(), 'HELLO');
  client.close();
  stop();
  const server = ours.network.use(() => socket.socket());
  server.bind(['', 9011]);
  server.listen(2);
  const asked = ran(
    'python3',
    '-c',
    `import socket\nc=socket.create_connection(("${OURS}",9011))\nc.sendall(b"ping")\nprint(c.recv(99).decode())`,
  );
  const [accepted] = await call<[socket.Socket, socket.InetAddress]>((done) => server.accept(done));
  assert.is(Buffer.from(await call<Uint8Array>((done) => accepted.recv(99, done))).toString(), 'ping');
  await call<void>((done) => accepted.sendall('pong', done));
  accepted.close();
  server.close();
  assert.is((await asked).stdout.toString().trim(), 'pong');
});

onLinux('dns: dnsmasq: addresses, aliases, what is not there, more than a datagram holds', 'dnsmasq', async (ours) => {
  const hosts = join(folder, 'hosts');
  // 60 addresses of one name take 960 octets and more: the answer is cut off and asked for over TCP.
  writeFileSync(
    hosts,
    Array.from({ length: 60 }, (_, i) => `10.1.2.${i + 1} big.test`).join('\n') + '\n10.1.1.1 a.test\n',
  );
  const stop = await serving(
    53,
    ...['dnsmasq', '-k', '-R', '-h', '-H', hosts, '-u', 'root', '--cname=alias.test,a.test', '--local=/test/'],
    ...['-a', LINUX, '--pid-file=', '--edns-packet-max=512', '--log-facility=/dev/null'],
  );
  const ask = (name: string): Promise<string> =>
    new Promise((resolve) =>
      ours.network.use(() =>
        dns.resolve4(name, (error, found) => resolve(error ? (error as { code: string }).code : found![0])),
      ),
    );
  ours.network.use(() => dns.setServers([LINUX]));
  assert.is(await ask('a.test'), '10.1.1.1');
  assert.is(await ask('alias.test'), '10.1.1.1');
  assert.is(await ask('none.test'), 'ENOTFOUND');
  assert.match(await ask('big.test'), /^10\.1\.2\.\d+$/);
  stop();
});

onLinux('ping: Linux answers, and nobody else', 'python3', async (ours) => {
  const asked = (name: string, options: object): Promise<string | number> =>
    new Promise((resolve) =>
      ours.network.use(() => ping(name, options, (error, ms) => resolve(error ? error.code : ms!))),
    );
  const ms = await asked(LINUX, { size: 1000 });
  assert.ok(typeof ms === 'number' && ms >= 0 && ms < 5000, String(ms));
  assert.is(await asked('10.77.9.9', { timeout: 300 }), 'ETIMEDOUT');
});

test('nothing is left', async () => {
  rmSync(folder, { recursive: true, force: true });
  if (WITHOUT) {
    skip(WITHOUT);
    return;
  }
  await peer?.close();
  cleanUp();
});

test.run();
