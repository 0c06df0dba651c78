/** TCP: a segment arrives (RFC 9293 §3.10.7, with RFC 5961's care for blind attacks). */

import type { Address } from '../wire/addr';
import { getU16, getU32 } from '../wire/bytes';
import { IPV4_HEADER, payloadChecksum } from '../wire/ipv4';
import { max, min } from '../wire/math';
import { Flag, TCP_HEADER, Tcp, tcpMss } from '../wire/tcp';
import { Netif, Stack, TRANSPORT_AT, Verdict, findPort } from './ip';
import { DEFAULT_MSS, Errno, Tcb, TcpState } from './tcb';
import { inputAck } from './tcp-ack';
import { findTcb, openTcb, tcpEnd, timeWait } from './tcp-close';
import { emitHeader, netifMss, sendSyn } from './tcp-output';
import { inputData } from './tcp-receive';

/** RFC 5961 §5.2: an acknowledgement that is older than any window. */
const OLD_ACK = 0x10000;

/** A header of five words. */
const NO_OPTIONS = 0x5000;

/** Takes the segment of the packet buf[packet, end). */
export function tcpInput(
  stack: Stack,
  netif: Netif,
  buf: Uint8Array,
  packet: number,
  end: number,
  source: Address,
  destination: Address,
): Verdict {
  const header = packet + IPV4_HEADER;
  const data = dataOf(buf, header);
  if (
    data < header + TCP_HEADER ||
    data > end ||
    payloadChecksum(buf, packet, end, stack._rxSum && header, stack._rxSum)
  ) {
    return Verdict.Bad;
  }
  const flags = buf[header + Tcp.Flags];
  const opens = (flags & (Flag.Syn | Flag.Ack | Flag.Rst)) === Flag.Syn;
  const localPort = getU16(buf, header + Tcp.DestinationPort);
  const remotePort = getU16(buf, header);
  let tcb = findTcb(stack, destination, localPort, source, remotePort);
  if (tcb && opens && tcb._state === TcpState.TimeWait && relativeSeq(tcb, buf, header) > tcb._rcvNxt) {
    // §3.6.1: a new SYN beyond the old connection's last sequence number takes over its TIME-WAIT.
    tcpEnd(tcb, Errno.None);
    tcb = null;
  }
  const listener = !tcb && opens && findPort(stack._listeners, localPort);
  if (listener) {
    // Nobody talks to himself over an interface.
    if (source !== destination) {
      tcb = openTcb(stack, netif, destination, localPort, source, remotePort, listener);
    }
    if (!tcb) {
      return Verdict.Dropped; // The peer will ask again.
    }
    tcb._listener = listener;
    listener._halfOpen++;
  }
  return tcb ? (stack._segment || inputTcb)(tcb, buf, header, data, end, flags) : Verdict.Unclaimed;
}

/** Where the data of the segment at `header` begins. */
export function dataOf(buf: Uint8Array, header: number): number {
  return header + ((buf[header + Tcp.DataOffset] >> 4) << 2);
}

/** The sequence number, relative to IRS. */
export function relativeSeq(tcb: Tcb, buf: Uint8Array, header: number): number {
  return tcb._rcvNxt + ((getU32(buf, header + Tcp.Seq) - tcb._irs - tcb._rcvNxt) | 0);
}

/** The peer's SYN. */
export function takeSyn(tcb: Tcb, buf: Uint8Array, header: number): void {
  tcb._irs = getU32(buf, header + Tcp.Seq);
  tcb._mss = max(min(tcpMss(buf, header + TCP_HEADER, dataOf(buf, header)) || DEFAULT_MSS, netifMss(tcb._netif)), 64);
  tcb._cwnd = 10 * tcb._mss; // RFC 6928 §2, for segments of up to 1460 octets.
  tcb._state = TcpState.SynReceived;
}

