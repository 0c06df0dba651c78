/**
 * Initial sequence numbers as RFC 6528 has them: a clock of 4 us, and for each pair of sockets an offset that nobody can
 * know. So a new connection of the same pair begins beyond the last one, and none can be guessed from another.
 * Not part of the stack: an entry that wants it calls useIsn.
 */

import { getU32, putU32 } from '../wire/bytes';
import { md5, md5Room } from '../wire/md5';
import type { Stack } from './ip';

/** Addresses, ports, secret. */
const HASHED = 28;
const TICKS_PER_MS = 250;

/** Initial sequence numbers of this stack are drawn so from now on; the secret is drawn now. */
export function useIsn(stack: Stack): void {
  const secret: number[] = [];
  for (let i = 0; i < 4; i++) {
    secret.push(stack._random32());
  }
  stack._isn = function (tcb) {
    const room = md5Room(HASHED);
    [tcb._localAddress, tcb._remoteAddress, (tcb._localPort << 16) | tcb._remotePort]
      .concat(secret)
      .forEach(function (word, i) {
        putU32(room, 4 * i, word);
      });
    return getU32(md5(room, HASHED), 0) + stack._nowMs * TICKS_PER_MS;
  };
}
