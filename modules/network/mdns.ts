/** Multicast DNS of a host's interfaces, an optional part: joins it with their packets and with the resolver. */

import { isMdnsName, mdnsResolve } from '../inet/mdns-lookup';
import { Mdns, mdnsPacket, mdnsPoll, mdnsPollAt, useMdns as useStackMdns } from '../inet/mdns';
import { resolve } from '../inet/resolver';
import { Host, hostRearm } from './host';
import { osError } from './errors';
import { addPart } from './parts';

/**
 * The host answers for `<hostname>.local`, and looks names up that end so, from now on; on PPP objects that are made later.
 * @param hostName the label; asked for whenever it is needed
 * @throws OSError 98 when the port is taken
 */
export function useMdns(host: Host, hostName: () => string): Mdns {
  const ipv6 = host._ipv6;
  const made = useStackMdns(host._stack, ipv6 ? ipv6._v6 : null, hostName);
  if (!made) {
    throw osError(98, 'EADDRINUSE');
  }
  const mdns = made;
  const others = host._resolve;
  host._mdns = mdns;
  host._resolve = function (name, done, nowMs) {
    if (isMdnsName(name)) {
      mdnsResolve(mdns, name, !!ipv6 && ipv6._resolver6._prefer === 6, done, nowMs);
    } else if (others) {
      others(name, done, nowMs);
    } else {
      resolve(host._resolver, name, done, nowMs);
    }
  };
  host._pollables.push({
    _poll: function (nowMs) {
      mdnsPoll(mdns, nowMs);
    },
    _pollAt: function () {
      return mdnsPollAt(mdns);
    },
  });
  addPart(host, 'mdns', function (ppp) {
    const owner = ppp._link._owner;
    const before = owner._packet;
    owner._packet = function (buf, at, end, sum) {
      if (!mdnsPacket(mdns, ppp._netif, buf, at, end, ppp._link._nowMs)) {
        before(buf, at, end, sum);
      }
    };
  });
  hostRearm(host);
  return mdns;
}
