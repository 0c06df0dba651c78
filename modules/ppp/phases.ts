/** The phases of a link (RFC 1661 §3) and its end. */

import { Event, State } from './automaton';
import { fsmEvent, fsmReset } from './fsm';
import { AUTH_OURS, Link, Phase, Reason } from './link-types';

export function setPhase(link: Link, phase: Phase): void {
  if (link._phase !== phase) {
    link._phase = phase;
    link._owner._phaseChanged(phase);
  }
}

/** Ends the link because of `reason`, in order when there is somebody to tell; the first reason stays. */
export function fail(link: Link, reason: Reason): void {
  const lcp = link._lcp;
  if (link._phase !== Phase.Dead) {
    link._reason = link._reason || reason;
    if (lcp._state < State.Closing) {
      endAtOnce(link, reason);
    } else {
      setPhase(link, Phase.Terminate);
      fsmEvent(lcp, Event.Close);
    }
  }
}

/** Ends the link without a word, since nobody would hear it; the first reason stays. */
export function endAtOnce(link: Link, reason: Reason): void {
  link._reason = link._reason || reason;
  // The same list: a frame may be on its way.
  link._encoder._held.length = 0;
  lowerLayerDown(link);
  fsmReset(link._lcp, {});
  try {
    setPhase(link, Phase.Dead);
  } finally {
    // Also when a listener of a program has thrown.
    link._owner._ended();
  }
}

/** LCP is down, and so is all that rests on it. */
export function lowerLayerDown(link: Link): void {
  link._authAtMs = link._echoAtMs = Infinity;
  link._authId = -1;
  link._authPending = 0;
  link._response = null;
  fsmReset(link._ipcp, {});
  if (link._extra) {
    link._extra._network();
  }
}

/** An authentication is over: of ours or the peer's (AUTH_OURS, AUTH_PEERS). A repeated yes changes nothing. */
export function authenticated(link: Link, who: number, ok: boolean): void {
  if (who === AUTH_OURS) {
    link._authAtMs = Infinity;
    link._authId = -1;
  }
  if (!ok) {
    fail(link, 'auth-failed');
  } else if (link._authPending & who) {
    link._authPending &= ~who;
    if (!link._authPending) {
      startNetwork(link);
    }
  }
}

export function startNetwork(link: Link): void {
  const ipcp = link._ipcp;
  const ours = { 3: link._address, 129: link._dns, 131: link._dns };
  setPhase(link, Phase.Network);
  if (link._extra) {
    link._extra._network(ours);
  }
  fsmReset(ipcp, ours);
  fsmEvent(ipcp, Event.Up);
}
