/**
 * One PPP link (RFC 1661 §3): phases, authentication, the way in and out of packets.
 * Doors: linkOpen, linkClose, linkInput, linkPoll, linkPollAt, linkSend. Time, randomness and bytes are handed in.
 *
 * Not done here: compression, multilink, callback, link quality reports.
 */

import { Protocol } from '../wire/control';
import { Auth, AuthOwner, authPoll, authStart, authStop, createAuth } from './auth';
import { Event, State } from './automaton';
import { Encoder, createEncoder, encodeFrame, encoderReset } from './encoder';
import { Framer, createFramer, framerInput, framerReset } from './framer';
import { REPLY_AT, RESTART_FIRST_MS, Shared, fsmEvent, fsmPoll, fsmReset } from './fsm';
import { Ipcp, IpcpOwner, Option as IpcpOption, createIpcp, ipcpReset } from './ipcp';
import { CHAP_MD5, DEFAULT_MRU, Lcp, LcpOwner, Option, createLcp, lcpEcho, lcpReset } from './lcp';
import { heard, inputFrame } from './link-input';
import { AUTH_OURS, AUTH_PEERS, LinkConfig, LinkOwner, LinkStats, Phase, Reason, Server } from './link-types';

export { Phase } from './link-types';
export type { LinkConfig, LinkOwner, LinkStats, Reason, Server } from './link-types';

/** Requests for the preferred authentication before the peer's own choice is taken. */
const PREFERENCE_NAKS = 2;

/** Unanswered echoes that make a dead peer. */
const ECHO_LIMIT = 3;

export class Link implements AuthOwner, LcpOwner, IpcpOwner {
  _owner!: LinkOwner;
  _config!: LinkConfig;
  _phase!: Phase;
  _reason!: Reason;
  _shared!: Shared;
  _framer!: Framer;
  _encoder!: Encoder;
  _lcp!: Lcp;
  _ipcp!: Ipcp;
  _auth!: Auth;
  _server!: Server | null;
  /** Bits AUTH_OURS and AUTH_PEERS. */
  _authPending!: number;
  _authNaks!: number;
  /** Our own name and secret, for a peer that asks. */
  _user!: Uint8Array;
  _key!: Uint8Array;
  _echoAtMs!: number;
  _echoesUnanswered!: number;
  _stats!: LinkStats;
  _write!: (bytes: Uint8Array) => void;

  constructor(owner: LinkOwner, mtu: number, frameBuffer: number) {
    const self = this;
    const control = new Uint8Array(2 * REPLY_AT);
    self._owner = owner;
    self._config = { _preferAuth: 0, _mru: DEFAULT_MRU, _address: 0, _askDns: true, _keepaliveMs: 7500 };
    self._phase = Phase.Dead;
    self._reason = '';
    self._shared = {
      _nowMs: 0,
      _buf: control,
      _restartMs: RESTART_FIRST_MS,
    };
    self._framer = createFramer(frameBuffer, function (buf, at, end) {
      inputFrame(self, buf, at, end);
    });
    self._encoder = createEncoder(mtu);
    self._lcp = createLcp(self, self._shared);
    self._ipcp = createIpcp(self, self._shared);
    self._auth = createAuth(self);
    self._server = null;
    self._authPending = self._authNaks = self._echoesUnanswered = 0;
    self._user = self._key = new Uint8Array(0);
    self._echoAtMs = Infinity;
    self._write = function (bytes) {
      self._stats.txBytes += bytes.length;
      owner._write(bytes);
    };
    self._stats = { txBytes: 0, txFrames: 0, dropped: 0 };
  }

  _random32(): number {
    return this._owner._random32();
  }

  _send(protocol: number, plain: boolean, buf: Uint8Array, at: number, end: number): void {
    const link = this;
    if (link._owner._trace) {
      link._owner._trace(true, protocol, buf, at, end);
    }
    const write = link._write;
    link._stats.txFrames++;
    write(encodeFrame(link._encoder, plain, protocol, buf, at, end, link._shared._nowMs, write));
  }

