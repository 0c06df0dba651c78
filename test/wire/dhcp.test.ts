import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DHCP_LENGTH, DhcpReply, DhcpType, dhcpEmit, dhcpParse } from '../../modules/wire/dhcp';
import { ip, toHex } from '../helpers/bytes';
import { checkCodec, dirty } from '../helpers/codec';
import { DhcpFields, OTHER_MAC, OUR_MAC, dhcpMessage, macBytes, options, seconds } from '../helpers/ethernet';
import { addressBytes } from '../helpers/packets';
import { random } from '../helpers/random';

const mac = macBytes(OUR_MAC);

const ACK: DhcpFields = {
  type: DhcpType.Ack,
  xid: 0x89abcdef,
  address: '10.0.0.5',
  options: [
    [54, '10.0.0.1'],
    [51, seconds(3600)],
    [58, seconds(1800)],
    [59, seconds(3150)],
    [15, Buffer.from('example')],
    [1, '255.255.255.0'],
    [28, '10.0.0.255'],
    [3, '10.0.0.1'],
    [6, Buffer.concat([addressBytes('10.0.0.53'), addressBytes('10.0.1.53')])],
  ],
};

const READ: DhcpReply = {
  _type: DhcpType.Ack,
  _xid: 0x89abcdef,
  _address: ip('10.0.0.5'),
  _server: ip('10.0.0.1'),
  _mask: ip('255.255.255.0'),
  _router: ip('10.0.0.1'),
  _dns: [ip('10.0.0.53'), ip('10.0.1.53')],
  _lease: 3600,
  _t1: 1800,
  _t2: 3150,
};

function parse(fields: DhcpFields): DhcpReply | null {
  const { buf, at, end } = dirty(7, dhcpMessage(fields));
  return dhcpParse(buf, at, end, mac);
}

test('an acknowledgement, and every truncation of it', () => {
  const message = dhcpMessage(ACK);
  checkCodec(
    { parse: (buf, at, end) => dhcpParse(buf, at, end, mac) },
    // An end option that is missing is no loss.
    { name: 'ack', bytes: toHex(message), value: READ, minimum: 242 },
  );
  for (let length = 243; length < message.length; length++) {
    const { buf, at } = dirty(2, message);
    const got = dhcpParse(buf, at, at + length, mac);
    // Between two options it is whole; then nothing of what was cut off may be in it.
    if (got && length < message.length - 1) {
      assert.is.not(JSON.stringify(got), JSON.stringify(READ), `${length} octets`);
    }
  }
});

test('pads between options, none of them at the end', () => {
  assert.equal(parse({ ...ACK, options: [[0, []], ...ACK.options!].slice(1) as DhcpFields['options'] }), READ);
  const padded = Buffer.concat([dhcpMessage({ ...ACK, endless: true }), Buffer.alloc(9)]);
  const { buf, at, end } = dirty(1, padded);
  assert.equal(dhcpParse(buf, at, end, mac), READ);
});

test('options in the file name, the server name, and both', () => {
  const [server, lease, ...rest] = ACK.options!;
  const cases: [number, Partial<DhcpFields>][] = [
    [1, { file: options([server, lease, ...rest]) }],
    [2, { serverName: options([server, lease, ...rest]) }],
    [3, { file: options([server, lease]), serverName: options(rest) }],
  ];
  for (const [overload, fields] of cases) {
    assert.equal(parse({ ...ACK, options: [[52, [overload]]], ...fields }), READ, `overload ${overload}`);
  }
  assert.is(parse({ ...ACK, options: [], file: options([server, lease]) })!._server, 0, 'not said, not looked at');
});

test('an option that runs out of its area is malformed', () => {
  const file = Buffer.alloc(128);
  file.set([51, 4, 0, 0], 124);
  file.fill(0, 0, 124);
  assert.is(parse({ ...ACK, options: [[52, [1]]], file }), null);
  const serverName = Buffer.alloc(64);
  serverName[63] = 51;
  assert.is(parse({ ...ACK, options: [[52, [2]]], serverName }), null, 'no room for the length');
});

const REFUSED: [string, Partial<DhcpFields>][] = [
  ['a request', { op: 1 }],
  ['another hardware', { hardware: 6 }],
  ['addresses of another length', { hardwareLength: 16 }],
  ['another cookie', { cookie: 0x63825364 }],
  ['for another client', { mac: OTHER_MAC }],
  ['for a client whose last octet differs', { mac: '02:00:00:00:00:03' }],
  ['no message type', { type: undefined }],
];

for (const [name, fields] of REFUSED) {
  test(`refused: ${name}`, () => {
    assert.is(parse({ ...ACK, ...fields }), null);
  });
}

