/** What a link is, what it shows and what it asks of its owner. */

import type { AuthMethod } from './auth';
import type { Encoder } from './encoder';
import type { Framer } from './framer';
import type { Fsm, Values } from './fsm-types';

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
export type Reason =
  | ''
  | 'no-answer'
  | 'no-agreement'
  | 'auth-failed'
  | 'no-address'
  | 'peer-dead'
  | 'command-mode'
  | 'no-carrier'
  | 'terminated'
  | 'user'
  // Of MSCHAPv2:
  | 'restricted-hours'
  | 'account-disabled'
  | 'password-expired'
  | 'no-permission'
  | 'peer-unproven';

/** The link's side of its owner. */
export interface LinkOwner {
  /** Sends these bytes, an array that owns its buffer. */
  _write(bytes: Uint8Array): void;
  _random32(): number;
  /** The phase changed; in Running the addresses stand in `link._ipcp`. */
  _phaseChanged(phase: Phase): void;
  /** The link is down for good; the reason stands in `link._reason`. */
  _ended(): void;
  /** An IP packet came in; `sum` is its Internet checksum (see sum16) where the framer has it, else 0. */
  _packet(buf: Uint8Array, at: number, end: number, sum: number): void;
  /** Sees every packet of both directions, for captures; null costs nothing. */
  _trace: ((sent: boolean, protocol: number, buf: Uint8Array, at: number, end: number) => void) | null;
}

export interface LinkStats {
  txBytes: number;
  txFrames: number;
  /** Good frames that nobody wanted: malformed, of an unknown protocol, or before their phase. */
  dropped: number;
}

/**
 * An authentication option of LCP, as its value: PAP (RFC 1334 §2.1), CHAP with MD5 (RFC 1994 §3), MSCHAPv2 (RFC 2759
 * §3) where mschap.ts is used.
 */
export const enum AuthOption {
  Pap = 0xc0230000,
  Chap = 0xc2230500,
  MsChap2 = 0xc2238100,
}

/** What one link was asked to be; set before linkOpen. */
export interface LinkConfig {
  /** A client's wish, taken when the peer offers another at first: an AuthOption; 0 or none for any. */
  _preferAuth?: number;
  _mru: number;
  /** The address asked for, 0 for any. */
  _address: number;
  /** 0 to ask for name servers, undefined not to. */
  _dns: number | undefined;
  /** Silence after which an echo is sent, ms; Infinity for never. Four such silences end the link. */
  _keepaliveMs: number;
  /** Configure-Requests without an answer (RFC 1661 §4.6). */
  _maxConfigure: number;
  /** Our own name and secret for a peer that asks, at most 255 octets each. */
  _user: Uint8Array;
  _key: Uint8Array;
  /** A server's: the AuthOption that the peer has to take. */
  _demandAuth?: number;
}

export interface Link extends LinkConfig {
  _owner: LinkOwner;
  _phase: Phase;
  _reason: Reason;
  _stats: LinkStats;
  _framer: Framer;
  _encoder: Encoder;
  _lcp: Fsm;
  _ipcp: Fsm;
  /** What optional parts add: server.ts, ipv6cp.ts, vj.ts. */
  _extra?: Extra;
  /** Whether it waits for its peer to speak first: a server. */
  _silent?: boolean;
  /** The time of the event being handled. */
  _nowMs: number;
  /** Control packets are built here. */
  _buf: Uint8Array;
  /** First restart interval, ms. */
  _restartMs: number;
  /** Identifier of the last packet that was not a reply. */
  _lastId: number;
  /** Bits AUTH_OURS and AUTH_PEERS. */
  _authPending: number;
  /** PAP repeats its request at this time; after the last one, and for CHAP, we give up. */
  _authAtMs: number;
  _authTries: number;
  /** What the peer asks for, if it is one of the additional ones. */
  _authMethod?: AuthMethod;
  /** The last phase in which a peer that hangs up has refused us: Authenticate; Network when its choice was naked. */
  _authUntil: Phase;
  /** Identifier of the last PAP request or CHAP response; -1 when none waits for a verdict. */
  _authId: number;
  /** Our last Response of CHAP, as it was sent. */
  _response: Uint8Array | null;
  _echoAtMs: number;
  /** Echoes without anything good coming in. */
  _echoesUnanswered: number;
  /** Whether the peer answers echoes: an Echo; of one that does not, _stats.txFrames when the last one was sent. */
  _echoLearned: Echo | number;
  /** Sends the packet buf[at, end). */
  _send(protocol: number, buf: Uint8Array, at: number, end: number): void;
  /** The same for IP packets, on which VJ compression has a say. */
  _sendIp(protocol: number, buf: Uint8Array, at: number, end: number): void;
}

/** What a link is given beyond the basics; addExtra() makes one of several. */
export interface Extra {
  /**
   * A packet of another protocol than LCP, IPCP and IPv4, while LCP is open.
   * @param stop where it ends by the length field of a control packet, -1 when that is wrong
   * @returns whether it is taken
   */
  _input(protocol: number, buf: Uint8Array, at: number, end: number, stop: number): boolean;
  /** The network phase begins: `ours` is what IPCP is about to ask for. Without it, LCP is down. */
  _network(ours?: Values): void;
  /** The peer has rejected a protocol. */
  _rejected(protocol: number): void;
  _poll(): void;
  _pollAt(): number;
}

/** What is known about a peer and echoes. */
export const enum Echo {
  /** It has answered one, or IP is not up yet. */
  Expected = -2,
  /** Too early to say. */
  Asked = -1,
  NotAsked = 0,
}

/** Authentications still to be done. */
export const AUTH_OURS = 1;
export const AUTH_PEERS = 2;
