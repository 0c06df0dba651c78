/** Names of a host, of either version of IP where it has both. */

import { resolve, type Resolved } from '../../modules/inet/resolver';
import { resolveAny } from '../../modules/inet/resolver6';
import { hostRearm, type Host } from '../../modules/network/host';

/** Looks a name up; `done` may be called before this returns. */
export function lookUp(host: Host, name: string, done: Resolved): void {
  if (host._ipv6) {
    resolveAny(host._ipv6._resolver6, name, done, host._nowMs());
  } else {
    resolve(host._resolver, name, done, host._nowMs());
  }
  hostRearm(host);
}
