/**
 * The core of the codec and link tests for engines that are not V8: plain ES5, no test runner. Prints a line for what
 * fails, and `N passed, N failed` at the end.
 */

import { formatIpv4, parseIpv4 } from '../../modules/wire/addr';
import {
  copyOf,
  findByte,
  getU32,
  latin1Bytes,
  latin1Text,
  moveDown,
  putU16,
  putU32,
  utf8Bytes,
} from '../../modules/wire/bytes';
import { foldChecksum, sum16 } from '../../modules/wire/checksum';
import { Protocol } from '../../modules/wire/control';
import { DnsAnswer, dnsParseAnswer, dnsQuery } from '../../modules/wire/dns';
import { Fcs, fcs16, fcs16Byte } from '../../modules/wire/fcs';
import { escapeInto, stripControls, unescapeDown } from '../../modules/wire/hdlc';
import { ipv4Emit, ipv4Parse, ipv4Prepare, payloadChecksum } from '../../modules/wire/ipv4';
import { md5 as md5In, md5Room } from '../../modules/wire/md5';
import { tcpMss } from '../../modules/wire/tcp';
import { State } from '../../modules/ppp/automaton';
import { createEncoder, encodeFrame } from '../../modules/ppp/encoder';
import { createFramer, framerInput, framerReset } from '../../modules/ppp/framer';
import {
  Link,
  Phase,
  createLink,
  linkClose,
  linkInput,
  linkOpen,
  linkPoll,
  linkPollAt,
  linkSend,
} from '../../modules/ppp/link';
import { makeServer } from '../../modules/ppp/server';

declare const print: ((text: string) => void) | undefined;
declare const console: { log(text: string): void };

function say(text: string): void {
  if (typeof print === 'function') {
    print(text);
  } else {
    console.log(text);
  }
}

let passed = 0;
let failed = 0;

function is(what: string, got: unknown, want: unknown): void {
  if (got === want) {
    passed++;
  } else {
    failed++;
    say('FAIL ' + what + ': got ' + got + ', want ' + want);
  }
}

function part(what: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    failed++;
    say('FAIL ' + what + ': ' + error);
  }
}

function hex(text: string): Uint8Array {
  const digits = text.split(' ').join('');
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = parseInt(digits.charAt(2 * i) + digits.charAt(2 * i + 1), 16);
  }
  return bytes;
}

function toHex(bytes: Uint8Array, at: number, end: number): string {
  let text = '';
  for (; at < end; at++) {
    text += (bytes[at] < 16 ? '0' : '') + bytes[at].toString(16);
  }
  return text;
}

const all = (bytes: Uint8Array): string => toHex(bytes, 0, bytes.length);

/** Bytes that begin at `at` of a dirty buffer, and the 16-bit view of it. */
function place(at: number, bytes: Uint8Array): { buf: Uint8Array; end: number } {
  const buf = new Uint8Array((at + bytes.length + 9) & ~1);
  for (let i = 0; i < buf.length; i++) {
    buf[i] = 0xa5;
  }
  buf.set(bytes, at);
  return { buf: buf, end: at + bytes.length };
}

let seed = 1;

/** Numbers that every engine draws alike. */
function below(limit: number): number {
  seed = (seed * 1103 + 12345) % 1000003;
  return seed % limit;
}

part('bytes', function () {
  const buf = new Uint8Array(8);
  putU32(buf, 1, 0xfedcba98);
  is('putU32', all(buf), '00fedcba98000000');
  is('getU32', getU32(buf, 1), 0xfedcba98);
  is('copyOf', all(copyOf(buf, 1, 4)), 'fedcba');
  is('copyOf owns its buffer', copyOf(buf, 1, 4).buffer.byteLength, 3);
  moveDown(buf, 0, 1, 5);
  is('moveDown', all(buf), 'fedcba9898000000');
  is('findByte', findByte(buf, 0x98, 0, 8), 3);
  is('findByte stops', findByte(buf, 0x98, 0, 3), 3);
  is('findByte leaves the buffer', all(buf), 'fedcba9898000000');
  is('latin1', latin1Text(latin1Bytes('A\xff\x00'), 0, 3), 'A\xff\x00');
  is('utf8', all(utf8Bytes('a%\xfc\u20ac\ud834\udd1e')), '6125c3bce282acf09d849e');
  is('parseIpv4', parseIpv4('192.168.1.255'), 0xc0a801ff);
  is('parseIpv4 refuses', parseIpv4('1.2.3.04'), -1);
  is('formatIpv4', formatIpv4(0xc0a801ff), '192.168.1.255');
});

