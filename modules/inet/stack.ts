/**
 * The host below sockets: IPv4 in, timers (RFC 791, RFC 1122). Doors: stackInput, stackPoll, stackPollAt. Time,
 * randomness and packets are handed in.
 *
 * Not done: fragments are refused and counted, nothing is forwarded, IP options are ignored.
 */

import { getU16, getU32 } from '../wire/bytes';
import { Unreachable } from '../wire/icmp';
import { IPV4_FRAGMENT_MASK, IpProtocol, Ipv4, ipv4Parse } from '../wire/ipv4';
import { icmpInput, icmpUnreachable } from './icmp';
import type { Netif, Stack } from './ip';
import { tcpNetifDown } from './tcp';
import { tcpInput } from './tcp-input';
import { tcpPoll, tcpPollAt } from './tcp-timer';
import { tcpFlush } from './tcp-tell';
import { udpInput } from './udp';

/** An interface has lost its link: its connections end with ENETDOWN. */
export function netifDown(stack: Stack, netif: Netif, nowMs: number): void {
  stack._nowMs = nowMs;
  if (netif._up) {
    netif._up = false;
    tcpNetifDown(stack, netif);
  }
}

/**
 * Takes the packet buf[at, end) from an interface. Replies of TCP and its users' callbacks come with stackFlush, so that
 * one acknowledgement does for all packets of a chunk, and callbacks run on an empty stack.
 */
export function stackInput(stack: Stack, netif: Netif, buf: Uint8Array, at: number, end: number, nowMs: number): void {
  stack._nowMs = nowMs;
  const payload = ipv4Parse(buf, at, end);
  if (payload < 0) {
    stack._stats.badPackets++;
    return;
  }
  if (getU16(buf, at + Ipv4.Fragment) & IPV4_FRAGMENT_MASK) {
    stack._stats.fragments++;
    return;
  }
  const destination = getU32(buf, at + Ipv4.Destination);
  const source = getU32(buf, at + Ipv4.Source);
  const stop = at + getU16(buf, at + Ipv4.TotalLength);
  const ours = destination === netif._address;
  // RFC 1122 §3.2.1.3: a packet comes from a single host.
  if ((!ours && !stack._foreignTcp) || !source || source >= 0xe0000000) {
    stack._stats.dropped++;
    return;
  }
  switch (buf[at + Ipv4.Protocol]) {
    case IpProtocol.Tcp:
      tcpInput(stack, netif, buf, payload, stop, source, destination);
      return;
    case IpProtocol.Udp:
      udpInput(stack, netif, buf, at, payload, stop, source, destination);
      return;
    case IpProtocol.Icmp:
      icmpInput(stack, netif, buf, payload, stop, source, destination);
      return;
    default:
      stack._stats.dropped++;
      icmpUnreachable(stack, netif, Unreachable.Protocol, buf, at, stop, source, destination);
  }
}

/** The end of an event: after stackInput, once for all packets that came together. */
export function stackFlush(stack: Stack): void {
  tcpFlush(stack);
}

export function stackPoll(stack: Stack, nowMs: number): void {
  stack._nowMs = nowMs;
  tcpFlush(stack);
  for (let i = stack._tcbs.length - 1; i >= 0; i--) {
    // A callback may have ended others.
    if (i < stack._tcbs.length) {
      tcpPoll(stack._tcbs[i]);
    }
  }
  tcpFlush(stack);
}

/** When stackPoll has something to do next, ms; Infinity for never. */
export function stackPollAt(stack: Stack): number {
  let atMs = stack._ended.length ? stack._nowMs : Infinity;
  const tcbs = stack._tcbs;
  for (let i = 0; i < tcbs.length; i++) {
    const next = tcbs[i]._touched ? stack._nowMs : tcpPollAt(tcbs[i]);
    if (next < atMs) {
      atMs = next;
    }
  }
  return atMs;
}
