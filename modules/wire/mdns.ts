/** Multicast DNS messages (RFC 6762) about addresses: questions, and A and AAAA records. */

import type { Address } from './addr';
import { getIpv6, ipv6Groups, putIpv6 } from './addr6';
import { getU16, getU32, putU16, putU32 } from './bytes';
import { DNS_HEADER } from './dns';

export const MDNS_PORT = 5353;

export const enum MdnsType {
  A = 1,
  Aaaa = 28,
  Any = 255,
}

const IN = 1;
/** Of a question: an answer to the sender alone will do (§5.4); of a record: it is all there is (§10.2). */
const TOP_BIT = 0x8000;
const RESPONSE = 0x8400;

/** Questions and records that are looked at; the rest of a message is passed over. */
const MOST = 24;

export interface MdnsQuestion {
  /** In small letters, without a dot at the end. */
  _name: string;
  _type: number;
  _unicast: boolean;
}

export interface MdnsRecord {
  _name: string;
  _type: number;
  _ttlSeconds: number;
  /** Of A and AAAA records; else 0. */
  _address: Address;
}

export interface MdnsMessage {
  _id: number;
  _isResponse: boolean;
  _questions: MdnsQuestion[];
  /** Answers; and what a prober wants to have, and all else. */
  _answers: MdnsRecord[];
  _others: MdnsRecord[];
}

/** A name as it stands in a message, and where what follows begins; null for what is none. Pointers lead back only. */
function readName(message: Uint8Array, at: number): { _text: string; _next: number } | null {
  let text = '';
  let next = 0;
  let limit = at;
  for (;;) {
    const length = message[at];
    if (at >= message.length || text.length > 255) {
      return null;
    }
    if (length > 191) {
      const target = ((length & 63) << 8) | message[at + 1];
      next = next || at + 2;
      // Each is before all that was read, so it ends.
      if (!(target < limit)) {
        return null;
      }
      limit = at = target;
    } else if (length > 63) {
      return null;
    } else if (!length) {
      return { _text: text, _next: next || at + 1 };
    } else {
      if (at + 1 + length > message.length) {
        return null;
      }
      text += text ? '.' : '';
      for (let i = 1; i <= length; i++) {
        text += String.fromCharCode(message[at + i]);
      }
      at += 1 + length;
    }
  }
}

/** Takes a message apart; null when it is malformed, or no query and no response (§18). */
export function mdnsParse(message: Uint8Array): MdnsMessage | null {
  const flags = getU16(message, 2);
  if (message.length < DNS_HEADER || flags & 0x780f) {
    return null;
  }
  const parsed: MdnsMessage = {
    _id: getU16(message, 0),
    _isResponse: flags > 0x7fff,
    _questions: [],
    _answers: [],
    _others: [],
  };
  let at = DNS_HEADER;
  const questions = getU16(message, 4);
  const answers = getU16(message, 6);
  const records = answers + getU16(message, 8) + getU16(message, 10);
  for (let i = 0; i < questions + records && i < MOST; i++) {
    const name = readName(message, at);
    if (!name || name._next + 4 > message.length) {
      return null;
    }
    at = name._next;
    const type = getU16(message, at);
    const kind = getU16(message, at + 2);
    const text = name._text.toLowerCase();
    if (i < questions) {
      at += 4;
      if ((kind & ~TOP_BIT) === IN || kind === 255) {
        parsed._questions.push({ _name: text, _type: type, _unicast: (kind & TOP_BIT) !== 0 });
      }
    } else {
      const data = at + 10;
      const length = getU16(message, at + 8);
      if (data + length > message.length) {
        return null;
      }
      if ((kind & ~TOP_BIT) === IN) {
        (i < questions + answers ? parsed._answers : parsed._others).push({
          _name: text,
          _type: type,
          _ttlSeconds: getU32(message, at + 4),
          _address:
            type === MdnsType.A && length === 4
              ? getU32(message, data)
              : type === MdnsType.Aaaa && length === 16
                ? getIpv6(message, data)
                : 0,
        });
      }
      at = data + length;
    }
  }
  return parsed;
}

