/** TCP: the table of connections, and the ways a connection ends. */

import type { Address } from '../wire/addr';
import { Flag } from '../wire/tcp';
import { Netif, Stack, removeFrom } from './ip';
import { Errno, Listener, Tcb, TcpState, createTcb, tcpCanWrite } from './tcb';
import { sendEmpty, tcpOutput } from './tcp-output';

/** In FIN-WAIT-2 with nobody listening, a peer that never closes has so long, ms. */
export const FIN_WAIT_MS = 30000;

/** Twice the maximum segment lifetime, ms. A line has no second path for old segments to come by. */
const TIME_WAIT_MS = 10000;

/**
 * A new connection in the table; null when _tcpSockets are in use. What nobody uses any more gives way, the oldest in
 * TIME-WAIT or abandoned in FIN-WAIT-2, else the oldest half-open one. So it does when its listener has _backlog of them:
 * a flood of SYNs pushes out its own (RFC 4987 §3.4).
 */
export function openTcb(
  stack: Stack,
  netif: Netif,
  localAddress: Address,
  localPort: number,
  remoteAddress: Address,
  remotePort: number,
  listener?: Listener,
): Tcb | null {
  const tcbs = stack._tcbs;
  const crowd = listener && listener._halfOpen >= listener._backlog;
  if (crowd || tcbs.length >= stack._bounds._tcpSockets) {
    let over: Tcb | null = null;
    for (let i = tcbs.length; i--;) {
      const one = tcbs[i];
      if (
        one._state === TcpState.SynReceived
          ? one._listener && (crowd ? one._listener === listener : !over || over._state === TcpState.SynReceived)
          : !crowd && one._state > TcpState.FinWait1 && one._endAtMs < Infinity
      ) {
        over = one;
      }
    }
    if (!over) {
      return null;
    }
    // The peer of an abandoned one does not know yet.
    tcpEnd(over, Errno.None, over._state === TcpState.FinWait2);
  }
  const tcb = createTcb(stack, netif, localAddress, localPort, remoteAddress, remotePort);
  tcb._iss = stack._isn(tcb) >>> 0;
  tcbs.push(tcb);
  return tcb;
}

export function findTcb(
  stack: Stack,
  localAddress: Address,
  localPort: number,
  remoteAddress: Address,
  remotePort: number,
): Tcb | null {
  const tcbs = stack._tcbs;
  for (let i = tcbs.length; i--;) {
    const tcb = tcbs[i];
    if (
      tcb._localPort === localPort &&
      tcb._remotePort === remotePort &&
      tcb._remoteAddress === remoteAddress &&
      tcb._localAddress === localAddress
    ) {
      return tcb;
    }
  }
  return null;
}

/** Ends a connection at once; its user is told. With `reset` the peer is told as well. */
export function tcpEnd(tcb: Tcb, errno: Errno, reset?: boolean): void {
  if (tcb._state) {
    if (reset) {
      sendEmpty(tcb, Flag.Rst | Flag.Ack);
    }
    removeFrom(tcb._stack._tcbs, tcb);
    tcb._state = TcpState.Closed;
    tcb._errno = errno;
    tcb._stack._ended.push(tcb);
    if (tcb._listener) {
      tcb._listener._halfOpen--;
      tcb._listener = null;
    }
  }
}

/** RFC 9293 §3.10.7.4: both sides have closed, and late segments are waited for. */
export function timeWait(tcb: Tcb): void {
  tcb._state = TcpState.TimeWait;
  tcb._rexmitAtMs = Infinity;
  tcb._endAtMs = tcb._stack._nowMs + TIME_WAIT_MS;
}

/** Half-close: a FIN after what was written. Receiving goes on. */
export function tcpShutdown(tcb: Tcb, nowMs: number): void {
  tcb._stack._nowMs = nowMs;
  if (tcpCanWrite(tcb)) {
    tcb._state = tcb._state === TcpState.Established ? TcpState.FinWait1 : TcpState.LastAck;
    tcpOutput(tcb);
  } else if (tcb._state < TcpState.CloseWait) {
    tcpEnd(tcb, Errno.None, tcb._state === TcpState.SynReceived);
  }
}
