/** A client of ours on a line to pppd, to slirp, or to any PPP server; and a gateway of ours with pppd as its client. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Network, type PPP } from '../../board-targets/node';
import type { NetworkError } from '../../modules/network/errors';
import type { Bounds } from '../../modules/network/host';
import { type Ipv6cp, useIpv6cp } from '../../modules/ppp/ipv6cp';
import { useMschap } from '../../modules/ppp/mschap';
import { type Vj, useVj } from '../../modules/ppp/vj';
import { Gateway, type GatewayOptions, type LinkDown } from '../../scripts/gateway/gateway';
import { openLine } from '../../scripts/lines/open';
import { type Credentials, within } from '../scripts/gateway/rig';
import { SECRETS } from './image';
import type { LinuxGuest } from './vm';

/** pppd's end, and the address it gives. */
export const PPPD = '10.9.0.1';
export const OURS = '10.9.0.2';

// One for all links of a program.
useMschap();

export interface ClientOptions {
  /** Optional parts of the link that are on. */
  vj?: boolean;
  ipv6?: boolean;
  credentials?: Credentials;
  bounds?: Partial<Bounds>;
  /** Asked for. */
  address?: string;
  /** What lies between the client and the line. */
  wrap?: (stream: Duplex) => Duplex;
}

export class Client {
  readonly network: Network;
  readonly ppp: PPP;
  readonly vj: Vj | null;
  readonly ipv6: Ipv6cp | null;
  /** 'connected', 'disconnected' and its reason, 'error' and its reason. */
  readonly events: string[] = [];
  private waiting: (() => void)[] = [];

  constructor(
    readonly stream: Duplex,
    private readonly options: ClientOptions,
  ) {
    this.network = new Network(options.bounds);
    this.ppp = this.network.ppp(stream);
    this.vj = options.vj ? useVj(this.ppp._link) : null;
    this.ipv6 = options.ipv6 ? useIpv6cp(this.ppp._link) : null;
    if (options.address) this.ppp.ipconfig({ addr4: `${options.address}/32` });
    const add = (event: string): void => {
      this.events.push(event);
      const waiting = this.waiting;
      this.waiting = [];
      waiting.forEach((check) => check());
    };
    this.ppp.on('connected', () => add('connected'));
    this.ppp.on('disconnected', (reason) => add(`disconnected: ${String(reason)}`));
    this.ppp.on('error', (error) => add(`error: ${(error as unknown as NetworkError).reason}`));
  }

  /** Resolves with the error, or null when the link is up. */
  connect(): Promise<NetworkError | null> {
    return within(new Promise((resolve) => this.ppp.connect({ ...this.options.credentials }, resolve)));
  }

  async disconnect(): Promise<void> {
    await within(new Promise<void>((resolve) => this.ppp.disconnect(() => resolve())));
  }

  /** Resolves when the n-th event of this name has come. */
  async event(name: string, n = 1): Promise<void> {
    const came = (): boolean => this.events.filter((event) => event === name).length >= n;
    const wait = async (): Promise<void> => {
      while (!came()) await new Promise<void>((resolve) => this.waiting.push(resolve));
    };
    await within(wait()).catch((error: Error) => {
      throw new Error(`${error.message}: '${name}' does not come; there were ${this.events.join(', ') || 'none'}`);
    });
  }
}

/** A client on the line of a pppd with these options, not connected yet; ends both whatever comes of it. */
export async function withPppd(
  guest: LinuxGuest,
  pppd: string,
  options: ClientOptions,
  body: (client: Client) => Promise<void>,
): Promise<void> {
  await withClient(guest.line, options, async (client) => {
    await guest.startPppd(pppd);
    try {
      await body(client);
      await client.disconnect();
    } catch (error) {
      (error as Error).message += `\npppd's log:\n${await guest.pppdLog()}`;
      throw error;
    } finally {
      // While the line is still read: what pppd has written must go before it can end.
      await guest.killPppd();
    }
  });
}

/** A client on a slirp of its own. */
export async function withSlirp(
  slirp: string,
  options: ClientOptions,
  body: (client: Client) => Promise<void>,
): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'micronic-slirp-'));
  for (const kind of ['pap', 'chap']) {
    writeFileSync(join(home, `.${kind}-secrets`), `${SECRETS.user} * ${SECRETS.key}\n`, { mode: 0o600 });
  }
  try {
    await withClient(`exec-pty:HOME='${home}' slirp-fullbolt ppp ${slirp}`, options, body);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function withClient(
  spec: string,
  options: ClientOptions,
  body: (client: Client) => Promise<void>,
): Promise<void> {
  const line = await openLine(spec);
  const client = new Client(options.wrap ? options.wrap(line.stream) : line.stream, options);
  try {
    await body(client);
  } finally {
    await client.disconnect();
    await line.close();
  }
}

export interface Served {
  gateway: Gateway;
  /** How the links before ended. */
  downs: LinkDown[];
  /** Resolves when the link has come up or, with its report, has ended without. */
  up: Promise<LinkDown | null>;
  /** Resolves when the link has ended. */
  down: Promise<LinkDown>;
}

/** A gateway on the line, and pppd as its client. */
export async function withGateway(
  guest: LinuxGuest,
  pppd: string,
  options: GatewayOptions,
  body: (served: Served) => Promise<void>,
): Promise<void> {
  const line = await openLine(guest.line);
  const gateway = new Gateway(options);
  const downs: LinkDown[] = [];
  const down = new Promise<LinkDown>((resolve) => gateway.once('down', resolve));
  const up = Promise.race([new Promise<null>((resolve) => gateway.once('up', () => resolve(null))), down]);
  gateway.on('down', (report) => downs.push(report));
  const served = gateway.serve(line.stream);
  try {
    await guest.startPppd(pppd);
    await body({ gateway, downs, up: within(up), down: within(down) });
  } catch (error) {
    (error as Error).message += `\npppd's log:\n${await guest.pppdLog()}`;
    throw error;
  } finally {
    await guest.killPppd();
    gateway.stop();
    await within(served);
    await line.close();
  }
}