function slowFcs(bytes: Uint8Array): number {
  let fcs = 0xffff;
  for (let i = 0; i < bytes.length; i++) {
    fcs ^= bytes[i];
    for (let bit = 0; bit < 8; bit++) {
      fcs = fcs & 1 ? (fcs >> 1) ^ 0x8408 : fcs >> 1;
    }
  }
  return fcs;
}

function slowSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes[i] * 256 + (i + 1 < bytes.length ? bytes[i + 1] : 0);
  }
  while (sum > 0xffff) {
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return sum ^ 0xffff;
}

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    bytes[i] = below(256);
  }
  return bytes;
}

part('fcs and checksum', function () {
  const check = place(0, latin1Bytes('123456789'));
  is('FCS of 123456789', fcs16(Fcs.Init, check.buf, 0, 9) ^ 0xffff, 0x906e);
  is('FCS byte by byte', fcs16Byte(fcs16Byte(Fcs.Init, 0x31), 0x32), slowFcs(latin1Bytes('12')));
  const probe = place(1, hex('ff03 c021 0901 0008 99d135c1 8e2c'));
  is('good FCS', fcs16(Fcs.Init, probe.buf, 1, probe.end), Fcs.Good);
  const rfc = place(0, hex('0001 f203 f4f5 f6f7'));
  is('RFC 1071', sum16(rfc.buf, 0, 8, 0), 0xddf2);
  let bad = 0;
  for (let length = 0; length < 50; length++) {
    for (let at = 0; at < 4; at++) {
      const bytes = randomBytes(length);
      const p = place(at, bytes);
      bad += fcs16(Fcs.Init, p.buf, at, p.end) === slowFcs(bytes) ? 0 : 1;
      bad += foldChecksum(sum16(p.buf, at, p.end, 0)) === slowSum(bytes) ? 0 : 1;
    }
  }
  is('200 lengths and alignments', bad, 0);
});

part('hdlc', function () {
  const out = new Uint8Array(64);
  const plain = hex('7e7d0011417d7e');
  is('escape', toHex(out, 0, escapeInto(out, 0, plain, 0, 7, 0)), '7d5e7d5d0011417d5d7d5e');
  is('escape controls', toHex(out, 0, escapeInto(out, 0, plain, 0, 7, -1)), '7d5e7d5d7d207d31417d5d7d5e');
  is('unescape', toHex(out, 0, unescapeDown(out, 0, 0, 13)), '7e7d0011417d7e');
  is('aborted', unescapeDown(hex('417d00'), 0, 0, 2), -1);
  const noisy = hex('41114213');
  is('ACCM', toHex(noisy, 0, stripControls(noisy, 0, 4, 0x000a0000)), '4142');
});

function md5(message: Uint8Array): Uint8Array {
  const room = md5Room(message.length);
  room.set(message);
  return md5In(room, message.length);
}

part('md5', function () {
  is('empty', all(md5(new Uint8Array(0))), 'd41d8cd98f00b204e9800998ecf8427e');
  is('abc', all(md5(latin1Bytes('abc'))), '900150983cd24fb0d6963f7d28e17f72');
  is(
    '80 octets',
    all(md5(latin1Bytes('12345678901234567890123456789012345678901234567890123456789012345678901234567890'))),
    '57edf4a22be3c955ac49da2e2107b67a',
  );
});

/** A payload without its checksum, which belongs at checksumAt of the packet. */
function checkPacket(what: string, protocol: number, payload: string, checksumAt: number, want: number): void {
  const buf = new Uint8Array(128);
  const bytes = hex(payload);
  const end = 20 + bytes.length;
  buf.set(bytes, 20);
  ipv4Prepare(buf, 0);
  ipv4Emit(buf, 0, end, protocol, 0x0a404041, 0x5db8d822);
  is('ipv4Parse ' + what, ipv4Parse(buf, 0, end), 20);
  is('checksum ' + what, payloadChecksum(buf, 0, end), want);
  putU16(buf, checksumAt, want);
  is('good ' + what, payloadChecksum(buf, 0, end), 0);
  buf[end - 1] ^= 1;
  is('bad ' + what, payloadChecksum(buf, 0, end) !== 0, true);
  buf[12] ^= 1;
  is('ipv4Parse refuses ' + what, ipv4Parse(buf, 0, end), -1);
}

