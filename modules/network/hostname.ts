/** The name of this device on the network. */

import { raiseTypeError, raiseValueError } from './errors';

const HOST_NAME_MAX = 32;

let name = 'micronic';

export function hostName(): string {
  return name;
}

export function setHostName(to: string): void {
  name = to;
}

/** @throws ValueError above 32 characters */
export function hostNameArgument(value: unknown): string {
  if (typeof value !== 'string') {
    raiseTypeError('str expected');
  }
  return value.length > HOST_NAME_MAX ? raiseValueError('') : value;
}
