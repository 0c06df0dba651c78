/**
 * Linux at the other end of a W5500's cable: the model of the chip, and for a cable a TAP device in a network namespace that
 * is made here and removed again.
 */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Network } from '../../board-targets/node/network';
import { useHost } from '../../modules/network/host';
import { LAN, PHY_W5500 } from '../../modules/network/lan';
import { skip } from './skip';
import { W5500Chip, spiOf } from './w5500';

export const LINUX = '10.78.0.1';
export const NAME = 'mcrtap0';
export const MAC = Uint8Array.of(2, 0, 0, 0, 0x55, 0);
export const script = fileURLToPath(new URL('tap.py', import.meta.url));
export const space = `mce${process.pid}`;
export const folder = mkdtempSync(join(tmpdir(), 'lan-'));

export function run(...command: string[]): boolean {
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
  if (!run('ip', 'netns', 'add', space)) {
    return 'Ethernet with Linux needs `ip netns`';
  }
  return null;
}

export const why = missing();
export const children = new Set<ChildProcess>();

export function inside(...command: string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', space, ...command], { stdio: ['pipe', 'pipe', 'ignore'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

export function output(...command: string[]): string {
  return spawnSync('ip', ['netns', 'exec', space, ...command], { encoding: 'utf8', timeout: 30000 }).stdout;
}

process.once('exit', () => {
  children.forEach((child) => child.kill('SIGKILL'));
  if (!why) {
    run('ip', 'netns', 'del', space);
  }
  rmSync(folder, { recursive: true, force: true });
});

export async function until(what: string, is: () => boolean, limitMs = 20000, everyMs = 20): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!is()) {
    assert.ok(performance.now() < endMs, `${what}: not after ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Puts Linux's cable into the chip. @param sent hears of what the chip sends; @param came of what has come to it */
export async function plugIn(
  chip: W5500Chip,
  sent: (frame: Buffer) => void,
  came?: (frame: Buffer) => void,
): Promise<void> {
  const relay = inside('python3', '-u', script, 'tap', NAME);
  await new Promise<void>((resolve, reject) => {
    relay.stdout!.once('data', () => resolve());
    relay.once('exit', (code) => reject(new Error(`the TAP relay ended with ${code}`)));
  });
  for (const command of [`addr add ${LINUX}/24 dev ${NAME}`, `link set ${NAME} up`, 'link set lo up']) {
    assert.ok(run('ip', '-n', space, ...command.split(' ')), `ip ${command}`);
  }
  let pending = Buffer.alloc(0);
  chip.onSend = (frame) => {
    sent(frame);
    relay.stdin!.write(Buffer.concat([Buffer.from([frame.length >> 8, frame.length & 255]), frame]));
  };
  relay.stdout!.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const length = pending.readUInt16BE(0);
      if (length) {
        chip.feed(pending.subarray(2, 2 + length));
        came?.(pending.subarray(2, 2 + length));
      }
      pending = pending.subarray(2 + length);
    }
  });
}

/** To the port of clients, and behind the cookie the message type. */
function isDhcpAck(frame: Buffer): boolean {
  return frame.length > 300 && frame.readUInt16BE(36) === 68 && frame.toString('hex', 278, 285) === '63825363350105';
}

/** A board with a W5500, on Linux's cable. */
export class Board {
  readonly chip = new W5500Chip();
  readonly network = new Network();
  readonly nic: InstanceType<typeof LAN>;
  readonly events: string[] = [];
  /** How far our clock is ahead. */
  aheadMs = 0;
  /** What we have sent. */
  readonly frames: Buffer[] = [];
  /** DHCPACKs that have come. */
  acks = 0;

  private constructor() {
    const { host } = this.network;
    const now = host._nowMs;
    host._nowMs = () => now() + this.aheadMs;
    host._openSpi = () => spiOf(this.chip, true);
    useHost(host);
    this.nic = new LAN({ spi: {}, cs: 17, int: 21, phy_type: PHY_W5500, mac: MAC });
    this.nic.on('connected', () => this.events.push('connected'));
    this.nic.on('disconnected', (reason?: string) => this.events.push(`disconnected ${reason}`));
    this.nic.on('error', (error?: Error) => this.events.push(String(error)));
  }

  static async open(): Promise<Board> {
    const board = new Board();
    await plugIn(
      board.chip,
      (frame) => void board.frames.push(frame),
      (frame) => void (board.acks += isDhcpAck(frame) ? 1 : 0),
    );
    return board;
  }

  get address(): string {
    return (this.nic.ipconfig('addr4') as string[])[0];
  }

  nowMs(): number {
    return this.network.host._nowMs();
  }

  /** Lets so much time pass at once, for us and not for Linux. */
  skip(ms: number): void {
    this.aheadMs += ms;
    this.network.host._tick!();
  }

  /** Until then. */
  skipTo(ms: number): void {
    this.skip(Math.max(0, ms - this.nowMs()));
  }
}

/** Tests on such a board, which say what they want where it is missing. */
export function onCable(
  wants: string | null,
  board: () => { chip: W5500Chip },
): (name: string, body: () => Promise<void>) => void {
  return (name, body) => {
    test(name, async () => {
      if (wants) {
        skip(wants);
        return;
      }
      await body();
      assert.equal(board().chip.crimes, [], 'the chip was used as its data sheet says');
    });
  };
}

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

/** Counts the frames that match one of tshark's display filters, '' for all of them; null when there is no tshark. */
export function wireshark(frames: Buffer[]): ((filter: string) => number) | null {
  const file = join(folder, 'sent.pcap');
  writeFileSync(file, pcap(frames));
  const checks = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum'].flatMap((name) => [
    '-o',
    `${name}:TRUE`,
  ]);
  if (spawnSync('tshark', ['--version'], { stdio: 'ignore' }).status !== 0) {
    return null;
  }
  return (filter) => {
    const args = ['-r', file, ...checks, ...(filter ? ['-Y', filter] : []), '-T', 'fields', '-e', 'frame.number'];
    const { stdout, status, stderr } = spawnSync('tshark', args, { encoding: 'utf8' });
    assert.is(status, 0, stderr);
    return stdout.split('\n').filter(Boolean).length;
  };
}
