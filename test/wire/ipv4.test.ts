import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  IPV4_FRAGMENT_MASK,
  IPV4_HEADER,
  Ipv4,
  IpProtocol,
  ipv4Emit,
  ipv4Parse,
  ipv4Prepare,
  payloadChecksum,
} from '../../modules/wire/ipv4';
import { getU16, getU32 } from '../../modules/wire/bytes';
import { sum16 } from '../../modules/wire/checksum';
import { concat, hex, ip, toHex } from '../helpers/bytes';
import { Codec, checkCodec, dirty } from '../helpers/codec';
import { random } from '../helpers/random';

interface Header {
  id: number;
  protocol: number;
  source: number;
  destination: number;
  /** Octets of payload. */
  payload: number;
}

const codec: Codec<Header> = {
  parse(buf, at, end) {
    const payload = ipv4Parse(buf, at, end);
    return payload < 0
      ? null
      : {
          id: getU16(buf, at + Ipv4.Id),
          protocol: buf[at + Ipv4.Protocol],
          source: getU32(buf, at + Ipv4.Source),
          destination: getU32(buf, at + Ipv4.Destination),
          payload: at + getU16(buf, at + Ipv4.TotalLength) - payload,
        };
  },
  emit(buf, at, { protocol, source, destination, payload }) {
    const end = at + IPV4_HEADER + payload;
    // The payload of the fixtures is zeros.
    buf.fill(0, at, end);
    ipv4Prepare(buf, at);
    // As when a frame is used again.
    ipv4Emit(buf, at, end, IpProtocol.Udp, 0xffffffff, 0xffffffff);
    ipv4Emit(buf, at, end, protocol, source, destination);
    return end - at;
  },
};

/** Header of a UDP packet seen on an Ethernet at home, printed in many a text on the checksum: b861. */
const UDP_115 = '4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7';

test('a header without options, four directions', () => {
  checkCodec(codec, {
    name: 'UDP of 115 octets',
    bytes: UDP_115 + '00'.repeat(95),
    value: {
      id: 0,
      protocol: IpProtocol.Udp,
      source: ip('192.168.0.1'),
      destination: ip('192.168.0.199'),
      payload: 95,
    },
  });
});

test('a header and nothing else', () => {
  checkCodec(codec, {
    name: 'empty',
    bytes: withChecksum('4500 0014 0000 4000 4006 0000 0000 0000 ffff ffff'),
    value: { id: 0, protocol: IpProtocol.Tcp, source: 0, destination: 0xffffffff, payload: 0 },
  });
});

/** For fixtures whose header is varied below. */
function checksumOf(header: string): string {
  const bytes = hex(header);
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes[i] * 256 + bytes[i + 1];
  }
  while (sum > 0xffff) {
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return (sum ^ 0xffff).toString(16).padStart(4, '0');
}

function withChecksum(header: string): string {
  const plain = header.replace(/\s/g, '');
  const blank = plain.slice(0, 20) + '0000' + plain.slice(24);
  return plain.slice(0, 20) + checksumOf(blank) + plain.slice(24);
}

function parse(text: string, extra = ''): number {
  const { buf, at, end } = dirty(5, hex(text + extra));
  const payload = ipv4Parse(buf, at, end);
  return payload < 0 ? payload : payload - at;
}

test('options are stepped over', () => {
  const routerAlert = '4610 001a 1c46 0000 4001 492d 0a40 4041 5db8 d822 9404 0000 0800';
  assert.is(parse(routerAlert), 24);
  // Such a header is never sent.
  checkCodec(
    { parse: codec.parse },
    {
      name: 'router alert',
      bytes: routerAlert,
      value: { id: 0x1c46, protocol: 1, source: ip('10.64.64.65'), destination: ip('93.184.216.34'), payload: 2 },
    },
  );
});

test('padding behind the total length is allowed', () => {
  const small = withChecksum('4500 0015 0000 4000 4011 0000 c0a8 0001 c0a8 00c7') + 'aa';
  assert.is(parse(small), 20);
  assert.is(parse(small, '00'.repeat(25)), 20);
});

test('every flipped bit of the header is refused', () => {
  const good = hex(UDP_115 + '00'.repeat(95));
  for (let bit = 0; bit < 160; bit++) {
    const bad = good.slice();
    bad[bit >> 3] ^= 0x80 >> (bit & 7);
    assert.is(parse(toHex(bad)), -1, `bit ${bit}`);
  }
});

test('headers that contradict themselves, with a right checksum', () => {
  const tail = 'c0a8 0001 c0a8 00c7';
  for (const [why, header] of [
    ['version 6', `6500 0014 0000 4000 4011 0000 ${tail}`],
    ['version 0', `0500 0014 0000 4000 4011 0000 ${tail}`],
    ['header of 16 octets', `4400 0014 0000 4000 4011 0000 ${tail}`],
    ['header of 0 octets', `4000 0014 0000 4000 4011 0000 ${tail}`],
    ['header longer than the packet', `4600 0014 0000 4000 4011 0000 ${tail}`],
    ['header longer than the frame', `4f00 0014 0000 4000 4011 0000 ${tail}`],
    ['total length shorter than the header', `4500 0013 0000 4000 4011 0000 ${tail}`],
    ['total length 0', `4500 0000 0000 4000 4011 0000 ${tail}`],
    ['total length beyond the frame', `4500 0015 0000 4000 4011 0000 ${tail}`],
    ['total length ffff', `4500 ffff 0000 4000 4011 0000 ${tail}`],
  ]) {
    assert.is(parse(withChecksum(header)), -1, why);
  }
  assert.is(parse(withChecksum(`4500 0014 0000 4000 4011 0000 ${tail}`)), 20, 'the one all of these vary');
});

