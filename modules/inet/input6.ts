/** An IPv6 packet arrives (RFC 8200): its extension headers are walked over, and TCP and UDP get it as one of IPv4. */

import { getIpv6, isMulticast } from '../wire/addr6';
import { copyOf, getU16, putU16 } from '../wire/bytes';
import { foldChecksum } from '../wire/checksum';
import { Icmpv6, Icmpv6Code } from '../wire/icmpv6';
import { IPV4_HEADER, Ipv4 } from '../wire/ipv4';
import { Chain, Ipv6, NextHeader, addressSum, ipv6Parse, ipv6Upper } from '../wire/ipv6';
import { Udp } from '../wire/udp';
import { Verdict } from './ip';
import { Netif6, isListening, isUsable, ownAddress } from './ip6';
import { icmp6Error, icmp6Input } from './icmp6';
import { tcpInput, tcpRefuse } from './tcp-input';
import { udpInput } from './udp';

const FRAGMENT_HEADER = 8;

/**
 * Takes the packet buf[at, end) from an interface; it is changed. Replies of TCP and its users' callbacks come with
 * stackFlush.
 */
export function ipv6Input(netif: Netif6, buf: Uint8Array, at: number, end: number, nowMs: number): void {
  const stack = netif._v6._stack;
  stack._nowMs = nowMs;
  stack._rxSum = 0;
  netif._v6._arrivedBy = netif;
  const verdict = netif._up ? input(netif, buf, at, end) : Verdict.Dropped;
  if (verdict === Verdict.Bad) {
    stack._stats.badPackets++;
  } else if (verdict) {
    stack._stats.dropped++;
  }
}

function input(netif: Netif6, buf: Uint8Array, at: number, end: number): Verdict {
  const stack = netif._v6._stack;
  const stop = ipv6Parse(buf, at, end);
  if (stop < 0) {
    return Verdict.Bad;
  }
  const source = getIpv6(buf, at + Ipv6.Source);
  const destination = getIpv6(buf, at + Ipv6.Destination);
  const own = ownAddress(netif, destination);
  const upper = ipv6Upper(buf, at, stop);
  let next = upper._next;
  let header = upper._at;
  // RFC 4291 §2.5.3, §2.7; RFC 4942 §2.2: what has no business on a wire.
  if (
    isMulticast(source) ||
    source === '::1' ||
    /^::ffff:/.test(source) ||
    (!own && !isListening(netif, destination))
  ) {
    return Verdict.Dropped;
  }
  if (next === NextHeader.Fragment && header + FRAGMENT_HEADER <= stop) {
    if (getU16(buf, header + 2) & 0xfff9) {
      stack._stats.fragments++;
      return Verdict.Taken;
    }
    // RFC 6946: a fragment that is all of it.
    next = buf[header];
    upper._field = header;
    header += FRAGMENT_HEADER;
  }
  if (next === Chain.Bad || header > stop) {
    return Verdict.Bad;
  }
  if (next === NextHeader.Icmp) {
    return icmp6Input(netif, buf, at, header, stop, source, destination);
  }
  const usable = own && isUsable(own);
  const isUdp = next === NextHeader.Udp;
  if (next === Chain.Discard || source === '::' || !(usable || (isUdp && !own))) {
    if (usable && upper._problem) {
      icmp6Error(netif, Icmpv6.ParameterProblem, upper._code, upper._problem - at, buf, at, stop, source, destination);
    }
    return Verdict.Dropped;
  }
  if (next === NextHeader.None) {
    return Verdict.Taken;
  }
  if (next !== NextHeader.Tcp && !isUdp) {
    icmp6Error(
      netif,
      Icmpv6.ParameterProblem,
      Icmpv6Code.UnknownNextHeader,
      upper._field - at,
      buf,
      at,
      stop,
      source,
      destination,
    );
    return Verdict.Dropped;
  }
  if (isUdp && stop - header >= 8 && !getU16(buf, header + Udp.Checksum)) {
    return Verdict.Bad; // RFC 8200 §8.1: IPv6 has no other protection.
  }
  // The header of IPv4 that TCP and UDP read: its addresses have the sum of the real ones, which are used up.
  const packet = header - IPV4_HEADER;
  const before = copyOf(buf, packet, header);
  const sum = ~foldChecksum(addressSum(buf, at)) & 0xffff;
  buf[packet + Ipv4.Protocol] = next;
  buf.fill(0, packet + Ipv4.Source, header);
  putU16(buf, packet + Ipv4.Source, sum);
  let verdict = isUdp
    ? udpInput(stack, buf, packet, stop, source)
    : tcpInput(stack, netif, buf, packet, stop, source, destination);
  if (verdict === Verdict.Unclaimed) {
    if (!isUdp) {
      tcpRefuse(stack, netif, buf, packet, stop, source, destination);
    } else {
      buf.set(before, packet);
      icmp6Error(netif, Icmpv6.Unreachable, Icmpv6Code.PortUnreachable, 0, buf, at, stop, source, destination);
    }
    verdict = Verdict.Dropped;
  }
  return verdict;
}
