/** IPv6 of a host's interfaces, an optional part: joins the stack's with PPP's, and has ipconfig() tell and set it. */

import { parseIpv4 } from '../wire/addr';
import { isMulticast, parseIpv6 } from '../wire/addr6';
import { putU32 } from '../wire/bytes';
import { ipv6Poll, ipv6PollAt, netif6Down, netif6Up, setAutoconf, setStatic6 } from '../inet/autoconf';
import { Dhcp6, isDhcp6, setDhcp6, useDhcp6 } from '../inet/dhcp6';
import { ipv6Input } from '../inet/input6';
import { AddressState, Netif6, Origin, Stack6, createNetif6, useIpv6 as useStack6 } from '../inet/ip6';
import { Resolver6, resolveAny, useResolver6 } from '../inet/resolver6';
import { netifDown } from '../inet/stack';
import { Ipv6cp, ipv6Send } from '../ppp/ipv6cp';
import { linkMtu } from '../ppp/link';
import { IPCONFIG_TEXTS, addr4Argument } from './args';
import { emit } from './emitter';
import { osError, raiseValueError } from './errors';
import { Host, hostRearm } from './host';
import { addPart } from './parts';
import type { PPP } from './ppp';
import { useIpv6Option } from './ppp-options';
import { Status } from './ppp-types';
import { Settings, useSettings } from './settings';

export interface Ipv6Host {
  _v6: Stack6;
  _dhcp6: Dhcp6;
  _resolver6: Resolver6;
  /** Text as an address, '' for what is none. */
  _parse: (text: unknown) => string;
}

const FOR_EVER_S = 0xffffffff;

/** Gives a host IPv6; every PPP object that is made on it from now on takes it with `config({ipv6: 1})`. */
export function useIpv6(host: Host): Ipv6Host {
  const v6 = useStack6(host._stack);
  const ipv6: Ipv6Host = {
    _v6: v6,
    _dhcp6: useDhcp6(v6),
    _resolver6: useResolver6(host._resolver, v6),
    _parse: parseIpv6,
  };
  host._ipv6 = ipv6;
  host._resolve = function (name, done, nowMs) {
    resolveAny(ipv6._resolver6, name, done, nowMs);
  };
  host._pollables.push({
    _poll: function (nowMs) {
      ipv6Poll(v6, nowMs);
    },
    _pollAt: function () {
      return ipv6PollAt(v6);
    },
  });
  useIpv6Option(host);
  addPart(host, 'ipv6', function (ppp) {
    addToPpp(ppp, ppp._ipv6 as Ipv6cp, ipv6);
  });
  return ipv6;
}

/** Seconds that are left; MicroPython's numbers for none that end. */
function secondsLeft(untilMs: number, nowMs: number, origin: Origin): number {
  return origin !== Origin.Autoconf
    ? 0
    : untilMs === Infinity
      ? FOR_EVER_S
      : Math.max(0, Math.floor((untilMs - nowMs) / 1000));
}

/** An address that one station may have; '' for null. */
function addr6Argument(value: unknown): string {
  if (value === null) {
    return '';
  }
  const address = parseIpv6(value);
  if (!address && parseIpv4(value) >= 0) {
    raiseValueError('invalid address type');
  }
  if (!address || isMulticast(address) || address === '::' || address === '::1') {
    raiseValueError('invalid arguments');
  }
  return address;
}

/** What ipconfig() of an interface has about IPv6. */
export function ipv6Settings(ipv6: Ipv6Host, netif: Netif6, host: Host): Settings {
  return {
    addr6: {
      _get: function () {
        const nowMs = host._nowMs();
        return netif._addresses.map(function (one) {
          return [
            one._address,
            one._state,
            secondsLeft(one._preferredUntilMs, nowMs, one._origin),
            secondsLeft(one._validUntilMs, nowMs, one._origin),
          ];
        });
      },
      _check: addr6Argument,
      _set: function (address: string) {
        setStatic6(netif, address, host._nowMs());
        hostRearm(host);
      },
    },
    autoconf6: {
      _get: function () {
        return netif._autoconf;
      },
      _check: Boolean,
      _set: function (on: boolean) {
        setAutoconf(netif, on, host._nowMs());
        hostRearm(host);
      },
    },
    has_autoconf6: {
      _get: function () {
        return netif._addresses.some(function (one) {
          return (
            one._origin === Origin.Autoconf &&
            (one._state === AddressState.Preferred || one._state === AddressState.Deprecated)
          );
        });
      },
    },
    dhcp6: {
      _get: function () {
        return isDhcp6(ipv6._dhcp6, netif);
      },
      _check: Boolean,
      _set: function (on: boolean) {
        setDhcp6(ipv6._dhcp6, netif, on, host._nowMs());
        hostRearm(host);
      },
    },
  };
}

/** An interface has lost IPv6: connections end with ENETDOWN. */
export function ipv6Down(netif: Netif6, nowMs: number): void {
  if (netif._up) {
    netif6Down(netif);
    netifDown(netif._v6._stack, netif, nowMs);
  }
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
