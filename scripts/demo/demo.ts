/**
 * `micronic demo`: the client's stack on one end of a line as slow as a UART, a PPP server on the other, and a page
 * loaded across it.
 */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCapture } from '../cli/capture';
import { Client } from '../cli/client';
import { CommandError } from '../cli/failure';
import { getPage } from '../cli/get';
import { Progress } from '../cli/progress';
import { servePage } from './page';
import { gatewayPeer, type Peer, slirpPeer } from './peers';

export interface DemoOptions {
  peer: 'gateway' | 'slirp';
  baud: number;
}

const PAGE_BYTES_MAX = 200 * 1024;
/** A slow line gets a page that it can carry in this time. */
const PAGE_SECONDS = 25;
const BITS_PER_BYTE = 10;
const LIMIT_MS = 58000;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** @throws CommandError when anything fails */
export async function demo({ peer: kind, baud }: DemoOptions): Promise<number> {
  const limitBytesPerSecond = baud / BITS_PER_BYTE;
  const page = await servePage(Math.min(PAGE_BYTES_MAX, Math.ceil(limitBytesPerSecond * PAGE_SECONDS)));
  const pcap = join(mkdtempSync(join(tmpdir(), 'micronic-demo-')), `${kind}.pcap`);
  const capture = openCapture(pcap, print);
  let peer: Peer | null = null;
  let late: NodeJS.Timeout | undefined;
  try {
    peer = await (kind === 'gateway' ? gatewayPeer(baud) : slirpPeer(baud));
    print(`A client on ${peer.description}, ${baud} bit/s.`);
    const limit = new Promise<never>((_resolve, reject) => {
      late = setTimeout(() => reject(new CommandError(`the demo is not done after ${LIMIT_MS / 1000} s`)), LIMIT_MS);
    });
    await Promise.race([show(peer, page, limitBytesPerSecond, capture.trace), limit]);
    print(`Capture: ${pcap} (open it with Wireshark)`);
  } finally {
    clearTimeout(late);
    await peer?.close();
    await capture.close();
    page.close();
  }
  return 0;
}

async function show(
  peer: Peer,
  page: Awaited<ReturnType<typeof servePage>>,
  limitBytesPerSecond: number,
  trace: (sent: boolean, protocol: number, packet: Uint8Array) => void,
): Promise<void> {
  const client = new Client(peer.stream, 'the demo line', {
    trace,
    onPhase: ({ phase, ms }) => print(`${ms.toFixed(0).padStart(7)} ms  ${phase}`),
  });
  await client.connect();
  const { addr4, gw4, dns } = client.ipconfig;
  print(`ipconfig: address ${addr4}, gateway ${gw4}, dns ${dns}`);

  const host = await nameOrAddress(client, peer);
  const { received, sent, minMs, maxMs } = await client.ping(host);
  print(`ping ${host}: ${received} of ${sent}, ${minMs.toFixed(1)} to ${maxMs.toFixed(1)} ms`);

  const url = new URL(`http://${host}:${page.port}/`);
  print(`get ${url.href}`);
  const progress = new Progress(process.stdout);
  const loaded = await Promise.race([
    getPage(client.network, url, { onProgress: (bytes, total) => progress.update(bytes, total) }),
    client.lost,
  ]).finally(() => progress.end());
  if (loaded.status !== 200 || loaded.bytes !== page.bytes || loaded.sha256 !== page.sha256) {
    throw new CommandError(`the page came out wrong: status ${loaded.status}, ${loaded.bytes} of ${page.bytes} bytes`);
  }
  print(
    `${loaded.bytes} bytes in ${loaded.seconds.toFixed(2)} s, byte for byte (sha256 ${loaded.sha256.slice(0, 16)}…)`,
  );
  const goodput = loaded.bytesPerSecond / limitBytesPerSecond;
  print(
    `goodput ${loaded.bytesPerSecond.toFixed(0)} B/s, ${goodput.toFixed(3)} of the ${limitBytesPerSecond} B/s ` +
      'that the line carries at most',
  );
  const { rxFrames, txFrames, badFcs, tcpRetransmits } = client.stats;
  await client.disconnect();
  print(`disconnected: ${rxFrames} frames in, ${txFrames} out, ${badFcs} bad, ${tcpRetransmits} segments sent again`);
}

/** The name when it can be resolved at this peer, else the address. */
async function nameOrAddress(client: Client, { name, address, ownsNames }: Peer): Promise<string> {
  if (name === null) {
    return address;
  }
  try {
    print(`resolve ${name}: ${await Promise.race([client.network.resolve(name), client.lost])}`);
    return ownsNames ? name : address;
  } catch (error) {
    if (ownsNames || error instanceof CommandError) {
      throw error;
    }
    print(`resolve ${name}: this computer's name servers cannot be reached, which is no error of the demo`);
    return address;
  }
}
