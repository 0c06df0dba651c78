/**
 * A small language for tests of the TCP machine, after smoltcp's:
 *
 *     const t = established();
 *     t.at(10).send({ seq: 1, ack: 1, len: 100 });
 *     t.at(300).expect([{ at: 210, seq: 1, ack: 101, window: 4280 }]).quiet();
 *
 * Sequence numbers are relative to the ISS of whoever sends, acknowledgement numbers to that of whoever receives; the
 * SYN is 0. Data is cut from one endless pattern, so that every octet sent and received is checked by where it stands.
 */

import * as assert from 'uvu/assert';
import { createStack, netifUp, type Netif, type Stack, type StackBounds } from '../../modules/inet/ip';
import { netifDown, stackFlush, stackInput, stackPoll, stackPollAt } from '../../modules/inet/stack';
import type { Listener, Tcb, TcpHandler } from '../../modules/inet/tcb';
import {
  tcpAbort,
  tcpClose,
  tcpConnect,
  tcpListen,
  tcpPause,
  tcpRoom,
  tcpUnlisten,
  tcpWrite,
} from '../../modules/inet/tcp';
import { tcpShutdown } from '../../modules/inet/tcp-close';
import { sumAhead } from '../../modules/inet/tcp-output';
import { Clock, seededRandom } from './clock';
import { addressNumber, parseTcp, tcpPacket, type ParsedTcp } from './packets';

export const OURS = '10.0.0.2';
export const PEER = '10.0.0.1';
export const PEER_PORT = 4000;
export const OUR_PORT = 80;

export const BOUNDS: StackBounds = {
  _mtu: 1500,
  _frameFirst: 256,
  _tcpSockets: 6,
  _tcpSendRing: 8760,
  _tcpWindow: 4380,
  _sendingReserve: 0,
  _outOfOrder: 2920,
  _udpSockets: 4,
  _dnsCache: 4,
  _txBurst: 16,
};

/** Where sequence numbers begin: nothing in them may matter, least of all where they wrap. */
export interface Start {
  iss: number;
  irs: number;
}

const STARTS: Start[] = [
  { iss: 1000, irs: 70000 },
  { iss: 0xffffffff, irs: 0xffffffff },
  { iss: 0xfffffd00, irs: 0x7ffffe00 },
  { iss: 0x7ffffe00, irs: 0xfffffd00 },
];

let start = STARTS[0];

/** Registers a test once for each of the sequence numbers to start from. */
export function scenarios(test: (name: string, body: () => void) => unknown): (name: string, body: () => void) => void {
  return (name, body) => {
    for (const each of STARTS) {
      const from = `ISS ${each.iss.toString(16)}, IRS ${each.irs.toString(16)}`;
      test(`${name} [${from}]`, () => {
        start = each;
        body();
      });
    }
  };
}

/** Octets [from, to) of the pattern that every stream carries. */
export function pattern(from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from);
  for (let i = from; i < to; i++) {
    bytes[i - from] = (i * 7 + (i >> 8) * 13 + (i >> 16)) & 255;
  }
  return bytes;
}

/** A segment as a test says it. */
export interface Said {
  /** When, ms since the connection was established (or begun). */
  at?: number;
  seq?: number;
  ack?: number;
  /** Letters of FSRA; PSH is not looked at unless given. Default A. */
  flags?: string;
  /** Octets of the pattern. */
  len?: number;
  window?: number;
  mss?: number;
}

/** A segment that was sent, with its options other than MSS. */
export type Sent = Required<Said> & { options: Buffer };

export interface RigOptions {
  bounds?: Partial<StackBounds>;
  mtu?: number;
}

/** As an interface does that writes a frame in pieces: in the time, the next segment is summed. */
function whileSending(stack: Stack): void {
  for (let piece = 0; piece < 32; piece++) {
    sumAhead(stack);
  }
}

