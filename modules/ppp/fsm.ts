/**
 * The option negotiation automaton of RFC 1661 §4, shared by every control protocol. Read automaton.ts first: it
 * is the RFC's table; here its actions are carried out.
 */

import { copyOf, getU32, grown, putBytes, putU16, sameBytes } from '../wire/bytes';
import { Do, Event, State, cellOf } from './automaton';
import { CONTROL_HEADER, Code, optionsValid } from '../wire/control';
import { Fsm, Layer, Values } from './fsm-types';
import type { Link } from './link-types';

/** Max-Terminate, Max-Configure, Max-Failure: RFC 1661 §4.6. */
const MAX_TERMINATE = 2;
export const MAX_CONFIGURE = 10;
const MAX_FAILURE = 5;

/**
 * The restart timer starts small and doubles, which §4.6 allows; the first value covers a frame and two round trips of
 * a slow cellular link. Ten requests thus take 22.5 s.
 */
export const RESTART_FIRST_MS = 300;
export const RESTART_LAST_MS = 3000;

/** How long after its Ack a request may be a repeated one, ms. */
const REPEAT_MS = 10000;

/** Octets of a rejected packet that are sent back, at most: the peer only wants to see which it was. */
const REJECTED_MAX = 500;

/** Room for what is built to be sent: what nearly all of it takes, and PAP's request with two credentials of 255 octets. */
export const CONTROL_FIRST = 128;
export const CONTROL_BUFFER = 520;

/** Puts the machine back to where it waits for the layer below; `ours` is what to ask for. */
export function fsmReset(fsm: Fsm, ours: Values): void {
  fsm._state = State.Starting;
  fsm._timeoutAtMs = Infinity;
  fsm._naksSent = fsm._naksTaken = fsm._peerId = 0;
  fsm._ours = ours;
  fsm._theirs = {};
}

/** Runs one cell of the table. The packet buf[at, end) is the one that came, or the reply made in its place. */
export function fsmEvent(fsm: Fsm, event: Event, buf?: Uint8Array, at?: number, end?: number): void {
  const link = fsm._link;
  const before = fsm._state;
  const cell = cellOf(event, before);
  const next: State = (cell & Do.Next || before + 1) - 1;
  const protocol = fsm._protocol;
  fsm._state = next;
  if (before === State.Opened && next !== before) {
    fsm._layer(fsm, Layer.Down);
  }
  if (cell & (Do.Irc | Do.Zrc)) {
    fsm._restartCount = cell & Do.Zrc ? 0 : cell & Do.Str ? MAX_TERMINATE : link._maxConfigure;
    fsm._restartMs = cell & Do.Str ? RESTART_FIRST_MS : Math.min(link._restartMs, RESTART_LAST_MS);
    fsm._id = -1;
  }
  if (next < State.Closing || next === State.Opened) {
    fsm._timeoutAtMs = Infinity;
  } else if (cell & (Do.Irc | Do.Zrc | Do.Scr | Do.Str)) {
    fsm._timeoutAtMs = link._nowMs + fsm._restartMs;
  }
  if (cell & (Do.Scr | Do.Str)) {
    if (fsm._id < 0) {
      fsm._id = ++link._lastId & 255;
    }
    fsm._restartCount--;
    fsm._restartMs = Math.min(2 * fsm._restartMs, RESTART_LAST_MS);
    sendControl(
      link,
      protocol,
      cell & Do.Scr ? Code.ConfigureRequest : Code.TerminateRequest,
      fsm._id,
      cell & Do.Scr ? emitOptions(fsm) : CONTROL_HEADER,
    );
  }
  if (cell & (Do.Sca | Do.Scn)) {
    link._send(protocol, buf as Uint8Array, at as number, end as number);
  }
  if (cell & Do.Sta) {
    // An unexpected packet is answered as well, under its own identifier.
    sendControl(link, protocol, Code.TerminateAck, (buf as Uint8Array)[(at as number) + 1], CONTROL_HEADER);
  }
  // Last, since these may come back with another event.
  if (next === State.Opened && next !== before) {
    fsm._naksTaken = 0;
    fsm._layer(fsm, Layer.Up);
  }
  if (cell & Do.Tlf) {
    fsm._layer(fsm, Layer.Finished);
  }
}