/** Messages from 10.64.64.65 to 93.184.216.34 whose checksums are right. */
const MESSAGES: [string, IpProtocol, string][] = [
  ['UDP, even', IpProtocol.Udp, 'c000 0035 000a ad14 1234'],
  ['UDP, odd', IpProtocol.Udp, 'c000 0035 000b fae3 616263'],
  ['UDP without data', IpProtocol.Udp, 'c000 0035 0008 bf4c'],
  ['SYN', IpProtocol.Tcp, 'c001 0050 deadbeef 00000000 6002 111c a8bf 0000 020405b4'],
  ['data', IpProtocol.Tcp, 'c001 0050 00000001 00000002 5018 0000 7c9f 0000 78797a'],
  ['RST', IpProtocol.Tcp, 'c001 0050 00000001 00000000 5004 0000 6f32 0000'],
  ['echo', IpProtocol.Icmp, '0800 4d54 0001 0007 6162636465666768696a6b6c6d6e6f7071727374757677616263646566676869'],
];
const CHECKSUM_AT = { [IpProtocol.Udp]: 6, [IpProtocol.Tcp]: 16, [IpProtocol.Icmp]: 2 };

for (const [name, protocol, message] of MESSAGES) {
  test(`the checksum of a message: ${name}`, () => {
    for (const at of [0, 1, 6]) {
      const { buf, end } = dirty(at, hex(`${'00'.repeat(20)} ${message}`));
      ipv4Prepare(buf, at);
      ipv4Emit(buf, at, end, protocol, ip('10.64.64.65'), ip('93.184.216.34'));
      assert.is(payloadChecksum(buf, at, end), 0);
      for (let bit = 20 * 8; bit < (end - at) * 8; bit++) {
        buf[at + (bit >> 3)] ^= 1 << (bit & 7);
        assert.is.not(payloadChecksum(buf, at, end), 0, `bit ${bit}`);
        buf[at + (bit >> 3)] ^= 1 << (bit & 7);
      }
      const checksumAt = at + IPV4_HEADER + CHECKSUM_AT[protocol];
      const checksum = getU16(buf, checksumAt);
      buf[checksumAt] = buf[checksumAt + 1] = 0;
      assert.is(payloadChecksum(buf, at, end), checksum);
    }
  });
}

test('the addresses belong to the checksum, but for ICMP', () => {
  for (const [name, protocol, message] of MESSAGES) {
    const { buf, at, end } = dirty(0, hex(`${'00'.repeat(20)} ${message}`));
    for (const [source, destination] of [
      ['10.64.64.66', '93.184.216.34'],
      ['10.64.64.65', '93.184.216.35'],
    ]) {
      ipv4Emit(buf, at, end, protocol, ip(source), ip(destination));
      assert.is(payloadChecksum(buf, at, end) === 0, protocol === IpProtocol.Icmp, name);
    }
  }
});

test('fragments are told by their mask, whole packets are not', () => {
  for (const [field, fragment] of [
    [0x0000, false],
    [0x4000, false],
    [0x2000, true],
    [0x0001, true],
    [0x1fff, true],
    [0x3fff, true],
  ] as const) {
    assert.is((field & IPV4_FRAGMENT_MASK) !== 0, fragment, field.toString(16));
  }
});

test('the sum of the whole packet serves for the checksum of what is in it: right ones pass, flipped bits do not', () => {
  const { bytes, below } = random(52);
  for (let i = 0; i < 500; i++) {
    const end = 3 + 20 + 20 + below(60);
    const buf = concat(new Uint8Array(3), bytes(end - 3));
    buf.fill(0, 3, 23);
    ipv4Prepare(buf, 3);
    ipv4Emit(buf, 3, end, IpProtocol.Tcp, 0xc0a84002, 0xc0a84001 + below(200));
    buf.fill(0, 3 + 20 + 16, 3 + 20 + 18);
    const right = payloadChecksum(buf, 3, end);
    buf.set([right >> 8, right & 255], 3 + 20 + 16);
    for (const sum of [sum16(buf, 3, end, 0), sum16(buf, 3, end, 0) % 65535]) {
      assert.is(payloadChecksum(buf, 3, end, 23, sum), 0, `${i} ${sum}`);
    }
    assert.is(payloadChecksum(buf, 3, end), 0);
    buf[3 + 20 + below(end - 23)] ^= 1 << below(8);
    assert.is.not(payloadChecksum(buf, 3, end, 23, sum16(buf, 3, end, 0)), 0);
    assert.is.not(payloadChecksum(buf, 3, end), 0);
  }
});

test.run();
