/** DHCPv6 as far as a host without managed addresses needs it: Information-Request and its Reply (RFC 8415 §18.2.6). */

import { getIpv6 } from './addr6';
import { getU16, getU32, putBytes, putU16, putU32 } from './bytes';

export const DHCP6_CLIENT_PORT = 546;
export const DHCP6_SERVER_PORT = 547;

const INFORMATION_REQUEST = 11;
const REPLY = 7;

const enum Option {
  ClientId = 1,
  ServerId = 2,
  Requested = 6,
  ElapsedTime = 8,
  Status = 13,
  Dns = 23,
  RefreshTime = 32,
}

/** A DUID of sixteen octets (RFC 6355). */
export const DUID_LENGTH = 18;

/** Octets of the message. */
const REQUEST = 4 + 4 + DUID_LENGTH + 6 + 8;

/** What a reply says. */
export interface Dhcp6Reply {
  _servers: string[];
  /** When to ask again, seconds; 0 when it does not say. */
  _refreshS: number;
}

/**
 * A request for name servers.
 * @param xid 24 bits
 * @param elapsed since the first one, hundredths of a second
 */
export function dhcp6Request(xid: number, duid: Uint8Array, elapsed: number): Uint8Array {
  const message = new Uint8Array(REQUEST);
  putU32(message, 0, (INFORMATION_REQUEST << 24) | (xid & 0xffffff));
  putU32(message, 4, (Option.ClientId << 16) | DUID_LENGTH);
  putBytes(message, 8, duid, 0, DUID_LENGTH);
  putU32(message, 8 + DUID_LENGTH, (Option.ElapsedTime << 16) | 2);
  putU16(message, 12 + DUID_LENGTH, Math.min(elapsed, 0xffff));
  putU32(message, 14 + DUID_LENGTH, (Option.Requested << 16) | 4);
  putU32(message, 18 + DUID_LENGTH, (Option.Dns << 16) | Option.RefreshTime);
  return message;
}

/** The reply to a request of ours; null when it is none, is malformed, or names no server. */
export function dhcp6Parse(message: Uint8Array, xid: number, duid: Uint8Array): Dhcp6Reply | null {
  const length = message.length;
  const reply: Dhcp6Reply = { _servers: [], _refreshS: 0 };
  let isOurs = false;
  let isServers = false;
  let at = 4;
  if (length < 4 || getU32(message, 0) !== ((REPLY << 24) | (xid & 0xffffff)) >>> 0) {
    return null;
  }
  while (at < length) {
    const size = getU16(message, at + 2);
    const data = at + 4;
    const next = data + size;
    if (data > length || next > length) {
      return null;
    }
    const option = getU16(message, at);
    if (option === Option.ClientId) {
      isOurs = size === DUID_LENGTH;
      for (let i = 0; i < DUID_LENGTH && isOurs; i++) {
        isOurs = message[data + i] === duid[i];
      }
    } else if (option === Option.ServerId) {
      isServers = size > 2;
    } else if (option === Option.Status && size > 1 && getU16(message, data)) {
      return null;
    } else if (option === Option.Dns && !(size & 15)) {
      for (let server = data; server < next; server += 16) {
        reply._servers.push(getIpv6(message, server));
      }
    } else if (option === Option.RefreshTime && size === 4) {
      reply._refreshS = getU32(message, data);
    }
    at = next;
  }
  return isOurs && isServers ? reply : null;
}
