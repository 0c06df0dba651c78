/** TCP: a segment arrives (RFC 9293 §3.10.7, with RFC 5961's care for blind attacks). */

import { Flag, Segment, tcpParse } from '../wire/tcp';
import type { Netif, Stack } from './ip';
import { DEFAULT_MSS, Errno, News, Tcb, TcpState, createTcb } from './tcb';
import { inputAck } from './tcp-ack';
import { addTcb, findListener, removeTcb, roomForTcb, tcpEnd, timeWait } from './tcp-close';
import { netifMss, refuseSegment, sendAck, sendSyn } from './tcp-output';
import { inputData } from './tcp-receive';
import { RTO_UNMEASURED_MS, measureRtt } from './tcp-rtt';

/** Takes the segment buf[at, end). */
export function tcpInput(
  stack: Stack,
  netif: Netif,
  buf: Uint8Array,
  at: number,
  end: number,
  source: number,
  destination: number,
): void {
  const seg = stack._segment;
  const payload = tcpParse(buf, at, end, source, destination, seg);
  if (payload < 0) {
    stack._stats.badPackets++;
    return;
  }
  const tcb = findTcb(stack, source, destination, seg);
  if (tcb) {
    if (tcb._state === TcpState.TimeWait && reopens(tcb, seg)) {
      tcpEnd(tcb, Errno.None);
    } else {
      tcb._touched = true;
      if (tcb._state === TcpState.SynSent) {
        inputSynSent(tcb, seg);
      } else {
        inputSynchronized(tcb, seg, buf, payload, end);
      }
      return;
    }
  }
  if (
    (seg._flags & (Flag.Syn | Flag.Ack | Flag.Rst)) === Flag.Syn &&
    inputSyn(stack, netif, seg, source, destination)
  ) {
    return;
  }
  stack._stats.dropped++;
  refuseSegment(stack, netif, source, destination, seg, segmentLength(seg, payload, end));
}

/** SEG.LEN: data, SYN and FIN. */
function segmentLength(seg: Segment, payload: number, end: number): number {
  return end - payload + (seg._flags & Flag.Syn ? 1 : 0) + (seg._flags & Flag.Fin ? 1 : 0);
}

function findTcb(stack: Stack, source: number, destination: number, seg: Segment): Tcb | null {
  const tcbs = stack._tcbs;
  for (let i = tcbs.length - 1; i >= 0; i--) {
    const tcb = tcbs[i];
    if (
      tcb._localPort === seg._destinationPort &&
      tcb._remotePort === seg._sourcePort &&
      tcb._remoteAddress === source &&
      tcb._localAddress === destination &&
      tcb._state !== TcpState.Listen
    ) {
      return tcb;
    }
  }
  return null;
}

/** §3.6.1: a new SYN beyond the old connection's last sequence number may take over its TIME-WAIT. */
function reopens(tcb: Tcb, seg: Segment): boolean {
  return (
    (seg._flags & (Flag.Syn | Flag.Ack | Flag.Rst)) === Flag.Syn && ((seg._seq - (tcb._irs + tcb._rcvNxt)) | 0) > 0
  );
}

/** A SYN for a listener, or for a gateway's elsewhere. Returns false when nobody takes it. */
function inputSyn(stack: Stack, netif: Netif, seg: Segment, source: number, destination: number): boolean {
  const foreign = destination !== netif._address || stack._foreignTcp !== null;
  const listener = foreign ? null : findListener(stack, seg._destinationPort);
  if (!foreign && !listener) {
    return false;
  }
  if ((listener && listener._halfOpen >= listener._backlog) || !roomForTcb(stack)) {
    stack._stats.dropped++;
    return true; // Dropped: the peer will ask again.
  }
  const tcb = createTcb(stack, netif);
  tcb._localAddress = destination;
  tcb._localPort = seg._destinationPort;
  tcb._remoteAddress = source;
  tcb._remotePort = seg._sourcePort;
  tcb._state = TcpState.SynReceived;
  tcb._irs = seg._seq;
  learnMss(tcb, seg);
  tcb._sndWnd = tcb._maxWnd = seg._window;
  if (listener) {
    tcb._listener = listener;
    listener._halfOpen++;
    addTcb(tcb);
    sendSyn(tcb);
    return true;
  }
  tcb._deferred = true;
  addTcb(tcb);
  if (stack._foreignTcp && stack._foreignTcp(tcb)) {
    return true;
  }
  removeTcb(tcb);
  return false;
}

function learnMss(tcb: Tcb, seg: Segment): void {
  const own = netifMss(tcb._netif);
  tcb._mss = Math.max(Math.min(seg._mss || DEFAULT_MSS, own), 64);
  // RFC 6928 §2.
  tcb._cwnd = Math.min(10 * tcb._mss, Math.max(2 * tcb._mss, 14600));
}

