/**
 * IPv6 of a host (RFC 8200, RFC 4291), an optional part: its interfaces, routes, source addresses, and the way out of a
 * packet. TCP and UDP are those of IPv4: an interface has a second face here, whose packets get another header on their
 * way out, and the stack asks for it when the destination is text. What comes in is in input6.ts, where addresses come
 * from in autoconf.ts. Who wants it calls useIpv6, and polls what that returns (see ipv6Poll).
 */

import type { Address } from '../wire/addr';
import { commonBits, isLinkLocal, isMulticast, solicitedNode } from '../wire/addr6';
import { getU16, putBytes, putU16, putU32 } from '../wire/bytes';
import { foldChecksum } from '../wire/checksum';
import { ICMP_CHECKSUM } from '../wire/icmp';
import { Icmpv6 } from '../wire/icmpv6';
import { IPV4_HEADER, Ipv4 } from '../wire/ipv4';
import { IPV6_HEADER, NextHeader, addressSum, checksum6, ipv6Emit } from '../wire/ipv6';
import { Tcp } from '../wire/tcp';
import { Udp } from '../wire/udp';
import { HEAD_ROOM, Netif, Stack, Verdict, removeFrom } from './ip';
import type { Pinger } from './ping';
import { Routes, useRoutes } from './routes';
import { Errno } from './tcb';
import { findTcb, tcpEnd } from './tcp-close';

/** As `ipconfig('addr6')` reports it; while it is tentative the probes sent are counted in the lowest bits. */
export const enum AddressState {
  Tentative = 0x08,
  Deprecated = 0x10,
  Preferred = 0x30,
  Duplicated = 0x40,
}

/** Where an address comes from. */
export const enum Origin {
  LinkLocal,
  Autoconf,
  Static,
}

export interface Address6 {
  _address: string;
  _state: number;
  _origin: Origin;
  /** ms; Infinity for ever. */
  _preferredUntilMs: number;
  _validUntilMs: number;
  /** When the next probe is sent, or the last one has not been answered. */
  _probeAtMs: number;
}

/** Something that a router has told of, until then: itself, a prefix of the link, a name server. */
export interface Told {
  _address: string;
  /** Of a prefix, bits. */
  _length: number;
  _untilMs: number;
}

/** The IPv6 face of an interface. Its `_address` is the source of what is sent next, `_mtu` 20 octets below the link's. */
export interface Netif6 extends Netif {
  _v6: Stack6;
  /** Eight octets, of which addresses are made. */
  _identifier: Uint8Array;
  /** The link's own address, six octets; null where there is one neighbour only, who needs none. */
  _mac: Uint8Array | null;
  _linkMtu: number;
  _addresses: Address6[];
  _routers: Told[];
  _prefixes: Told[];
  _servers: Told[];
  /** Hop limit, RFC 4861 §6.3.4. */
  _hopLimit: number;
  /** RFC 4861 §6.3.2: for how long a neighbour that has answered is there, and when one is asked again, ms. */
  _reachableMs: number;
  _retransMs: number;
  /** Whether new addresses are probed. */
  _probes: boolean;
  /** The user's address, '' for none. */
  _static: string;
  /** Whether the user wants addresses by router advertisements. */
  _autoconf: boolean;
  _solicitAtMs: number;
  _solicitWaitMs: number;
  /** Name servers by DHCPv6; see dhcp6.ts. */
  _dhcp6: string[];
  /** Sends the packet buf[at, end) to a neighbour, or a group. There is room for a link's header before it. */
  _transmit(buf: Uint8Array, at: number, end: number, nextHop: string): boolean;
  /** Hears of good messages about neighbours; see neighbourHeard. */
  _neighbour?: (type: number, address: string, mac: Uint8Array | null, flags: number) => void;
  /** Is asked which groups are listened to; see mldQuery. */
  _query?: (buf: Uint8Array, at: number, end: number, source: string, hopLimit: number) => Verdict;
  /** Another station has this address. */
  _duplicate?: (address: string) => void;
  /** Addresses, their states or name servers have changed; and what they were when that was said last. */
  _changed?: () => void;
  _toldAs: string;
}

/** An optional part of it that has deadlines. */
export interface Part6 {
  _poll(nowMs: number): void;
  _pollAt(): number;
}

export interface Stack6 {
  _stack: Stack;
  /** Those that are up. */
  _netifs: Netif6[];
  /** The packet being sent: head-room for a link header, then IPv6. */
  _frame: Uint8Array;
  /** Groups that are listened to beside those that every host is in. */
  _groups: string[];
  _parts: Part6[];
  /** Where the packet has come from that is being looked at. */
  _arrivedBy?: Netif6;
  _errorAtMs: number;
  _pinger?: Pinger;
}

