/** ICMPv6 (RFC 4443): echoes answered, errors sent and heeded; messages of neighbour discovery go on to autoconf.ts. */

import type { Address } from '../wire/addr';
import { getIpv6, isMulticast } from '../wire/addr6';
import { getU16, getU32, putBytes, putU32 } from '../wire/bytes';
import { Unreachable } from '../wire/icmp';
import { ICMPV6_HEADER, Icmpv6, Icmpv6Code } from '../wire/icmpv6';
import { IPV6_HEADER, IPV6_MTU_LEAST, Ipv6, NextHeader, checksum6 } from '../wire/ipv6';
import { max, min } from '../wire/math';
import { Tcp } from '../wire/tcp';
import { Verdict } from './ip';
import { MESSAGE_AT, Netif6, icmp6Output, isUsable, ownAddress, sourceFor } from './ip6';
import { ndInput } from './neighbour6';
import { findTcb } from './tcp-close';
import { tcpUnreachable } from './tcp';

/** Least time between two errors, ms (RFC 4443 §2.4 f). */
const ERROR_INTERVAL_MS = 100;

/** Octets that the header of IPv6 has more than that of IPv4: an interface's `_mtu` is less by them. */
const LONGER = 20;

/** Takes the message buf[header, end) of the packet at `at`. */
export function icmp6Input(
  netif: Netif6,
  buf: Uint8Array,
  at: number,
  header: number,
  end: number,
  source: string,
  destination: string,
): Verdict {
  const v6 = netif._v6;
  if (end - header < ICMPV6_HEADER || checksum6(buf, at, header, end, NextHeader.Icmp)) {
    return Verdict.Bad;
  }
  const type = buf[header];
  const body = header + ICMPV6_HEADER;
  const own = ownAddress(netif, destination);
  // An address that is being probed hears of others who have it, and of nothing else (RFC 4862 §5.4).
  if (own && !isUsable(own) && type < Icmpv6.RouterSolicitation) {
    return Verdict.Dropped;
  }
  if (type === Icmpv6.EchoRequest) {
    // To a group it is answered as well, from an address of one's own (RFC 4443 §4.2).
    const from = isMulticast(destination) ? sourceFor(netif, source) : destination;
    if (!from || source === '::') {
      return Verdict.Dropped;
    }
    // No more is answered than can be sent.
    const stop = min(end, header + netif._linkMtu - IPV6_HEADER);
    putBytes(v6._frame, MESSAGE_AT, buf, header, stop);
    icmp6Output(netif, Icmpv6.EchoReply, 0, MESSAGE_AT + stop - header, from, source);
    return Verdict.Taken;
  }
  if (type === Icmpv6.EchoReply) {
    const pings = v6._pinger ? v6._pinger._pings : [];
    for (let i = 0; i < pings.length; i++) {
      if (pings[i]._id === getU16(buf, header + 4) && (pings[i]._destination as Address) === source) {
        pings[i]._reply(getU16(buf, header + 6), end - body);
        return Verdict.Taken;
      }
    }
    return Verdict.Dropped;
  }
  if (type < Icmpv6.EchoRequest) {
    return inputError(netif, buf, body, end, type, buf[header + 1]);
  }
  return ndInput(netif, buf, header, end, source, destination, buf[at + Ipv6.HopLimit]);
}

/** An error about a packet of ours, the beginning of which stands in buf[at, end). Only TCP's are of interest. */
function inputError(netif: Netif6, buf: Uint8Array, at: number, end: number, type: number, code: number): Verdict {
  const header = at + IPV6_HEADER; // We send no extension headers.
  if (end - header < 8 || buf[at] >> 4 !== 6) {
    return Verdict.Bad;
  }
  const tcb =
    buf[at + Ipv6.NextHeader] === NextHeader.Tcp &&
    findTcb(
      netif._v6._stack,
      getIpv6(buf, at + Ipv6.Source),
      getU16(buf, header),
      getIpv6(buf, at + Ipv6.Destination),
      getU16(buf, header + Tcp.DestinationPort),
    );
  if (!tcb || type > Icmpv6.PacketTooBig) {
    return Verdict.Dropped;
  }
  const seq = getU32(buf, header + Tcp.Seq);
  if (type === Icmpv6.PacketTooBig) {
    // RFC 8201 §4: never below what every link has.
    tcpUnreachable(tcb, seq, Unreachable.FragmentationNeeded, max(getU32(buf, at - 4), IPV6_MTU_LEAST) - LONGER);
  } else {
    tcpUnreachable(tcb, seq, code === Icmpv6Code.PortUnreachable ? Unreachable.Port : Unreachable.Host, 0);
  }
  return Verdict.Taken;
}

/** The packet buf[at, end) of ours has not left: nobody on the link has the address it goes to. */
export function undelivered(netif: Netif6, buf: Uint8Array, at: number, end: number): void {
  inputError(netif, buf, at, end, Icmpv6.Unreachable, Icmpv6Code.AddressUnreachable);
}

/**
 * Answers the packet buf[at, end) by an error, with as much of it as fits; limited in rate, and never about what went to
 * a group, or came from nobody in particular (RFC 4443 §2.4 e).
 * @param word the message's second one: a pointer, or zero
 */
export function icmp6Error(
  netif: Netif6,
  type: Icmpv6,
  code: number,
  word: number,
  buf: Uint8Array,
  at: number,
  end: number,
  source: string,
  destination: string,
): void {
  const v6 = netif._v6;
  const nowMs = v6._stack._nowMs;
  if (nowMs >= v6._errorAtMs && source !== '::' && !isMulticast(source) && !isMulticast(destination)) {
    const stop = min(end, at + IPV6_MTU_LEAST - IPV6_HEADER - ICMPV6_HEADER);
    const body = MESSAGE_AT + ICMPV6_HEADER;
    v6._errorAtMs = nowMs + ERROR_INTERVAL_MS;
    putU32(v6._frame, MESSAGE_AT + 4, word);
    putBytes(v6._frame, body, buf, at, stop);
    icmp6Output(netif, type, code, body + stop - at, destination, source);
  }
}
