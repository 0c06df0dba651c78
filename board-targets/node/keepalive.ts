/** The keep-alives and user time-outs of a host's connections. */

import { useKeepalive, type Keepalive } from '../../modules/inet/keepalive';
import { useUserTimeout, type UserTimeout } from '../../modules/inet/user-timeout';
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

const timeouts = new WeakMap<Host, UserTimeout>();

/** Of this host; made when it is first asked for. */
export function userTimeoutOf(host: Host): UserTimeout {
  let timeout = timeouts.get(host);
  if (!timeout) {
    timeout = useUserTimeout(host._stack);
    host._pollables.push(timeout);
    timeouts.set(host, timeout);
  }
  return timeout;
}
