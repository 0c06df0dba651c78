/**
 * The option negotiation automaton of RFC 1661 §4, shared by every control protocol. Read automaton.ts first: it
 * is the RFC's table; here its actions are carried out.
 */

import { copyOf, putBytes, sameBytes } from '../wire/bytes';
import { Do, Event, State, table } from './automaton';
import { CONTROL_HEADER, Code, controlEmit, controlEnd, optionEnd, optionsValid } from '../wire/control';

/** What a protocol says of one option of the peer's Configure-Request. */
export const enum Verdict {
  Ack,
  /** The value to suggest has been written. */
  Nak,
  Reject,
}

/** Max-Terminate, Max-Configure, Max-Failure: RFC 1661 §4.6. */
const MAX_TERMINATE = 2;
const MAX_CONFIGURE = 10;
const MAX_FAILURE = 5;

/**
 * The restart timer starts small and doubles, which §4.6 allows; the first value covers a frame and two round trips of
 * a slow cellular link. Ten requests thus take 22.5 s.
 */
export const RESTART_FIRST_MS = 300;
export const RESTART_LAST_MS = 3000;

/** How long after its Ack a request may be a repeated one, ms. */
const REPEAT_MS = 10000;

/** What a protocol brings: one constant object each, functions over its own state `self`. */
export interface Hooks<T> {
  /** Naks taken from the peer before they count as Rejects. */
  _maxNaks: number;
  /** Writes our options to buf[at...]; returns the end. The same state must give the same bytes. */
  _emitOptions(self: T, buf: Uint8Array, at: number): number;
  /** A new Configure-Request of the peer begins: its options are at their defaults. */
  _requestBegins(self: T): void;
  /** One option of it. For Nak, the wanted option is written over out[to...], never longer than the option itself or 6. */
  _judge(self: T, buf: Uint8Array, at: number, end: number, out: Uint8Array, to: number): Verdict;
  /** One option that the peer wants different. */
  _naked(self: T, buf: Uint8Array, at: number, end: number): void;
  /** One option of ours that the peer rejects. */
  _rejected(self: T, type: number): void;
  _up(self: T): void;
  _down(self: T): void;
  _finished(self: T): void;
  /** A code above Code-Reject. Returns false when the protocol does not know it either. */
  _code(self: T, code: number, buf: Uint8Array, at: number, end: number): boolean;
  /** Sends the control packet buf[at, end). */
  _send(self: T, buf: Uint8Array, at: number, end: number): void;
}

/** What the machines of one link share: the time of the event being handled, and a buffer for what they send. */
export interface Shared {
  _nowMs: number;
  /** Requests are built at 0, the Nak or Reject that may go out with one at REPLY_AT. */
  _buf: Uint8Array;
  /** First restart interval, ms. */
  _restartMs: number;
}

/** Half of the shared buffer; the longest request, PAP's with two credentials of 255 octets, takes 516. */
export const REPLY_AT = 520;

export interface Fsm<T> {
  _hooks: Hooks<T>;
  _self: T;
  _shared: Shared;
  _state: State;
  _restartCount: number;
  _restartMs: number;
  _timeoutAtMs: number;
  /** Identifier of the last Configure- or Terminate-Request, which its reply must have. */
  _id: number;
  /** Of the last packet of any other kind: counted apart, or it would make that reply a stranger. */
  _otherId: number;
  /** A new identifier is due: the content changed, or the last request was answered. */
  _newId: boolean;
  /** Naks sent without an Ack in between, and Naks taken. */
  _naksSent: number;
  _naksTaken: number;
  /** The peer's request that was acknowledged last, and when. */
  _acked: Uint8Array;
  _ackedAtMs: number;
  /** What sca, scn and ser send: the peer's own packet under another code, or what stands at REPLY_AT. */
  _reply: Uint8Array;
  _replyAt: number;
  _replyEnd: number;
}

