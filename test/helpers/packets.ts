/**
 * IPv4, TCP, UDP, ICMP and DNS, built and taken apart without any of the code under test: byte by byte, from the RFCs.
 * A built packet is a whole IPv4 packet. Addresses are dotted text.
 */

/** RFC 1071, two octets at a time. */
export function internetSum(...parts: Uint8Array[]): number {
  const bytes = Buffer.concat(parts.map((part) => (part.length & 1 ? Buffer.concat([part, Buffer.alloc(1)]) : part)));
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes.readUInt16BE(i);
  }
  while (sum > 0xffff) {
    sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  }
  return ~sum & 0xffff;
}

export function addressBytes(text: string): Buffer {
  return Buffer.from(text.split('.').map(Number));
}

export function addressText(bytes: Uint8Array): string {
  return Array.from(bytes).join('.');
}

/** The unsigned number the stack has for an address. */
export function addressNumber(text: string): number {
  return addressBytes(text).readUInt32BE(0);
}

export interface IpFields {
  source: string;
  destination: string;
}

interface IpExtras extends IpFields {
  id?: number;
  /** Flags and offset. */
  fragment?: number;
  ttl?: number;
  options?: Uint8Array;
}

export function ipPacket(fields: IpExtras, protocol: number, payload: Uint8Array): Buffer {
  const options = fields.options ?? Buffer.alloc(0);
  const header = Buffer.alloc(20 + options.length);
  header[0] = 0x40 | (header.length >> 2);
  header.writeUInt16BE(header.length + payload.length, 2);
  header.writeUInt16BE(fields.id ?? 0x1234, 4);
  header.writeUInt16BE(fields.fragment ?? 0, 6);
  header[8] = fields.ttl ?? 60;
  header[9] = protocol;
  addressBytes(fields.source).copy(header, 12);
  addressBytes(fields.destination).copy(header, 16);
  header.set(options, 20);
  header.writeUInt16BE(internetSum(header), 10);
  return Buffer.concat([header, payload]);
}

function pseudoHeader(fields: IpFields, protocol: number, length: number): Buffer {
  return Buffer.concat([
    addressBytes(fields.source),
    addressBytes(fields.destination),
    Buffer.from([0, protocol, length >> 8, length & 255]),
  ]);
}

export interface TcpFields extends IpExtras {
  sourcePort: number;
  destinationPort: number;
  /** As on the wire. */
  seq: number;
  ack?: number;
  /** Letters of FSRPAU. */
  flags: string;
  window?: number;
  mss?: number;
  tcpOptions?: Uint8Array;
  data?: Uint8Array;
}

const FLAGS = 'FSRPAU';

export function tcpPacket(fields: TcpFields): Buffer {
  const mss = fields.mss ? Buffer.from([2, 4, fields.mss >> 8, fields.mss & 255]) : Buffer.alloc(0);
  const options = Buffer.concat([fields.tcpOptions ?? Buffer.alloc(0), mss]);
  const data = fields.data ?? Buffer.alloc(0);
  const header = Buffer.alloc(20 + options.length);
  header.writeUInt16BE(fields.sourcePort, 0);
  header.writeUInt16BE(fields.destinationPort, 2);
  header.writeUInt32BE(fields.seq >>> 0, 4);
  header.writeUInt32BE((fields.ack ?? 0) >>> 0, 8);
  header[12] = header.length << 2;
  header[13] = Array.from(fields.flags).reduce((bits, letter) => bits | (1 << FLAGS.indexOf(letter)), 0);
  header.writeUInt16BE(fields.window ?? 65535, 14);
  header.set(options, 20);
  const sum = internetSum(pseudoHeader(fields, 6, header.length + data.length), header, data);
  header.writeUInt16BE(sum, 16);
  return ipPacket(fields, 6, Buffer.concat([header, data]));
}

export interface UdpFields extends IpExtras {
  sourcePort: number;
  destinationPort: number;
  data: Uint8Array;
  /** Send a zero, "no checksum". */
  noChecksum?: boolean;
}

