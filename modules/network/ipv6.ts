/** IPv6 of PPP, an optional part: joins the host's with IPV6CP. */

import { putU32 } from '../wire/bytes';
import { netif6Up } from '../inet/autoconf';
import { ipv6Input } from '../inet/input6';
import { createNetif6 } from '../inet/ip6';
import { Ipv6cp, ipv6Send } from '../ppp/ipv6cp';
import { linkMtu } from '../ppp/link';
import { IPCONFIG_TEXTS, addr4Argument } from './args';
import { emit } from './emitter';
import { osError } from './errors';
import type { Host } from './host';
import { Ipv6Host, ipv6Down, ipv6Settings, useIpv6Host } from './ipv6-host';
import { addPart } from './parts';
import type { PPP } from './ppp';
import { useIpv6Option } from './ppp-options';
import { Status } from './ppp-types';
import { useSettings } from './settings';

/** Gives a host IPv6; every PPP object that is made on it from now on takes it with `config({ipv6: 1})`. */
export function useIpv6(host: Host): Ipv6Host {
  const ipv6 = host._ipv6 || useIpv6Host(host);
  useIpv6Option(host);
  addPart(host, 'ipv6', function (ppp) {
    addToPpp(ppp, ppp._ipv6 as Ipv6cp, ipv6);
  });
  return ipv6;
}

function addToPpp(ppp: PPP, ipv6cp: Ipv6cp, ipv6: Ipv6Host): void {
  const host = ppp._host;
  const stack = host._stack;
  const netif = createNetif6(ipv6._v6, ppp, null, function (buf, at, end) {
    const sent = ipv6Send(ipv6cp, buf, at, end, stack._nowMs);
    // As with IPv4: a firmware's write blocks.
    stack._nowMs = host._nowMs();
    return sent;
  });
  // RFC 5072 §5: the identifiers have been agreed on.
  netif._probes = false;
  netif._changed = function () {
    emit(ppp._listeners, 'addr6');
  };
  ipv6cp._packet = function (buf, at, end) {
    ipv6Input(netif, buf, at, end, ppp._link._nowMs);
  };
  ipv6cp._changed = function () {
    const nowMs = host._nowMs();
    if (ipv6cp._up) {
      putU32(netif._identifier, 0, ipv6cp._high);
      putU32(netif._identifier, 4, ipv6cp._low);
      netif6Up(netif, linkMtu(ppp._link, host._bounds._mtu), nowMs);
    } else {
      ipv6Down(netif, nowMs);
    }
  };
  const settings = ipv6Settings(ipv6, netif, host);
  const ipv4 = ppp.ipconfig;
  ppp.ipconfig = function () {
    const args = arguments;
    const wanted: unknown = args[0];
    const names = wanted && typeof wanted === 'object' ? Object.keys(wanted) : [wanted as string];
    const isOurs =
      args.length === 1 &&
      names.some(function (name) {
        return name in settings && name !== 'addr4';
      });
    return isOurs ? useSettings(args, IPCONFIG_TEXTS, settings) : (ipv4.apply(ppp, args as never) as unknown);
  };
  // Of several settings all are checked first, that of IPv4 among them.
  settings.addr4 = {
    _check: function (value) {
      addr4Argument(value);
      if (ppp._status >= Status.Connecting) {
        throw osError(114, 'EALREADY');
      }
      return value;
    },
    _set: function (value: unknown) {
      ipv4.call(ppp, { addr4: value } as never);
    },
  };
}
