/** UDP (RFC 768): sockets by port. */

import type { Address } from '../wire/addr';
import { copyOf, getU16, putU32 } from '../wire/bytes';
import { UDP_HEADER, Udp } from '../wire/udp';
import { IPV4_HEADER, IpProtocol, payloadChecksum } from '../wire/ipv4';
import {
  Netif,
  Stack,
  TRANSPORT_AT,
  Verdict,
  ephemeralPort,
  findPort,
  frameFor,
  removeFrom,
  routeTo,
  stackOutput,
} from './ip';

/** A datagram came; payload is the receiver's own. */
export type UdpReceived = (payload: Uint8Array, source: Address, sourcePort: number) => void;

export interface UdpSocket {
  _stack: Stack;
  _localPort: number;
  _received: UdpReceived;
}

/**
 * Opens a socket on any free port.
 * @returns null when there are _udpSockets already
 */
export function udpOpen(stack: Stack, received: UdpReceived): UdpSocket | null {
  return addSocket(stack, ephemeralPort(stack, stack._udps), received);
}

/**
 * Opens a socket on a port.
 * @returns null when it is taken or there are _udpSockets already
 */
export function udpBind(stack: Stack, port: number, received: UdpReceived): UdpSocket | null {
  return findPort(stack._udps, port) ? null : addSocket(stack, port, received);
}

function addSocket(stack: Stack, port: number, received: UdpReceived): UdpSocket | null {
  if (stack._udps.length >= stack._bounds._udpSockets) {
    return null;
  }
  const socket = { _stack: stack, _localPort: port, _received: received };
  stack._udps.push(socket);
  return socket;
}

export function udpClose(socket: UdpSocket): void {
  removeFrom(socket._stack._udps, socket);
}

/** Sends a datagram; false when there is no way to the destination or it is longer than the interface takes. */
export function udpSend(
  socket: UdpSocket,
  payload: Uint8Array,
  destination: Address,
  port: number,
  nowMs: number,
): boolean {
  const stack = socket._stack;
  stack._nowMs = nowMs;
  const netif = routeTo(stack, destination);
  return !!netif && udpOutput(stack, netif, payload, netif._address, socket._localPort, destination, port);
}

/** Sends a datagram from any address: a gateway answers for others. */
export function udpOutput(
  stack: Stack,
  netif: Netif,
  payload: Uint8Array,
  source: Address,
  sourcePort: number,
  destination: Address,
  port: number,
): boolean {
  const length = payload.length + UDP_HEADER;
  if (length > netif._mtu - IPV4_HEADER) {
    return false;
  }
  const frame = frameFor(stack, TRANSPORT_AT + length);
  putU32(frame, TRANSPORT_AT, (sourcePort << 16) | port);
  putU32(frame, TRANSPORT_AT + Udp.Length, length << 16);
  frame.set(payload, TRANSPORT_AT + UDP_HEADER);
  return stackOutput(
    stack,
    netif,
    IpProtocol.Udp,
    TRANSPORT_AT + Udp.Checksum,
    TRANSPORT_AT + length,
    source,
    destination,
  );
}

/** Takes the datagram of the packet buf[at, end). */
export function udpInput(stack: Stack, buf: Uint8Array, at: number, end: number, source: Address): Verdict {
  const header = at + IPV4_HEADER;
  const stop = header + getU16(buf, header + Udp.Length);
  if (
    stop < header + UDP_HEADER ||
    stop > end ||
    (getU16(buf, header + Udp.Checksum) && payloadChecksum(buf, at, stop))
  ) {
    return Verdict.Bad;
  }
  const socket = findPort(stack._udps, getU16(buf, header + Udp.DestinationPort));
  if (!socket) {
    return Verdict.Unclaimed;
  }
  socket._received(copyOf(buf, header + UDP_HEADER, stop), source, getU16(buf, header));
  return Verdict.Taken;
}