test('an option of a wrong length is none', () => {
  const reply = parse({
    ...ACK,
    options: [
      [54, [10, 0, 0]],
      [51, [0, 0, 1]],
      [1, [255, 255, 255, 0, 0]],
      [6, [10, 0, 0]],
      [3, []],
    ],
  })!;
  assert.equal([reply._server, reply._lease, reply._mask, reply._router, reply._dns], [0, 0, 0, 0, []]);
});

test('of many routers the first, of many name servers two', () => {
  const list = Buffer.concat(['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(addressBytes));
  const reply = parse({
    ...ACK,
    options: [
      [3, list],
      [6, list],
    ],
  })!;
  assert.is(reply._router, ip('10.0.0.1'));
  assert.equal(reply._dns, [ip('10.0.0.1'), ip('10.0.0.2')]);
});

/** The message of an independent builder, padded to BOOTP's 300 octets. */
function expected(fields: DhcpFields): string {
  return toHex(Buffer.concat([dhcpMessage({ op: 1, ...fields }), Buffer.alloc(300)]).subarray(0, 300));
}

function emit(type: DhcpType, fields: Partial<Record<'client' | 'requested' | 'server', string>>, name = ''): string {
  const made = dirty(6, new Uint8Array(DHCP_LENGTH).fill(0xa5));
  const length = dhcpEmit(made.buf, made.at, {
    _type: type,
    _xid: 0xfedcba98,
    _mac: mac,
    _client: ip(fields.client ?? '0.0.0.0'),
    _requested: ip(fields.requested ?? '0.0.0.0'),
    _server: ip(fields.server ?? '0.0.0.0'),
    _hostName: Buffer.from(name),
  });
  assert.is(length, 300);
  for (let i = 0; i < made.buf.length; i++) {
    assert.ok((i >= made.at && i < made.end) || made.buf[i] === 0xa5, `octet ${i - made.at} was changed`);
  }
  return toHex(made.buf, made.at, made.end);
}

test('what a client sends', () => {
  const xid = 0xfedcba98;
  const wanted: [number, number[]] = [55, [1, 3, 6]];
  assert.is(
    emit(DhcpType.Discover, {}, 'board'),
    expected({ type: 1, xid, options: [wanted, [12, Buffer.from('board')]] }),
  );
  assert.is(
    emit(DhcpType.Request, { requested: '10.0.0.5', server: '10.0.0.1' }),
    expected({ type: 3, xid, options: [[50, '10.0.0.5'], [54, '10.0.0.1'], wanted] }),
  );
  assert.is(
    emit(DhcpType.Request, { client: '10.0.0.5' }),
    expected({ type: 3, xid, client: '10.0.0.5', options: [wanted] }),
  );
  assert.is(
    emit(DhcpType.Decline, { requested: '10.0.0.5', server: '10.0.0.1' }, 'board'),
    expected({
      type: 4,
      xid,
      options: [
        [50, '10.0.0.5'],
        [54, '10.0.0.1'],
      ],
    }),
  );
  assert.is(
    emit(DhcpType.Release, { client: '10.0.0.5', server: '10.0.0.1' }, 'board'),
    expected({ type: 7, xid, client: '10.0.0.5', options: [[54, '10.0.0.1']] }),
  );
});

test('the longest of all finds room, and a longer name is cut', () => {
  const name = 'n'.repeat(33);
  const all = { client: '10.0.0.5', requested: '10.0.0.5', server: '10.0.0.1' };
  assert.is(
    emit(DhcpType.Request, all, name),
    expected({
      type: 3,
      xid: 0xfedcba98,
      client: '10.0.0.5',
      options: [
        [50, '10.0.0.5'],
        [54, '10.0.0.1'],
        [55, [1, 3, 6]],
        [12, Buffer.from('n'.repeat(32))],
      ],
    }),
  );
});

test('200,000 mutated messages are read or refused, and never thrown at', () => {
  const rng = random(20);
  const seeds = [
    dhcpMessage(ACK),
    dhcpMessage({
      ...ACK,
      options: [[52, [3]]],
      file: options(ACK.options!.slice(0, 4)),
      serverName: options(ACK.options!.slice(4)),
    }),
  ];
  let read = 0;
  for (let i = 0; i < 200000; i++) {
    const bytes = Buffer.from(rng.pick(seeds));
    for (let changes = rng.below(6); changes >= 0; changes--) {
      bytes[rng.below(4) ? 240 + rng.below(bytes.length - 240) : rng.below(bytes.length)] = rng.below(256);
    }
    const { buf, at } = dirty(rng.below(4), bytes);
    const reply = dhcpParse(buf, at, at + rng.below(bytes.length + 1), mac);
    if (reply) {
      read++;
      assert.ok(reply._dns.length <= 2 && reply._type > 0);
    }
  }
  assert.ok(read > 1000, `only ${read} were readable: the fuzzer does not reach the options`);
});

test.run();
