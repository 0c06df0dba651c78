/** IPv6, ICMPv6, and TCP and UDP over it, built and taken apart without any of the code under test, from the RFCs. */

import { internetSum } from './packets';

/** Sixteen octets of an address; "::" may stand for groups of zeros. */
export function bytes6(text: string): Buffer {
  const [left, right] = text.split('::').map((half) => (half ? half.split(':') : []));
  const groups = right ? [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right] : left;
  const bytes = Buffer.alloc(16);
  groups.forEach((group, i) => bytes.writeUInt16BE(parseInt(group, 16), 2 * i));
  return bytes;
}

/** By what a browser does: WHATWG's serializer follows RFC 5952 §4. */
export function text6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

export interface Fields6 {
  source: string;
  destination: string;
  hops?: number;
  /** Extension headers, and the number of the first. */
  extension?: Uint8Array;
  next?: number;
}

export function ip6Packet(fields: Fields6, protocol: number, payload: Uint8Array): Buffer {
  const body = Buffer.concat([fields.extension ?? Buffer.alloc(0), payload]);
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(body.length, 4);
  header[6] = fields.next ?? protocol;
  header[7] = fields.hops ?? 64;
  bytes6(fields.source).copy(header, 8);
  bytes6(fields.destination).copy(header, 24);
  return Buffer.concat([header, body]);
}

function sum6(source: Uint8Array, destination: Uint8Array, protocol: number, payload: Uint8Array): number {
  const rest = Buffer.alloc(8);
  rest.writeUInt32BE(payload.length, 0);
  rest[7] = protocol;
  return internetSum(source, destination, rest, payload);
}

function summed(fields: Fields6, protocol: number, payload: Buffer, at: number): Buffer {
  payload.writeUInt16BE(0, at);
  payload.writeUInt16BE(sum6(bytes6(fields.source), bytes6(fields.destination), protocol, payload) || 0xffff, at);
  return ip6Packet(fields, protocol, payload);
}

export interface Icmp6Fields extends Fields6 {
  type: number;
  code?: number;
  /** All that follows the checksum. */
  body?: Uint8Array;
}

export function icmp6Packet(fields: Icmp6Fields): Buffer {
  const message = Buffer.concat([Buffer.from([fields.type, fields.code ?? 0, 0, 0]), fields.body ?? Buffer.alloc(4)]);
  return summed(fields, 58, message, 2);
}

export interface Transport6 extends Fields6 {
  sourcePort: number;
  destinationPort: number;
  data?: Uint8Array;
}

export function udp6Packet(fields: Transport6): Buffer {
  const data = fields.data ?? Buffer.alloc(0);
  const header = Buffer.alloc(8);
  header.writeUInt16BE(fields.sourcePort, 0);
  header.writeUInt16BE(fields.destinationPort, 2);
  header.writeUInt16BE(8 + data.length, 4);
  return summed(fields, 17, Buffer.concat([header, data]), 6);
}

const FLAGS = 'FSRPAU';

export function tcp6Packet(
  fields: Transport6 & { seq: number; ack?: number; flags: string; window?: number; options?: Uint8Array },
): Buffer {
  const options = fields.options ?? Buffer.alloc(0);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(fields.sourcePort, 0);
  header.writeUInt16BE(fields.destinationPort, 2);
  header.writeUInt32BE(fields.seq >>> 0, 4);
  header.writeUInt32BE((fields.ack ?? 0) >>> 0, 8);
  header[12] = (20 + options.length) << 2;
  header[13] = Array.from(fields.flags).reduce((bits, letter) => bits | (1 << FLAGS.indexOf(letter)), 0);
  header.writeUInt16BE(fields.window ?? 65535, 14);
  return summed(fields, 6, Buffer.concat([header, options, fields.data ?? Buffer.alloc(0)]), 16);
}

export interface Parsed6 {
  source: string;
  destination: string;
  protocol: number;
  hops: number;
  payload: Buffer;
}

function check(good: boolean, what: string): void {
  if (!good) {
    throw new Error(`packet sent: ${what}`);
  }
}

/** Takes apart a packet that the stack has sent; throws when anything about it is wrong, its checksum included. */
export function parse6(packet: Uint8Array): Parsed6 {
  const bytes = Buffer.from(packet);
  check(bytes.length >= 40 && bytes.readUInt32BE(0) === 0x60000000, 'no plain IPv6 header');
  check(bytes.readUInt16BE(4) === bytes.length - 40, 'payload length');
  let protocol = bytes[6];
  let payload = bytes.subarray(40);
  if (protocol === 0) {
    // The only extension header that is sent: the router alert of MLD.
    check(payload.toString('hex', 0, 8) === '3a00050200000100', 'a hop-by-hop header');
    protocol = 58;
    payload = payload.subarray(8);
  }
  check(sum6(bytes.subarray(8, 24), bytes.subarray(24, 40), protocol, payload) === 0, `checksum of ${protocol}`);
  return {
    source: text6(bytes.subarray(8, 24)),
    destination: text6(bytes.subarray(24, 40)),
    protocol,
    hops: bytes[7],
    payload,
  };
}

/** A prefix option of a router advertisement. */
export function prefixOption(prefix: string, valid: number, preferred: number, flags = 0xc0, length = 64): Buffer {
  const option = Buffer.alloc(32);
  option.set([3, 4, length, flags]);
  option.writeUInt32BE(valid >>> 0, 4);
  option.writeUInt32BE(preferred >>> 0, 8);
  bytes6(prefix).copy(option, 16);
  return option;
}

export function rdnssOption(lifetime: number, ...servers: string[]): Buffer {
  const head = Buffer.alloc(8);
  head.set([25, 1 + 2 * servers.length]);
  head.writeUInt32BE(lifetime, 4);
  return Buffer.concat([head, ...servers.map(bytes6)]);
}

/** A router advertisement. */
export function advertisement(
  source: string,
  options: Uint8Array[],
  { lifetime = 1800, hopLimit = 64, flags = 0, hops = 255, destination = 'ff02::1' } = {},
): Buffer {
  const body = Buffer.alloc(12);
  body[0] = hopLimit;
  body[1] = flags;
  body.writeUInt16BE(lifetime, 2);
  return icmp6Packet({ source, destination, hops, type: 134, body: Buffer.concat([body, ...options]) });
}

/** A neighbour solicitation, or with flags an advertisement. */
export function neighbour(
  fields: { source: string; destination: string; target: string; hops?: number },
  flags?: number,
  options: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE((flags ?? 0) >>> 0);
  return icmp6Packet({
    ...fields,
    hops: fields.hops ?? 255,
    type: flags === undefined ? 135 : 136,
    body: Buffer.concat([head, bytes6(fields.target), options]),
  });
}
