/**
 * A control protocol as the automaton sees it.
 *
 * No option is longer than six octets where it matters, so the value of one is a number: what stands behind type and
 * length, taken as an unsigned 32-bit number from the left. What stands behind a shorter option shows in its low bits.
 */

import type { Protocol } from '../wire/control';
import type { State } from './automaton';
import type { Link } from './link-types';

/** Option values by type; undefined for an option that is not there. */
export interface Values {
  [type: number]: number | undefined;
}

/** This-Layer-Up, -Down and -Finished of RFC 1661 §4.4. */
export const enum Layer {
  Down,
  Up,
  Finished,
}

/** What makes a control protocol special. */
export interface Role {
  _link: Link;
  _protocol: Protocol;
  /** Lengths of the options we know by their type; 0 for the one with several, LCP's for authentication. */
  _lengths: { [type: number]: number };
  /** Naks taken from the peer before they count as Rejects. */
  _maxNaks: number;
  /**
   * The value that an option of the peer should have: its own is acknowledged, another is suggested in a Nak, undefined
   * or 0 rejects it. Only called for options of the right length; the option stands at buf[at].
   */
  _judge(fsm: Fsm, type: number, length: number, value: number, buf: Uint8Array, at: number): number | undefined;
  /** What an option of ours becomes when the peer suggests `value`; undefined to ask for it no more. */
  _naked(fsm: Fsm, type: number, length: number, value: number, buf: Uint8Array, at: number): number | undefined;
  /** Completes an option at buf[at] whose value is longer than a number. */
  _putOption?(buf: Uint8Array, at: number, value: number): void;
  /** Tells the link what has become of the protocol. */
  _layer(fsm: Fsm, what: Layer): void;
}

/** One control protocol, and where its machine stands. */
export interface Fsm extends Role {
  _state: State;
  /** What we ask for, and what the peer has in its last request. */
  _ours: Values;
  _theirs: Values;
  _restartCount: number;
  _restartMs: number;
  _timeoutAtMs: number;
  /**
   * Identifier of the last Configure- or Terminate-Request, which its reply must have; -1 when a new one is due: the
   * content changed, or the request was answered.
   */
  _id: number;
  /** Identifier of the peer's last Configure-Request; 0 for none. */
  _peerId: number;
  /** Naks sent without an Ack in between, and Naks taken. */
  _naksSent: number;
  _naksTaken: number;
  /** The peer's request that was acknowledged last, and when. */
  _acked: Uint8Array;
  _ackedAtMs: number;
}
