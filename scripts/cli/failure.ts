/** How a command ends when it does not end well: one sentence on stderr, and an exit code. */

import { LineError } from '../lines/error';
import type { NetworkError } from '../../modules/network/errors';

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** As shells have it: 128 and the number of SIGINT. */
export const EXIT_KILLED = 130;

/** One sentence for people. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = EXIT_FAILED,
    /** Of a link: the phase it failed in, and why. */
    readonly phase = '',
    readonly reason = '',
  ) {
    super(message);
  }
}

export function usageError(message: string): CommandError {
  return new CommandError(message, EXIT_USAGE);
}

const ADVICE: Record<string, string> = {
  'no-answer':
    'the other end does not answer; see that it is running, that the wires cross, and that --baud is its own',
  'no-agreement': 'the other end wants what this one cannot do; --pcap shows the negotiation',
  'auth-failed': 'the other end refuses user or key; check --auth, --user and --key',
  'no-address': 'the other end gives no IP address; check the subscription or the settings of the other end',
  'peer-dead': 'the other end has fallen silent; check the line and the other end',
  'command-mode': 'the line sends back what it gets: the modem is back in command mode, or the wires are crossed',
  'no-carrier': 'the modem reports that the connection is lost; dial again',
  terminated: 'the other end has ended the link; see its own messages for the reason',
};

/** A failure of the link as a command's: which phase, why, and what to do. */
export function linkFailure(error: NetworkError, lineName: string): CommandError {
  const { phase = '', reason = '' } = error;
  const advice = ADVICE[reason] ?? error.message;
  return new CommandError(`${lineName}: the link failed in phase ${phase} (${reason}): ${advice}`, 1, phase, reason);
}

/** What the name itself is to blame for; anything else may be better at the next try. */
const WRONG_NAME = new Set(['ENOENT', 'ENOTFOUND', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL']);

/** A line that could not be opened. */
export function lineFailure(error: unknown): CommandError {
  const { message, cause } = error as LineError;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const isUsage = error instanceof LineError && ((code && WRONG_NAME.has(code)) || /no such device/.test(message));
  return new CommandError(oneLine(message), isUsage ? EXIT_USAGE : EXIT_FAILED);
}

export function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, '; ');
}
