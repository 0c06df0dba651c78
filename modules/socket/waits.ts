/** Calls of MicroPython's sockets that wait: each for one thing, with one callback and perhaps a deadline. */

import { removeFrom } from '../inet/ip';
import { Errno } from '../inet/tcb';
import { Context, Timed, setDeadline, soon } from './context';
import { Failure, SocketErrno, socketError } from './errors';

export type Done<T> = (error: Failure, value?: T) => void;

/** What a socket is waiting for. */
export const enum Wait {
  Connect,
  Accept,
  Send,
  Recv,
}

export interface Waiting extends Timed {
  _done: Done<unknown>;
  /** Tries once more: undefined for not yet, null for done, else the value. Throws what is the callback's error. */
  _attempt: () => unknown;
}

export interface Waiter {
  _context: Context;
  /** ms; 0 for not waiting at all, Infinity for waiting for ever. */
  _timeoutMs: number;
  _waits: (Waiting | null)[];
}

/** Ends a wait, if there is one; its callback comes on an empty stack. */
export function finish(waiter: Waiter, what: Wait, error: Failure, value?: unknown): void {
  const waiting = waiter._waits[what];
  if (waiting) {
    waiter._waits[what] = null;
    removeFrom(waiter._context._timed, waiting as Timed);
    soon(waiter._context, function () {
      waiting._done(error, value);
    });
  }
}

/** Something has happened that a call may wait for. */
export function wake(waiter: Waiter, what: Wait): void {
  const waiting = waiter._waits[what];
  if (waiting) {
    try {
      const value = waiting._attempt();
      if (value !== undefined) {
        finish(waiter, what, null, value === null ? undefined : value);
      }
    } catch (error) {
      finish(waiter, what, error as Failure);
    }
  }
}

/**
 * Tries now, and then whenever there is reason to.
 * @param notNow errno for a socket that never waits
 * @throws OSError EALREADY when another call waits for the same
 */
export function wait(waiter: Waiter, what: Wait, done: Done<never>, notNow: SocketErrno, attempt: () => unknown): void {
  const waiting: Waiting = {
    _done: done as Done<unknown>,
    _attempt: attempt,
    _deadlineMs: Infinity,
    _timedOut: function () {
      finish(waiter, what, socketError(Errno.ETIMEDOUT));
    },
  };
  if (waiter._waits[what]) {
    throw socketError(SocketErrno.EALREADY);
  }
  waiter._waits[what] = waiting;
  wake(waiter, what);
  if (waiter._waits[what] === waiting) {
    if (!waiter._timeoutMs) {
      finish(waiter, what, socketError(notNow));
    } else if (waiter._timeoutMs < Infinity) {
      setDeadline(waiter._context, waiting, waiter._timeoutMs);
    }
  }
}