export function udpPacket(fields: UdpFields): Buffer {
  const length = 8 + fields.data.length;
  const header = Buffer.alloc(8);
  header.writeUInt16BE(fields.sourcePort, 0);
  header.writeUInt16BE(fields.destinationPort, 2);
  header.writeUInt16BE(length, 4);
  if (!fields.noChecksum) {
    header.writeUInt16BE(internetSum(pseudoHeader(fields, 17, length), header, fields.data) || 0xffff, 6);
  }
  return ipPacket(fields, 17, Buffer.concat([header, fields.data]));
}

export interface IcmpFields extends IpExtras {
  type: number;
  code?: number;
  /** The four octets after the checksum. */
  rest?: Uint8Array;
  data?: Uint8Array;
}

export function icmpPacket(fields: IcmpFields): Buffer {
  const message = Buffer.concat([
    Buffer.from([fields.type, fields.code ?? 0, 0, 0]),
    fields.rest ?? Buffer.alloc(4),
    fields.data ?? Buffer.alloc(0),
  ]);
  message.writeUInt16BE(internetSum(message), 2);
  return ipPacket(fields, 1, message);
}

/** The start of a packet with its addresses and ports exchanged: what an ICMP message quotes that is about ours. */
export function quotedBack(packet: Buffer): Buffer {
  return Buffer.concat([
    packet.subarray(0, 12),
    packet.subarray(16, 20),
    packet.subarray(12, 16),
    packet.subarray(22, 24),
    packet.subarray(20, 22),
    packet.subarray(24, 40),
  ]);
}

/** Destination unreachable about a packet; `mtu` for fragmentation needed. */
export function unreachablePacket(fields: IpFields, code: number, about: Uint8Array, mtu = 0): Buffer {
  const rest = Buffer.from([0, 0, mtu >> 8, mtu & 255]);
  return icmpPacket({ ...fields, type: 3, code, rest, data: about.subarray(0, 28) });
}

export interface ParsedIp {
  source: string;
  destination: string;
  protocol: number;
  id: number;
  fragment: number;
  ttl: number;
  payload: Buffer;
}

function check(good: boolean, what: string): void {
  if (!good) {
    throw new Error(`packet sent: ${what}`);
  }
}

/** Takes apart a packet that the stack has sent; throws when anything about it is wrong. */
export function parseIp(packet: Uint8Array): ParsedIp {
  const bytes = Buffer.from(packet);
  check(bytes.length >= 20 && bytes[0] === 0x45, 'no plain IPv4 header');
  check(bytes.readUInt16BE(2) === bytes.length, `total length ${bytes.readUInt16BE(2)} of ${bytes.length}`);
  check(internetSum(bytes.subarray(0, 20)) === 0, 'IP checksum');
  return {
    source: addressText(bytes.subarray(12, 16)),
    destination: addressText(bytes.subarray(16, 20)),
    protocol: bytes[9],
    id: bytes.readUInt16BE(4),
    fragment: bytes.readUInt16BE(6),
    ttl: bytes[8],
    payload: bytes.subarray(20),
  };
}

export interface ParsedTcp extends ParsedIp {
  sourcePort: number;
  destinationPort: number;
  seq: number;
  ack: number;
  flags: string;
  window: number;
  /** 0 when there is no such option. */
  mss: number;
  /** All others. */
  options: Buffer;
  data: Buffer;
}

