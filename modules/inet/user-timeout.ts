/**
 * The user time-out (RFC 9293 §3.9.1.1, R2 of §3.8.3): how long a connection waits for an acknowledgement, shorter or
 * longer than the stack does by itself. Not part of the stack: an entry that wants it calls useUserTimeout, and polls what
 * it returns.
 */

import { max, min } from '../wire/math';
import type { Stack } from './ip';
import { Errno, Tcb, TcpState } from './tcb';
import { tcpEnd } from './tcp-close';
import { stackFlush } from './tcp-tell';

/** Retransmissions that the stack never counts beyond, of a SYN and of data: one more, and it gives up itself. */
const SYN_RETRIES_MOST = 4;
const DATA_RETRIES_MOST = 8;

interface Watch {
  _tcb: Tcb;
  _timeoutMs: number;
  /** What was acknowledged at _sinceMs; -1 when nothing was on its way. */
  _una: number;
  _sinceMs: number;
}

/** The connections of one stack that have one. */
export interface UserTimeout {
  _stack: Stack;
  _watches: Watch[];
  _poll(nowMs: number): void;
  _pollAt(): number;
}

/** Something of ours has not been acknowledged. */
function waits(tcb: Tcb): boolean {
  return tcb._state !== TcpState.TimeWait && (tcb._max > tcb._una || tcb._dataEnd > max(tcb._una, 1));
}

function mostRetries(tcb: Tcb): number {
  return tcb._state < TcpState.CloseWait ? SYN_RETRIES_MOST : DATA_RETRIES_MOST;
}

export function useUserTimeout(stack: Stack): UserTimeout {
  const part: UserTimeout = {
    _stack: stack,
    _watches: [],
    _poll: function (nowMs) {
      poll(part, nowMs);
    },
    _pollAt: function () {
      let atMs = Infinity;
      part._watches.forEach(function (watch) {
        const tcb = watch._tcb;
        if (!tcb._state) {
          atMs = 0;
        } else if (waits(tcb)) {
          atMs = min(
            atMs,
            watch._una === tcb._una && tcb._retries <= mostRetries(tcb) ? watch._sinceMs + watch._timeoutMs : 0,
          );
        }
      });
      return atMs;
    },
  };
  return part;
}

/** Ends the connection with ETIMEDOUT after so long without an acknowledgement, ms; 0 leaves that to the stack again. */
export function tcpUserTimeout(part: UserTimeout, tcb: Tcb, timeoutMs: number, nowMs: number): void {
  part._watches = part._watches.filter(function (watch) {
    return watch._tcb !== tcb;
  });
  if (timeoutMs && tcb._state) {
    part._watches.push({ _tcb: tcb, _timeoutMs: timeoutMs, _una: waits(tcb) ? tcb._una : -1, _sinceMs: nowMs });
  }
}

function poll(part: UserTimeout, nowMs: number): void {
  const stack = part._stack;
  let ended = false;
  stack._nowMs = nowMs;
  part._watches = part._watches.filter(function (watch) {
    return watch._tcb._state;
  });
  part._watches.slice().forEach(function (watch) {
    const tcb = watch._tcb;
    if (!waits(tcb)) {
      watch._una = -1;
    } else if (watch._una !== tcb._una) {
      watch._una = tcb._una;
      watch._sinceMs = nowMs;
    } else if (nowMs - watch._sinceMs >= watch._timeoutMs) {
      ended = true;
      tcpEnd(tcb, Errno.ETIMEDOUT, tcb._state !== TcpState.SynSent);
      return;
    }
    tcb._retries = min(tcb._retries, mostRetries(tcb));
  });
  if (ended) {
    stackFlush(stack);
  }
}
