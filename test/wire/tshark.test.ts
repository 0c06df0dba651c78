/** What the emitters write, read by somebody else. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dnsQuery } from '../../modules/wire/dns';
import { icmpEmit } from '../../modules/wire/icmp';
import { IPV4_HEADER, ipv4Emit } from '../../modules/wire/ipv4';
import { Flag, createSegment, tcpEmit } from '../../modules/wire/tcp';
import { udpEmit } from '../../modules/wire/udp';
import { ascii, ip } from '../helpers/bytes';
import { skip } from '../helpers/skip';

const SOURCE = ip('10.64.64.65');
const DESTINATION = ip('93.184.216.34');

/** A capture of raw IPv4 packets, as libpcap has written them since 1998. */
function pcap(packets: Uint8Array[]): Buffer {
  const LINKTYPE_IPV4 = 228;
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65535, 16);
  head.writeUInt32LE(LINKTYPE_IPV4, 20);
  return Buffer.concat([
    head,
    ...packets.flatMap((packet, i) => {
      const record = Buffer.alloc(16);
      record.writeUInt32LE(i, 0);
      record.writeUInt32LE(packet.length, 8);
      record.writeUInt32LE(packet.length, 12);
      return [record, packet];
    }),
  ]);
}

function tshark(packets: Uint8Array[], fields: string[]): string[] | null {
  const folder = mkdtempSync(join(tmpdir(), 'wire-'));
  try {
    const file = join(folder, 'packets.pcap');
    writeFileSync(file, pcap(packets));
    const checks = ['ip', 'udp', 'tcp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
    const args = [
      '-r',
      file,
      ...checks,
      '-T',
      'fields',
      '-E',
      'separator=|',
      '-E',
      'occurrence=f',
      ...fields.flatMap((name) => ['-e', name]),
    ];
    const { error, stdout, stderr, status } = spawnSync('tshark', args, { encoding: 'utf8', timeout: 60000 });
    if (error) {
      return null;
    }
    assert.is(status, 0, stderr);
    return stdout.trimEnd().split('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A packet whose payload is written by `fill`, which returns its octets. */
function packet(id: number, protocol: number, fill: (buf: Uint8Array, at: number) => number): Uint8Array {
  const buf = new Uint8Array(1500).fill(0xa5);
  const end = IPV4_HEADER + fill(buf, IPV4_HEADER);
  ipv4Emit(buf, 0, end, id, protocol, SOURCE, DESTINATION);
  return buf.slice(0, end);
}

const syn = packet(0x1c46, 6, (buf, at) => {
  const seg = createSegment();
  seg._sourcePort = 49153;
  seg._destinationPort = 80;
  seg._seq = 0xdeadbeef;
  seg._flags = Flag.Syn;
  seg._window = 4380;
  seg._mss = 1460;
  return tcpEmit(buf, at, at + 24, SOURCE, DESTINATION, seg);
});

const data = packet(0x1c47, 6, (buf, at) => {
  const seg = createSegment();
  seg._sourcePort = 49153;
  seg._destinationPort = 80;
  seg._seq = 0xdeadbef0;
  seg._ack = 1;
  seg._flags = Flag.Psh | Flag.Ack;
  seg._window = 4380;
  buf.set(ascii('GET / HTTP/1.0\r\n\r\n'), at + 20);
  tcpEmit(buf, at, at + 38, SOURCE, DESTINATION, seg);
  return 38;
});

const query = packet(0x1c48, 17, (buf, at) => {
  const message = dnsQuery(0x2b1d, 'www.example.com')!;
  const length = 8 + message.length;
  buf.set(message, at + 8);
  udpEmit(buf, at, at + length, SOURCE, DESTINATION, 49152, 53);
  return length;
});

const ping = packet(0x1c49, 1, (buf, at) => {
  buf.fill(0x61, at + 8, at + 41);
  icmpEmit(buf, at, at + 41, 8, 0, 0x1234, 7);
  return 41;
});

test('tshark finds every checksum good and every field where it belongs', () => {
  const common = ['ip.src', 'ip.dst', 'ip.id', 'ip.flags.df', 'ip.ttl', 'ip.checksum.status', '_ws.malformed'];
  const fields = [
    ...common,
    ...['tcp.srcport', 'tcp.dstport', 'tcp.seq_raw', 'tcp.flags', 'tcp.window_size_value', 'tcp.options.mss_val'],
    ...['tcp.checksum.status', 'tcp.len', 'udp.srcport', 'udp.length', 'udp.checksum.status'],
    ...['dns.id', 'dns.flags.recdesired', 'dns.qry.name', 'dns.qry.type'],
    ...['icmp.type', 'icmp.ident', 'icmp.seq', 'icmp.checksum.status'],
  ];
  const lines = tshark([syn, data, query, ping], fields);
  if (!lines) {
    skip('tshark is not installed');
    return;
  }
  assert.is(lines.length, 4);
  // Versions of tshark say 1, True or Good.
  const yes = /^(1|True|Good)$/;
  const told = lines.map((line) => {
    const values = line
      .split('|')
      .map((value, i) => (/status$|\.df$|recdesired$/.test(fields[i]) && yes.test(value) ? 'yes' : value));
    return Object.fromEntries(fields.map((name, i) => [name, values[i]]).filter(([, value]) => value));
  });
  const header = (id: number): object => ({
    'ip.src': '10.64.64.65',
    'ip.dst': '93.184.216.34',
    'ip.id': `0x${id.toString(16)}`,
    'ip.flags.df': 'yes',
    'ip.ttl': '64',
    'ip.checksum.status': 'yes',
  });
  const tcp = {
    'tcp.srcport': '49153',
    'tcp.dstport': '80',
    'tcp.window_size_value': '4380',
    'tcp.checksum.status': 'yes',
  };
  assert.equal(told[0], {
    ...header(0x1c46),
    ...tcp,
    'tcp.seq_raw': String(0xdeadbeef),
    'tcp.flags': '0x0002',
    'tcp.options.mss_val': '1460',
    'tcp.len': '0',
  });
  assert.equal(told[1], {
    ...header(0x1c47),
    ...tcp,
    'tcp.seq_raw': String(0xdeadbef0),
    'tcp.flags': '0x0018',
    'tcp.len': '18',
  });
  assert.equal(told[2], {
    ...header(0x1c48),
    'udp.srcport': '49152',
    'udp.length': '41',
    'udp.checksum.status': 'yes',
    'dns.id': '0x2b1d',
    'dns.flags.recdesired': 'yes',
    'dns.qry.name': 'www.example.com',
    'dns.qry.type': '1',
  });
  assert.equal(told[3], {
    ...header(0x1c49),
    'icmp.type': '8',
    'icmp.ident': '4660',
    'icmp.seq': '7',
    'icmp.checksum.status': 'yes',
  });
});

test.run();
