/** A frame arrives: which protocol it belongs to, and whether it is heard in this phase (RFC 1661 §3.4-3.7). */

import { putU16 } from '../wire/bytes';
import { CONTROL_HEADER, Code, Protocol, controlEnd } from '../wire/control';
import { authInput, authMethod } from './auth';
import { State } from './automaton';
import { fsmInput, sendRejected } from './fsm';
import { lcpInput } from './lcp';
import { Option } from './lcp-options';
import { AUTH_OURS, Link, Phase } from './link-types';
import { authenticated } from './phases';

/** Something good came in: the peer lives. */
export function heard(link: Link): void {
  link._echoesUnanswered = 0;
  link._echoAtMs = link._nowMs + link._keepaliveMs;
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
  let dropped = at > end;
  if (!dropped) {
    const opened = link._lcp._state === State.Opened;
    if (opened) {
      heard(link);
    }
    if (link._owner._trace) {
      link._owner._trace(false, protocol, buf, at, end);
    }
    if (protocol === Protocol.Ipv4 && link._phase === Phase.Running) {
      link._owner._packet(buf, at, end);
    } else {
      dropped = !inputControl(link, protocol, opened, buf, at, end);
    }
  }
  if (dropped) {
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
  const stop = controlEnd(buf, at, end);
  if (protocol === Protocol.Lcp) {
    return lcpInput(link, buf, at, stop);
  }
  if (opened) {
    const auth = (link._lcp._theirs[Option.Auth] as number) >>> 16;
    if (protocol === Protocol.Ipcp) {
      if (link._authPending === AUTH_OURS && auth === Protocol.Chap) {
        // The peer has gone on, so a Success was lost: CHAP does not repeat it unasked.
        const method = authMethod(link);
        if (method) {
          method._repeat(link);
        } else {
          authenticated(link, AUTH_OURS, true);
        }
      }
      return link._phase >= Phase.Network && fsmInput(link._ipcp, buf, at, stop);
    }
    if (link._extra && link._extra._input(protocol, buf, at, end, stop)) {
      return true;
    }
    if (protocol === Protocol.Pap || protocol === Protocol.Chap) {
      return auth === protocol && authInput(link, protocol, buf, at, stop);
    }
    if (protocol !== Protocol.Ipv4 && link._phase >= Phase.Network) {
      // Nobody here speaks this protocol (RFC 1661 §5.7).
      putU16(link._buf, CONTROL_HEADER, protocol);
      sendRejected(link._lcp, Code.ProtocolReject, CONTROL_HEADER + 2, buf, at, end);
    }
  }
  return false;
}
