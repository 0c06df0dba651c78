/** IPv4 addresses: text and unsigned 32-bit numbers. */

/**
 * The number of "a.b.c.d", or -1 when the text is not exactly four decimal octets. Leading zeros are refused because
 * other parsers read them as octal.
 */
export function parseIpv4(text: string): number {
  let value = 0;
  let octets = 0;
  let octet = -1;
  const length = text.length;
  for (let i = 0; i <= length; i++) {
    const c = i < length ? text.charCodeAt(i) : 46;
    if (c >= 48 && c <= 57) {
      if (octet === 0) {
        return -1;
      }
      octet = (octet < 0 ? 0 : octet * 10) + c - 48;
      if (octet > 255) {
        return -1;
      }
    } else if (c === 46 && octet >= 0 && octets < 4) {
      value = value * 256 + octet;
      octets++;
      octet = -1;
    } else {
      return -1;
    }
  }
  return octets === 4 ? value : -1;
}

export function formatIpv4(address: number): string {
  return (address >>> 24) + '.' + ((address >>> 16) & 255) + '.' + ((address >>> 8) & 255) + '.' + (address & 255);
}

/** The mask of a prefix length 0 to 32. */
export function prefixMask(prefix: number): number {
  return prefix ? (-1 << (32 - prefix)) >>> 0 : 0;
}
