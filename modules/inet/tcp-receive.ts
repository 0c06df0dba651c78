/** TCP: what the data of a segment changes: order, duplicates, delayed ACKs (RFC 9293 §3.10.7.4, RFC 5681 §4.2). */

import { copyOf } from '../wire/bytes';
import { Errno, News, Stray, Tcb, TcpState } from './tcb';
import { tcpEnd, timeWait } from './tcp-close';

/** RFC 9293 §3.8.6.3 allows 500 ms; a full segment at 115,200 baud takes 131 ms, so two fit. */
const DELAYED_ACK_MS = 200;

/** Segments acknowledged at once after a loss: its sender is down to one at a time, and waits for each. */
const QUICK_ACKS = 8;

/** Data and FIN of an acceptable segment. */
export function inputData(tcb: Tcb, seq: number, buf: Uint8Array, at: number, end: number, fin: boolean): void {
  switch (tcb._state) {
    case TcpState.Established:
    case TcpState.FinWait1:
    case TcpState.FinWait2:
      break;
    default:
      // After its FIN the peer sends nothing new; a repeated FIN has to be acknowledged again.
      tcb._ackNow = true;
      return;
  }
  if (!tcb._handler && !tcb._listener && end > at) {
    // RFC 9293 §3.10.4: closed for good, and the peer goes on: it has to know.
    tcpEnd(tcb, Errno.ECONNRESET, true);
    return;
  }
  if (seq < tcb._rcvNxt) {
    at += tcb._rcvNxt - seq;
    seq = tcb._rcvNxt;
    tcb._ackNow = true;
  }
  if (seq + (end - at) > tcb._rcvEdge) {
    end = at + tcb._rcvEdge - seq;
    fin = false;
    tcb._ackNow = true;
  }
  if (end < at) {
    return;
  }
  if (end - at > tcb._rcvMss) {
    tcb._rcvMss = end - at;
  }
  if (seq > tcb._rcvNxt) {
    keepStray(tcb, seq, buf, at, end, fin);
    tcb._quickAcks = QUICK_ACKS;
    tcb._ackNow = true;
    return;
  }
  if (end > at) {
    scheduleAck(tcb, end - at);
    takeData(tcb, copyOf(buf, at, end));
  }
  if (fin) {
    takeFin(tcb);
  } else if (tcb._strays.length) {
    takeStrays(tcb);
  }
}

/** RFC 9293 §3.8.6.3: an ACK for every second full segment, and before long. */
function scheduleAck(tcb: Tcb, length: number): void {
  tcb._unacked += length;
  if (tcb._quickAcks > 0) {
    tcb._quickAcks--;
    tcb._ackNow = true;
  } else if (tcb._unacked >= 2 * tcb._rcvMss) {
    tcb._ackNow = true;
  } else if (tcb._ackAtMs === Infinity) {
    tcb._ackAtMs = tcb._stack._nowMs + DELAYED_ACK_MS;
  }
}

function takeData(tcb: Tcb, bytes: Uint8Array): void {
  tcb._rcvNxt += bytes.length;
  tcb._waiting.push(bytes);
  tcb._waitingBytes += bytes.length;
}

function takeFin(tcb: Tcb): void {
  tcb._news |= News.Ended;
  tcb._rcvNxt++;
  tcb._ackNow = true;
  tcb._strays = [];
  tcb._strayBytes = 0;
  switch (tcb._state) {
    case TcpState.Established:
      tcb._state = TcpState.CloseWait;
      break;
    case TcpState.FinWait1:
      tcb._state = TcpState.Closing;
      break;
    default:
      timeWait(tcb);
  }
}

/** Keeps a stretch for later, sorted, within the bound; what overlaps is sorted out when it is taken. */
function keepStray(tcb: Tcb, seq: number, buf: Uint8Array, at: number, end: number, fin: boolean): void {
  const stats = tcb._stack._stats;
  const strays = tcb._strays;
  let i = strays.length;
  while (i > 0 && strays[i - 1]._seq >= seq) {
    i--;
  }
  const twin: Stray | undefined = strays[i];
  if (twin && twin._seq === seq && twin._bytes.length >= end - at) {
    // Had already, but perhaps without its FIN.
    twin._fin = twin._fin || (fin && twin._bytes.length === end - at);
    return;
  }
  if (tcb._strayBytes + end - at > tcb._stack._bounds._outOfOrder || strays.length >= 16) {
    stats.tcpOutOfOrderDropped++;
    return;
  }
  stats.tcpOutOfOrder++;
  strays.splice(i, 0, { _seq: seq, _bytes: copyOf(buf, at, end), _fin: fin });
  tcb._strayBytes += end - at;
}

/** Takes what has become in order. The gap is filled, so the ACK goes out at once (RFC 5681 §4.2). */
function takeStrays(tcb: Tcb): void {
  tcb._ackNow = true;
  while (tcb._strays.length && tcb._strays[0]._seq <= tcb._rcvNxt) {
    const stray = tcb._strays.shift() as Stray;
    const bytes = stray._bytes;
    const skip = tcb._rcvNxt - stray._seq;
    tcb._strayBytes -= bytes.length;
    if (skip < bytes.length) {
      takeData(tcb, skip ? copyOf(bytes, skip, bytes.length) : bytes);
    }
    if (stray._fin && stray._seq + bytes.length === tcb._rcvNxt) {
      takeFin(tcb);
      return;
    }
  }
}