/** A segment of a connection; a listener's new one is as in a crossed open. */
export function inputTcb(tcb: Tcb, buf: Uint8Array, header: number, data: number, end: number, flags: number): Verdict {
  const ack = tcb._una + ((getU32(buf, header + Tcp.Ack) - tcb._iss - tcb._una) | 0);
  let seq = relativeSeq(tcb, buf, header);
  tcb._touched = true;
  if (tcb._state === TcpState.SynSent) {
    // §3.10.7.3.
    if (flags & Flag.Ack && ack !== 1) {
      return Verdict.Unclaimed;
    }
    if (flags & Flag.Rst) {
      if (flags & Flag.Ack) {
        tcpEnd(tcb, Errno.ECONNREFUSED);
      }
      return Verdict.Taken;
    }
    if (!(flags & Flag.Syn)) {
      return Verdict.Taken;
    }
    takeSyn(tcb, buf, header);
    seq = 0;
  }
  let length = end - data + (flags & Flag.Fin);
  if (tcb._state === TcpState.SynReceived && flags & Flag.Syn && seq === 0) {
    if (!(flags & Flag.Ack)) {
      // Its first, or it has not heard our answer. A gateway answers later.
      if (tcb._listener || tcb._max) {
        sendSyn(tcb);
      }
      return Verdict.Taken;
    }
    // The answer to our SYN, or after a crossed open to both.
    flags &= ~Flag.Syn;
    seq = 1;
    tcb._ackAtMs = 0;
  }
  if (flags & Flag.Syn) {
    length++;
  }
  // §3.10.7.4. A peer that has filled the window sends its ACKs from the edge.
  if (length ? seq >= tcb._rcvEdge || seq + length <= tcb._rcvNxt : seq > tcb._rcvEdge || seq < tcb._rcvNxt) {
    if (tcb._state === TcpState.TimeWait && flags & Flag.Fin) {
      timeWait(tcb);
    }
    if (!(flags & Flag.Rst)) {
      tcb._ackAtMs = 0;
    }
  } else if (flags & Flag.Rst && seq === tcb._rcvNxt) {
    // Where both FINs have been sent and the peer has all data, it has only forgotten already.
    const over = tcb._state >= TcpState.Closing && tcb._una >= tcb._dataEnd;
    tcpEnd(tcb, over ? Errno.None : Errno.ECONNRESET);
  } else if (flags & (Flag.Rst | Flag.Syn)) {
    tcb._ackAtMs = 0; // RFC 5961 §3.2 and §4.2.
  } else if (flags & Flag.Ack) {
    if (tcb._state === TcpState.SynReceived) {
      if (ack !== 1) {
        return Verdict.Unclaimed;
      }
      tcb._state = TcpState.Established;
      tcb._isNew = true;
    }
    if (ack > tcb._max || ack <= tcb._una - OLD_ACK) {
      tcb._ackAtMs = 0; // Something not yet sent, or of long ago.
    } else {
      inputAck(tcb, seq, ack, getU16(buf, header + Tcp.Window), !length);
      if (tcb._state && length) {
        inputData(tcb, seq, buf, data, end, (flags & Flag.Fin) !== 0);
      }
    }
  }
  return Verdict.Taken;
}

/** §3.10.7.1: answers a segment that belongs to no connection. */
export function tcpRefuse(
  stack: Stack,
  netif: Netif,
  buf: Uint8Array,
  packet: number,
  end: number,
  source: Address,
  destination: Address,
): void {
  const header = packet + IPV4_HEADER;
  const flags = buf[header + Tcp.Flags];
  const acks = flags & Flag.Ack;
  if (!(flags & Flag.Rst)) {
    emitHeader(
      stack,
      netif,
      destination,
      source,
      getU16(buf, header + Tcp.DestinationPort),
      getU16(buf, header),
      acks ? getU32(buf, header + Tcp.Ack) : 0,
      acks
        ? 0
        : getU32(buf, header + Tcp.Seq) + end - dataOf(buf, header) + (flags & Flag.Fin) + ((flags & Flag.Syn) >> 1),
      acks ? NO_OPTIONS + Flag.Rst : NO_OPTIONS + Flag.Rst + Flag.Ack,
      0,
      TRANSPORT_AT + TCP_HEADER,
    );
  }
}
