/** A router advertisement arrives (RFC 4861 §6.3, RFC 4862 §5.5, RFC 8106): what it tells is kept, within bounds. */

import { ipv6Groups, isLinkLocal, isMulticast } from '../wire/addr6';
import {
  NdOption,
  PrefixFlag,
  PrefixOption,
  ROUTER_ADVERTISEMENT,
  ndMtu,
  ndNext,
  ndOption,
  ndPrefix,
  ndRdnss,
  routerFields,
} from '../wire/icmpv6';
import { IPV6_MTU_LEAST } from '../wire/ipv6';
import { max, min } from '../wire/math';
import { addAddress, addressIn, netif6Changed } from './addresses6';
import { AddressState, Netif6, Origin, Told, isUsable, ownAddress } from './ip6';

/** Named bounds of what routers may tell. */
const ROUTERS = 2;
const PREFIXES = 4;
const SERVERS = 3;
/** Addresses of an interface: link-local, the user's, and of prefixes. */
const ADDRESSES = 6;

const REACHABLE_MOST_MS = 3600000;
const RETRANS_LEAST_MS = 100;
const RETRANS_MOST_MS = 10000;

/** RFC 4862 §5.5.3 e: nobody shortens the life of an address below two hours, unless it was less. */
const TWO_HOURS_MS = 7200000;
const FOR_EVER = 0xffffffff;

function untilMs(nowMs: number, seconds: number): number {
  return seconds === FOR_EVER ? Infinity : nowMs + seconds * 1000;
}

/** Puts what a router has told into a list of so many at most, or with no time left takes it out. */
function tell(list: Told[], most: number, address: string, length: number, until: number, nowMs: number): Told[] {
  let known = false;
  // Who is known keeps his place: the first router is the one that is used.
  const kept = list.filter(function (told) {
    if (told._address !== address || told._length !== length) {
      return true;
    }
    told._untilMs = until;
    known = until > nowMs;
    return known;
  });
  if (until > nowMs && !known && kept.length < most) {
    kept.push({ _address: address, _length: length, _untilMs: until });
  }
  return kept;
}

/** RFC 4862 §5.5.3: an address of a prefix, or a longer life for it. */
function configure(netif: Netif6, option: PrefixOption): void {
  const nowMs = netif._v6._stack._nowMs;
  const address = addressIn(netif, ipv6Groups(option._prefix) as number[]);
  const validMs = untilMs(nowMs, option._validS);
  const preferredMs = untilMs(nowMs, option._preferredS);
  let own = ownAddress(netif, address);
  if (!own) {
    if (!option._validS || netif._addresses.length >= ADDRESSES) {
      return;
    }
    own = addAddress(netif, address, Origin.Autoconf);
    own._validUntilMs = validMs;
  } else if (own._origin !== Origin.Autoconf) {
    return;
  } else if (option._validS * 1000 > TWO_HOURS_MS || validMs > own._validUntilMs) {
    own._validUntilMs = validMs;
  } else {
    own._validUntilMs = min(own._validUntilMs, nowMs + TWO_HOURS_MS);
  }
  own._preferredUntilMs = preferredMs;
  if (isUsable(own)) {
    own._state = preferredMs > nowMs ? AddressState.Preferred : AddressState.Deprecated;
  }
}

/** Takes the advertisement buf[at, end), whose options have been found valid. */
export function inputAdvertisement(netif: Netif6, buf: Uint8Array, at: number, end: number, router: string): void {
  const nowMs = netif._v6._stack._nowMs;
  const fields = routerFields(buf, at);
  const options = at + ROUTER_ADVERTISEMENT;
  netif._routers = tell(netif._routers, ROUTERS, router, 0, nowMs + fields._lifetimeS * 1000, nowMs);
  netif._hopLimit = fields._hopLimit || netif._hopLimit;
  // RFC 4861 §6.3.4, within what does no harm: an hour at most (§6.2.1), and ten questions a second.
  netif._reachableMs = min(fields._reachableMs, REACHABLE_MOST_MS) || netif._reachableMs;
  netif._retransMs = max(min(fields._retransMs, RETRANS_MOST_MS) || netif._retransMs, RETRANS_LEAST_MS);
  // It has been heard: it speaks again by itself.
  netif._solicitAtMs = Infinity;
  let option = ndOption(buf, options, end, NdOption.Mtu);
  const mtu = option < 0 ? 0 : ndMtu(buf, option, end);
  if (mtu >= IPV6_MTU_LEAST && mtu <= netif._linkMtu) {
    netif._mtu = mtu - 20;
  }
  for (
    option = ndOption(buf, options, end, NdOption.Prefix);
    option >= 0;
    option = ndOption(buf, ndNext(buf, option), end, NdOption.Prefix)
  ) {
    const prefix = ndPrefix(buf, option, end);
    if (prefix && !isLinkLocal(prefix._prefix) && !isMulticast(prefix._prefix)) {
      if (prefix._flags & PrefixFlag.OnLink) {
        const until = untilMs(nowMs, prefix._validS);
        netif._prefixes = tell(netif._prefixes, PREFIXES, prefix._prefix, prefix._length, until, nowMs);
      }
      if (prefix._flags & PrefixFlag.Autonomous && prefix._length === 64 && prefix._preferredS <= prefix._validS) {
        configure(netif, prefix);
      }
    }
  }
  for (
    option = ndOption(buf, options, end, NdOption.Rdnss);
    option >= 0;
    option = ndOption(buf, ndNext(buf, option), end, NdOption.Rdnss)
  ) {
    const rdnss = ndRdnss(buf, option, end);
    if (rdnss) {
      rdnss._servers.forEach(function (server) {
        const until = untilMs(nowMs, rdnss._lifetimeS);
        netif._servers = tell(netif._servers, SERVERS, server, 0, until, nowMs);
      });
    }
  }
  netif6Changed(netif);
}
