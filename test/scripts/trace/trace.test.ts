/** `--trace`: what is said about each packet, by hand and by tshark; what is never said. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PcapWriter } from '../../../scripts/lines/pcap';
import { packetText, traceLine } from '../../../scripts/trace/trace';
import { ascii, hex } from '../../helpers/bytes';
import { packetOf, type Packet } from '../../helpers/ppp';
import { random } from '../../helpers/random';
import { skip } from '../../helpers/skip';

const raw = (protocol: number, text: string): Packet => ({ protocol, body: hex(text) });

/** Packets, and what is said about them. */
const SAID: [Packet, string][] = (
  [
    [
      'lcp req 1 mru=05dc accm=000a0000 auth=c023 magic=01020304 pfc acfc',
      'LCP Configure-Request id 1: MRU 1500, ACCM 000a0000, Authentication PAP, Magic 01020304, PFC, ACFC',
    ],
    ['lcp req 2 auth=c22305', 'LCP Configure-Request id 2: Authentication CHAP MD5'],
    ['lcp req 3 auth=c22380', 'LCP Configure-Request id 3: Authentication CHAP MSCHAP'],
    ['lcp nak 4 auth=c22381', 'LCP Configure-Nak id 4: Authentication CHAP MSCHAPv2'],
    ['lcp req 5 auth=c227', 'LCP Configure-Request id 5: Authentication EAP'],
    ['lcp ack 6', 'LCP Configure-Ack id 6: no options'],
    ['lcp rej 7 quality=c02500000064', 'LCP Configure-Reject id 7: Quality c02500000064'],
    ['lcp termreq 8 627965', 'LCP Terminate-Request id 8: "bye"'],
    ['lcp termack 8', 'LCP Terminate-Ack id 8'],
    ['lcp coderej 9 63010004', 'LCP Code-Reject id 9: code 99, 4 bytes sent back'],
    ['lcp protrej 10 8057010a0004', 'LCP Protocol-Reject id 10: IPV6CP, 4 bytes sent back'],
    ['lcp echo 11 0a0b0c0d', 'LCP Echo-Request id 11: Magic 0a0b0c0d'],
    ['lcp echoreply 11 0a0b0c0d616263', 'LCP Echo-Reply id 11: Magic 0a0b0c0d, 3 bytes'],
    ['lcp discard 12 0a0b0c0d', 'LCP Discard-Request id 12: Magic 0a0b0c0d'],
    ['lcp ident 13 0a0b0c0d6d6f64656d', 'LCP Identification id 13: Magic 0a0b0c0d, "modem"'],
    [
      'ipcp req 14 vj=002d0f01 addr=10.0.0.2 dns1=10.0.0.3 dns2=10.0.0.4',
      'IPCP Configure-Request id 14: Compression Van Jacobson TCP/IP, slots 0 to 15, slot id may be left out, ' +
        'Address 10.0.0.2, DNS 1 10.0.0.3, DNS 2 10.0.0.4',
    ],
    ['ipv6cp req 15 id=0102030405060708', 'IPV6CP Configure-Request id 15: Interface Identifier 0102:0304:0506:0708'],
    ['ccp 01100009150324', 'CCP malformed'],
    ['ccp 0110000715032f', 'CCP Configure-Request id 16: BSD 2f'],
    ['ccp 011000081a047800', 'CCP Configure-Request id 16: Deflate 7800'],
    ['pap req 17 user:secret', 'PAP Authenticate-Request id 17: user "user", password (hidden)'],
    ['pap ack 17', 'PAP Authenticate-Ack id 17'],
    ['pap nak 17', 'PAP Authenticate-Nak id 17'],
    ['chap challenge 18 00112233:gw', 'CHAP Challenge id 18: value of 4 bytes (hidden), name "gw"'],
    ['chap response 18 00112233:me', 'CHAP Response id 18: value of 4 bytes (hidden), name "me"'],
    ['chap success 18 77656c636f6d65', 'CHAP Success id 18: message "welcome"'],
    ['chap failure 18', 'CHAP Failure id 18'],
    ['lqr 0102', 'LQR 2 bytes'],
  ] as [string, string][]
).map(([text, said]) => [packetOf(text), said]);

