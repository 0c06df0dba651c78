/**
 * Authenticating ourselves to a peer that asks: PAP (RFC 1334 §2) and CHAP with MD5 (RFC 1994). The other side of both
 * is in server.ts.
 */

import { copyOf } from '../wire/bytes';
import { CONTROL_HEADER, Protocol, controlEmit, controlEnd } from '../wire/control';
import { md5 } from '../wire/md5';
import { RESTART_LAST_MS, Shared } from './fsm';

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

/** The link's side. */
export interface AuthOwner {
  _shared: Shared;
  /** Our name and secret, at most 255 octets each. */
  _user: Uint8Array;
  _key: Uint8Array;
  _send(protocol: number, plain: boolean, buf: Uint8Array, at: number, end: number): void;
  /** We have authenticated ourselves, or could not. */
  _authenticated(ok: boolean): void;
}

export interface Auth {
  _owner: AuthOwner;
  /** PAP repeats its request at this time; CHAP gives up. */
  _atMs: number;
  _intervalMs: number;
  _triesLeft: number;
  /** Identifier of the last PAP request or CHAP response; -1 when none waits for a verdict. */
  _id: number;
}

/** PAP's requests, and how long CHAP's verdict is waited for, ms; RFC 1994 gives no figure. */
const PAP_TRIES = 10;
const CHAP_TIMEOUT_MS = 30000;

export function createAuth(owner: AuthOwner): Auth {
  return { _owner: owner, _atMs: Infinity, _intervalMs: 0, _triesLeft: 0, _id: -1 };
}

/** LCP is open and the peer wants `protocol`. */
export function authStart(auth: Auth, protocol: number): void {
  const shared = auth._owner._shared;
  auth._atMs = shared._nowMs + CHAP_TIMEOUT_MS;
  auth._triesLeft = 0;
  if (protocol === Protocol.Pap) {
    auth._triesLeft = PAP_TRIES;
    auth._intervalMs = shared._restartMs;
    sendPapRequest(auth);
  }
}

export function authStop(auth: Auth): void {
  auth._atMs = Infinity;
  auth._id = -1;
}

/** @returns false when the peer has never answered */
export function authPoll(auth: Auth): boolean {
  if (auth._owner._shared._nowMs >= auth._atMs) {
    if (auth._triesLeft <= 0) {
      authStop(auth);
      return false;
    }
    sendPapRequest(auth);
  }
  return true;
}

function sendPapRequest(auth: Auth): void {
  const owner = auth._owner;
  const buf = owner._shared._buf;
  const key = CONTROL_HEADER + 1 + owner._user.length;
  auth._triesLeft--;
  auth._atMs = owner._shared._nowMs + auth._intervalMs;
  auth._intervalMs = Math.min(2 * auth._intervalMs, RESTART_LAST_MS);
  auth._id = (auth._id + 1) & 255;
  buf[CONTROL_HEADER] = owner._user.length;
  buf.set(owner._user, CONTROL_HEADER + 1);
  buf[key] = owner._key.length;
  buf.set(owner._key, key + 1);
  authSend(owner, Protocol.Pap, PapCode.Request, auth._id, key + 1 + owner._key.length);
}

/** Sends the packet whose data stands in the shared buffer from 4 to end. */
export function authSend(owner: AuthOwner, protocol: number, code: number, id: number, end: number): void {
  const shared = owner._shared;
  controlEmit(shared._buf, 0, end, code, id);
  owner._send(protocol, false, shared._buf, 0, end);
}

/** Takes a packet of PAP or CHAP; returns false when it was dropped. */
export function authInput(auth: Auth, protocol: number, buf: Uint8Array, at: number, end: number): boolean {
  const stop = controlEnd(buf, at, end);
  if (stop < 0) {
    return false;
  }
  const code = buf[at];
  const id = buf[at + 1];
  if (protocol === Protocol.Chap && code === ChapCode.Challenge) {
    return answerChallenge(auth, buf, id, at + CONTROL_HEADER, stop);
  }
  const yes = protocol === Protocol.Pap ? PapCode.Ack : ChapCode.Success;
  // All requests of PAP say the same, so whichever was answered.
  if (auth._id < 0 || (code !== yes && code !== yes + 1) || (protocol === Protocol.Chap && id !== auth._id)) {
    return false;
  }
  authStop(auth);
  auth._owner._authenticated(code === yes);
  return true;
}

/** RFC 1994 §4.1; it may come at any time, also long after the first. */
function answerChallenge(auth: Auth, buf: Uint8Array, id: number, at: number, end: number): boolean {
  const owner = auth._owner;
  const value = at + 1;
  const valueEnd = value + buf[at];
  if (value >= valueEnd || valueEnd > end) {
    return false;
  }
  auth._id = id;
  authSend(
    owner,
    Protocol.Chap,
    ChapCode.Response,
    id,
    emitChapValue(owner, chapDigest(id, owner._key, copyOf(buf, value, valueEnd))),
  );
  return true;
}

/** MD5 over identifier, secret and challenge. */
export function chapDigest(id: number, secret: Uint8Array, challenge: Uint8Array): Uint8Array {
  const length = 1 + secret.length;
  const message = new Uint8Array(length + challenge.length);
  message[0] = id;
  message.set(secret, 1);
  message.set(challenge, length);
  return md5(message);
}

/** Writes value size, value and our name, the body of Challenge and Response (§4.1); returns the end. */
export function emitChapValue(owner: AuthOwner, value: Uint8Array): number {
  const buf = owner._shared._buf;
  const name = CONTROL_HEADER + 1 + value.length;
  buf[CONTROL_HEADER] = value.length;
  buf.set(value, CONTROL_HEADER + 1);
  buf.set(owner._user, name);
  return name + owner._user.length;
}
