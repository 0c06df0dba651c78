/** IPv6 of a host, an optional part: joins the stack's with the resolver, and has ipconfig() of interfaces tell and set it. */

import { parseIpv4 } from '../wire/addr';
import { isMulticast, parseIpv6 } from '../wire/addr6';
import { ipv6Poll, ipv6PollAt, netif6Down, setAutoconf, setStatic6 } from '../inet/autoconf';
import { Dhcp6, isDhcp6, setDhcp6, useDhcp6 } from '../inet/dhcp6';
import { AddressState, Netif6, Origin, Stack6, useIpv6 as useStack6 } from '../inet/ip6';
import { Resolver6, resolveAny, useResolver6 } from '../inet/resolver6';
import { netifDown } from '../inet/stack';
import { raiseValueError } from './errors';
import { Host, hostRearm } from './host';
import type { Settings } from './settings';

export interface Ipv6Host {
  _v6: Stack6;
  _dhcp6: Dhcp6;
  _resolver6: Resolver6;
  /** Text as an address, '' for what is none. */
  _parse: (text: unknown) => string;
}

const FOR_EVER_S = 0xffffffff;

/** Gives a host IPv6: useIpv6 and useEthernet6 give it to interfaces. */
export function useIpv6Host(host: Host): Ipv6Host {
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
