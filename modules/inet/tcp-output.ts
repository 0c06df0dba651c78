/** TCP: what to send now (RFC 9293 §3.8, RFC 5681, RFC 1122 §4.2.3.4). */

import type { Address } from '../wire/addr';
import { putBytes, putU16, putU32 } from '../wire/bytes';
import { sum16 } from '../wire/checksum';
import { IPV4_HEADER, IpProtocol } from '../wire/ipv4';
import { min } from '../wire/math';
import { Flag, MSS_OPTION, TCP_HEADER, Tcp } from '../wire/tcp';
import { Netif, Stack, TRANSPORT_AT, frameFor, stackOutput } from './ip';
import { Tcb, TcpState } from './tcb';

/** Octets that are summed at a time, an even number. */
const SUM_SLICE = 64;

/** What the interface takes in one segment, octets of data. */
export function netifMss(netif: Netif): number {
  return netif._mtu - (IPV4_HEADER + TCP_HEADER);
}

/**
 * Sends the segment whose options and data stand already in the frame, up to end.
 * @param flags with the length of the header in words above, as in the header itself
 */
export function emitHeader(
  stack: Stack,
  netif: Netif,
  source: Address,
  destination: Address,
  sourcePort: number,
  destinationPort: number,
  seq: number,
  ack: number,
  flags: number,
  window: number,
  end: number,
): void {
  const frame = stack._frame;
  putU32(frame, TRANSPORT_AT, (sourcePort << 16) | destinationPort);
  putU32(frame, TRANSPORT_AT + Tcp.Seq, seq);
  putU32(frame, TRANSPORT_AT + Tcp.Ack, ack);
  putU16(frame, TRANSPORT_AT + Tcp.DataOffset, flags);
  putU16(frame, TRANSPORT_AT + Tcp.Window, window);
  // The urgent pointer follows.
  putU32(frame, TRANSPORT_AT + Tcp.Checksum, 0);
  stackOutput(stack, netif, IpProtocol.Tcp, TRANSPORT_AT + Tcp.Checksum, end, source, destination);
}

/** Sends a segment with `length` octets from sequence number seq on. */
export function emitSegment(tcb: Tcb, seq: number, flags: number, length: number): void {
  const stack = tcb._stack;
  let end = TRANSPORT_AT + TCP_HEADER;
  if (flags & Flag.Syn) {
    putU32(stack._frame, end, (MSS_OPTION << 16) | netifMss(tcb._netif));
    end += 4;
  }
  if (stack._tcpOptions) {
    end = stack._tcpOptions(tcb, flags, end, length);
  }
  flags += (end - TRANSPORT_AT) << 10;
  if (length) {
    const at = seq - tcb._una;
    putBytes(frameFor(stack, end + length), end, tcb._sendBuffer, at, at + length);
    if (stack._ahead === tcb && stack._aheadFrom === seq && stack._aheadTo === seq + length) {
      stack._sumEnd = end;
      stack._sum = stack._aheadSum;
    }
    stack._ahead = tcb;
    stack._aheadFrom = stack._aheadTo = seq + length;
    stack._aheadSum = 0;
    end += length;
  }
  tcb._rcvEdge += windowGain(tcb);
  tcb._unacked = 0;
  tcb._ackAtMs = Infinity;
  emitHeader(
    stack,
    tcb._netif,
    tcb._localAddress,
    tcb._remoteAddress,
    tcb._localPort,
    tcb._remotePort,
    tcb._iss + seq,
    flags & Flag.Ack ? tcb._irs + tcb._rcvNxt : 0,
    flags,
    tcb._rcvEdge - tcb._rcvNxt,
    end,
  );
}

/**
 * How far the right edge of the receive window can move on: what a paused reader has not taken is missing, and it does
 * so by a segment or half the buffer at least (RFC 9293 §3.8.6.2.2).
 */
function windowGain(tcb: Tcb): number {
  const bounds = tcb._stack._bounds;
  const sender = tcb._stack._ahead;
  let window = bounds._tcpWindow;
  // Who has sent data last, and not all of what it has to send has arrived.
  if (sender && sender._state && sender._una < sender._dataEnd) {
    window -= bounds._sendingReserve;
  }
  const gain = tcb._rcvNxt + window - tcb._waitingBytes - tcb._rcvEdge;
  return gain < min(tcb._rcvMss, window >> 1) ? 0 : gain;
}

/** The peer sees little room, and more has become free. */
export function windowUpdateDue(tcb: Tcb): boolean {
  return tcb._rcvEdge - tcb._rcvNxt < 2 * tcb._rcvMss && windowGain(tcb) > 0;
}

/**
 * An empty segment: its number is the highest ever sent. A lower one, while something is sent again, the peer would not
 * accept, nor its acknowledgement; neither one above its closed window.
 */
