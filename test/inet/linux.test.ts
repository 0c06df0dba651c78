/** TCP, UDP and ICMP against Linux, over a TUN device in a network namespace that is made here and removed again. */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createStack, netifUp, type Netif, type Stack } from '../../modules/inet/ip';
import { stackFlush, stackInput, stackPoll, stackPollAt } from '../../modules/inet/stack';
import { createPinger, icmpPing } from '../../modules/inet/ping';
import { Errno, type Listener, type Tcb, type TcpHandler } from '../../modules/inet/tcb';
import { tcpAbort, tcpConnect, tcpListen, tcpUnlisten, tcpWrite } from '../../modules/inet/tcp';
import { tcpShutdown } from '../../modules/inet/tcp-close';
import { udpOpen, udpSend } from '../../modules/inet/udp';
import { chance, seededRandom } from '../helpers/clock';
import { addressNumber } from '../helpers/packets';
import { skip } from '../helpers/skip';
import { BOUNDS, pattern } from '../helpers/tcp';

const LINUX = '10.77.0.1';
const OURS = '10.77.0.2';
const SIZE = 1_000_000;
const content = pattern(0, SIZE);
const contentSha = createHash('sha256').update(content).digest('hex');
const script = fileURLToPath(new URL('../helpers/tun.py', import.meta.url));
const space = `mcr${process.pid}`;

function run(...command: string[]): boolean {
  return spawnSync(command[0], command.slice(1), { stdio: 'ignore', timeout: 10000 }).status === 0;
}

/** Why there is nothing to test against; null when there is. */
function missing(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'Linux’s TCP as the peer needs root on Linux';
  }
  if (!existsSync('/dev/net/tun')) {
    return 'Linux’s TCP as the peer needs /dev/net/tun';
  }
  if (!run('python3', '-c', 'import fcntl')) {
    return 'Linux’s TCP as the peer needs python3';
  }
  if (!run('ip', 'netns', 'add', space)) {
    return 'Linux’s TCP as the peer needs `ip netns`';
  }
  return null;
}

const why = missing();
const children = new Set<ChildProcess>();

