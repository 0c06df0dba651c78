/** The stack of the boards on one end of a line, and what became of it: for `connect` and the demo. */

import type { Duplex } from 'node:stream';
import { Network, PPP, type RawIp, type RawIpOptions } from '../../board-targets/node';
import type { NetworkError } from '../../modules/network/errors';
import type { Auth } from '../gateway/options';
import { CommandError, linkFailure, oneLine } from './failure';

export interface PhaseTime {
  phase: string;
  /** Since connect. */
  ms: number;
}

export interface PingReport {
  address: string;
  sent: number;
  received: number;
  minMs: number;
  averageMs: number;
  maxMs: number;
}

export interface ClientOptions {
  auth?: Auth;
  vj?: boolean;
  ipv6?: boolean;
  /** For the connect as a whole, s; 0 for as long as its phases take. */
  timeout?: number;
  user?: string;
  key?: string;
  trace?: (sent: boolean, protocol: number, packet: Uint8Array) => void;
  onPhase?: (time: PhaseTime) => void;
  /** The line carries IP packets, not PPP. */
  ip?: RawIpOptions;
}

const SECURITY = { none: PPP.SEC_NONE, pap: PPP.SEC_PAP, chap: PPP.SEC_CHAP, mschapv2: PPP.SEC_MSCHAP2 };
const PING_TIMEOUT_MS = 3000;

export class Client {
  readonly network = new Network();
  readonly phases: PhaseTime[] = [];
  /** Rejects with a CommandError when the link or the line is lost; never resolves. */
  readonly lost: Promise<never>;
  private readonly ppp: PPP | RawIp;
  private startedMs = performance.now();

  constructor(
    stream: Duplex,
    private readonly lineName: string,
    private readonly options: ClientOptions = {},
  ) {
    const { trace } = options;
    if (trace) {
      this.network.host._trace = (sent, protocol, buf, at, end) => trace(sent, protocol, buf.subarray(at, end));
    }
    this.ppp = options.ip ? this.network.ip(stream, options.ip) : this.network.ppp(stream);
    this.ppp.on('phase', (phase?: unknown) => this.enter(phase as string));
    this.lost = new Promise((_resolve, reject) => {
      const lineLost = (why: string): void => {
        // A peer that has ended the link closes the line: the link's own report is about to come, and says more.
        if (this.phase !== 'terminate') {
          reject(new CommandError(`${lineName}: ${why}`, 1, this.phase, 'line'));
        }
      };
      this.ppp.on('error', (error?: unknown) => reject(linkFailure(error as NetworkError, lineName)));
      stream.once('error', (error) => lineLost(oneLine(error.message)));
      stream.once('end', () => lineLost(`the line has ended in phase ${this.phase}; see that the other end runs`));
      stream.once('close', () => lineLost(`the line has been closed in phase ${this.phase}`));
    });
    this.lost.catch(() => {}); // Whoever waits for something races it.
  }

  /** Since connect. */
  get elapsedMs(): number {
    return performance.now() - this.startedMs;
  }

  get phase(): string {
    return this.ppp.status('phase') as string;
  }

  get stats(): Record<string, number> {
    return this.ppp.status('stats') as Record<string, number>;
  }

  get reason(): string {
    return this.ppp.status('reason') as string;
  }

  get ipconfig(): { addr4: string; gw4: string; dns: string } {
    const [address] = this.ppp.ipconfig('addr4') as string[];
    return {
      addr4: address,
      gw4: this.ppp.ipconfig('gw4') as string,
      dns: this.network.ipconfig('dns') as string,
    };
  }

  /** Resolves when IP passes. */
  connect(): Promise<void> {
    const { auth = 'none', user, key, vj, ipv6, timeout = 0 } = this.options;
    if (this.ppp instanceof PPP) {
      this.ppp.config({ vj: vj ? 1 : 0, ipv6: ipv6 ? 1 : 0, timeout: Math.ceil(timeout * 1000) });
    }
    this.startedMs = performance.now();
    const up = new Promise<void>((resolve, reject) => {
      this.ppp.connect({ security: SECURITY[auth], user, key }, (error) =>
        error ? reject(linkFailure(error, this.lineName)) : resolve(),
      );
    });
    return Promise.race([up, this.lost]);
  }

  /** Ends the link in order; in any state, within a second or so. */
  async disconnect(): Promise<void> {
    await new Promise<void>((resolve) => this.ppp.disconnect(() => resolve()));
  }

  /** Echoes, one after the other. Throws a CommandError when the name is unknown or none came back. */
  async ping(name: string, count = 3): Promise<PingReport> {
    const address = await Promise.race([this.network.resolve(name), this.lost]).catch((error) => {
      throw error instanceof CommandError
        ? error
        : new CommandError(`ping ${name}: there is no such host; check the name`);
    });
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const ms = await Promise.race([this.network.ping(address, { timeoutMs: PING_TIMEOUT_MS }), this.lost]);
      if (ms !== null) {
        times.push(ms);
      }
    }
    if (!times.length) {
      throw new CommandError(`ping ${name}: none of ${count} came back; the host may be down, or not answer echoes`);
    }
    return {
      address,
      sent: count,
      received: times.length,
      minMs: Math.min(...times),
      averageMs: times.reduce((sum, ms) => sum + ms, 0) / times.length,
      maxMs: Math.max(...times),
    };
  }

  private enter(phase: string): void {
    const time = { phase, ms: performance.now() - this.startedMs };
    this.phases.push(time);
    this.options.onPhase?.(time);
  }
}
