import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UDP_HEADER, Udp, udpEmit, udpParse } from '../../modules/wire/udp';
import { getU16 } from '../../modules/wire/bytes';
import { hex, ip, toHex } from '../helpers/bytes';
import { Codec, checkCodec, dirty } from '../helpers/codec';

const SOURCE = ip('10.64.64.65');
const DESTINATION = ip('8.8.8.8');

interface Datagram {
  from: number;
  to: number;
  data: string;
}

const codec: Codec<Datagram> = {
  parse(buf, at, end) {
    const data = udpParse(buf, at, end, SOURCE, DESTINATION);
    return data < 0
      ? null
      : {
          from: getU16(buf, at + Udp.SourcePort),
          to: getU16(buf, at + Udp.DestinationPort),
          data: toHex(buf, data, at + getU16(buf, at + Udp.Length)),
        };
  },
  emit(buf, at, { from, to, data }) {
    const bytes = hex(data);
    buf.set(bytes, at + UDP_HEADER);
    const end = at + UDP_HEADER + bytes.length;
    return udpEmit(buf, at, end, SOURCE, DESTINATION, from, to) + bytes.length;
  },
};

const EVEN = 'c000 0035 000a d2df 1234';

test('even and odd lengths, four directions', () => {
  checkCodec(codec, { name: 'even', bytes: EVEN, value: { from: 49152, to: 53, data: '1234' } });
  checkCodec(codec, {
    name: 'odd',
    bytes: 'c000 0035 000b 20af 616263',
    value: { from: 49152, to: 53, data: '616263' },
  });
});

test('a datagram without data, four directions', () => {
  checkCodec(codec, { name: 'empty', bytes: 'c000 0035 0008 e517', value: { from: 49152, to: 53, data: '' } });
});

test('a checksum that comes out as zero is sent as ffff (RFC 768)', () => {
  checkCodec(codec, { name: 'ffff', bytes: '0001 0002 000a ffff a546', value: { from: 1, to: 2, data: 'a546' } });
});

test('zero in the field means that there is no checksum', () => {
  checkCodec(
    { parse: codec.parse },
    { name: 'none', bytes: 'c000 0035 000b 0000 616263', value: { from: 49152, to: 53, data: '616263' } },
  );
});

test('what follows the length field is padding', () => {
  const { buf, at, end } = dirty(3, hex(EVEN + 'ffffff'));
  assert.equal(codec.parse(buf, at, end), { from: 49152, to: 53, data: '1234' });
});

test('lengths below 8 or beyond the packet are refused', () => {
  for (const length of ['0000', '0007', '000b', 'ffff']) {
    const { buf, at, end } = dirty(0, hex(`c000 0035 ${length} 0000 1234`));
    assert.is(codec.parse(buf, at, end), null, length);
  }
});

test('every flipped bit is refused', () => {
  const good = hex(EVEN);
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bad = good.slice();
    bad[bit >> 3] ^= 1 << (bit & 7);
    const { buf, at, end } = dirty(1, bad);
    assert.is(codec.parse(buf, at, end), null, `bit ${bit}`);
  }
});

test('the addresses belong to the checksum', () => {
  const { buf, at, end } = dirty(0, hex(EVEN));
  assert.is(udpParse(buf, at, end, SOURCE, ip('8.8.4.4')), -1);
  assert.is(udpParse(buf, at, end, SOURCE + 1, DESTINATION), -1);
});

test.run();