export function fsmPoll(fsm: Fsm): void {
  const link = fsm._link;
  if (link._nowMs >= fsm._timeoutAtMs) {
    if (fsm._state === State.AckRcvd && !link._silent) {
      // The peer's request or our reply to it was lost, and it would sit out its own timer, which is 3 s with pppd. A Nak
      // that names nothing lets it ask again (RCN in Ack-Sent); which identifier it takes is known but for one, and a
      // Nak of another is dropped.
      sendControl(link, fsm._protocol, Code.ConfigureNak, fsm._peerId, CONTROL_HEADER);
      sendControl(link, fsm._protocol, Code.ConfigureNak, fsm._peerId + 1, CONTROL_HEADER);
    }
    fsmEvent(fsm, fsm._restartCount > 0 ? Event.TimeoutMore : Event.TimeoutLast);
  }
}

/**
 * Takes the packet buf[at, end) of this protocol. Replies are made in place, so buf is changed.
 * @param end as controlEnd() says
 * @returns false when it was dropped
 */
export function fsmInput(fsm: Fsm, buf: Uint8Array, at: number, end: number): boolean {
  const link = fsm._link;
  const code = buf[at];
  const data = at + CONTROL_HEADER;
  let event: Event;
  const isValid = optionsValid(buf, data, end);
  if (end < 0 || fsm._state < State.Closed || (code > 0 && code <= Code.ConfigureReject && !isValid)) {
    return false;
  }
  switch (code) {
    case Code.ConfigureRequest: {
      const request = copyOf(buf, at, end);
      fsm._peerId = request[1];
      end = reply(fsm, request, buf, at);
      event = Event.BadRequest;
      if (buf[at] === Code.ConfigureAck) {
        if (
          fsm._state === State.Opened &&
          link._nowMs < fsm._ackedAtMs + REPEAT_MS &&
          sameBytes(buf, at, fsm._acked, 0, request.length)
        ) {
          // Sent again because the Ack took its time. To begin anew for it, as §4.1 does for any request, would go on
          // for ever between two ends on a slow line.
          link._send(fsm._protocol, buf, at, end);
          return true;
        }
        fsm._naksSent = 0;
        request[0] = Code.ConfigureAck;
        fsm._acked = request;
        fsm._ackedAtMs = link._nowMs;
        event = Event.GoodRequest;
      }
      break;
    }
    case Code.ConfigureAck:
    case Code.ConfigureNak:
    case Code.ConfigureReject: {
      if (buf[at + 1] !== fsm._id) {
        // It answers a retransmission of what is settled already: the line is slower than thought, so the next
        // retransmissions come later, because a peer may begin anew for each.
        link._restartMs = Math.min(2 * link._restartMs, RESTART_LAST_MS);
        return false;
      }
      const isOurs = areOurs(fsm, code, buf, data, end);
      if (code !== Code.ConfigureNak && !isOurs) {
        return false;
      }
      event = Event.ConfigureAck;
      if (code !== Code.ConfigureAck) {
        const reject = code === Code.ConfigureReject || ++fsm._naksTaken > fsm._maxNaks;
        // When nothing is left that it could want changed, it is a dialogue without end.
        event = fsm._naksTaken > 2 * fsm._maxNaks ? Event.RejectFatal : Event.ConfigureNak;
        let same = !reject && fsm !== link._lcp;
        fsm._id = -1;
        for (let i = data; i < end; i += buf[i + 1]) {
          const before = fsm._ours[buf[i]];
          const now = reject ? undefined : fsm._naked(fsm, buf[i], buf[i + 1], getU32(buf, i + 2), buf, i);
          fsm._ours[buf[i]] = now;
          same = same && now === before;
        }
        if (same && event === Event.ConfigureNak && (fsm._state === State.ReqSent || fsm._state === State.AckSent)) {
          // There is nothing else to ask for: the peer stalls until it knows more. It is asked again, but later.
          fsm._restartCount = link._maxConfigure;
          fsm._timeoutAtMs = link._nowMs + fsm._restartMs;
          return true;
        }
      }
      break;
    }
    case Code.TerminateRequest:
    case Code.TerminateAck:
      event = code + (Event.TerminateRequest - Code.TerminateRequest);
      break;
    case Code.CodeReject:
      // A peer that does not know the basic codes cannot be talked to.
      event = end > data && buf[data] > 0 && buf[data] <= Code.CodeReject ? Event.RejectFatal : Event.RejectPermitted;
      break;
    default:
      sendRejected(fsm, Code.CodeReject, CONTROL_HEADER, buf, at, end);
      return true;
  }
  fsmEvent(fsm, event, buf, at, end);
  return true;
}

