/** Arguments as MicroPython takes them: positions, then one object of names; or a name to query. */

import { parseIpv4 } from '../wire/addr';
import { raiseTypeError, raiseValueError } from './errors';

type Values = Record<string, unknown>;

/** Whether a value is a set of keyword arguments. */
function isOptions(value: unknown): value is Values {
  return !!value && typeof value === 'object' && !Array.isArray(value);
}

/**
 * The values of args[from, end) under the names of their positions; the last may be an object of names. A name is
 * refused that is unknown or whose position is taken.
 */
export function namedArguments(args: ArrayLike<unknown>, from: number, end: number, names: string[]): Values {
  const values: Values = {};
  const options: unknown = args[end - 1];
  if (end > from && isOptions(options)) {
    end--;
    for (const name in options) {
      if (names.indexOf(name) < end - from) {
        raiseTypeError('unexpected argument ' + name);
      }
      values[name] = options[name];
    }
  }
  if (end - from > names.length) {
    raiseTypeError('too many arguments');
  }
  while (end-- > from) {
    values[names[end - from]] = args[end];
  }
  return values;
}

export function lookUp(values: Values, name: string, unknownText: string): unknown {
  return Object.keys(values).indexOf(name) < 0 ? raiseValueError(unknownText) : values[name];
}

/**
 * config() and ipconfig(): one name is answered from `values`; of an object of names `settable` is handed to `set`, or
 * without a `settable` the object, when all of its names are right.
 * @param texts of the errors for both and for neither, and for a name that is unknown or cannot be set: MicroPython has them in two wordings
 */
export function queryOrSet(
  args: ArrayLike<unknown>,
  texts: string[],
  values: Values,
  settable: string,
  set: (value: never) => void,
): unknown {
  const last = args.length - 1;
  const wanted: unknown = args[0];
  const options = isOptions(args[last]);
  if (options && last) {
    raiseTypeError(texts[0]);
  }
  if (last || (!options && typeof wanted !== 'string')) {
    raiseTypeError(texts[1]);
  }
  if (!options) {
    return lookUp(values, wanted as string, texts[2]);
  }
  for (const name in wanted as Values) {
    lookUp(values, name, texts[2]);
    if (settable && name !== settable) {
      raiseTypeError(texts[2]);
    }
  }
  if (!settable || settable in (wanted as Values)) {
    set((settable ? (wanted as Values)[settable] : wanted) as never);
  }
  return undefined;
}

/** ipconfig()'s texts for queryOrSet. */
export const IPCONFIG_TEXTS = ["can't specify pos and kw args", 'must query one param', 'unexpected key'];

/** An IPv4 address as unsigned 32-bit number. */
export function ipv4Argument(value: unknown, what?: string): number {
  const address = parseIpv4(value);
  if (address < 0) {
    raiseValueError('invalid arguments' + (what || ''));
  }
  return address;
}

/**
 * The address of `addr4` in its forms "a.b.c.d/nn", "a.b.c.d", [address, mask]; null is 0.0.0.0. The mask is checked and
 * no more: a link has one address.
 */
export function addr4Argument(value: unknown): number {
  if (value === null) {
    return 0;
  }
  if (Array.isArray(value) && value.length === 2) {
    ipv4Argument(value[1]);
    value = value[0];
  } else if (typeof value === 'string') {
    value = value.replace(/\/([12]?\d|3[0-2])$/, '');
  }
  return ipv4Argument(value);
}
