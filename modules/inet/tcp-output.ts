/** TCP: what to send now (RFC 9293 §3.8, RFC 5681, RFC 1122 §4.2.3.4). */

import { IPV4_HEADER, IpProtocol } from '../wire/ipv4';
import { Flag, Segment, TCP_HEADER, tcpEmit, tcpHeaderLength } from '../wire/tcp';
import { Netif, Stack, TRANSPORT_AT, stackOutput } from './ip';
import { Tcb, TcpState, ringRead } from './tcb';

/** What the interface takes in one segment, octets of data. */
export function netifMss(netif: Netif): number {
  return netif._mtu - IPV4_HEADER - TCP_HEADER;
}

/** Sends the segment described by stack._segment, with `length` octets from sequence number seq on. */
function emit(tcb: Tcb, seq: number, flags: number, length: number, mss: number): void {
  const stack = tcb._stack;
  const seg = stack._segment;
  seg._sourcePort = tcb._localPort;
  seg._destinationPort = tcb._remotePort;
  seg._seq = (tcb._iss + seq) >>> 0;
  seg._ack = flags & Flag.Ack ? (tcb._irs + tcb._rcvNxt) >>> 0 : 0;
  seg._flags = flags;
  seg._window = advertise(tcb);
  seg._mss = mss;
  const data = TRANSPORT_AT + tcpHeaderLength(seg);
  if (length) {
    ringRead(tcb, seq, length, stack._frame, data);
  }
  tcpEmit(stack._frame, TRANSPORT_AT, data + length, tcb._localAddress, tcb._remoteAddress, seg);
  if (flags & Flag.Ack) {
    tcb._ackNow = false;
    tcb._unacked = 0;
    tcb._ackAtMs = Infinity;
  }
  stackOutput(stack, tcb._netif, data + length, IpProtocol.Tcp, tcb._localAddress, tcb._remoteAddress);
}

/**
 * The window to offer: what a paused reader has not taken is missing. The right edge never moves back, and moves on by
 * a segment or half the buffer at least (RFC 9293 §3.8.6.2.2).
 */
function advertise(tcb: Tcb): number {
  const window = tcb._stack._bounds._tcpWindow;
  const edge = tcb._rcvNxt + window - tcb._waitingBytes;
  if (edge - tcb._rcvEdge >= Math.min(tcb._rcvMss, window >> 1)) {
    tcb._rcvEdge = edge;
  }
  return Math.min(tcb._rcvEdge - tcb._rcvNxt, 0xffff);
}

/**
 * RFC 9293 §3.8.6.2.2: the peer sees little room, and by a segment or half the buffer more than it sees has become free.
 */
export function windowUpdateDue(tcb: Tcb): boolean {
  const window = tcb._stack._bounds._tcpWindow;
  const seen = tcb._rcvEdge - tcb._rcvNxt;
  return seen < 2 * tcb._rcvMss && window - tcb._waitingBytes - seen >= Math.min(tcb._rcvMss, window >> 1);
}

/**
 * An empty segment: its number is the highest ever sent. A lower one, while something is sent again, the peer would not
 * accept, nor its acknowledgement; neither one above its closed window.
 */
function emitEmpty(tcb: Tcb, flags: number): void {
  emit(tcb, tcb._persisting ? tcb._una : tcb._max, flags, 0, 0);
}

export function sendAck(tcb: Tcb): void {
  emitEmpty(tcb, Flag.Ack);
}

export function sendReset(tcb: Tcb): void {
  emitEmpty(tcb, Flag.Rst | Flag.Ack);
}

/** Sends our SYN, or SYN-ACK in SYN-RECEIVED, and starts its timer. */
export function sendSyn(tcb: Tcb): void {
  const ack = tcb._state === TcpState.SynReceived ? Flag.Ack : 0;
  tcb._nxt = tcb._max = 1;
  tcb._rexmitAtMs = tcb._stack._nowMs + tcb._rtoMs;
  if (tcb._retries === 0) {
    tcb._timedSeq = 1;
    tcb._timedAtMs = tcb._stack._nowMs;
  }
  emit(tcb, 0, Flag.Syn | ack, 0, netifMss(tcb._netif));
}

/** Sends one segment from sequence number seq on, with the FIN when it comes to that; returns what it covers. */
function sendData(tcb: Tcb, seq: number, length: number): number {
  const dataEnd = tcb._ringSeq + tcb._ringUsed;
  const last = seq + length === dataEnd;
  const fin = tcb._finQueued && last;
  emit(tcb, seq, Flag.Ack | (last ? Flag.Psh : 0) | (fin ? Flag.Fin : 0), length, 0);
  return fin ? length + 1 : length;
}

/** Sends the first unacknowledged segment again, at most `limit` octets; returns its end. */
function sendFirst(tcb: Tcb, limit: number): number {
  const end = tcb._una + sendData(tcb, tcb._una, Math.min(limit, tcb._ringSeq + tcb._ringUsed - tcb._una));
  if (end > tcb._max) {
    tcb._max = end; // A FIN that had not been sent yet went along.
  }
  return end;
}

