/** ICMPv6 (RFC 4443) and neighbour discovery (RFC 4861): message types, fields, options, RDNSS (RFC 8106). */

import type { Address } from './addr';
import { getIpv6, putIpv6 } from './addr6';
import { getU16, getU32, putBytes, putU32 } from './bytes';
import { MAC_LENGTH } from './ethernet';

export const enum Icmpv6 {
  Unreachable = 1,
  PacketTooBig = 2,
  TimeExceeded = 3,
  ParameterProblem = 4,
  EchoRequest = 128,
  EchoReply = 129,
  ListenerQuery = 130,
  RouterSolicitation = 133,
  RouterAdvertisement = 134,
  NeighbourSolicitation = 135,
  NeighbourAdvertisement = 136,
  Redirect = 137,
}

/** Codes of Unreachable and ParameterProblem, whose 0 is a field that is wrong. */
export const enum Icmpv6Code {
  NoRoute = 0,
  AddressUnreachable = 3,
  PortUnreachable = 4,
  UnknownNextHeader = 1,
  UnknownOption = 2,
}

/** Octets before the data of an echo, or before the returned packet of an error. */
export const ICMPV6_HEADER = 8;

/** Octets of the messages without their options. */
export const ROUTER_ADVERTISEMENT = 16;
export const NEIGHBOUR_MESSAGE = 24;

/** Where the target of a neighbour message stands. */
export const TARGET = 8;

/** RFC 4861 §7.1, §6.1: what has passed a router is none of neighbour discovery. */
export const ND_HOP_LIMIT = 255;

export const enum NdOption {
  SourceMac = 1,
  TargetMac = 2,
  Prefix = 3,
  Mtu = 5,
  Rdnss = 25,
}

/** Flags of a neighbour advertisement. */
export const enum Advertised {
  Router = 0x80000000,
  Solicited = 0x40000000,
  Override = 0x20000000,
}

/** Octets of a prefix option. */
const PREFIX_OPTION = 32;

/** Of a prefix option: it is on the link, it may be autoconfigured. */
export const enum PrefixFlag {
  OnLink = 0x80,
  Autonomous = 0x40,
}

export interface PrefixOption {
  _prefix: string;
  _length: number;
  _flags: number;
  /** Seconds; 0xffffffff for ever. */
  _validS: number;
  _preferredS: number;
}

/** Whether [at, end) is options from end to end (RFC 4861 §4.6): none has the length zero. */
export function ndOptionsValid(buf: Uint8Array, at: number, end: number): boolean {
  while (at + 8 <= end && buf[at + 1]) {
    at += 8 * buf[at + 1];
  }
  return at === end;
}

/** Where the next option of a type begins among those in [at, end), -1 for nowhere. They have been found valid. */
export function ndOption(buf: Uint8Array, at: number, end: number, type: NdOption): number {
  while (at < end) {
    if (buf[at] === type) {
      return at;
    }
    at += 8 * buf[at + 1];
  }
  return -1;
}

/** The option behind the one at `at`. */
export function ndNext(buf: Uint8Array, at: number): number {
  return at + 8 * buf[at + 1];
}

/** The prefix option at `at`; null when it is none. */
export function ndPrefix(buf: Uint8Array, at: number, end: number): PrefixOption | null {
  return at + PREFIX_OPTION > end || buf[at + 1] !== 4 || buf[at + 2] > 128
    ? null
    : {
        _prefix: getIpv6(buf, at + 16),
        _length: buf[at + 2],
        _flags: buf[at + 3],
        _validS: getU32(buf, at + 4),
        _preferredS: getU32(buf, at + 8),
      };
}

/** The name servers of the RDNSS option at `at` (RFC 8106 §5.1), and how long they are good, seconds. */
export function ndRdnss(buf: Uint8Array, at: number, end: number): { _servers: string[]; _lifetimeS: number } | null {
  const stop = at + 8 * buf[at + 1];
  // An odd number of eights, three at least.
  if (at + 24 > end || stop > end || stop < at + 24 || !(buf[at + 1] & 1)) {
    return null;
  }
  const servers: string[] = [];
  for (let server = at + 8; server < stop; server += 16) {
    servers.push(getIpv6(buf, server));
  }
  return { _servers: servers, _lifetimeS: getU32(buf, at + 4) };
}

/** The MTU option at `at`, 0 when it is none. */
export function ndMtu(buf: Uint8Array, at: number, end: number): number {
  return at + 8 > end || buf[at + 1] !== 1 ? 0 : getU32(buf, at + 4);
}

/** Writes an option with a MAC address; returns its end. */
export function putMacOption(buf: Uint8Array, at: number, type: NdOption, mac: Uint8Array): number {
  buf[at] = type;
  buf[at + 1] = 1;
  putBytes(buf, at + 2, mac, 0, MAC_LENGTH);
  return at + 8;
}

/** Writes a neighbour solicitation or advertisement but for its first four octets; returns its end. */
export function putNeighbour(buf: Uint8Array, at: number, flags: number, target: Address): number {
  putU32(buf, at + 4, flags);
  putIpv6(buf, at + TARGET, target);
  return at + NEIGHBOUR_MESSAGE;
}

/** What a router says of itself and the link; zero where it does not say. */
export interface RouterFields {
  _hopLimit: number;
  /** Managed addresses, or other configuration, by DHCPv6. */
  _other: boolean;
  /** How long it is a default router, s. */
  _lifetimeS: number;
  /** For how long a neighbour that has answered is there, and when one is asked again, ms. */
  _reachableMs: number;
  _retransMs: number;
}

/** Those of the router advertisement at `at`. */
export function routerFields(buf: Uint8Array, at: number): RouterFields {
  return {
    _hopLimit: buf[at + 4],
    _other: (buf[at + 5] & 0xc0) !== 0,
    _lifetimeS: getU16(buf, at + 6),
    _reachableMs: getU32(buf, at + 8),
    _retransMs: getU32(buf, at + 12),
  };
}