export function createFsm<T>(hooks: Hooks<T>, self: T, shared: Shared): Fsm<T> {
  return {
    _hooks: hooks,
    _self: self,
    _shared: shared,
    _state: State.Initial,
    _restartCount: 0,
    _restartMs: 0,
    _timeoutAtMs: Infinity,
    _id: 0,
    _otherId: 0,
    _newId: true,
    _naksSent: 0,
    _naksTaken: 0,
    _acked: shared._buf,
    _ackedAtMs: 0,
    _reply: shared._buf,
    _replyAt: 0,
    _replyEnd: 0,
  };
}

/** Puts the machine back to where nothing has happened. */
export function fsmReset<T>(fsm: Fsm<T>): void {
  fsm._state = State.Initial;
  fsm._timeoutAtMs = Infinity;
  fsm._naksSent = fsm._naksTaken = 0;
}

/** Runs one cell of the table. */
export function fsmEvent<T>(fsm: Fsm<T>, event: Event): void {
  const cell = table[event][fsm._state];
  if (cell === Do.None) {
    return;
  }
  const hooks = fsm._hooks;
  const self = fsm._self;
  const buf = fsm._shared._buf;
  const next: State = cell & Do.State;
  fsm._state = next;
  if (cell & Do.Tld) {
    hooks._down(self);
  }
  if (cell & (Do.Irc | Do.Zrc)) {
    fsm._restartCount = cell & Do.Zrc ? 0 : cell & Do.Str ? MAX_TERMINATE : MAX_CONFIGURE;
    fsm._restartMs = cell & Do.Str ? RESTART_FIRST_MS : fsm._shared._restartMs;
    fsm._newId = true;
    startTimer(fsm);
  }
  if (cell & Do.Scr) {
    countedRequest(fsm, Code.ConfigureRequest, hooks._emitOptions(self, buf, CONTROL_HEADER));
  }
  if (cell & (Do.Sca | Do.Scn | Do.Ser)) {
    hooks._send(self, fsm._reply, fsm._replyAt, fsm._replyEnd);
  }
  if (cell & Do.Str) {
    countedRequest(fsm, Code.TerminateRequest, CONTROL_HEADER);
  }
  if (cell & Do.Sta) {
    // An unexpected packet is answered as well, under its own identifier.
    fsmSend(fsm, Code.TerminateAck, fsm._reply[fsm._replyAt + 1], CONTROL_HEADER);
  }
  if (cell & Do.Scj) {
    sendCodeReject(fsm);
  }
  if (next < State.Closing || next === State.Opened) {
    fsm._timeoutAtMs = Infinity;
  }
  // Last, since these may come back with another event.
  if (cell & Do.Tlu) {
    fsm._naksTaken = 0;
    hooks._up(self);
  }
  if (cell & Do.Tlf) {
    hooks._finished(self);
  }
}

export function fsmPoll<T>(fsm: Fsm<T>): void {
  if (fsm._shared._nowMs >= fsm._timeoutAtMs) {
    fsmEvent(fsm, fsm._restartCount > 0 ? Event.TimeoutMore : Event.TimeoutLast);
  }
}

/**
 * Takes the packet buf[at, end) of this protocol. Replies may be made in place, so buf is changed.
 * @returns false when it was dropped
 */