export function sendEmpty(tcb: Tcb, flags: number): void {
  emitSegment(tcb, tcb._sndWnd ? tcb._max : tcb._nxt, flags, 0);
}

/** Sends our SYN, or SYN-ACK in SYN-RECEIVED, and starts its timer. */
export function sendSyn(tcb: Tcb): void {
  const stack = tcb._stack;
  tcb._nxt = tcb._max = 1;
  tcb._rexmitAtMs = stack._nowMs + tcb._rtoMs;
  if (tcb._retries) {
    stack._stats.tcpRetransmits++;
  } else {
    tcb._timedSeq = 1;
    tcb._timedAtMs = stack._nowMs;
  }
  emitSegment(tcb, 0, tcb._state === TcpState.SynReceived ? Flag.Syn | Flag.Ack : Flag.Syn, 0);
}

/** Sends a segment of data, at any time again, with the FIN when it comes to that, and keeps account of it. */
export function sendData(tcb: Tcb, seq: number, length: number): void {
  const stack = tcb._stack;
  let flags: number = Flag.Ack;
  let end = seq + length;
  if (end === tcb._dataEnd) {
    flags = Flag.Ack | Flag.Psh;
    if (tcb._state > TcpState.Established) {
      flags = Flag.Ack | Flag.Psh | Flag.Fin;
      end++;
    }
  }
  emitSegment(tcb, seq, flags, length);
  if (seq === tcb._una) {
    tcb._rexmitAtMs = stack._nowMs + tcb._rtoMs;
  }
  if (seq < tcb._max) {
    stack._stats.tcpRetransmits++;
    tcb._timedSeq = 0; // Karn: what was sent twice is not timed.
  } else if (!tcb._timedSeq) {
    tcb._timedSeq = end;
    tcb._timedAtMs = stack._nowMs;
  }
  if (end > tcb._nxt) {
    tcb._nxt = end;
  }
  if (end > tcb._max) {
    tcb._max = end;
  }
}

/**
 * A slice of what can be done while the line takes the segment before: the checksum of the next one. Between two frames
 * it would hold up the line for 8 ms on the RP2040.
 */
export function sumAhead(stack: Stack): void {
  const tcb = stack._ahead;
  if (tcb && tcb._state >= TcpState.Established) {
    const at = stack._aheadTo;
    const end = stack._aheadFrom + tcb._mss;
    // Not what has been acknowledged meanwhile: after a segment that was sent again its successors may be there already.
    if (at >= tcb._una && at < end && end <= tcb._dataEnd) {
      const stop = min(at + SUM_SLICE, end);
      const sum = sum16(tcb._sendBuffer, at - tcb._una, stop - tcb._una, stack._aheadSum);
      stack._aheadSum = sum > 0xffff ? sum - 0xffff : sum;
      stack._aheadTo = stop;
    }
  }
}

/** Sends the first unacknowledged segment again, or one octet into a closed window (RFC 9293 §3.8.6.1). */
export function resend(tcb: Tcb): void {
  sendData(tcb, tcb._una, min(tcb._mss, tcb._sndWnd || 1, tcb._dataEnd - tcb._una));
}

/** Sends what the windows allow, at most the bound of segments at a time: receiving must not wait for long. */
export function tcpOutput(tcb: Tcb): void {
  const stack = tcb._stack;
  // The queued FIN counts as one more.
  const end = tcb._state > TcpState.Established ? tcb._dataEnd + 1 : tcb._dataEnd;
  let burst = stack._burst;
  while (tcb._nxt < end) {
    const left = tcb._dataEnd - tcb._nxt;
    const usable = tcb._una + min(tcb._sndWnd, tcb._cwnd + tcb._dupAcks * tcb._mss) - tcb._nxt;
    const length = min(left, usable, tcb._mss);
    if (length < min(left, 1) || (length < tcb._mss && tcb._nxt >= tcb._max && waits(tcb, length, left))) {
      if (tcb._rexmitAtMs === Infinity) {
        // Nothing on its way that could bring an ACK: ask.
        tcb._rexmitAtMs = stack._nowMs + tcb._rtoMs;
      }
      return;
    }
    if (!burst--) {
      tcb._outputAtMs = stack._nowMs;
      return;
    }
    sendData(tcb, tcb._nxt, length);
  }
}

/**
 * Whether a new segment that is not full has to wait: for a larger window when there is more (RFC 9293 §3.8.6.2.1), else
 * while there is something to be acknowledged (Nagle, RFC 1122 §4.2.3.4).
 */
function waits(tcb: Tcb, length: number, left: number): boolean {
  return length < left
    ? length < tcb._maxWnd >> 1
    : !tcb._noDelay && tcb._nxt > tcb._una && tcb._state <= TcpState.Established;
}