SAID.push(
  [
    raw(0x0021, '4500001c0001000040010000 0a000002 0a000001 0800f7fd00010001'.replaceAll(' ', '')),
    'IPv4 10.0.0.2 > 10.0.0.1 ICMP Echo (ping) request id 1, seq 1, 0 bytes',
  ],
  [
    raw(
      0x0021,
      '4500002c00010000400600000a0000020a000001c000005000000064000000000002' + '400000000204' + '05b401010402',
    ),
    'IPv4 10.0.0.2 > 10.0.0.1 TCP malformed',
  ],
  [
    raw(
      0x0021,
      '4500003000010000400600000a0000020a000001c00000500000006400000000700240000000000002' + '0405b401010402',
    ),
    'IPv4 10.0.0.2 > 10.0.0.1 TCP 49152 > 80 [SYN] Seq=100 Win=16384 Len=0 MSS=1460 SACK_PERM',
  ],
  [
    raw(
      0x0021,
      '4500003900010000401100000a0000020a0000010400003500250000' +
        '123401000001000000000000' +
        '076578616d706c6503636f6d0000010001',
    ),
    'IPv4 10.0.0.2 > 10.0.0.1 UDP 1024 > 53 DNS query 4660: A example.com',
  ],
  [
    raw(0x0021, '4500001800012000401100000a0000020a00000161626364'),
    'IPv4 10.0.0.2 > 10.0.0.1 fragment of 4 bytes at 0, more follow',
  ],
  [
    raw(
      0x0057,
      `6000000000083aff${'fe80000000000000'}0000000000000001${'ff02000000000000'}0000000000000002${'8500000000000000'}`,
    ),
    'IPv6 fe80::1 > ff02::2 ICMPv6 Router Solicitation',
  ],
  [raw(0x4242, '0102'), 'protocol 4242 2 bytes'],
);

test('each packet in words', () => {
  for (const [{ protocol, body }, said] of SAID) {
    assert.is(packetText(protocol, body), said);
  }
});

test('a line: the time, the direction, the words', () => {
  const { protocol, body } = packetOf('lcp termack 8');
  assert.is(
    traceLine(1234.5, true, protocol, body),
    '    1.234 s  > LCP Terminate-Ack id 8'.replace('1.234', (1.2345).toFixed(3)),
  );
  assert.is(traceLine(0, false, protocol, body), '    0.000 s  < LCP Terminate-Ack id 8');
});

// ---- the judge ---------------------------------------------------------------------------------------------------

/** What tshark calls what we call by the RFCs' names, where that is not the same. */
const CODE_NAMES: Record<string, string> = {
  'Configure-Request': 'Configuration Request',
  'Configure-Ack': 'Configuration Ack',
  'Configure-Nak': 'Configuration Nak',
  'Configure-Reject': 'Configuration Reject',
  'Terminate-Request': 'Termination Request',
  'Terminate-Ack': 'Termination Ack',
  'Code-Reject': 'Code Reject',
  'Protocol-Reject': 'Protocol Reject',
  'Echo-Request': 'Echo Request',
  'Echo-Reply': 'Echo Reply',
  'Discard-Request': 'Discard Request',
};
const OPTION_NAMES: Record<string, string> = {
  MRU: 'Maximum Receive Unit',
  ACCM: 'Async Control Character Map',
  Authentication: 'Authentication Protocol',
  Quality: 'Quality Protocol',
  Magic: 'Magic Number',
  PFC: 'Protocol Field Compression',
  ACFC: 'Address and Control Field Compression',
  Compression: 'IP Compression Protocol',
  Address: 'IP Address',
  'DNS 1': 'Primary DNS Server IP Address',
  'DNS 2': 'Secondary DNS Server IP Address',
  BSD: 'BSD LZW Compress',
};
const AUTHENTICATION: Record<string, string> = {
  PAP: 'Password Authentication Protocol',
  'CHAP MD5': 'CHAP with MD5',
  'CHAP MSCHAP': 'MS-CHAP',
  'CHAP MSCHAPv2': 'MS-CHAP-2',
  EAP: 'Extensible Authentication Protocol',
};

