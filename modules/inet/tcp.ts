/** TCP's user calls (RFC 9293 §3.9): connect, listen, write, close, abort. */

import type { Address } from '../wire/addr';
import { grown, putBytes } from '../wire/bytes';
import { Unreachable } from '../wire/icmp';
import { IPV4_HEADER } from '../wire/ipv4';
import { max, min } from '../wire/math';
import { TCP_HEADER } from '../wire/tcp';
import { Stack, ephemeralPort, findPort, removeFrom, routeTo } from './ip';
import { Errno, Listener, Tcb, TcpHandler, TcpState, tcpCanWrite } from './tcb';
import { abandon, openTcb, tcpEnd, tcpShutdown } from './tcp-close';
import { sendSyn, tcpOutput } from './tcp-output';

/**
 * Opens a connection; the handler hears how it went.
 * @param address unsigned 32-bit number, or an IPv6 address where the stack has a way to one
 * @returns the connection, or an errno when it cannot even be tried: ENETUNREACH, ENOMEM (_tcpSockets in use)
 */
export function tcpConnect(
  stack: Stack,
  address: Address,
  port: number,
  handler: TcpHandler,
  nowMs: number,
): Tcb | Errno {
  stack._nowMs = nowMs;
  const netif = routeTo(stack, address);
  // RFC 9293 §3.9.2.3: a connection is to one host.
  if (!netif || !address || (address as number) >= 0xe0000000) {
    return Errno.ENETUNREACH;
  }
  const tcb = openTcb(stack, netif, netif._address, ephemeralPort(stack, stack._tcbs), address, port);
  if (!tcb) {
    return Errno.ENOMEM;
  }
  tcb._handler = handler;
  sendSyn(tcb);
  return tcb;
}

/**
 * Listens on a port of every interface.
 * @param backlog connections that may be half open at a time
 * @returns the listener, or an errno: EADDRINUSE
 */
export function tcpListen(
  stack: Stack,
  port: number,
  backlog: number,
  accept: (tcb: Tcb) => TcpHandler | null,
): Listener | Errno {
  const listeners = stack._listeners;
  if (findPort(listeners, port)) {
    return Errno.EADDRINUSE;
  }
  const listener = { _stack: stack, _localPort: port, _accept: accept, _halfOpen: 0, _backlog: backlog };
  listeners.push(listener);
  return listener;
}

/** Listens no longer; connections that nobody has been told of are reset. */
export function tcpUnlisten(listener: Listener, nowMs: number): void {
  const stack = listener._stack;
  stack._nowMs = nowMs;
  removeFrom(stack._listeners, listener);
  for (let i = stack._tcbs.length; i--;) {
    if (stack._tcbs[i]._listener === listener) {
      tcpEnd(stack._tcbs[i], Errno.None, true);
    }
  }
}

/**
 * Takes as much of bytes[at, end) as there is room for and sends what the windows allow.
 * @returns octets taken; when that is less than offered, `_writable` will be called
 */
export function tcpWrite(tcb: Tcb, bytes: Uint8Array, at: number, end: number, nowMs: number): number {
  tcb._stack._nowMs = nowMs;
  const taken = min(end - at, tcpRoom(tcb));
  tcb._wantsRoom = taken < end - at;
  if (taken) {
    const used = tcb._dataEnd - tcb._una;
    const old = tcb._sendBuffer;
    // Most connections send a request and no more.
    const size = min(max(used + taken, 2 * old.length), tcb._stack._bounds._tcpSendRing);
    tcb._sendBuffer = grown(old, used + taken, size);
    putBytes(tcb._sendBuffer, used, bytes, at, at + taken);
    tcb._dataEnd += taken;
    tcpOutput(tcb);
  }
  return taken;
}

/** Octets that tcpWrite would take now. */
export function tcpRoom(tcb: Tcb): number {
  return tcpCanWrite(tcb) ? tcb._stack._bounds._tcpSendRing - tcb._dataEnd + tcb._una : 0;
}

/**
 * Closes for good: a FIN after what was written, and nobody listens any more. What arrives later is answered by a
 * reset, and so is closing with data unread (RFC 2525 §2.17). The handler is not called again.
 */
export function tcpClose(tcb: Tcb, nowMs: number): void {
  tcb._handler = null;
  if (tcb._waitingBytes) {
    tcb._stack._nowMs = nowMs;
    tcpEnd(tcb, Errno.None, true);
  } else {
    tcpShutdown(tcb, nowMs);
    abandon(tcb);
  }
}

/** Ends the connection with a reset (RFC 9293 §3.10.5). The handler is not called again. */
export function tcpAbort(tcb: Tcb, nowMs: number): void {
  tcb._stack._nowMs = nowMs;
  tcb._handler = null;
  tcpEnd(tcb, Errno.None, tcb._state !== TcpState.SynSent && tcb._state !== TcpState.TimeWait);
}

/** Stops or restarts delivery. What arrives meanwhile waits, and the window closes by as much. */
export function tcpPause(tcb: Tcb, paused: boolean, nowMs: number): void {
  tcb._stack._nowMs = nowMs;
  if (tcb._paused !== paused) {
    tcb._paused = paused;
    tcb._touched = true;
    tcb._outputAtMs = nowMs;
  }
}

/** An ICMP error about a segment of ours. It is believed only when the sequence number is one on its way (RFC 5927). */
export function tcpUnreachable(tcb: Tcb, wireSeq: number, code: number, mtu: number): void {
  const seq = (wireSeq - tcb._iss - tcb._una) | 0;
  if (seq >= 0 && seq < tcb._max - tcb._una) {
    if (code === Unreachable.FragmentationNeeded) {
      // RFC 1191 §5: old routers name no size; 576 octets pass everywhere.
      const mss = max(mtu || 576, 128) - (IPV4_HEADER + TCP_HEADER);
      if (mss < tcb._mss && tcb._state >= TcpState.CloseWait) {
        tcb._mss = mss;
        tcb._nxt = tcb._una;
        tcpOutput(tcb);
      }
    } else if (tcb._state === TcpState.SynSent) {
      const refused = code === Unreachable.Port || code === Unreachable.Protocol;
      tcpEnd(tcb, refused ? Errno.ECONNREFUSED : Errno.EHOSTUNREACH);
    }
    // Elsewhere unreachables are hints; the timers decide (RFC 1122 §4.2.3.9).
  }
}
