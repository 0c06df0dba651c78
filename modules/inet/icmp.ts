/** ICMP (RFC 792) as a host needs it: echoes answered, unreachables sent and heeded (RFC 1122 §3.2.2). */

import { getU16, getU32, putBytes, putU32 } from '../wire/bytes';
import { ICMP_CHECKSUM, ICMP_HEADER, Icmp, Unreachable } from '../wire/icmp';
import { IPV4_HEADER, IpProtocol, Ipv4, payloadChecksum } from '../wire/ipv4';
import { min } from '../wire/math';
import { Tcp } from '../wire/tcp';
import { HEAD_ROOM, Netif, Stack, TRANSPORT_AT, Verdict, frameFor, stackOutput } from './ip';
import { findTcb } from './tcp-close';
import { tcpUnreachable } from './tcp';

/** Least time between two unreachable messages, ms. */
const UNREACHABLE_INTERVAL_MS = 100;

/** Octets of a packet that an error returns: its header and eight more. */
const RETURNED = IPV4_HEADER + 8;

/** Takes the message of the packet buf[at, end). */
export function icmpInput(
  stack: Stack,
  netif: Netif,
  buf: Uint8Array,
  at: number,
  end: number,
  source: number,
  destination: number,
): Verdict {
  const message = at + IPV4_HEADER;
  if (end - message < ICMP_HEADER || payloadChecksum(buf, at, end)) {
    return Verdict.Bad;
  }
  if (buf[message] === Icmp.EchoRequest && destination === netif._address) {
    // No more is answered than can be sent.
    end = min(end, at + stack._bounds._mtu);
    putBytes(frameFor(stack, HEAD_ROOM + end - at), TRANSPORT_AT, buf, message, end);
    icmpOutput(stack, netif, Icmp.EchoReply, 0, HEAD_ROOM + end - at, destination, source);
    return Verdict.Taken;
  }
  return buf[message] === Icmp.Unreachable
    ? inputUnreachable(stack, buf, message + ICMP_HEADER, end, buf[message + 1])
    : Verdict.Unclaimed;
}

/** Sends the message that stands in the stack's frame up to end, all but its first four octets. */
export function icmpOutput(
  stack: Stack,
  netif: Netif,
  type: Icmp,
  code: number,
  end: number,
  source: number,
  destination: number,
): boolean {
  putU32(stack._frame, TRANSPORT_AT, (type << 24) | (code << 16));
  return stackOutput(stack, netif, IpProtocol.Icmp, TRANSPORT_AT + ICMP_CHECKSUM, end, source, destination);
}

/** An error about a packet of ours, the beginning of which stands in buf[at, end). */
function inputUnreachable(stack: Stack, buf: Uint8Array, at: number, end: number, code: number): Verdict {
  if (end - at < RETURNED || buf[at] >> 4 !== 4) {
    return Verdict.Bad;
  }
  const header = at + IPV4_HEADER; // We send no options.
  const tcb =
    buf[at + Ipv4.Protocol] === IpProtocol.Tcp &&
    findTcb(
      stack,
      getU32(buf, at + Ipv4.Source),
      getU16(buf, header),
      getU32(buf, at + Ipv4.Destination),
      getU16(buf, header + Tcp.DestinationPort),
    );
  if (tcb) {
    // RFC 1191 §4: the next hop's MTU stands in the error's octets 6 and 7.
    tcpUnreachable(tcb, getU32(buf, header + Tcp.Seq), code, getU16(buf, at - 2));
  }
  return Verdict.Taken;
}

/**
 * Says that the packet buf[at, end) could not be delivered: rate-limited, with the header and eight octets of what came
 * (RFC 1122 §3.2.2).
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
  if (stack._nowMs >= stack._unreachableAtMs) {
    stack._unreachableAtMs = stack._nowMs + UNREACHABLE_INTERVAL_MS;
    end = min(end, at + RETURNED);
    putU32(stack._frame, TRANSPORT_AT + 4, 0);
    putBytes(stack._frame, TRANSPORT_AT + ICMP_HEADER, buf, at, end);
    icmpOutput(stack, netif, Icmp.Unreachable, code, TRANSPORT_AT + ICMP_HEADER + end - at, destination, source);
  }
}
