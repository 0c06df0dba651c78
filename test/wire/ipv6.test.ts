/** The IPv6 header, extension headers, ICMPv6 and neighbour discovery, DHCPv6: each fixture in four directions. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { getU32 } from '../../modules/wire/bytes';
import { getIpv6 } from '../../modules/wire/addr6';
import { dhcp6Parse, dhcp6Request, type Dhcp6Reply } from '../../modules/wire/dhcp6';
import {
  ndMtu,
  ndNext,
  ndOption,
  ndOptionsValid,
  ndPrefix,
  ndRdnss,
  putMacOption,
  putNeighbour,
  routerFields,
  type PrefixOption,
} from '../../modules/wire/icmpv6';
import { Chain, checksum6, ipv6Emit, ipv6Parse, ipv6Upper } from '../../modules/wire/ipv6';
import { hex, toHex } from '../helpers/bytes';
import { checkCodec, dirty, type Codec } from '../helpers/codec';
import { bytes6, icmp6Packet, ip6Packet, udp6Packet } from '../helpers/packets6';

interface Header {
  next: number;
  hops: number;
  source: string;
  destination: string;
  length: number;
}

const header: Codec<Header> = {
  parse(buf, at, end) {
    const stop = ipv6Parse(buf, at, end);
    return stop < 0
      ? null
      : {
          next: buf[at + 6],
          hops: buf[at + 7],
          source: getIpv6(buf, at + 8),
          destination: getIpv6(buf, at + 24),
          length: stop - at,
        };
  },
  emit(buf, at, value) {
    ipv6Emit(buf, at, at + value.length, value.next, value.hops, value.source, value.destination);
    return value.length;
  },
};

test('a header without a payload, four directions', () => {
  checkCodec(header, {
    name: 'header',
    bytes: '60000000 0000 3b 40 20010db8000000000000000000000001 fe80000000000000020000fffe000001',
    value: { next: 59, hops: 64, source: '2001:db8::1', destination: 'fe80::200:ff:fe00:1', length: 40 },
  });
});

test('a length beyond the packet, another version; traffic class and flow label are not looked at', () => {
  const packet = ip6Packet({ source: '::1', destination: '::2' }, 59, Buffer.alloc(8));
  for (let cut = 0; cut < packet.length; cut++) {
    const { buf, at } = dirty(6, packet);
    assert.is(ipv6Parse(buf, at, at + cut), -1, `${cut} octets`);
  }
  assert.is(ipv6Parse(Buffer.concat([packet, Buffer.alloc(4)]), 0, 52), 48);
  packet[0] = 0x6f;
  packet[1] = 0xff;
  assert.is(ipv6Parse(packet, 0, 48), 48);
  packet[0] = 0x4f;
  assert.is(ipv6Parse(packet, 0, 48), -1);
});

test('checksums, at even and odd places, of odd and even lengths', () => {
  const fields = { source: 'fe80::9:8', destination: '2001:db8::ffff', sourcePort: 7, destinationPort: 9 };
  for (let length = 0; length < 70; length++) {
    const data = Buffer.from(Array.from({ length }, (_, i) => (i * 37) & 255));
    const packet = udp6Packet({ ...fields, data });
    for (const offset of [0, 7]) {
      const { buf, at, end } = dirty(offset, packet);
      assert.is(checksum6(buf, at, at + 40, end, 17), 0, `${length} at ${offset}`);
      buf[at + 41] ^= 1;
      assert.is.not(checksum6(buf, at, at + 40, end, 17), 0);
    }
  }
});

const upper = (packet: Buffer): number[] => {
  const { buf, at, end } = dirty(7, packet);
  const found = ipv6Upper(buf, at, end);
  return [found._next, found._at - at, found._field - at, found._problem && found._problem - at, found._code];
};
const ADDRESSES = { source: 'fe80::1', destination: 'fe80::2' };

test('extension headers are walked over', () => {
  assert.equal(upper(ip6Packet(ADDRESSES, 58, Buffer.alloc(8))), [58, 40, 6, 0, 0]);
  // Hop-by-hop with router alert and PadN, destination options with Pad1, a routing header with nothing left.
  const extension = hex(
    '3c00 0502 0000 0100 2b00 0000 0000 0000 3a02 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000',
  );
  assert.equal(upper(ip6Packet({ ...ADDRESSES, extension, next: 0 }, 0, Buffer.alloc(8))), [58, 80, 56, 0, 0]);
  assert.equal(
    upper(ip6Packet({ ...ADDRESSES, extension: hex('0600 0000 0000 0001'), next: 44 }, 0, Buffer.alloc(8)))[0],
    44,
  );
});

test('those that lie, or say that the packet is to be dropped', () => {
  const cases: [string, number, string, number[]][] = [
    ['cut off', 0, '3a00 0100', [Chain.Bad, 0, 0]],
    ['longer than the packet', 60, '3a05 0104 0000 0000', [Chain.Bad, 0, 0]],
    ['an option beyond its header', 60, '3a00 1e09 0000 0000', [Chain.Bad, 0, 0]],
    ['an option without a length', 60, '3a00 0103 0000 001e', [Chain.Bad, 0, 0]],
    ['an unknown option to be passed over', 60, '3a00 1e04 0000 0000', [58, 0, 0]],
    ['to be dropped', 60, '3a00 5e04 0000 0000', [Chain.Discard, 0, 2]],
    ['to be dropped and told', 60, '3a00 9e04 0000 0000', [Chain.Discard, 42, 2]],
    ['to be dropped and told, not of groups', 0, '3a00 de04 0000 0000', [Chain.Discard, 42, 2]],
    ['a route with something left', 43, '3a00 0001 0000 0000', [Chain.Discard, 42, 0]],
    ['hop-by-hop in the second place', 60, '0000 0104 0000 0000 3a00 0104 0000 0000', [Chain.Discard, 40, 1]],
  ];
  for (const [name, next, extension, [verdict, problem, code]] of cases) {
    const packet = ip6Packet({ ...ADDRESSES, extension: hex(extension), next }, 0, Buffer.alloc(0));
    const [got, , , pointer, told] = upper(packet);
    assert.equal([got, pointer, told], [verdict, problem, code], name);
  }
});

test('a router advertisement as radvd sends it, and every truncation of its options', () => {
  // RFC 4861 §4.2, with prefix (§4.6.2), MTU (§4.6.4), RDNSS (RFC 8106 §5.1), source (§4.6.1).
  const message = hex(
    '8600 0000 40c0 0708 00007530 000003e8 ' +
      '0304 40c0 00001c20 00000e10 00000000 20010db8000100000000000000000000 ' +
      '0501 0000 00000578 ' +
      '1905 0000 00000258 20010db8000100000000000000000053 20010db8000100000000000000000054 ' +
      '0101 525400123456',
  );
  const { buf, at, end } = dirty(7, message);
  const options = at + 16;
  assert.equal(routerFields(buf, at), {
    _hopLimit: 64,
    _other: true,
    _lifetimeS: 1800,
    _reachableMs: 30000,
    _retransMs: 1000,
  });
  assert.ok(ndOptionsValid(buf, options, end));
  const whole = [16, 48, 56, 96, 104];
  for (let length = 16; length < end - at; length++) {
    assert.is(ndOptionsValid(buf, options, at + length), whole.includes(length), `${length} octets`);
  }
  const prefix: PrefixOption = {
    _prefix: '2001:db8:1::',
    _length: 64,
    _flags: 0xc0,
    _validS: 7200,
    _preferredS: 3600,
  };
  assert.equal(ndPrefix(buf, ndOption(buf, options, end, 3), end), prefix);
  assert.is(ndMtu(buf, ndOption(buf, options, end, 5), end), 1400);
  const rdnss = ndOption(buf, options, end, 25);
  assert.equal(ndRdnss(buf, rdnss, end), { _servers: ['2001:db8:1::53', '2001:db8:1::54'], _lifetimeS: 600 });
  assert.is(ndNext(buf, rdnss), at + 96);
  assert.is(ndOption(buf, ndNext(buf, rdnss), end, 25), -1);
  assert.is(toHex(buf, ndOption(buf, options, end, 1) + 2, end), '525400123456');
});

test('options of neighbour discovery that are none', () => {
  const option = (text: string): Uint8Array => hex(text);
  const zero = option('0300 40c0 00000000');
  assert.not.ok(ndOptionsValid(zero, 0, 8));
  const short = option('0301 40c0 00000000');
  assert.is(ndPrefix(short, 0, 8), null);
  const long = option('0304 81c0 00000001 00000001 00000000 20010db8000000000000000000000000');
  assert.is(ndPrefix(long, 0, 32), null);
  for (const text of ['1901 0000 00000258', '1902 0000 00000258 2001000000000000']) {
    const bytes = option(text);
    assert.is(ndRdnss(bytes, 0, bytes.length), null, text);
  }
  const cut = option('1903 0000 00000258 20010db8000000000000000000000053');
  for (let length = 8; length < 24; length++) {
    assert.is(ndRdnss(cut, 0, length), null);
  }
  assert.is(ndMtu(option('0502 0000 00000578 0000000000000000'), 0, 16), 0);
});

interface Neighbour {
  flags: number;
  target: string;
  mac: string;
}
const neighbourCodec: Codec<Neighbour> = {
  parse(buf, at, end) {
    const option = end - at >= 32 && ndOptionsValid(buf, at + 24, end) ? ndOption(buf, at + 24, end, 2) : -1;
    return option < 0
      ? null
      : { flags: getU32(buf, at + 4), target: getIpv6(buf, at + 8), mac: toHex(buf, option + 2, option + 8) };
  },
  emit(buf, at, { flags, target, mac }) {
    buf.set([136, 0, 0, 0], at);
    return putMacOption(buf, putNeighbour(buf, at, flags, target), 2, hex(mac)) - at;
  },
};

test('a neighbour advertisement, four directions', () => {
  checkCodec(neighbourCodec, {
    name: 'advertisement',
    bytes: '88000000 60000000 fe80000000000000020000fffe000001 0201 020000000001',
    value: { flags: 0x60000000, target: 'fe80::200:ff:fe00:1', mac: '020000000001' },
  });
  assert.is(icmp6Packet({ ...ADDRESSES, type: 136, body: Buffer.alloc(20) }).length, 64);
  assert.is(bytes6('fe80::200:ff:fe00:1').toString('hex'), 'fe80000000000000020000fffe000001');
});

const DUID = hex('0004 00112233 44554677 8899aabb ccddeeff');

test('DHCPv6: the request', () => {
  const request = dhcp6Request(0x123456, DUID, 250);
  assert.is(
    toHex(request, 0, request.length),
    '0b123456' + '00010012000400112233445546778899aabbccddeeff' + '0008000200fa' + '0006000400170020',
  );
  assert.is(toHex(dhcp6Request(0xff000001, DUID, 1e9), 0, 4), '0b000001');
});

const REPLY =
  '07123456 0002 000a 00030001 525400123456 0001 0012 000400112233445546778899aabbccddeeff ' +
  '0017 0020 20010db8000000000000000000000053 fd770000000000000000000000000001 0020 0004 00000e10';

test('DHCPv6: the reply, and every truncation of it', () => {
  const dhcp: Codec<Dhcp6Reply> = { parse: (buf, at, end) => dhcp6Parse(buf.slice(at, end), 0x123456, DUID) };
  const value = { _servers: ['2001:db8::53', 'fd77::1'], _refreshS: 3600 };
  const whole = hex(REPLY);
  assert.equal(dhcp6Parse(whole, 0x123456, DUID), value);
  // Between two options it is a whole message; without ours and the server's it is none.
  checkCodec(dhcp, {
    name: 'reply',
    bytes: REPLY.slice(0, REPLY.indexOf('0017')),
    value: { _servers: [], _refreshS: 0 },
  });
  const ends = [40, 76, 84];
  for (let length = 40; length <= whole.length; length++) {
    assert.is(dhcp6Parse(whole.slice(0, length), 0x123456, DUID) !== null, ends.includes(length), `${length} octets`);
  }
});

test('DHCPv6: replies to others, refusals, and what is no list of addresses', () => {
  assert.is(dhcp6Parse(hex(REPLY), 0x123457, DUID), null);
  assert.is(dhcp6Parse(hex(REPLY), 0x123456, hex('0004 00112233 44554677 8899aabb ccddee00')), null);
  assert.is(dhcp6Parse(hex(REPLY.replace('07123456', '02123456')), 0x123456, DUID), null);
  assert.is(dhcp6Parse(hex(`${REPLY} 000d 0002 0001`), 0x123456, DUID), null);
  assert.ok(dhcp6Parse(hex(`${REPLY} 000d 0002 0000`), 0x123456, DUID));
  assert.equal(dhcp6Parse(hex(`${REPLY} 0017 0003 000000`), 0x123456, DUID)!._servers.length, 2);
});

test.run();
