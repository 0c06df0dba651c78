/**
 * The whole way against Linux: LAN, the W5500's driver, the model of the chip, and for a cable a TAP device in a network
 * namespace that is made here and removed again. Addresses come from Debian's dnsmasq.
 */

import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Socket } from '../../board-targets/node/socket';
import { hostname } from '../../modules/network/functions';
import { pattern } from '../helpers/tcp';
import {
  Board,
  LINUX,
  NAME,
  children,
  folder,
  inside,
  onCable,
  output,
  run,
  script,
  space,
  until,
  why as noLinux,
  wireshark,
} from '../helpers/linux-cable';
import { skip } from '../helpers/skip';

const SIZE = 300_000;
const content = Buffer.from(pattern(0, SIZE));
const contentSha = createHash('sha256').update(content).digest('hex');
const leases = join(folder, 'leases');
const why = noLinux ?? (run('dnsmasq', '--version') ? null : 'Ethernet with Linux needs Debian’s dnsmasq');

let dnsmasq: ChildProcess | null = null;

const isServing = (): boolean => / 00000000:0043 /.test(output('cat', '/proc/net/udp'));

async function startServer(): Promise<void> {
  dnsmasq = inside(
    'dnsmasq',
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--user=root',
    '--pid-file=',
    '--no-resolv',
    '--no-hosts',
    '--no-ping',
    '--dhcp-authoritative',
    `--interface=${NAME}`,
    '--bind-interfaces',
    '--dhcp-range=10.78.0.50,10.78.0.60,255.255.255.0,120',
    `--dhcp-leasefile=${leases}`,
    `--address=/peer.test/${LINUX}`,
  );
  await until('dnsmasq listens', isServing);
}

async function stopServer(): Promise<void> {
  const child = dnsmasq!;
  // One that a failed test has stopped already will not end again.
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    // `ip netns exec` becomes the program: its pid is dnsmasq's.
    child.kill('SIGKILL');
    await gone;
  }
}

let board: Board;

test.before(async () => {
  if (why) {
    return;
  }
  writeFileSync(join(folder, 'page.bin'), content);
  board = await Board.open();
  await startServer();
});

const onLinux = onCable(why, () => board);

onLinux('an address from dnsmasq, which knows our name; and its name server', async () => {
  hostname('greenhouse');
  await new Promise<void>((resolve, reject) => {
    board.nic.active(true, (error) => (error ? reject(error) : resolve()));
  });
  assert.match(board.address, /^10\.78\.0\.(5\d|60)$/);
  assert.equal(board.nic.ifconfig()!.slice(1), ['255.255.255.0', LINUX, LINUX]);
  const lease = readFileSync(leases, 'utf8');
  assert.match(lease, new RegExp(`02:00:00:00:55:00 ${board.address} greenhouse`));
  assert.is(await board.network.resolve('peer.test'), LINUX);
});

onLinux('ping both ways', async () => {
  assert.ok((await board.network.ping(LINUX)) !== null);
  // So that it has to ask for us.
  assert.ok(run('ip', '-n', space, 'neigh', 'flush', 'dev', NAME));
  const pinging = inside('ping', '-c', '3', '-i', '0.2', '-W', '5', board.address);
  assert.is(await new Promise((resolve) => pinging.once('exit', resolve)), 0);
  assert.match(output('ip', 'neigh', 'show', board.address), /02:00:00:00:55:00/);
});

/** GETs the page from Linux. */
function get(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new Socket(board.network.host).connect(port, 'peer.test');
    const request = http.get(
      { host: 'peer.test', port, path: '/page.bin', createConnection: () => socket as never },
      (response) => {
        const hash = createHash('sha256');
        response.on('data', (chunk: Buffer) => hash.update(chunk));
        response.on('end', () => resolve(hash.digest('hex')));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
  });
}

onLinux(`a page of ${SIZE} octets from Linux, byte for byte`, async () => {
  inside('python3', '-m', 'http.server', '8000', '--bind', LINUX, '--directory', folder);
  await until(
    'the web server listens',
    () => output('curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', `http://${LINUX}:8000/`) === '200',
  );
  assert.is(await get(8000), contentSha);
});

onLinux('and from us to Linux, four at a time', async () => {
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { 'Content-Length': SIZE });
    response.end(content);
  });
  const listener = board.network.listen(80, (socket) => void server.emit('connection', socket));
  const fetches = [1, 2, 3, 4].map(async () => {
    const curl = inside('curl', '-s', '--max-time', '60', `http://${board.address}/`);
    const hash = createHash('sha256');
    curl.stdout!.on('data', (chunk: Buffer) => hash.update(chunk));
    const code = await new Promise((resolve) => curl.once('close', resolve));
    return [code, hash.digest('hex')];
  });
  assert.equal(await Promise.all(fetches), Array(4).fill([0, contentSha]));
  listener.close();
});