part('headers', function () {
  const letters = '6162636465666768696a6b6c6d6e6f7071727374757677616263646566676869';
  checkPacket('udp', 17, 'c0000035000b0000616263', 26, 0xfae3);
  checkPacket('icmp', 1, '0800000000010007' + letters, 22, 0x4d54);
  checkPacket('tcp', 6, 'c0010050deadbeef000000006002111c00000000020405b4', 36, 0xa8bf);
  const options = place(1, hex('0101020405b40402080a6d59ba3e0000000001030307'));
  is('mss', tcpMss(options.buf, 1, options.end), 1460);
});

part('dns', function () {
  const query = '2b1d01000001000000000000076578616d706c6503636f6d0000010001';
  const asked = dnsQuery(0x2b1d, 'EXAMPLE.com') as Uint8Array;
  is('query', toHex(asked, 0, asked.length), query);
  is('name', dnsQuery(0x2b1d, 'a..b'), null);
  const message = hex(
    '2b1d 8180 0001 0002 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001' +
      'c00c 0005 0001 0000003c 0006 03 777777 c00c  c029 0001 0001 0000012c 0004 5db8d822',
  );
  const answer = dnsParseAnswer(asked, message) as DnsAnswer;
  is('address', answer._address, 0x5db8d822);
  is('time to live', answer._ttlSeconds, 60);
  is('another name', dnsParseAnswer(dnsQuery(0x2b1d, 'example.org') as Uint8Array, message), null);
  let accepted = 0;
  for (let end = 0; end < message.length; end++) {
    accepted += dnsParseAnswer(asked, message.subarray(0, end)) ? 1 : 0;
  }
  is('truncations', accepted, 0);
});

part('framer and encoder', function () {
  let frames: string[] = [];
  const framer = createFramer(256, function (buf, at, end) {
    frames.push(toHex(buf, at, end));
  });
  framerReset(framer);
  let wire: Uint8Array = new Uint8Array(0);
  const line = {
    _write: function (bytes: Uint8Array) {
      wire = bytes;
    },
  };
  const encoder = createEncoder(line, { txBytes: 0 }, 200);
  const body = place(3, hex('450000147d7e0011'));
  encodeFrame(encoder, false, 0x21, body.buf, 3, body.end, 0);
  const want = 'ff030021450000147d7e0011';
  for (let cut = 0; cut <= wire.length; cut++) {
    framerInput(framer, copyOf(wire, 0, cut), cut);
    framerInput(framer, copyOf(wire, cut, wire.length), wire.length - cut);
  }
  is('every split', frames.join(), new Array(wire.length + 2).join(want + ',').slice(0, -1));
  frames = [];
  let worst = '';
  for (let i = 0; i < 3000; i++) {
    const broken = copyOf(wire, 0, wire.length);
    broken[below(broken.length)] = [0x7e, 0x7d, below(256)][below(3)];
    try {
      framerInput(framer, broken, 1 + below(broken.length));
    } catch (error) {
      worst = String(error);
    }
  }
  is('mutated frames', worst, '');
  frames = [];
  framerInput(framer, hex('7e'), 1);
  frames = [];
  framerInput(framer, wire, wire.length);
  is('a good frame after them', frames.join(), want);
});

/* Two links on a line without delay; each write is a turn. */

interface Way {
  _to: Link;
  _bytes: Uint8Array;
}

let line: Way[] = [];

function makeLink(other: () => Link, packets: string[]): Link {
  return createLink(
    {
      _write: function (bytes) {
        line.push({ _to: other(), _bytes: bytes });
      },
      _random32: function () {
        return below(65536) * 65536 + below(65536);
      },
      _phaseChanged: function () {},
      _ended: function () {},
      _packet: function (buf, at, end) {
        packets.push(toHex(buf, at, end));
      },
      _trace: null,
    },
    1500,
    3072,
  );
}

