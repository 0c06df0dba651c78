/**
 * One PPP link (RFC 1661 §3): phases, authentication, the way in and out of packets.
 * Doors: linkOpen, linkClose, linkInput, linkPoll, linkPollAt, linkSend. Time, randomness and bytes are handed in.
 *
 * Not done here: compression, multilink, callback, link quality reports.
 */

import { Protocol } from '../wire/control';
import { PAP_TRIES, authPoll, authStart } from './auth';
import { Event, State } from './automaton';
import { createEncoder, encodeFrame, feedLine } from './encoder';
import { createFramer, framerInput, framerReset } from './framer';
import { CONTROL_FIRST, MAX_CONFIGURE, RESTART_FIRST_MS, fsmEvent, fsmPoll } from './fsm';
import { Fsm, Layer } from './fsm-types';
import { Option as IpcpOption, createIpcp } from './ipcp';
import { DEFAULT_MRU, createLcp, lcpEcho, lcpReset } from './lcp';
import { Option } from './lcp-options';
import { LINE_FEED, inputFrame, inputText } from './link-input';
import { AUTH_OURS, Echo, Link, LinkOwner, Phase } from './link-types';
import { endAtOnce, fail, lowerLayerDown, setPhase, startNetwork } from './phases';

export { AuthOption, Phase } from './link-types';
export type { Link, LinkConfig, LinkOwner, LinkStats, Reason } from './link-types';

/** After IP is up. */
const FIRST_ECHO_MS = 1000;

/** Unanswered echoes that make a dead peer. */
const ECHO_LIMIT = 3;

/**
 * @param mtu longest packet to be sent, octets
 * @param frameBuffer bytes for a frame of the MRU and for what comes with an event
 * @param piece octets of a packet that are framed and written at a time; without it, all of them
 * @param first bytes that the buffer for a frame begins with; without it, all of them
 */
export function createLink(owner: LinkOwner, mtu: number, frameBuffer: number, piece?: number, first?: number): Link {
  const stats = { txBytes: 0, txFrames: 0, dropped: 0 };
  const encoder = createEncoder(owner, stats, mtu, piece);
  const link: Link = {
    _mru: DEFAULT_MRU,
    _address: 0,
    _dns: 0,
    _keepaliveMs: 7500,
    _maxConfigure: MAX_CONFIGURE,
    _owner: owner,
    _phase: Phase.Dead,
    _reason: '',
    _stats: stats,
    _framer: createFramer(
      frameBuffer,
      function (buf, at, end) {
        inputFrame(link, buf, at, end);
      },
      first,
    ),
    _encoder: encoder,
    _buf: new Uint8Array(CONTROL_FIRST),
    _lastId: 0,
    _send: function (protocol: number, buf: Uint8Array, at: number, end: number): void {
      if (owner._trace) {
        owner._trace(true, protocol, buf, at, end);
      }
      stats.txFrames++;
      // LCP's codes 1 to 7 go out in the default framing, whatever was agreed (RFC 1662 §4.2); the others lose little.
      encodeFrame(encoder, protocol === Protocol.Lcp, protocol, buf, at, end, link._nowMs);
    },
  } as unknown as Link;
  link._sendIp = link._send;
  link._lcp = createLcp(link, lcpLayer);
  link._ipcp = createIpcp(link, ipcpLayer);
  return link;
}

function lcpLayer(lcp: Fsm, what: Layer): void {
  const link = lcp._link;
  if (what === Layer.Up) {
    lcpUp(link, lcp);
  } else if (what === Layer.Down) {
    lcpDown(link, lcp);
  } else {
    // After the last time-out nothing is left to count.
    endAtOnce(link, lcp._restartCount ? 'no-agreement' : 'no-answer');
  }
}