/** One stack, one interface, one connection, and its peer played by the test. */
export class Rig {
  readonly clock = new Clock();
  readonly stack: Stack;
  readonly netif: Netif;
  readonly bounds: StackBounds;
  /** What happened to the connection's user, oldest first. */
  readonly events: string[] = [];
  readonly handler: TcpHandler;
  /** Runs in the middle of a call to the user: 'connected', 'data', ... */
  readonly during: Partial<Record<'connected' | 'data' | 'ended' | 'writable' | 'closed', () => void>> = {};
  tcb!: Tcb;
  listener: Listener | null = null;
  /** Octets that the user has got, all of them as the pattern has it. */
  got = 0;
  /** Octets that the user has handed over. */
  written = 0;
  ourPort = OUR_PORT;
  peerPort = PEER_PORT;
  iss = start.iss;
  irs = start.irs;
  /** The interface refuses packets. */
  deaf = false;
  peerWindow = 65535;
  private sent: { atMs: number; bytes: Buffer }[] = [];
  private zeroMs: number;
  private forced: number | null = null;
  private delivered = 0;

  constructor(options: RigOptions = {}) {
    this.bounds = { ...BOUNDS, ...options.bounds };
    const random = seededRandom(7);
    this.stack = createStack(this.bounds, () => this.forced ?? random());
    this.netif = {
      _address: addressNumber(OURS),
      _mask: 0xffffffff,
      _gateway: addressNumber(PEER),
      _mtu: options.mtu ?? 1500,
      _up: false,
      _dns: [],
      _output: (buf, at, end) => {
        this.sent.push({ atMs: this.clock.nowMs, bytes: Buffer.from(buf.slice(at, end)) });
        whileSending(this.stack);
        return !this.deaf;
      },
    };
    netifUp(this.stack, this.netif);
    this.zeroMs = this.clock.nowMs;
    this.clock.drive({
      poll: (nowMs) => stackPoll(this.stack, nowMs),
      pollAt: () => stackPollAt(this.stack),
    });
    this.handler = {
      _connected: () => this.tell('connected', 'connected'),
      _data: (_tcb, bytes) => {
        assert.ok(pattern(this.got, this.got + bytes.length).equals(bytes), `octets from ${this.got} on`);
        assert.is(bytes.buffer.byteLength, bytes.length, 'the bytes are the receiver’s own');
        this.got += bytes.length;
        this.tell('data', `data ${bytes.length}`);
      },
      _ended: () => this.tell('ended', 'ended'),
      _writable: () => this.tell('writable', 'writable'),
      _closed: (_tcb, errno) => this.tell('closed', `closed ${errno}`),
    };
  }

  private tell(which: keyof Rig['during'], text: string): void {
    this.events.push(text);
    this.during[which]?.();
  }

  /** Time goes on to `ms`, and what is due happens on its way. */
  at(ms: number): this {
    this.clock.runTo(this.zeroMs + ms);
    return this;
  }

  /** From here on time counts from now, and what was sent before is forgotten. */
  restart(): this {
    this.settle();
    this.zeroMs = this.clock.nowMs;
    this.sent = [];
    this.events.length = 0;
    return this;
  }

  /** The initial sequence number that the next connection draws. */
  withIss<T>(iss: number, run: () => T): T {
    this.forced = iss;
    const result = run();
    this.forced = null;
    return result;
  }

  /** Hands packets that came together to the stack, at even and odd places by turns; the buffer is used again at once. */
  deliver(...packets: Uint8Array[]): this {
    for (const packet of packets) {
      this.input(packet);
    }
    stackFlush(this.stack);
    return this;
  }

  private input(packet: Uint8Array): void {
    const at = 6 + (this.delivered++ & 1);
    const room = new Uint8Array((at + packet.length + 9) & ~1).fill(0xa5);
    room.set(packet, at);
    stackInput(this.stack, this.netif, room, at, at + packet.length, this.clock.nowMs);
    room.fill(0x5a);
  }

