/** `micronic connect`: the stack of the boards on this computer's end of a line. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { RawIpOptions } from '../../board-targets/node';
import type { Auth } from '../gateway/options';
import { openLine } from '../lines/open';
import { traceLine } from '../trace/trace';
import { parseLineSpec } from '../lines/spec';
import { openCapture } from './capture';
import { Client, type PhaseTime, type PingReport } from './client';
import { CommandError, EXIT_FAILED, lineFailure, usageError } from './failure';
import { getPage, type PageReport } from './get';
import { aborted, onInterrupt } from './interrupt';
import { Progress } from './progress';

export interface ConnectOptions {
  auth?: Auth;
  vj?: boolean;
  ipv6?: boolean;
  timeout?: number;
  user?: string;
  key?: string;
  get?: URL;
  output?: string;
  ping?: string;
  ipconfig?: boolean;
  hold?: number;
  pcap?: string;
  trace?: boolean;
  json?: boolean;
  baud?: number;
  pace?: number;
  address?: string;
  gateway?: string;
  dns?: string;
}

/** What --json prints. */
interface Report {
  line: string;
  ok: boolean;
  phases: PhaseTime[];
  ipconfig: Client['ipconfig'] | null;
  ping: PingReport | null;
  get: (PageReport & { url: string; output: string | null }) | null;
  stats: Record<string, number>;
  /** Why the link ended: 'user' from here. */
  reason: string;
  /** What failed: a sentence, and the phase of the link in which it did. */
  error: string | null;
  phase: string;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const round = (ms: number): number => Math.round(ms * 10) / 10;

export async function connect(spec: string, options: ConnectOptions): Promise<number> {
  const ip = rawIp(spec, options);
  const interrupt = onInterrupt();
  const capture = options.pcap === undefined ? null : openCapture(options.pcap, say);
  const line = await openLine(spec, {
    baud: options.baud,
    pace: options.pace,
    onWaiting: say,
    signal: interrupt,
  }).catch((error) => {
    throw lineFailure(error);
  });
  if (spec === 'pty') {
    say(`the other end is ${line.name}`);
  }
  const shows = options.trace;
  const client: Client = new Client(line.stream, line.name, {
    ...options,
    ip,
    trace:
      capture || shows
        ? (sent, protocol, packet) => {
            capture?.trace(sent, protocol, packet);
            if (shows) {
              say(traceLine(client.elapsedMs, sent, protocol, packet));
            }
          }
        : undefined,
    onPhase: ({ phase, ms }) => say(`${(ms / 1000).toFixed(3).padStart(9)} s  ${phase}`),
  });
  const report: Report = {
    line: line.name,
    ok: true,
    phases: client.phases,
    ipconfig: null,
    ping: null,
    get: null,
    stats: {},
    reason: '',
    error: null,
    phase: '',
  };
  let failure: CommandError | null = null;
  try {
    await untilInterrupted(client.connect(), interrupt);
    report.ipconfig = client.ipconfig;
    await act(client, options, report, interrupt);
  } catch (error) {
    failure = error instanceof CommandError ? error : new CommandError((error as Error).message);
    report.ok = false;
    report.error = failure.message;
    report.phase = failure.phase || client.phase;
  }
  report.stats = client.stats;
  await client.disconnect();
  report.reason = failure?.reason || client.reason;
  await line.close();
  await capture?.close();
  if (options.json) {
    report.phases.forEach((time) => (time.ms = round(time.ms)));
    print(JSON.stringify(report));
  }
  if (failure) {
    throw failure;
  }
  return 0;
}

/** What a line without PPP has to be told; undefined for all others. */
function rawIp(spec: string, options: ConnectOptions): RawIpOptions | undefined {
  const { address, gateway, dns, auth, user } = options;
  if (parseLineSpec(spec).kind !== 'tun') {
    if (address !== undefined || gateway !== undefined || dns !== undefined) {
      throw usageError('--address, --gateway and --dns go with tun:NAME: on any other line the peer tells them');
    }
    return undefined;
  }
  if (auth !== undefined || user !== undefined) {
    throw usageError(`nobody authenticates on ${spec}: leave out --auth, --user, --key and --secret`);
  }
  if (options.vj || options.ipv6 || options.timeout !== undefined) {
    throw usageError(`nothing is negotiated on ${spec}: leave out --vj, --ipv6 and --timeout`);
  }
  if (address === undefined || gateway === undefined) {
    throw usageError(`nobody tells the addresses on ${spec}: say --address and --gateway`);
  }
  return { address, gateway, dns: dns === undefined ? [] : [dns] };
}

/** @throws CommandError when the user gives up first */
async function untilInterrupted<T>(work: Promise<T>, interrupt: AbortSignal): Promise<T> {
  const givenUp = aborted(interrupt).then(() => {
    throw new CommandError('interrupted', EXIT_FAILED, '', 'user');
  });
  return Promise.race([work, givenUp]);
}

/** What was asked for, in this order. Without anything the link stays until Ctrl-C. */
async function act(client: Client, options: ConnectOptions, report: Report, interrupt: AbortSignal): Promise<void> {
  const { get, ping, hold } = options;
  const results = options.json ? (): void => {} : options.output === '-' ? say : print;
  if (options.ipconfig) {
    const { addr4, gw4, dns } = client.ipconfig;
    results(`address  ${addr4}\ngateway  ${gw4}\ndns      ${dns}`);
  }
  if (ping !== undefined) {
    const { sent, received, minMs, averageMs, maxMs, address } = await untilInterrupted(client.ping(ping), interrupt);
    const [least, average, most] = [minMs, averageMs, maxMs].map(round);
    report.ping = { address, sent, received, minMs: least, averageMs: average, maxMs: most };
    results(`ping ${ping}: ${received} of ${sent} came back, least/average/most ${least}/${average}/${most} ms`);
  }
  if (get) {
    await load(client, get, options, report, results, interrupt);
  }
  const isIdle = !get && ping === undefined && !options.ipconfig && hold === undefined;
  if (isIdle || hold) {
    say(isIdle ? 'connected; Ctrl-C disconnects' : `connected for ${hold} s more`);
    const waits = hold ? sleep(hold * 1000, undefined, { ref: false }) : new Promise<void>(() => {});
    await Promise.race([waits, aborted(interrupt), client.lost]);
  }
}

async function load(
  client: Client,
  url: URL,
  { output, json }: ConnectOptions,
  report: Report,
  results: (text: string) => void,
  interrupt: AbortSignal,
): Promise<void> {
  const progress = process.stderr.isTTY && !json ? new Progress(process.stderr) : null;
  const page = await Promise.race([
    getPage(client.network, url, {
      output,
      signal: interrupt,
      onProgress: (bytes, total) => progress?.update(bytes, total),
    }),
    client.lost,
  ]).finally(() => progress?.end());
  const { status, bytes, seconds, bytesPerSecond, sha256 } = page;
  report.get = {
    url: url.href,
    ...page,
    seconds: Math.round(seconds * 1000) / 1000,
    bytesPerSecond: Math.round(bytesPerSecond),
    output: output ?? null,
  };
  results(
    `get ${url.href}: status ${status}, ${bytes} bytes in ${seconds.toFixed(2)} s (${Math.round(bytesPerSecond)} B/s), ` +
      `sha256 ${sha256}${output !== undefined && output !== '-' ? `, in ${output}` : ''}`,
  );
  if (status < 200 || status > 299) {
    throw new CommandError(`${url.href}: the server answers with status ${status}; check the URL`);
  }
}