/** Where a message begins in the frame. */
export const MESSAGE_AT = HEAD_ROOM + IPV6_HEADER;

/** RFC 1700, RFC 4861 §10; until a router says otherwise. */
export const HOP_LIMIT = 64;
export const REACHABLE_MS = 30000;
export const RETRANS_MS = 1000;

/** Messages of neighbour discovery, DHCPv6 and mDNS go no further than the link. */
const LINK_HOP_LIMIT = 255;

/** The address of an interface among ours, whatever its state; undefined when it is not. */
export function ownAddress(netif: Netif6, address: Address): Address6 | undefined {
  return netif._addresses.filter(function (one) {
    return one._address === address;
  })[0];
}

/** Whether an address may be used: it is no longer tentative, and nobody else has it. */
export function isUsable(address: Address6): boolean {
  return address._state === AddressState.Preferred || address._state === AddressState.Deprecated;
}

/** Whether an interface hears a group. */
export function isListening(netif: Netif6, group: string): boolean {
  return (
    group === 'ff02::1' ||
    netif._v6._groups.indexOf(group) >= 0 ||
    netif._addresses.some(function (one) {
      return solicitedNode(one._address) === group;
    })
  );
}

/**
 * The source for a destination (RFC 6724 §5, as far as one interface goes): of its scope, not deprecated if that can be,
 * and with the longest common prefix. '' when there is none.
 */
export function sourceFor(netif: Netif6, destination: Address): string {
  const near = isLinkLocal(destination) || /^ff[^:][12]:/.test(destination as string);
  let best = '';
  let most = -1;
  netif._addresses.forEach(function (one) {
    if (isUsable(one) && isLinkLocal(one._address) === near) {
      const rank = one._state * 128 + commonBits(one._address, destination);
      if (rank > most) {
        most = rank;
        best = one._address;
      }
    }
  });
  return best;
}

function isOnLink(netif: Netif6, destination: string): boolean {
  // Around the user's address as many bits are the link's as everywhere (RFC 4291 §2.5.4).
  return (
    netif._prefixes.some(function (prefix) {
      return commonBits(prefix._address, destination) >= prefix._length;
    }) ||
    (!!netif._static && commonBits(netif._static, destination) >= 64)
  );
}

/** Behind a line with one neighbour there is a way to everywhere as soon as there is an address to come from. */
function isWayOut(netif: Netif6): boolean {
  return netif._routers.length > 0 || !netif._mac;
}

/** The interface for a destination, with the source to use in it; null when there is none. */
export function route6(v6: Stack6, destination: string, routes: Routes): Netif6 | null {
  const near = isLinkLocal(destination) || isMulticast(destination);
  const only = routes._only;
  let found: Netif6 | null = null;
  let best = 0;
  // The last one that came up goes before the others.
  v6._netifs.forEach(function (netif) {
    const reach = near ? 1 : isOnLink(netif, destination) ? 2 : isWayOut(netif) ? 1 : 0;
    const rank = 2 * reach + (netif._nic === routes._preferred ? 1 : 0);
    if (reach && rank >= best && (!only || only === netif._nic)) {
      const wished = only && routes._source ? ownAddress(netif, routes._source) : undefined;
      const source = wished && isUsable(wished) ? wished._address : sourceFor(netif, destination);
      if (source) {
        netif._address = source as never;
        found = netif;
        best = rank;
      }
    }
  });
  return found;
}

/** Whom a packet is given to: the destination itself, or a router. '' for nobody. */
function nextHop(netif: Netif6, destination: string): string {
  if (isLinkLocal(destination) || isMulticast(destination) || !netif._mac || isOnLink(netif, destination)) {
    return destination;
  }
  return netif._routers.length ? netif._routers[0]._address : '';
}

/**
 * Sends the packet that stands in the frame up to `end`, all but its header, and the checksum: of ICMPv6 it is still zero,
 * of the others it lacks the addresses. Returns false when that could not be.
 */
