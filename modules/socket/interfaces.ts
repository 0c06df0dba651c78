/** Sockets that go by one interface, an optional part: named by its object, or by one of its addresses. */

import { Address, formatAddress } from '../wire/addr';
import { parseIpv6 } from '../wire/addr6';
import type { Netif6 } from '../inet/ip6';
import { by } from '../inet/routes';
import type { Context } from './context';
import { SocketErrno } from './errors';

/** The interface that has an address; undefined when none that is up has. */
function nicOf(context: Context, text: string): unknown {
  const netifs = context._host._stack._netifs.filter(function (netif) {
    const six = (netif as Netif6)._addresses;
    return (
      netif._up &&
      (six
        ? six.some(function (one) {
            return one._address === text;
          })
        : formatAddress(netif._address) === text)
    );
  });
  return netifs[0] && netifs[0]._nic;
}

/** All sockets of this context, made before or after, can be bound to an interface. */
export function useInterfaces(context: Context): void {
  context._by = function (which, act) {
    const stack = context._host._stack;
    const source: Address | undefined = typeof which === 'string' ? parseIpv6(which) || which : undefined;
    const nic = source === undefined ? which : nicOf(context, source as string);
    return nic ? by(stack, nic, source, act) : SocketErrno.EADDRNOTAVAIL;
  };
}
