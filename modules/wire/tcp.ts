/** The TCP header, RFC 9293 §3.1, with the maximum segment size option. */

import { foldChecksum, pseudoSum, sum16 } from './checksum';
import { getU16, getU32, putU16, putU32 } from './bytes';
import { IpProtocol } from './ipv4';

export const enum Flag {
  Fin = 1,
  Syn = 2,
  Rst = 4,
  Psh = 8,
  Ack = 16,
}

export const TCP_HEADER = 20;

/** What a segment says. One object is reused for every segment that arrives. */
export interface Segment {
  _sourcePort: number;
  _destinationPort: number;
  /** Unsigned 32-bit numbers, as on the wire. */
  _seq: number;
  _ack: number;
  _flags: number;
  _window: number;
  /** Maximum segment size option, 0 when absent. */
  _mss: number;
}

export function createSegment(): Segment {
  return { _sourcePort: 0, _destinationPort: 0, _seq: 0, _ack: 0, _flags: 0, _window: 0, _mss: 0 };
}

/**
 * Checks lengths and checksum of the segment buf[at, end) and reads it into seg.
 * @returns the payload's offset, or -1
 */
export function tcpParse(
  buf: Uint8Array,
  at: number,
  end: number,
  source: number,
  destination: number,
  seg: Segment,
): number {
  if (end - at < TCP_HEADER) {
    return -1;
  }
  const payload = at + ((buf[at + 12] >> 4) << 2);
  if (payload - at < TCP_HEADER || payload > end) {
    return -1;
  }
  if (foldChecksum(sum16(buf, at, end, pseudoSum(source, destination, IpProtocol.Tcp, end - at))) !== 0) {
    return -1;
  }
  seg._sourcePort = getU16(buf, at);
  seg._destinationPort = getU16(buf, at + 2);
  seg._seq = getU32(buf, at + 4);
  seg._ack = getU32(buf, at + 8);
  seg._flags = buf[at + 13] & 63;
  seg._window = getU16(buf, at + 14);
  seg._mss = seg._flags & Flag.Syn ? findMss(buf, at + TCP_HEADER, payload) : 0;
  return payload;
}

/** The value of the MSS option in [at, end), 0 when there is none. Malformed options end the walk. */
function findMss(buf: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const kind = buf[at];
    if (kind === 0) {
      return 0;
    }
    if (kind === 1) {
      at++;
      continue;
    }
    const length = at + 1 < end ? buf[at + 1] : 0;
    if (length < 2 || at + length > end) {
      return 0;
    }
    if (kind === 2 && length === 4) {
      return getU16(buf, at + 2);
    }
    at += length;
  }
  return 0;
}

/** Octets that tcpEmit will write before the payload. */
export function tcpHeaderLength(seg: Segment): number {
  return seg._mss ? TCP_HEADER + 4 : TCP_HEADER;
}

/**
 * Writes the header of the segment buf[at, end), whose payload stands already behind tcpHeaderLength(seg) octets.
 * @returns the header's length
 */
export function tcpEmit(
  buf: Uint8Array,
  at: number,
  end: number,
  source: number,
  destination: number,
  seg: Segment,
): number {
  const header = tcpHeaderLength(seg);
  putU16(buf, at, seg._sourcePort);
  putU16(buf, at + 2, seg._destinationPort);
  putU32(buf, at + 4, seg._seq);
  putU32(buf, at + 8, seg._ack);
  buf[at + 12] = header << 2;
  buf[at + 13] = seg._flags;
  putU16(buf, at + 14, seg._window);
  putU16(buf, at + 16, 0);
  putU16(buf, at + 18, 0);
  if (seg._mss) {
    putU16(buf, at + 20, 0x0204);
    putU16(buf, at + 22, seg._mss);
  }
  putU16(buf, at + 16, foldChecksum(sum16(buf, at, end, pseudoSum(source, destination, IpProtocol.Tcp, end - at))));
  return header;
}
