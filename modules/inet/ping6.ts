/** ICMPv6 echo requests sent (RFC 4443 §4.1); replies come in icmp6.ts. */

import { putBytes, putU16 } from '../wire/bytes';
import { ICMPV6_HEADER, Icmpv6 } from '../wire/icmpv6';
import { IPV6_HEADER } from '../wire/ipv6';
import { min } from '../wire/math';
import { routeTo } from './ip';
import { MESSAGE_AT, Netif6, Stack6, icmp6Output } from './ip6';
import type { Pinger } from './ping';

/** The pings of a stack reach IPv6 as well from now on. */
export function usePing6(v6: Stack6, pinger: Pinger): void {
  v6._pinger = pinger;
  pinger._send6 = function (ping, sequence, data) {
    const destination = ping._destination as string;
    const netif = routeTo(v6._stack, destination) as Netif6 | null;
    if (!netif) {
      return false;
    }
    const start = MESSAGE_AT + ICMPV6_HEADER;
    const length = min(data.length, netif._linkMtu - IPV6_HEADER - ICMPV6_HEADER);
    putU16(v6._frame, MESSAGE_AT + 4, ping._id);
    putU16(v6._frame, MESSAGE_AT + 6, sequence);
    putBytes(v6._frame, start, data, 0, length);
    return icmp6Output(netif, Icmpv6.EchoRequest, 0, start + length, netif._address, destination);
  };
}