/** Retransmits one segment; returns its end. */
export function retransmit(tcb: Tcb): number {
  tcb._stack._stats.tcpRetransmits++;
  tcb._timedSeq = 0; // Karn: what was sent twice is not timed.
  const end = sendFirst(tcb, Math.min(tcb._mss, Math.max(1, tcb._sndWnd)));
  if (end > tcb._nxt) {
    tcb._nxt = end;
  }
  return end;
}

/** One octet into a closed window (RFC 9293 §3.8.6.1), or the FIN that waits for it. */
export function probeWindow(tcb: Tcb): void {
  sendFirst(tcb, 1);
}

/** Whether our FIN is still to be sent, or everything is. */
function finishedSending(tcb: Tcb): boolean {
  const dataEnd = tcb._ringSeq + tcb._ringUsed;
  return tcb._finQueued ? tcb._nxt > dataEnd : tcb._nxt >= dataEnd;
}

/** Sends what the windows allow, at most the bound of segments at a time: receiving must not wait for long. */
export function tcpOutput(tcb: Tcb): void {
  const stack = tcb._stack;
  tcb._outputAtMs = Infinity;
  let burst = 0;
  while (canSendData(tcb) && !finishedSending(tcb)) {
    const dataEnd = tcb._ringSeq + tcb._ringUsed;
    // RFC 3042: the first two duplicate ACKs let one new segment out each.
    const limited = !tcb._recover && tcb._dupAcks < 3 ? tcb._dupAcks * tcb._mss : 0;
    const usable = tcb._una + Math.min(tcb._sndWnd, tcb._cwnd + limited) - tcb._nxt;
    const left = dataEnd - tcb._nxt;
    const length = Math.min(left, usable, tcb._mss);
    if (length < 0 || (length === 0 && left > 0)) {
      break;
    }
    if (length < left && length < tcb._mss && length < tcb._maxWnd >> 1 && tcb._nxt >= tcb._max) {
      break; // Sender's silly window avoidance.
    }
    if (length === left && length < tcb._mss && !tcb._finQueued && holdBack(tcb)) {
      break;
    }
    if (burst++ >= stack._bounds._txBurst) {
      tcb._outputAtMs = stack._nowMs;
      break;
    }
    const seq = tcb._nxt;
    const covered = sendData(tcb, seq, length);
    tcb._nxt = seq + covered;
    if (seq < tcb._max) {
      stack._stats.tcpRetransmits++;
    } else if (!tcb._timedSeq) {
      tcb._timedSeq = tcb._nxt;
      tcb._timedAtMs = stack._nowMs;
    }
    if (tcb._nxt > tcb._max) {
      tcb._max = tcb._nxt;
    }
    if (tcb._rexmitAtMs === Infinity || tcb._persisting) {
      tcb._persisting = false;
      tcb._rexmitAtMs = stack._nowMs + tcb._rtoMs;
    }
  }
  if (tcb._una === tcb._max && tcb._rexmitAtMs === Infinity && canSendData(tcb) && !finishedSending(tcb)) {
    if (tcb._outputAtMs === Infinity) {
      // Nothing on its way that could bring an ACK, and the window too small: ask.
      tcb._persisting = true;
      tcb._rexmitAtMs = stack._nowMs + tcb._rtoMs;
    }
  }
}

/** Nagle (RFC 1122 §4.2.3.4): a small segment waits while there is something to be acknowledged. */
function holdBack(tcb: Tcb): boolean {
  return !tcb._noDelay && tcb._nxt > tcb._una && tcb._nxt >= tcb._max;
}

function canSendData(tcb: Tcb): boolean {
  switch (tcb._state) {
    case TcpState.Established:
    case TcpState.CloseWait:
    case TcpState.FinWait1:
    case TcpState.Closing:
    case TcpState.LastAck:
      return true;
    default:
      return false;
  }
}

/** RFC 9293 §3.10.7.1: answers a segment that belongs to no connection. */
export function refuseSegment(
  stack: Stack,
  netif: Netif,
  source: number,
  destination: number,
  seg: Segment,
  length: number,
): void {
  if (seg._flags & Flag.Rst) {
    return;
  }
  const port = seg._sourcePort;
  seg._sourcePort = seg._destinationPort;
  seg._destinationPort = port;
  if (seg._flags & Flag.Ack) {
    seg._seq = seg._ack;
    seg._ack = 0;
    seg._flags = Flag.Rst;
  } else {
    seg._ack = (seg._seq + length) >>> 0;
    seg._seq = 0;
    seg._flags = Flag.Rst | Flag.Ack;
  }
  seg._window = 0;
  seg._mss = 0;
  const end = TRANSPORT_AT + TCP_HEADER;
  tcpEmit(stack._frame, TRANSPORT_AT, end, destination, source, seg);
  stackOutput(stack, netif, end, IpProtocol.Tcp, destination, source);
}
