/** TCP: what the data of a segment changes: order, duplicates, delayed ACKs (RFC 9293 §3.10.7.4, RFC 5681 §4.2). */

import { copyOf } from '../wire/bytes';
import { max, min } from '../wire/math';
import { Flag } from '../wire/tcp';

import { Errno, Tcb, TcpState } from './tcb';
import { tcpEnd, timeWait } from './tcp-close';
import { sendEmpty } from './tcp-output';

/** RFC 9293 §3.8.6.3 allows 500 ms; a full segment at 115,200 baud takes 131 ms, so two fit. */
const DELAYED_ACK_MS = 200;

/** Segments acknowledged at once after a loss: its sender is down to one at a time, and waits for each. */
const QUICK_ACKS = 8;

/** Data and FIN of an acceptable segment. */
export function inputData(tcb: Tcb, seq: number, buf: Uint8Array, at: number, end: number, fin: boolean): void {
  if (tcb._state < TcpState.Established || tcb._state > TcpState.FinWait2) {
    // After its FIN the peer sends nothing new; a repeated FIN has to be acknowledged again.
    tcb._ackAtMs = 0;
    return;
  }
  if (!tcb._handler && !tcb._listener && end > at) {
    // RFC 9293 §3.10.4: closed for good, and the peer goes on: it has to know.
    tcpEnd(tcb, Errno.ECONNRESET, true);
    return;
  }
  if (fin) {
    tcb._finAt = seq + end - at;
  }
  if (seq < tcb._rcvNxt) {
    at += tcb._rcvNxt - seq;
    seq = tcb._rcvNxt;
    tcb._ackAtMs = 0;
  }
  if (seq + end - at > tcb._rcvEdge) {
    end = at + tcb._rcvEdge - seq;
    tcb._ackAtMs = 0;
  }
  const length = end - at;
  if (length > tcb._rcvMss) {
    tcb._rcvMss = length;
  }
  if (seq > tcb._rcvNxt) {
    // Each has an ACK of its own, and what is owed before goes first: its sender counts duplicates (RFC 5681 §4.2).
    if (tcb._ackAtMs < Infinity) {
      sendEmpty(tcb, Flag.Ack);
    }
    keepStray(tcb, seq, buf, at, end);
    tcb._quickAcks = max(tcb._quickAcks, QUICK_ACKS);
    tcb._ackAtMs = 0;
  } else if (length > 0) {
    // RFC 9293 §3.8.6.3: an ACK for every second full segment, and before long.
    tcb._unacked += length;
    tcb._ackAtMs =
      tcb._quickAcks-- > 0 || tcb._unacked >= 2 * tcb._rcvMss
        ? 0
        : min(tcb._ackAtMs, tcb._stack._nowMs + DELAYED_ACK_MS);
    takeData(tcb, copyOf(buf, at, end));
    takeStrays(tcb);
  }
  if (tcb._rcvNxt === tcb._finAt) {
    takeFin(tcb);
  }
}

function takeData(tcb: Tcb, bytes: Uint8Array): void {
  tcb._rcvNxt += bytes.length;
  tcb._waitingBytes += bytes.length;
  tcb._waiting.push(bytes);
}

function takeFin(tcb: Tcb): void {
  tcb._waiting.push(null);
  tcb._rcvNxt++;
  tcb._rcvEdge++; // A FIN needs no room.
  tcb._ackAtMs = 0;
  if (tcb._state === TcpState.Established) {
    tcb._state = TcpState.CloseWait;
  } else if (tcb._state === TcpState.FinWait1) {
    tcb._state = TcpState.Closing;
  } else {
    timeWait(tcb);
  }
}

/** Keeps a stretch for later, sorted; what overlaps is sorted out when it is taken. */
function keepStray(tcb: Tcb, seq: number, buf: Uint8Array, at: number, end: number): void {
  const stack = tcb._stack;
  const strays = tcb._strays;
  let i = strays.length;
  while (i && strays[i - 1]._seq > seq) {
    i--;
  }
  // Nothing, or had already?
  if (end > at && !(i && strays[i - 1]._seq + strays[i - 1]._bytes.length >= seq + end - at)) {
    // As many as fit if all were as large as the largest segment.
    if ((strays.length + 1) * tcb._rcvMss > stack._bounds._outOfOrder) {
      stack._stats.tcpOutOfOrderDropped++;
    } else {
      stack._stats.tcpOutOfOrder++;
      strays.splice(i, 0, { _seq: seq, _bytes: copyOf(buf, at, end) });
    }
  }
}

/** Takes what has become in order. Where a gap was filled, the ACK goes out at once (RFC 5681 §4.2). */
function takeStrays(tcb: Tcb): void {
  const strays = tcb._strays;
  if (strays.length) {
    tcb._ackAtMs = 0;
  }
  while (strays.length && strays[0]._seq <= tcb._rcvNxt) {
    const skip = tcb._rcvNxt - strays[0]._seq;
    const bytes = strays[0]._bytes;
    strays.shift();
    if (skip < bytes.length) {
      takeData(tcb, copyOf(bytes, skip, bytes.length));
    }
  }
}
