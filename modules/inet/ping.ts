/** Echo requests sent, and their replies (RFC 792). */

import type { Address } from '../wire/addr';
import { getU16, putBytes, putU16 } from '../wire/bytes';
import { ICMP_HEADER, Icmp } from '../wire/icmp';
import { IPV4_HEADER, IpProtocol, Ipv4 } from '../wire/ipv4';
import { min } from '../wire/math';
import { claimPackets } from './claim';
import { icmpOutput } from './icmp';
import { Netif, Stack, TRANSPORT_AT, frameFor, routeTo } from './ip';

/** Who waits for an echo. */
export interface Ping {
  _destination: Address;
  _id: number;
  _reply(sequence: number, bytes: number): void;
}

/** The pings of one stack. */
export interface Pinger {
  _stack: Stack;
  _pings: Ping[];
  /** The same for IPv6; see ping6.ts. */
  _send6?: (ping: Ping, sequence: number, data: Uint8Array) => boolean;
}

export function createPinger(stack: Stack): Pinger {
  const pings: Ping[] = [];
  claimPackets(stack, function (_netif, buf, at, end, source) {
    const message = at + IPV4_HEADER;
    if (buf[at + Ipv4.Protocol] === IpProtocol.Icmp && buf[message] === Icmp.EchoReply) {
      for (let i = 0; i < pings.length; i++) {
        if (pings[i]._id === getU16(buf, message + 4) && pings[i]._destination === source) {
          pings[i]._reply(getU16(buf, message + 6), end - message - ICMP_HEADER);
          return true;
        }
      }
    }
    return false;
  });
  return { _stack: stack, _pings: pings };
}

/** Sends an echo message from any address, of its data as much as fits. */
export function icmpEcho(
  stack: Stack,
  netif: Netif,
  type: Icmp,
  source: number,
  destination: number,
  id: number,
  sequence: number,
  data: Uint8Array,
): boolean {
  const length = min(data.length, stack._bounds._mtu - IPV4_HEADER - ICMP_HEADER);
  const start = TRANSPORT_AT + ICMP_HEADER;
  const frame = frameFor(stack, start + length);
  putU16(frame, TRANSPORT_AT + 4, id);
  putU16(frame, TRANSPORT_AT + 6, sequence);
  putBytes(frame, start, data, 0, length);
  return icmpOutput(stack, netif, type, 0, start + length, source, destination);
}

/** Sends an Echo-Request; false when there is no way to the destination. */
export function icmpPing(pinger: Pinger, ping: Ping, sequence: number, data: Uint8Array, nowMs: number): boolean {
  const stack = pinger._stack;
  const destination = ping._destination;
  stack._nowMs = nowMs;
  if (typeof destination === 'string') {
    return !!pinger._send6 && pinger._send6(ping, sequence, data);
  }
  const netif = routeTo(stack, destination);
  return !!netif && icmpEcho(stack, netif, Icmp.EchoRequest, netif._address, destination, ping._id, sequence, data);
}