function pair(auth: number, key: string): { client: Link; server: Link; atClient: string[]; atServer: string[] } {
  const atClient: string[] = [];
  const atServer: string[] = [];
  const client: Link = makeLink(function () {
    return server;
  }, atClient);
  const server: Link = makeLink(function () {
    return client;
  }, atServer);
  client._user = latin1Bytes('me');
  client._key = latin1Bytes(key);
  makeServer(server, {
    _demandAuth: auth,
    _secretOf: function (user) {
      return user === 'me' ? latin1Bytes('secret') : null;
    },
    _address: 0x0a000001,
    _peerAddress: 0x0a000002,
    _dns1: 0x0a000003,
    _dns2: 0xc0a80001,
  });
  line = [];
  linkOpen(server, 0);
  linkOpen(client, 0);
  return { client: client, server: server, atClient: atClient, atServer: atServer };
}

/** Carries bytes until the line is empty, then lets time pass, up to `untilMs`. */
function run(links: Link[], untilMs: number): void {
  // Not 0, at which nothing has been opened yet.
  let nowMs = 1;
  for (let turns = 0; turns < 1000; turns++) {
    const way = line.shift();
    if (way) {
      linkInput(way._to, way._bytes, way._bytes.length, nowMs);
      continue;
    }
    nowMs = Math.max(nowMs, Math.min(linkPollAt(links[0]), linkPollAt(links[1])));
    if (nowMs > untilMs) {
      return;
    }
    linkPoll(links[0], nowMs);
    linkPoll(links[1], nowMs);
  }
}

function linkUp(name: string, auth: number): void {
  part(name, function () {
    const p = pair(auth, 'secret');
    run([p.client, p.server], 200);
    is(name + ': client', p.client._phase, Phase.Running);
    is(name + ': server', p.server._phase, Phase.Running);
    is(name + ': address', formatIpv4(p.client._ipcp._ours[3] as number), '10.0.0.2');
    is(name + ': name server', formatIpv4(p.client._ipcp._ours[131] as number), '192.168.0.1');
    is(name + ': peer', formatIpv4(p.client._ipcp._theirs[3] as number), '10.0.0.1');
    const packet = place(0, randomBytes(1400));
    const want = toHex(packet.buf, 0, 1400);
    is(name + ': sends', linkSend(p.client, packet.buf, 0, 1400, 300), true);
    is(name + ': answers', linkSend(p.server, packet.buf, 0, 1400, 300), true);
    run([p.client, p.server], 300);
    is(name + ': to the server', p.atServer.join(), want);
    is(name + ': to the client', p.atClient.join(), want);
    linkClose(p.client, 400);
    run([p.client, p.server], 2000);
    is(name + ': ends', p.client._phase + p.server._phase, 2 * Phase.Dead);
    is(name + ': reasons', p.client._reason + ' ' + p.server._reason, 'user terminated');
  });
}

linkUp('no authentication', 0);
linkUp('PAP', Protocol.Pap);
linkUp('CHAP', Protocol.Chap);

part('a wrong key', function () {
  const p = pair(Protocol.Chap, 'guess');
  run([p.client, p.server], 3000);
  is('refused', p.client._phase + ' ' + p.client._reason, Phase.Dead + ' auth-failed');
});

part('nobody there', function () {
  const p = pair(0, '');
  linkClose(p.server, 0);
  for (let nowMs = 0; nowMs < 30000; nowMs += 100) {
    line = [];
    linkPoll(p.client, nowMs);
  }
  is('no answer', p.client._phase + ' ' + p.client._reason, Phase.Dead + ' no-answer');
  is('state', p.client._lcp._state, State.Starting);
});

part('mutations', function () {
  const p = pair(Protocol.Chap, 'secret');
  let thrown = '';
  for (let i = 0; i < 2000; i++) {
    const way = line.shift();
    if (!way) {
      linkClose(p.client, i * 100);
      linkClose(p.server, i * 100);
      line = [];
      linkOpen(p.server, i * 100);
      linkOpen(p.client, i * 100);
      continue;
    }
    if (below(4) === 0) {
      way._bytes[below(way._bytes.length)] = below(256);
    }
    try {
      linkInput(way._to, way._bytes, way._bytes.length, i * 100);
    } catch (error) {
      thrown = String(error);
    }
  }
  is('a bad line', thrown, '');
});

say(passed + ' passed, ' + failed + ' failed');
