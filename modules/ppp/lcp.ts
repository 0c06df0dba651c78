/** The Link Control Protocol's options and extra codes: RFC 1661 §5.7-6.7, RFC 1662 §7, RFC 1570. */

import { getU16, getU32, putBytes, putU16, putU32 } from '../wire/bytes';
import { CONTROL_HEADER, Code, Protocol } from '../wire/control';
import { Event, State } from './automaton';
import { Fsm, Hooks, REPLY_AT, Shared, Verdict, createFsm, fsmEvent, fsmReset, fsmSend } from './fsm';

/** Option types; what is wanted or granted is kept as bits 1 << type. */
export const enum Option {
  Mru = 1,
  Accm = 2,
  Auth = 3,
  Magic = 5,
  Pfc = 7,
  Acfc = 8,
}

/** Length of each option by its type; 0 for those that are rejected, or (Auth) have several. */
const LENGTHS = [0, 4, 6, 0, 0, 6, 0, 2, 2];

export const DEFAULT_MRU = 1500;

/** The least MRU taken from a peer: below, an IP packet of 68 octets has no room (RFC 791). */
const MIN_MRU = 128;

/** Requests of the peer that carry our own magic number before the line counts as looped back. */
const LOOPBACK_LIMIT = 5;

/** The algorithm octet behind CHAP's protocol number (RFC 1994 §3). */
export const CHAP_MD5 = 5;

/** What the link brings to LCP; `this` of every call. */
export interface LcpOwner {
  _send(protocol: number, plain: boolean, buf: Uint8Array, at: number, end: number): void;
  _random32(): number;
  /** Which authentication protocol we would rather use than the one offered; 0: the offered one is right. */
  _preferAuth(protocol: number, algorithm: number): number;
  _lcpUp(): void;
  _lcpDown(): void;
  _lcpFinished(): void;
  /** The peer does not know this protocol (RFC 1661 §5.7). */
  _protocolRejected(protocol: number): void;
  _loopback(): void;
  /** The peer refuses to authenticate itself. */
  _authRefused(): void;
}

export interface Lcp {
  _fsm: Fsm<Lcp>;
  _owner: LcpOwner;
  /** Bits of options asked for and not rejected. */
  _want: number;
  _mru: number;
  _magic: number;
  /** The whole authentication option to ask the peer for; empty for none. */
  _demand: number[];
  /** The peer's options, valid in Opened; `_peerHas` are bits of Pfc and Acfc. */
  _peerMru: number;
  _peerAccm: number;
  _peerAuth: number;
  _peerHas: number;
  _loops: number;
}

export function createLcp(owner: LcpOwner, shared: Shared): Lcp {
  const lcp = { _owner: owner, _demand: [] } as unknown as Lcp;
  lcp._fsm = createFsm(hooks, lcp, shared);
  return lcp;
}

/** Sets what will be asked for at the next start; `_demand` is kept. */
export function lcpReset(lcp: Lcp, mru: number): void {
  lcp._mru = mru;
  lcp._loops = 0;
  lcp._want = (1 << Option.Accm) | (1 << Option.Magic) | (1 << Option.Pfc) | (1 << Option.Acfc);
  if (mru !== DEFAULT_MRU) {
    lcp._want |= 1 << Option.Mru;
  }
  if (lcp._demand.length) {
    lcp._want |= 1 << Option.Auth;
  }
  newMagic(lcp);
  requestBegins(lcp);
  fsmReset(lcp._fsm);
}

/** Sends an Echo-Request; only in Opened (RFC 1661 §5.8). */
export function lcpEcho(lcp: Lcp): void {
  putU32(lcp._fsm._shared._buf, CONTROL_HEADER, ourMagic(lcp));
  fsmSend(lcp._fsm, Code.EchoRequest, ++lcp._fsm._otherId & 255, CONTROL_HEADER + 4);
}

/** Tells the peer that it sent a protocol nobody here speaks; only in Opened (RFC 1661 §5.7). */
export function lcpProtocolReject(lcp: Lcp, protocol: number, buf: Uint8Array, at: number, end: number): void {
  const out = lcp._fsm._shared._buf;
  const start = CONTROL_HEADER + 2;
  const take = Math.min(end - at, REPLY_AT - start);
  putU16(out, CONTROL_HEADER, protocol);
  putBytes(out, start, buf, at, at + take);
  fsmSend(lcp._fsm, Code.ProtocolReject, ++lcp._fsm._otherId & 255, start + take);
}

function newMagic(lcp: Lcp): number {
  lcp._magic = lcp._owner._random32() || 1;
  return lcp._magic;
}

/** The magic number for a packet: 0 when the peer has rejected it. */
function ourMagic(lcp: Lcp): number {
  return lcp._want & (1 << Option.Magic) ? lcp._magic : 0;
}

function emitOption(buf: Uint8Array, at: number, type: number, value: number): number {
  const length = LENGTHS[type];
  if (length === 6) {
    putU32(buf, at + 2, value);
  } else {
    putU16(buf, at + 2, value); // One of length 2 is overwritten by what follows.
  }
  buf[at] = type;
  buf[at + 1] = length;
  return at + length;
}

