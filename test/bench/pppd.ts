/**
 * `npm run bench -- pppd`: our client on a paced line to pppd on a Linux kernel in QEMU (`silent`), beside lwIP 2.2.1 with
 * MicroPython's options on the same kind of line (one run of each). The emulated computer does not pace its UART, the
 * line does, both ways.
 */

import type { Duplex } from 'node:stream';
import { type CorruptOptions, corrupted } from '../../scripts/lines/corrupt';
import { paced } from '../../scripts/lines/pace';
import { tapped } from '../../scripts/lines/tap';
import { type Direction, FrameDropper } from '../interop/frame-dropper';
import { Missing, PAGE, SECRETS, SHORT_PAGE } from '../interop/image';
import { type Client, PPPD, withPppd } from '../interop/session';
import { LinuxGuest } from '../interop/vm';
import { fetchBody } from '../scripts/gateway/rig';

const OPTIONS = '10.9.0.1:10.9.0.2 noauth silent';
const AUTH_OPTIONS = '10.9.0.1:10.9.0.2 silent auth require-chap';
const RUNS = 5;
/** Where chance decides. */
const CORRUPTED_RUNS = 15;

interface LineCase {
  name: string;
  baud: number;
  delayMs?: number;
  corrupt?: CorruptOptions;
  /** Of lwIP: connect ms, GET s, POST s, serial bytes in and out for the GET. */
  lwip: [number | null, number, number, string];
}

const LINES: LineCase[] = [
  { name: '115,200', baud: 115200, lwip: [78, 5.12, 1.91, '53,490 / 1,926'] },
  { name: '115,200, 100 ms each way', baud: 115200, delayMs: 100, lwip: [null, 5.07, 2.46, '53,694 / 1,876'] },
  {
    name: '115,200, 1 byte in 10,000',
    baud: 115200,
    corrupt: { every: 10000, kinds: ['change'] },
    lwip: [null, 7.58, 1.94, '59,465 / 2,545'],
  },
  { name: '460,800', baud: 460800, lwip: [null, 1.24, 0.49, '53,446 / 1,610'] },
];

class Counter {
  sent = 0;
  received = 0;

  wrap(stream: Duplex): Duplex {
    return tapped(stream, (direction, bytes) => (this[direction] += bytes.length));
  }
}

async function connectMs(client: Client): Promise<number> {
  const startedMs = performance.now();
  const error = await client.connect();
  if (error) throw error;
  return performance.now() - startedMs;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

function check(got: Buffer, wanted: Buffer): void {
  if (!got.equals(wanted)) throw new Error('not what was sent');
}

function middle(values: number[]): number {
  return values.slice().sort((a, b) => a - b)[values.length >> 1];
}

async function benchLine(guest: LinuxGuest, { name, baud, delayMs, corrupt, lwip }: LineCase): Promise<void> {
  const connects: number[] = [];
  const gets: number[] = [];
  const posts: number[] = [];
  const inBytes: number[] = [];
  const outBytes: number[] = [];
  for (let i = 0; i < (corrupt ? CORRUPTED_RUNS : RUNS); i++) {
    const counter = new Counter();
    const wrap = (raw: Duplex): Duplex => {
      const line = paced(raw, baud, { delayMs });
      return counter.wrap(corrupt ? corrupted(line, { ...corrupt, seed: i + 1 }) : line);
    };
    await withPppd(guest, OPTIONS, { wrap }, async (client) => {
      connects.push(await connectMs(client));
      // Before the kernel's interface is up it takes no packet, and pppd does not wait for that.
      await guest.logged(/remote IP address/);
      const { sent, received } = counter;
      gets.push(
        await seconds(async () => check(await fetchBody(client.network, PPPD, 80, undefined, '/page.bin'), PAGE)),
      );
      inBytes.push(counter.received - received);
      outBytes.push(counter.sent - sent);
      posts.push(
        await seconds(async () =>
          check(await fetchBody(client.network, PPPD, 80, SHORT_PAGE, '/cgi-bin/echo'), SHORT_PAGE),
        ),
      );
    });
  }
  const bytes = `${middle(inBytes).toLocaleString('en')} / ${middle(outBytes).toLocaleString('en')}`;
  const [lwipConnect, lwipGet, lwipPost, lwipBytes] = lwip;
  console.log(
    `| ${name} | ${Math.min(...connects).toFixed(0)} / ${middle(connects).toFixed(0)} ms | ${lwipConnect ? `${lwipConnect} ms` : ''} ` +
      `| ${Math.min(...gets).toFixed(2)} / ${middle(gets).toFixed(2)} s | ${lwipGet.toFixed(2)} s ` +
      `| ${Math.min(...posts).toFixed(2)} / ${middle(posts).toFixed(2)} s | ${lwipPost.toFixed(2)} s | ${bytes} | ${lwipBytes} |`,
  );
}

/** Connects once; with `lost`, without that frame of the direction (1 for the first). */
async function connectWithout(
  guest: LinuxGuest,
  options: string,
  direction: Direction,
  lost: number,
): Promise<{ ms: number; dropper: FrameDropper }> {
  let dropper!: FrameDropper;
  let ms = 0;
  const wrap = (raw: Duplex): Duplex => paced((dropper = new FrameDropper(raw, direction, lost)), 115200);
  await withPppd(guest, options, { wrap, credentials: SECRETS }, async (client) => {
    ms = await connectMs(client);
    dropper.stop();
  });
  return { ms, dropper };
}

async function benchLosses(guest: LinuxGuest, options: string): Promise<void> {
  const clean: number[] = [];
  let counts = { sent: 0, received: 0 };
  for (let i = 0; i < RUNS; i++) {
    const { ms, dropper } = await connectWithout(guest, options, 'sent', 0);
    clean.push(ms);
    counts = { ...dropper.counts };
  }
  const cleanMs = middle(clean);
  console.log(`\n${options}: connect at 115,200 baud with one frame lost; without, ${cleanMs.toFixed(0)} ms:\n`);
  console.log('| lost frame | connect | more |\n|---|---|---|');
  for (const direction of ['sent', 'received'] as const) {
    for (let n = 1; n <= counts[direction]; n++) {
      const { ms, dropper } = await connectWithout(guest, options, direction, n);
      const who = direction === 'sent' ? 'ours' : "pppd's";
      const what = dropper.lost || 'was not sent this time';
      console.log(`| ${who} ${n}: ${what} | ${ms.toFixed(0)} ms | ${(ms - cleanMs).toFixed(0)} ms |`);
    }
  }
}

export async function benchPppd(): Promise<void> {
  let guest: LinuxGuest;
  try {
    guest = await LinuxGuest.boot();
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    console.log(`SKIP: ${error.message}`);
    return;
  }
  try {
    console.log(
      `pppd (${OPTIONS}), ${guest.packages.find((one) => one.startsWith('ppp '))}, paced line; lwIP beside it`,
    );
    console.log(
      `least / median of ${RUNS} runs, ${CORRUPTED_RUNS} where bytes are changed; ${PAGE.length} bytes by GET, ${SHORT_PAGE.length} by POST and back\n`,
    );
    console.log('| line | connect | lwIP | GET | lwIP | POST | lwIP | serial bytes in / out for the GET | lwIP |');
    console.log('|---|---|---|---|---|---|---|---|---|');
    for (const line of LINES) {
      await benchLine(guest, line);
    }
    for (const options of [OPTIONS, AUTH_OPTIONS]) {
      await benchLosses(guest, options);
    }
  } finally {
    await guest.stop();
  }
}
