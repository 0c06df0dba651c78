/**
 * IPv6 addresses. Everything above the wire has them as text, in the one form that RFC 5952 allows: two of them are the
 * same when their texts are, nothing has to be kept of them, and nothing about it costs those who have IPv4 alone.
 */

import { Address, formatIpv4, parseIpv4 } from './addr';
import { getU16, putU16 } from './bytes';

/** Octets of an address. */
export const IPV6_LENGTH = 16;

const GROUPS = 8;

/** The groups of a stretch without "::"; null for what is none. An IPv4 address may stand at the end. */
function stretch(text: string, isLast: boolean): number[] | null {
  const groups: number[] = [];
  const parts = text ? text.split(':') : [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    const four = isLast && i === parts.length - 1 ? parseIpv4(part) : -1;
    if (four >= 0) {
      groups.push(four >>> 16, four & 0xffff);
    } else if (/^[\da-f]{1,4}$/i.test(part)) {
      groups.push(parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}

/** The eight 16-bit groups of an address as RFC 4291 §2.2 writes it in any form; null for anything else. */
export function ipv6Groups(text: unknown): number[] | null {
  const halves = typeof text === 'string' ? text.split('::') : [];
  const last = halves.length - 1;
  const left = last >= 0 && last < 2 ? stretch(halves[0], !last) : null;
  const right = last === 1 ? stretch(halves[1], true) : [];
  if (!left || !right || (last ? left.length + right.length >= GROUPS : left.length !== GROUPS)) {
    return null;
  }
  while (left.length + right.length < GROUPS) {
    left.push(0);
  }
  return left.concat(right);
}

/** RFC 5952 §4: small letters, no leading zeros, the first of the longest runs of zeros shortened; §5: IPv4-mapped. */
export function formatGroups(groups: number[]): string {
  let at = GROUPS;
  let longest = 1;
  for (let i = 0; i < GROUPS; i++) {
    let zeros = 0;
    while (i + zeros < GROUPS && !groups[i + zeros]) {
      zeros++;
    }
    if (zeros > longest) {
      longest = zeros;
      at = i;
    }
    i += zeros;
  }
  if (!at && longest === 5 && groups[5] === 0xffff) {
    return '::ffff:' + formatIpv4(((groups[6] << 16) | groups[7]) >>> 0);
  }
  const parts = groups.map(function (group) {
    return group.toString(16);
  });
  return at === GROUPS ? parts.join(':') : parts.slice(0, at).join(':') + '::' + parts.slice(at + longest).join(':');
}

/** An address in RFC 5952's form; '' for what is none. */
export function parseIpv6(text: unknown): string {
  const groups = ipv6Groups(text);
  return groups ? formatGroups(groups) : '';
}

/** The address at buf[at, at + 16). */
export function getIpv6(buf: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let i = 0; i < IPV6_LENGTH; i += 2) {
    groups.push(getU16(buf, at + i));
  }
  return formatGroups(groups);
}

/** Writes an address, which must be one. */
export function putIpv6(buf: Uint8Array, at: number, address: Address): void {
  const groups = ipv6Groups(address) as number[];
  for (let i = 0; i < GROUPS; i++) {
    putU16(buf, at + 2 * i, groups[i]);
  }
}

/** How many bits two addresses have in common, from the first on. */
export function commonBits(a: Address, b: Address): number {
  const left = ipv6Groups(a) as number[];
  const right = ipv6Groups(b) as number[];
  let i = 0;
  while (i < GROUPS && left[i] === right[i]) {
    i++;
  }
  let bits = 16 * i;
  for (let other = left[i] ^ right[i]; other && !(other & 0x8000); other <<= 1) {
    bits++;
  }
  return bits;
}

export function isMulticast(address: Address): boolean {
  return /^ff[^:]{2}:/.test(address as string);
}

/** fe80::/10. */
export function isLinkLocal(address: Address): boolean {
  return /^fe[89ab][^:]:/.test(address as string);
}

/** The group that everybody with this address has joined (RFC 4291 §2.7.1). */
export function solicitedNode(address: Address): string {
  const groups = ipv6Groups(address) as number[];
  return formatGroups([0xff02, 0, 0, 0, 0, 1, 0xff00 | (groups[6] & 255), groups[7]]);
}
