/** Packets that nobody on a plain host takes, for whoever wants them: a gateway, a ping. */

import type { Claim, Stack } from './ip';

/** Asks `claim` from now on, and after it those who were asked before. */
export function claimPackets(stack: Stack, claim: Claim): void {
  const before = stack._unclaimed;
  stack._unclaimed = before
    ? function (netif, buf, at, end, source, destination) {
        return claim(netif, buf, at, end, source, destination) || before(netif, buf, at, end, source, destination);
      }
    : claim;
}
