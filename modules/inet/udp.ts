/** UDP (RFC 768): sockets by port. */

import { copyOf, getU16, putBytes } from '../wire/bytes';
import { UDP_HEADER, Udp, udpEmit, udpParse } from '../wire/udp';
import { IPV4_HEADER, IpProtocol } from '../wire/ipv4';
import { Unreachable } from '../wire/icmp';
import { icmpUnreachable } from './icmp';
import { Netif, Stack, TRANSPORT_AT, ephemeralPort, routeTo, stackOutput } from './ip';

export interface UdpSocket {
  _stack: Stack;
  _port: number;
  /** A datagram came; payload is the receiver's own. */
  _received(payload: Uint8Array, source: number, sourcePort: number): void;
}

function findPort(stack: Stack, port: number): UdpSocket | null {
  const udps = stack._udps;
  for (let i = 0; i < udps.length; i++) {
    if (udps[i]._port === port) {
      return udps[i];
    }
  }
  return null;
}

/**
 * Opens a socket on a port, 0 for any.
 * @returns null when the port is taken or there are _udpSockets already
 */
export function udpOpen(
  stack: Stack,
  port: number,
  received: (payload: Uint8Array, source: number, sourcePort: number) => void,
): UdpSocket | null {
  if (stack._udps.length >= stack._bounds._udpSockets) {
    return null;
  }
  if (!port) {
    port = ephemeralPort(stack, function (candidate) {
      return !!findPort(stack, candidate);
    });
  } else if (findPort(stack, port)) {
    return null;
  }
  const socket: UdpSocket = { _stack: stack, _port: port, _received: received };
  stack._udps.push(socket);
  return socket;
}

export function udpClose(socket: UdpSocket): void {
  const at = socket._stack._udps.indexOf(socket);
  if (at >= 0) {
    socket._stack._udps.splice(at, 1);
  }
}

/** Sends a datagram; false when there is no way to the destination or it is longer than the interface takes. */
export function udpSend(
  socket: UdpSocket,
  payload: Uint8Array,
  destination: number,
  port: number,
  nowMs: number,
): boolean {
  const stack = socket._stack;
  stack._nowMs = nowMs;
  const netif = routeTo(stack, destination);
  return !!netif && udpOutput(stack, netif, payload, netif._address, socket._port, destination, port);
}

/** Sends a datagram from any address: a gateway answers for others. */
export function udpOutput(
  stack: Stack,
  netif: Netif,
  payload: Uint8Array,
  source: number,
  sourcePort: number,
  destination: number,
  port: number,
): boolean {
  if (payload.length > netif._mtu - IPV4_HEADER - UDP_HEADER) {
    return false;
  }
  const end = TRANSPORT_AT + UDP_HEADER + payload.length;
  putBytes(stack._frame, TRANSPORT_AT + UDP_HEADER, payload, 0, payload.length);
  udpEmit(stack._frame, TRANSPORT_AT, end, source, destination, sourcePort, port);
  return stackOutput(stack, netif, end, IpProtocol.Udp, source, destination);
}

/** Takes the datagram buf[at, end) of the packet that begins at `packet`. */
export function udpInput(
  stack: Stack,
  netif: Netif,
  buf: Uint8Array,
  packet: number,
  at: number,
  end: number,
  source: number,
  destination: number,
): void {
  const payload = udpParse(buf, at, end, source, destination);
  if (payload < 0) {
    stack._stats.badPackets++;
    return;
  }
  const port = getU16(buf, at + Udp.DestinationPort);
  const sourcePort = getU16(buf, at + Udp.SourcePort);
  const data = copyOf(buf, payload, at + getU16(buf, at + Udp.Length));
  if (stack._foreignUdp) {
    stack._foreignUdp(source, sourcePort, destination, port, data);
    return;
  }
  const socket = findPort(stack, port);
  if (socket) {
    socket._received(data, source, sourcePort);
    return;
  }
  stack._stats.dropped++;
  icmpUnreachable(stack, netif, Unreachable.Port, buf, packet, end, source, destination);
}
