/** The life of a PPP interface: its link's phases become addresses, events and errors. */

import { netifUp } from '../inet/ip';
import { sumAhead } from '../inet/tcp-output';
import { netifDown, stackFlush, stackInput } from '../inet/stack';
import { resolverClear } from '../inet/resolver';
import { Option, UNNAMED_PEER } from '../ppp/ipcp';
import {
  Link,
  Phase,
  createLink,
  linkAddress,
  linkInput,
  linkMtu,
  linkOpen,
  linkPoll,
  linkPollAt,
  linkSend,
} from '../ppp/link';
import { NetworkError, osError } from './errors';
import { emit } from './emitter';
import { hostRearm } from './host';
import type { PPP } from './ppp';
import { Done, HOST_MASK, PHASES, REASONS, Status } from './ppp-types';
import type { Stream } from './stream';

/** Makes the link of an interface, which is kept for all its connections. */
export function makeLink(ppp: PPP): Link {
  const host = ppp._host;
  const bounds = host._bounds;
  const link = createLink(
    {
      _write: function (bytes) {
        if (ppp._stream) {
          ppp._stream.write(bytes);
          sumAhead(host._stack);
        }
      },
      _random32: host._random32,
      _phaseChanged: function (phase) {
        phaseChanged(ppp, phase);
      },
      _ended: function () {
        ended(ppp);
      },
      _packet: function (buf, at, end, sum) {
        stackInput(host._stack, ppp._netif, buf, at, end, link._nowMs, sum);
      },
      _trace: host._trace,
    },
    bounds._mtu,
    bounds._frameBuffer,
    bounds._txPiece,
    bounds._frameFirst,
  );
  host._pollables.push({
    _poll: function (nowMs) {
      linkPoll(link, nowMs);
    },
    _pollAt: function () {
      return linkPollAt(link);
    },
  });
  return link;
}

/** Sends a packet of the host. */
export function pppOutput(ppp: PPP, buf: Uint8Array, at: number, end: number): boolean {
  const stack = ppp._host._stack;
  const sent = linkSend(ppp._link, buf, at, end, stack._nowMs);
  // A firmware's write blocks for as long as the line takes: deadlines count from its end.
  stack._nowMs = ppp._host._nowMs();
  return sent;
}

/** Starts a connection. */
export function startLink(ppp: PPP, done?: Done | null): void {
  const host = ppp._host;
  const link = ppp._link;
  const stream = ppp._stream as Stream;
  // First, since it may throw.
  stream.irq(ppp.poll, stream.IRQ_RXIDLE);
  link._mru = host._bounds._mru;
  link._address = ppp._wantAddress;
  ppp._done = done;
  ppp._status = Status.Connecting;
  linkOpen(link, host._nowMs());
  hostRearm(host);
  ppp.poll();
}

function phaseChanged(ppp: PPP, phase: Phase): void {
  const before = ppp._phase;
  ppp._phase = phase;
  if (!ppp._link._reason && phase < Phase.Terminate && phase) {
    ppp._failed = phase;
  }
  if (before === Phase.Running) {
    wentDown(ppp);
  }
  emit(ppp._listeners, 'phase', PHASES[phase]);
  // A listener may have ended it.
  if (ppp._phase === Phase.Running) {
    cameUp(ppp);
  }
}

function cameUp(ppp: PPP): void {
  const host = ppp._host;
  const netif = ppp._netif;
  const link = ppp._link;
  const ipcp = link._ipcp;
  const dns1 = ipcp._ours[Option.Dns1];
  const dns2 = ipcp._ours[Option.Dns2];
  const done = ppp._done;
  netif._address = linkAddress(link);
  netif._mask = HOST_MASK;
  netif._gateway = ipcp._theirs[Option.Address] || UNNAMED_PEER;
  netif._mtu = linkMtu(link, host._bounds._mtu);
  netif._dns = [dns1, dns1 === dns2 ? 0 : dns2].filter(Boolean) as number[];
  resolverClear(host._resolver);
  netifUp(host._stack, netif);
  ppp._status = Status.Connected;
  host._plug(netif._address);
  ppp._done = null;
  emit(ppp._listeners, 'connected');
  if (done) {
    done(null);
  }
}

/** IP is gone: because the link ends, or because the peer negotiates anew. */
function wentDown(ppp: PPP): void {
  const host = ppp._host;
  const netif = ppp._netif;
  ppp._status = Status.Connecting;
  netifDown(host._stack, netif, host._nowMs());
  resolverClear(host._resolver);
  host._plug(0);
  netif._address = netif._mask = netif._gateway = 0;
  emit(ppp._listeners, 'disconnected', ppp._link._reason || 'renegotiating');
}

function ended(ppp: PPP): void {
  const reason = ppp._link._reason;
  const about = REASONS[reason];
  let error: NetworkError | undefined;
  ppp._status = Status.Inactive;
  if (ppp._stream) {
    ppp._stream.irq(null);
  }
  if (about) {
    ppp._status = Status.Error;
    error = osError(about & 0xff, reason);
    error.phase = PHASES[ppp._failed];
    error.reason = reason;
  }
  conclude(ppp, error);
}

/** It is over, by an error or because it was given up: all hear of it who have waited. */
export function conclude(ppp: PPP, error?: NetworkError): void {
  const done = ppp._done;
  const waiting = ppp._disconnected;
  ppp._done = null;
  ppp._disconnected = [];
  if (error) {
    emit(ppp._listeners, 'error', error);
  }
  if (done) {
    done(error || osError(103, 'ECONNABORTED'));
  }
  waiting.forEach(function (disconnected) {
    disconnected(null);
  });
}

/** Hands all that the stream has to the link; returns how many bytes. */
export function readStream(ppp: PPP): number {
  const stream = ppp._stream;
  if (!stream || ppp._status < Status.Connecting) {
    return -1;
  }
  const host = ppp._host;
  let total = 0;
  let happened = false;
  do {
    let chunk: Uint8Array | null | undefined;
    let length: number;
    if (stream.read) {
      chunk = stream.read();
      length = chunk ? chunk.length : 0;
    } else {
      chunk = new Uint8Array(host._bounds._readChunk);
      length = stream.readinto(chunk) || 0;
    }
    if (!chunk || length <= 0) {
      break;
    }
    total += length;
    if (linkInput(ppp._link, chunk, length, host._nowMs())) {
      happened = true;
      stackFlush(host._stack);
    }
  } while (ppp._stream === stream && ppp._status >= Status.Connecting && stream.any());
  // On a small board an event brings a few bytes of a frame, and must not cost more than they are worth.
  if (happened) {
    hostRearm(host);
  }
  return total;
}
