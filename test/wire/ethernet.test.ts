import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ETHERNET_HEADER, ethernetEmit, ethernetParse } from '../../modules/wire/ethernet';
import { toHex } from '../helpers/bytes';
import { Codec, checkCodec, dirty } from '../helpers/codec';
import { macBytes, macText } from '../helpers/ethernet';

interface Header {
  to: string;
  from: string;
  type: number;
}

const codec: Codec<Header> = {
  parse(buf, at, end) {
    const type = ethernetParse(buf, at, end);
    return type < 0 ? null : { to: macText(buf.slice(at, at + 6)), from: macText(buf.slice(at + 6, at + 12)), type };
  },
  emit: (buf, at, { to, from, type }) => ethernetEmit(buf, at, macBytes(to), macBytes(from), type),
};

const FIXTURES: [string, string, Header][] = [
  ['IPv4', '020000000001 020000000002 0800', { to: '02:00:00:00:00:01', from: '02:00:00:00:00:02', type: 0x0800 }],
  [
    'ARP to all',
    'ffffffffffff 5254001a2b3c 0806',
    { to: 'ff:ff:ff:ff:ff:ff', from: '52:54:00:1a:2b:3c', type: 0x0806 },
  ],
  [
    'IPv6 to a group',
    '333300000001 fefffffffffe 86dd',
    { to: '33:33:00:00:00:01', from: 'fe:ff:ff:ff:ff:fe', type: 0x86dd },
  ],
  ['a length', '0180c2000000 020000000002 0026', { to: '01:80:c2:00:00:00', from: '02:00:00:00:00:02', type: 0x26 }],
];

for (const [name, bytes, value] of FIXTURES) {
  test(`${name}, four directions`, () => {
    checkCodec(codec, { name, bytes, value });
  });
}

test('a frame does not come from a group', () => {
  const { buf, at, end } = dirty(
    2,
    Buffer.concat([macBytes('02:00:00:00:00:02'), macBytes('01:00:5e:00:00:01'), Buffer.from([8, 0])]),
  );
  assert.is(end - at, ETHERNET_HEADER);
  assert.is(ethernetParse(buf, at, end), -1, toHex(buf));
});

test.run();