export function fsmInput<T>(fsm: Fsm<T>, buf: Uint8Array, at: number, end: number): boolean {
  const stop = controlEnd(buf, at, end);
  if (stop < 0 || fsm._state < State.Closed) {
    return false;
  }
  fsm._reply = buf;
  fsm._replyAt = at;
  fsm._replyEnd = stop;
  const code = buf[at];
  const data = at + CONTROL_HEADER;
  switch (code) {
    case Code.ConfigureRequest:
      return inputRequest(fsm, buf, data, stop);
    case Code.ConfigureAck:
      return inputAck(fsm, buf, data, stop);
    case Code.ConfigureNak:
    case Code.ConfigureReject:
      return inputNak(fsm, buf, data, stop, code === Code.ConfigureReject);
    case Code.TerminateRequest:
    case Code.TerminateAck:
      fsmEvent(fsm, code + (Event.TerminateRequest - Code.TerminateRequest));
      return true;
    case Code.CodeReject:
      // A peer that does not know the basic codes cannot be talked to.
      fsmEvent(
        fsm,
        stop > data && buf[data] > 0 && buf[data] <= Code.CodeReject ? Event.RejectFatal : Event.RejectPermitted,
      );
      return true;
    default:
      if (!fsm._hooks._code(fsm._self, code, buf, data, stop)) {
        fsmEvent(fsm, Event.UnknownCode);
      }
      return true;
  }
}

function inputRequest<T>(fsm: Fsm<T>, buf: Uint8Array, at: number, end: number): boolean {
  if (!optionsValid(buf, at, end)) {
    return false;
  }
  const hooks = fsm._hooks;
  const out = fsm._shared._buf;
  const start = REPLY_AT + CONTROL_HEADER;
  let to = start;
  let code: number = Code.ConfigureAck;
  hooks._requestBegins(fsm._self);
  while (at < end) {
    const next = optionEnd(buf, at, end);
    let verdict = hooks._judge(fsm._self, buf, at, next, out, to);
    if (verdict === Verdict.Nak && fsm._naksSent >= MAX_FAILURE) {
      verdict = Verdict.Reject;
    }
    if (to + next - at > out.length - 8) {
      break; // A reply may leave out what has no room: the peer asks again.
    }
    if (verdict === Verdict.Reject) {
      // §5.4: rejects go first, and alone.
      if (code !== Code.ConfigureReject) {
        code = Code.ConfigureReject;
        to = start;
      }
      putBytes(out, to, buf, at, next);
      to += next - at;
    } else if (verdict === Verdict.Nak && code !== Code.ConfigureReject) {
      code = Code.ConfigureNak;
      to += out[to + 1];
    }
    at = next;
  }
  if (code === Code.ConfigureAck) {
    const repeated = isRepeated(fsm, buf, end);
    buf[fsm._replyAt] = code;
    fsm._naksSent = 0;
    if (repeated) {
      hooks._send(fsm._self, buf, fsm._replyAt, end);
    } else {
      fsmEvent(fsm, Event.GoodRequest);
    }
  } else {
    if (code === Code.ConfigureNak) {
      fsm._naksSent++;
    }
    controlEmit(out, REPLY_AT, to, code, buf[fsm._replyAt + 1]);
    fsm._reply = out;
    fsm._replyAt = REPLY_AT;
    fsm._replyEnd = to;
    fsmEvent(fsm, Event.BadRequest);
  }
  return true;
}

/**
 * Whether a request in Opened is the very one acknowledged before, sent again because the Ack took its time. To begin
 * anew for it, as §4.1 does for any request, would go on for ever between two ends on a slow line.
 */
function isRepeated<T>(fsm: Fsm<T>, buf: Uint8Array, end: number): boolean {
  const at = fsm._replyAt;
  const last = fsm._acked;
  const nowMs = fsm._shared._nowMs;
  if (
    fsm._state === State.Opened &&
    nowMs < fsm._ackedAtMs + REPEAT_MS &&
    last.length === end - at &&
    sameBytes(last, 0, buf, at, end - at)
  ) {
    return true;
  }
  fsm._acked = copyOf(buf, at, end);
  fsm._ackedAtMs = nowMs;
  return false;
}

/**
 * Whether a reply is one to the last request. Another answers a retransmission of what is settled already: the line is
 * slower than thought, so the next retransmissions come later, because a peer may begin anew for each.
 */
function answersRequest<T>(fsm: Fsm<T>): boolean {
  const shared = fsm._shared;
  const answers = fsm._reply[fsm._replyAt + 1] === fsm._id && !fsm._newId;
  if (!answers) {
    shared._restartMs = Math.min(2 * shared._restartMs, RESTART_LAST_MS);
  }
  return answers;
}

