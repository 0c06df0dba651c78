/** IPv4 and IPv6 and what is in them: ICMP, UDP, DNS, TCP. */

import dns from 'dns-packet';
import { count, ipv4Text, ipv6Text, quoted, u16, u32 } from './reader';

const DNS_PORT = 53;

const ICMP: Record<number, string> = {
  0: 'Echo (ping) reply',
  3: 'Destination unreachable',
  4: 'Source quench',
  5: 'Redirect',
  8: 'Echo (ping) request',
  11: 'Time-to-live exceeded',
};
const UNREACHABLE = ['Network', 'Host', 'Protocol', 'Port', 'Fragmentation needed'];
const ICMPV6: Record<number, string> = {
  1: 'Destination Unreachable',
  2: 'Packet Too Big',
  3: 'Time Exceeded',
  128: 'Echo (ping) request',
  129: 'Echo (ping) reply',
  133: 'Router Solicitation',
  134: 'Router Advertisement',
  135: 'Neighbor Solicitation',
  136: 'Neighbor Advertisement',
};
const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];

function icmpText(bytes: Uint8Array): string {
  const [type, code] = bytes;
  const name = ICMP[type] ?? `type ${type}`;
  if (type === 0 || type === 8) {
    return `ICMP ${name} id ${u16(bytes, 4)}, seq ${u16(bytes, 6)}, ${count(bytes.length - 8, 'byte')}`;
  }
  return `ICMP ${name}${type === 3 ? ` (${UNREACHABLE[code] ?? `code ${code}`})` : ''}`;
}

function recordText(answer: dns.Answer): string {
  if (answer.type === 'OPT') {
    return 'OPT';
  }
  const data = 'data' in answer ? answer.data : '';
  // A server's names and texts could hold anything.
  return `${answer.type} ${typeof data === 'string' ? quoted(Buffer.from(data)).slice(1, -1) : '…'}`;
}

function dnsText(bytes: Uint8Array): string {
  try {
    const {
      id,
      type,
      questions = [],
      answers = [],
      rcode,
    } = dns.decode(Buffer.from(bytes)) as dns.DecodedPacket & {
      rcode?: string;
    };
    const asked = questions.map(({ type: wanted, name }) => `${wanted} ${quoted(Buffer.from(name)).slice(1, -1)}`);
    const found = answers.map(recordText);
    const code = rcode && rcode !== 'NOERROR' ? `, ${rcode}` : '';
    return type === 'query'
      ? `DNS query ${id}: ${asked.join(', ')}`
      : `DNS response ${id}: ${asked.join(', ')}${code}${found.length ? `: ${found.join(', ')}` : ''}`;
  } catch {
    return 'DNS malformed';
  }
}

function udpText(bytes: Uint8Array): string {
  const [from, to] = [u16(bytes, 0), u16(bytes, 2)];
  const data = bytes.subarray(8, Math.max(8, u16(bytes, 4)));
  const ports = `UDP ${from} > ${to}`;
  return from === DNS_PORT || to === DNS_PORT ? `${ports} ${dnsText(data)}` : `${ports} ${count(data.length, 'byte')}`;
}

/** Options by their names: RFC 9293 §3.2, RFC 7323, RFC 2018. */
function tcpOptions(bytes: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length && bytes[at];) {
    const type = bytes[at];
    const length = type === 1 ? 1 : bytes[at + 1];
    if (!(length >= 1) || (type > 1 && length < 2) || at + length > bytes.length) {
      texts.push('malformed options');
      break;
    }
    if (type === 2) texts.push(`MSS=${u16(bytes, at + 2)}`);
    else if (type === 3) texts.push(`WS=${2 ** Math.min(bytes[at + 2], 14)}`);
    else if (type === 4) texts.push('SACK_PERM');
    else if (type === 5) {
      for (let i = at + 2; i + 8 <= at + length; i += 8) {
        texts.push(`SLE=${u32(bytes, i)} SRE=${u32(bytes, i + 4)}`);
      }
    } else if (type === 8) texts.push(`TSval=${u32(bytes, at + 2)} TSecr=${u32(bytes, at + 6)}`);
    else if (type > 1) texts.push(`option ${type}`);
    at += length;
  }
  return texts;
}

function tcpText(bytes: Uint8Array): string {
  const header = (bytes[12] >> 4) * 4;
  if (bytes.length < 20 || header < 20 || header > bytes.length) {
    return 'TCP malformed';
  }
  const flags = FLAGS.filter((_, bit) => bytes[13] & (1 << bit));
  const options = tcpOptions(bytes.subarray(20, header));
  const texts = [
    `TCP ${u16(bytes, 0)} > ${u16(bytes, 2)} [${flags.join(', ')}]`,
    `Seq=${u32(bytes, 4)}`,
    ...(bytes[13] & 16 ? [`Ack=${u32(bytes, 8)}`] : []),
    `Win=${u16(bytes, 14)}`,
    `Len=${bytes.length - header}`,
    ...options,
  ];
  return texts.join(' ');
}

function icmpv6Text(bytes: Uint8Array): string {
  const name = ICMPV6[bytes[0]] ?? `type ${bytes[0]}`;
  return `ICMPv6 ${name}${bytes[0] >> 1 === 64 ? ` id ${u16(bytes, 4)}, seq ${u16(bytes, 6)}` : ''}`;
}

const TRANSPORTS: Record<number, [least: number, text: (bytes: Uint8Array) => string, name: string]> = {
  1: [8, icmpText, 'ICMP'],
  6: [20, tcpText, 'TCP'],
  17: [8, udpText, 'UDP'],
  58: [4, icmpv6Text, 'ICMPv6'],
};

function transportText(protocol: number, bytes: Uint8Array): string {
  const [least, text, name] = TRANSPORTS[protocol] ?? [0, () => `IP protocol ${protocol}`, ''];
  return bytes.length < least ? `${name} malformed` : text(bytes);
}

export function ipv4PacketText(packet: Uint8Array): string {
  const header = (packet[0] & 15) * 4;
  const length = u16(packet, 2);
  if (packet.length < 20 || packet[0] >> 4 !== 4 || header < 20 || length < header || length > packet.length) {
    return 'malformed';
  }
  const ends = `${ipv4Text(packet, 12)} > ${ipv4Text(packet, 16)}`;
  const fragment = u16(packet, 6);
  const offset = (fragment & 0x1fff) * 8;
  const more = fragment & 0x2000 ? 'more follow' : 'the last';
  return fragment & 0x3fff
    ? `${ends} fragment of ${count(length - header, 'byte')} at ${offset}, ${more}`
    : `${ends} ${transportText(packet[9], packet.subarray(header, length))}`;
}

export function ipv6PacketText(packet: Uint8Array): string {
  const length = 40 + u16(packet, 4);
  if (packet.length < 40 || packet[0] >> 4 !== 6 || length > packet.length) {
    return 'malformed';
  }
  return `${ipv6Text(packet, 8)} > ${ipv6Text(packet, 24)} ${transportText(packet[6], packet.subarray(40, length))}`;
}
