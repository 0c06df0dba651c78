import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Flag, tcpMss } from '../../modules/wire/tcp';
import { hex } from '../helpers/bytes';
import { dirty } from '../helpers/codec';

test('the bits of RFC 9293', () => {
  assert.equal([Flag.Fin, Flag.Syn, Flag.Rst, Flag.Psh, Flag.Ack], [1, 2, 4, 8, 16]);
});

/** Options, and the maximum segment size found in them. */
const OPTIONS: [string, string, number][] = [
  ['alone', '020405b4', 1460],
  ["a Linux server's", '020405b4 0402080a 6d59ba3e 00000000 01030307', 1460],
  ['behind others', '0402080a 6d59ba3e 00000000 01030307 020405b4', 1460],
  ['none', '', 0],
  ['behind an end of options', '00 020405b4 000000', 0],
  ['between no-operations', '0101 020405b4 0101', 1460],
  ['length 0', '0200 05b4', 0],
  ['another of length 0', '0300 0204 05b4 0000', 0],
  ['length 1', '0101 0201', 0],
  ['beyond the header', '0102 0404', 0],
  ['length 3', '0203 0500', 0],
  ['twice: the first one', '02040100 02040200', 256],
];

for (const [name, options, mss] of OPTIONS) {
  test(`maximum segment size, ${name}`, () => {
    for (const offset of [0, 1]) {
      const { buf, at, end } = dirty(offset, hex(options));
      buf.set([2, 4, 9, 9], end);
      assert.is(tcpMss(buf, at, end), mss);
    }
  });
}

test('whatever the options are, they come to an end', () => {
  for (let kind = 0; kind < 256; kind++) {
    for (let length = 0; length < 256; length++) {
      const bytes = new Uint8Array(40).fill(length);
      bytes[0] = kind;
      tcpMss(bytes, 0, 40);
    }
  }
});

test.run();
