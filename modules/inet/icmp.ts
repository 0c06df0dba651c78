/** ICMP (RFC 792) as a host needs it: echo both ways, unreachables sent and heeded (RFC 1122 §3.2.2). */

import { copyOf, getU16, getU32, putBytes } from '../wire/bytes';
import { ICMP_HEADER, Icmp, Unreachable, icmpEmit, icmpParse } from '../wire/icmp';
import { IPV4_HEADER, IpProtocol, Ipv4 } from '../wire/ipv4';
import { Netif, Stack, TRANSPORT_AT, routeTo, stackOutput } from './ip';
import { tcpUnreachable } from './tcp';

/** Longest message from the frame: of an echo no more is answered than can be sent. */
function room(stack: Stack): number {
  return stack._bounds._mtu - IPV4_HEADER - ICMP_HEADER;
}

/** Least time between two unreachable messages, ms. */
const UNREACHABLE_INTERVAL_MS = 100;

/** Who waits for an echo. */
export interface Ping {
  _destination: number;
  _id: number;
  _reply(sequence: number, bytes: number): void;
}

export function icmpInput(
  stack: Stack,
  netif: Netif,
  buf: Uint8Array,
  at: number,
  end: number,
  source: number,
  destination: number,
): void {
  const data = icmpParse(buf, at, end);
  if (data < 0) {
    stack._stats.badPackets++;
    return;
  }
  switch (buf[at]) {
    case Icmp.EchoRequest:
      if (destination !== netif._address) {
        if (stack._foreignEcho) {
          stack._foreignEcho(source, destination, getU16(buf, at + 4), getU16(buf, at + 6), copyOf(buf, data, end));
        }
      } else {
        echo(
          stack,
          netif,
          Icmp.EchoReply,
          destination,
          source,
          getU16(buf, at + 4),
          getU16(buf, at + 6),
          buf,
          data,
          end,
        );
      }
      return;
    case Icmp.EchoReply:
      inputReply(stack, source, getU16(buf, at + 4), getU16(buf, at + 6), end - data);
      return;
    case Icmp.Unreachable:
      inputUnreachable(stack, buf, data, end, buf[at + 1]);
      return;
    default:
      stack._stats.dropped++;
  }
}

/** Sends an echo message with the data from[at, end). */
function echo(
  stack: Stack,
  netif: Netif,
  type: Icmp,
  source: number,
  destination: number,
  id: number,
  sequence: number,
  from: Uint8Array,
  at: number,
  end: number,
): boolean {
  if (end - at > room(stack)) {
    end = at + room(stack);
  }
  const start = TRANSPORT_AT + ICMP_HEADER;
  putBytes(stack._frame, start, from, at, end);
  const stop = start + end - at;
  icmpEmit(stack._frame, TRANSPORT_AT, stop, type, 0, id, sequence);
  return stackOutput(stack, netif, stop, IpProtocol.Icmp, source, destination);
}

/** Sends an Echo-Reply on behalf of `source`. */
export function icmpReply(
  stack: Stack,
  netif: Netif,
  source: number,
  destination: number,
  id: number,
  sequence: number,
  data: Uint8Array,
): void {
  echo(stack, netif, Icmp.EchoReply, source, destination, id, sequence, data, 0, data.length);
}

/** Sends an Echo-Request; false when there is no way to the destination. */
export function icmpPing(stack: Stack, ping: Ping, sequence: number, data: Uint8Array, nowMs: number): boolean {
  stack._nowMs = nowMs;
  const netif = routeTo(stack, ping._destination);
  return (
    !!netif &&
    echo(stack, netif, Icmp.EchoRequest, netif._address, ping._destination, ping._id, sequence, data, 0, data.length)
  );
}

function inputReply(stack: Stack, source: number, id: number, sequence: number, bytes: number): void {
  const pings = stack._pings;
  for (let i = 0; i < pings.length; i++) {
    if (pings[i]._id === id && pings[i]._destination === source) {
      pings[i]._reply(sequence, bytes);
      return;
    }
  }
  stack._stats.dropped++;
}

/** An error about a packet of ours, whose header and eight octets stand in buf[at, end). */
function inputUnreachable(stack: Stack, buf: Uint8Array, at: number, end: number, code: number): void {
  if (end - at < IPV4_HEADER + 8 || buf[at] >> 4 !== 4) {
    stack._stats.badPackets++;
    return;
  }
  const transport = at + ((buf[at] & 15) << 2);
  if (buf[at + Ipv4.Protocol] === IpProtocol.Tcp && transport + 8 <= end) {
    tcpUnreachable(
      stack,
      getU16(buf, transport),
      getU32(buf, at + Ipv4.Destination),
      getU16(buf, transport + 2),
      getU32(buf, transport + 4),
      code,
      // RFC 1191 §4: the next hop's MTU stands in the error's octets 6 and 7.
      code === Unreachable.FragmentationNeeded ? getU16(buf, at - 2) : 0,
    );
  }
}

/**
 * Says that the packet buf[at, end) could not be delivered: to nobody in particular, rate-limited, with the header and
 * eight octets of what came (RFC 1122 §3.2.2).
 */
export function icmpUnreachable(
  stack: Stack,
  netif: Netif,
  code: Unreachable,
  buf: Uint8Array,
  at: number,
  end: number,
  source: number,
  destination: number,
): void {
  // Not for multicast and broadcast, nor to senders that are no single host.
  if (stack._nowMs < stack._unreachableAtMs || destination >= 0xe0000000 || source >= 0xe0000000 || !source) {
    return;
  }
  stack._unreachableAtMs = stack._nowMs + UNREACHABLE_INTERVAL_MS;
  const returned = Math.min(end - at, ((buf[at] & 15) << 2) + 8);
  const start = TRANSPORT_AT + ICMP_HEADER;
  putBytes(stack._frame, start, buf, at, at + returned);
  icmpEmit(stack._frame, TRANSPORT_AT, start + returned, Icmp.Unreachable, code, 0, 0);
  stackOutput(stack, netif, start + returned, IpProtocol.Icmp, destination, source);
}
