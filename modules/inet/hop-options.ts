/**
 * Time to live and DiffServ of what single sockets send (RFC 9293 MUST-48, MUST-49; RFC 2474), of IPv6 its hop limit and
 * traffic class. Not part of the stack: an entry that wants it calls useHopOptions.
 */

import type { Address } from '../wire/addr';
import { getU16, putU16 } from '../wire/bytes';
import { foldChecksum, sum16 } from '../wire/checksum';
import { IPV4_HEADER, IpProtocol, Ipv4 } from '../wire/ipv4';
import { Netif, Stack, findPort } from './ip';
import type { Netif6 } from './ip6';
import { useRoutes } from './routes';
import type { Tcb } from './tcb';
import { findTcb } from './tcp-close';
import type { UdpSocket } from './udp';

/** A socket, as far as it matters here. Of its connection it is the handler. */
export interface HopUser {
  _tcb: Tcb | null;
  _udp: UdpSocket | null;
  _isClosed: boolean;
}

/** What one socket wants; a `_ttl` of 0 for what its interface does. */
export interface HopOptions {
  _user: HopUser;
  _ttl: number;
  /** The whole octet: six bits of DiffServ, two of ECN. */
  _tos: number;
}

export interface HopPart {
  _stack: Stack;
  _all: HopOptions[];
  _netifs: Netif[];
}

/** Sockets of this stack can have their own, from now on. */
export function useHopOptions(stack: Stack): HopPart {
  const part: HopPart = { _stack: stack, _all: [], _netifs: [] };
  useRoutes(stack);
  const route = stack._route as (destination: Address) => Netif | null;
  stack._route = function (destination) {
    const netif = route(destination);
    if (netif && part._all.length) {
      watch(part, netif);
    }
    return netif;
  };
  return part;
}

/** What a socket wants, to be changed; those whose sockets are closed are forgotten. */
export function hopsOf(part: HopPart, user: HopUser): HopOptions {
  let found: HopOptions | undefined;
  part._all = part._all.filter(function (one) {
    found = one._user === user ? one : found;
    return !one._user._isClosed;
  });
  if (!found) {
    found = { _user: user, _ttl: 0, _tos: 0 };
    part._all.push(found);
  }
  if (user._tcb) {
    watch(part, user._tcb._netif);
  }
  return found;
}

function wantOf(part: HopPart, buf: Uint8Array, at: number, source: Address, destination: Address): HopOptions | null {
  const stack = part._stack;
  const port = getU16(buf, at + IPV4_HEADER);
  const protocol = buf[at + Ipv4.Protocol];
  const tcb =
    protocol === IpProtocol.Tcp && findTcb(stack, source, port, destination, getU16(buf, at + IPV4_HEADER + 2));
  const udp = protocol === IpProtocol.Udp && findPort(stack._udps, port);
  return (
    part._all.filter(function (one) {
      const user = one._user;
      return tcb ? user === (tcb._handler as unknown) || user._tcb === tcb : udp && user._udp === udp;
    })[0] || null
  );
}

/** Has an interface send what it does with what its sockets want; once. */
function watch(part: HopPart, netif: Netif): void {
  if (part._netifs.indexOf(netif) >= 0) {
    return;
  }
  part._netifs.push(netif);
  const output = netif._output;
  const six = (netif as Netif6)._v6 ? (netif as Netif6) : null;
  let tos = 0;
  netif._output = function (buf, at, end, source, destination) {
    const want = wantOf(part, buf, at, source as Address, destination as Address);
    if (!want) {
      return output.call(netif, buf, at, end, source, destination);
    }
    const ttl = buf[at + Ipv4.Ttl];
    if (six) {
      const hops = six._hopLimit;
      tos = want._tos;
      six._hopLimit = want._ttl || hops;
      const sent = output.call(netif, buf, at, end, source, destination);
      six._hopLimit = hops;
      tos = 0;
      return sent;
    }
    buf[at + 1] = want._tos;
    buf[at + Ipv4.Ttl] = want._ttl || ttl;
    putU16(buf, at + Ipv4.Checksum, 0);
    putU16(buf, at + Ipv4.Checksum, foldChecksum(sum16(buf, at, at + IPV4_HEADER, 0)));
    const sent = output.call(netif, buf, at, end, source, destination);
    // What stands in the stack's frame is for all of them.
    buf[at + 1] = 0;
    buf[at + Ipv4.Ttl] = ttl;
    return sent;
  };
  if (six) {
    const transmit = six._transmit;
    six._transmit = function (buf, at, end, nextHop) {
      // A question for a neighbour may go out between: it has hop limit 255, and class 0.
      const mine = tos;
      tos = 0;
      buf[at] |= mine >> 4;
      buf[at + 1] |= (mine & 15) << 4;
      return transmit.call(six, buf, at, end, nextHop);
    };
  }
}
