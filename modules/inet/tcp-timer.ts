/** TCP: what happens when a timer runs out (RFC 9293 §3.8.3, RFC 6298 §5). */

import { max, min } from '../wire/math';
import { DEFAULT_MSS, Errno, Tcb, TcpState } from './tcb';
import { resend, sendSyn } from './tcp-output';
import { tcpEnd, tcpShutdown } from './tcp-close';
import { RTO_MAX_MS } from './tcp-rtt';

/** Retransmissions before the connection is given up: 6 SYNs take 63 s, 9 segments over 100 s (RFC 9293 §3.8.3 R2). */
const SYN_RETRIES = 5;
const DATA_RETRIES = 9;

/** After so many, large packets may be what does not arrive, and whoever drops them says nothing (RFC 2923 §2.1). */
const BLACK_HOLE_RETRIES = 2;

/** Does what is due; an ACK or a segment that waited is left to the flush that follows. */
export function tcpPoll(tcb: Tcb): void {
  const nowMs = tcb._stack._nowMs;
  if (nowMs >= tcb._endAtMs) {
    tcb._endAtMs = Infinity;
    if (tcb._state === TcpState.CloseWait) {
      tcpShutdown(tcb, nowMs);
    } else {
      tcpEnd(tcb, Errno.None);
    }
  } else if (nowMs >= tcb._rexmitAtMs) {
    timeout(tcb);
  }
  if (nowMs >= min(tcb._ackAtMs, tcb._outputAtMs)) {
    tcb._touched = true;
  }
}

function timeout(tcb: Tcb): void {
  const opening = tcb._state < TcpState.CloseWait;
  // Whoever has closed for good does not wait for ever for a window that stays closed: until probes are as rare as they
  // get, for a minute or more.
  if (
    tcb._retries >= (opening ? SYN_RETRIES : DATA_RETRIES) ||
    (tcb._rtoMs >= RTO_MAX_MS && !(tcb._sndWnd || tcb._handler))
  ) {
    tcpEnd(tcb, Errno.ETIMEDOUT);
    return;
  }
  tcb._retries++;
  tcb._rtoMs = min(2 * tcb._rtoMs, RTO_MAX_MS);
  tcb._timedSeq = tcb._recover = tcb._dupAcks = 0;
  tcb._recovered = tcb._max;
  if (opening) {
    sendSyn(tcb);
    return;
  }
  // What is sent into a closed window counts as not sent, and as long as the peer answers, it is waited for. A FIN needs
  // no room.
  const closed = !tcb._sndWnd && tcb._dataEnd > tcb._una;
  if (!closed && tcb._nxt > tcb._una) {
    // RFC 5681 §3.1 and §4.3: back to one segment, and go on from the first one unacknowledged.
    tcb._ssthresh = max((tcb._max - tcb._una) >> 1, 2 * tcb._mss);
    if (tcb._retries > BLACK_HOLE_RETRIES) {
      tcb._mss = min(tcb._mss, DEFAULT_MSS);
    }
    tcb._cwnd = tcb._mss;
  }
  tcb._nxt = tcb._una;
  resend(tcb);
  if (closed) {
    tcb._nxt = tcb._una;
  }
}
