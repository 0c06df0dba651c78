/** Names of a host, in whatever ways it looks them up. */

import { resolve, type Resolved } from '../../modules/inet/resolver';
import { hostRearm, type Host } from '../../modules/network/host';

/** Looks a name up; `done` may be called before this returns. */
export function lookUp(host: Host, name: string, done: Resolved): void {
  if (host._resolve) {
    host._resolve(name, done, host._nowMs());
  } else {
    resolve(host._resolver, name, done, host._nowMs());
  }
  hostRearm(host);
}
