/** The functions of the network module itself. */

import { formatIpv4 } from '../wire/addr';
import { nameServers, setNameServer } from '../inet/resolver';
import { IPCONFIG_TEXTS, ipv4Argument, queryOrSet } from './args';
import type { Host } from './host';

/** network.ipconfig of a host: 'dns' is the first name server, or sets the one to be asked before all others. */
export function hostIpconfig(host: Host, args: ArrayLike<unknown>): unknown {
  const values = { dns: formatIpv4(nameServers(host._resolver)[0] as number) };
  return queryOrSet(args, IPCONFIG_TEXTS, values, 'dns', function (value) {
    setNameServer(host._resolver, ipv4Argument(value, ' as dns server'));
  });
}
