/** TCP: what happens when a timer runs out (RFC 9293 §3.8.3, RFC 6298 §5). */

import { Errno, Tcb, TcpState } from './tcb';
import { probeWindow, retransmit, sendAck, sendSyn, tcpOutput } from './tcp-output';
import { tcpEnd, tcpShutdown } from './tcp-close';
import { RTO_MAX_MS } from './tcp-rtt';

/** Retransmissions before the connection is given up: 6 SYNs take 63 s, 9 segments over 100 s (RFC 9293 §3.8.3 R2). */
const SYN_RETRIES = 5;
const DATA_RETRIES = 9;

export function tcpPollAt(tcb: Tcb): number {
  return Math.min(tcb._rexmitAtMs, tcb._ackAtMs, tcb._outputAtMs, tcb._endAtMs);
}

export function tcpPoll(tcb: Tcb): void {
  const nowMs = tcb._stack._nowMs;
  if (nowMs >= tcb._endAtMs) {
    if (tcb._state === TcpState.CloseWait) {
      tcb._endAtMs = Infinity;
      tcpShutdown(tcb, nowMs);
    } else {
      tcpEnd(tcb, Errno.None);
    }
    return;
  }
  if (nowMs >= tcb._rexmitAtMs) {
    timeout(tcb);
  }
  if (nowMs >= tcb._outputAtMs) {
    tcpOutput(tcb);
  }
  if (nowMs >= tcb._ackAtMs) {
    sendAck(tcb);
  }
}

function timeout(tcb: Tcb): void {
  const opening = tcb._state === TcpState.SynSent || tcb._state === TcpState.SynReceived;
  if (tcb._retries >= (opening ? SYN_RETRIES : DATA_RETRIES)) {
    tcpEnd(tcb, Errno.ETIMEDOUT);
    return;
  }
  tcb._retries++;
  tcb._rtoMs = Math.min(2 * tcb._rtoMs, RTO_MAX_MS);
  if (opening) {
    tcb._timedSeq = 0;
    tcb._stack._stats.tcpRetransmits++;
    sendSyn(tcb);
    return;
  }
  tcb._rexmitAtMs = tcb._stack._nowMs + tcb._rtoMs;
  if (tcb._persisting || tcb._sndWnd === 0) {
    // Also when the window has closed over what was on its way: as long as the peer answers, it is waited for.
    tcb._persisting = true;
    tcb._timedSeq = 0;
    probeWindow(tcb);
    return;
  }
  // RFC 5681 §3.1 and §4.3: back to one segment, and go on from the first one unacknowledged.
  if (tcb._retries === 1) {
    tcb._ssthresh = Math.max((tcb._max - tcb._una) >> 1, 2 * tcb._mss);
  }
  tcb._cwnd = tcb._mss;
  tcb._recover = 0;
  tcb._dupAcks = 0;
  tcb._nxt = retransmit(tcb);
}
