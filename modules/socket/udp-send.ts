/** Datagrams with the reason why one could not be sent. */

import type { Address } from '../wire/addr';
import { routeTo } from '../inet/ip';
import { Errno } from '../inet/tcb';
import { UdpSocket, udpSend } from '../inet/udp';
import { SocketErrno } from './errors';

/** Sends a datagram; returns 0 or an errno. */
export function sendDatagram(udp: UdpSocket, bytes: Uint8Array, address: Address, port: number, nowMs: number): number {
  return udpSend(udp, bytes, address, port, nowMs)
    ? 0
    : !routeTo(udp._stack, address)
      ? Errno.ENETUNREACH
      : SocketErrno.EMSGSIZE;
}