  /** The packet of a segment from the peer. */
  packet(said: Said): Buffer {
    const seq = said.seq ?? 1;
    const flags = said.flags ?? 'A';
    return tcpPacket({
      source: PEER,
      destination: OURS,
      sourcePort: this.peerPort,
      destinationPort: this.ourPort,
      seq: this.irs + seq,
      ack: flags.includes('A') ? this.iss + (said.ack ?? 1) : 0,
      flags,
      window: said.window ?? this.peerWindow,
      mss: said.mss,
      data: said.len ? pattern(seq - 1, seq - 1 + said.len) : undefined,
    });
  }

  /** The peer sends segments, one by one. */
  send(...segments: Said[]): this {
    for (const said of segments) {
      this.deliver(this.packet(said));
    }
    return this;
  }

  /** The peer’s segments arrive in one chunk of the line. */
  chunk(...segments: Said[]): this {
    return this.deliver(...segments.map((said) => this.packet(said)));
  }

  /** What is due at this very instant happens. */
  settle(): this {
    this.clock.runTo(this.clock.nowMs);
    return this;
  }

  /** Everything sent since the last look, as packets. */
  taken(): { atMs: number; bytes: Buffer }[] {
    this.settle();
    const sent = this.sent;
    this.sent = [];
    return sent;
  }

  /** Everything sent since the last look, as segments. */
  segments(): Sent[] {
    return this.taken().map(({ atMs, bytes }) => this.segment(atMs, parseTcp(bytes)));
  }

  private segment(atMs: number, tcp: ParsedTcp): Sent {
    assert.is(tcp.source, OURS);
    assert.is(tcp.destination, PEER);
    const seq = (tcp.seq - this.iss) | 0;
    if (tcp.data.length) {
      assert.ok(pattern(seq - 1, seq - 1 + tcp.data.length).equals(tcp.data), `octets sent from ${seq} on`);
    }
    return {
      at: atMs - this.zeroMs,
      seq,
      ack: tcp.flags.includes('A') ? (tcp.ack - this.irs) | 0 : 0,
      flags: tcp.flags,
      len: tcp.data.length,
      window: tcp.window,
      mss: tcp.mss,
      options: tcp.options,
    };
  }

  /** What was sent since the last look is exactly this; of each segment the fields given, its flags and its length. */
  expect(segments: Said[]): this {
    const actual = this.segments();
    const wanted = segments.map((said) => ({ flags: 'A', len: 0, mss: 0, ...said }));
    assert.equal(
      actual.map((segment, i) => text(segment, wanted[i])),
      wanted.map((said) => text(said, said)),
    );
    return this;
  }

  /** Nothing was sent. */
  quiet(): this {
    return this.expect([]);
  }

  /** What the user heard since the last look is exactly this. */
  heard(...events: string[]): this {
    this.settle();
    assert.equal(this.events.splice(0), events);
    return this;
  }

  /** The user writes the next octets of the pattern; returns how many were taken. */
  write(length: number): number {
    const bytes = pattern(this.written, this.written + length);
    const taken = tcpWrite(this.tcb, bytes, 0, bytes.length, this.clock.nowMs);
    this.written += taken;
    bytes.fill(0);
    return taken;
  }

  room(): number {
    return tcpRoom(this.tcb);
  }
  shutdown(): this {
    tcpShutdown(this.tcb, this.clock.nowMs);
    return this;
  }
  close(): this {
    tcpClose(this.tcb, this.clock.nowMs);
    return this;
  }
  abort(): this {
    tcpAbort(this.tcb, this.clock.nowMs);
    return this;
  }
  pause(): this {
    tcpPause(this.tcb, true, this.clock.nowMs);
    return this;
  }
  resume(): this {
    tcpPause(this.tcb, false, this.clock.nowMs);
    return this;
  }
  netifDown(): this {
    netifDown(this.stack, this.netif, this.clock.nowMs);
    return this;
  }