function inside(...command: string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', space, ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

function cleanUp(): void {
  children.forEach((child) => child.kill('SIGKILL'));
  if (!why) {
    run('ip', 'netns', 'del', space);
  }
}
process.once('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(1));
}

/** Our stack, in real time, with the TUN device as its interface. */
class Peer {
  readonly stack: Stack;
  /** Parts of one lost, on both ways. */
  loss = 0;
  private readonly netif: Netif;
  private timer: NodeJS.Timeout | undefined;
  private pending = Buffer.alloc(0);
  private readonly random = seededRandom(4);

  private constructor(private readonly relay: ChildProcess) {
    this.stack = createStack({ ...BOUNDS, _tcpWindow: 16384, _tcpSendRing: 16384, _outOfOrder: 16384 }, () =>
      Math.floor(Math.random() * 0x100000000),
    );
    this.netif = {
      _address: addressNumber(OURS),
      _mask: 0xffffffff,
      _gateway: addressNumber(LINUX),
      _mtu: 1500,
      _up: false,
      _dns: [],
      _output: (buf, at, end) => {
        if (chance(this.random) >= this.loss) {
          relay.stdin!.write(Buffer.concat([Buffer.from([(end - at) >> 8, (end - at) & 255]), buf.slice(at, end)]));
        }
        return true;
      },
    };
    netifUp(this.stack, this.netif);
  }

  static async open(): Promise<Peer> {
    const relay = inside('python3', '-u', script, 'tun', 'mcr0');
    await new Promise<void>((resolve, reject) => {
      relay.stdout!.once('data', () => resolve());
      relay.once('exit', (code) => reject(new Error(`the TUN relay ended with ${code}`)));
    });
    for (const command of [`addr add ${LINUX} peer ${OURS} dev mcr0`, 'link set mcr0 up', 'link set lo up']) {
      assert.ok(run('ip', '-n', space, ...command.split(' ')), `ip ${command}`);
    }
    const peer = new Peer(relay);
    relay.stdout!.on('data', (chunk: Buffer) => peer.input(chunk));
    return peer;
  }

  now(): number {
    return Math.floor(performance.now());
  }

  private input(chunk: Buffer): void {
    this.pending = Buffer.concat([this.pending, chunk]);
    while (this.pending.length >= 2 && this.pending.length >= 2 + this.pending.readUInt16BE(0)) {
      const length = this.pending.readUInt16BE(0);
      const room = new Uint8Array((length + 3) & ~1);
      room.set(this.pending.subarray(2, 2 + length));
      this.pending = this.pending.subarray(2 + length);
      if (chance(this.random) >= this.loss) {
        stackInput(this.stack, this.netif, room, 0, length, this.now());
      }
    }
    stackFlush(this.stack);
    this.rearm();
  }

  rearm(): void {
    clearTimeout(this.timer);
    const at = stackPollAt(this.stack);
    if (at !== Infinity) {
      this.timer = setTimeout(
        () => {
          stackPoll(this.stack, this.now());
          this.rearm();
        },
        Math.max(0, at - this.now()),
      );
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.relay.stdin!.end();
  }
}

/** Our end of a connection. */
class End implements TcpHandler {
  got = 0;
  readonly digest = createHash('sha256');
  tcb: Tcb | null = null;
  private sent = 0;
  private finish!: (errno: number) => void;
  readonly closed = new Promise<number>((resolve) => (this.finish = resolve));

  constructor(
    readonly peer: Peer,
    readonly mode: 'exchange' | 'answer' | 'silent' | 'reset',
  ) {}

  private pump(): void {
    while (this.sent < SIZE) {
      const taken = tcpWrite(this.tcb!, content, this.sent, SIZE, this.peer.now());
      this.sent += taken;
      if (!taken) {
        return;
      }
    }
    tcpShutdown(this.tcb!, this.peer.now());
  }
  _connected(tcb: Tcb): void {
    this.tcb = tcb;
    if (this.mode === 'exchange') {
      this.pump();
    }
  }
  _data(tcb: Tcb, bytes: Uint8Array): void {
    this.digest.update(bytes);
    this.got += bytes.length;
    if (this.mode === 'reset') {
      tcpAbort(tcb, this.peer.now());
      this.finish(-1);
    }
  }
  _ended(): void {
    if (this.mode === 'answer') {
      this.pump();
    } else if (this.mode === 'silent') {
      tcpShutdown(this.tcb!, this.peer.now());
    }
  }
  _writable(): void {
    this.pump();
  }
  _closed(_tcb: Tcb, errno: number): void {
    this.finish(errno);
  }
}

interface Outcome {
  received?: number;
  error: string | null;
  sha256?: string;
}

/** What the process prints last. */
function outcome(child: ChildProcess): Promise<Outcome> {
  let text = '';
  child.stdout!.on('data', (data: Buffer) => (text += data.toString()));
  return new Promise((resolve, reject) => {
    child.once('close', () => {
      try {
        resolve(JSON.parse(text.trim().split('\n').pop()!) as Outcome);
      } catch {
        reject(new Error(`Linux’s side said: ${text}`));
      }
    });
  });
}

function within<T>(promise: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

let port = 7000;

/** We connect to a server on Linux. */
async function connectToLinux(peer: Peer, ours: End['mode'], theirs: string, size = SIZE): Promise<[End, Outcome]> {
  const server = inside('python3', '-u', script, 'serve', String(++port), theirs, String(size));
  const result = outcome(server);
  await new Promise<void>((resolve) => server.stdout!.once('data', () => resolve()));
  const end = new End(peer, ours);
  const tcb = tcpConnect(peer.stack, addressNumber(LINUX), port, end, peer.now());
  assert.type(tcb, 'object');
  peer.rearm();
  const [, theirSide] = await within(Promise.all([end.closed, result]), 60);
  return [end, theirSide];
}

/** Linux connects to us. */
async function acceptFromLinux(peer: Peer, ours: End['mode'], theirs: string, size = SIZE): Promise<[End, Outcome]> {
  const end = new End(peer, ours);
  const listener = tcpListen(peer.stack, ++port, 4, () => end);
  assert.type(listener, 'object');
  const client = inside('python3', '-u', script, 'connect', OURS, String(port), theirs, String(size));
  const [, theirSide] = await within(Promise.all([end.closed, outcome(client)]), 60);
  tcpUnlisten(listener as Listener, peer.now());
  peer.rearm();
  return [end, theirSide];
}

function arrived([end, theirs]: [End, Outcome]): void {
  assert.is(theirs.error, null);
  assert.is(theirs.received, SIZE);
  assert.is(theirs.sha256, contentSha, 'what Linux got');
  assert.is(end.got, SIZE);
  assert.is(end.digest.digest('hex'), contentSha, 'what we got');
}

let peer: Peer;

function withLinux(name: string, body: () => Promise<void>): void {
  test(name, async () => {
    if (why) {
      skip(why);
      return;
    }
    peer ??= await Peer.open();
    peer.loss = 0;
    await body();
  });
}

withLinux('1 MB each way at once, opened by us, closed by halves', async () => {
  arrived(await connectToLinux(peer, 'exchange', 'exchange'));
});

withLinux('1 MB each way at once, opened by Linux, closed by halves', async () => {
  arrived(await acceptFromLinux(peer, 'exchange', 'exchange'));
});

withLinux('a half-close, then the answer: ours after Linux’s, and Linux’s after ours', async () => {
  arrived(await connectToLinux(peer, 'answer', 'exchange'));
  arrived(await connectToLinux(peer, 'exchange', 'answer'));
  arrived(await acceptFromLinux(peer, 'answer', 'exchange'));
  arrived(await acceptFromLinux(peer, 'exchange', 'answer'));
});

withLinux('3 % of the packets lost on each way', async () => {
  peer.loss = 0.03;
  arrived(await connectToLinux(peer, 'exchange', 'exchange'));
  arrived(await acceptFromLinux(peer, 'exchange', 'exchange'));
});

withLinux('Linux resets: ECONNRESET', async () => {
  const [end, theirs] = await connectToLinux(peer, 'exchange', 'reset', 20000);
  assert.is(theirs.error, null);
  assert.is(await end.closed, Errno.ECONNRESET);
});

withLinux('we reset: Linux gets ConnectionResetError', async () => {
  const [, theirs] = await acceptFromLinux(peer, 'reset', 'exchange');
  assert.match(theirs.error ?? 'no error', /ConnectionResetError|BrokenPipeError/);
});

withLinux('refused, both ways', async () => {
  const end = new End(peer, 'silent');
  tcpConnect(peer.stack, addressNumber(LINUX), 6999, end, peer.now());
  assert.is(await within(end.closed, 10), Errno.ECONNREFUSED);
  const client = inside('python3', '-u', script, 'connect', OURS, '6998', 'silent', '0');
  assert.is((await within(outcome(client), 10)).error, 'ConnectionRefusedError');
});

withLinux('an address without a route: Linux says so by ICMP, and we heed it', async () => {
  if (!run('ip', 'netns', 'exec', space, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')) {
    skip('forwarding cannot be switched on in the namespace');
    return;
  }
  const end = new End(peer, 'silent');
  tcpConnect(peer.stack, addressNumber('10.99.0.1'), 80, end, peer.now());
  peer.rearm();
  assert.is(await within(end.closed, 40), Errno.EHOSTUNREACH);
});

withLinux('ping, both ways', async () => {
  const pinger = createPinger(peer.stack);
  const reply = new Promise<number>((resolve) => {
    const ping = {
      _destination: addressNumber(LINUX),
      _id: 77,
      _reply: (_sequence: number, bytes: number) => resolve(bytes),
    };
    pinger._pings.push(ping);
    assert.ok(icmpPing(pinger, ping, 1, new Uint8Array(1000), peer.now()));
  });
  assert.is(await within(reply, 10), 1000);
  const child = inside('ping', '-c', '2', '-i', '0.2', '-s', '1000', '-W', '5', OURS);
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  // 127 or 1 with nothing said: no ping program in the image.
  assert.ok(code === 0 || !run('which', 'ping'), `ping ended with ${code}`);
});

withLinux('UDP to a port without a socket: Linux’s ICMP does no harm', async () => {
  const socket = udpOpen(peer.stack, () => {})!;
  for (let i = 0; i < 5; i++) {
    assert.ok(udpSend(socket, Buffer.from('anyone?'), addressNumber(LINUX), 6997, peer.now()));
  }
  arrived(await connectToLinux(peer, 'exchange', 'exchange'));
});

withLinux('with netem: delay, loss, duplication and reordering on Linux’s side', async () => {
  const netem = 'tc qdisc add dev mcr0 root netem delay 8ms 4ms loss 2% duplicate 1% reorder 10% 50% limit 1000';
  if (!run('ip', 'netns', 'exec', space, ...netem.split(' '))) {
    skip('this kernel has no netem');
    return;
  }
  arrived(await connectToLinux(peer, 'exchange', 'exchange'));
  arrived(await acceptFromLinux(peer, 'exchange', 'exchange'));
});

test('nothing is left', async () => {
  if (why) {
    skip(why);
    return;
  }
  assert.ok(peer.stack._tcbs.length <= BOUNDS._tcpSockets);
  peer.close();
  cleanUp();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.not.ok(existsSync(`/run/netns/${space}`));
});

test.run();
