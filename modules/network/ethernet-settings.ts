/** What a wired interface tells, and lets be set: status(), config(), ipconfig(), ifconfig(). */

import { formatIpv4 } from '../wire/addr';
import { DhcpState, ethernetConfigure, ethernetDhcp } from '../ethernet/link';
import { Phy } from '../ethernet/w5500-registers';
import { activate } from './ethernet-life';
import type { Wired } from './ethernet-types';
import { hostRearm } from './host';
import { macArgument } from './mac-argument';
import { NicDriver, addressAndMask, gateway4, notSupported } from './nic';

/** Takes an address, or none with 0. */
function fix(wired: Wired, address: number, mask: number): void {
  const host = wired._nic._host;
  ethernetConfigure(wired._link, { _address: address, _mask: mask, _gateway: wired._gateway }, host._nowMs());
  hostRearm(host);
}

function dhcp(wired: Wired): void {
  const host = wired._nic._host;
  ethernetDhcp(wired._link, host._nowMs());
  hostRearm(host);
}

function setGateway(wired: Wired, gateway: number): void {
  const link = wired._link;
  wired._gateway = gateway;
  if (link._static) {
    link._static._gateway = gateway;
  }
  if (link._address) {
    link._gateway = wired._netif._gateway = gateway;
  }
}

function refuse(): never {
  return notSupported('ENOTSUP: no IPv6 in this bundle');
}

function always(value: unknown): { _get(): unknown; _check(): never } {
  return {
    _get: function () {
      return value;
    },
    _check: refuse,
  };
}

/** What AbstractNIC asks of it. @param numbers of status(): inactive, no cable, cable, with an address */
export function wiredDriver(wired: Wired, numbers: number[]): NicDriver {
  const link = wired._link;
  const chip = wired._chip;
  const netif = wired._netif;
  const nic = wired._nic;
  return {
    _netif: netif,
    _activate: function (on) {
      activate(wired, on);
    },
    _connect: function () {
      nic.active(true);
    },
    _disconnect: function () {
      nic.active(false);
    },
    _isConnected: function () {
      return netif._up;
    },
    _scan: function () {
      notSupported('ENOTSUP: a cable leads to one network');
    },
    _status: function () {
      return numbers[!nic._active ? 0 : netif._up ? 3 : chip._phy ? 2 : 1];
    },
    _statusOf: {
      phase: function () {
        return wired._phase;
      },
      reason: function () {
        return wired._reason;
      },
      /** Mbit/s, 0 without a cable. */
      speed: function () {
        return chip._phy ? (chip._phy & Phy.Speed100 ? 100 : 10) : 0;
      },
      duplex: function () {
        return chip._phy ? (chip._phy & Phy.FullDuplex ? 'full' : 'half') : '';
      },
      stats: function () {
        const stats: Record<string, number> = {};
        [nic._host._stack._stats, link._stats, chip._stats].forEach(function (counters) {
          for (const name in counters) {
            stats[name] = (counters as unknown as Record<string, number>)[name];
          }
        });
        return stats;
      },
    },
    _config: {
      mac: {
        _get: function () {
          return new Uint8Array(link._mac);
        },
        _check: macArgument,
        _set: function (mac: Uint8Array) {
          link._mac.set(mac);
          if (nic._active) {
            // All that hangs on it begins anew.
            nic.active(false);
            nic.active(true);
          }
        },
      },
    },
    _ifconfig: function (wanted) {
      if (wanted) {
        wired._gateway = wanted[2];
        fix(wired, wanted[0], wanted[1]);
      } else {
        dhcp(wired);
      }
    },
    _ipconfig: {
      addr4: {
        _get: function () {
          return [formatIpv4(netif._address), formatIpv4(netif._mask)];
        },
        _check: function (value) {
          const fixed = link._static;
          return addressAndMask(value, (fixed ? fixed._mask : link._mask) || 0xffffff00);
        },
        _set: function (pair: number[]) {
          fix(wired, pair[0], pair[1]);
        },
      },
      gw4: {
        _get: function () {
          return formatIpv4(netif._gateway);
        },
        _check: gateway4,
        _set: function (gateway: number) {
          setGateway(wired, gateway);
        },
      },
      dhcp4: {
        _get: function () {
          return nic._active && !link._static;
        },
        _check: Boolean,
        _set: function (on: boolean) {
          if (on) {
            dhcp(wired);
          } else if (!link._static) {
            fix(wired, 0, 0);
          }
        },
      },
      has_dhcp4: {
        _get: function () {
          return link._dhcp >= DhcpState.Bound;
        },
      },
      addr6: always([]),
      dhcp6: always(false),
      autoconf6: always(false),
      has_autoconf6: { _get: always(false)._get },
    },
  };
}
