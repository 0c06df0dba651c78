/** TCP: the round-trip time and the retransmission time-out, RFC 6298. */

import { max, min } from '../wire/math';
import type { Tcb } from './tcb';

/** RFC 6298 asks for 1 s at least; below, but above the usual delayed ACKs of 200 ms, a lost frame costs less. */
const RTO_MIN_MS = 400;
export const RTO_MAX_MS = 30000;

/** RFC 6298 §5.7: after a SYN that was sent again nothing is known, and its back-off does not last. */
const RTO_UNMEASURED_MS = 3000;

/** RFC 6298 §2: takes a new measurement. */
export function measureRtt(tcb: Tcb, rttMs: number): void {
  if (tcb._srttMs) {
    tcb._rttvarMs += (Math.abs(tcb._srttMs - rttMs) - tcb._rttvarMs) / 4;
    tcb._srttMs += (rttMs - tcb._srttMs) / 8;
  } else {
    tcb._srttMs = rttMs || 1;
    tcb._rttvarMs = rttMs / 2;
  }
  restoreRto(tcb);
}

/** The time-out without back-off. */
export function restoreRto(tcb: Tcb): void {
  tcb._rtoMs = tcb._srttMs
    ? min(max((tcb._srttMs + max(10, 4 * tcb._rttvarMs)) | 0, RTO_MIN_MS), RTO_MAX_MS)
    : RTO_UNMEASURED_MS;
}
