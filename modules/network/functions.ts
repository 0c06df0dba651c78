/** The functions of MicroPython's network module, for a bundle that has all of them. */

import { raiseTypeError, raiseValueError } from './errors';
import { hostRoute } from './route';
import { globalIpconfig } from './global-settings';
import { theHost } from './host';
import { hostName, hostNameArgument, setHostName } from './hostname';

export const MODE_11B = 1;
export const MODE_11G = 2;
export const MODE_11N = 3;

let countryCode = 'XX';
let phyMode = MODE_11N;

/** What is asked for without an argument, and set with one. @param set checks it */
function getOrSet<T>(args: IArguments, value: T, set: (value: unknown) => void): T | undefined {
  if (args.length > 1) {
    raiseTypeError('function takes at most one argument');
  }
  if (!args.length) {
    return value;
  }
  set(args[0]);
  return undefined;
}

/** The two letters of the country whose radio rules hold; "XX" is anywhere. @throws ValueError for another length */
export function country(code?: string): string | undefined;
export function country(): string | undefined {
  return getOrSet(arguments, countryCode, function (code) {
    if (typeof code !== 'string') {
      raiseTypeError('str expected');
    }
    if (code.length !== 2) {
      raiseValueError('');
    }
    countryCode = code;
  });
}

/** This device's name, for DHCP and the like, from the next connection on. @throws ValueError above 32 characters */
export function hostname(name?: string): string | undefined;
export function hostname(): string | undefined {
  return getOrSet(arguments, hostName(), function (name) {
    setHostName(hostNameArgument(name));
  });
}

/** Which standard the radio speaks. No radio here can be told: it is remembered. @throws ValueError for no MODE_ */
export function phy_mode(mode?: number): number | undefined;
export function phy_mode(): number | undefined {
  return getOrSet(arguments, phyMode, function (mode) {
    if (mode !== MODE_11B && mode !== MODE_11G && mode !== MODE_11N) {
      raiseValueError('invalid mode');
    }
    phyMode = mode as number;
  });
}

/**
 * The interfaces that are up; the first is the one by which everything goes that is not in another's network. route(nic)
 * makes it that one while it is up; route(null), and at first, it is the last that came up.
 */
export function route(): unknown[];
export function route(nic: unknown): undefined;
export function route(): unknown[] | undefined {
  return hostRoute(theHost, arguments);
}

/** 'dns': the first name server, or the one to be asked before those of the interfaces; 'prefer': 4 or 6. */
export function ipconfig(param: string | Record<string, unknown>): unknown;
export function ipconfig(): unknown {
  return globalIpconfig(theHost, arguments);
}
