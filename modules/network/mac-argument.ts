/** A MAC address as an argument: the caller's mistakes are told before anything changes. */

import { raiseValueError } from './errors';

/** Six octets that are one station's address. */
export function macArgument(value: unknown): Uint8Array {
  const bytes = value as Uint8Array;
  if (!bytes || bytes.length !== 6) {
    raiseValueError('invalid buffer length');
  }
  const mac = new Uint8Array(bytes);
  if (mac[0] & 1) {
    raiseValueError('a MAC address of a group');
  }
  return mac;
}