/** §3.10.7.3. */
function inputSynSent(tcb: Tcb, seg: Segment): void {
  const flags = seg._flags;
  const ack = tcb._una + ((seg._ack - (tcb._iss + tcb._una)) | 0);
  const acked = (flags & Flag.Ack) !== 0;
  if (acked && (ack <= 0 || ack > tcb._max)) {
    refuseSegment(tcb._stack, tcb._netif, tcb._remoteAddress, tcb._localAddress, seg, 0);
    return;
  }
  if (flags & Flag.Rst) {
    if (acked) {
      tcpEnd(tcb, Errno.ECONNREFUSED);
    }
    return;
  }
  if (!(flags & Flag.Syn)) {
    return;
  }
  tcb._irs = seg._seq;
  learnMss(tcb, seg);
  tcb._sndWnd = tcb._maxWnd = seg._window;
  tcb._wl1 = 0;
  if (!acked) {
    // Simultaneous open.
    tcb._state = TcpState.SynReceived;
    sendSyn(tcb);
    return;
  }
  tcb._una = ack;
  tcb._wl2 = ack;
  established(tcb);
  tcb._ackNow = true;
}

function established(tcb: Tcb): void {
  tcb._state = TcpState.Established;
  tcb._news |= News.Connected;
  tcb._rexmitAtMs = Infinity;
  if (tcb._timedSeq) {
    measureRtt(tcb, tcb._stack._nowMs - tcb._timedAtMs);
    tcb._timedSeq = 0;
  } else {
    tcb._rtoMs = RTO_UNMEASURED_MS;
  }
  tcb._retries = 0;
}

/** §3.10.7.4: every state with both sequence numbers known. */
function inputSynchronized(tcb: Tcb, seg: Segment, buf: Uint8Array, at: number, end: number): void {
  const flags = seg._flags;
  let seq = tcb._rcvNxt + ((seg._seq - (tcb._irs + tcb._rcvNxt)) | 0);
  const length = segmentLength(seg, at, end);
  if (!acceptable(tcb, seq, length, flags)) {
    if (!(flags & Flag.Rst)) {
      if (tcb._state === TcpState.TimeWait && flags & Flag.Fin) {
        timeWait(tcb);
      }
      if (tcb._state === TcpState.SynReceived && flags & Flag.Syn) {
        resendSynAck(tcb);
      } else {
        sendAck(tcb);
      }
    }
    return;
  }
  if (flags & Flag.Rst) {
    // RFC 5961 §3.2: only the exact number resets.
    if (seq === tcb._rcvNxt) {
      // Where both FINs have been sent and the peer has all data, it has only forgotten already (RFC 9293 §3.10.7.4).
      tcpEnd(tcb, tcb._state > TcpState.CloseWait && !tcb._ringUsed ? Errno.None : Errno.ECONNRESET);
    } else {
      sendAck(tcb);
    }
    return;
  }
  if (flags & Flag.Syn) {
    // RFC 5961 §4.2; after a crossed open this is the peer's SYN-ACK.
    if (tcb._state === TcpState.SynReceived && seq === 0) {
      seq = 1;
    } else {
      sendAck(tcb);
      return;
    }
  }
  if (!(flags & Flag.Ack)) {
    return;
  }
  const stack = tcb._stack;
  const ack = tcb._una + ((seg._ack - (tcb._iss + tcb._una)) | 0);
  if (tcb._state === TcpState.SynReceived) {
    if (ack <= tcb._una || ack > tcb._max || tcb._deferred) {
      refuseSegment(stack, tcb._netif, tcb._remoteAddress, tcb._localAddress, seg, 0);
      return;
    }
    tcb._una = ack;
    tcb._sndWnd = tcb._maxWnd = seg._window;
    tcb._wl1 = seq;
    tcb._wl2 = ack;
    established(tcb);
  }
  if (ack > tcb._max || ack < tcb._una - tcb._maxWnd) {
    sendAck(tcb); // Something not yet sent, or older than any window: RFC 5961 §5.2.
    return;
  }
  const fin = (flags & Flag.Fin) !== 0;
  inputAck(tcb, seq, ack, seg._window, at === end && !fin);
  if (tcb._state !== TcpState.Closed && (end > at || fin)) {
    inputData(tcb, seq, buf, at, end, fin);
  }
}

/** RFC 9293 table 6. */
function acceptable(tcb: Tcb, seq: number, length: number, flags: number): boolean {
  const edge = tcb._rcvEdge > tcb._rcvNxt ? tcb._rcvEdge : tcb._rcvNxt;
  if (seq === tcb._rcvNxt && length === 0) {
    return true;
  }
  if (tcb._state === TcpState.SynReceived && seq === 0 && length === 1) {
    return (flags & Flag.Ack) !== 0; // The SYN-ACK of a simultaneous open; else a repeated SYN.
  }
  // A peer that has filled the window sends its ACKs from the edge.
  return length === 0 ? seq >= tcb._rcvNxt && seq <= edge : seq < edge && seq + length > tcb._rcvNxt;
}

function resendSynAck(tcb: Tcb): void {
  if (!tcb._deferred) {
    sendSyn(tcb);
  }
}
