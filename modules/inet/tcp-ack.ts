/** TCP: what an acknowledgement changes: congestion control (RFC 5681, RFC 6582), send window, FIN. */

import { moveDown } from '../wire/bytes';
import { max, min } from '../wire/math';

import { Errno, NO_BUFFER, Tcb, TcpState } from './tcb';
import { FIN_WAIT_MS, tcpEnd, timeWait } from './tcp-close';
import { resend } from './tcp-output';
import { measureRtt, restoreRto } from './tcp-rtt';

/** The acknowledgement field and the send window of an acceptable segment. */
export function inputAck(tcb: Tcb, seq: number, ack: number, window: number, pure: boolean): void {
  if (ack > tcb._una) {
    newAck(tcb, ack);
  } else if (ack === tcb._una && pure && tcb._max > ack && tcb._nxt === tcb._max && window === tcb._sndWnd) {
    duplicateAck(tcb);
  }
  if (seq + ack >= tcb._wl) {
    tcb._wl = seq + ack;
    if (!tcb._sndWnd) {
      // The peer answers a probe, so it lives, however long its window stays closed.
      tcb._retries = 0;
      if (window) {
        restoreRto(tcb);
      }
    }
    tcb._sndWnd = window;
    tcb._maxWnd = max(tcb._maxWnd, window);
  }
  if (tcb._state > TcpState.Established && tcb._una > tcb._dataEnd) {
    finAcked(tcb);
  }
}

function newAck(tcb: Tcb, ack: number): void {
  const nowMs = tcb._stack._nowMs;
  const acked = ack - tcb._una;
  if (tcb._timedSeq && ack >= tcb._timedSeq) {
    measureRtt(tcb, nowMs - tcb._timedAtMs);
    tcb._timedSeq = 0;
  } else if (tcb._retries) {
    restoreRto(tcb);
  }
  moveDown(tcb._sendBuffer, 0, acked, tcb._dataEnd - tcb._una);
  tcb._una = ack;
  tcb._nxt = max(tcb._nxt, ack);
  tcb._rexmitAtMs = ack < tcb._max ? nowMs + tcb._rtoMs : Infinity;
  tcb._retries = tcb._dupAcks = 0;
  if (ack < tcb._recover) {
    // Partial: the next hole is known (RFC 6582 §3.2 step 3), or all of them are.
    if (!tcb._sacked) {
      resend(tcb);
    }
  } else {
    tcb._recover = 0;
    tcb._cwnd += tcb._cwnd < tcb._ssthresh ? min(acked, tcb._mss) : ((tcb._mss * tcb._mss) / tcb._cwnd + 1) | 0;
  }
}

function duplicateAck(tcb: Tcb): void {
  const flight = tcb._max - tcb._una;
  tcb._dupAcks++;
  // Three, or with less on its way all that can come (RFC 5827). The latter not for what follows right behind something
  // that was sent twice: its duplicates would go on and on (RFC 6582 §3.2 step 1).
  if (!tcb._recover && tcb._dupAcks >= (tcb._una > tcb._recovered ? min(3, flight / tcb._mss - 1) : 3)) {
    tcb._ssthresh = tcb._cwnd = max(flight >> 1, 2 * tcb._mss);
    tcb._recover = tcb._recovered = tcb._max;
    resend(tcb);
  }
}

function finAcked(tcb: Tcb): void {
  tcb._sendBuffer = NO_BUFFER;
  if (tcb._state === TcpState.FinWait1) {
    tcb._state = TcpState.FinWait2;
    if (!tcb._handler) {
      tcb._endAtMs = tcb._stack._nowMs + FIN_WAIT_MS;
    }
  } else if (tcb._state === TcpState.Closing) {
    timeWait(tcb);
  } else if (tcb._state === TcpState.LastAck) {
    tcpEnd(tcb, Errno.None);
  }
}
