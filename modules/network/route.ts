/** network.route() of a host: which interface is the way out. */

import { useRoutes } from '../inet/routes';
import { raiseTypeError, raiseValueError } from './errors';
import type { Host } from './host';
import { addRadios } from './radio-routes';

/** The interfaces that are up, the default one first; or sets that, null for the last one that came up. */
export function hostRoute(host: Host, args: ArrayLike<unknown>): unknown[] | undefined {
  const routes = useRoutes(host._stack);
  const nic = args[0];
  if (args.length > 1) {
    raiseTypeError('function takes at most one argument');
  }
  if (args.length) {
    if (nic !== null && (typeof nic !== 'object' || !('ipconfig' in nic))) {
      raiseValueError('no available NIC');
    }
    routes._preferred = nic;
    return undefined;
  }
  const nics: unknown[] = [];
  host._stack._netifs.forEach(function (netif) {
    // IPv4 and IPv6 are two faces of one.
    if (netif._up && nics.indexOf(netif._nic) < 0) {
      nics.unshift(netif._nic);
    }
  });
  addRadios(host, nics);
  const at = nics.indexOf(routes._preferred);
  return at > 0 ? nics.splice(at, 1).concat(nics) : nics;
}
