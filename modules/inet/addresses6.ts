/**
 * The addresses of an IPv6 interface: link-local, the user's, those that router advertisements have brought. Each begins
 * its probes when it is added; see autoconf.ts.
 */

import { formatGroups } from '../wire/addr6';
import { getU16 } from '../wire/bytes';
import { IPV6_MTU_LEAST } from '../wire/ipv6';
import { netifUp } from './ip';
import {
  Address6,
  AddressState,
  HOP_LIMIT,
  Netif6,
  Origin,
  REACHABLE_MS,
  RETRANS_MS,
  forgetNetif6,
  ownAddress,
} from './ip6';
import { Errno } from './tcb';
import { tcpEnd } from './tcp-close';

/** Up to so long the first probe waits, so that not all who came with the power speak at once, ms. */
const FIRST_WAIT_MS = 200;

/** RFC 7559: routers are asked again, ever less often; first after this, ms. */
const SOLICIT_MS = 4000;

/** Tells the owner of an interface, when addresses, their states or name servers are others than before. */
export function netif6Changed(netif: Netif6): void {
  netif._dns = netif._servers
    .map(function (server) {
      return server._address;
    })
    .concat(netif._dhcp6);
  // An advertisement says mostly what is known.
  const now = netif._dns
    .concat(
      netif._addresses.map(function (one) {
        return one._address + one._state;
      }),
    )
    .join();
  if (now !== netif._toldAs) {
    netif._toldAs = now;
    if (netif._changed) {
      netif._changed();
    }
  }
}

/** Adds an address, which begins its probes. */
export function addAddress(netif: Netif6, address: string, origin: Origin): Address6 {
  const nowMs = netif._v6._stack._nowMs;
  const added: Address6 = {
    _address: address,
    _state: netif._probes ? AddressState.Tentative : AddressState.Preferred,
    _origin: origin,
    _preferredUntilMs: Infinity,
    _validUntilMs: Infinity,
    _probeAtMs: netif._probes ? nowMs + (netif._v6._stack._random32() % FIRST_WAIT_MS) : Infinity,
  };
  netif._addresses.push(added);
  return added;
}

/** The connections of an address that has gone end with it. */
function endConnections(netif: Netif6, address: string): void {
  const tcbs = netif._v6._stack._tcbs;
  for (let i = tcbs.length; i--;) {
    if (tcbs[i] && tcbs[i]._netif === netif && tcbs[i]._localAddress === address) {
      tcpEnd(tcbs[i], Errno.ENETDOWN);
    }
  }
}

/** Takes away the addresses that `gone` says. */
export function dropAddresses(netif: Netif6, gone: (address: Address6) => boolean): void {
  const before = netif._addresses;
  const kept = before.filter(function (address) {
    return !gone(address);
  });
  netif._addresses = kept;
  if (kept.length < before.length) {
    before.filter(gone).forEach(function (address) {
      endConnections(netif, address._address);
    });
    netif6Changed(netif);
  }
}

function solicitSoon(netif: Netif6): void {
  netif._solicitWaitMs = SOLICIT_MS;
  netif._solicitAtMs = netif._autoconf ? netif._v6._stack._nowMs : Infinity;
}

/** The identifier below a prefix of 64 bits. */
export function addressIn(netif: Netif6, prefix: number[]): string {
  const groups = prefix.slice(0, 4);
  for (let i = 0; i < 8; i += 2) {
    groups.push(getU16(netif._identifier, i));
  }
  return formatGroups(groups);
}

function addStatic(netif: Netif6): void {
  if (netif._static && !ownAddress(netif, netif._static)) {
    addAddress(netif, netif._static, Origin.Static);
  }
}

/**
 * The link carries IPv6. The link-local address is made of `_identifier`, which has been set.
 * @param mtu octets; below 1280 IPv6 does not come up
 * @returns whether it is up
 */
export function netif6Up(netif: Netif6, mtu: number, nowMs: number): boolean {
  const v6 = netif._v6;
  if (mtu < IPV6_MTU_LEAST) {
    return false;
  }
  v6._stack._nowMs = nowMs;
  netif._linkMtu = mtu;
  // TCP and UDP subtract the header of IPv4.
  netif._mtu = mtu - 20;
  netif._hopLimit = HOP_LIMIT;
  netif._reachableMs = REACHABLE_MS;
  netif._retransMs = RETRANS_MS;
  netif._addresses = [];
  forgetNetif6(netif);
  v6._netifs.push(netif);
  netifUp(v6._stack, netif);
  addAddress(netif, addressIn(netif, [0xfe80, 0, 0, 0]), Origin.LinkLocal);
  addStatic(netif);
  solicitSoon(netif);
  netif6Changed(netif);
  return true;
}

/**
 * The cable is out: nothing is sent or heard any more, and who is a router is asked anew. Addresses, prefixes and
 * connections are kept.
 */
export function netif6Suspend(netif: Netif6): void {
  forgetNetif6(netif);
  netif._up = false;
  netif._routers = [];
  netif._solicitAtMs = Infinity;
}

/**
 * The cable is in again, perhaps another one: the addresses that were kept are probed anew, and one of a router
 * advertisement goes after others until it is advertised again.
 */
export function netif6Resume(netif: Netif6, nowMs: number): void {
  const before = netif._addresses;
  netif._v6._stack._nowMs = nowMs;
  netif._v6._netifs.push(netif);
  netifUp(netif._v6._stack, netif);
  netif._addresses = [];
  before.forEach(function (one) {
    const again = addAddress(netif, one._address, one._origin);
    again._validUntilMs = one._validUntilMs;
    again._preferredUntilMs = one._origin === Origin.Autoconf ? nowMs : Infinity;
  });
  // It may have been set meanwhile.
  addStatic(netif);
  solicitSoon(netif);
  netif6Changed(netif);
}

/** The link no longer carries it. Connections are ended by netifDown, which the caller calls after this. */
export function netif6Down(netif: Netif6): void {
  forgetNetif6(netif);
  netif._up = false;
  netif._addresses = [];
  netif._routers = [];
  netif._prefixes = [];
  netif._servers = [];
  netif._dhcp6 = [];
  netif._solicitAtMs = Infinity;
  netif6Changed(netif);
}

/** Sets or takes away ('') the user's address: there is one at most. */
export function setStatic6(netif: Netif6, address: string, nowMs: number): void {
  netif._v6._stack._nowMs = nowMs;
  netif._static = address;
  dropAddresses(netif, function (one) {
    return one._origin === Origin.Static || (one._address === address && one._origin === Origin.Autoconf);
  });
  if (netif._up) {
    addStatic(netif);
    netif6Changed(netif);
  }
}

/** Router advertisements are heeded, and asked for at once; or no longer, and what they brought goes. */
export function setAutoconf(netif: Netif6, on: boolean, nowMs: number): void {
  netif._v6._stack._nowMs = nowMs;
  netif._autoconf = on;
  netif._solicitAtMs = Infinity;
  if (!on) {
    dropAddresses(netif, function (one) {
      return one._origin === Origin.Autoconf;
    });
  } else if (netif._up) {
    solicitSoon(netif);
  }
}
