/** Options of the control protocols by name: RFC 1661 §6, RFC 1662 §7, RFC 1332, RFC 1877, RFC 5072, RFC 1962. */

import { hex, ipv4Text, u16 } from './reader';

type Show = (value: Uint8Array) => string;
type Names = Record<number, [name: string, show?: Show]>;

const ALGORITHMS: Record<number, string> = { 5: 'MD5', 0x80: 'MSCHAP', 0x81: 'MSCHAPv2' };

const number: Show = (value) => String(u16(value, 0));
const address: Show = (value) => ipv4Text(value, 0);
const nothing: Show = () => '';

const authentication: Show = (value) => {
  const protocol = u16(value, 0);
  return protocol === 0xc223
    ? `CHAP ${ALGORITHMS[value[2]] ?? `algorithm ${value[2]}`}`
    : ({ 0xc023: 'PAP', 0xc227: 'EAP' }[protocol] ?? hex(value));
};

const compression: Show = (value) =>
  u16(value, 0) === 0x002d
    ? `Van Jacobson TCP/IP${value.length > 2 ? `, slots 0 to ${value[2]}${value[3] ? ', slot id may be left out' : ''}` : ''}`
    : hex(value);

const LCP: Names = {
  1: ['MRU', number],
  2: ['ACCM', hex],
  3: ['Authentication', authentication],
  4: ['Quality', hex],
  5: ['Magic', hex],
  7: ['PFC', nothing],
  8: ['ACFC', nothing],
  9: ['FCS', hex],
  10: ['Self-Describing Padding', hex],
  13: ['Callback', hex],
  15: ['Compound Frames', nothing],
  17: ['MRRU', number],
  18: ['Short Sequence Numbers', nothing],
  19: ['Endpoint', hex],
};

const IPCP: Names = {
  1: ['Addresses', hex],
  2: ['Compression', compression],
  3: ['Address', address],
  129: ['DNS 1', address],
  130: ['NBNS 1', address],
  131: ['DNS 2', address],
  132: ['NBNS 2', address],
};

const IPV6CP: Names = {
  1: ['Interface Identifier', (value) => hex(value).replace(/(....)(?=.)/g, '$1:')],
  2: ['Compression', hex],
};

const CCP: Names = {
  0: ['OUI', hex],
  1: ['Predictor 1', nothing],
  2: ['Predictor 2', nothing],
  17: ['Stac LZS', hex],
  18: ['MPPE', hex],
  21: ['BSD', hex],
  24: ['Deflate (draft)', hex],
  26: ['Deflate', hex],
};

const TABLES: Record<number, Names> = { 0xc021: LCP, 0x8021: IPCP, 0x8057: IPV6CP, 0x80fd: CCP };

/** All options in bytes, by name and value, and what is wrong with them. */
export function optionsText(protocol: number, bytes: Uint8Array): string {
  const names = TABLES[protocol] ?? {};
  const texts: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = bytes[at + 1];
    if (!(length >= 2) || at + length > bytes.length) {
      texts.push('malformed options');
      break;
    }
    const value = bytes.subarray(at + 2, at + length);
    const [name, show = hex] = names[bytes[at]] ?? [`Option ${bytes[at]}`];
    texts.push(`${name} ${show(value)}`.trimEnd());
    at += length;
  }
  return texts.join(', ');
}
