/**
 * The state of one TCP connection (RFC 9293 §3.3.1) and its send ring.
 *
 * Sequence numbers are kept relative to ISS and IRS and never wrap, so they stay small integers for the first 128 MB
 * and plain comparisons are right; only the wire has 32 bits.
 */

import type { Netif, Stack } from './ip';

/** RFC 9293 §3.3.2. */
export const enum TcpState {
  Closed,
  Listen,
  SynSent,
  SynReceived,
  Established,
  FinWait1,
  FinWait2,
  CloseWait,
  Closing,
  LastAck,
  TimeWait,
}

/** Linux's numbers, as MicroPython and Kaluma have them. */
export const enum Errno {
  None = 0,
  ENOMEM = 12,
  EADDRINUSE = 98,
  ENETDOWN = 100,
  ENETUNREACH = 101,
  ECONNRESET = 104,
  ENOTCONN = 107,
  ETIMEDOUT = 110,
  ECONNREFUSED = 111,
  EHOSTUNREACH = 113,
}

/** What a connection has to tell its user; kept until tcpTell, so that no callback runs inside the machine. */
export const enum News {
  Connected = 1,
  /** The peer's FIN has been taken in sequence. */
  Ended = 2,
  Writable = 4,
  Closed = 8,
}

/** Who uses a connection. Called at the end of an event, never inside a call; every function may call back into TCP. */
export interface TcpHandler {
  /** Established. */
  _connected(tcb: Tcb): void;
  /** The next bytes, the receiver's own. */
  _data(tcb: Tcb, bytes: Uint8Array): void;
  /** The peer will send no more. */
  _ended(tcb: Tcb): void;
  /** There is room in the send ring again. */
  _writable(tcb: Tcb): void;
  /** Over: 0 when both sides closed in order. The last call. */
  _closed(tcb: Tcb, errno: Errno): void;
}

/** A stretch that came out of order. */
export interface Stray {
  _seq: number;
  _bytes: Uint8Array;
  _fin: boolean;
}

export interface Tcb {
  _stack: Stack;
  _netif: Netif;
  _handler: TcpHandler | null;
  _state: TcpState;
  _localAddress: number;
  _localPort: number;
  _remoteAddress: number;
  _remotePort: number;
  /** Of a listener: called with each established connection; returns its handler, or null to refuse. */
  _accept: ((tcb: Tcb) => TcpHandler | null) | null;
  /** The listener this one came from. */
  _listener: Tcb | null;
  /** Connections of a listener that are not established yet, and how many may be. */
  _halfOpen: number;
  _backlog: number;
  /** A gateway's connection whose SYN is answered later. */
  _deferred: boolean;

  /** Initial send and receive sequence numbers, as on the wire. */
  _iss: number;
  _irs: number;
  /** SND.UNA, SND.NXT and the highest sequence number ever sent; relative, the SYN is 0. */
  _una: number;
  _nxt: number;
  _max: number;
  /** SND.WND, SND.WL1, SND.WL2, and the largest window ever offered. */
  _sndWnd: number;
  _wl1: number;
  _wl2: number;
  _maxWnd: number;
  /** Largest segment to be sent, octets of data. */
  _mss: number;

  _ring: Uint8Array;
  /** Index of the first octet kept, how many there are, and the sequence number of the first. */
  _ringHead: number;
  _ringUsed: number;
  _ringSeq: number;
  /** The user has closed; the FIN follows the ring's last octet. */
  _finQueued: boolean;
  _noDelay: boolean;
  /** A write took less than was offered. */
  _wantsRoom: boolean;

  /** RCV.NXT, and the right edge of the window last advertised; relative to IRS. */
  _rcvNxt: number;
  _rcvEdge: number;
  /** Largest segment received: two of these make an ACK due. */
  _rcvMss: number;
  _unacked: number;
  _ackNow: boolean;
  /** Segments that are still to be acknowledged at once. */
  _quickAcks: number;
  _strays: Stray[];
  _strayBytes: number;
  /** What arrived in order waits here for its reader; while he pauses, the window shrinks by it. */
  _paused: boolean;
  _waiting: Uint8Array[];
  _waitingBytes: number;
  /** Bits of News. */
  _news: number;
  _errno: Errno;
  /** A segment came: there may be something to tell and to send. */
  _touched: boolean;

  /** RFC 5681. */
  _cwnd: number;
  _ssthresh: number;
  _dupAcks: number;
  /** RFC 6582: in fast recovery until this is acknowledged; 0 when not. */
  _recover: number;

