/**
 * The state of one TCP connection (RFC 9293 §3.3.1) and its send ring.
 *
 * Sequence numbers are kept relative to ISS and IRS and never wrap, so they stay small integers for the first 128 MB
 * and plain comparisons are right; only the wire has 32 bits.
 */

import type { Address } from '../wire/addr';
import type { Netif, Stack } from './ip';

/** RFC 9293 §3.3.2, in an order that makes ranges of what is asked for; LISTEN is a Listener. */
export const enum TcpState {
  Closed,
  SynSent,
  SynReceived,
  // From here on both sequence numbers are known. In the first two the user may write, afterwards our FIN is queued.
  CloseWait,
  // The peer may send in these three.
  Established,
  FinWait1,
  FinWait2,
  // Both have closed.
  Closing,
  TimeWait,
  LastAck,
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

/** A port that connections may come to, on every interface. */
export interface Listener {
  _stack: Stack;
  _localPort: number;
  /** Called with each established connection; returns its handler, or null to refuse. */
  _accept: (tcb: Tcb) => TcpHandler | null;
  /** Connections that are not established yet, and how many may be. */
  _halfOpen: number;
  _backlog: number;
}

/** A stretch that came out of order. */
export interface Stray {
  _seq: number;
  _bytes: Uint8Array;
}

/** Sequence numbers [_from, _to). */
export interface Range {
  _from: number;
  _to: number;
}

export interface Tcb {
  _stack: Stack;
  _netif: Netif;
  _handler: TcpHandler | null;
  _state: TcpState;
  _localAddress: Address;
  _localPort: number;
  _remoteAddress: Address;
  _remotePort: number;
  /** The listener this one came from, until its user has been told. */
  _listener: Listener | null;

  /** Initial send and receive sequence numbers, as on the wire. */
  _iss: number;
  _irs: number;
  /** SND.UNA, SND.NXT and the highest sequence number ever sent; relative, the SYN is 0. */
  _una: number;
  _nxt: number;
  _max: number;
  /** SND.WND, and the largest window ever offered. */
  _sndWnd: number;
  _maxWnd: number;
  /**
   * SND.WL1 and SND.WL2 in one, their sum: neither goes back in what a peer sends later, so a smaller sum is an older
   * segment.
   */
  _wl: number;
  /** Largest segment to be sent, octets of data. */
  _mss: number;

  /** What was written and is not acknowledged yet, [_una, _dataEnd); grows with it, empty before the first write and after all. */
  _sendBuffer: Uint8Array;
  _dataEnd: number;
  _noDelay: boolean;
  /** A write took less than was offered. */
  _wantsRoom: boolean;

  /** RCV.NXT, and the right edge of the window last advertised; relative to IRS. */
  _rcvNxt: number;
  _rcvEdge: number;
  /** Largest segment received: two of these make an ACK due. */
  _rcvMss: number;
  _unacked: number;
  /** Segments that are still to be acknowledged at once. */
  _quickAcks: number;
  /** Both sides take SACK: what of ours the peer has beyond _una; see sack.ts. */
  _sacked?: Range[];
  _strays: Stray[];
  /** Where the peer's FIN stands, once one has come. */
  _finAt: number;
  /** What arrived in order waits here for its reader, null for the end; while he pauses, the window shrinks by it. */
  _paused: boolean;
  _waiting: (Uint8Array | null)[];
  _waitingBytes: number;
  /** Established, and nobody has been told. */
  _isNew: boolean;
  _errno: Errno;
  /** A segment came, or a timer ran out: there may be something to tell and to send. */
  _touched: boolean;

  /** RFC 5681. Each duplicate ACK lets one more segment out than the congestion window does. */
  _cwnd: number;
  _ssthresh: number;
  _dupAcks: number;
  /** RFC 6582: in fast recovery until this is acknowledged; 0 when not. */
  _recover: number;
  /** Up to here octets may have been sent twice. */
  _recovered: number;

  /** RFC 6298, ms. */
  _srttMs: number;
  _rttvarMs: number;
  _rtoMs: number;
  /** The segment being timed ends here; 0 for none. */
  _timedSeq: number;
  _timedAtMs: number;
  _retries: number;

  /** Deadlines. Retransmission and window probes share one: they exclude each other. */
  _rexmitAtMs: number;
  /** An ACK is owed; 0 for at once. */
  _ackAtMs: number;
  /** There is more to be told or sent than could be; the next flush that it is due in sees to it. */
  _outputAtMs: number;
  /** End of TIME-WAIT, of an abandoned FIN-WAIT-2, or of a CLOSE-WAIT that its user forgot. */
  _endAtMs: number;
}

/** The send buffer of who has nothing to send. */
export const NO_BUFFER = new Uint8Array(0);

/** RFC 6298 §2: before the first measurement. */
const RTO_FIRST_MS = 1000;

/** RFC 9293 §3.7.1: what a peer that sends no MSS option takes. */
export const DEFAULT_MSS = 536;

/** A connection that has said nothing yet. Missing is what the peer's SYN and the first measurement bring, and noughts. */
export function createTcb(
  stack: Stack,
  netif: Netif,
  localAddress: Address,
  localPort: number,
  remoteAddress: Address,
  remotePort: number,
): Tcb {
  return {
    _stack: stack,
    _netif: netif,
    _state: TcpState.SynSent,
    _localAddress: localAddress,
    _localPort: localPort,
    _remoteAddress: remoteAddress,
    _remotePort: remotePort,
    _iss: 0,
    _una: 0,
    _nxt: 0,
    _max: 0,
    _sndWnd: 0,
    _maxWnd: 0,
    _wl: 0,
    _sendBuffer: NO_BUFFER,
    _dataEnd: 1,
    _rcvNxt: 1,
    _rcvEdge: 0,
    _rcvMss: DEFAULT_MSS,
    _unacked: 0,
    _quickAcks: 0,
    _strays: [],
    _paused: false,
    _waiting: [],
    _waitingBytes: 0,
    _errno: Errno.None,
    _ssthresh: 1e8,
    _dupAcks: 0,
    _recovered: 0,
    _srttMs: 0,
    _rtoMs: RTO_FIRST_MS,
    _retries: 0,
    _rexmitAtMs: Infinity,
    _ackAtMs: Infinity,
    _outputAtMs: Infinity,
    _endAtMs: Infinity,
  } as Partial<Tcb> as Tcb;
}

/** Whether the user may still write. */
export function tcpCanWrite(tcb: Tcb): boolean {
  return tcb._state === TcpState.Established || tcb._state === TcpState.CloseWait;
}
