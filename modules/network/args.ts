/** Arguments as MicroPython takes them: one name to query, or an object of names to set, never both. */

import { parseIpv4, prefixMask } from '../wire/addr';
import { typeError, valueError } from './errors';

/** Whether a value is a set of keyword arguments. */
export function isOptions(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !isArray(value);
}

export function isArray(value: unknown): value is unknown[] {
  return Object.prototype.toString.call(value) === '[object Array]';
}

/**
 * Sorts out a call of config() or ipconfig().
 * @param bothText, queryText the texts of the two TypeErrors: MicroPython words them differently for the two
 * @returns the name queried, or the settings
 */
export function queryOrSettings(
  args: IArguments,
  bothText: string,
  queryText: string,
): string | Record<string, unknown> {
  const first: unknown = args[0];
  const options = isOptions(args[args.length - 1]);
  if (options && args.length > 1) {
    throw typeError(bothText);
  }
  if (args.length !== 1 || (!options && typeof first !== 'string')) {
    throw typeError(queryText);
  }
  return first as string | Record<string, unknown>;
}

/** An IPv4 address as unsigned 32-bit number. */
export function ipv4Argument(value: unknown, text: string): number {
  const address = typeof value === 'string' ? parseIpv4(value) : -1;
  if (address < 0) {
    throw valueError(text);
  }
  return address;
}

/** `addr4` in its three forms: "a.b.c.d/nn", "a.b.c.d" (the mask is kept), [address, mask]; null is 0.0.0.0. */
export function addr4Argument(value: unknown, keptMask: number): number[] {
  const text = 'invalid arguments';
  if (value === null) {
    return [0, 0];
  }
  if (isArray(value) && value.length === 2) {
    return [ipv4Argument(value[0], text), ipv4Argument(value[1], text)];
  }
  const parts = typeof value === 'string' ? value.split('/') : [''];
  const prefix = Number(parts[1]);
  if (parts.length > 1 && (parts.length > 2 || !parts[1] || !(prefix >= 0 && prefix <= 32) || prefix % 1)) {
    throw valueError(text);
  }
  return [ipv4Argument(parts[0], text), parts.length > 1 ? prefixMask(prefix) : keptMask];
}
