/** DNS: queries for AAAA records and their answers (RFC 3596). */

import { getIpv6 } from './addr6';
import { getU16, getU32 } from './bytes';
import { ResolveError, dnsParseAnswer, dnsQuery } from './dns';

const AAAA = 28;
const TTL_MAX_S = 86400;

/** A recursive query for a name's AAAA records; null when there can be no such name. */
export function dnsQuery6(id: number, name: string): Uint8Array | null {
  const query = dnsQuery(id, name);
  if (query) {
    query[query.length - 3] = AAAA;
  }
  return query;
}

/** What an answer says; see DnsAnswer. */
export interface DnsAnswer6 {
  /** Text; or below 0 a ResolveError. */
  _address: string | number;
  _ttlSeconds: number;
}

/** What an answer to it says: as dnsParseAnswer, but the address is text. */
export function dnsParseAnswer6(query: Uint8Array, reply: Uint8Array): DnsAnswer6 | null {
  // The walk is the same, and is not repeated: it has found that the records stand one behind the other.
  const answer = dnsParseAnswer(query, reply);
  let at = query.length;
  let ttl = TTL_MAX_S;
  if (!answer) {
    return null;
  }
  for (let left = getU16(reply, 6); left > 0 && at < reply.length; left--) {
    while (reply[at] > 0 && reply[at] < 64) {
      at += reply[at] + 1;
    }
    at += reply[at] ? 2 : 1;
    const type = getU16(reply, at);
    const next = at + 10 + getU16(reply, at + 8);
    if (next > reply.length) {
      break;
    }
    if ((type === AAAA || type === 5) && getU16(reply, at + 2) === 1) {
      ttl = Math.max(1, Math.min(ttl, getU32(reply, at + 4) | 0));
      if (type === AAAA && next === at + 26) {
        return { _address: getIpv6(reply, at + 10), _ttlSeconds: ttl };
      }
    }
    at = next;
  }
  // An A record answers another question.
  return { _address: answer._address < 0 ? answer._address : ResolveError.NotFound, _ttlSeconds: ttl };
}
