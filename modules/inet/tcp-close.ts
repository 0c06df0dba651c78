/** TCP: the table of connections, and the ways a connection ends. */

import type { Stack } from './ip';
import { Errno, News, Tcb, TcpState, noRing } from './tcb';
import { sendReset, tcpOutput } from './tcp-output';

/** How long the rest of a closed connection waits for its peer's FIN, ms. */
const FIN_WAIT_MS = 30000;

/** Twice the maximum segment lifetime, ms. A line has no second path for old segments to come by. */
const TIME_WAIT_MS = 10000;

export function addTcb(tcb: Tcb): void {
  tcb._stack._tcbs.push(tcb);
}

/** Takes a connection out of the table and frees what it holds. */
export function removeTcb(tcb: Tcb): void {
  const tcbs = tcb._stack._tcbs;
  const at = tcbs.indexOf(tcb);
  if (at >= 0) {
    tcbs.splice(at, 1);
  }
  tcb._state = TcpState.Closed;
  tcb._ring = noRing;
  tcb._ringUsed = 0;
  tcb._strays = [];
  tcb._rexmitAtMs = tcb._ackAtMs = tcb._outputAtMs = tcb._endAtMs = Infinity;
  if (tcb._listener) {
    tcb._listener._halfOpen--;
    tcb._listener = null;
  }
}

/** Whether there may be one more connection; the oldest in TIME-WAIT gives way. */
export function roomForTcb(stack: Stack): boolean {
  const tcbs = stack._tcbs;
  if (tcbs.length < stack._bounds._tcpSockets) {
    return true;
  }
  for (let i = 0; i < tcbs.length; i++) {
    if (tcbs[i]._state === TcpState.TimeWait) {
      tcpEnd(tcbs[i], Errno.None);
      return true;
    }
  }
  return false;
}

export function findListener(stack: Stack, port: number): Tcb | null {
  const tcbs = stack._tcbs;
  for (let i = 0; i < tcbs.length; i++) {
    if (tcbs[i]._state === TcpState.Listen && tcbs[i]._localPort === port) {
      return tcbs[i];
    }
  }
  return null;
}

/** Ends a connection at once; its user is told. With `reset` the peer is told as well. */
export function tcpEnd(tcb: Tcb, errno: Errno, reset?: boolean): void {
  if (tcb._state !== TcpState.Closed) {
    if (reset) {
      sendReset(tcb);
    }
    removeTcb(tcb);
    tcb._news |= News.Closed;
    tcb._errno = errno;
    tcb._stack._ended.push(tcb);
  }
}

/** RFC 9293 §3.10.7.4: both sides have closed, and late segments are waited for. */
export function timeWait(tcb: Tcb): void {
  tcb._state = TcpState.TimeWait;
  tcb._rexmitAtMs = Infinity;
  tcb._endAtMs = tcb._stack._nowMs + TIME_WAIT_MS;
  tcb._news |= News.Closed;
}

/** Half-close: a FIN after what was written. Receiving goes on. */
export function tcpShutdown(tcb: Tcb, nowMs: number): void {
  tcb._stack._nowMs = nowMs;
  if (tcb._finQueued) {
    return;
  }
  switch (tcb._state) {
    case TcpState.SynSent:
      tcpEnd(tcb, Errno.None);
      return;
    case TcpState.SynReceived:
      tcpEnd(tcb, Errno.None, !tcb._deferred);
      return;
    case TcpState.Established:
      tcb._state = TcpState.FinWait1;
      break;
    case TcpState.CloseWait:
      tcb._state = TcpState.LastAck;
      break;
    default:
      return;
  }
  tcb._finQueued = true;
  tcpOutput(tcb);
}

/** In FIN-WAIT-2 with nobody listening, a peer that never closes has so long. */
export function abandon(tcb: Tcb): void {
  if (tcb._state === TcpState.FinWait2 && !tcb._handler) {
    tcb._endAtMs = tcb._stack._nowMs + FIN_WAIT_MS;
  }
}
