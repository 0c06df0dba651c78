/** network.route() as MicroPython has it, the list alone; route.ts can prefer one besides. */

import { raiseTypeError } from './errors';
import { theHost } from './host';
import { addRadios } from './radio-routes';

/** The interfaces that are up; the first is the one by which everything goes that is not in another's network. */
export function route(): unknown[] {
  const nics: unknown[] = [];
  if (arguments.length) {
    raiseTypeError('too many arguments');
  }
  theHost._stack._netifs.forEach(function (netif) {
    if (netif._up) {
      nics.unshift(netif._nic);
    }
  });
  addRadios(theHost, nics);
  return nics;
}
