/** A frame arrives: which protocol it belongs to, and whether it is heard in this phase (RFC 1661 §3.4-3.7). */

import { copyOf, getU32, putU16 } from '../wire/bytes';
import { CONTROL_HEADER, Code, Protocol, controlEnd } from '../wire/control';
import { Ipv4 } from '../wire/ipv4';
import { authInput } from './auth';
import { State } from './automaton';
import { fsmInput, sendRejected } from './fsm';
import { Option as IpcpOption } from './ipcp';
import { lcpInput } from './lcp';
import { Option } from './lcp-options';
import { AUTH_OURS, Link, Phase } from './link-types';
import { authenticated, endAtOnce } from './phases';

export const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Characters of a modem's text that are looked at, the last ones. */
const TEXT_LONGEST = 64;

/** Something good came in: the peer lives. The first echo is sent nevertheless, to learn whether it answers them. */
function heard(link: Link): void {
  link._echoesUnanswered = 0;
  link._lcp._timeoutAtMs = Infinity;
  if (link._echoLearned) {
    link._echoAtMs = link._nowMs + link._keepaliveMs;
  }
}

/**
 * A chunk of so many bytes has ended with a line feed: perhaps a modem reports that it has lost the connection (ITU-T
 * V.250 §5.7). It does so between frames and after a line end, with which no frame begins.
 * @returns whether that was the end of the link
 */
export function inputText(link: Link, length: number): boolean {
  const framer = link._framer;
  const buf = framer._buf;
  const at = framer._start;
  // Before the first flag the framer forgets what it has, and the next chunk is put in its place.
  const end = framer._end || length;
  const text =
    buf[at] === CARRIAGE_RETURN
      ? String.fromCharCode.apply(null, copyOf(buf, Math.max(at, end - TEXT_LONGEST), end) as never)
      : '';
  const lost = /NO CARRIER|DISCONNECT/.test(text);
  if (lost) {
    endAtOnce(link, 'no-carrier');
  }
  return lost;
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
    // What we have sent ourselves, and hear again, is no sign of life.
    if (
      opened &&
      (protocol !== Protocol.Ipv4 || getU32(buf, at + Ipv4.Source) !== link._ipcp._ours[IpcpOption.Address])
    ) {
      heard(link);
    }
    if (link._owner._trace) {
      link._owner._trace(false, protocol, buf, at, end);
    }
    if (protocol === Protocol.Ipv4 && link._phase === Phase.Running) {
      link._owner._packet(buf, at, end, link._framer._sum);
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
        const method = link._authMethod;
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