/** Makes the reply to a Configure-Request at buf[at...]; returns its end. */
function reply(fsm: Fsm, request: Uint8Array, buf: Uint8Array, at: number): number {
  let code: number = Code.ConfigureAck;
  let to = at + CONTROL_HEADER;
  let length: number;
  fsm._theirs = {};
  for (let i = CONTROL_HEADER; i < request.length; i += length) {
    const type = request[i];
    const value = getU32(request, i + 2);
    length = request[i + 1];
    const known = fsm._lengths[type] === length || fsm._lengths[type] === 0;
    const wanted = known ? fsm._judge(fsm, type, length, value, request, i) : undefined;
    const verdict =
      wanted === value
        ? Code.ConfigureAck
        : wanted && fsm._naksSent < MAX_FAILURE
          ? Code.ConfigureNak
          : Code.ConfigureReject;
    fsm._theirs[type] = value;
    if (verdict > code) {
      // §5.4: rejects go first, and alone.
      code = verdict;
      to = at + CONTROL_HEADER;
    }
    if (to > at + i) {
      break; // A suggestion was longer than what it replaces. A reply may leave out the rest: the peer asks again.
    }
    if (verdict === code) {
      if (verdict === Code.ConfigureNak) {
        to = emitOption(fsm, buf, to, type, wanted as number);
      } else {
        putBytes(buf, to, request, i, i + length);
        to += length;
      }
    }
  }
  if (code === Code.ConfigureNak) {
    fsm._naksSent++;
  }
  buf[at] = code;
  putU16(buf, at + 2, to - at);
  return to;
}

/**
 * Whether [at, end) is options of our request, unchanged and in order: all of them in an Ack (§5.2), at least one in a
 * Reject (§5.4).
 */
function areOurs(fsm: Fsm, code: number, buf: Uint8Array, at: number, end: number): boolean {
  const mine = fsm._link._buf;
  const mineEnd = emitOptions(fsm);
  const length = end - at;
  for (let m = CONTROL_HEADER; m < mineEnd && at < end; m += mine[m + 1]) {
    if (sameBytes(buf, at, mine, m, mine[m + 1])) {
      at += mine[m + 1];
    }
  }
  return at === end && (code === Code.ConfigureAck ? length === mineEnd - CONTROL_HEADER : length > 0);
}

/** Writes our options behind the header in the link's buffer; returns the end. The same state gives the same bytes. */
function emitOptions(fsm: Fsm): number {
  let at = CONTROL_HEADER;
  for (const type in fsm._ours) {
    const value = fsm._ours[type];
    if (value !== undefined) {
      at = emitOption(fsm, fsm._link._buf, at, +type, value);
    }
  }
  return at;
}

/** Writes an option; returns its end. */
function emitOption(fsm: Fsm, buf: Uint8Array, at: number, type: number, value: number): number {
  // CHAP is named by its algorithm as well, PAP by its number alone.
  const length = fsm._lengths[type] || (value & 0xff00 ? 5 : 4);
  buf[at] = type;
  buf[at + 1] = length;
  // No octet more: in a buffer of frames the next one may begin behind the FCS and flag of a malformed option.
  for (let i = 2; i < length; i++) {
    buf[at + i] = value >>> (40 - 8 * i);
  }
  if (fsm._putOption) {
    fsm._putOption(buf, at, value);
  }
  return at + length;
}

/** Sends the control packet whose data stands in the link's buffer from 4 to end. */
export function sendControl(link: Link, protocol: number, code: number, id: number, end: number): void {
  const buf = link._buf;
  buf[0] = code;
  buf[1] = id;
  putU16(buf, 2, end);
  link._send(protocol, buf, 0, end);
}

/** Sends back a packet that nobody here understands, behind what stands in the link's buffer up to `to`. */
export function sendRejected(fsm: Fsm, code: number, to: number, buf: Uint8Array, at: number, end: number): void {
  const link = fsm._link;
  const stop = Math.min(end, at + REJECTED_MAX);
  link._buf = grown(link._buf, to + stop - at, CONTROL_BUFFER);
  putBytes(link._buf, to, buf, at, stop);
  sendControl(link, fsm._protocol, code, ++link._lastId, to + stop - at);
}