onLinux('the cable out and in: the address is kept, and so is a connection', async () => {
  const before = board.address;
  const echo = inside(
    'python3',
    '-c',
    `import socket
s=socket.create_server(('${LINUX}',7000))
print('ready',flush=True)
c,_=s.accept()
while True:
  d=c.recv(1000)
  if not d: break
  c.sendall(d)`,
  );
  await new Promise((resolve) => echo.stdout!.once('data', resolve));
  const socket = board.network.connect(7000, LINUX);
  const got: string[] = [];
  socket.on('error', (error) => got.push(String(error)));
  socket.on('data', (chunk: Buffer) => got.push(chunk.toString()));
  socket.write('one ');
  await until('an echo', () => got.join('') === 'one ');
  board.events.length = 0;
  board.chip.phy = 0;
  await until('no cable', () => board.events.includes('disconnected no-cable'));
  assert.not.ok(board.nic.isconnected());
  socket.write('two ');
  board.chip.phy = 7;
  await until('the cable again', () => board.nic.isconnected());
  assert.is(board.address, before);
  await until('the second echo', () => got.join('') === 'one two ');
  socket.destroy();
});

/** When the lease was renewed: not before the first, ms, and not after the second. */
const renewedMs = [0, 0];

onLinux('the lease is renewed at its half', async () => {
  const endOf = (): number => Number(readFileSync(leases, 'utf8').split(' ')[0]);
  const before = endOf();
  // A lease's end is in whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  board.events.length = 0;
  const { acks } = board;
  board.skip(62000);
  renewedMs[0] = board.nowMs();
  await until('a later end', () => endOf() > before);
  // The server writes it down before it says so.
  await until('its answer', () => board.acks > acks);
  renewedMs[1] = board.nowMs();
  assert.equal([board.nic.isconnected(), board.events], [true, []]);
});

onLinux('the server gone, the lease over; the server back with an empty memory, an address again', async () => {
  const before = board.address;
  await stopServer();
  board.skipTo(renewedMs[0] + 60000);
  board.skipTo(renewedMs[0] + 119000);
  assert.ok(board.nic.isconnected(), 'not before its end');
  board.skipTo(renewedMs[1] + 121000);
  assert.not.ok(board.nic.isconnected());
  assert.equal([board.events, board.address], [['disconnected address-lost'], '0.0.0.0']);
  writeFileSync(leases, '');
  await startServer();
  // Time goes on where nothing is being said, so that the server has as long for its answers as it takes.
  let said = 0;
  await until(
    'an address',
    () => {
      if (board.frames.length === said) {
        board.skip(4000);
      }
      said = board.frames.length;
      return board.nic.isconnected();
    },
    60000,
    300,
  );
  assert.match(board.address, /^10\.78\.0\./, before);
  assert.is(await get(8000), contentSha);
});

onLinux('a server that was restarted meanwhile renews all the same', async () => {
  await stopServer();
  writeFileSync(leases, '');
  await startServer();
  board.events.length = 0;
  board.skip(62000);
  await until('a lease in the server’s books', () => readFileSync(leases, 'utf8').includes('02:00:00:00:55:00'));
  assert.equal([board.nic.isconnected(), board.events], [true, []]);
});

onLinux('another station with our address: it is declined, and another one got', async () => {
  const before = board.address;
  board.events.length = 0;
  const claiming = inside('python3', script, 'claim', NAME, before);
  await new Promise((resolve) => claiming.once('exit', resolve));
  await until('the conflict', () => board.events.length > 1);
  assert.match(board.events[0], /address-conflict/);
  assert.is(board.events[1], 'disconnected address-conflict');
  board.skip(10500);
  await until('another address', () => board.nic.isconnected());
  assert.is.not(board.address, before);
  assert.is(await get(8000), contentSha);
});

onLinux('the chip loses its settings: the interface is back by itself', async () => {
  const before = board.address;
  board.events.length = 0;
  board.chip.reset();
  await until('it is noticed', () => board.events.length > 0);
  await until('an address', () => board.nic.isconnected());
  assert.is(board.address, before);
  assert.is((board.nic.status('stats') as Record<string, number>).chipResets, 1);
  assert.is(await get(8000), contentSha);
});

onLinux('switched off: the lease is given back', async () => {
  board.nic.active(false);
  await until('no lease', () => !readFileSync(leases, 'utf8').includes('02:00:00:00:55:00'));
});

onLinux('tshark finds nothing wrong with any frame that we have sent', async () => {
  const count = wireshark(board.frames);
  if (!count) {
    skip('tshark is not installed');
    return;
  }
  const bad =
    '_ws.malformed || ip.checksum.status == "Bad" || tcp.checksum.status == "Bad" || udp.checksum.status == "Bad" || ' +
    'icmp.checksum.status == "Bad"';
  const all = count('');
  assert.ok(all > 500, `${all} frames`);
  assert.is(all, board.frames.length);
  assert.is(count(bad), 0);
  for (const [what, least] of [
    ['dhcp.option.dhcp == 1', 1],
    ['dhcp.option.dhcp == 3', 4],
    ['dhcp.option.dhcp == 4', 1],
    ['dhcp.option.dhcp == 7', 1],
    ['arp.isprobe', 3],
    ['arp.isannouncement', 2],
    ['arp.opcode == 2', 1],
  ] as const) {
    assert.ok(count(what) >= least, what);
  }
});

test.after(() => {
  children.forEach((child) => child.kill('SIGKILL'));
});

test.run();
