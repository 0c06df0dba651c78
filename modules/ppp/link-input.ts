/** A frame arrives: which protocol it belongs to, and whether it is heard in this phase (RFC 1661 §3.4-3.7). */

import { Protocol } from '../wire/control';
import { authInput, authStop } from './auth';
import { State } from './automaton';
import { fsmInput } from './fsm';
import { lcpProtocolReject } from './lcp';
import type { Link } from './link';
import { AUTH_OURS, Phase } from './link-types';

/** Something good came in: the peer lives. */
export function heard(link: Link): void {
  link._echoesUnanswered = 0;
  link._echoAtMs = link._config._keepaliveMs ? link._shared._nowMs + link._config._keepaliveMs : Infinity;
}

/** Takes the good frame buf[at, end), from its address or protocol field on. */
export function inputFrame(link: Link, buf: Uint8Array, at: number, end: number): void {
  if (buf[at] === 0xff && buf[at + 1] === 0x03) {
    at += 2;
  }
  let protocol = buf[at++];
  if (!(protocol & 1)) {
    protocol = (protocol << 8) | buf[at++];
  }
  if (at > end) {
    link._stats.dropped++;
    return;
  }
  const opened = link._lcp._fsm._state === State.Opened;
  if (opened) {
    heard(link);
  }
  if (link._owner._trace) {
    link._owner._trace(false, protocol, buf, at, end);
  }
  if (protocol === Protocol.Ipv4 && link._phase === Phase.Running) {
    link._owner._packet(buf, at, end);
    return;
  }
  if (!inputControl(link, protocol, opened, buf, at, end)) {
    link._stats.dropped++;
  }
}

/** RFC 1661 §3.4-3.7: which protocols are heard in which phase. Returns false when the packet was dropped. */
function inputControl(
  link: Link,
  protocol: number,
  opened: boolean,
  buf: Uint8Array,
  at: number,
  end: number,
): boolean {
  if (end - at > link._encoder._longest) {
    return false; // Longer than anything agreed on: its Ack or Echo-Reply could not be sent.
  }
  if (protocol === Protocol.Lcp) {
    return fsmInput(link._lcp._fsm, buf, at, end);
  }
  if (!opened) {
    return false;
  }
  switch (protocol) {
    case Protocol.Pap:
    case Protocol.Chap:
      return (
        (link._lcp._peerAuth === protocol && authInput(link._auth, protocol, buf, at, end)) ||
        (link._server !== null && link._server._input(protocol, buf, at, end))
      );
    case Protocol.Ipcp:
      if (link._authPending === AUTH_OURS && link._lcp._peerAuth === Protocol.Chap) {
        // The peer has gone on, so a Success was lost: CHAP does not repeat it unasked.
        authStop(link._auth);
        link._authenticated(true);
      }
      return link._phase >= Phase.Network && fsmInput(link._ipcp._fsm, buf, at, end);
    case Protocol.Ipv4:
      return false;
    default:
      if (link._phase >= Phase.Network) {
        lcpProtocolReject(link._lcp, protocol, buf, at, end);
      }
      return false;
  }
}
