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
  loopback: [12, 40],
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

/** The values of PPP.SEC_NONE, SEC_PAP, SEC_CHAP. */
export const enum Security {
  None,
  Pap,
  Chap,
}

export type Done = (error: NetworkError | null) => void;
