import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ICMP_HEADER, Icmp, Unreachable, icmpEmit, icmpParse } from '../../modules/wire/icmp';
import { getU16 } from '../../modules/wire/bytes';
import { hex, toHex } from '../helpers/bytes';
import { Codec, checkCodec, dirty } from '../helpers/codec';

interface Message {
  type: number;
  code: number;
  id: number;
  sequence: number;
  data: string;
}

const codec: Codec<Message> = {
  parse(buf, at, end) {
    const data = icmpParse(buf, at, end);
    return data < 0
      ? null
      : {
          type: buf[at],
          code: buf[at + 1],
          id: getU16(buf, at + 4),
          sequence: getU16(buf, at + 6),
          data: toHex(buf, data, end),
        };
  },
  emit(buf, at, { type, code, id, sequence, data }) {
    const bytes = hex(data);
    buf.set(bytes, at + ICMP_HEADER);
    return icmpEmit(buf, at, at + ICMP_HEADER + bytes.length, type, code, id, sequence) + bytes.length;
  },
};

/** What ping sends on Windows. */
const LETTERS = '6162636465666768696a6b6c6d6e6f7071727374757677616263646566676869';
const REQUEST = `0800 4d54 0001 0007 ${LETTERS}`;

test('the numbers of RFC 792', () => {
  assert.equal([Icmp.EchoReply, Icmp.Unreachable, Icmp.EchoRequest], [0, 3, 8]);
  assert.equal(
    [Unreachable.Net, Unreachable.Host, Unreachable.Protocol, Unreachable.Port, Unreachable.FragmentationNeeded],
    [0, 1, 2, 3, 4],
  );
});

test('echo, four directions', () => {
  checkCodec(codec, {
    name: 'request',
    bytes: REQUEST,
    value: { type: Icmp.EchoRequest, code: 0, id: 1, sequence: 7, data: LETTERS },
  });
});

test('fragmentation needed, four directions: the next MTU stands where the sequence does', () => {
  const returned = '45000073000040004011b861c0a80001c0a800c7c0000035005f1234';
  checkCodec(codec, {
    name: 'unreachable',
    bytes: `0304 24bb 0000 0578 ${returned}`,
    value: {
      type: Icmp.Unreachable,
      code: Unreachable.FragmentationNeeded,
      id: 0,
      sequence: 1400,
      data: returned,
    },
  });
});

test('without data, and of odd length', () => {
  for (const data of ['', 'ff', 'ff00ff']) {
    const bytes = new Uint8Array(8 + data.length / 2);
    const { buf } = dirty(0, bytes);
    codec.emit!(buf, 0, { type: 0, code: 0, id: 0xffff, sequence: 0xffff, data });
    assert.equal(codec.parse(buf, 0, bytes.length), { type: 0, code: 0, id: 0xffff, sequence: 0xffff, data });
  }
});

test('every flipped bit is refused', () => {
  const good = hex(REQUEST);
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bad = good.slice();
    bad[bit >> 3] ^= 1 << (bit & 7);
    const { buf, at, end } = dirty(1, bad);
    assert.is(icmpParse(buf, at, end), -1, `bit ${bit}`);
  }
});

test('a message shorter than its header is refused even when the checksum is right', () => {
  for (const at of [0, 6, 7]) {
    const { buf } = dirty(at, hex('ffff'));
    assert.is(icmpParse(buf, at, at + 2), -1);
    assert.is(icmpParse(buf, at, at), -1);
  }
});

test.run();
