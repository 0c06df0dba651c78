/**
 * What time does to IPv6 addresses (RFC 4862): probes are sent, and what nobody has answered is used; lifetimes end;
 * routers are asked for. Doors: ipv6Poll, ipv6PollAt.
 */

import { solicitedNode } from '../wire/addr6';
import { ICMPV6_HEADER, Icmpv6, ND_HOP_LIMIT, NdOption, putMacOption } from '../wire/icmpv6';
import { max, min } from '../wire/math';
import { dropAddresses, netif6Changed } from './addresses6';
import { Address6, AddressState, MESSAGE_AT, Netif6, Stack6, Told, sourceFor, icmp6Output } from './ip6';
import { solicit } from './neighbour6';

export { netif6Down, netif6Resume, netif6Suspend, netif6Up, setAutoconf, setStatic6 } from './addresses6';

const ALL_ROUTERS = 'ff02::2';

/** RFC 4862 §5.1, RFC 4861 §10: one probe, and a second to answer it. */
const PROBES = 1;
const PROBE_MS = 1000;
const SOLICIT_MOST_MS = 3600000;

function pollAddress(netif: Netif6, own: Address6, nowMs: number): void {
  if (nowMs >= own._probeAtMs) {
    if (own._state - AddressState.Tentative < PROBES) {
      own._state++;
      own._probeAtMs = nowMs + PROBE_MS;
      solicit(netif, '::', solicitedNode(own._address), own._address);
    } else {
      own._probeAtMs = Infinity;
      own._state = nowMs < own._preferredUntilMs ? AddressState.Preferred : AddressState.Deprecated;
      netif6Changed(netif);
    }
  }
  if (own._state === AddressState.Preferred && nowMs >= own._preferredUntilMs) {
    own._state = AddressState.Deprecated;
  }
}

/** What is not yet over. */
function current(list: Told[], nowMs: number): Told[] {
  return list.filter(function (told) {
    return nowMs < told._untilMs;
  });
}

function pollNetif(netif: Netif6, nowMs: number): void {
  const servers = netif._servers.length;
  netif._addresses.forEach(function (own) {
    pollAddress(netif, own, nowMs);
  });
  dropAddresses(netif, function (own) {
    return nowMs >= own._validUntilMs;
  });
  netif._routers = current(netif._routers, nowMs);
  netif._prefixes = current(netif._prefixes, nowMs);
  netif._servers = current(netif._servers, nowMs);
  if (netif._servers.length < servers) {
    netif6Changed(netif);
  }
  const source = nowMs >= netif._solicitAtMs && sourceFor(netif, ALL_ROUTERS);
  if (source) {
    const frame = netif._v6._frame;
    const random = 0.9 + (netif._v6._stack._random32() % 256) / 1280;
    netif._solicitAtMs = nowMs + max(1, Math.floor(netif._solicitWaitMs * random));
    netif._solicitWaitMs = min(2 * netif._solicitWaitMs, SOLICIT_MOST_MS);
    let end = MESSAGE_AT + ICMPV6_HEADER;
    frame.fill(0, MESSAGE_AT + 4, end);
    if (netif._mac) {
      end = putMacOption(frame, end, NdOption.SourceMac, netif._mac);
    }
    icmp6Output(netif, Icmpv6.RouterSolicitation, 0, end, source, ALL_ROUTERS, ND_HOP_LIMIT);
  }
}

/** Does what is due on all interfaces. */
export function ipv6Poll(v6: Stack6, nowMs: number): void {
  v6._stack._nowMs = nowMs;
  v6._netifs.slice().forEach(function (netif) {
    pollNetif(netif, nowMs);
  });
  v6._parts.forEach(function (part) {
    part._poll(nowMs);
  });
}

/** When ipv6Poll has something to do next, ms; Infinity for never. */
export function ipv6PollAt(v6: Stack6): number {
  let atMs = Infinity;
  const told = function (one: Told): void {
    atMs = min(atMs, one._untilMs);
  };
  v6._netifs.forEach(function (netif) {
    // Routers are asked as soon as there is an address to ask from.
    if (sourceFor(netif, ALL_ROUTERS)) {
      atMs = min(atMs, netif._solicitAtMs);
    }
    netif._routers.forEach(told);
    netif._prefixes.forEach(told);
    netif._servers.forEach(told);
    netif._addresses.forEach(function (own) {
      atMs = min(
        atMs,
        own._probeAtMs,
        own._validUntilMs,
        own._state === AddressState.Preferred ? own._preferredUntilMs : Infinity,
      );
    });
  });
  v6._parts.forEach(function (part) {
    atMs = min(atMs, part._pollAt());
  });
  return atMs;
}
