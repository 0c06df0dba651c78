/** Sockets with a time to live and a DiffServ octet of their own, an optional part. */

import { hopsOf, useHopOptions } from '../inet/hop-options';
import { IP_TTL } from './constants';
import type { Context } from './context';
import { SocketErrno, socketError } from './errors';

/** setsockopt(IPPROTO_IP, IP_TTL, 1 to 255) and (IPPROTO_IP, IP_TOS, 0 to 255), of either version of IP. */
export function useHops(context: Context): void {
  const part = useHopOptions(context._host._stack);
  context._setHop = function (socket, option, value) {
    const isTtl = option === IP_TTL;
    const number = value as number;
    // What is no whole number, or too large, is not what it says.
    if ((number & 255) !== number || (isTtl && !number)) {
      throw socketError(SocketErrno.EINVAL);
    }
    const hops = hopsOf(part, socket);
    if (isTtl) {
      hops._ttl = number;
    } else {
      hops._tos = number;
    }
  };
}
