/** The driver of a wired interface: the W5500 below, the Ethernet link on it, the host's stack above. */

import { formatIpv4 } from '../wire/addr';
import { EtherType } from '../wire/ethernet';
import { latin1Bytes } from '../wire/bytes';
import { min } from '../wire/math';
import {
  DhcpState,
  EthernetLink,
  createEthernet,
  ethernetCarrier,
  ethernetClose,
  ethernetConfigure,
  ethernetDhcp,
  ethernetInput,
  ethernetOutput,
  ethernetPoll,
  ethernetPollAt,
} from '../ethernet/link';
import {
  SpiDevice,
  W5500,
  createW5500,
  w5500Close,
  w5500Open,
  w5500Poll,
  w5500PollAt,
  w5500Send,
} from '../ethernet/w5500';
import { Phy } from '../ethernet/w5500-registers';
import { Netif, netifUp } from '../inet/ip';
import { netifDown, stackFlush, stackInput } from '../inet/stack';
import { resolverClear } from '../inet/resolver';
import { osError } from './errors';
import { emit } from './emitter';
import { hostName } from './hostname';
import { Host, hostRearm } from './host';
import { macArgument } from './mac-argument';
import { NIC, NicDriver, addressAndMask, gateway4, initNic, nicFailed, notSupported, tellWaiting } from './nic';

/** Neighbours known at a time. */
const NEIGHBOURS = 6;

const MTU = 1500;

/** Without a cable for this long, the user is told. */
const CABLE_WAIT_MS = 5000;

const ERRNOS: { [reason: string]: number } = { 'no-cable': 100, 'no-answer': 110, 'address-conflict': 98 };

/** What of an interface has its own numbers. */
export interface Wired {
  _nic: NIC;
  _link: EthernetLink;
  _chip: W5500;
  _netif: Netif;
  /** When the missing cable is reported, ms. */
  _cableAtMs: number;
  _reason: string;
  _phase: string;
  /** The gateway that goes with a static address. */
  _gateway: number;
}

/** Makes an interface of the chip behind `spi`. @param status its numbers for: inactive, no cable, cable, with an address */
export function initWired(nic: NIC, host: Host, spi: SpiDevice, mac: Uint8Array, numbers: number[]): void {
  initNic(nic, host);
  const netif = {
    _address: 0,
    _mask: 0,
    _gateway: 0,
    _mtu: MTU,
    _up: false,
    _dns: [],
    _nic: nic,
    _output: function (buf: Uint8Array, at: number, end: number) {
      const done = ethernetOutput(link, buf, at, end, host._stack._nowMs);
      host._stack._nowMs = host._nowMs();
      return done;
    },
  } as unknown as Netif;
  const chip = createW5500(
    spi,
    {
      _frame: function (buf, at, end) {
        ethernetInput(link, buf, at, end, host._nowMs());
      },
      _carrier: function (up) {
        carrier(wired, up);
      },
    },
    mac,
  );
  const link = createEthernet(
    {
      _transmit: function (buf, at, end) {
        return w5500Send(chip, buf, at, end);
      },
      _packet: function (type, buf, at, end) {
        if (type === EtherType.Ipv4) {
          stackInput(host._stack, netif, buf, at, end, link._nowMs);
        }
      },
      _configured: function () {
        configured(wired);
      },
      _failed: function (reason) {
        failed(wired, reason);
      },
      _random32: host._random32,
      _hostName: function () {
        return latin1Bytes(hostName());
      },
    },
    NEIGHBOURS,
  );
  link._mac = mac;
  const wired: Wired = {
    _nic: nic,
    _link: link,
    _chip: chip,
    _netif: netif,
    _cableAtMs: Infinity,
    _reason: '',
    _phase: 'dead',
    _gateway: 0,
  };
  nic._driver = driver(wired, numbers);
  if (host._wiredMade) {
    host._wiredMade(wired);
  }
  host._pollables.push({
    _poll: function (nowMs) {
      w5500Poll(chip, nowMs);
      ethernetPoll(link, nowMs);
      if (nowMs >= wired._cableAtMs) {
        wired._cableAtMs = Infinity;
        failed(wired, 'no-cable');
      }
    },
    _pollAt: function () {
      return min(w5500PollAt(chip), ethernetPollAt(link), wired._cableAtMs);
    },
  });
}

function setPhase(wired: Wired, phase: string): void {
  if (phase !== wired._phase) {
    wired._phase = phase;
    emit(wired._nic._listeners, 'phase', phase);
  }
}

function failed(wired: Wired, reason: string): void {
  wired._reason = reason;
  nicFailed(wired._nic, wired._phase, reason, ERRNOS[reason]);
}

function carrier(wired: Wired, up: boolean): void {
  const nowMs = wired._nic._host._nowMs();
  wired._cableAtMs = up ? Infinity : nowMs + CABLE_WAIT_MS;
  if (!up) {
    wired._reason = 'no-cable';
  }
  ethernetCarrier(wired._link, up, nowMs);
  setPhase(wired, up ? 'network' : 'establish');
}

/** The link has got an address, or lost it. */
function configured(wired: Wired): void {
  const link = wired._link;
  const netif = wired._netif;
  const nic = wired._nic;
  const host = nic._host;
  const stack = host._stack;
  const was = netif._up;
  const address = link._address;
  if (netif._address && (address ? address !== netif._address : link._lost)) {
    // Connections from an address that is no longer ours.
    netifDown(stack, netif, host._nowMs());
    netif._address = netif._mask = netif._gateway = 0;
    if (!address) {
      host._plug(0);
    }
  }
  netif._up = false;
  if (address) {
    netif._address = address;
    netif._mask = link._mask;
    netif._gateway = link._gateway;
    netif._dns = link._dns;
    wired._reason = '';
    resolverClear(host._resolver);
    if (was) {
      netif._up = true;
      return;
    }
    netifUp(stack, netif);
    host._plug(address);
    setPhase(wired, 'running');
    emit(nic._listeners, 'connected');
    tellWaiting(nic, null);
  } else if (was) {
    emit(nic._listeners, 'disconnected', wired._reason || 'address-lost');
    if (nic._active) {
      setPhase(wired, link._up ? 'network' : 'establish');
    }
  }
}

/** Switches the interface on or off. */
function activate(wired: Wired, on: boolean): void {
  const host = wired._nic._host;
  const chip = wired._chip;
  const nowMs = host._nowMs();
  if (!on) {
    wired._reason = 'user';
    wired._cableAtMs = Infinity;
    wired._nic._active = false;
    ethernetClose(wired._link, nowMs);
    w5500Close(chip);
    stackFlush(host._stack);
    setPhase(wired, 'dead');
    return;
  }
  const interrupt = function (): void {
    w5500Poll(chip, host._nowMs());
    stackFlush(host._stack);
    hostRearm(host);
  };
  if (!w5500Open(chip, interrupt, nowMs)) {
    throw osError(
      19,
      'ENODEV: no W5500 answers (version 0x' + chip._version.toString(16) + ' in the place of 0x4): look at the wiring',
    );
  }
  wired._reason = '';
  wired._cableAtMs = nowMs + CABLE_WAIT_MS;
  setPhase(wired, 'establish');
  hostRearm(host);
}

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

function driver(wired: Wired, numbers: number[]): NicDriver {
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
