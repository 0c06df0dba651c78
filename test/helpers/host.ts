/** A host with simulated time, a stream with the face of machine.UART, and a PPP server at the other end of the line. */

import { createHost, type Bounds, type Host, type Platform } from '../../modules/network/host';
import type { Stream } from '../../modules/network/stream';
import {
  createLink,
  linkClose,
  linkInput,
  linkOpen,
  linkPoll,
  linkPollAt,
  linkSend,
  type Link,
} from '../../modules/ppp/link';
import { makeServer } from '../../modules/ppp/server';
import { createStack, netifUp, type Netif, type Stack } from '../../modules/inet/ip';
import { stackFlush, stackInput, stackPoll, stackPollAt } from '../../modules/inet/stack';
import { Clock, seededRandom } from './clock';
import { addressNumber } from './packets';
import { BOUNDS } from './tcp';

export const HOST_BOUNDS: Bounds = {
  ...BOUNDS,
  _mru: 1500,
  _frameBuffer: 3072,
  _readChunk: 256,
  _txPiece: 1500,
  _udpSockets: 4,
};

/** A host whose platform is simulated; what is plugged and how often the timer was set can be seen. */
export function simulatedHost(clock: Clock, bounds: Partial<Bounds> = {}, seed = 1) {
  let cancel: (() => void) | null = null;
  const seen = { plugged: [] as number[], timers: 0 };
  const platform: Platform = {
    _bounds: { ...HOST_BOUNDS, ...bounds },
    _nowMs: () => Math.floor(clock.nowMs),
    _setTimer: (delayMs) => {
      seen.timers++;
      cancel?.();
      // As on the board: a timer takes a millisecond at least.
      cancel = clock.after(Math.max(1, delayMs), () => {
        cancel = null;
        platform._tick!();
      });
    },
    _random32: seededRandom(seed),
    _wrapStream: () => null,
    _plug: (address) => void seen.plugged.push(address),
  };
  const host: Host = createHost(platform);
  return { host, platform, seen };
}

/** A stream that does what its interface says, and tells what was done to it. */
export class SimStream implements Stream {
  readonly IRQ_RXIDLE = 0x40;
  handler: ((stream?: unknown) => void) | null = null;
  /** 'arm 64', 'take away'. */
  readonly irqs: string[] = [];
  written = 0;
  /** The line's other end. */
  sink: ((bytes: Uint8Array) => void) | null = null;
  private chunks: Buffer = Buffer.alloc(0);

  irq(handler: ((stream?: unknown) => void) | null, trigger?: number): void {
    this.irqs.push(handler ? `arm ${trigger}` : 'take away');
    this.handler = handler;
  }
  any(): number {
    return this.chunks.length;
  }
  readinto(buf: Uint8Array): number | null {
    const count = this.chunks.copy(buf);
    this.chunks = this.chunks.subarray(count);
    return count || null;
  }
  write(bytes: Uint8Array): number {
    if (bytes.buffer.byteLength !== bytes.length) {
      throw new Error('the array does not own its buffer');
    }
    this.written += bytes.length;
    this.sink?.(Uint8Array.from(bytes));
    return bytes.length;
  }
  /** Bytes come from the line, and it falls idle. */
  feed(bytes: Uint8Array): void {
    this.chunks = Buffer.concat([this.chunks, bytes]);
    this.handler?.(this);
  }
}

/** The same with read(), which spares a copy. */
export class ReadingStream extends SimStream {
  read(): Uint8Array | null {
    const bytes = new Uint8Array(this.any());
    return this.readinto(bytes) ? bytes : null;
  }
}

export interface ServerOptions {
  /** 'pap', 'chap' or none. */
  auth?: 'pap' | 'chap';
  users?: Record<string, string>;
  give?: string;
  dns1?: string;
  dns2?: string;
  delayMs?: number;
}

const PROTOCOL = { pap: 0xc023, chap: 0xc223 };

/** A PPP server on the line of a stream, with a host of its own behind it. */
export class SimServer {
  readonly link: Link;
  readonly stack: Stack;
  readonly netif: Netif;
  readonly phases: number[] = [];
  /** How often the link has ended. */
  ends = 0;
  /** Nothing is heard and nothing said. */
  mute = false;
  /** Becomes a server again when a link ends. */
  patient = true;

  constructor(
    readonly clock: Clock,
    stream: SimStream | null,
    options: ServerOptions = {},
  ) {
    const random = seededRandom(77);
    const delayMs = options.delayMs ?? 5;
    this.stack = createStack({ ...BOUNDS, _tcpSockets: 16, _mtu: 1500 }, random);
    this.netif = {
      _address: addressNumber('10.64.0.1'),
      _mask: 0xffffffff,
      _gateway: addressNumber('10.64.0.2'),
      _mtu: 1500,
      _up: false,
      _dns: [],
      _output: (buf, at, end) => linkSend(this.link, buf, at, end, this.now()),
    };
    netifUp(this.stack, this.netif);
    this.link = createLink(
      {
        _write: (bytes) => {
          if (!this.mute) {
            const copy = Uint8Array.from(bytes);
            const to = this.stream;
            clock.after(delayMs, () => to?.feed(copy));
          }
        },
        _random32: random,
        _phaseChanged: (phase) => void this.phases.push(phase),
        _ended: () => {
          this.ends++;
          if (this.patient) {
            clock.after(0, () => this.open());
          }
        },
        _packet: (buf, at, end) => stackInput(this.stack, this.netif, buf, at, end, this.now()),
        _trace: null,
      },
      1500,
      8192,
    );
    makeServer(this.link, {
      _demandAuth: options.auth ? PROTOCOL[options.auth] : 0,
      _secretOf: (user) => (options.users && user in options.users ? Buffer.from(options.users[user]) : null),
      _address: addressNumber('10.64.0.1'),
      _peerAddress: addressNumber(options.give ?? '10.64.0.2'),
      _dns1: addressNumber(options.dns1 ?? '10.64.0.53'),
      _dns2: addressNumber(options.dns2 ?? '10.64.1.53'),
    });
    clock.drive({
      poll: (nowMs) => {
        linkPoll(this.link, nowMs);
        stackPoll(this.stack, nowMs);
      },
      pollAt: () => Math.min(linkPollAt(this.link), stackPollAt(this.stack)),
    });
    this.delayMs = delayMs;
    if (stream) {
      this.attach(stream);
    }
    this.open();
  }

  stream: SimStream | null = null;
  private readonly delayMs: number;

  /** The line leads to this stream now. */
  attach(stream: SimStream): void {
    this.stream = stream;
    stream.sink = (bytes) => {
      this.clock.after(this.delayMs, () => {
        if (!this.mute) {
          linkInput(this.link, bytes, bytes.length, this.now());
          stackFlush(this.stack);
        }
      });
    };
  }

  now(): number {
    return Math.floor(this.clock.nowMs);
  }
  open(): void {
    linkOpen(this.link, this.now());
  }
  close(): void {
    linkClose(this.link, this.now());
  }
}
