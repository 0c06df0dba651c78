import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTROL_HEADER, Code, Protocol, controlEnd, optionsValid } from '../../modules/wire/control';
import { hex, toHex } from '../helpers/bytes';
import { dirty } from '../helpers/codec';

test("the RFCs' numbers", () => {
  assert.is(CONTROL_HEADER, 4);
  assert.equal(
    [Protocol.Ipv4, Protocol.Ipcp, Protocol.Lcp, Protocol.Pap, Protocol.Chap],
    [0x0021, 0x8021, 0xc021, 0xc023, 0xc223],
  );
  assert.equal(
    [
      Code.ConfigureRequest,
      Code.ConfigureAck,
      Code.ConfigureNak,
      Code.ConfigureReject,
      Code.TerminateRequest,
      Code.TerminateAck,
      Code.CodeReject,
      Code.ProtocolReject,
      Code.EchoRequest,
      Code.EchoReply,
      Code.DiscardRequest,
      Code.Identification,
      Code.TimeRemaining,
    ],
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
  );
});

/** Where the packet ends, counted from its begin; -1 when refused. The byte before and those behind are dirt. */
function length(text: string): number {
  const { buf, at, end } = dirty(3, hex(text));
  const stop = controlEnd(buf, at, end);
  return stop < 0 ? stop : stop - at;
}

test('a packet ends where its length says', () => {
  assert.is(length('01 07 0004'), 4);
  assert.is(length('01 07 0008 01020304'), 8);
  assert.is(length('01 07 0006 0102 0304'), 6, 'what follows is padding (RFC 1661 §5)');
});

test('lengths below 4 or beyond the frame are refused', () => {
  for (const text of [
    '',
    '01',
    '0107',
    '010700',
    '01070000',
    '01070003',
    '01070005',
    '01070009 01020304',
    '0107ffff',
  ]) {
    assert.is(length(text), -1, text);
  }
});

test('every truncation is refused', () => {
  const whole = hex('01 07 000c 0506 deadbeef 0702');
  for (let cut = 0; cut < whole.length; cut++) {
    assert.is(length(toHex(whole, 0, cut)), -1, String(cut));
  }
});

test('options from end to end', () => {
  for (const [text, want] of [
    ['', true],
    ['0702', true],
    ['0104 05dc 0702 0802', true],
    ['0506 deadbeef 0206 00000000', true],
    ['07', false],
    ['0700', false],
    ['0701', false],
    ['0703', false],
    ['0506 010203', false],
    ['05ff 01020304', false],
    ['0702 08', false],
    ['0702 0800', false],
    ['0702 0803', false],
    ['0001', false],
    ['0002', true],
    ['0702 0104 05', false],
  ] as const) {
    const { buf, at, end } = dirty(1, hex(text));
    assert.is(optionsValid(buf, at, end), want, text);
  }
});

test('the walk over options comes to an end, whatever they are', () => {
  for (let type = 0; type < 256; type += 51) {
    for (let size = 0; size < 256; size++) {
      const bytes = new Uint8Array(64).fill(size);
      bytes[0] = type;
      const { buf, at, end } = dirty(0, bytes);
      assert.type(optionsValid(buf, at, end), 'boolean');
    }
  }
});

test.run();
