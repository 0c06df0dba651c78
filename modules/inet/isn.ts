/**
 * Initial sequence numbers as RFC 6528 has them: a clock of 4 us, and for each pair of sockets an offset that nobody can
 * know. So a new connection of the same pair begins beyond the last one, and none can be guessed from another.
 * Not part of the stack: an entry that wants it calls useIsn.
 */

import type { Address } from '../wire/addr';
import { ipv6Groups } from '../wire/addr6';
import { getU32, putU32 } from '../wire/bytes';
import { md5, md5Room } from '../wire/md5';
import type { Stack } from './ip';

/** Words of ports and secret, behind those of the addresses: one of IPv4 has one. */
const OTHERS = 5;
const TICKS_PER_MS = 250;

function wordsOf(address: Address): number[] {
  const groups = typeof address === 'string' ? ipv6Groups(address) : null;
  return groups || [address as number];
}

/** Initial sequence numbers of this stack are drawn so from now on; the secret is drawn now. */
export function useIsn(stack: Stack): void {
  const secret: number[] = [];
  for (let i = 0; i < 4; i++) {
    secret.push(stack._random32());
  }
  stack._isn = function (tcb) {
    const addresses = wordsOf(tcb._localAddress).concat(wordsOf(tcb._remoteAddress));
    const hashed = 4 * (addresses.length + OTHERS);
    const room = md5Room(hashed);
    addresses.concat((tcb._localPort << 16) | tcb._remotePort, secret).forEach(function (word, i) {
      putU32(room, 4 * i, word);
    });
    return getU32(md5(room, hashed), 0) + stack._nowMs * TICKS_PER_MS;
  };
}
