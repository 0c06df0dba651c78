/** What the stack sends, read by somebody else. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dnsQuery } from '../../modules/wire/dns';
import { createPinger, icmpPing } from '../../modules/inet/ping';
import { tcpWrite } from '../../modules/inet/tcp';
import { udpBind, udpSend } from '../../modules/inet/udp';
import { ascii, ip } from '../helpers/bytes';
import { skip } from '../helpers/skip';
import { OURS, PEER, Rig } from '../helpers/tcp';

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

/** A SYN, data, a DNS query and a ping, as a host sends them. */
function packets(): Uint8Array[] {
  const t = new Rig();
  const sent = (): Uint8Array => t.taken()[0].bytes;
  t.iss = 0xdeadbeef;
  t.connect(80);
  const syn = sent();
  t.send({ seq: 0, ack: 1, flags: 'SA' }).taken();
  tcpWrite(t.tcb, ascii('GET / HTTP/1.0\r\n\r\n'), 0, 18, t.clock.nowMs);
  const data = sent();
  udpSend(
    udpBind(t.stack, 49152, () => {})!,
    dnsQuery(0x2b1d, 'www.example.com')!,
    ip(PEER),
    53,
    t.clock.nowMs,
  );
  const datagram = sent();
  const ping = { _destination: ip(PEER), _id: 0x1234, _reply: () => {} };
  icmpPing(createPinger(t.stack), ping, 7, new Uint8Array(33).fill(0x61), t.clock.nowMs);
  return [syn, data, datagram, sent()];
}

test('tshark finds every checksum good and every field where it belongs', () => {
  const common = ['ip.src', 'ip.dst', 'ip.flags.df', 'ip.ttl', 'ip.checksum.status', '_ws.malformed'];
  const fields = [
    ...common,
    ...['tcp.dstport', 'tcp.seq_raw', 'tcp.flags', 'tcp.window_size_value', 'tcp.options.mss_val'],
    ...['tcp.checksum.status', 'tcp.len', 'udp.srcport', 'udp.length', 'udp.checksum.status'],
    ...['dns.id', 'dns.flags.recdesired', 'dns.qry.name', 'dns.qry.type'],
    ...['icmp.type', 'icmp.ident', 'icmp.seq', 'icmp.checksum.status'],
  ];
  const lines = tshark(packets(), fields);
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
  const header = {
    'ip.src': OURS,
    'ip.dst': PEER,
    'ip.flags.df': 'yes',
    'ip.ttl': '64',
    'ip.checksum.status': 'yes',
  };
  const tcp = {
    'tcp.dstport': '80',
    'tcp.window_size_value': '4380',
    'tcp.checksum.status': 'yes',
  };
  assert.equal(told[0], {
    ...header,
    ...tcp,
    'tcp.seq_raw': String(0xdeadbeef),
    'tcp.flags': '0x0002',
    'tcp.options.mss_val': '1460',
    'tcp.len': '0',
  });
  assert.equal(told[1], {
    ...header,
    ...tcp,
    'tcp.seq_raw': String(0xdeadbef0),
    'tcp.flags': '0x0018',
    'tcp.len': '18',
  });
  assert.equal(told[2], {
    ...header,
    'udp.srcport': '49152',
    'udp.length': '41',
    'udp.checksum.status': 'yes',
    'dns.id': '0x2b1d',
    'dns.flags.recdesired': 'yes',
    'dns.qry.name': 'www.example.com',
    'dns.qry.type': '1',
  });
  assert.equal(told[3], {
    ...header,
    'icmp.type': '8',
    'icmp.ident': '4660',
    'icmp.seq': '7',
    'icmp.checksum.status': 'yes',
  });
});

test.run();