  _lcpUp(): void {
    const link = this;
    const lcp = link._lcp;
    const encoder = link._encoder;
    encoder._accm = lcp._peerAccm;
    encoder._pfc = (lcp._peerHas & (1 << Option.Pfc)) !== 0;
    encoder._acfc = (lcp._peerHas & (1 << Option.Acfc)) !== 0;
    if (lcp._want & (1 << Option.Accm)) {
      link._framer._accm = 0;
    }
    heard(link);
    link._authPending = (lcp._peerAuth ? AUTH_OURS : 0) | (link._server && link._server._demands ? AUTH_PEERS : 0);
    if (!link._authPending) {
      startNetwork(link);
      return;
    }
    setPhase(link, Phase.Authenticate);
    if (link._server && link._server._demands) {
      link._server._start();
    }
    if (lcp._peerAuth) {
      authStart(link._auth, lcp._peerAuth);
    }
  }

  _lcpDown(): void {
    const link = this;
    encoderReset(link._encoder);
    stopTimers(link);
    fsmEvent(link._ipcp._fsm, Event.Down);
    if (link._lcp._fsm._state === State.Stopping) {
      // The peer has sent a Terminate-Request. During authentication that is its way of saying no (RFC 1994 §4.1).
      link._reason = link._reason || (link._phase === Phase.Authenticate ? 'auth-failed' : 'terminated');
      setPhase(link, Phase.Terminate);
    } else if (link._phase !== Phase.Terminate) {
      // Not when the link ends: what is still on its way was sent unescaped.
      link._framer._accm = -1;
      resetNetwork(link);
      setPhase(link, Phase.Establish);
    }
  }

  _lcpFinished(): void {
    const link = this;
    link._reason = link._reason || (link._phase === Phase.Establish ? 'no-answer' : 'terminated');
    ended(link);
  }

  _protocolRejected(protocol: number): void {
    if (protocol === Protocol.Lcp) {
      fsmEvent(this._lcp._fsm, Event.RejectFatal);
    } else if (protocol === Protocol.Ipcp) {
      fsmEvent(this._ipcp._fsm, Event.RejectFatal);
    }
  }

  _loopback(): void {
    fail(this, 'loopback');
  }

  _authRefused(): void {
    fail(this, 'auth-failed');
  }

  /** Any of PAP and CHAP-MD5 is right unless the other one was asked for, and then too if the peer insists. */
  _preferAuth(protocol: number, algorithm: number): number {
    const known = protocol === Protocol.Pap || (protocol === Protocol.Chap && algorithm === CHAP_MD5);
    const prefer = this._config._preferAuth;
    if (!known) {
      return prefer || Protocol.Chap;
    }
    return prefer && prefer !== protocol && this._authNaks++ < PREFERENCE_NAKS ? prefer : 0;
  }

  _authenticated(ok: boolean): void {
    authenticated(this, ok, AUTH_OURS);
  }

  /** The peer has authenticated itself, or could not. */
  _peerAuthenticated(ok: boolean): void {
    authenticated(this, ok, AUTH_PEERS);
  }

  _ipcpUp(): void {
    if (linkAddress(this)) {
      setPhase(this, Phase.Running);
    } else {
      fail(this, 'no-address');
    }
  }

  _ipcpDown(): void {
    if (this._lcp._fsm._state === State.Opened) {
      setPhase(this, Phase.Network);
    }
  }

  _ipcpFinished(): void {
    const link = this;
    if (link._phase === Phase.Network || link._phase === Phase.Running) {
      fail(link, 'no-address');
    }
  }
}

/**
 * @param mtu longest packet to be sent, octets
 * @param frameBuffer bytes for a frame on the wire: twice the MRU and overhead takes one with every octet escaped
 */
export function createLink(owner: LinkOwner, mtu: number, frameBuffer: number): Link {
  return new Link(owner, mtu, frameBuffer);
}

function setPhase(link: Link, phase: Phase): void {
  if (link._phase !== phase) {
    link._phase = phase;
    link._owner._phaseChanged(phase);
  }
}

/** Starts the link; a client speaks first, a server waits for its peer. */
export function linkOpen(link: Link, nowMs: number): void {
  const fsm = link._lcp._fsm;
  link._shared._nowMs = nowMs;
  link._shared._restartMs = RESTART_FIRST_MS;
  link._reason = '';
  link._authNaks = 0;
  framerReset(link._framer);
  encoderReset(link._encoder);
  lcpReset(link._lcp, link._config._mru);
  resetNetwork(link);
  setPhase(link, Phase.Establish);
  if (link._phase !== Phase.Establish) {
    return; // The owner closed it at the news.
  }
  if (link._server) {
    // pppd calls this "silent": a request into the void would only cost its timer.
    fsm._state = State.Stopped;
  } else {
    fsmEvent(fsm, Event.Open);
    fsmEvent(fsm, Event.Up);
  }
}