  /** The user opens a connection; the port is learned from the SYN. */
  connect(port = PEER_PORT): this {
    this.peerPort = port;
    const tcb = this.withIss(this.iss, () =>
      tcpConnect(this.stack, addressNumber(PEER), port, this.handler, this.clock.nowMs),
    );
    assert.type(tcb, 'object', `connect: errno ${String(tcb)}`);
    this.tcb = tcb as Tcb;
    if (this.sent.length) {
      this.ourPort = parseTcp(this.sent[this.sent.length - 1].bytes).sourcePort;
    }
    return this;
  }

  /** The user listens on OUR_PORT. */
  listen(backlog = 2): this {
    const listener = tcpListen(this.stack, OUR_PORT, backlog, (tcb) => {
      this.tcb = tcb;
      return this.accept();
    });
    assert.type(listener, 'object', `listen: errno ${String(listener)}`);
    this.listener = listener as Listener;
    return this;
  }

  unlisten(): this {
    tcpUnlisten(this.listener!, this.clock.nowMs);
    return this;
  }

  /** Whether the listener takes a connection. */
  accept = (): TcpHandler | null => this.handler;

  /** Connections in the table. */
  connections(): number {
    return this.stack._tcbs.length;
  }

  /** Nothing is left of the connection. */
  gone(): this {
    this.settle();
    assert.is(this.connections(), 0, 'connections left');
    return this;
  }
}

/** A segment as text, with the fields that `like` has. */
function text(said: Said, like: Said | undefined): string {
  const keys = like ?? { at: 0, seq: 0, ack: 0, window: 0 };
  const flags = keys.flags?.includes('P') ? said.flags : said.flags?.replace('P', '');
  let line = flags || '-';
  for (const key of ['at', 'seq', 'ack', 'len', 'window', 'mss'] as const) {
    if (key in keys || ((key === 'len' || key === 'mss') && said[key])) {
      line += ` ${key} ${said[key]}`;
    }
  }
  return line;
}

export interface EstablishedOptions extends RigOptions {
  /** The window and MSS of the peer's SYN. */
  window?: number;
  mss?: number;
  /** Who opened it; nothing else differs. Default: we did. */
  passive?: boolean;
}

/** ESTABLISHED; from here on time counts from 0, and nothing was measured on the way. */
export function established(options: EstablishedOptions = {}): Rig {
  const t = new Rig(options);
  t.peerWindow = options.window ?? 65535;
  const mss = options.mss ?? 1460;
  if (options.passive) {
    t.listen();
    t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S', mss }));
    t.send({ seq: 1, ack: 1 });
  } else {
    t.connect().send({ seq: 0, ack: 1, flags: 'SA', mss });
  }
  t.heard('connected');
  return t.restart();
}

/** FIN-WAIT-1: we have half-closed, the FIN is on its way. */
export function finWait1(options?: EstablishedOptions): Rig {
  return established(options).shutdown().restart();
}

/** FIN-WAIT-2: the peer has acknowledged it. */
export function finWait2(options?: EstablishedOptions): Rig {
  return finWait1(options).send({ seq: 1, ack: 2 }).restart();
}

/** CLOSE-WAIT: the peer has half-closed, and we know. */
export function closeWait(options?: EstablishedOptions): Rig {
  return established(options).send({ seq: 1, ack: 1, flags: 'FA' }).restart();
}

/** CLOSING: both FINs have crossed. */
export function closing(options?: EstablishedOptions): Rig {
  return finWait1(options).send({ seq: 1, ack: 1, flags: 'FA' }).restart();
}

/** LAST-ACK: the peer's FIN came first, ours is on its way. */
export function lastAck(options?: EstablishedOptions): Rig {
  return closeWait(options).shutdown().restart();
}

/** TIME-WAIT: ours came first, all is acknowledged. */
export function timeWait(options?: EstablishedOptions): Rig {
  return finWait2(options).send({ seq: 1, ack: 2, flags: 'FA' }).restart();
}
