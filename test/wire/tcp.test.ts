import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Flag, Segment, createSegment, tcpEmit, tcpHeaderLength, tcpParse } from '../../modules/wire/tcp';
import { hex, ip, toHex } from '../helpers/bytes';
import { Codec, checkCodec, dirty } from '../helpers/codec';

const US = ip('10.64.64.65');
const SERVER = ip('93.184.216.34');

interface Wire {
  seg: Segment;
  data: string;
}

const segment = (
  ports: [number, number],
  _seq: number,
  _ack: number,
  _flags: number,
  _window: number,
  _mss = 0,
): Segment => ({ _sourcePort: ports[0], _destinationPort: ports[1], _seq, _ack, _flags, _window, _mss });

function between(source: number, destination: number): Codec<Wire> {
  return {
    parse(buf, at, end) {
      const seg = createSegment();
      const data = tcpParse(buf, at, end, source, destination, seg);
      return data < 0 ? null : { seg: { ...seg }, data: toHex(buf, data, end) };
    },
    emit(buf, at, { seg, data }) {
      const bytes = hex(data);
      const header = tcpHeaderLength(seg);
      buf.set(bytes, at + header);
      const end = at + header + bytes.length;
      assert.is(tcpEmit(buf, at, end, source, destination, seg), header);
      return header + bytes.length;
    },
  };
}

const out = between(US, SERVER);
const back = between(SERVER, US);

test('the bits of RFC 9293', () => {
  assert.equal([Flag.Fin, Flag.Syn, Flag.Rst, Flag.Psh, Flag.Ack], [1, 2, 4, 8, 16]);
});

test('SYN with a maximum segment size, four directions', () => {
  checkCodec(out, {
    name: 'SYN',
    bytes: 'c001 0050 deadbeef 00000000 6002 111c a8bf 0000 020405b4',
    value: { seg: segment([49153, 80], 0xdeadbeef, 0, Flag.Syn, 4380, 1460), data: '' },
  });
});

test('data, even and odd, four directions', () => {
  checkCodec(out, {
    name: 'even',
    bytes: 'c001 0050 deadbef0 ffffffff 5018 111c e1b2 0000 474554202f20485454502f312e300d0a0d0a',
    value: {
      seg: segment([49153, 80], 0xdeadbef0, 0xffffffff, Flag.Psh | Flag.Ack, 4380),
      data: '474554202f20485454502f312e300d0a0d0a',
    },
  });
  checkCodec(out, {
    name: 'odd',
    bytes: 'c001 0050 00000001 00000002 5018 0000 7c9f 0000 78797a',
    value: { seg: segment([49153, 80], 1, 2, Flag.Psh | Flag.Ack, 0), data: '78797a' },
  });
});

test('RST, four directions', () => {
  checkCodec(out, {
    name: 'RST',
    bytes: 'c001 0050 00000001 00000000 5004 0000 6f32 0000',
    value: { seg: segment([49153, 80], 1, 0, Flag.Rst, 0), data: '' },
  });
});

test("a Linux server's SYN-ACK: options that are not understood are stepped over", () => {
  checkCodec(
    { parse: back.parse },
    {
      name: 'SYN-ACK',
      bytes: '0050 c001 fffffffe deadbef0 a012 fe88 4384 0000 020405b4 0402080a 6d59ba3e 00000000 01030307',
      value: { seg: segment([80, 49153], 0xfffffffe, 0xdeadbef0, Flag.Syn | Flag.Ack, 65160, 1460), data: '' },
    },
  );
});

/** SYNs of the server with these options, and the size found in them. */
const OPTIONS: [string, string, number][] = [
  ['behind an end of options', '7002 0064 96be 0000 00 020405b4 000000', 0],
  ['between no-operations', '7002 0064 450c 0000 0101 020405b4 0101', 1460],
  ['length 0', '6002 0064 5716 0000 0200 05b4', 0],
  ['length 1', '6002 0064 5bc8 0000 0101 0201', 0],
  ['beyond the header', '6002 0064 59c4 0000 0102 0404', 0],
  ['length 3', '6002 0064 57c7 0000 0203 0500', 0],
  ['twice: the first one', '7002 0064 47be 0000 02040100 02040200', 256],
];

for (const [name, tail, mss] of OPTIONS) {
  test(`maximum segment size, ${name}`, () => {
    const { buf, at, end } = dirty(1, hex(`0050 c001 00000001 00000002 ${tail}`));
    const seg = createSegment();
    assert.is(tcpParse(buf, at, end, SERVER, US, seg), end);
    assert.is(seg._mss, mss);
  });
}

test('the option counts on a SYN only', () => {
  const bytes = new Uint8Array(24);
  const { buf } = dirty(0, bytes);
  tcpEmit(buf, 0, 24, US, SERVER, segment([1, 2], 3, 4, Flag.Ack, 5, 536));
  assert.is(out.parse(buf, 0, 24)?.seg._mss, 0);
});

test('a reused segment keeps nothing of the one before', () => {
  const seg = createSegment();
  for (const [bytes, want] of [
    ['c001 0050 deadbeef 00000000 6002 111c a8bf 0000 020405b4', 1460],
    ['c001 0050 00000001 00000000 5004 0000 6f32 0000', 0],
  ] as const) {
    const { buf, at, end } = dirty(0, hex(bytes));
    tcpParse(buf, at, end, US, SERVER, seg);
    assert.is(seg._mss, want);
  }
  assert.equal(seg, segment([49153, 80], 1, 0, Flag.Rst, 0));
});

test('data offsets below the header or beyond the segment are refused', () => {
  for (const offset of ['0', '1', '4', '7', 'f']) {
    // Five words and a checksum that is made right for the changed octet.
    const text = `c001 0050 00000001 00000000 ${offset}004 0000 0000 0000`;
    const bytes = hex(text);
    let sum = 0x0a40 + 0x4041 + 0x5db8 + 0xd822 + 6 + 20;
    for (let i = 0; i < 20; i += 2) {
      sum += bytes[i] * 256 + bytes[i + 1];
    }
    sum = (sum & 0xffff) + (sum >> 16);
    bytes[16] = (~sum >> 8) & 255;
    bytes[17] = ~sum & 255;
    const { buf, at, end } = dirty(2, bytes);
    assert.is(out.parse(buf, at, end), null, offset);
  }
});

test('every flipped bit is refused', () => {
  const good = hex('c001 0050 00000001 00000002 5018 0000 7c9f 0000 78797a');
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bad = good.slice();
    bad[bit >> 3] ^= 1 << (bit & 7);
    const { buf, at, end } = dirty(1, bad);
    assert.is(out.parse(buf, at, end), null, `bit ${bit}`);
  }
});

test('the addresses belong to the checksum', () => {
  const { buf, at, end } = dirty(0, hex('c001 0050 00000001 00000000 5004 0000 6f32 0000'));
  assert.is.not(tcpParse(buf, at, end, US, SERVER, createSegment()), -1);
  assert.is(tcpParse(buf, at, end, US, SERVER + 1, createSegment()), -1);
});

test.run();
