/**
 * Keep-alives, RFC 9293 §3.8.4: a connection that has been silent is asked whether its peer still lives. Off unless a
 * user asks for it. Not part of the stack: an entry that wants it calls useKeepalive, and polls what it returns.
 */

import { min } from '../wire/math';
import { Flag } from '../wire/tcp';
import type { Stack } from './ip';
import { Errno, Tcb, TcpState } from './tcb';
import { tcpEnd } from './tcp-close';
import { inputTcb } from './tcp-input';
import { emitSegment } from './tcp-output';
import { stackFlush } from './tcp-tell';

/** RFC 9293 §3.8.4: two hours at least, unless the user says otherwise. */
export const KEEPALIVE_IDLE_MS = 7200000;
export const KEEPALIVE_INTERVAL_MS = 75000;
export const KEEPALIVE_PROBES = 9;

/** A connection that is watched. */
interface Watch {
  _tcb: Tcb;
  _idleMs: number;
  _intervalMs: number;
  _probes: number;
  /** Probes not answered yet. */
  _sent: number;
  /** When the next one is due. */
  _atMs: number;
}

/** The connections of one stack that are watched. */
export interface Keepalive {
  _stack: Stack;
  _watches: Watch[];
  _poll(nowMs: number): void;
  _pollAt(): number;
}

function watchOf(keepalive: Keepalive, tcb: Tcb): Watch | null {
  for (let i = keepalive._watches.length; i--;) {
    if (keepalive._watches[i]._tcb === tcb) {
      return keepalive._watches[i];
    }
  }
  return null;
}

export function useKeepalive(stack: Stack): Keepalive {
  const before = stack._segment || inputTcb;
  const keepalive: Keepalive = {
    _stack: stack,
    _watches: [],
    _poll: function (nowMs) {
      poll(keepalive, nowMs);
    },
    _pollAt: function () {
      let atMs = Infinity;
      for (let i = keepalive._watches.length; i--;) {
        atMs = min(atMs, keepalive._watches[i]._atMs);
      }
      return atMs;
    },
  };
  stack._segment = function (tcb, buf, header, data, end, flags) {
    const watch = watchOf(keepalive, tcb);
    if (watch) {
      watch._sent = 0;
      watch._atMs = stack._nowMs + watch._idleMs;
    }
    return before(tcb, buf, header, data, end, flags);
  };
  return keepalive;
}

/**
 * Watches a connection from now on.
 * @param idleMs of silence before the first probe, ms; 0 for no keep-alives
 * @param intervalMs between probes
 * @param probes that nobody answers: the connection ends with ETIMEDOUT
 */
export function tcpKeepAlive(
  keepalive: Keepalive,
  tcb: Tcb,
  idleMs: number,
  intervalMs: number,
  probes: number,
  nowMs: number,
): void {
  const watches = keepalive._watches;
  const before = watchOf(keepalive, tcb);
  if (before) {
    watches.splice(watches.indexOf(before), 1);
  }
  if (idleMs && tcb._state) {
    watches.push({
      _tcb: tcb,
      _idleMs: idleMs,
      _intervalMs: intervalMs,
      _probes: probes,
      _sent: 0,
      _atMs: nowMs + idleMs,
    });
  }
}

function poll(keepalive: Keepalive, nowMs: number): void {
  const stack = keepalive._stack;
  const watches = keepalive._watches;
  let acted = false;
  stack._nowMs = nowMs;
  for (let i = watches.length; i--;) {
    const watch = watches[i];
    const tcb = watch._tcb;
    if (!tcb._state || tcb._state === TcpState.TimeWait) {
      watches.splice(i, 1);
    } else if (nowMs >= watch._atMs) {
      acted = true;
      watch._atMs = nowMs + watch._intervalMs;
      if (tcb._state < TcpState.CloseWait || tcb._max > tcb._una) {
        // A handshake, or data on its way, has a timer of its own.
        watch._sent = 0;
      } else if (watch._sent++ >= watch._probes) {
        watches.splice(i, 1);
        tcpEnd(tcb, Errno.ETIMEDOUT, true);
      } else {
        // What the peer has had already, so that it answers (RFC 1122 §4.2.3.6), without the octet that some want.
        emitSegment(tcb, tcb._max - 1, Flag.Ack, 0);
      }
    }
  }
  if (acted) {
    stackFlush(stack);
  }
}
