/**
 * The whole way against Linux: LAN, the W5500's driver, the model of the chip, and for a cable a TAP device in a network
 * namespace that is made here and removed again. Addresses come from Debian's dnsmasq.
 */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Network } from '../../board-targets/node/network';
import { Socket } from '../../board-targets/node/socket';
import { useHost } from '../../modules/network/host';
import { hostname } from '../../modules/network/functions';
import { LAN, PHY_W5500 } from '../../modules/network/lan';
import { pattern } from '../helpers/tcp';
import { skip } from '../helpers/skip';
import { W5500Chip, spiOf } from '../helpers/w5500';

const LINUX = '10.78.0.1';
const NAME = 'mcrtap0';
const MAC = Uint8Array.of(2, 0, 0, 0, 0x55, 0);
const SIZE = 300_000;
const content = Buffer.from(pattern(0, SIZE));
const contentSha = createHash('sha256').update(content).digest('hex');
const script = fileURLToPath(new URL('../helpers/tap.py', import.meta.url));
const space = `mce${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'lan-'));
const leases = join(folder, 'leases');

function run(...command: string[]): boolean {
  return spawnSync(command[0], command.slice(1), { stdio: 'ignore', timeout: 10000 }).status === 0;
}

/** Why there is nothing to test against; null when there is. */
function missing(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'Ethernet with Linux needs root on Linux';
  }
  if (!existsSync('/dev/net/tun')) {
    return 'Ethernet with Linux needs /dev/net/tun';
  }
  if (!run('python3', '-c', 'import fcntl')) {
    return 'Ethernet with Linux needs python3';
  }
  if (!run('dnsmasq', '--version')) {
    return 'Ethernet with Linux needs Debian’s dnsmasq';
  }
  if (!run('ip', 'netns', 'add', space)) {
    return 'Ethernet with Linux needs `ip netns`';
  }
  return null;
}

const why = missing();
const children = new Set<ChildProcess>();

function inside(...command: string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', space, ...command], { stdio: ['pipe', 'pipe', 'ignore'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

function output(...command: string[]): string {
  return spawnSync('ip', ['netns', 'exec', space, ...command], { encoding: 'utf8', timeout: 30000 }).stdout;
}

process.once('exit', () => {
  children.forEach((child) => child.kill('SIGKILL'));
  if (!why) {
    run('ip', 'netns', 'del', space);
  }
  rmSync(folder, { recursive: true, force: true });
});

async function until(what: string, is: () => boolean, limitMs = 20000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!is()) {
    assert.ok(performance.now() < endMs, `${what}: not after ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A board with a W5500, on Linux's cable. */
class Board {
  readonly chip = new W5500Chip();
  readonly network = new Network();
  readonly nic: InstanceType<typeof LAN>;
  readonly events: string[] = [];
  /** How far our clock is ahead. */
  aheadMs = 0;
  /** What we have sent. */
  readonly frames: Buffer[] = [];
  private pending = Buffer.alloc(0);

  private constructor(relay: ChildProcess) {
    const { host } = this.network;
    const now = host._nowMs;
    host._nowMs = () => now() + this.aheadMs;
    host._openSpi = () => spiOf(this.chip, true);
    useHost(host);
    this.nic = new LAN({ spi: {}, cs: 17, int: 21, phy_type: PHY_W5500, mac: MAC });
    this.nic.on('connected', () => this.events.push('connected'));
    this.nic.on('disconnected', (reason?: string) => this.events.push(`disconnected ${reason}`));
    this.nic.on('error', (error?: Error) => this.events.push(String(error)));
    this.chip.onSend = (frame) => {
      this.frames.push(frame);
      relay.stdin!.write(Buffer.concat([Buffer.from([frame.length >> 8, frame.length & 255]), frame]));
    };
    relay.stdout!.on('data', (chunk: Buffer) => {
      this.pending = Buffer.concat([this.pending, chunk]);
      while (this.pending.length >= 2 && this.pending.length >= 2 + this.pending.readUInt16BE(0)) {
        const length = this.pending.readUInt16BE(0);
        if (length) {
          this.chip.feed(this.pending.subarray(2, 2 + length));
        }
        this.pending = this.pending.subarray(2 + length);
      }
    });
  }

  static async open(): Promise<Board> {
    const relay = inside('python3', '-u', script, 'tap', NAME);
    await new Promise<void>((resolve, reject) => {
      relay.stdout!.once('data', () => resolve());
      relay.once('exit', (code) => reject(new Error(`the TAP relay ended with ${code}`)));
    });
    for (const command of [`addr add ${LINUX}/24 dev ${NAME}`, `link set ${NAME} up`, 'link set lo up']) {
      assert.ok(run('ip', '-n', space, ...command.split(' ')), `ip ${command}`);
    }
    return new Board(relay);
  }

