/** The functions of MicroPython's network module, for a bundle that has all of them. */

import { raiseTypeError, raiseValueError } from './errors';
import { hostRoute } from './route';
import { globalIpconfig } from './global-settings';
import { theHost } from './host';
import { hostName, setHostName } from './hostname';

export const MODE_11B = 1;
export const MODE_11G = 2;
export const MODE_11N = 3;

const HOST_NAME_MAX = 32;

let countryCode = 'XX';
let phyMode = MODE_11N;

/** The argument of a getter and setter: undefined for none. */
function onlyArgument(args: IArguments): unknown {
  if (args.length > 1) {
    raiseTypeError('function takes at most one argument');
  }
  return args[0];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : raiseTypeError('str expected');
}

/** The two letters of the country whose radio rules hold; "XX" is anywhere. @throws ValueError for another length */
export function country(code?: string): string | undefined;
export function country(): string | undefined {
  const code = onlyArgument(arguments);
  if (!arguments.length) {
    return countryCode;
  }
  if (text(code).length !== 2) {
    raiseValueError('');
  }
  countryCode = code as string;
  return undefined;
}

/** This device's name, for DHCP and the like, from the next connection on. @throws ValueError above 32 characters */
export function hostname(name?: string): string | undefined;
export function hostname(): string | undefined {
  const name = onlyArgument(arguments);
  if (!arguments.length) {
    return hostName();
  }
  if (text(name).length > HOST_NAME_MAX) {
    raiseValueError('');
  }
  setHostName(name as string);
  return undefined;
}

/** Which standard the radio speaks. No radio here can be told: it is remembered. @throws ValueError for no MODE_ */
export function phy_mode(mode?: number): number | undefined;
export function phy_mode(): number | undefined {
  const mode = onlyArgument(arguments);
  if (!arguments.length) {
    return phyMode;
  }
  if (mode !== MODE_11B && mode !== MODE_11G && mode !== MODE_11N) {
    raiseValueError('invalid mode');
  }
  phyMode = mode as number;
  return undefined;
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