function inputAck<T>(fsm: Fsm<T>, buf: Uint8Array, at: number, end: number): boolean {
  // §5.2: the very options sent, or the packet is invalid.
  const mine = fsm._shared._buf;
  const length = fsm._hooks._emitOptions(fsm._self, mine, CONTROL_HEADER) - CONTROL_HEADER;
  if (!answersRequest(fsm) || length !== end - at || !sameBytes(buf, at, mine, CONTROL_HEADER, length)) {
    return false;
  }
  fsmEvent(fsm, Event.ConfigureAck);
  return true;
}

function inputNak<T>(fsm: Fsm<T>, buf: Uint8Array, at: number, end: number, reject: boolean): boolean {
  const hooks = fsm._hooks;
  if (!answersRequest(fsm) || !optionsValid(buf, at, end) || (reject && !isSubset(fsm, buf, at, end))) {
    return false;
  }
  if (fsm._state >= State.ReqSent) {
    if (!reject && ++fsm._naksTaken > hooks._maxNaks) {
      reject = true;
      if (fsm._naksTaken > 2 * hooks._maxNaks) {
        // There is nothing left that it could want changed: a dialogue without end.
        fsmEvent(fsm, Event.RejectFatal);
        return true;
      }
    }
    while (at < end) {
      const next = optionEnd(buf, at, end);
      if (reject) {
        hooks._rejected(fsm._self, buf[at]);
      } else {
        hooks._naked(fsm._self, buf, at, next);
      }
      at = next;
    }
  }
  fsm._newId = true;
  fsmEvent(fsm, Event.ConfigureNak);
  return true;
}

/** §5.4: a Reject names options of our request, unchanged and in order, at least one. */
function isSubset<T>(fsm: Fsm<T>, buf: Uint8Array, at: number, end: number): boolean {
  const mine = fsm._shared._buf;
  const mineEnd = fsm._hooks._emitOptions(fsm._self, mine, CONTROL_HEADER);
  let found = false;
  for (let m = CONTROL_HEADER; m < mineEnd && at < end; m += mine[m + 1]) {
    if (sameBytes(buf, at, mine, m, mine[m + 1])) {
      at += mine[m + 1];
      found = true;
    }
  }
  return found && at === end;
}

function startTimer<T>(fsm: Fsm<T>): void {
  fsm._timeoutAtMs = fsm._shared._nowMs + fsm._restartMs;
}

/** Sends a request and counts it (§4.4 scr, str); the next wait is twice as long. */
function countedRequest<T>(fsm: Fsm<T>, code: number, end: number): void {
  if (fsm._newId) {
    fsm._id++;
    fsm._id &= 255;
    fsm._newId = false;
  }
  fsm._restartCount--;
  startTimer(fsm);
  fsm._restartMs = Math.min(2 * fsm._restartMs, RESTART_LAST_MS);
  fsmSend(fsm, code, fsm._id, end);
}

/** Sends the packet whose data stands in the shared buffer from 4 to end. */
export function fsmSend<T>(fsm: Fsm<T>, code: number, id: number, end: number): void {
  const shared = fsm._shared;
  controlEmit(shared._buf, 0, end, code, id);
  fsm._hooks._send(fsm._self, shared._buf, 0, end);
}

/** §5.6: the offending packet, cut to the buffer. */
function sendCodeReject<T>(fsm: Fsm<T>): void {
  const end = Math.min(fsm._replyEnd, fsm._replyAt + REPLY_AT - CONTROL_HEADER);
  putBytes(fsm._shared._buf, CONTROL_HEADER, fsm._reply, fsm._replyAt, end);
  fsmSend(fsm, Code.CodeReject, ++fsm._otherId & 255, CONTROL_HEADER + end - fsm._replyAt);
}