export function parseTcp(packet: Uint8Array): ParsedTcp {
  const ip = parseIp(packet);
  const segment = ip.payload;
  check(ip.protocol === 6 && segment.length >= 20, 'no TCP segment');
  check(internetSum(pseudoHeader(ip, 6, segment.length), segment) === 0, 'TCP checksum');
  const header = (segment[12] >> 4) << 2;
  check(header >= 20 && header <= segment.length, 'TCP data offset');
  check(segment.readUInt16BE(18) === 0, 'urgent pointer');
  let mss = 0;
  let options = segment.subarray(20, header);
  if (segment[13] & 2) {
    check(header >= 24 && segment.readUInt16BE(20) === 0x0204, 'TCP options of a SYN');
    mss = segment.readUInt16BE(22);
    options = options.subarray(4);
  }
  return {
    ...ip,
    sourcePort: segment.readUInt16BE(0),
    destinationPort: segment.readUInt16BE(2),
    seq: segment.readUInt32BE(4),
    ack: segment.readUInt32BE(8),
    flags: Array.from(FLAGS)
      .filter((_letter, bit) => segment[13] & (1 << bit))
      .join(''),
    window: segment.readUInt16BE(14),
    mss,
    options,
    data: segment.subarray(header),
  };
}

export interface ParsedUdp extends ParsedIp {
  sourcePort: number;
  destinationPort: number;
  checksum: number;
  data: Buffer;
}

export function parseUdp(packet: Uint8Array): ParsedUdp {
  const ip = parseIp(packet);
  const datagram = ip.payload;
  check(ip.protocol === 17 && datagram.length >= 8, 'no UDP datagram');
  check(datagram.readUInt16BE(4) === datagram.length, 'UDP length');
  check(datagram.readUInt16BE(6) !== 0, 'UDP without checksum');
  check(internetSum(pseudoHeader(ip, 17, datagram.length), datagram) === 0, 'UDP checksum');
  return {
    ...ip,
    sourcePort: datagram.readUInt16BE(0),
    destinationPort: datagram.readUInt16BE(2),
    checksum: datagram.readUInt16BE(6),
    data: datagram.subarray(8),
  };
}

export interface ParsedIcmp extends ParsedIp {
  type: number;
  code: number;
  rest: Buffer;
  data: Buffer;
}

export function parseIcmp(packet: Uint8Array): ParsedIcmp {
  const ip = parseIp(packet);
  check(ip.protocol === 1 && ip.payload.length >= 8, 'no ICMP message');
  check(internetSum(ip.payload) === 0, 'ICMP checksum');
  return {
    ...ip,
    type: ip.payload[0],
    code: ip.payload[1],
    rest: ip.payload.subarray(4, 8),
    data: ip.payload.subarray(8),
  };
}

export interface DnsRecord {
  name?: string;
  type: number;
  class?: number;
  ttl: number;
  data: Uint8Array;
}

export function dnsName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ]);
}

/** The query's identifier and name. */
export function parseDnsQuery(message: Uint8Array): { id: number; flags: number; name: string; type: number } {
  const bytes = Buffer.from(message);
  check(bytes.length > 16 && bytes.readUInt16BE(4) === 1, 'one question');
  const labels: string[] = [];
  let at = 12;
  while (bytes[at]) {
    labels.push(bytes.toString('latin1', at + 1, at + 1 + bytes[at]));
    at += bytes[at] + 1;
  }
  check(at + 5 === bytes.length, 'octets after the question');
  check(bytes.readUInt16BE(at + 3) === 1, 'class IN');
  return {
    id: bytes.readUInt16BE(0),
    flags: bytes.readUInt16BE(2),
    name: labels.join('.'),
    type: bytes.readUInt16BE(at + 1),
  };
}

/** An answer; records without a name point at the question. */
export function dnsAnswer(id: number, name: string, records: DnsRecord[], code = 0, flags = 0x8180): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flags | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  const parts: Buffer[] = [header, dnsName(name), Buffer.from([0, 1, 0, 1])];
  for (const record of records) {
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16BE(record.type, 0);
    fixed.writeUInt16BE(record.class ?? 1, 2);
    fixed.writeUInt32BE(record.ttl >>> 0, 4);
    fixed.writeUInt16BE(record.data.length, 8);
    parts.push(
      record.name === undefined ? Buffer.from([0xc0, 12]) : dnsName(record.name),
      fixed,
      Buffer.from(record.data),
    );
  }
  return Buffer.concat(parts);
}

/** An A record. */
export function aRecord(address: string, ttl = 300): DnsRecord {
  return { type: 1, ttl, data: addressBytes(address) };
}
