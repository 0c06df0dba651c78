/** Python's exceptions as JavaScript errors: `name` is the class, `message` its text, `errno` Linux's number. */

/** A failure of a link: which phase it was in, and why. */
export interface NetworkError extends Error {
  errno: number;
  /** Phase of RFC 1661 that failed; on errors of a link. */
  phase?: string;
  /** 'no-answer', 'auth-failed', 'no-address', 'peer-dead', 'command-mode', 'no-carrier', 'terminated'; on errors of a link. */
  reason?: string;
  /** Which address another station has; with 'address-conflict' of IPv6. */
  address?: string;
}

export function raiseValueError(text: string): never {
  const error = new Error(text);
  error.name = 'ValueError';
  throw error;
}

export function raiseTypeError(text: string): never {
  throw new TypeError(text);
}

/** @param text as Python prints it: the number's name, or a sentence */
export function osError(errno: number, text: string): NetworkError {
  const error = new Error('[Errno ' + errno + '] ' + text) as NetworkError;
  error.name = 'OSError';
  error.errno = errno;
  return error;
}
