/** The Link Control Protocol's options and extra codes: RFC 1661 §5.7-6.7, RFC 1662 §7, RFC 1570. */

import { getU16, getU32, putU32 } from '../wire/bytes';
import { CONTROL_HEADER, Code, Protocol } from '../wire/control';
import { authMethods } from './auth';
import { Event, State } from './automaton';
import { fsmEvent, fsmInput, fsmReset, sendControl } from './fsm';
import type { Fsm, Role } from './fsm-types';
import { Option } from './lcp-options';
import { AuthOption, Echo, Link, Phase } from './link-types';
import { fail } from './phases';

export const DEFAULT_MRU = 1500;

/** The least MRU taken from a peer, as a value: below, an IP packet of 68 octets has no room (RFC 791). */
const MIN_MRU = 128 << 16;

/** Naks of a magic number before the line counts as looped back, when it is our own that comes again. */
const LOOPBACK_NAKS = 4;

/** Naks before the peer's own choice of an authentication is taken. */
export const PREFERENCE_NAKS = 2;

export function createLcp(link: Link, layer: Role['_layer']): Fsm {
  const role: Role = {
    _link: link,
    _protocol: Protocol.Lcp,
    _lengths: { 1: 4, 2: 6, 3: 0, 5: 6, 7: 2, 8: 2 },
    _maxNaks: 10,
    _judge: judge,
    _naked: naked,
    _layer: layer,
  };
  return role as Fsm;
}

/** Begins anew with what the link is to ask for. */
export function lcpReset(link: Link): void {
  link._authUntil = Phase.Authenticate;
  fsmReset(link._lcp, {
    1: link._mru === DEFAULT_MRU ? undefined : link._mru << 16,
    2: 0,
    3: link._demandAuth,
    5: newMagic(link),
    7: 0,
    8: 0,
  });
}

/** Never 0, which stands for no magic number. */
function newMagic(link: Link): number {
  return link._owner._random32() || 1;
}

/** Our magic number for a packet: 0 when the peer has rejected it. */
function putMagic(link: Link, buf: Uint8Array, at: number): void {
  putU32(buf, at + CONTROL_HEADER, link._lcp._ours[Option.Magic] || 0);
}

/** Sends an Echo-Request; only in Opened (RFC 1661 §5.8). */
export function lcpEcho(link: Link): void {
  putMagic(link, link._buf, 0);
  sendControl(link, Protocol.Lcp, Code.EchoRequest, ++link._lastId, CONTROL_HEADER + 4);
}

function judge(lcp: Fsm, type: number, length: number, value: number): number | undefined {
  const link = lcp._link;
  if (type === Option.Mru && value < MIN_MRU) {
    return MIN_MRU;
  }
  if (type === Option.Auth) {
    // Never rejected: modems that ask for it mostly take anything, but hang up without. PAP and CHAP-MD5 are right
    // unless another one was asked for, and then too if the peer insists.
    const prefer = link._preferAuth;
    const offer = value - (value % (length < 5 ? 0x10000 : 0x100));
    const other = (link._authMethod = authMethods[offer]);
    if (
      (offer === AuthOption.Pap || offer === AuthOption.Chap || other) &&
      (!prefer || prefer === offer || lcp._naksSent >= PREFERENCE_NAKS)
    ) {
      return value;
    }
    link._authUntil = Phase.Network;
    return prefer || AuthOption.Chap;
  }
  if (type === Option.Magic && (!value || value === lcp._ours[type])) {
    // RFC 1661 §6.4.
    if (value && lcp._naksSent >= LOOPBACK_NAKS) {
      fail(link, 'command-mode');
    }
    return newMagic(link);
  }
  return value;
}

function naked(lcp: Fsm, type: number, length: number, value: number): number | undefined {
  const ours = lcp._ours[type];
  if (type === Option.Magic) {
    return newMagic(lcp._link);
  }
  // An MRU larger than ours would not fit our buffers; the peer may always send less.
  if (type === Option.Mru && length === 4 && value >= MIN_MRU && value < (ours || DEFAULT_MRU << 16)) {
    return value;
  }
  // What is demanded of the peer is not negotiable, so it is asked for again. Asking for less of the others is not
  // worth a round trip.
  return type === Option.Mru || type === Option.Auth ? ours : undefined;
}

/** Takes the packet buf[at, end) of LCP, as fsmInput() does: the codes that only LCP has are seen to here. */
export function lcpInput(link: Link, buf: Uint8Array, at: number, end: number): boolean {
  const lcp = link._lcp;
  const code = buf[at];
  const data = at + CONTROL_HEADER;
  if (code < Code.ProtocolReject || code > Code.TimeRemaining) {
    return fsmInput(lcp, buf, at, end);
  }
  if (lcp._state === State.Opened) {
    if (code === Code.ProtocolReject && end - data >= 2) {
      // RFC 1661 §5.7: the peer does not know this protocol.
      const protocol = getU16(buf, data);
      if (protocol === Protocol.Lcp) {
        fsmEvent(lcp, Event.RejectFatal);
      }
      if (protocol === Protocol.Ipcp) {
        fsmEvent(link._ipcp, Event.RejectFatal);
      }
      if (link._extra) {
        link._extra._rejected(protocol);
      }
    }
    if (code === Code.EchoReply) {
      link._echoLearned = Echo.Expected;
    }
    // An echo shorter than its magic number has no room for ours in the reply.
    if (code === Code.EchoRequest && end - data >= 4) {
      if (getU32(buf, data) === lcp._ours[Option.Magic]) {
        // RFC 1661 §5.8: the line sends back what it gets.
        fail(link, 'command-mode');
        return true;
      }
      putMagic(link, buf, at);
      buf[at] = Code.EchoReply;
      link._send(Protocol.Lcp, buf, at, end);
    }
  }
  return end > 0;
}
