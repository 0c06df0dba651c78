/**
 * The server's role of a link: waits for its peer, demands PAP (RFC 1334 §2), CHAP with MD5 (RFC 1994) or
 * MSCHAPv2 (RFC 2759), gives out addresses. Only what runs on a computer imports it.
 */

import { copyOf, grown, latin1Bytes, latin1Text, putU32, sameBytes } from '../wire/bytes';
import { CONTROL_HEADER, Protocol } from '../wire/control';
import { MsChap, authenticatorProof, hexText, ntResponse } from '../wire/mschap';
import { ChapCode, PapCode, chapDigest, sendChap } from './auth';
import { Event, State } from './automaton';
import { addExtra } from './extra';
import { CONTROL_BUFFER, RESTART_LAST_MS, fsmEvent, sendControl } from './fsm';
import { Layer, Values } from './fsm-types';
import { Option as IpcpOption } from './ipcp';
import { Option } from './lcp-options';
import { AUTH_PEERS, AuthOption, Extra, Link, Phase } from './link-types';
import { authenticated } from './phases';

export interface ServerConfig {
  /** Protocol.Pap, Protocol.Chap, AuthOption.MsChap2, or 0 for whoever comes. */
  _demandAuth: number;
  /** The secret of a name, or null for a stranger. */
  _secretOf: (user: string) => Uint8Array | null;
  /** Unsigned 32-bit addresses: ours, the peer's, and the name servers it is given (0 for none). */
  _address: number;
  _peerAddress: number;
  _dns1: number;
  _dns2: number;
}

/** How long the peer has to say its name, ms; a Challenge is repeated meanwhile. */
const TIMEOUT_MS = 30000;

const CHALLENGE_SIZE = 16;
const DIGEST_SIZE = 16;

/** The option that stands for a protocol. */
const OPTIONS: { [protocol: number]: AuthOption } = {};
OPTIONS[Protocol.Pap] = AuthOption.Pap;
OPTIONS[Protocol.Chap] = AuthOption.Chap;

interface Verifier extends Extra {
  _link: Link;
  _config: ServerConfig;
  _id: number;
  _challenge: Uint8Array;
  /** The verdict on `_id`'s Response, so that a repeated one gets the same (RFC 1994 §4.1): 0 for none yet. */
  _verdict: number;
  /** What goes with it. */
  _message: Uint8Array;
  _challengeAtMs: number;
  _intervalMs: number;
  _giveUpAtMs: number;
}

/** Makes a server of a link; before linkOpen. */
export function makeServer(link: Link, config: ServerConfig): void {
  const demand = config._demandAuth;
  const gives: Values = {};
  const layer = link._lcp._layer;
  const server: Verifier = {
    _link: link,
    _config: config,
    _id: 0,
    _challenge: new Uint8Array(CHALLENGE_SIZE),
    _verdict: 0,
    _message: new Uint8Array(0),
    _challengeAtMs: Infinity,
    _intervalMs: 0,
    _giveUpAtMs: Infinity,
    _input: function (protocol, buf, at, _end, stop) {
      return input(server, protocol, buf, at, stop);
    },
    _network: function () {},
    _rejected: function () {},
    _poll: function () {
      poll(server);
    },
    _pollAt: function () {
      return isRefused(link) || hasGone(link) ? link._nowMs : Math.min(server._giveUpAtMs, server._challengeAtMs);
    },
  };
  // Messages for people are among what it sends.
  link._buf = grown(link._buf, CONTROL_BUFFER, CONTROL_BUFFER);
  addExtra(link, server);
  link._silent = true;
  link._user = link._key = new Uint8Array(0);
  link._demandAuth = OPTIONS[demand] || demand || undefined;
  link._address = config._address;
  link._dns = undefined;
  gives[IpcpOption.Address] = config._peerAddress;
  gives[IpcpOption.Dns1] = config._dns1;
  gives[IpcpOption.Dns2] = config._dns2;
  link._ipcp._judge = function (_ipcp, type) {
    return gives[type] || undefined;
  };
  link._lcp._layer = function (lcp, what) {
    const begins = what === Layer.Up && demand;
    stop(server);
    if (begins) {
      link._authPending = AUTH_PEERS;
    }
    layer(lcp, what);
    if (begins) {
      start(server);
    }
  };
}

function start(server: Verifier): void {
  const link = server._link;
  server._giveUpAtMs = link._nowMs + TIMEOUT_MS;
  if (server._config._demandAuth !== Protocol.Pap) {
    for (let i = 0; i < CHALLENGE_SIZE; i += 4) {
      putU32(server._challenge, i, link._owner._random32());
    }
    server._id = (server._id + 1) & 255;
    server._verdict = 0;
    server._intervalMs = link._restartMs;
    sendChallenge(server);
  }
}

function stop(server: Verifier): void {
  server._giveUpAtMs = server._challengeAtMs = Infinity;
}

