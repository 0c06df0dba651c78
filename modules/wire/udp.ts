/** The UDP header, RFC 768. */

import { foldChecksum, pseudoSum, sum16 } from './checksum';
import { getU16, putU16 } from './bytes';
import { IpProtocol } from './ipv4';

export const UDP_HEADER = 8;

export const enum Udp {
  SourcePort = 0,
  DestinationPort = 2,
  Length = 4,
  Checksum = 6,
}

/**
 * Checks length and checksum (absent when zero) of the datagram at buf[at, end).
 * @returns the payload's offset, or -1. The payload ends at `at` + the length field.
 */
export function udpParse(buf: Uint8Array, at: number, end: number, source: number, destination: number): number {
  if (end - at < UDP_HEADER) {
    return -1;
  }
  const length = getU16(buf, at + Udp.Length);
  if (length < UDP_HEADER || at + length > end) {
    return -1;
  }
  if (
    getU16(buf, at + Udp.Checksum) !== 0 &&
    foldChecksum(sum16(buf, at, at + length, pseudoSum(source, destination, IpProtocol.Udp, length))) !== 0
  ) {
    return -1;
  }
  return at + UDP_HEADER;
}

/** Writes the header of the datagram buf[at, end), whose payload stands already; returns 8. */
export function udpEmit(
  buf: Uint8Array,
  at: number,
  end: number,
  source: number,
  destination: number,
  sourcePort: number,
  destinationPort: number,
): number {
  putU16(buf, at + Udp.SourcePort, sourcePort);
  putU16(buf, at + Udp.DestinationPort, destinationPort);
  putU16(buf, at + Udp.Length, end - at);
  putU16(buf, at + Udp.Checksum, 0);
  const sum = sum16(buf, at, end, pseudoSum(source, destination, IpProtocol.Udp, end - at));
  // Zero on the wire means "no checksum", so a computed zero goes out as ones.
  putU16(buf, at + Udp.Checksum, foldChecksum(sum) || 0xffff);
  return UDP_HEADER;
}
