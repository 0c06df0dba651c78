/** Keep-alives of single sockets (RFC 9293 §3.8.4): an optional part, which useKeepAlives() brings. */

import { KEEPALIVE_IDLE_MS, KEEPALIVE_INTERVAL_MS, KEEPALIVE_PROBES, Keepalive, tcpKeepAlive } from '../inet/keepalive';
import type { Tcb } from '../inet/tcb';
import { Context, nowOf, rearm } from './context';
import { SocketErrno, socketError } from './errors';

/** What a socket wants of them. */
export interface Keep {
  _on?: boolean;
  /** Silence before the first probe, and between them, ms. */
  _idleMs?: number;
  _intervalMs?: number;
  /** Probes without an answer that end the connection with ETIMEDOUT. */
  _probes?: number;
}

export interface KeepUser {
  _context: Context;
  _tcb: Tcb | null;
  _keep?: Keep;
}

/** Sockets may ask for keep-alives from now on. @param part the host's, which polls it */
export function useKeepAlives(context: Context, part: Keepalive): void {
  context._keepAlive = function (tcb, keep) {
    tcpKeepAlive(
      part,
      tcb,
      keep._on ? keep._idleMs || KEEPALIVE_IDLE_MS : 0,
      keep._intervalMs || KEEPALIVE_INTERVAL_MS,
      keep._probes || KEEPALIVE_PROBES,
      nowOf(context),
    );
    rearm(context);
  };
}

/** Takes a wish of a socket's over, and heeds what it has wished so far. @throws OSError ENOTSUP without the part */
export function keepAlive(socket: KeepUser, wish?: Keep): void {
  const heed = socket._context._keepAlive;
  if (wish) {
    if (!heed) {
      throw socketError(SocketErrno.ENOTSUP);
    }
    const keep = socket._keep || {};
    socket._keep = {
      _on: wish._on === undefined ? keep._on : wish._on,
      _idleMs: wish._idleMs || keep._idleMs,
      _intervalMs: wish._intervalMs || keep._intervalMs,
      _probes: wish._probes || keep._probes,
    };
  }
  if (heed && socket._keep && socket._tcb) {
    heed(socket._tcb, socket._keep);
  }
}
