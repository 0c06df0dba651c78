/** network.ipconfig with all of its settings; that of a bundle with IPv4 alone is in globals.ts. */

import { Address, formatAddress } from '../wire/addr';
import { nameServers, setNameServer } from '../inet/resolver';
import { IPCONFIG_TEXTS, ipv4Argument } from './args';
import { raiseValueError } from './errors';
import type { Host } from './host';
import { useSettings } from './settings';

/** Where there is no IPv6 it is remembered, and changes nothing. */
let preferred = 4;

/** Of a host: 'dns' is the first name server, or sets the one to be asked before all others; 'prefer' is 4 or 6. */
export function globalIpconfig(host: Host, args: ArrayLike<unknown>): unknown {
  const resolver = host._resolver;
  const ipv6 = host._ipv6;
  return useSettings(args, IPCONFIG_TEXTS, {
    dns: {
      _get: function () {
        return formatAddress(nameServers(resolver)[0]);
      },
      _check: function (value) {
        return (ipv6 && ipv6._parse(value)) || ipv4Argument(value, ' as dns server');
      },
      _set: function (address: Address) {
        setNameServer(resolver, address);
      },
    },
    prefer: {
      _get: function () {
        return ipv6 ? ipv6._resolver6._prefer : preferred;
      },
      _check: function (value) {
        return value === 4 || value === 6 ? value : raiseValueError('invalid prefer argument');
      },
      _set: function (value: number) {
        if (ipv6) {
          ipv6._resolver6._prefer = value;
        } else {
          preferred = value;
        }
      },
    },
  });
}
