/**
 * The host below sockets: IPv4 in, timers (RFC 791, RFC 1122). Doors: stackInput, stackPoll, stackPollAt. Time,
 * randomness and packets are handed in.
 *
 * Not done: fragments are refused and counted, nothing is forwarded, IP options are ignored.
 */

import { copyOf, getU16, getU32 } from '../wire/bytes';
import { Unreachable } from '../wire/icmp';
import { IPV4_FRAGMENT_MASK, IPV4_HEADER, IpProtocol, Ipv4, ipv4Parse } from '../wire/ipv4';
import { min } from '../wire/math';
import { icmpInput, icmpUnreachable } from './icmp';
import { Netif, Stack, Verdict } from './ip';
import { Errno } from './tcb';
import { tcpEnd } from './tcp-close';
import { tcpInput, tcpRefuse } from './tcp-input';
import { tcpPoll } from './tcp-timer';
import { stackFlush } from './tcp-tell';
import { udpInput } from './udp';

export { stackFlush };

/** An interface has lost its link: its connections end with ENETDOWN. */
export function netifDown(stack: Stack, netif: Netif, nowMs: number): void {
  stack._nowMs = nowMs;
  netif._up = false;
  for (let i = stack._tcbs.length; i--;) {
    if (stack._tcbs[i]._netif === netif) {
      tcpEnd(stack._tcbs[i], Errno.ENETDOWN);
    }
  }
}

/**
 * Takes the packet buf[at, end) from an interface. Replies of TCP and its users' callbacks come with stackFlush, so that
 * one acknowledgement does for all packets of a chunk, and callbacks run on an empty stack.
 * @param sum the packet's Internet checksum (see sum16) when the link has added it up, else 0 or nothing
 */
export function stackInput(
  stack: Stack,
  netif: Netif,
  buf: Uint8Array,
  at: number,
  end: number,
  nowMs: number,
  sum?: number,
): void {
  stack._nowMs = nowMs;
  stack._rxSum = sum;
  const verdict = ipInput(stack, netif, buf, at, end);
  if (verdict === Verdict.Bad) {
    stack._stats.badPackets++;
  } else if (verdict) {
    stack._stats.dropped++;
  }
}

function ipInput(stack: Stack, netif: Netif, buf: Uint8Array, at: number, end: number): Verdict {
  const payload = ipv4Parse(buf, at, end);
  if (payload < 0) {
    return Verdict.Bad;
  }
  if (getU16(buf, at + Ipv4.Fragment) & IPV4_FRAGMENT_MASK) {
    stack._stats.fragments++;
    return Verdict.Taken;
  }
  const total = at + getU16(buf, at + Ipv4.TotalLength);
  if (total < end || payload > at + IPV4_HEADER) {
    stack._rxSum = 0;
  }
  end = total;
  if (payload > at + IPV4_HEADER) {
    // Options are ignored: the header moves over them, so that all below find it right before its payload.
    buf.set(copyOf(buf, at, at + IPV4_HEADER), payload - IPV4_HEADER);
    at = payload - IPV4_HEADER;
  }
  const source = getU32(buf, at + Ipv4.Source);
  const destination = getU32(buf, at + Ipv4.Destination);
  // RFC 1122 §3.2.1.3: a packet comes from a single host.
  if ((destination !== netif._address && !stack._anyAddress) || !source || source >= 0xe0000000) {
    return Verdict.Dropped;
  }
  const protocol = buf[at + Ipv4.Protocol];
  let verdict = Verdict.Unclaimed;
  if (protocol === IpProtocol.Tcp) {
    verdict = tcpInput(stack, netif, buf, at, end, source, destination);
  } else if (protocol === IpProtocol.Udp) {
    verdict = udpInput(stack, buf, at, end, source);
  } else if (protocol === IpProtocol.Icmp) {
    verdict = icmpInput(stack, netif, buf, at, end, source, destination);
  }
  if (verdict === Verdict.Unclaimed) {
    if (stack._unclaimed && stack._unclaimed(netif, buf, at, end, source, destination)) {
      return Verdict.Taken;
    }
    if (protocol === IpProtocol.Tcp) {
      tcpRefuse(stack, netif, buf, at, end, source, destination);
    } else if (protocol !== IpProtocol.Icmp) {
      const code = protocol === IpProtocol.Udp ? Unreachable.Port : Unreachable.Protocol;
      icmpUnreachable(stack, netif, code, buf, at, end, source, destination);
    }
  }
  return verdict;
}

export function stackPoll(stack: Stack, nowMs: number): void {
  stack._nowMs = nowMs;
  stack._burst = stack._bounds._txBurst || 1;
  for (let i = stack._tcbs.length; i--;) {
    // What is sent may end others, when the link fails at it.
    if (i < stack._tcbs.length) {
      tcpPoll(stack._tcbs[i]);
    }
  }
  stackFlush(stack);
  stack._burst = stack._bounds._txBurst;
}

/** When stackPoll has something to do next, ms; Infinity for never. */
export function stackPollAt(stack: Stack): number {
  let atMs = stack._ended.length ? stack._nowMs : Infinity;
  for (let i = 0; i < stack._tcbs.length; i++) {
    const tcb = stack._tcbs[i];
    atMs = min(atMs, tcb._rexmitAtMs, tcb._ackAtMs, tcb._outputAtMs, tcb._endAtMs);
  }
  return atMs;
}
