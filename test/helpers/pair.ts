/** Two links, a client and a server, on a line of simulated time. */

import * as assert from 'uvu/assert';
import { Protocol } from '../../modules/wire/control';
import {
  AuthOption,
  Link,
  LinkOwner,
  Phase,
  createLink,
  linkInput,
  linkOpen,
  linkPoll,
  linkPollAt,
} from '../../modules/ppp/link';
import { useMschap } from '../../modules/ppp/mschap';
import { makeServer } from '../../modules/ppp/server';
import { ascii, ip } from './bytes';
import { Reader, Received, textOf } from './ppp';
import { random } from './random';
import { FRAME_BUFFER, MTU, phaseName } from './rig';

export interface PairOptions {
  auth?: 'none' | 'pap' | 'chap' | 'mschap';
  /** What the client knows; the server's book holds me:secret. */
  user?: string;
  key?: string;
  prefer?: 'pap' | 'chap' | 'mschap';
  /** One way, ms. */
  latencyMs?: number;
  /** What becomes of the write number `index` (from 0, both directions counted): its bytes, changed or not, or null. */
  line?: (bytes: Uint8Array, index: number, fromClient: boolean) => Uint8Array | null;
}

const PROTOCOL = { none: 0, pap: Protocol.Pap, chap: Protocol.Chap, mschap: AuthOption.MsChap2 };
const PREFER = { pap: AuthOption.Pap, chap: AuthOption.Chap, mschap: AuthOption.MsChap2 };

useMschap();

export class End {
  readonly link: Link;
  readonly packets: Uint8Array[] = [];
  readonly phases: string[] = [];
  ended = 0;

  constructor(name: string, pair: Pair, seed: number) {
    const { u32 } = random(seed);
    const reader = new Reader();
    const owner: LinkOwner = {
      _write: (bytes) => {
        for (const frame of reader.push(bytes)) {
          pair.log.push({ atMs: pair.nowMs, from: name, frame, text: textOf(frame) });
        }
        pair.write(this, bytes);
      },
      _random32: u32,
      _phaseChanged: (phase) => this.phases.push(phaseName(phase)),
      _ended: () => this.ended++,
      _packet: (buf, at, end) => this.packets.push(buf.slice(at, end)),
      _trace: null,
    };
    this.link = createLink(owner, MTU, FRAME_BUFFER);
  }

  get phase(): string {
    return phaseName(this.link._phase);
  }
}

export class Pair {
  nowMs = 5000;
  readonly client: End;
  readonly server: End;
  readonly log: { atMs: number; from: string; frame: Received; text: string }[] = [];
  writes = 0;
  private readonly onTheWay: { atMs: number; to: End; bytes: Uint8Array }[] = [];

  constructor(private readonly options: PairOptions = {}) {
    this.client = new End('client', this, 21);
    this.server = new End('server', this, 22);
    const { link } = this.client;
    link._user = ascii(options.user ?? 'me');
    link._key = ascii(options.key ?? 'secret');
    link._preferAuth = options.prefer ? PREFER[options.prefer] : 0;
    makeServer(this.server.link, {
      _demandAuth: PROTOCOL[options.auth ?? 'none'],
      _secretOf: (user) => (user === 'me' ? ascii('secret') : null),
      _address: ip('10.0.0.1'),
      _peerAddress: ip('10.0.0.2'),
      _dns1: ip('10.0.0.3'),
      _dns2: ip('10.0.0.4'),
    });
  }

  open(): void {
    linkOpen(this.server.link, this.nowMs);
    linkOpen(this.client.link, this.nowMs);
  }

  write(from: End, bytes: Uint8Array): void {
    const { line, latencyMs = 10 } = this.options;
    const arrives = line ? line(bytes, this.writes, from === this.client) : bytes;
    this.writes++;
    if (arrives) {
      const to = from === this.client ? this.server : this.client;
      this.onTheWay.push({ atMs: this.nowMs + latencyMs, to, bytes: arrives });
    }
  }

  /** Lets time pass until `done`, at most `limitMs`; returns what has passed. */
  until(done: () => boolean, limitMs: number): number {
    const start = this.nowMs;
    for (let steps = 0; !done(); steps++) {
      assert.ok(steps < 100000, 'time does not pass');
      const arrival = this.onTheWay.length ? this.onTheWay[0].atMs : Infinity;
      const next = Math.min(arrival, linkPollAt(this.client.link), linkPollAt(this.server.link));
      if (next > start + limitMs) {
        this.nowMs = start + limitMs;
        break;
      }
      this.nowMs = Math.max(this.nowMs, next);
      if (arrival <= this.nowMs) {
        const { to, bytes } = this.onTheWay.shift()!;
        linkInput(to.link, bytes, bytes.length, this.nowMs);
      }
      linkPoll(this.client.link, this.nowMs);
      linkPoll(this.server.link, this.nowMs);
    }
    return this.nowMs - start;
  }

  wait(ms: number): void {
    this.until(() => false, ms);
  }

  get running(): boolean {
    return this.client.link._phase === Phase.Running && this.server.link._phase === Phase.Running;
  }

  texts(from?: string): string[] {
    return this.log.filter((entry) => !from || entry.from === from).map(({ text }) => text);
  }
}
