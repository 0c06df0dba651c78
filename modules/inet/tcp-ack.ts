/** TCP: what an acknowledgement changes: congestion control (RFC 5681, RFC 6582), send window, FIN. */

import { Errno, News, Tcb, TcpState, ringAcked } from './tcb';
import { abandon, tcpEnd, timeWait } from './tcp-close';
import { retransmit } from './tcp-output';
import { measureRtt, restoreRto } from './tcp-rtt';

/** The acknowledgement field and the send window of an acceptable segment. */
export function inputAck(tcb: Tcb, seq: number, ack: number, window: number, pure: boolean): void {
  const stack = tcb._stack;
  if (ack > tcb._una) {
    newAck(tcb, ack);
  } else if (ack === tcb._una && pure && tcb._max > tcb._una && window === tcb._sndWnd && !tcb._persisting) {
    duplicateAck(tcb);
  }
  if (tcb._wl1 < seq || (tcb._wl1 === seq && tcb._wl2 <= ack)) {
    tcb._sndWnd = window;
    tcb._wl1 = seq;
    tcb._wl2 = ack;
    if (window > tcb._maxWnd) {
      tcb._maxWnd = window;
    }
    if (tcb._persisting) {
      // The peer answers, so it lives, however long its window stays closed.
      tcb._retries = 0;
      if (window > 0) {
        tcb._persisting = false;
        tcb._rexmitAtMs = tcb._una < tcb._max && tcb._nxt > tcb._una ? stack._nowMs + tcb._rtoMs : Infinity;
        restoreRto(tcb);
      }
    }
  }
  if (tcb._finQueued && tcb._una > tcb._ringSeq + tcb._ringUsed) {
    finAcked(tcb);
  }
}

function newAck(tcb: Tcb, ack: number): void {
  const stack = tcb._stack;
  const acked = ack - tcb._una;
  if (tcb._timedSeq && ack >= tcb._timedSeq) {
    measureRtt(tcb, stack._nowMs - tcb._timedAtMs);
    tcb._timedSeq = 0;
  } else if (tcb._retries) {
    restoreRto(tcb);
  }
  tcb._retries = 0;
  tcb._una = ack;
  const freed = ringAcked(tcb, ack);
  if (tcb._nxt < ack) {
    tcb._nxt = ack;
  }
  tcb._rexmitAtMs = ack < tcb._max ? stack._nowMs + tcb._rtoMs : Infinity;
  tcb._persisting = false;
  if (tcb._recover) {
    if (ack >= tcb._recover) {
      tcb._recover = 0;
      tcb._cwnd = Math.min(tcb._ssthresh, Math.max(tcb._max - ack, tcb._mss) + tcb._mss);
    } else {
      // Partial: the next hole is known (RFC 6582 §3.2 step 3).
      tcb._cwnd = Math.max(tcb._cwnd - acked + tcb._mss, tcb._mss);
      retransmit(tcb);
    }
  } else if (tcb._cwnd < tcb._ssthresh) {
    tcb._cwnd += Math.min(acked, tcb._mss);
  } else {
    tcb._cwnd += Math.max(1, ((tcb._mss * tcb._mss) / tcb._cwnd) | 0);
  }
  tcb._dupAcks = 0;
  if (freed && tcb._wantsRoom) {
    tcb._news |= News.Writable;
  }
}

function duplicateAck(tcb: Tcb): void {
  tcb._dupAcks++;
  if (tcb._recover) {
    tcb._cwnd += tcb._mss;
    return;
  }
  // RFC 5827: with little on its way and nothing more to send, three duplicates would never come.
  const flight = tcb._max - tcb._una;
  const segments = Math.ceil(flight / tcb._mss);
  const starved = tcb._nxt >= tcb._ringSeq + tcb._ringUsed || tcb._una + tcb._sndWnd <= tcb._nxt;
  const threshold = starved && segments < 4 ? Math.max(1, segments - 1) : 3;
  if (tcb._dupAcks === threshold && tcb._nxt >= tcb._max) {
    tcb._ssthresh = Math.max(flight >> 1, 2 * tcb._mss);
    tcb._recover = tcb._max;
    tcb._cwnd = tcb._ssthresh + threshold * tcb._mss;
    retransmit(tcb);
    tcb._rexmitAtMs = tcb._stack._nowMs + tcb._rtoMs;
  }
}

function finAcked(tcb: Tcb): void {
  switch (tcb._state) {
    case TcpState.FinWait1:
      tcb._state = TcpState.FinWait2;
      abandon(tcb);
      return;
    case TcpState.Closing:
      timeWait(tcb);
      return;
    case TcpState.LastAck:
      tcpEnd(tcb, Errno.None);
      return;
    default:
  }
}
