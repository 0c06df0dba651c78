/** What a link shows and what it asks of its owner. */

/** RFC 1661 §3.2, and the moment when IP packets pass. */
export const enum Phase {
  Dead,
  Establish,
  Authenticate,
  Network,
  Running,
  Terminate,
}

/** Why a link ended; '' while it has not. */
export type Reason = '' | 'no-answer' | 'auth-failed' | 'no-address' | 'peer-dead' | 'loopback' | 'terminated' | 'user';

/** The link's side of its owner. */
export interface LinkOwner {
  /** Sends these bytes, an array that owns its buffer. */
  _write(bytes: Uint8Array): void;
  _random32(): number;
  /** The phase changed; in Running the addresses stand in `link._ipcp`. */
  _phaseChanged(phase: Phase): void;
  /** The link is down for good; the reason stands in `link._reason`. */
  _ended(): void;
  /** An IP packet came in. */
  _packet(buf: Uint8Array, at: number, end: number): void;
  /** Sees every packet of both directions, for captures; null costs nothing. */
  _trace: ((sent: boolean, protocol: number, buf: Uint8Array, at: number, end: number) => void) | null;
}

export interface LinkStats {
  txBytes: number;
  txFrames: number;
  /** Good frames that nobody wanted: malformed, of an unknown protocol, or before their phase. */
  dropped: number;
}

/** What one link was asked to be; set before linkOpen. */
export interface LinkConfig {
  /** A client's wish, taken when the peer offers another at first: Protocol.Pap, Protocol.Chap or 0 for any. */
  _preferAuth: number;
  _mru: number;
  /** The address asked for, 0 for any. */
  _address: number;
  _askDns: boolean;
  /** Silence after which an echo is sent, ms; 0 for never. Four such silences end the link. */
  _keepaliveMs: number;
}

/** The server's role, which server.ts adds. */
export interface Server {
  /** Whether the peer has to authenticate itself. */
  _demands: boolean;
  _start(): void;
  _stop(): void;
  _input(protocol: number, buf: Uint8Array, at: number, end: number): boolean;
  /** Returns false when the peer has not said its name in time. */
  _poll(): boolean;
  _pollAt(): number;
}

/** Authentications still to be done. */
export const AUTH_OURS = 1;
export const AUTH_PEERS = 2;
