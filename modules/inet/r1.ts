/**
 * R1 of RFC 9293 §3.8.3: after so many retransmissions without an answer the user is told, long before the connection ends;
 * he may know another way. Not part of the stack: an entry that wants it calls useR1, and polls what it returns.
 */

import type { Stack } from './ip';
import type { Tcb } from './tcb';

/** SHLD-10: three at least. */
const R1 = 3;

export interface R1Part {
  _poll(nowMs: number): void;
  _pollAt(): number;
}

/** @param tell hears of a connection whose peer does not answer; again, when it has answered meanwhile */
export function useR1(stack: Stack, tell: (tcb: Tcb) => void): R1Part {
  let told: Tcb[] = [];
  function late(): Tcb[] {
    return stack._tcbs.filter(function (tcb) {
      return tcb._retries >= R1;
    });
  }
  return {
    _poll: function () {
      const now = late();
      const before = told;
      told = now;
      now.forEach(function (tcb) {
        if (before.indexOf(tcb) < 0) {
          tell(tcb);
        }
      });
    },
    _pollAt: function () {
      told = told.filter(function (tcb) {
        return tcb._state && tcb._retries >= R1;
      });
      return late().some(function (tcb) {
        return told.indexOf(tcb) < 0;
      })
        ? stack._nowMs
        : Infinity;
    },
  };
}
