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

/** Of each reason that is an error: MicroPython's error code (status() gives its negative), and errno. */
export const REASONS: { [reason: string]: [number, number] } = {
  'no-answer': [6, 110],
  'no-agreement': [8, 71],
  'auth-failed': [7, 13],
  'no-address': [8, 99],
  'peer-dead': [9, 112],
  'command-mode': [12, 40],
  'no-carrier': [6, 67],
  terminated: [6, 104],
};

/** 255.255.255.255, as short as it gets. Link addresses are host addresses: nothing else is on the line. */
export const HOST_MASK = -1;

export interface ConnectOptions {
  /** PPP.SEC_NONE, PPP.SEC_PAP or PPP.SEC_CHAP. */
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
  /** With reconnect.ts: before the first of them, ms; 1000 unless set. Doubles up to 64 times as long. */
  holdoff?: number;
}

/** The same, checked. */
export interface Config extends Record<string, unknown> {
  stream: unknown;
  keepalive: number;
}

/** The values of PPP.SEC_NONE, SEC_PAP, SEC_CHAP. */
export const enum Security {
  None,
  Pap,
  Chap,
}

export type Done = (error: NetworkError | null) => void;