/** tshark's tree of each packet, and its columns; null without it. */
function dissect(packets: Packet[]): { tree: string; protocol: string; info: string }[] | null {
  const folder = mkdtempSync(join(tmpdir(), 'trace-'));
  try {
    const file = join(folder, 'trace.pcap');
    const writer = new PcapWriter(file);
    for (const { protocol, body } of packets) {
      writer.frame(true, Uint8Array.from([0xff, 0x03, protocol >> 8, protocol & 255, ...body]), 1000);
    }
    void writer.close();
    const run = (args: string[]): string | null => {
      const { error, stdout, stderr, status } = spawnSync('tshark', ['-r', file, ...args], {
        encoding: 'utf8',
        timeout: 120000,
        maxBuffer: 1e8,
      });
      if (error) {
        return null;
      }
      assert.is(status, 0, stderr);
      return stdout;
    };
    const trees = run(['-V', '-o', 'tcp.relative_sequence_numbers:FALSE']);
    const columns = run([
      ...['-T', 'fields', '-E', 'separator=|', '-e', '_ws.col.Protocol', '-e', '_ws.col.Info'],
      ...['-o', 'tcp.relative_sequence_numbers:FALSE'],
    ]);
    if (trees === null || columns === null) {
      return null;
    }
    const lines = columns.trimEnd().split('\n');
    const parts = trees.split(/^Frame \d+: /m).slice(1);
    assert.equal([parts.length, lines.length], [packets.length, packets.length]);
    return parts.map((tree, i) => ({ tree, protocol: lines[i].split('|')[0], info: lines[i].split('|')[1] }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('tshark says the same: protocols, codes, identifiers, options with their values, addresses, ports, flags', () => {
  // tshark 4.0 calls every Quality option malformed.
  const good = SAID.filter(([, said]) => !/malformed|fragment|protocol 4242|LQR|Quality/.test(said));
  const judged = dissect(good.map(([packet]) => packet));
  if (!judged) {
    skip('no tshark');
    return;
  }
  let options = 0;
  good.forEach(([, said], i) => {
    const { tree, protocol, info } = judged[i];
    const control = /^(LCP|IPCP|IPV6CP|CCP|PAP|CHAP) ([A-Za-z-]+) id (\d+)(?:: (.*))?$/.exec(said);
    if (!control) {
      const [, version, source, destination, rest] = /^IPv(.) (\S+) > (\S+) (.*)$/.exec(said)!;
      assert.match(tree, new RegExp(`Internet Protocol Version ${version}, Src: ${source}, Dst: ${destination}\\n`));
      const name = rest.split(' ')[0];
      assert.is(protocol, / DNS /.test(rest) ? 'DNS' : name);
      if (name === 'TCP') {
        assert.is(info, rest.replace('TCP ', '').replace(' > ', '  >  ').replace('  >  ', ' → '), said);
      } else if (protocol === 'DNS') {
        assert.match(info, /^Standard query 0x1234 A example\.com/);
        assert.match(tree, /Src Port: 1024, Dst Port: 53/);
      } else {
        assert.ok(info.startsWith(rest.replace(/^ICMPv?6? /, '').split(' id ')[0]), `${said}: ${info}`);
      }
      return;
    }
    const [, name, code, id, rest = ''] = control;
    assert.is(protocol, `PPP ${name}`);
    assert.match(tree, new RegExp(`Code: ${CODE_NAMES[code] ?? code} \\(\\d+\\)`), said);
    assert.match(tree, new RegExp(`Identifier: ${id}\\b`), said);
    if (/^Configure/.test(code) && rest !== 'no options') {
      const ours = rest.replace(/Van Jacobson[^A]*(?=Address)/, 'Van Jacobson, ').split(', ');
      const names = ours.map((text) => {
        const known = Object.keys(OPTION_NAMES).find((short) => text === short || text.startsWith(`${short} `));
        return known ? OPTION_NAMES[known] : text.replace(/ \S+$/, '');
      });
      const found = /Options: \(\d+ bytes?\), (.*)/.exec(tree);
      assert.ok(found, `${said}: ${tree}`);
      const theirs = found![1].split(', ');
      assert.equal(names, theirs, said);
      ours.forEach((text, n) => {
        const value = text.replace(/^(DNS \d|\S+) ?/, '');
        // The option's line, and those of its parts below.
        const part = new RegExp(`^ {8}${theirs[n].replaceAll('/', '.')}.*\\n(?: {9}.*\\n)*`, 'm').exec(tree)?.[0] ?? '';
        if (/^(Async|Magic)/.test(theirs[n])) assert.ok(part.includes(`: 0x${value}`), said);
        else if (/^Auth/.test(theirs[n])) assert.ok(part.includes(AUTHENTICATION[value]), said);
        else if (/Unit$|Address$/.test(theirs[n])) assert.match(part, new RegExp(`: ${value}\\n`), said);
        else return;
        options++;
      });
    }
  });
  assert.is(options, 11, 'values compared');
});

// ---- what is never said ------------------------------------------------------------------------------------------

const SECRET = 'hunter2secret';

test('no secret is in a line, also when it comes where it is not expected', () => {
  const request = packetOf(`pap req 1 user:${SECRET}`);
  const value = Buffer.from(SECRET).toString('hex');
  const whole = Buffer.from(request.body).toString('hex');
  const packets = [
    request,
    packetOf(`chap challenge 1 ${value}:name`),
    packetOf(`chap response 1 ${value}:name`),
    // Sent back by a peer that does not know it.
    packetOf(`lcp protrej 2 c023${whole}`),
    packetOf(`lcp coderej 2 ${whole}`),
    packetOf(`lcp echo 2 01020304${value}`),
    packetOf(`lcp discard 2 01020304${value}`),
    raw(0xc227, `0101${'0017'}04${value}`.padEnd(46, '0')),
    // The proof of MSCHAPv2, and its second challenge.
    packetOf(`chap success 1 ${Buffer.from('S=0123456789ABCDEF0123456789ABCDEF01234567 M=ok').toString('hex')}`),
    packetOf(`chap failure 1 ${Buffer.from('E=691 R=1 C=0123456789ABCDEF0123456789ABCDEF V=3 M=no').toString('hex')}`),
    raw(0x0021, `4500003100010000401100000a0000020a000001040004000${'01d'}0000${value}`.padEnd(98, '0')),
  ];
  for (const { protocol, body } of packets) {
    for (let end = 0; end <= body.length; end++) {
      const text = packetText(protocol, body.slice(0, end));
      for (const secret of [SECRET, SECRET.slice(0, 5), value.slice(0, 10), '0123456789ABCDEF']) {
        assert.not.ok(text.includes(secret), text);
      }
    }
  }
  assert.is(packetText(0xc223, packets[9].body), 'CHAP Failure id 1: message "E=691 R=1 C=(hidden) V=3 M=no"');
});

test('text of a peer cannot play with the terminal', () => {
  const evil = ascii('\x1b[2J\r\n\x07\x9b"\\');
  for (const [protocol, code] of [
    [0xc021, 5],
    [0xc021, 12],
    [0xc223, 3],
  ]) {
    const body = Uint8Array.from([code, 1, 0, 8 + evil.length, 0, 0, 0, 0, ...evil]);
    const text = packetText(protocol, body);
    assert.match(text, /^[\x20-\x7e]*$/);
  }
  const name = Uint8Array.from([2, 1, 0, 5 + evil.length, 0, ...evil]);
  assert.match(packetText(0xc223, name), /^[\x20-\x7e]*$/);
});

test('every truncation and 50,000 damaged packets: a line of printable text, no exception', () => {
  const { u32 } = random(4);
  for (const [{ protocol, body }] of SAID) {
    for (let end = 0; end <= body.length; end++) {
      assert.match(packetText(protocol, body.slice(0, end)), /^[\x20-\x7e…]+$/);
    }
  }
  for (let i = 0; i < 50_000; i++) {
    const [{ protocol, body }] = SAID[u32() % SAID.length];
    const bytes = body.slice(0, body.length - (u32() % 3 ? 0 : u32() % (body.length + 1)));
    for (let changes = u32() % 4; changes >= 0 && bytes.length; changes--) {
      bytes[u32() % bytes.length] = u32();
    }
    const text = packetText(protocol, bytes);
    if (!/^[\x20-\x7e…]+$/.test(text) || text.length > 4000) {
      assert.unreachable(`${protocol.toString(16)} ${Buffer.from(bytes).toString('hex')}: ${text}`);
    }
  }
});

test.run();
