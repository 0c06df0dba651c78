import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Arp, arpEmit, arpParse } from '../../modules/wire/arp';
import { getU32 } from '../../modules/wire/bytes';
import { hex, ip } from '../helpers/bytes';
import { Codec, checkCodec, dirty } from '../helpers/codec';
import { macBytes, macText } from '../helpers/ethernet';

interface Packet {
  operation: number;
  senderMac: string;
  sender: number;
  targetMac: string;
  target: number;
}

const codec: Codec<Packet> = {
  parse(buf, at, end) {
    const operation = arpParse(buf, at, end);
    return operation < 0
      ? null
      : {
          operation,
          senderMac: macText(buf.slice(at + Arp.SenderMac, at + Arp.SenderMac + 6)),
          sender: getU32(buf, at + Arp.Sender),
          targetMac: macText(buf.slice(at + Arp.TargetMac, at + Arp.TargetMac + 6)),
          target: getU32(buf, at + Arp.Target),
        };
  },
  emit: (buf, at, { operation, senderMac, sender, targetMac, target }) =>
    arpEmit(buf, at, operation, macBytes(senderMac), sender, macBytes(targetMac), target),
};

const REQUEST = '0001 0800 06 04 0001 52540012 3456 c0a80102 000000000000 c0a80101';

test('a request, four directions', () => {
  checkCodec(codec, {
    name: 'request',
    bytes: REQUEST,
    value: {
      operation: 1,
      senderMac: '52:54:00:12:34:56',
      sender: ip('192.168.1.2'),
      targetMac: '00:00:00:00:00:00',
      target: ip('192.168.1.1'),
    },
  });
});

test('a reply, four directions', () => {
  checkCodec(codec, {
    name: 'reply',
    bytes: '0001 0800 06 04 0002 020000000001 ffffffff 525400123456 00000001',
    value: {
      operation: 2,
      senderMac: '02:00:00:00:00:01',
      sender: ip('255.255.255.255'),
      targetMac: '52:54:00:12:34:56',
      target: 1,
    },
  });
});

const OTHERS: [string, string][] = [
  ['another hardware', '0006 0800 06 04 0001'],
  ['another protocol', '0001 86dd 06 04 0001'],
  ['hardware addresses of another length', '0001 0800 08 04 0001'],
  ['protocol addresses of another length', '0001 0800 06 10 0001'],
  ['operation 0', '0001 0800 06 04 0000'],
  ['a reverse request', '0001 0800 06 04 0003'],
  ['an operation above 255', '0001 0800 06 04 0101'],
  ['a group as its sender', '0001 0800 06 04 0001 0100'],
];

for (const [name, start] of OTHERS) {
  test(`refused: ${name}`, () => {
    const bytes = hex(REQUEST);
    bytes.set(hex(start));
    const { buf, at, end } = dirty(2, bytes);
    assert.is(arpParse(buf, at, end), -1);
  });
}

test.run();
