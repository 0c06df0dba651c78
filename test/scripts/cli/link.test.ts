import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type HttpEcho, serveHttp } from '../gateway/rig';
import { Cli, cli } from './run';

const folder = mkdtempSync(join(tmpdir(), 'micronic-cli-'));
const file = (name: string): string => join(folder, name);
let server: HttpEcho;
let gateways: Cli[] = [];

test.before(async () => {
  server = await serveHttp();
});

test.after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

test.after.each(async () => {
  for (const gateway of gateways) {
    gateway.child.kill('SIGKILL');
    await gateway.result();
  }
  gateways = [];
});

async function startGateway(line: string, ...options: string[]): Promise<{ gateway: Cli; peer: string }> {
  const gateway = new Cli(['gateway', line, ...options]);
  gateways.push(gateway);
  const [, peer] = await gateway.says(/waiting for a peer on (\S+)/);
  return { gateway, peer };
}

test('everything at once over a Unix socket, as JSON', async () => {
  const { gateway, peer } = await startGateway(`unix-listen:${file('a')}`, '--once', '--pcap', file('gateway.pcap'));
  const url = `http://gateway.micronic:${server.port}/`;
  const { code, stdout, stderr } = await cli(
    ...['connect', peer, '--json', '--ipconfig', '--ping', '192.168.64.1', '--get', url],
    ...['--output', file('page'), '--pcap', file('client.pcap')],
  );
  assert.is(code, 0, stderr);
  const report = JSON.parse(stdout);
  assert.is(report.ok, true);
  assert.is(report.error, null);
  assert.is(report.reason, 'user');
  assert.equal(
    report.phases.map(({ phase }: { phase: string }) => phase),
    ['establish', 'network', 'running', 'terminate', 'dead'],
  );
  assert.ok(report.phases.every(({ ms }: { ms: number }) => ms >= 0 && ms < 5000));
  assert.equal(report.ipconfig, { addr4: '192.168.64.2', gw4: '192.168.64.1', dns: '192.168.64.1' });
  assert.is(report.ping.received, 3);
  const sha256 = createHash('sha256').update(server.page).digest('hex');
  assert.is(report.get.status, 200);
  assert.is(report.get.bytes, server.page.length);
  assert.is(report.get.sha256, sha256);
  assert.ok(report.get.seconds > 0 && report.get.bytesPerSecond > 10000);
  assert.is(report.stats.badFcs, 0);
  assert.ok(readFileSync(file('page')).equals(server.page));

  const end = await gateway.result();
  assert.is(end.code, 0);
  assert.match(end.stderr, /up: board 192\.168\.64\.2, gateway 192\.168\.64\.1, dns 192\.168\.64\.1, after \d+ ms\n/);
  assert.match(
    end.stderr,
    /down: the link, the board has ended it; after [\d.]+ s, \d+ bytes from the board and 2\d{5} to it\n/,
  );
  for (const name of ['client.pcap', 'gateway.pcap']) {
    const capture = readFileSync(file(name));
    assert.is(capture.readUInt32LE(0), 0xa1b2c3d4, name);
    assert.is(capture.readUInt32LE(20), 204, name);
    // The first frame: LCP's Configure-Request, with address and control.
    assert.is(capture.subarray(41, 46).toString('hex'), 'ff03c02101', name);
    assert.ok(capture.length > server.page.length, name);
  }
});

test('for people: results on standard output, phases on standard error', async () => {
  const { peer } = await startGateway('tcp-listen:0');
  const { code, stdout, stderr } = await cli(
    'connect',
    peer,
    '--ipconfig',
    '--get',
    `http://192.168.64.1:${server.port}/`,
  );
  assert.is(code, 0, stderr);
  assert.match(
    stdout,
    /^address {2}192\.168\.64\.2\ngateway {2}192\.168\.64\.1\ndns {6}192\.168\.64\.1\nget http:\S+: status 200, 204800 bytes in/,
  );
  assert.match(stderr, /^ +[\d.]+ s {2}establish\n +[\d.]+ s {2}network\n +[\d.]+ s {2}running\n/);
});

test('the body on standard output', async () => {
  const { peer } = await startGateway('tcp-listen:0');
  const connect = new Cli(['connect', peer, '--output', '-', '--get', `http://192.168.64.1:${server.port}/`]);
  const chunks: Buffer[] = [];
  connect.child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
  const { code, stderr } = await connect.result();
  assert.is(code, 0, stderr);
  assert.ok(Buffer.concat(chunks).equals(server.page));
  assert.match(stderr, /status 200, 204800 bytes/);
});