function lcpUp(link: Link, lcp: Fsm): void {
  const encoder = link._encoder;
  const theirs = lcp._theirs;
  const auth = (theirs[Option.Auth] as number) >>> 16;
  encoder._accm = Option.Accm in theirs ? (theirs[Option.Accm] as number) | 0 : -1;
  encoder._pfc = Option.Pfc in theirs;
  encoder._acfc = Option.Acfc in theirs;
  if (lcp._ours[Option.Accm] === 0) {
    link._framer._accm = 0;
  }
  link._echoLearned = Echo.Expected;
  link._echoesUnanswered = 0;
  link._echoAtMs = link._nowMs + link._keepaliveMs;
  lcp._timeoutAtMs = link._nowMs + link._restartMs;
  if (auth) {
    link._authPending |= AUTH_OURS;
  }
  if (link._authPending) {
    setPhase(link, Phase.Authenticate);
    if (auth) {
      authStart(link, auth);
    }
  } else {
    startNetwork(link);
  }
}

function lcpDown(link: Link, lcp: Fsm): void {
  lowerLayerDown(link);
  if (lcp._state === State.Stopping) {
    // The peer has sent a Terminate-Request. During authentication that is its way of saying no (RFC 1994 §4.1); pppd
    // takes the wish for another protocol for a refusal, goes on without and ends the link then.
    fail(link, link._phase <= link._authUntil ? 'auth-failed' : 'terminated');
  } else if (link._phase !== Phase.Terminate) {
    // Not when the link ends: what is still on its way was sent unescaped.
    link._framer._accm = -1;
    setPhase(link, Phase.Establish);
  }
}

function ipcpLayer(ipcp: Fsm, what: Layer): void {
  const link = ipcp._link;
  if (what === Layer.Down) {
    if (link._lcp._state === State.Opened) {
      setPhase(link, Phase.Network);
    }
  } else if (what === Layer.Up && linkAddress(link)) {
    // Soon, so that what comes in later tells whether echoes are answered.
    if (link._keepaliveMs < Infinity) {
      link._echoLearned = Echo.NotAsked;
      link._echoAtMs = link._nowMs + FIRST_ECHO_MS;
    }
    setPhase(link, Phase.Running);
  } else {
    fail(link, 'no-address');
  }
}

/** Starts the link; a client speaks first, a server waits for its peer. */
export function linkOpen(link: Link, nowMs: number): void {
  const lcp = link._lcp;
  link._nowMs = nowMs;
  link._restartMs = RESTART_FIRST_MS;
  link._reason = '';
  framerReset(link._framer);
  lowerLayerDown(link);
  lcpReset(link);
  setPhase(link, Phase.Establish);
  if (link._phase !== Phase.Establish) {
    return; // The owner closed it at the news.
  }
  if (link._silent) {
    // pppd calls this "silent": a request into the void would only cost its timer.
    lcp._state = State.Stopped;
  } else {
    fsmEvent(lcp, Event.Up);
  }
}

/** Ends the link in order: Terminate-Request, at most twice. Ends at once when there is nobody to tell. */
export function linkClose(link: Link, nowMs: number): void {
  link._nowMs = nowMs;
  fail(link, 'user');
}

/**
 * Takes the first `length` bytes of chunk from the line.
 * @returns false when nothing has come of it yet
 */
export function linkInput(link: Link, chunk: Uint8Array, length: number, nowMs: number): boolean {
  link._nowMs = nowMs;
  if (link._phase === Phase.Dead) {
    return false;
  }
  feedLine(link._encoder);
  const happened = framerInput(link._framer, chunk, length);
  if (happened) {
    feedLine(link._encoder);
  }
  return (chunk[length - 1] === LINE_FEED && inputText(link, length)) || happened;
}

/** Sends the IP packet buf[at, end). Returns false, and drops it, when the link does not carry IP. */
export function linkSend(link: Link, buf: Uint8Array, at: number, end: number, nowMs: number): boolean {
  if (link._phase !== Phase.Running) {
    return false;
  }
  link._nowMs = nowMs;
  link._sendIp(Protocol.Ipv4, buf, at, end);
  return true;
}

