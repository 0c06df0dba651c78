/** DHCP messages (RFC 2131 §2, options of RFC 2132): what a client sends, and what it reads. */

import { getU16, getU32, putBytes, putU32 } from './bytes';
import { MAC_LENGTH } from './ethernet';
import { min } from './math';

export const enum DhcpType {
  Discover = 1,
  Offer = 2,
  Request = 3,
  Decline = 4,
  Ack = 5,
  Nak = 6,
  Release = 7,
}

/** Offsets of the fields. */
export const enum Dhcp {
  Xid = 4,
  Seconds = 8,
  ClientAddress = 12,
  YourAddress = 16,
  ClientMac = 28,
  ServerName = 44,
  File = 108,
  Cookie = 236,
  Options = 240,
}

export const enum DhcpOption {
  Pad = 0,
  Mask = 1,
  Router = 3,
  Dns = 6,
  HostName = 12,
  Requested = 50,
  Lease = 51,
  Overload = 52,
  MessageType = 53,
  Server = 54,
  Wanted = 55,
  T1 = 58,
  T2 = 59,
  End = 255,
}

/** Octets of a client's message: the 300 of BOOTP (RFC 1542 §2.1), in which all its options find room. */
export const DHCP_LENGTH = 300;

/** Octets of a host name, as many as network.hostname() takes. */
export const HOST_NAME_MAX = 32;

const COOKIE = 0x63825363;

/** What a server says. Addresses are unsigned 32-bit numbers; what it does not say is 0. */
export interface DhcpReply {
  _type: DhcpType;
  _xid: number;
  /** The address for the client. */
  _address: number;
  _server: number;
  _mask: number;
  _router: number;
  /** At most two. */
  _dns: number[];
  /** Seconds; 0xffffffff is for ever. */
  _lease: number;
  _t1: number;
  _t2: number;
}

/** What a client says. */
export interface DhcpRequest {
  _type: DhcpType;
  _xid: number;
  _mac: Uint8Array;
  /** The address it has. */
  _client: number;
  /** The options for the address it wants, and for the server it means; 0 for none. */
  _requested: number;
  _server: number;
  /** Octets of its name; none for no option. */
  _hostName: Uint8Array;
}

/** Reads the options in [at, end); false when one of them is longer than the room for it. */
function readOptions(reply: DhcpReply, found: { [option: number]: number }, buf: Uint8Array, at: number, end: number) {
  while (at < end && buf[at] !== DhcpOption.End) {
    const option = buf[at++];
    if (!option) {
      continue;
    }
    const next = at + 1 + buf[at];
    // No octet for the length makes next NaN or more.
    if (at >= end || !(next <= end)) {
      return false;
    }
    const length = buf[at++];
    if (option === DhcpOption.Dns) {
      for (let i = at; i + 4 <= next && reply._dns.length < 2; i += 4) {
        reply._dns.push(getU32(buf, i));
      }
    } else if (length === 1) {
      found[option] = buf[at];
    } else if (length > 3 && (length === 4 || option === DhcpOption.Router)) {
      found[option] = getU32(buf, at);
    }
    at = next;
  }
  return true;
}

/**
 * Reads a server's message for the client with this MAC address from buf[at, end).
 * @returns null when it is malformed, for another client, or not a reply with a DHCP message type
 */
export function dhcpParse(buf: Uint8Array, at: number, end: number, mac: Uint8Array): DhcpReply | null {
  const found: { [option: number]: number } = {};
  const reply: DhcpReply = {
    _type: 0 as DhcpType,
    _xid: getU32(buf, at + Dhcp.Xid),
    _address: getU32(buf, at + Dhcp.YourAddress),
    _server: 0,
    _mask: 0,
    _router: 0,
    _dns: [],
    _lease: 0,
    _t1: 0,
    _t2: 0,
  };
  if (
    end - at < Dhcp.Options ||
    // BOOTREPLY, Ethernet, addresses of six octets.
    getU16(buf, at) !== 0x0201 ||
    buf[at + 2] !== MAC_LENGTH ||
    getU32(buf, at + Dhcp.Cookie) !== COOKIE ||
    getU32(buf, at + Dhcp.ClientMac) !== getU32(mac, 0) ||
    getU16(buf, at + Dhcp.ClientMac + 4) !== getU16(mac, 4) ||
    !readOptions(reply, found, buf, at + Dhcp.Options, end)
  ) {
    return null;
  }
  // RFC 2132 §9.3: 1 the file name holds options, 2 the server's name does, 3 both, in this order.
  const overload = found[DhcpOption.Overload];
  if (
    (overload & 1 && !readOptions(reply, found, buf, at + Dhcp.File, at + Dhcp.Cookie)) ||
    (overload & 2 && !readOptions(reply, found, buf, at + Dhcp.ServerName, at + Dhcp.File))
  ) {
    return null;
  }
  reply._type = found[DhcpOption.MessageType];
  reply._server = found[DhcpOption.Server] || 0;
  reply._mask = found[DhcpOption.Mask] || 0;
  reply._router = found[DhcpOption.Router] || 0;
  reply._lease = found[DhcpOption.Lease] || 0;
  reply._t1 = found[DhcpOption.T1] || 0;
  reply._t2 = found[DhcpOption.T2] || 0;
  return reply._type ? reply : null;
}

function addressOption(buf: Uint8Array, at: number, option: DhcpOption, address: number): number {
  if (!address) {
    return at;
  }
  buf[at] = option;
  buf[at + 1] = 4;
  putU32(buf, at + 2, address);
  return at + 6;
}

/** Writes a client's message; returns its length, DHCP_LENGTH. */
export function dhcpEmit(buf: Uint8Array, at: number, request: DhcpRequest): number {
  const name = request._hostName;
  const type = request._type;
  for (let i = at + DHCP_LENGTH; i > at;) {
    buf[--i] = 0;
  }
  // BOOTREQUEST.
  buf.set([1, 1, MAC_LENGTH], at);
  putU32(buf, at + Dhcp.Xid, request._xid);
  putU32(buf, at + Dhcp.ClientAddress, request._client);
  putBytes(buf, at + Dhcp.ClientMac, request._mac, 0, MAC_LENGTH);
  putU32(buf, at + Dhcp.Cookie, COOKIE);
  let to = at + Dhcp.Options;
  buf.set([DhcpOption.MessageType, 1, type], to);
  to = addressOption(buf, to + 3, DhcpOption.Requested, request._requested);
  to = addressOption(buf, to, DhcpOption.Server, request._server);
  // RFC 2131 table 5: none of the others in DECLINE and RELEASE.
  if (type === DhcpType.Discover || type === DhcpType.Request) {
    buf.set([DhcpOption.Wanted, 3, DhcpOption.Mask, DhcpOption.Router, DhcpOption.Dns], to);
    to += 5;
    const length = min(name.length, HOST_NAME_MAX);
    if (length) {
      buf[to] = DhcpOption.HostName;
      buf[to + 1] = length;
      putBytes(buf, to + 2, name, 0, length);
      to += 2 + length;
    }
  }
  buf[to] = DhcpOption.End;
  return DHCP_LENGTH;
}
