/** Linux's TCP/IP as the peer: a network namespace with a TUN device, and our stack on the line `tun:` to it. */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { Network, type RawIp } from '../../board-targets/node';
import type { Stack } from '../../modules/inet/ip';
import type { Listener, Tcb, TcpHandler } from '../../modules/inet/tcb';
import { tcpAbort, tcpConnect, tcpListen, tcpUnlisten, tcpWrite } from '../../modules/inet/tcp';
import { tcpShutdown } from '../../modules/inet/tcp-close';
import { hostRearm, type Bounds } from '../../modules/network/host';
import { impaired, type ImpairOptions, type ImpairedStream } from '../../scripts/lines/impair';
import { openLine, type Line } from '../../scripts/lines/open';
import { paced } from '../../scripts/lines/pace';
import { addressNumber } from './packets';
import { BOUNDS, pattern } from './tcp';

export const LINUX = '10.77.0.1';
export const OURS = '10.77.0.2';
export const LINUX6 = 'fd77::1';
export const OURS6 = 'fd77::2';
export const SIZE = 1_000_000;
export const DEVICE = 'mcr0';
const content = pattern(0, SIZE);
const script = fileURLToPath(new URL('linux.py', import.meta.url));
export const space = `mcr${process.pid}`;

export function run(...command: string[]): boolean {
  return spawnSync(command[0], command.slice(1), { stdio: 'ignore', timeout: 10000 }).status === 0;
}

/** Runs it in the namespace. */
export function runInside(...command: string[]): boolean {
  return run('ip', 'netns', 'exec', space, ...command);
}

/** Makes the namespace; says why there is nothing to test against, null when there is. */
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

export const why = missing();
const children = new Set<ChildProcess>();
/** Of processes in the namespace. */
export const environment: Record<string, string> = {};

