/** IPv4 addresses: text and unsigned 32-bit numbers. */

/** An address: unsigned 32-bit number for IPv4, text for IPv6 (see addr6.ts). */
export type Address = number | string;

/**
 * The number of "a.b.c.d", or -1 for anything else. Only the one way in which formatIpv4 writes it is taken: leading
 * zeros, which other parsers read as octal, blanks, signs, exponents and missing or further parts all look different.
 */
export function parseIpv4(text: unknown): number {
  const value = String(text)
    .split('.')
    .reduce(function (sum, octet) {
      return sum * 256 + +octet;
    }, 0);
  return formatIpv4(value) === text ? value : -1;
}

export function formatIpv4(address: number): string {
  return [address >>> 24, (address >> 16) & 255, (address >> 8) & 255, address & 255].join('.');
}

/** An address as text, whatever it is. */
export function formatAddress(address: Address): string {
  return typeof address === 'string' ? address : formatIpv4(address);
}