/** Our address: as agreed, or as configured when the peer does not negotiate it. Unsigned 32-bit number, 0 for none. */
export function linkAddress(link: Link): number {
  return link._ipcp._ours[IpcpOption.Address] || link._address;
}

/** The largest packet that may be sent: the peer's MRU, at most `mtu`. */
export function linkMtu(link: Link, mtu: number): number {
  return Math.min((link._lcp._theirs[Option.Mru] as number) >>> 16 || DEFAULT_MRU, mtu);
}

export function linkPoll(link: Link, nowMs: number): void {
  link._nowMs = nowMs;
  feedLine(link._encoder);
  if (link._lcp._state === State.Opened && nowMs >= link._lcp._timeoutAtMs) {
    repeatLast(link, link._lcp);
  }
  fsmPoll(link._lcp);
  fsmPoll(link._ipcp);
  authPoll(link);
  if (link._extra) {
    link._extra._poll();
  }
  if (nowMs >= link._echoAtMs) {
    keepAlive(link);
  }
}

/**
 * The peer says nothing since LCP came up, or since our Response to its Challenge. It would sit out its own timer, which
 * is 3 s with pppd.
 */
function repeatLast(link: Link, lcp: Fsm): void {
  const response = link._response;
  const last = response || lcp._acked;
  // A verdict of CHAP is waited for.
  const waits = link._authAtMs < Infinity && link._authTries >= PAP_TRIES;
  lcp._timeoutAtMs = waits ? link._nowMs + link._restartMs : Infinity;
  link._restartMs *= 2;
  if (waits && !response && link._authTries++ > PAP_TRIES) {
    // It has our Ack, so its Challenge was lost, which only the peer repeats; or it begins anew with us. The cell of the
    // table that says so is RCA in Opened.
    fsmEvent(lcp, Event.ConfigureAck);
  } else {
    // Perhaps it has not had our Ack. One that had it ignores another or, by the letter, begins anew. A second Response
    // is answered as the first one was (RFC 1994 §4.1).
    link._send(response ? Protocol.Chap : Protocol.Lcp, last, 0, last.length);
  }
}

/** Nothing has come for a while: asks the peer whether it lives, and does not wait for it for ever. */
function keepAlive(link: Link): void {
  const heardNothing = link._echoesUnanswered;
  const learned = link._echoLearned;
  if (heardNothing >= ECHO_LIMIT) {
    // It will not hear a Terminate-Request either.
    endAtOnce(link, 'peer-dead');
    return;
  }
  // A peer that answers no echo is missed only while it is sent something else.
  if (!heardNothing || link._stats.txFrames !== learned) {
    link._echoesUnanswered++;
  }
  link._echoAtMs = link._nowMs + link._keepaliveMs;
  lcpEcho(link);
  if (!learned) {
    link._echoLearned = Echo.Asked;
  } else if (learned > 0 || (learned === Echo.Asked && !heardNothing)) {
    // It has sent something since, but no answer.
    link._echoLearned = link._stats.txFrames;
  }
}

/** Silence that makes a dead peer, ms; 0 for never. */
export function linkKeepalive(link: Link, silenceMs: number, nowMs: number): void {
  link._keepaliveMs = silenceMs >> 2 || Infinity;
  if (link._lcp._state === State.Opened) {
    link._echoAtMs = nowMs + link._keepaliveMs;
  }
}

/** When linkPoll has something to do next, ms; Infinity for never. */
export function linkPollAt(link: Link): number {
  return (
    Math.min(
      link._encoder._held.length ? link._nowMs : Infinity,
      link._lcp._timeoutAtMs,
      link._ipcp._timeoutAtMs,
      link._authAtMs,
      link._extra ? link._extra._pollAt() : Infinity,
      link._echoAtMs,
    ) || Infinity // Before linkOpen there is nothing to compare.
  );
}