/** The option that asks for an authentication protocol. */
export function authOption(protocol: number): number[] {
  return protocol === Protocol.Chap
    ? [Option.Auth, 5, protocol >> 8, protocol & 255, CHAP_MD5]
    : [Option.Auth, 4, protocol >> 8, protocol & 255];
}

function emitOptions(lcp: Lcp, buf: Uint8Array, at: number): number {
  for (let type = 1; type < LENGTHS.length; type++) {
    if (lcp._want & (1 << type)) {
      if (type === Option.Auth) {
        buf.set(lcp._demand, at);
        at += lcp._demand.length;
      } else {
        at = emitOption(buf, at, type, type === Option.Mru ? lcp._mru : type === Option.Magic ? lcp._magic : 0);
      }
    }
  }
  return at;
}

function requestBegins(lcp: Lcp): void {
  lcp._peerMru = DEFAULT_MRU;
  lcp._peerAccm = -1;
  lcp._peerAuth = lcp._peerHas = 0;
}

function judge(lcp: Lcp, buf: Uint8Array, at: number, end: number, out: Uint8Array, to: number): Verdict {
  const type = buf[at];
  if (type !== Option.Auth && LENGTHS[type] !== end - at) {
    return Verdict.Reject;
  }
  switch (type) {
    case Option.Mru:
      lcp._peerMru = getU16(buf, at + 2);
      if (lcp._peerMru < MIN_MRU) {
        emitOption(out, to, type, MIN_MRU);
        return Verdict.Nak;
      }
      return Verdict.Ack;
    case Option.Accm:
      lcp._peerAccm = getU32(buf, at + 2) | 0;
      return Verdict.Ack;
    case Option.Auth:
      return judgeAuth(lcp, buf, at, end - at, out, to);
    case Option.Magic:
      return judgeMagic(lcp, getU32(buf, at + 2), out, to);
    default:
      lcp._peerHas |= 1 << type;
      return Verdict.Ack;
  }
}

/** Authentication is never rejected: modems that ask for it mostly take anything, but hang up without. */
function judgeAuth(lcp: Lcp, buf: Uint8Array, at: number, length: number, out: Uint8Array, to: number): Verdict {
  const protocol = length >= 4 ? getU16(buf, at + 2) : 0;
  const prefer = lcp._owner._preferAuth(protocol, length === 5 ? buf[at + 4] : 0);
  lcp._peerAuth = protocol;
  if (prefer) {
    out.set(authOption(prefer), to);
    return Verdict.Nak;
  }
  return Verdict.Ack;
}

/** RFC 1661 §6.4. */
function judgeMagic(lcp: Lcp, magic: number, out: Uint8Array, to: number): Verdict {
  if (magic && magic !== ourMagic(lcp)) {
    return Verdict.Ack;
  }
  if (magic && ++lcp._loops >= LOOPBACK_LIMIT) {
    lcp._owner._loopback();
  }
  emitOption(out, to, Option.Magic, lcp._owner._random32() || 1);
  return Verdict.Nak;
}

function naked(lcp: Lcp, buf: Uint8Array, at: number, end: number): void {
  const type = buf[at];
  const mru = getU16(buf, at + 2);
  switch (type) {
    case Option.Mru:
      // A larger one than ours would not fit our buffers; the peer may always send less.
      if (end - at === 4 && mru >= MIN_MRU && mru < lcp._mru) {
        lcp._mru = mru;
        lcp._want |= 1 << type;
      }
      return;
    case Option.Auth:
      return; // What is demanded of the peer is not negotiable, so it is asked for again.
    case Option.Magic:
      newMagic(lcp);
      return;
    default:
      // Asking for less is not worth a round trip.
      rejected(lcp, type);
  }
}

function rejected(lcp: Lcp, type: number): void {
  if (type === Option.Auth) {
    lcp._owner._authRefused();
  } else if (type < LENGTHS.length) {
    lcp._want &= ~(1 << type);
  }
}

function inputCode(lcp: Lcp, code: number, buf: Uint8Array, at: number, end: number): boolean {
  const fsm = lcp._fsm;
  const opened = fsm._state === State.Opened;
  if (code === Code.ProtocolReject && opened && end - at >= 2) {
    lcp._owner._protocolRejected(getU16(buf, at));
  }
  // An echo shorter than its magic number has no room for ours in the reply.
  if (code === Code.EchoRequest && opened && end - at >= 4) {
    putU32(buf, at, ourMagic(lcp));
    buf[fsm._replyAt] = Code.EchoReply;
    fsmEvent(fsm, Event.Echo);
  }
  return code >= Code.ProtocolReject && code <= Code.TimeRemaining;
}

const hooks: Hooks<Lcp> = {
  _maxNaks: 10,
  _emitOptions: emitOptions,
  _requestBegins: requestBegins,
  _judge: judge,
  _naked: naked,
  _rejected: rejected,
  _up: function (lcp) {
    lcp._owner._lcpUp();
  },
  _down: function (lcp) {
    lcp._owner._lcpDown();
  },
  _finished: function (lcp) {
    lcp._owner._lcpFinished();
  },
  _code: inputCode,
  _send: function (lcp, buf, at, end) {
    // Codes 1 to 7 go out in the default framing, whatever was agreed (RFC 1662 §4.2); the others lose little by it.
    lcp._owner._send(Protocol.Lcp, true, buf, at, end);
  },
};