export function inside(...command: string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', space, ...command], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** A process of linux.py. */
export function linux(...args: (string | number)[]): ChildProcess {
  return inside('python3', '-u', script, ...args.map(String));
}

export function cleanUp(): void {
  children.forEach((child) => child.kill('SIGKILL'));
  if (!why) {
    run('ip', 'netns', 'del', space);
  }
}
process.once('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(1));
}

/** Whether the namespace is gone. */
export function isGone(): boolean {
  return !existsSync(`/run/netns/${space}`);
}

export interface PeerOptions extends ImpairOptions {
  bounds?: Partial<Bounds>;
  /** Bits per second. */
  pace?: number;
  delayMs?: number;
  /** IPv6 as well; with an address of the user's. */
  ipv6?: boolean;
  address6?: string;
  /** Before anything passes. */
  prepare?: (network: Network) => void;
}

/** Our stack, in real time, with the TUN device as its interface. */
export class Peer {
  readonly stack: Stack;

  private constructor(
    readonly network: Network,
    readonly ip: RawIp,
    readonly line: ImpairedStream,
    private readonly opened: Line,
    /** What is done to packets; may be changed at any time. */
    readonly ills: PeerOptions,
  ) {
    this.stack = network.host._stack;
  }

  static async open(ills: PeerOptions = {}): Promise<Peer> {
    const opened = await openLine(`tun:${space}/${DEVICE}`);
    for (const command of [`addr add ${LINUX} peer ${OURS} dev ${DEVICE}`, `link set ${DEVICE} up`, 'link set lo up']) {
      assert.ok(run('ip', '-n', space, ...command.split(' ')), `ip ${command}`);
    }
    if (ills.ipv6) {
      assert.ok(run('ip', '-n', space, 'addr', 'add', `${LINUX6}/64`, 'dev', DEVICE, 'nodad'));
    }
    const inner = ills.pace ? paced(opened.stream, ills.pace, { delayMs: ills.delayMs }) : opened.stream;
    const line = impaired(inner, ills);
    const network = new Network({
      ...BOUNDS,
      _tcpWindow: 16384,
      _tcpSendRing: 16384,
      _outOfOrder: 16384,
      ...ills.bounds,
    });
    ills.prepare?.(network);
    const ip = network.ip(line, { address: OURS, gateway: LINUX, ipv6: ills.ipv6 });
    if (ills.address6) {
      ip.ipconfig({ addr6: ills.address6 });
    }
    ip.connect();
    return new Peer(network, ip, line, opened, ills);
  }

  now(): number {
    return this.network.host._nowMs();
  }

  /** After every call into the stack. */
  rearm(): void {
    hostRearm(this.network.host);
  }

  async close(): Promise<void> {
    this.ip.disconnect();
    await this.opened.close();
  }
}

export type Mode = 'exchange' | 'answer' | 'silent' | 'reset';

/** Our end of a connection. */
export class End implements TcpHandler {
  got = 0;
  readonly digest = createHash('sha256');
  tcb: Tcb | null = null;
  private sent = 0;
  private finish!: (errno: number) => void;
  readonly closed = new Promise<number>((resolve) => (this.finish = resolve));

  constructor(
    readonly peer: Peer,
    readonly mode: Mode,
    readonly size = SIZE,
  ) {}

  private pump(): void {
    while (this.sent < this.size) {
      const taken = tcpWrite(this.tcb!, content, this.sent, this.size, this.peer.now());
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

export interface Outcome {
  received?: number;
  error: string | null;
  sha256?: string;
}

/** What the process prints last. */
export function outcome<T = Outcome>(child: ChildProcess): Promise<T> {
  let text = '';
  child.stdout!.on('data', (data: Buffer) => (text += data.toString()));
  return new Promise((resolve, reject) => {
    child.once('close', () => {
      try {
        resolve(JSON.parse(text.trim().split('\n').pop()!) as T);
      } catch {
        reject(new Error(`Linux’s side said: ${text}`));
      }
    });
  });
}

export function within<T>(promise: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

let port = 7000;
export const nextPort = (): number => ++port;

interface Begun {
  end: End;
  /** What Linux's side has to say at its end. */
  theirs: Promise<Outcome>;
  /** When the SYN left, ms of performance.now(). */
  atMs: number;
}

/** Begins a connection to a server on Linux that is there. */
async function begin(
  peer: Peer,
  ours: Mode,
  theirs: string,
  size: number,
  address: number | string = addressNumber(LINUX),
): Promise<Begun> {
  const server = linux('serve', ++port, theirs, size);
  const result = outcome(server);
  await new Promise<void>((resolve) => server.stdout!.once('data', () => resolve()));
  const end = new End(peer, ours, size);
  const atMs = performance.now();
  assert.type(tcpConnect(peer.stack, address, port, end, peer.now()), 'object');
  peer.rearm();
  return { end, theirs: result, atMs };
}

/** Seconds from our SYN to the end of what Linux sends, all of which has to come within `limit` s. */
export async function downloadSeconds(peer: Peer, size: number, limit: number): Promise<number> {
  const { end, theirs, atMs } = await begin(peer, 'silent', 'exchange', size);
  await within(end.closed, limit);
  const seconds = (performance.now() - atMs) / 1000;
  assert.is(end.got, size);
  await theirs;
  return seconds;
}

/** We connect to a server on Linux. */
export async function connectToLinux(
  peer: Peer,
  ours: Mode,
  theirs: string,
  size = SIZE,
  address?: number | string,
): Promise<[End, Outcome]> {
  const { end, theirs: result } = await begin(peer, ours, theirs, size, address);
  const [, theirSide] = await within(Promise.all([end.closed, result]), 60);
  return [end, theirSide];
}

/** Linux connects to us. */
export async function acceptFromLinux(
  peer: Peer,
  ours: Mode,
  theirs: string,
  size = SIZE,
  address = OURS,
): Promise<[End, Outcome]> {
  const end = new End(peer, ours, size);
  const listener = tcpListen(peer.stack, ++port, 4, () => end);
  assert.type(listener, 'object');
  const client = linux('connect', address, port, theirs, size);
  const [, theirSide] = await within(Promise.all([end.closed, outcome(client)]), 60);
  tcpUnlisten(listener as Listener, peer.now());
  peer.rearm();
  return [end, theirSide];
}

/** All of both directions is there, byte for byte. */
export function arrived([end, theirs]: [End, Outcome], size = SIZE): void {
  const sha256 = createHash('sha256').update(content.subarray(0, size)).digest('hex');
  assert.is(theirs.error, null);
  assert.is(theirs.received, size);
  assert.is(theirs.sha256, sha256, 'what Linux got');
  assert.is(end.got, size);
  assert.is(end.digest.digest('hex'), sha256, 'what we got');
}
