/**
 * One link against a script: the test is the peer, and says and hears packets as text (see ppp.ts).
 *
 *   const t = new Rig();
 *   t.open();
 *   t.hears('lcp req # accm=00000000 magic=* pfc acfc');    # is any number, * is anything
 *   t.says('lcp req 1 magic=01020304');
 *   t.acks();                                               Ack of the last request heard
 *   t.wait(300);                                            simulated time; every deadline is met on the millisecond
 */

import * as assert from 'uvu/assert';
import {
  Link,
  LinkConfig,
  LinkOwner,
  Phase,
  createLink,
  linkClose,
  linkInput,
  linkOpen,
  linkPoll,
  linkPollAt,
  linkSend,
} from '../../modules/ppp/link';
import { ascii } from './bytes';
import { Framing, Packet, Reader, Received, frameOf, packetOf, textOf } from './ppp';
import { random } from './random';

export const MTU = 1500;
export const FRAME_BUFFER = 3072;

export interface RigOptions {
  user?: string;
  key?: string;
  /** Set on the link's configuration before it opens. */
  config?: Partial<LinkConfig>;
  mtu?: number;
  frameBuffer?: number;
  /** Octets of a packet that are written at a time; without it, frames are written whole. */
  piece?: number;
  seed?: number;
}

/** Where a link stands, in RFC 1661's words. */
export function phaseName(phase: Phase): string {
  return ['dead', 'establish', 'authenticate', 'network', 'running', 'terminate'][phase];
}

export class Rig {
  readonly link: Link;
  nowMs = 1000;
  /** Frames heard and not yet asked for. */
  readonly heard: Received[] = [];
  /** Every frame heard so far, with its time. */
  readonly log: { atMs: number; frame: Received; text: string }[] = [];
  readonly phases: string[] = [];
  readonly packets: Uint8Array[] = [];
  ended = 0;
  private readonly reader = new Reader();

  constructor(options: RigOptions = {}) {
    const { u32 } = random(options.seed ?? 1);
    const owner: LinkOwner = {
      _write: (bytes) => {
        assert.is(bytes.buffer.byteLength, bytes.length, 'a write owns its buffer');
        for (const frame of this.reader.push(bytes)) {
          this.heard.push(frame);
          this.log.push({ atMs: this.nowMs, frame, text: textOf(frame) });
        }
        assert.ok(this.reader.idle || options.piece, 'a write is whole frames');
      },
      _random32: u32,
      _phaseChanged: (phase) => this.phases.push(phaseName(phase)),
      _ended: () => this.ended++,
      _packet: (buf, at, end) => this.packets.push(buf.slice(at, end)),
      _trace: null,
    };
    this.link = createLink(owner, options.mtu ?? MTU, options.frameBuffer ?? FRAME_BUFFER, options.piece);
    this.credentials(options.user ?? '', options.key ?? '');
    Object.assign(this.link, options.config);
  }

  credentials(user: string, key: string): void {
    this.link._user = ascii(user);
    this.link._key = ascii(key);
  }

  get phase(): string {
    return phaseName(this.link._phase);
  }

  get reason(): string {
    return this.link._reason;
  }

  open(): void {
    linkOpen(this.link, this.nowMs);
  }

  close(): void {
    linkClose(this.link, this.nowMs);
  }

  /** Bytes as they come off the line. */
  raw(bytes: Uint8Array): void {
    linkInput(this.link, bytes, bytes.length, this.nowMs);
  }

  /** A packet, in a frame of its own. */
  says(packet: string | Packet, framing?: Framing): void {
    this.raw(frameOf(packet, framing));
  }

  /** All that was sent since the last time anybody asked. */
  take(): string[] {
    return this.heard.splice(0).map(textOf);
  }

  /** The link has sent just these packets since the last time. */
  hears(...patterns: string[]): void {
    const texts = this.take();
    const match = texts.length === patterns.length && texts.every((text, i) => matches(text, patterns[i]));
    if (!match) {
      assert.is(texts.join('\n'), patterns.join('\n'));
      assert.unreachable('the patterns do not match');
    }
  }

  quiet(): void {
    this.hears();
  }

  /** The last packet heard that matches. */
  last(pattern: string): Received {
    const found = this.log.filter(({ text }) => matches(text, pattern)).pop();
    assert.ok(found, `never heard ${pattern}`);
    return found!.frame;
  }

  /** Answers the last request of this protocol with its own options. */
  acks(protocol: 'lcp' | 'ipcp' | 'ipv6cp' = 'lcp'): void {
    this.answers(protocol, 'ack', undefined);
  }

  naks(protocol: 'lcp' | 'ipcp' | 'ipv6cp', options: string): void {
    this.answers(protocol, 'nak', options);
  }

  rejects(protocol: 'lcp' | 'ipcp' | 'ipv6cp', options: string): void {
    this.answers(protocol, 'rej', options);
  }

  private answers(protocol: string, code: string, options: string | undefined): void {
    const request = textOf(this.last(`${protocol} req *`)).split(' ');
    const rest = options === undefined ? request.slice(3) : options.split(' ').filter(Boolean);
    this.says([protocol, code, request[2], ...rest].join(' '));
  }

  /** Lets time pass and meets every deadline on the way. */
  wait(ms: number): void {
    const until = this.nowMs + ms;
    for (let steps = 0; ; steps++) {
      const at = linkPollAt(this.link);
      if (at > until) {
        break;
      }
      assert.ok(steps < 100000, 'linkPollAt() never moves on');
      this.nowMs = Math.max(this.nowMs, at);
      linkPoll(this.link, this.nowMs);
    }
    this.nowMs = until;
    linkPoll(this.link, this.nowMs);
  }

  send(packet: Uint8Array): boolean {
    const buf = packet.slice();
    return linkSend(this.link, buf, 0, buf.length, this.nowMs);
  }

  /** Through LCP, as an ordinary peer would do it. */
  establish(request = 'magic=01020304'): void {
    this.open();
    this.acks();
    this.says(`lcp req 1 ${request}`.trim());
    this.last('lcp ack 1*');
  }

  /** Through IPCP. */
  network(): void {
    this.naks('ipcp', 'addr=10.0.0.2 dns1=10.0.0.3 dns2=10.0.0.4');
    this.acks('ipcp');
    this.says('ipcp req 1 addr=10.0.0.1');
  }

  /** From nothing to IP, without authentication. */
  run(): void {
    this.establish();
    this.network();
    assert.is(this.phase, 'running');
    this.heard.length = 0;
  }
}

function matches(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/#/g, '\\d+')
    .replace(/\*/g, '[^]*');
  return new RegExp(`^${source}$`).test(text);
}

export { packetOf, textOf };