function resetNetwork(link: Link): void {
  ipcpReset(link._ipcp, link._config._address, link._config._askDns);
}

/** Ends the link in order: Terminate-Request, at most twice. Ends at once when there is nobody to tell. */
export function linkClose(link: Link, nowMs: number): void {
  link._shared._nowMs = nowMs;
  fail(link, 'user');
}

/** Ends the link because of `reason`; the first reason stays. */
function fail(link: Link, reason: Reason): void {
  const fsm = link._lcp._fsm;
  const state = fsm._state;
  if (link._phase === Phase.Dead) {
    return;
  }
  link._reason = link._reason || reason;
  if (reason === 'peer-dead') {
    // It will not hear a Terminate-Request either.
    link._lcpDown();
    ended(link);
  } else if (state < State.Closing) {
    ended(link);
  } else {
    setPhase(link, Phase.Terminate);
    if (state !== State.Closing) {
      fsmEvent(fsm, Event.Close);
    }
  }
}

function ended(link: Link): void {
  stopTimers(link);
  fsmReset(link._lcp._fsm);
  fsmReset(link._ipcp._fsm);
  setPhase(link, Phase.Dead);
  link._owner._ended();
}

function stopTimers(link: Link): void {
  authStop(link._auth);
  if (link._server) {
    link._server._stop();
  }
  link._echoAtMs = Infinity;
  link._authPending = 0;
}

function authenticated(link: Link, ok: boolean, who: number): void {
  if (!(link._authPending & who)) {
    // A challenge repeated in the network phase: only a no changes anything.
    if (!ok && link._phase >= Phase.Network && link._phase < Phase.Terminate) {
      fail(link, 'auth-failed');
    }
    return;
  }
  if (!ok) {
    fail(link, 'auth-failed');
    return;
  }
  link._authPending &= ~who;
  if (!link._authPending) {
    startNetwork(link);
  }
}

function startNetwork(link: Link): void {
  setPhase(link, Phase.Network);
  resetNetwork(link);
  fsmEvent(link._ipcp._fsm, Event.Open);
  fsmEvent(link._ipcp._fsm, Event.Up);
}

/**
 * Takes the first `length` bytes of chunk from the line.
 * @returns false when nothing has come of it yet
 */
export function linkInput(link: Link, chunk: Uint8Array, length: number, nowMs: number): boolean {
  link._shared._nowMs = nowMs;
  return link._phase !== Phase.Dead && framerInput(link._framer, chunk, length);
}

/** Sends the IP packet buf[at, end). Returns false, and drops it, when the link does not carry IP. */
export function linkSend(link: Link, buf: Uint8Array, at: number, end: number, nowMs: number): boolean {
  if (link._phase !== Phase.Running) {
    return false;
  }
  link._shared._nowMs = nowMs;
  link._send(Protocol.Ipv4, false, buf, at, end);
  return true;
}

/** Our address: as agreed, or as configured when the peer does not negotiate it. Unsigned 32-bit number, 0 for none. */
export function linkAddress(link: Link): number {
  return link._ipcp._ours[IpcpOption.Address] || link._config._address;
}

/** The largest packet that may be sent: the peer's MRU, at most `mtu`. */
export function linkMtu(link: Link, mtu: number): number {
  return link._lcp._peerMru < mtu ? link._lcp._peerMru : mtu;
}

export function linkPoll(link: Link, nowMs: number): void {
  link._shared._nowMs = nowMs;
  if (link._phase === Phase.Dead) {
    return;
  }
  fsmPoll(link._lcp._fsm);
  fsmPoll(link._ipcp._fsm);
  if (!authPoll(link._auth) || (link._server && !link._server._poll())) {
    fail(link, 'auth-failed');
  }
  if (nowMs >= link._echoAtMs) {
    if (link._echoesUnanswered >= ECHO_LIMIT) {
      fail(link, 'peer-dead');
      return;
    }
    link._echoesUnanswered++;
    link._echoAtMs = nowMs + link._config._keepaliveMs;
    lcpEcho(link._lcp);
  }
}

/** When linkPoll has something to do next, ms; Infinity for never. */
export function linkPollAt(link: Link): number {
  return Math.min(
    link._lcp._fsm._timeoutAtMs,
    link._ipcp._fsm._timeoutAtMs,
    link._auth._atMs,
    link._server ? link._server._pollAt() : Infinity,
    link._echoAtMs,
  );
}