export function output6(
  netif: Netif6,
  next: NextHeader,
  end: number,
  hopLimit: number,
  source: Address,
  destination: Address,
): boolean {
  const frame = netif._v6._frame;
  // Neighbour discovery is between neighbours, whatever is known of prefixes.
  const hop =
    next === NextHeader.Icmp && frame[MESSAGE_AT] >= Icmpv6.RouterSolicitation
      ? (destination as string)
      : nextHop(netif, destination as string);
  const field =
    MESSAGE_AT +
    (next === NextHeader.Icmp ? ICMP_CHECKSUM : next === NextHeader.Tcp ? Number(Tcp.Checksum) : Number(Udp.Checksum));
  ipv6Emit(frame, HEAD_ROOM, end, next, hopLimit, source, destination);
  const sum =
    next === NextHeader.Icmp
      ? checksum6(frame, HEAD_ROOM, MESSAGE_AT, end, next)
      : // The pseudo-headers of both versions differ by the addresses alone.
        foldChecksum((~getU16(frame, field) & 0xffff) + addressSum(frame, HEAD_ROOM));
  putU16(frame, field, sum || (next === NextHeader.Udp ? 0xffff : 0));
  return !!hop && netif._transmit(frame, HEAD_ROOM, end, hop);
}

/** Sends the ICMPv6 message that stands in the frame up to end, all but its first four octets. */
export function icmp6Output(
  netif: Netif6,
  type: Icmpv6,
  code: number,
  end: number,
  source: Address,
  destination: Address,
  hopLimit?: number,
): boolean {
  putU32(netif._v6._frame, MESSAGE_AT, (type << 24) | (code << 16));
  return output6(netif, NextHeader.Icmp, end, hopLimit || netif._hopLimit, source, destination);
}

/** The stack's packet buf[at, end), with the header of IPv4 and zeros for addresses, becomes one of IPv6. */
function translate(
  netif: Netif6,
  buf: Uint8Array,
  at: number,
  end: number,
  source: Address,
  destination: Address,
): boolean {
  const header = at + IPV4_HEADER;
  if (buf[at + Ipv4.Protocol] === NextHeader.Tcp && isMulticast(destination)) {
    // RFC 9293 §3.9.2.3: a connection is to one host.
    const stack = netif._v6._stack;
    const tcb = findTcb(stack, source, getU16(buf, header), destination, getU16(buf, header + Tcp.DestinationPort));
    if (tcb) {
      tcpEnd(tcb, Errno.ENETUNREACH);
    }
    return false;
  }
  putBytes(netif._v6._frame, MESSAGE_AT, buf, header, end);
  return output6(
    netif,
    buf[at + Ipv4.Protocol],
    MESSAGE_AT + end - at - IPV4_HEADER,
    isMulticast(destination) ? LINK_HOP_LIMIT : netif._hopLimit,
    source,
    destination,
  );
}

/** Gives a stack IPv6. */
export function useIpv6(stack: Stack): Stack6 {
  const v6: Stack6 = {
    _stack: stack,
    _netifs: [],
    _frame: new Uint8Array((HEAD_ROOM + stack._bounds._mtu + 3) & ~1),
    _groups: [],
    _parts: [],
    _errorAtMs: 0,
  };
  useRoutes(stack)._route6 = function (destination, routes) {
    return route6(v6, destination, routes);
  };
  return v6;
}

/**
 * The IPv6 face of an interface, down.
 * @param mac its address on the link; null where there is one neighbour only
 * @param transmit see Netif6
 */
export function createNetif6(
  v6: Stack6,
  nic: unknown,
  mac: Uint8Array | null,
  transmit: (buf: Uint8Array, at: number, end: number, nextHop: string) => boolean,
): Netif6 {
  const netif: Netif6 = {
    _address: 0,
    // Of no interest to routes of IPv4.
    _mask: 0,
    _gateway: 0,
    _mtu: 0,
    _up: false,
    _dns: [],
    _nic: nic,
    _output: function (buf, at, end, source, destination) {
      return translate(netif, buf, at, end, source as Address, destination as Address);
    },
    _v6: v6,
    _identifier: new Uint8Array(8),
    _mac: mac,
    _linkMtu: 0,
    _addresses: [],
    _routers: [],
    _prefixes: [],
    _servers: [],
    _hopLimit: HOP_LIMIT,
    _reachableMs: REACHABLE_MS,
    _retransMs: RETRANS_MS,
    _probes: true,
    _static: '',
    _autoconf: true,
    _solicitAtMs: Infinity,
    _solicitWaitMs: 0,
    _dhcp6: [],
    _transmit: transmit,
    _toldAs: '',
  };
  return netif;
}

/** Takes an interface out of the lists; see netif6Down. */
export function forgetNetif6(netif: Netif6): void {
  removeFrom(netif._v6._netifs, netif);
  removeFrom(netif._v6._stack._netifs, netif);
}
