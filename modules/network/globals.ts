/** The functions of the network module itself. */

import { formatIpv4 } from '../wire/addr';
import { nameServers, setNameServer } from '../inet/resolver';
import { IPCONFIG_TEXTS, ipv4Argument, queryOrSet } from './args';
import { theHost } from './host';

/** network.ipconfig: 'dns' is the first name server, or sets the one to be asked before all others. */
export function ipconfig(param: string | Record<string, unknown>): unknown;
export function ipconfig(): unknown {
  const resolver = theHost._resolver;
  return queryOrSet(
    arguments,
    IPCONFIG_TEXTS,
    { dns: formatIpv4(nameServers(resolver)[0] as number) },
    'dns',
    function (value) {
      setNameServer(resolver, ipv4Argument(value, ' as dns server'));
    },
  );
}
