/** TCP's user calls (RFC 9293 §3.9): connect, listen, write, close, abort. */

import { Unreachable } from '../wire/icmp';
import { IPV4_HEADER } from '../wire/ipv4';
import { TCP_HEADER } from '../wire/tcp';
import { Netif, Stack, ephemeralPort, routeTo } from './ip';
import { Errno, Tcb, TcpHandler, TcpState, createTcb, ringWrite } from './tcb';
import { abandon, addTcb, findListener, removeTcb, roomForTcb, tcpEnd, tcpShutdown } from './tcp-close';
import { sendSyn, tcpOutput } from './tcp-output';

function portUsed(stack: Stack, port: number): boolean {
  const tcbs = stack._tcbs;
  for (let i = 0; i < tcbs.length; i++) {
    if (tcbs[i]._localPort === port) {
      return true;
    }
  }
  return false;
}

/**
 * Opens a connection; the handler hears how it went.
 * @param address unsigned 32-bit number
 * @returns the connection, or an errno when it cannot even be tried: ENETUNREACH, ENOMEM (_tcpSockets in use)
 */
export function tcpConnect(
  stack: Stack,
  address: number,
  port: number,
  handler: TcpHandler,
  nowMs: number,
): Tcb | Errno {
  stack._nowMs = nowMs;
  const netif = routeTo(stack, address);
  if (!netif) {
    return Errno.ENETUNREACH;
  }
  if (!roomForTcb(stack)) {
    return Errno.ENOMEM;
  }
  const tcb = createTcb(stack, netif);
  tcb._handler = handler;
  tcb._remoteAddress = address;
  tcb._remotePort = port;
  tcb._localPort = ephemeralPort(stack, function (candidate) {
    return portUsed(stack, candidate);
  });
  tcb._state = TcpState.SynSent;
  addTcb(tcb);
  sendSyn(tcb);
  return tcb;
}

/**
 * Listens on a port of every interface.
 * @param backlog connections that may be half open at a time
 * @returns the listener, or an errno: EADDRINUSE, ENOMEM
 */
export function tcpListen(
  stack: Stack,
  port: number,
  backlog: number,
  accept: (tcb: Tcb) => TcpHandler | null,
): Tcb | Errno {
  if (findListener(stack, port)) {
    return Errno.EADDRINUSE;
  }
  if (!roomForTcb(stack)) {
    return Errno.ENOMEM;
  }
  const tcb = createTcb(stack, stack._netifs[0] || noNetif);
  tcb._localPort = port;
  tcb._backlog = backlog;
  tcb._accept = accept;
  tcb._state = TcpState.Listen;
  addTcb(tcb);
  return tcb;
}

/** What a listener belongs to before there is any interface. */
const noNetif: Netif = {
  _address: 0,
  _mask: 0,
  _gateway: 0,
  _mtu: 0,
  _up: false,
  _dns: [],
  _output: function () {
    return false;
  },
};

/** A gateway's answer to a connection offered by `_foreignTcp`: SYN-ACK. */
export function tcpAcceptForeign(tcb: Tcb, handler: TcpHandler, nowMs: number): void {
  if (tcb._state === TcpState.SynReceived && tcb._deferred) {
    tcb._stack._nowMs = nowMs;
    tcb._deferred = false;
    tcb._handler = handler;
    sendSyn(tcb);
  }
}

/** Whether the user may still write. */
export function tcpCanWrite(tcb: Tcb): boolean {
  return (tcb._state === TcpState.Established || tcb._state === TcpState.CloseWait) && !tcb._finQueued;
}

/**
 * Takes as much of bytes[at, end) as there is room for and sends what the windows allow.
 * @returns octets taken; when that is less than offered, `_writable` will be called
 */
export function tcpWrite(tcb: Tcb, bytes: Uint8Array, at: number, end: number, nowMs: number): number {
  if (!tcpCanWrite(tcb)) {
    return 0;
  }
  tcb._stack._nowMs = nowMs;
  const taken = ringWrite(tcb, bytes, at, end);
  if (taken < end - at) {
    tcb._wantsRoom = true;
  }
  tcpOutput(tcb);
  return taken;
}

/** Octets that tcpWrite would take now. */
export function tcpRoom(tcb: Tcb): number {
  return tcpCanWrite(tcb) ? tcb._stack._bounds._tcpSendRing - tcb._ringUsed : 0;
}

/**
 * Closes for good: a FIN after what was written, and nobody listens any more. What arrives later is answered by a
 * reset, and so is closing with data unread (RFC 2525 §2.17). The handler is not called again.
 */
export function tcpClose(tcb: Tcb, nowMs: number): void {
  tcb._stack._nowMs = nowMs;
  tcb._handler = null;
  if (tcb._state === TcpState.Listen) {
    closeListener(tcb);
  } else if (tcb._waiting.length) {
    tcpEnd(tcb, Errno.None, true);
  } else {
    tcpShutdown(tcb, nowMs);
    abandon(tcb);
  }
}

function closeListener(listener: Tcb): void {
  const tcbs = listener._stack._tcbs;
  for (let i = tcbs.length - 1; i >= 0; i--) {
    if (tcbs[i]._listener === listener) {
      tcpEnd(tcbs[i], Errno.None, true);
    }
  }
  removeTcb(listener);
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
  }
}

/** An interface has lost its link. */
export function tcpNetifDown(stack: Stack, netif: Netif): void {
  const tcbs = stack._tcbs.slice(0);
  for (let i = 0; i < tcbs.length; i++) {
    if (tcbs[i]._netif === netif && tcbs[i]._state !== TcpState.Listen) {
      tcpEnd(tcbs[i], Errno.ENETDOWN);
    }
  }
}

/** An ICMP error about a segment of ours. It is believed only when the sequence number is one on its way (RFC 5927). */
export function tcpUnreachable(
  stack: Stack,
  localPort: number,
  remoteAddress: number,
  remotePort: number,
  wireSeq: number,
  code: number,
  mtu: number,
): void {
  const tcbs = stack._tcbs;
  for (let i = 0; i < tcbs.length; i++) {
    const tcb = tcbs[i];
    if (
      tcb._localPort !== localPort ||
      tcb._remotePort !== remotePort ||
      tcb._remoteAddress !== remoteAddress ||
      tcb._state < TcpState.SynSent
    ) {
      continue;
    }
    const seq = tcb._una + ((wireSeq - (tcb._iss + tcb._una)) | 0);
    if (seq < tcb._una || seq >= tcb._max) {
      return;
    }
    if (code === Unreachable.FragmentationNeeded) {
      // RFC 1191 §5: old routers name no size; 576 octets pass everywhere.
      const mss = Math.max(mtu || 576, 128) - IPV4_HEADER - TCP_HEADER;
      if (mss < tcb._mss && tcb._state >= TcpState.Established) {
        tcb._mss = mss;
        tcb._nxt = tcb._una;
        tcpOutput(tcb);
      }
    } else if (tcb._state === TcpState.SynSent) {
      const refused = code === Unreachable.Port || code === Unreachable.Protocol;
      tcpEnd(tcb, refused ? Errno.ECONNREFUSED : Errno.EHOSTUNREACH);
    }
    // Elsewhere unreachables are hints; the timers decide (RFC 1122 §4.2.3.9).
    return;
  }
}
