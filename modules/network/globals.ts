/** The functions of the network module itself. */

import { formatIpv4 } from '../wire/addr';
import { resolverClear } from '../inet/resolver';
import { ipv4Argument, queryOrSettings } from './args';
import { valueError } from './errors';
import { Host, nameServers } from './host';

/** network.ipconfig of a host: 'dns' is the first name server, or sets the one to be asked before all others. */
export function createIpconfig(host: Host): (param: string | Record<string, unknown>) => unknown {
  return function (_param) {
    const wanted = queryOrSettings(arguments, "can't specify pos and kw args", 'must query one param');
    if (typeof wanted === 'string') {
      if (wanted !== 'dns') {
        throw valueError('unexpected key');
      }
      return formatIpv4(nameServers(host)[0] || 0);
    }
    let dns = host._dns;
    for (const name in wanted) {
      if (name !== 'dns') {
        throw valueError('unexpected key');
      }
      const address = ipv4Argument(wanted[name], 'invalid arguments as dns server');
      dns = address ? [address] : [];
    }
    host._dns = dns;
    resolverClear(host._resolver);
    return undefined;
  };
}
