/** Arguments as Node takes them: positions or an object, and a last callback. */

import { raiseTypeError, raiseValueError } from '../network/errors';
import type { Listener } from './emitter';

/** The last argument, when it is a function. */
export function lastCallback(args: ArrayLike<unknown>): Listener | undefined {
  const last = args[args.length - 1];
  return typeof last === 'function' ? (last as Listener) : undefined;
}

/** A callback that a call cannot do without. */
export function neededCallback(args: ArrayLike<unknown>): Listener {
  return lastCallback(args) || raiseTypeError('callback expected');
}

/** @throws ValueError for what is no port */
export function portArgument(value: unknown): number {
  const port = Number(value);
  if (!(port >= 0 && port < 65536 && port === Math.floor(port)) || value === null || value === '') {
    raiseValueError('port out of range');
  }
  return port;
}

/** @throws TypeError for what is no name and no address */
export function nameArgument(value: unknown): string {
  return typeof value === 'string' && value ? value : raiseTypeError('host must be a string');
}

export function isObject(value: unknown): value is object {
  return !!value && typeof value === 'object';
}