test('what fails: exit code 1 and a sentence at the end', async () => {
  const { peer } = await startGateway('tcp-listen:0');
  const cases: [string[], RegExp][] = [
    [['--get', `http://192.168.64.1:1/`], /connection refused; check the port/],
    [['--get', `http://no.such.name.invalid/`], /no such host|no name server answers/],
    [['--ping', 'no.such.name.invalid'], /no such host/],
  ];
  for (const [args, sentence] of cases) {
    const { code, stdout, stderr } = await cli('connect', peer, ...args);
    assert.is(code, 1, stderr);
    assert.is(stdout, '');
    assert.match(stderr, /\nmicronic: [^\n]+\n$/);
    assert.match(stderr, sentence);
  }
});

for (const kind of ['pap', 'chap']) {
  test(`${kind}: boards one after the other, with the right key and a wrong one`, async () => {
    const { gateway, peer } = await startGateway('tcp-listen:0', '--auth', kind, '--secret', 'me:open sesame');
    const good = await cli('connect', peer, '--auth', kind, '--user', 'me', '--key', 'open sesame', '--ipconfig');
    assert.is(good.code, 0, good.stderr);
    await gateway.says(/down: the link of user 'me', the board has ended it[^]*waiting for a peer/);

    const bad = await cli('connect', peer, '--user', 'me', '--key', 'sesame', '--json');
    assert.is(bad.code, 1);
    assert.match(
      bad.stderr,
      /failed in phase authenticate \(auth-failed\): the other end refuses user or key; check --auth/,
    );
    assert.is(JSON.parse(bad.stdout).reason, 'auth-failed');
    await gateway.says(/failed: the link of user 'me', the board has the wrong user or key/);

    gateway.child.kill('SIGINT');
    assert.is((await gateway.result()).code, 0);
  });
}

test('Ctrl-C ends the link in order, on either side', async () => {
  const { gateway, peer } = await startGateway('tcp-listen:0');
  const connect = new Cli(['connect', peer]);
  await connect.says(/connected; Ctrl-C disconnects/);
  connect.child.kill('SIGINT');
  const { code, stderr } = await connect.result();
  assert.is(code, 0, stderr);
  await gateway.says(/the board has ended it/);

  const other = new Cli(['connect', peer, '--hold', '100']);
  await other.says(/connected for 100 s/);
  gateway.child.kill('SIGINT');
  assert.is((await gateway.result()).code, 0);
  const end = await other.result();
  assert.is(end.code, 1);
  assert.match(end.stderr, /\(terminated\): the other end has ended the link/);
});

test('--hold stays so long; --quiet says nothing', async () => {
  const { gateway, peer } = await startGateway(`unix-listen:${file('b')}`);
  gateway.child.kill('SIGINT');
  await gateway.result();
  const quiet = new Cli(['gateway', `unix-listen:${file('b')}`, '--once', '--quiet']);
  gateways.push(quiet);
  let held;
  const startedMs = performance.now();
  do {
    held = await cli('connect', peer, '--hold', '0.5');
  } while (held.code === 2 && performance.now() - startedMs < 10000); // until it listens
  assert.is(held.code, 0, held.stderr);
  assert.match(held.stderr, /connected for 0.5 s more/);
  const { code, stderr, stdout } = await quiet.result();
  assert.equal({ code, stderr, stdout }, { code: 0, stderr: '', stdout: '' });
});

test('--trace: a line for each packet, on standard error, without the password', async () => {
  for (const auth of ['pap', 'chap']) {
    const { peer } = await startGateway(
      `unix-listen:${file(`trace-${auth}`)}`,
      ...['--once', '--auth', auth, '--user', 'me', '--key', 's3cretkey'],
    );
    const { code, stdout, stderr } = await cli(
      ...['connect', peer, '--auth', auth, '--user', 'me', '--key', 's3cretkey'],
      ...['--trace', '--ping', '192.168.64.1'],
    );
    assert.is(code, 0, stderr);
    assert.match(stdout, /^ping 192\.168\.64\.1: 3 of 3 came back[^\n]*\n$/);
    const lines = stderr.split('\n').filter((line) => / s {2}[<>] /.test(line));
    assert.ok(lines.every((line) => /^ +\d+\.\d{3} s {2}[<>] (LCP|PAP|CHAP|IPCP|IPv4) /.test(line)));
    for (const said of [
      '> LCP Configure-Request id 1: ACCM 00000000, Magic ',
      auth === 'pap' ? 'Authentication PAP, Magic ' : 'Authentication CHAP MD5, Magic ',
      auth === 'pap' ? '> PAP Authenticate-Request id 2: user "me", password (hidden)' : '> CHAP Response id ',
      '< IPCP Configure-Nak id ',
      '> IPv4 192.168.64.2 > 192.168.64.1 ICMP Echo (ping) request id ',
      '> LCP Terminate-Request id ',
      '< LCP Terminate-Ack id ',
    ]) {
      assert.ok(stderr.includes(said), `${said}: ${stderr}`);
    }
    assert.not.match(stderr + stdout, 's3cretkey');
  }
});

test.run();