/** A name of labels, which must be one; returns its end. */
function putName(buf: Uint8Array, at: number, name: string): number {
  name.split('.').forEach(function (label) {
    buf[at++] = label.length;
    for (let i = 0; i < label.length; i++) {
      buf[at++] = label.charCodeAt(i);
    }
  });
  buf[at++] = 0;
  return at;
}

function putHeader(buf: Uint8Array, id: number, flags: number, counts: number[]): void {
  putU16(buf, 0, id);
  putU16(buf, 2, flags);
  counts.forEach(function (count, i) {
    putU16(buf, 4 + 2 * i, count);
  });
}

/** Records of a name that stands at offset 12; returns their end. */
function putRecords(buf: Uint8Array, at: number, addresses: Address[], kind: number, ttlSeconds: number): number {
  addresses.forEach(function (address) {
    const isText = typeof address === 'string';
    putU16(buf, at, 0xc000 + DNS_HEADER);
    putU16(buf, at + 2, isText ? MdnsType.Aaaa : MdnsType.A);
    putU16(buf, at + 4, kind);
    putU32(buf, at + 6, ttlSeconds);
    putU16(buf, at + 10, isText ? 16 : 4);
    if (isText) {
      putIpv6(buf, at + 12, address);
    } else {
      putU32(buf, at + 12, address);
    }
    at += isText ? 28 : 16;
  });
  return at;
}

function room(name: string, addresses: Address[]): Uint8Array {
  return new Uint8Array(DNS_HEADER + name.length + 6 + 28 * addresses.length + 28);
}

/** A question; with addresses it is a probe, which says what its sender wants to have (§8.1). */
export function mdnsQuery(
  id: number,
  name: string,
  type: MdnsType,
  unicast: boolean,
  addresses: Address[],
  ttlSeconds: number,
): Uint8Array {
  const buf = room(name, addresses);
  let at = putName(buf, DNS_HEADER, name);
  putHeader(buf, id, 0, [1, 0, addresses.length, 0]);
  putU16(buf, at, type);
  putU16(buf, at + 2, unicast ? IN | TOP_BIT : IN);
  at = putRecords(buf, at + 4, addresses, IN, ttlSeconds);
  return buf.slice(0, at);
}

/** The addresses of a name, as all there are. */
export function mdnsResponse(name: string, addresses: Address[], ttlSeconds: number): Uint8Array {
  const buf = room(name, addresses);
  // The first record has the name itself.
  let at = putName(buf, DNS_HEADER, name);
  const first = putRecords(buf, at, addresses.slice(0, 1), IN | TOP_BIT, ttlSeconds);
  buf.copyWithin(at, at + 2, first);
  at = putRecords(buf, first - 2, addresses.slice(1), IN | TOP_BIT, ttlSeconds);
  putHeader(buf, 0, RESPONSE, [0, addresses.length, 0, 0]);
  return buf.slice(0, at);
}

/** The answer to somebody who does not speak mDNS (§6.7): as an ordinary server gives it. */
export function mdnsLegacyResponse(
  id: number,
  name: string,
  type: number,
  addresses: Address[],
  ttlSeconds: number,
): Uint8Array {
  const buf = room(name, addresses);
  let at = putName(buf, DNS_HEADER, name);
  putHeader(buf, id, RESPONSE, [1, addresses.length, 0, 0]);
  putU16(buf, at, type);
  putU16(buf, at + 2, IN);
  at = putRecords(buf, at + 4, addresses, IN, ttlSeconds);
  return buf.slice(0, at);
}

/** Addresses of a kind that a question wants. */
export function wantedAddresses(type: number, addresses: Address[]): Address[] {
  return addresses.filter(function (address) {
    return type === MdnsType.Any || type === (typeof address === 'string' ? MdnsType.Aaaa : MdnsType.A);
  });
}

/** Below or above zero, as RFC 6762 §8.2 compares records: by type, then by data. */
export function compareAddresses(a: Address, b: Address): number {
  if (typeof a !== 'string' || typeof b !== 'string') {
    return typeof a === typeof b ? (a as number) - (b as number) : typeof a === 'string' ? 1 : -1;
  }
  const left = ipv6Groups(a) as number[];
  const right = ipv6Groups(b) as number[];
  let i = 0;
  while (i < 7 && left[i] === right[i]) {
    i++;
  }
  return left[i] - right[i];
}
