/** What the protocols of a host share: routes, the way out of an IP packet. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TRANSPORT_AT, netifUp, routeTo, stackOutput, type Netif } from '../../modules/inet/ip';
import { udpBind, udpSend } from '../../modules/inet/udp';
import { addressNumber, parseIp } from '../helpers/packets';
import { PEER, Rig } from '../helpers/tcp';

function netif(address: string, mask: string, gateway: string, up = true): Netif {
  return {
    _address: addressNumber(address),
    _mask: addressNumber(mask),
    _gateway: addressNumber(gateway),
    _mtu: 1500,
    _up: up,
    _dns: [],
    _output: () => true,
  };
}

test('the network that holds the address, else the last interface up that has a gateway', () => {
  const { stack } = new Rig();
  stack._netifs.length = 0;
  const ppp = netif('10.0.0.2', '255.255.255.255', '10.0.0.1');
  const lan = netif('192.168.1.5', '255.255.255.0', '192.168.1.1');
  const island = netif('172.16.0.1', '255.255.0.0', '0.0.0.0');
  for (const each of [ppp, lan, island]) {
    netifUp(stack, each);
  }
  const to = (address: string): Netif | null => routeTo(stack, addressNumber(address));
  assert.is(to('8.8.8.8'), lan);
  assert.is(to('192.168.1.77'), lan);
  assert.is(to('172.16.99.1'), island);
  assert.is(to('10.0.0.2'), ppp);
  netifUp(stack, ppp);
  assert.is(to('8.8.8.8'), ppp);
  assert.is(to('192.168.1.77'), lan);
  assert.is(stack._netifs.length, 3);
  ppp._up = lan._up = false;
  assert.is(to('8.8.8.8'), null);
  assert.is(to('172.16.99.1'), island);
});

test('an IP packet out: don’t-fragment is set, nothing else is, and so the identifier means nothing (RFC 6864)', () => {
  const t = new Rig();
  const socket = udpBind(t.stack, 1, () => {})!;
  for (let i = 0; i < 3; i++) {
    udpSend(socket, new Uint8Array(i), addressNumber(PEER), 7, t.clock.nowMs);
  }
  const packets = t.taken().map(({ bytes }) => parseIp(bytes));
  packets.forEach((packet) => {
    assert.is(packet.fragment, 0x4000);
    assert.is(packet.ttl, 64);
    assert.is(packet.id, 0);
  });
});

test('a checksum that comes out as zero stays so in TCP, and is all ones in UDP', () => {
  for (const [protocol, at, expected, never] of [
    [6, 16, 0, 0xffff],
    [17, 6, 0xffff, 0],
  ]) {
    const t = new Rig();
    const seen = new Set<number>();
    const end = TRANSPORT_AT + 22;
    for (let value = 0; value < 0x10000; value++) {
      t.stack._frame.fill(0, TRANSPORT_AT, end);
      t.stack._frame.set([value >> 8, value & 255], TRANSPORT_AT + 20);
      stackOutput(t.stack, t.netif, protocol, TRANSPORT_AT + at, end, 0x0a000002, 0x0a000001);
      const [{ bytes }] = t.taken();
      seen.add(bytes.readUInt16BE(20 + at));
    }
    assert.ok(seen.has(expected), `protocol ${protocol}`);
    assert.not.ok(seen.has(never), `protocol ${protocol}`);
  }
});

test.run();