function sendChallenge(server: Verifier): void {
  server._challengeAtMs = server._link._nowMs + server._intervalMs;
  server._intervalMs = Math.min(2 * server._intervalMs, RESTART_LAST_MS);
  sendChap(server._link, ChapCode.Challenge, server._id, server._challenge);
}

function poll(server: Verifier): void {
  const link = server._link;
  const nowMs = link._nowMs;
  if (hasGone(link)) {
    fsmEvent(link._lcp, Event.TimeoutLast);
  } else if (nowMs >= server._giveUpAtMs || isRefused(link)) {
    stop(server);
    authenticated(link, AUTH_PEERS, false);
  } else if (nowMs >= server._challengeAtMs) {
    sendChallenge(server);
  }
}

/**
 * Whether the peer has terminated the link and been acknowledged. To pause then is of no use to a server (RFC 1661
 * §4.4, zrc): opened again, it acknowledges a repeated Terminate-Request just so, and hears a peer that is back at once.
 */
function hasGone(link: Link): boolean {
  const lcp = link._lcp;
  // A Terminate-Request of our own would have its identifier here.
  return (lcp._state === State.Closing || lcp._state === State.Stopping) && lcp._id < 0;
}

/** Whether the peer has rejected the option that asks it to authenticate itself. */
function isRefused(link: Link): boolean {
  const phase = link._phase;
  return (
    (phase === Phase.Establish || phase === Phase.Authenticate) &&
    link._demandAuth !== undefined &&
    link._lcp._ours[Option.Auth] === undefined
  );
}

function input(server: Verifier, protocol: number, buf: Uint8Array, at: number, end: number): boolean {
  const demand = server._config._demandAuth;
  if (end < 0 || !demand || protocol !== (demand === Protocol.Pap ? demand : Protocol.Chap)) {
    return false;
  }
  const body = at + CONTROL_HEADER;
  if (protocol === Protocol.Pap) {
    return buf[at] === PapCode.Request && inputPap(server, buf, buf[at + 1], body, end);
  }
  return buf[at] === ChapCode.Response && inputChap(server, buf, buf[at + 1], body, end);
}

/** A repeated request gets the same verdict again (RFC 1334 §2.2.1). */
function inputPap(server: Verifier, buf: Uint8Array, id: number, at: number, end: number): boolean {
  const link = server._link;
  const user = at + 1;
  const userEnd = user + buf[at];
  const key = userEnd + 1;
  if (user > end || key > end || key + buf[userEnd] > end) {
    return false;
  }
  const secret = server._config._secretOf(latin1Text(buf, user, userEnd));
  const ok = !!secret && secret.length === buf[userEnd] && sameBytes(secret, 0, buf, key, secret.length);
  stop(server);
  link._buf[CONTROL_HEADER] = 0;
  sendControl(link, Protocol.Pap, ok ? PapCode.Ack : PapCode.Nak, id, CONTROL_HEADER + 1);
  authenticated(link, AUTH_PEERS, ok);
  return true;
}

function inputChap(server: Verifier, buf: Uint8Array, id: number, at: number, end: number): boolean {
  const link = server._link;
  const value = at + 1;
  const isMsChap = server._config._demandAuth === AuthOption.MsChap2;
  const size = isMsChap ? MsChap.Response : DIGEST_SIZE;
  const name = value + size;
  if (id !== server._id || name > end || buf[at] !== size) {
    return false;
  }
  if (!server._verdict) {
    const secret = server._config._secretOf(latin1Text(buf, name, end));
    const verify = isMsChap ? verifyMsChap : verifyMd5;
    server._verdict = verify(server, secret, buf, value, name, end) ? ChapCode.Success : ChapCode.Failure;
    stop(server);
  }
  link._buf.set(server._message, CONTROL_HEADER);
  sendControl(link, Protocol.Chap, server._verdict, id, CONTROL_HEADER + server._message.length);
  authenticated(link, AUTH_PEERS, server._verdict === ChapCode.Success);
  return true;
}

function verifyMd5(server: Verifier, secret: Uint8Array | null, buf: Uint8Array, value: number): boolean {
  const challenge = server._challenge;
  return (
    !!secret && sameBytes(chapDigest(server._id, secret, challenge, 0, CHALLENGE_SIZE), 0, buf, value, DIGEST_SIZE)
  );
}

/** RFC 2759 §5 and §6 say what goes with the verdict; nobody gets a second try under the same link. */
function verifyMsChap(
  server: Verifier,
  secret: Uint8Array | null,
  buf: Uint8Array,
  value: number,
  name: number,
  end: number,
): boolean {
  const challenge = server._challenge;
  const peerChallenge = copyOf(buf, value, value + MsChap.Challenge);
  const user = copyOf(buf, name, end);
  const expected = secret && ntResponse(challenge, peerChallenge, user, secret);
  const ok = !!secret && !!expected && sameBytes(expected, 0, buf, value + MsChap.NtAt, MsChap.NtAt);
  server._message = ok
    ? authenticatorProof(challenge, peerChallenge, user, secret, expected)
    : latin1Bytes('E=691 R=0 C=' + hexText(challenge) + ' V=3');
  return ok;
}
