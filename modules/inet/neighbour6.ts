/** Neighbour discovery (RFC 4861): who has an address is asked and told; whoever has one that we probe is heard. */

import { getIpv6, isLinkLocal, isMulticast } from '../wire/addr6';
import { copyOf, getU32 } from '../wire/bytes';
import {
  Advertised,
  Icmpv6,
  NEIGHBOUR_MESSAGE,
  ND_HOP_LIMIT,
  NdOption,
  ROUTER_ADVERTISEMENT,
  TARGET,
  ndOption,
  ndOptionsValid,
  putMacOption,
  putNeighbour,
} from '../wire/icmpv6';
import { netif6Changed } from './addresses6';
import { Verdict } from './ip';
import { Address6, AddressState, MESSAGE_AT, Netif6, isUsable, ownAddress, icmp6Output } from './ip6';
import { inputAdvertisement } from './router6';

const ALL_NODES = 'ff02::1';

/** Somebody else has an address that we were about to take (RFC 4862 §5.4.5). */
function duplicated(netif: Netif6, own: Address6): void {
  own._state = AddressState.Duplicated;
  own._probeAtMs = Infinity;
  netif6Changed(netif);
  if (netif._duplicate) {
    netif._duplicate(own._address);
  }
}

function isTentative(own: Address6): boolean {
  return own._state < AddressState.Deprecated;
}

/** Says that an address is ours, with the link's own address where it has one. */
function advertise(netif: Netif6, target: string, to: string, flags: number): void {
  const frame = netif._v6._frame;
  let end = putNeighbour(frame, MESSAGE_AT, flags, target);
  if (netif._mac) {
    end = putMacOption(frame, end, NdOption.TargetMac, netif._mac);
  }
  icmp6Output(netif, Icmpv6.NeighbourAdvertisement, 0, end, target, to, ND_HOP_LIMIT);
}

/** Asks who has an address. @param source '::' for a probe; @param to the group of the target, or the target */
export function solicit(netif: Netif6, source: string, to: string, target: string): void {
  const frame = netif._v6._frame;
  let end = putNeighbour(frame, MESSAGE_AT, 0, target);
  if (netif._mac && source !== '::') {
    end = putMacOption(frame, end, NdOption.SourceMac, netif._mac);
  }
  icmp6Output(netif, Icmpv6.NeighbourSolicitation, 0, end, source, to, ND_HOP_LIMIT);
}

/** @param option where the MAC address of `address` stands, -1 for nowhere */
function tellNeighbour(
  netif: Netif6,
  type: number,
  address: string,
  buf: Uint8Array,
  option: number,
  flags: number,
): void {
  if (netif._neighbour) {
    // Longer ones are those of other kinds of links (RFC 4861 §4.6.1).
    const mac = option < 0 || buf[option + 1] !== 1 ? null : copyOf(buf, option + 2, option + 8);
    netif._neighbour(type, address, mac, flags);
  }
}

/** Takes a message of neighbour discovery, buf[at, end), whose checksum is right. */
export function ndInput(
  netif: Netif6,
  buf: Uint8Array,
  at: number,
  end: number,
  source: string,
  destination: string,
  hopLimit: number,
): Verdict {
  const type = buf[at];
  if (type === Icmpv6.ListenerQuery && netif._query) {
    return netif._query(buf, at, end, source, hopLimit);
  }
  const isNeighbour = type === Icmpv6.NeighbourSolicitation || type === Icmpv6.NeighbourAdvertisement;
  if (!isNeighbour && type !== Icmpv6.RouterAdvertisement) {
    return Verdict.Dropped; // Redirects among them: they are a host's to ignore.
  }
  const options = at + (isNeighbour ? NEIGHBOUR_MESSAGE : ROUTER_ADVERTISEMENT);
  // RFC 4861 §6.1.2, §7.1.
  if (hopLimit !== ND_HOP_LIMIT || buf[at + 1] || options > end || !ndOptionsValid(buf, options, end)) {
    return Verdict.Bad;
  }
  if (!isNeighbour) {
    if (!isLinkLocal(source)) {
      return Verdict.Bad;
    }
    if (!netif._autoconf) {
      return Verdict.Dropped;
    }
    inputAdvertisement(netif, buf, at, end, source);
    tellNeighbour(netif, type, source, buf, ndOption(buf, options, end, NdOption.SourceMac), 0);
    return Verdict.Taken;
  }
  const target = getIpv6(buf, at + TARGET);
  const own = ownAddress(netif, target);
  const isSolicitation = type === Icmpv6.NeighbourSolicitation;
  if (
    isMulticast(target) ||
    (!isSolicitation && isMulticast(destination) && getU32(buf, at + 4) & Advertised.Solicited)
  ) {
    return Verdict.Bad;
  }
  const isProbe = source === '::';
  if (own && isTentative(own)) {
    // A solicitation from somewhere is an ordinary question, which somebody else may answer.
    if (!isSolicitation || isProbe) {
      duplicated(netif, own);
    }
    return Verdict.Taken;
  }
  const mac = ndOption(buf, options, end, isSolicitation ? NdOption.SourceMac : NdOption.TargetMac);
  if (isSolicitation) {
    if (!own || !isUsable(own)) {
      return Verdict.Dropped;
    }
    if (!isProbe) {
      tellNeighbour(netif, type, source, buf, mac, 0);
    }
    advertise(
      netif,
      target,
      isProbe ? ALL_NODES : source,
      isProbe ? Advertised.Override : Advertised.Override + Advertised.Solicited,
    );
  } else if (own) {
    return Verdict.Dropped; // Somebody says that he has ours: too late.
  } else {
    tellNeighbour(netif, type, target, buf, mac, getU32(buf, at + 4));
  }
  return Verdict.Taken;
}