  /** RFC 6298, ms. */
  _srttMs: number;
  _rttvarMs: number;
  _rtoMs: number;
  /** The segment being timed ends here; 0 for none. */
  _timedSeq: number;
  _timedAtMs: number;
  _retries: number;

  /** Deadlines. Retransmission and persist share one: they exclude each other. */
  _rexmitAtMs: number;
  _persisting: boolean;
  _ackAtMs: number;
  _outputAtMs: number;
  /** End of TIME-WAIT, of an abandoned FIN-WAIT-2, or of a CLOSE-WAIT that its user forgot. */
  _endAtMs: number;
}

/** RFC 6298 §2: before the first measurement. */
export const RTO_FIRST_MS = 1000;

/** RFC 9293 §3.7.1: what a peer that sends no MSS option takes. */
export const DEFAULT_MSS = 536;

export const noRing = new Uint8Array(0);

export function createTcb(stack: Stack, netif: Netif): Tcb {
  return {
    _stack: stack,
    _netif: netif,
    _handler: null,
    _state: TcpState.Closed,
    _localAddress: netif._address,
    _localPort: 0,
    _remoteAddress: 0,
    _remotePort: 0,
    _accept: null,
    _listener: null,
    _halfOpen: 0,
    _backlog: 0,
    _deferred: false,
    _iss: stack._random32() >>> 0,
    _irs: 0,
    _una: 0,
    _nxt: 0,
    _max: 0,
    _sndWnd: 0,
    _wl1: 0,
    _wl2: 0,
    _maxWnd: 0,
    _mss: DEFAULT_MSS,
    _ring: noRing,
    _ringHead: 0,
    _ringUsed: 0,
    _ringSeq: 1,
    _finQueued: false,
    _noDelay: false,
    _wantsRoom: false,
    _rcvNxt: 1,
    _rcvEdge: 0,
    _rcvMss: DEFAULT_MSS,
    _unacked: 0,
    _ackNow: false,
    _quickAcks: 0,
    _strays: [],
    _strayBytes: 0,
    _paused: false,
    _waiting: [],
    _waitingBytes: 0,
    _news: 0,
    _errno: Errno.None,
    _touched: false,
    _cwnd: 0,
    _ssthresh: 0x3fffffff,
    _dupAcks: 0,
    _recover: 0,
    _srttMs: 0,
    _rttvarMs: 0,
    _rtoMs: RTO_FIRST_MS,
    _timedSeq: 0,
    _timedAtMs: 0,
    _retries: 0,
    _rexmitAtMs: Infinity,
    _persisting: false,
    _ackAtMs: Infinity,
    _outputAtMs: Infinity,
    _endAtMs: Infinity,
  };
}

/** Takes as much of bytes[at, end) as there is room for; returns how much. The ring comes with the first octet. */
export function ringWrite(tcb: Tcb, bytes: Uint8Array, at: number, end: number): number {
  const size = tcb._stack._bounds._tcpSendRing;
  if (tcb._ring.length === 0) {
    tcb._ring = new Uint8Array(size);
  }
  const take = Math.min(end - at, size - tcb._ringUsed);
  let to = tcb._ringHead + tcb._ringUsed;
  if (to >= size) {
    to -= size;
  }
  const first = Math.min(take, size - to);
  if (first > 0) {
    tcb._ring.set(bytes.subarray(at, at + first), to);
  }
  if (take > first) {
    tcb._ring.set(bytes.subarray(at + first, at + take), 0);
  }
  tcb._ringUsed += take;
  return take;
}

/** Copies `length` octets from sequence number seq on to out[to...]. */
export function ringRead(tcb: Tcb, seq: number, length: number, out: Uint8Array, to: number): void {
  const size = tcb._ring.length;
  let from = tcb._ringHead + seq - tcb._ringSeq;
  if (from >= size) {
    from -= size;
  }
  const first = Math.min(length, size - from);
  out.set(tcb._ring.subarray(from, from + first), to);
  if (length > first) {
    out.set(tcb._ring.subarray(0, length - first), to + first);
  }
}

/** Forgets what lies before sequence number seq; returns how many octets that was. */
export function ringAcked(tcb: Tcb, seq: number): number {
  const acked = Math.min(seq - tcb._ringSeq, tcb._ringUsed);
  if (acked <= 0) {
    return 0;
  }
  tcb._ringHead += acked;
  if (tcb._ringHead >= tcb._ring.length) {
    tcb._ringHead -= tcb._ring.length;
  }
  tcb._ringUsed -= acked;
  tcb._ringSeq += acked;
  return acked;
}
