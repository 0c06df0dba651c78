/** What a DNS answer without an address says for how long (RFC 2308 §5), and whether it was cut off. */

import { getU16, getU32 } from './bytes';
import { DNS_HEADER } from './dns';

/** RFC 2308 §5: no longer than this, seconds. */
const NEGATIVE_MOST_S = 3600;

const SOA = 6;

/** Behind the name at `at`; Infinity for what is none. */
function skipName(message: Uint8Array, at: number): number {
  while (message[at] > 0 && message[at] < 64) {
    at += message[at] + 1;
  }
  return at + (message[at] === 0 ? 1 : message[at] > 191 ? 2 : Infinity);
}

/** RFC 1035 §4.1.1: TC. */
export function dnsIsTruncated(message: Uint8Array): boolean {
  return (message[2] & 2) !== 0;
}

/**
 * How long a name has no address, seconds: the smaller of the SOA record's time to live and its last field.
 * @param message an answer to one question that dnsParseAnswer has taken
 * @returns 0 without such a record: the answer is not to be kept
 */
export function dnsNegativeTtl(message: Uint8Array): number {
  let at = skipName(message, DNS_HEADER) + 4;
  for (let left = getU16(message, 6) + getU16(message, 8); left > 0 && at < message.length; left--) {
    at = skipName(message, at);
    const next = at + 10 + getU16(message, at + 8);
    if (!(next <= message.length)) {
      break;
    }
    // Two names of an octet at least, and five numbers.
    if (getU16(message, at) === SOA && next - at >= 32) {
      // RFC 2181 §8: with the top bit set it counts as zero.
      return Math.max(0, Math.min(getU32(message, at + 4) | 0, getU32(message, next - 4) | 0, NEGATIVE_MOST_S));
    }
    at = next;
  }
  return 0;
}
