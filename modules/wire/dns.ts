/** DNS messages, RFC 1035 §4: a query for A records, and the walk over an answer. */

import { getU16, getU32 } from './bytes';

export const DNS_HEADER = 12;

/** What there is instead of an address, below 0: getaddrinfo's numbers, as MicroPython reports them. */
export const enum ResolveError {
  /** EAI_NONAME: there is no such name, or it has no address. */
  NotFound = -2,
  /** EAI_AGAIN: nobody has answered, or not to the point. */
  NoAnswer = -3,
  /** EAI_FAIL. */
  Failed = -4,
}

export const enum DnsCode {
  NoError = 0,
  NameError = 3,
}

/** What an answer says. */
export interface DnsAnswer {
  /** The first one, unsigned 32-bit number; or below 0 NotFound, or NoAnswer from a server that cannot or will not. */
  _address: number;
  /** The smallest time to live among the records used, seconds. */
  _ttlSeconds: number;
}

/** Bounds of a time to live, seconds: an answer is good for the connection that asked, and no name is for ever. */
const TTL_MIN_S = 1;
const TTL_MAX_S = 86400;

/**
 * A recursive query for name's A records; null when there can be no such name: labels of 1 to 63 octets, 253 in all, one
 * trailing dot allowed (RFC 1035 §2.3.4). Letters become small ones.
 */
export function dnsQuery(id: number, name: string): Uint8Array | null {
  const text = name.toLowerCase().replace(/\.$/, '');
  const length = text.length;
  const query = new Uint8Array(length + 18);
  let label = 0;
  query.set([id >> 8, id, 1, 0, 0, 1]);
  // Backwards, so that the length of a label is known where it stands: in the place of the dot before it.
  for (let i = length; i >= 0; i--) {
    let c = i ? text.charCodeAt(i - 1) : 46;
    const dot = c === 46;
    if (dot) {
      c = label;
    }
    if (dot ? !c || c > 63 : c <= 32 || c > 126) {
      return null;
    }
    label = dot ? 0 : label + 1;
    query[DNS_HEADER + i] = c;
  }
  query[length + 15] = query[length + 17] = 1;
  return length > 253 ? null : query;
}

/**
 * Reads the answer to a query. A CNAME chain is walked by the server that was asked to recurse, so every A record of the
 * answer section belongs to it, and names are stepped over.
 * @returns null when this is not such an answer or is malformed; it is then dropped
 */
export function dnsParseAnswer(query: Uint8Array, reply: Uint8Array): DnsAnswer | null {
  // The same identifier, QR set, opcode 0, one question.
  if (getU16(reply, 0) !== getU16(query, 0) || (reply[2] & 0xf8) !== 0x80 || getU16(reply, 4) !== 1) {
    return null;
  }
  let at = DNS_HEADER;
  for (; at < query.length; at++) {
    const byte = reply[at];
    // RFC 1035 §2.3.3: letters may come back as capitals.
    if ((byte > 64 && byte < 91 ? byte + 32 : byte) !== query[at]) {
      return null;
    }
  }
  const truncated = reply[2] & 2;
  let address = -1;
  let ttl = TTL_MAX_S;
  for (let left = getU16(reply, 6); left > 0; left--) {
    while (reply[at] > 0 && reply[at] < 64) {
      at += reply[at] + 1;
    }
    // The root, or a pointer; there is no other kind of label.
    at += !reply[at] ? 1 : reply[at] > 191 ? 2 : Infinity;
    const next = at + 10 + getU16(reply, at + 8);
    if (next > reply.length) {
      if (!truncated) {
        return null;
      }
      break;
    }
    const type = getU16(reply, at);
    if ((type === 1 || type === 5) && getU16(reply, at + 2) === 1) {
      // RFC 2181 §8: a time to live with the top bit set counts as zero.
      ttl = Math.max(TTL_MIN_S, Math.min(ttl, getU32(reply, at + 4) | 0));
      if (type === 1 && next === at + 14 && address < 0) {
        address = getU32(reply, at + 10);
      }
    }
    at = next;
  }
  if (address < 0) {
    const code = reply[3] & 15;
    address =
      code === DnsCode.NameError || (code === DnsCode.NoError && !truncated)
        ? ResolveError.NotFound
        : ResolveError.NoAnswer;
  }
  return { _address: address, _ttlSeconds: ttl };
}
