/**
 * Segments that come shorter than an interface could take them: on a slow line one that is lost costs its whole time, and
 * while it is on its way nothing else is (RFC 3150 §2.3). Those of ours are as long as ever, since we know how slow the line
 * is, and so is UDP. Not part of the stack: an entry that wants it calls useSegmentLimit, after useSack.
 */

import { getU16, putU16 } from '../wire/bytes';
import { max, min } from '../wire/math';
import { Flag } from '../wire/tcp';
import type { Netif, Stack } from './ip';
import { DEFAULT_MSS } from './tcb';
import { inputTcb } from './tcp-input';

/**
 * Of what comes first each segment is acknowledged at once (RFC 5681 §4.2 allows it): its sender has measured nothing but
 * the handshake, takes what is only slow for lost, and learns by each of them how long a segment takes.
 */
const FIRST_ACKS = 8;

/** @param limitOf octets of data in a segment that comes from an interface, at most; 536 are always allowed (RFC 9293 §3.7.1) */
export function useSegmentLimit(stack: Stack, limitOf: (netif: Netif) => number): void {
  const options = stack._tcpOptions;
  const segment = stack._segment || inputTcb;
  stack._tcpOptions = function (tcb, flags, end, length) {
    if (flags & Flag.Syn) {
      // The option that says it stands right before.
      putU16(stack._frame, end - 2, limited(tcb._netif, getU16(stack._frame, end - 2)));
    }
    return options ? options(tcb, flags, end, length) : end;
  };
  stack._segment = function (tcb, buf, header, data, end, flags) {
    const verdict = segment(tcb, buf, header, data, end, flags);
    if (flags & Flag.Syn && tcb._state && limitOf(tcb._netif) < Infinity) {
      tcb._quickAcks = max(tcb._quickAcks, FIRST_ACKS);
    }
    return verdict;
  };

  function limited(netif: Netif, mss: number): number {
    const limit = limitOf(netif);
    return min(mss, limit < DEFAULT_MSS ? DEFAULT_MSS : limit);
  }
}
