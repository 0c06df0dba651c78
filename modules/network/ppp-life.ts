/** The life of a PPP interface: its link's phases become addresses, events and errors. */

import { netifUp } from '../inet/ip';
import { netifDown, stackFlush, stackInput } from '../inet/stack';
import { resolverClear } from '../inet/resolver';
import { Option, UNNAMED_PEER } from '../ppp/ipcp';
import { AuthOption, Link, Phase, createLink, linkAddress, linkInput, linkMtu, linkOpen } from '../ppp/link';
import { NetworkError, osError } from './errors';
import { emit } from './emitter';
import { hostRearm } from './host';
import type { PPP } from './ppp';
import type { Wanted } from './ppp-arguments';
import { HOST_MASK, PHASES, REASONS, Status } from './ppp-types';
import type { Stream } from './stream';

/** Everything is allocated at the first connection and kept for the next. */
function linkOf(ppp: PPP): Link {
  if (ppp._link) {
    return ppp._link;
  }
  const host = ppp._host;
  const bounds = host._platform._bounds;
  const link = createLink(
    {
      _write: function (bytes) {
        if (ppp._stream) {
          ppp._stream.write(bytes);
        }
      },
      _random32: host._platform._random32,
      _phaseChanged: function (phase) {
        phaseChanged(ppp, phase);
      },
      _ended: function () {
        ended(ppp);
      },
      _packet: function (buf, at, end) {
        stackInput(host._stack, ppp._netif, buf, at, end, link._nowMs);
      },
      _trace: host._trace,
    },
    bounds.MTU,
    bounds.FRAME_BUFFER,
  );
  link._encoder._piece = bounds.TX_PIECE;
  ppp._link = link;
  ppp._chunk = new Uint8Array(bounds.READ_CHUNK);
  return link;
}

/** Starts a connection whose arguments have been checked. */
export function startLink(ppp: PPP, stream: Stream, wanted: Wanted): void {
  const host = ppp._host;
  // First, since it may throw.
  stream.irq(ppp.poll, stream.IRQ_RXIDLE);
  const link = linkOf(ppp);
  link._user = wanted._user;
  link._key = wanted._key;
  link._preferAuth = [0, AuthOption.Pap, AuthOption.Chap][wanted._security];
  link._mru = host._platform._bounds.MRU;
  link._address = ppp._wantAddress;
  ppp._done = wanted._done;
  ppp._disconnected = null;
  ppp._reason = '';
  ppp._status = Status.Connecting;
  if (host._pollables.indexOf(ppp) < 0) {
    host._pollables.push(ppp);
  }
  linkOpen(link, host._platform._nowMs());
  ppp.poll();
}

function phaseChanged(ppp: PPP, phase: Phase): void {
  const link = ppp._link as Link;
  const before = ppp._lastPhase;
  ppp._lastPhase = phase;
  if (!link._reason && phase < Phase.Terminate && phase !== Phase.Dead) {
    ppp._failed = phase;
  }
  if (before === Phase.Running) {
    wentDown(ppp);
  }
  emit(ppp._listeners, 'phase', PHASES[phase]);
  if (phase === Phase.Running && ppp._status === Status.Connecting) {
    cameUp(ppp, link);
  }
}

function cameUp(ppp: PPP, link: Link): void {
  const host = ppp._host;
  const netif = ppp._netif;
  const ipcp = link._ipcp;
  netif._address = linkAddress(link);
  netif._mask = HOST_MASK;
  netif._gateway = ipcp._theirs[Option.Address] || UNNAMED_PEER;
  netif._mtu = linkMtu(link, host._platform._bounds.MTU);
  netif._dns = [ipcp._ours[Option.Dns1], ipcp._ours[Option.Dns2]].filter(function (dns, i, both) {
    return dns && (!i || dns !== both[0]);
  }) as number[];
  resolverClear(host._resolver);
  netifUp(host._stack, netif);
  ppp._status = Status.Connected;
  host._platform._plug(host, netif._address);
  const done = ppp._done;
  ppp._done = null;
  emit(ppp._listeners, 'connected');
  if (done) {
    done(null);
  }
}

/** IP is gone: because the link ends, or because the peer negotiates anew. */
function wentDown(ppp: PPP): void {
  const host = ppp._host;
  ppp._status = Status.Connecting;
  netifDown(host._stack, ppp._netif, host._platform._nowMs());
  host._platform._plug(host, 0);
  ppp._netif._address = ppp._netif._mask = ppp._netif._gateway = 0;
  ppp._netif._dns = [];
  emit(ppp._listeners, 'disconnected', (ppp._link as Link)._reason || 'renegotiating');
}

function ended(ppp: PPP): void {
  const link = ppp._link as Link;
  const done = ppp._done;
  const disconnected = ppp._disconnected;
  ppp._done = ppp._disconnected = null;
  if (ppp._stream) {
    ppp._stream.irq(null);
  }
  ppp._reason = link._reason;
  if (link._reason === 'user') {
    ppp._status = Status.Inactive;
    if (done) {
      done(osError(103, 'ECONNABORTED'));
    }
  } else {
    ppp._status = Status.Error;
    const error = failure(ppp);
    emit(ppp._listeners, 'error', error);
    if (done) {
      done(error);
    }
  }
  if (disconnected) {
    disconnected(null);
  }
}

function failure(ppp: PPP): NetworkError {
  const about = REASONS[ppp._reason];
  const error = osError(about[1], ppp._reason);
  error.phase = PHASES[ppp._failed];
  error.reason = ppp._reason;
  return error;
}

/** Hands all that the stream has to the link; returns how many bytes. */
export function readStream(ppp: PPP): number {
  const stream = ppp._stream;
  const link = ppp._link;
  if (ppp._status < Status.Connecting || !stream || !link) {
    return -1;
  }
  const host = ppp._host;
  let total = 0;
  while (ppp._stream === stream && ppp._status >= Status.Connecting) {
    let chunk: Uint8Array | null | undefined = ppp._chunk as Uint8Array;
    let length = 0;
    if (stream.read) {
      chunk = stream.read();
      length = chunk ? chunk.length : 0;
    } else {
      length = stream.readinto(chunk) || 0;
    }
    if (!chunk || length <= 0) {
      break;
    }
    total += length;
    linkInput(link, chunk, length, host._platform._nowMs());
    stackFlush(host._stack);
  }
  hostRearm(host);
  return total;
}
