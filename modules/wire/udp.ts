/** The UDP header, RFC 768. */

export const UDP_HEADER = 8;

/** Offsets of the fields. */
export const enum Udp {
  SourcePort = 0,
  DestinationPort = 2,
  Length = 4,
  Checksum = 6,
}
