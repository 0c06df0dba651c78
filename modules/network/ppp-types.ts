/** The numbers and names of class PPP's face. */

import type { NetworkError } from './errors';

/** What status() returns when there is no error. */
export const enum Status {
  Inactive,
  Active,
  Error,
  Connecting,
  Connected,
}

export const PHASES = ['dead', 'establish', 'authenticate', 'network', 'running', 'terminate'];

/** Of each reason that is an error: 256 times MicroPython's error code (status() gives its negative), and errno. */
export const REASONS: { [reason: string]: number } = {
  'no-answer': (6 << 8) + 110,
  'no-agreement': (8 << 8) + 71,
  'auth-failed': (7 << 8) + 13,
  'no-address': (8 << 8) + 99,
  'peer-dead': (9 << 8) + 112,
  'command-mode': (12 << 8) + 40,
  'no-carrier': (6 << 8) + 67,
  terminated: (6 << 8) + 104,
};

/** 255.255.255.255, as short as it gets. Link addresses are host addresses: nothing else is on the line. */
export const HOST_MASK = -1;

export interface ConnectOptions {
  /** PPP.SEC_NONE, PPP.SEC_PAP or PPP.SEC_CHAP; where it is there, PPP.SEC_MSCHAP2. */
  security?: number;
  user?: string;
  key?: string;
}

/** What config() takes and tells. */
export interface PppConfig {
  /** null: none for now. */
  stream?: unknown;
  /** Silence after which the peer counts as dead, ms; 0 for never, 30000 unless set. */
  keepalive?: number;
  /** With reconnect.ts: tries to connect again in a row after a failure, -1 without end, 0 unless set. */
  reconnects?: number;
  /** With probe.ts: between two questions to the name server, ms; 0 for none, and unless set. */
  probe?: number;
  /** With reconnect.ts: before the first of them, ms; 1000 unless set. Doubles up to 64 times as long. */
  holdoff?: number;
  /** With ppp-options.ts: how long a connect may take in all, ms; 0 unless set, for as long as its phases take. */
  timeout?: number;
  /** With ppp-options.ts: 1 for VJ header compression, if the peer has it; 0 unless set. */
  vj?: number;
  /** With ppp-options.ts: 1 to agree on IPv6 interface identifiers; 0 unless set. */
  ipv6?: number;
}

/** The same, checked. */
export interface Config extends Record<string, unknown> {
  stream: unknown;
  keepalive: number;
}

/** The values of PPP.SEC_NONE, SEC_PAP, SEC_CHAP; with ppp-options.ts also SEC_MSCHAP2. */
export const enum Security {
  None,
  Pap,
  Chap,
  MsChap2,
}

/** Those that connect() takes. */
export const SECURITIES = [Security.None, Security.Pap, Security.Chap];

export type Done = (error: NetworkError | null) => void;
