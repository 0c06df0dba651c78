/** The keep-alives of a host's connections. */

import { useKeepalive, type Keepalive } from '../../modules/inet/keepalive';
import type { Host } from '../../modules/network/host';

const keepalives = new WeakMap<Host, Keepalive>();

/** Of this host; made when it is first asked for. */
export function keepaliveOf(host: Host): Keepalive {
  let keepalive = keepalives.get(host);
  if (!keepalive) {
    keepalive = useKeepalive(host._stack);
    host._pollables.push(keepalive);
    keepalives.set(host, keepalive);
  }
  return keepalive;
}