  get address(): string {
    return (this.nic.ipconfig('addr4') as string[])[0];
  }

  /** Lets so much time pass at once, for us and not for Linux. */
  skip(ms: number): void {
    this.aheadMs += ms;
    this.network.host._tick!();
  }
}

let dnsmasq: ChildProcess | null = null;

function startServer(): void {
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
}

async function stopServer(): Promise<void> {
  const child = dnsmasq!;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  // `ip netns exec` becomes the program: its pid is dnsmasq's.
  child.kill('SIGKILL');
  await gone;
}

let board: Board;

test.before(async () => {
  if (why) {
    return;
  }
  writeFileSync(join(folder, 'page.bin'), content);
  board = await Board.open();
  startServer();
});

/** A test that needs Linux; says so without it. */
function onLinux(name: string, body: () => Promise<void>): void {
  test(name, async () => {
    if (why) {
      skip(why);
      return;
    }
    await body();
    assert.equal(board.chip.crimes, [], 'the chip was used as its data sheet says');
  });
}

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

onLinux('the lease is renewed at its half', async () => {
  const endOf = (): number => Number(readFileSync(leases, 'utf8').split(' ')[0]);
  const before = endOf();
  // A lease's end is in whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  board.events.length = 0;
  board.skip(62000);
  await until('a later end', () => endOf() > before);
  assert.equal([board.nic.isconnected(), board.events], [true, []]);
});

onLinux('the server gone, the lease over; the server back with an empty memory, an address again', async () => {
  const before = board.address;
  await stopServer();
  board.skip(60000);
  board.skip(50000);
  assert.ok(board.nic.isconnected(), 'not before its end');
  board.skip(30000);
  assert.not.ok(board.nic.isconnected());
  assert.equal([board.events, board.address], [['disconnected address-lost'], '0.0.0.0']);
  writeFileSync(leases, '');
  startServer();
  for (let i = 0; i < 60 && !board.nic.isconnected(); i++) {
    board.skip(4000);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await until('an address', () => board.nic.isconnected());
  assert.match(board.address, /^10\.78\.0\./, before);
  assert.is(await get(8000), contentSha);
});

onLinux('a server that was restarted meanwhile renews all the same', async () => {
  await stopServer();
  writeFileSync(leases, '');
  startServer();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  board.events.length = 0;
  for (let i = 0; i < 4; i++) {
    board.skip(25000);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
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

/** A capture of Ethernet frames, as libpcap has written them since 1998. */
function pcap(frames: Buffer[]): Buffer {
  const head = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  return Buffer.concat([
    head,
    ...frames.flatMap((frame, i) => {
      const record = Buffer.alloc(16);
      record.writeUInt32LE(i, 0);
      record.writeUInt32LE(frame.length, 8);
      record.writeUInt32LE(frame.length, 12);
      return [record, frame];
    }),
  ]);
}

onLinux('tshark finds nothing wrong with any frame that we have sent', async () => {
  const file = join(folder, 'sent.pcap');
  writeFileSync(file, pcap(board.frames));
  const bad =
    '_ws.malformed || ip.checksum.status == "Bad" || tcp.checksum.status == "Bad" || udp.checksum.status == "Bad" || ' +
    'icmp.checksum.status == "Bad"';
  const checks = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum'].flatMap((name) => [
    '-o',
    `${name}:TRUE`,
  ]);
  const count = (filter: string[]): number | null => {
    const { error, stdout, status, stderr } = spawnSync('tshark', ['-r', file, ...checks, ...filter], {
      encoding: 'utf8',
    });
    if (error) {
      return null;
    }
    assert.is(status, 0, stderr);
    return stdout.split('\n').filter(Boolean).length;
  };
  const all = count([]);
  if (all === null) {
    skip('tshark is not installed');
    return;
  }
  assert.ok(all > 500, `${all} frames`);
  assert.is(all, board.frames.length);
  assert.is(count(['-Y', bad]), 0);
  for (const [what, least] of [
    ['dhcp.option.dhcp == 1', 1],
    ['dhcp.option.dhcp == 3', 4],
    ['dhcp.option.dhcp == 4', 1],
    ['dhcp.option.dhcp == 7', 1],
    ['arp.isprobe', 3],
    ['arp.isannouncement', 2],
    ['arp.opcode == 2', 1],
  ] as const) {
    assert.ok(count(['-Y', what])! >= least, what);
  }
});

test.after(() => {
  children.forEach((child) => child.kill('SIGKILL'));
});

test.run();
