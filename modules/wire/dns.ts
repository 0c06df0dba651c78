/** DNS messages, RFC 1035 §4: a query for A records, and the walk over an answer. */

import { getU16, getU32 } from './bytes';

export const DNS_HEADER = 12;

export const enum DnsCode {
  NoError = 0,
  NameError = 3,
}

/** What an answer says. */
export interface DnsAnswer {
  _code: number;
  _truncated: boolean;
  /** Unsigned 32-bit numbers in the order of the answer. */
  _addresses: number[];
  /** The smallest time to live among the records used, seconds. */
  _ttlSeconds: number;
}

/** Whether name can be asked for: labels of 1 to 63 octets, 253 in all, one trailing dot allowed (RFC 1035 §2.3.4). */
export function dnsNameValid(name: string): boolean {
  return name.length < 255 && emitName(new Uint8Array(name.length + 2), 0, name) > 0;
}

/** Writes a recursive query for name's A records; name must be valid. Returns the octets written, at most 271. */
export function dnsEmitQuery(buf: Uint8Array, at: number, id: number, name: string): number {
  buf.set([id >> 8, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], at);
  const to = emitName(buf, at + DNS_HEADER, name);
  buf.set([0, 1, 0, 1], to);
  return to + 4 - at;
}

/** Writes name as labels with the root's at the end; returns the end, or 0 when it is not valid. */
function emitName(buf: Uint8Array, at: number, name: string): number {
  const start = at;
  let label = at++;
  for (let i = 0; i <= name.length; i++) {
    const c = i < name.length ? name.charCodeAt(i) : 46;
    if (c !== 46) {
      if (c <= 32 || c > 126) {
        return 0;
      }
      buf[at++] = c;
    } else if (at > label + 1) {
      buf[label] = at - label - 1;
      if (buf[label] > 63) {
        return 0;
      }
      label = at++;
    } else if (i < name.length || i === 0) {
      return 0; // An empty label, but for the trailing dot's.
    }
  }
  buf[label] = 0;
  return at - start > 255 || label === start ? 0 : at;
}

/** Where the name at `at` ends, or -1. Pointers end a name and are not followed: names of answers are not compared. */
function skipName(buf: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const length = buf[at];
    if (length === 0) {
      return at + 1;
    }
    if (length >= 0xc0) {
      return at + 2 <= end ? at + 2 : -1;
    }
    if (length > 63) {
      return -1;
    }
    at += length + 1;
  }
  return -1;
}

/** Whether the question at buf[at...] is the very one for name; case is folded (RFC 1035 §2.3.3). Returns its end or -1. */
function matchQuestion(buf: Uint8Array, at: number, end: number, name: string): number {
  const mine = new Uint8Array(name.length + 2);
  const stop = at + emitName(mine, 0, name);
  if (stop + 4 > end || getU16(buf, stop) !== 1 || getU16(buf, stop + 2) !== 1) {
    return -1;
  }
  for (let i = 0; at < stop; i++) {
    const theirs = buf[at++];
    const letter = theirs | 32;
    if (theirs !== mine[i] && (letter !== (mine[i] | 32) || letter < 97 || letter > 122)) {
      return -1;
    }
  }
  return stop + 4;
}

/**
 * Reads the answer to the query (id, name) from buf[at, end).
 * The records are taken in the order given; a CNAME chain is walked by the server that was asked to recurse, so every
 * A record of the answer section belongs to it.
 * @returns false when this is not such an answer or is malformed; it is then dropped
 */
export function dnsParseAnswer(
  buf: Uint8Array,
  at: number,
  end: number,
  id: number,
  name: string,
  answer: DnsAnswer,
): boolean {
  if (end - at < DNS_HEADER || getU16(buf, at) !== id) {
    return false;
  }
  const flags = getU16(buf, at + 2);
  // QR set, opcode 0, and one question, ours.
  if ((flags & 0xf800) !== 0x8000 || getU16(buf, at + 4) !== 1) {
    return false;
  }
  let p = matchQuestion(buf, at + DNS_HEADER, end, name);
  if (p < 0) {
    return false;
  }
  answer._code = flags & 15;
  answer._truncated = (flags & 0x0200) !== 0;
  answer._addresses = [];
  answer._ttlSeconds = 0;
  let ttl = 0x7fffffff;
  for (let left = getU16(buf, at + 6); left > 0; left--) {
    p = skipName(buf, p, end);
    if (p < 0 || p + 10 > end) {
      return answer._truncated;
    }
    const type = getU16(buf, p);
    const length = getU16(buf, p + 8);
    if (p + 10 + length > end) {
      return answer._truncated;
    }
    if ((type === 1 || type === 5) && getU16(buf, p + 2) === 1) {
      // RFC 2181 §8: a time to live with the top bit set counts as zero.
      const recordTtl = buf[p + 4] & 0x80 ? 0 : getU32(buf, p + 4);
      if (recordTtl < ttl) {
        ttl = recordTtl;
      }
      if (type === 1 && length === 4 && answer._addresses.length < 8) {
        answer._addresses.push(getU32(buf, p + 10));
      }
    }
    p += 10 + length;
  }
  answer._ttlSeconds = answer._addresses.length ? ttl : 0;
  return true;
}
