/**
 * Authenticating ourselves to a peer that asks: PAP (RFC 1334 §2) and CHAP with MD5 (RFC 1994). The other side of both
 * is in server.ts.
 */

import { copyOf, getU16, grown, putBytes } from '../wire/bytes';
import { CONTROL_HEADER, Protocol } from '../wire/control';
import { md5, md5Room } from '../wire/md5';
import { CONTROL_BUFFER, RESTART_LAST_MS, sendControl } from './fsm';
import { AUTH_OURS, Link } from './link-types';
import { authenticated } from './phases';

export const enum PapCode {
  Request = 1,
  Ack = 2,
  Nak = 3,
}

export const enum ChapCode {
  Challenge = 1,
  Response = 2,
  Success = 3,
  Failure = 4,
}

/** A way to authenticate ourselves by CHAP that is none of the basic ones. */
export interface AuthMethod {
  /** The value of the Response to the challenge buf[at, end); null to drop it. */
  _respond(link: Link, id: number, buf: Uint8Array, at: number, end: number): Uint8Array | null;
  /** The peer has gone on without our having heard of a Success. */
  _repeat(link: Link): void;
  /** Whether the peer's verdict, with the message buf[at, end), is a yes. May set the link's reason. */
  _accepts(link: Link, isSuccess: boolean, buf: Uint8Array, at: number, end: number): boolean;
}

/** By their AuthOption; filled in by whoever wants one, before a link opens. */
export const authMethods: { [option: number]: AuthMethod } = {};

/** PAP's requests. CHAP's verdict is waited for as long as all of them take at most; RFC 1994 gives no figure. */
export const PAP_TRIES = 10;

/** LCP is open and the peer wants `protocol`. */
export function authStart(link: Link, protocol: number): void {
  // Around the credentials stands a Response of 49 octets at most.
  link._buf = grown(link._buf, link._user.length + link._key.length + 64, CONTROL_BUFFER);
  link._authTries = protocol === Protocol.Chap ? PAP_TRIES : 0;
  link._authAtMs = link._nowMs + link._authTries * RESTART_LAST_MS;
  authPoll(link);
}

export function authPoll(link: Link): void {
  if (link._nowMs >= link._authAtMs) {
    if (link._authTries >= PAP_TRIES) {
      // The peer has never answered.
      authenticated(link, AUTH_OURS, false);
    } else {
      link._authAtMs = link._nowMs + Math.min(link._restartMs << link._authTries++, RESTART_LAST_MS);
      link._authId = ++link._lastId;
      sendControl(
        link,
        Protocol.Pap,
        PapCode.Request,
        link._authId,
        putCounted(link, putCounted(link, CONTROL_HEADER, link._user), link._key),
      );
    }
  }
}

/** Takes a packet of PAP or CHAP whose end is as controlEnd() says; returns false when it was dropped. */
export function authInput(link: Link, protocol: number, buf: Uint8Array, at: number, end: number): boolean {
  const code = buf[at];
  const id = buf[at + 1];
  const chap = protocol === Protocol.Chap;
  const method = link._authMethod;
  const yes = chap ? ChapCode.Success : PapCode.Ack;
  if (chap && code === ChapCode.Challenge) {
    // RFC 1994 §4.1; it may come at any time, also long after the first.
    const value = at + (CONTROL_HEADER + 1);
    const valueEnd = value + buf[value - 1];
    if (value === valueEnd || valueEnd > end) {
      return false;
    }
    const answer = method
      ? method._respond(link, id, buf, value, valueEnd)
      : chapDigest(id, link._key, buf, value, valueEnd);
    if (answer) {
      link._authId = id;
      sendChap(link, ChapCode.Response, id, answer);
      link._response = copyOf(link._buf, 0, getU16(link._buf, 2));
      link._lcp._timeoutAtMs = link._nowMs + link._restartMs;
    }
    return !!answer;
  }
  // All requests of PAP say the same, so whichever was answered.
  if (end < 0 || link._authId < 0 || (code !== yes && code !== yes + 1) || (chap && id !== link._authId)) {
    return false;
  }
  authenticated(
    link,
    AUTH_OURS,
    method ? method._accepts(link, code === yes, buf, at + CONTROL_HEADER, end) : code === yes,
  );
  return true;
}

/** Sends a Challenge or Response (RFC 1994 §4.1): value size, value and our name. */
export function sendChap(link: Link, code: number, id: number, value: Uint8Array): void {
  const name = putCounted(link, CONTROL_HEADER, value);
  link._buf.set(link._user, name);
  sendControl(link, Protocol.Chap, code, id, name + link._user.length);
}

/** Writes a length of one octet, and bytes of that length, into the link's buffer; returns the end. */
function putCounted(link: Link, at: number, bytes: Uint8Array): number {
  link._buf[at++] = bytes.length;
  link._buf.set(bytes, at);
  return at + bytes.length;
}

/** MD5 over identifier, secret and the challenge buf[at, end). */
export function chapDigest(id: number, secret: Uint8Array, buf: Uint8Array, at: number, end: number): Uint8Array {
  const to = 1 + secret.length;
  const length = to + end - at;
  const message = md5Room(length);
  message[0] = id;
  message.set(secret, 1);
  putBytes(message, to, buf, at, end);
  return md5(message, length);
}
