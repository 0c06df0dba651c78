/** ICMP, RFC 792: echo, destination unreachable. */

export const enum Icmp {
  EchoReply = 0,
  Unreachable = 3,
  EchoRequest = 8,
}

/** Codes of destination unreachable (RFC 792, RFC 1122 §3.2.2.1). */
export const enum Unreachable {
  Net = 0,
  Host = 1,
  Protocol = 2,
  Port = 3,
  FragmentationNeeded = 4,
}

/** Octets before the data of an echo, or before the returned datagram of an error. */
export const ICMP_HEADER = 8;

/** Where the checksum stands. */
export const ICMP_CHECKSUM = 2;
