/** A gateway's stack: what a board sends to others is offered to those who forward it. */

import { copyOf, getU16 } from '../wire/bytes';
import { ICMP_HEADER, Icmp } from '../wire/icmp';
import { IPV4_HEADER, IpProtocol, Ipv4 } from '../wire/ipv4';
import { Flag, Tcp } from '../wire/tcp';
import { UDP_HEADER, Udp } from '../wire/udp';
import { claimPackets } from './claim';
import { Netif, Stack, removeFrom } from './ip';
import { Tcb, TcpHandler, TcpState } from './tcb';
import { openTcb } from './tcp-close';
import { sackPermitted } from './sack';
import { takeSyn } from './tcp-input';
import { sendSyn } from './tcp-output';

export interface Foreign {
  /** A new connection to somewhere else; returns whether it is taken, and answered by tcpAcceptForeign later. */
  _tcp(tcb: Tcb): boolean;
  _udp(source: number, sourcePort: number, destination: number, port: number, payload: Uint8Array): void;
  _echo(source: number, destination: number, id: number, sequence: number, data: Uint8Array): void;
}

/** Hears packets for any address from now on. */
export function takeForeign(stack: Stack, foreign: Foreign): void {
  stack._anyAddress = true;
  claimPackets(stack, function (netif, buf, at, end, source, destination) {
    const header = at + IPV4_HEADER;
    switch (buf[at + Ipv4.Protocol]) {
      case IpProtocol.Tcp:
        return (
          (buf[header + Tcp.Flags] & (Flag.Syn | Flag.Ack | Flag.Rst)) === Flag.Syn &&
          offer(stack, foreign, netif, buf, header, source, destination)
        );
      case IpProtocol.Udp:
        foreign._udp(
          source,
          getU16(buf, header),
          destination,
          getU16(buf, header + Udp.DestinationPort),
          copyOf(buf, header + UDP_HEADER, header + getU16(buf, header + Udp.Length)),
        );
        return true;
      case IpProtocol.Icmp:
        if (buf[header] !== Icmp.EchoRequest) {
          return false;
        }
        foreign._echo(
          source,
          destination,
          getU16(buf, header + 4),
          getU16(buf, header + 6),
          copyOf(buf, header + ICMP_HEADER, end),
        );
        return true;
      default:
        // RFC 1122 §3.2.2: no errors about multicast and broadcast.
        return destination >= 0xe0000000;
    }
  });
}

function offer(
  stack: Stack,
  foreign: Foreign,
  netif: Netif,
  buf: Uint8Array,
  header: number,
  source: number,
  destination: number,
): boolean {
  const tcb = openTcb(
    stack,
    netif,
    destination,
    getU16(buf, header + Tcp.DestinationPort),
    source,
    getU16(buf, header),
  );
  if (!tcb) {
    stack._stats.dropped++;
    return true; // The peer will ask again.
  }
  takeSyn(tcb, buf, header);
  sackPermitted(tcb, buf, header);
  if (foreign._tcp(tcb)) {
    return true;
  }
  removeFrom(stack._tcbs, tcb);
  tcb._state = TcpState.Closed;
  return false;
}

/** The answer to a connection that was offered: SYN-ACK. */
export function tcpAcceptForeign(tcb: Tcb, handler: TcpHandler, nowMs: number): void {
  if (tcb._state === TcpState.SynReceived && !tcb._max) {
    tcb._stack._nowMs = nowMs;
    tcb._handler = handler;
    sendSyn(tcb);
  }
}
