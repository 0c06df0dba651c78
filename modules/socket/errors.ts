/** Errors as MicroPython and Node have them at once: an OSError with `errno` (Linux's numbers) and `code` (its name). */

import { NetworkError, osError } from '../network/errors';

/** Linux's numbers that only sockets need. */
export const enum SocketErrno {
  EBADF = 9,
  EAGAIN = 11,
  EINVAL = 22,
  EPIPE = 32,
  EPROTO = 71,
  EMSGSIZE = 90,
  ENOTSUP = 95,
  EADDRNOTAVAIL = 99,
  EISCONN = 106,
  EALREADY = 114,
  EINPROGRESS = 115,
}

/** `code`s by errno; below 0 those of getaddrinfo. */
const CODES: { [errno: number]: string } = {
  '-4': 'EAI_FAIL',
  '-3': 'EAI_AGAIN',
  '-2': 'ENOTFOUND',
  9: 'EBADF',
  11: 'EAGAIN',
  12: 'ENOMEM',
  22: 'EINVAL',
  32: 'EPIPE',
  71: 'EPROTO',
  90: 'EMSGSIZE',
  95: 'ENOTSUP',
  98: 'EADDRINUSE',
  99: 'EADDRNOTAVAIL',
  100: 'ENETDOWN',
  101: 'ENETUNREACH',
  104: 'ECONNRESET',
  106: 'EISCONN',
  107: 'ENOTCONN',
  110: 'ETIMEDOUT',
  111: 'ECONNREFUSED',
  113: 'EHOSTUNREACH',
  114: 'EALREADY',
  115: 'EINPROGRESS',
};

export interface SocketError extends NetworkError {
  code: string;
}

/** What every callback gets first: null when all went well. */
export type Failure = SocketError | null;

/** @param about what stands behind the code in the text: a name, an address */
export function socketError(errno: number, about?: string): SocketError {
  const code = CODES[errno] || 'EIO';
  const error = osError(errno, about ? code + ' ' + about : code) as SocketError;
  error.code = code;
  return error;
}
