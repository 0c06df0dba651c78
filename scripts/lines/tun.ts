/** A line of raw IP packets to a TUN device of Linux: the kernel's own TCP/IP is the other end, without PPP between. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { LineError } from './error';
import { ProcessGroup } from './process-group';
import { JoinedStream } from './wrap';

/**
 * Node cannot make the one ioctl that a TUN device needs, python3 can. Packets pass back to back, each as long as its
 * header says; the first line tells how the opening went. What the device refuses, when it is down for example, is lost
 * as on any network.
 */
const RELAY = `
import fcntl, os, select, struct, sys
try:
    device = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(device, 0x400454CA, struct.pack('16sH22x', sys.argv[1].encode(), 0x1001))
except OSError as error:
    print(error.strerror, flush=True)
    sys.exit(1)
print('', flush=True)
pending = b''
def length_of(p):
    if len(p) < 6: return 0
    return 40 + (p[4] << 8 | p[5]) if p[0] >> 4 == 6 else p[2] << 8 | p[3]
def put(packet):
    while packet:
        packet = packet[os.write(1, packet):]
while True:
    ready, _, _ = select.select([device, 0], [], [])
    if device in ready:
        try:
            put(os.read(device, 65535))
        except OSError as error:
            sys.exit(0)
    if 0 in ready:
        chunk = os.read(0, 65536)
        if not chunk:
            sys.exit(0)
        pending += chunk
        while 0 < length_of(pending) <= len(pending):
            length = length_of(pending)
            try:
                os.write(device, pending[:length])
            except OSError:
                pass
            pending = pending[length:]
`;

/** TUNSETIFF's own words are for those who know it. */
function cause(text: string): string {
  if (/permitted|denied/i.test(text)) {
    return `${text}; become root, or let root make the device: ip tuntap add NAME mode tun user YOU`;
  }
  return /busy/i.test(text) ? `${text}; another program has the device` : text;
}

/**
 * Opens the device, and makes it when there is none, which needs root; it is gone with the line then. Its addresses are
 * set by `ip addr` and `ip link`.
 *
 * @param namespace the network namespace to make it in, as named by `ip netns`
 * @throws LineError when it cannot be opened
 */
export async function tunLine(device: string, namespace?: string): Promise<Duplex> {
  const spec = `tun:${namespace === undefined ? '' : `${namespace}/`}${device}`;
  const relay = ['python3', '-u', '-c', RELAY, device];
  const [command, ...args] = namespace === undefined ? relay : ['ip', 'netns', 'exec', namespace, ...relay];
  const child = spawn(command, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (data: Buffer) => (complaint += data));
  child.stdin.on('error', () => {});
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new LineError(`${spec} needs ${command}: ${(error as Error).message}`, { cause: error });
  }
  const group = new ProcessGroup(child.pid!);
  child.once('exit', () => group.leaderExited());

  const said = await firstLine(child.stdout);
  if (said !== '') {
    await group.end();
    if (!child.stderr.readableEnded) {
      await once(child.stderr, 'end');
    }
    throw new LineError(`${spec}: ${cause(said ?? (complaint.trim().split('\n').pop() || 'the relay has ended'))}`);
  }
  return new JoinedStream(child.stdout, child.stdin, () => group.end());
}

/** What comes before the first line feed, which is taken away; null when the stream ends before. */
function firstLine(stream: NodeJS.ReadableStream): Promise<string | null> {
  return new Promise((resolve) => {
    let head: Buffer = Buffer.alloc(0);
    const done = (line: string | null): void => {
      stream.off('readable', read).off('end', ended);
      resolve(line);
    };
    const ended = (): void => done(null);
    const read = (): void => {
      for (let chunk = stream.read() as Buffer | null; chunk; chunk = stream.read() as Buffer | null) {
        head = Buffer.concat([head, chunk]);
        const at = head.indexOf(10);
        if (at >= 0) {
          if (at + 1 < head.length) stream.unshift(head.subarray(at + 1));
          return done(head.toString('utf8', 0, at));
        }
      }
    };
    stream.on('readable', read).on('end', ended);
  });
}
