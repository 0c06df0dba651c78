/** ICMP: echo both ways, unreachables sent (RFC 792, RFC 1122 §3.2.2). What TCP makes of them is in tcp.test.ts. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createPinger, icmpPing, type Ping } from '../../modules/inet/ping';
import { addressNumber, icmpPacket, ipPacket, parseIcmp, udpPacket } from '../helpers/packets';
import { OURS, PEER, Rig } from '../helpers/tcp';

const TO_US = { source: PEER, destination: OURS };

function strayDatagram(source = PEER, data = Buffer.from('nobody')): Buffer {
  return udpPacket({ source, destination: OURS, sourcePort: 5000, destinationPort: 7, data });
}

test('an echo request is answered with the same identifier, number and data', () => {
  for (const length of [0, 1, 2, 55, 56, 1471, 1472]) {
    const t = new Rig();
    const data = Buffer.from(Array.from({ length }, (_, i) => i & 255));
    const rest = Buffer.from([0xab, 0xcd, 0xff, 0x01]);
    t.deliver(icmpPacket({ ...TO_US, type: 8, rest, data }));
    const [{ bytes }] = t.taken();
    const reply = parseIcmp(bytes);
    assert.equal([reply.type, reply.code, reply.source, reply.destination], [0, 0, OURS, PEER]);
    assert.ok(reply.rest.equals(rest));
    assert.ok(reply.data.equals(data), `${length} octets`);
    assert.ok(reply.ttl >= 32);
  }
});

test('an echo request longer than what can be sent is answered as far as possible', () => {
  const t = new Rig({ bounds: { _mtu: 576 }, mtu: 576 });
  t.deliver(icmpPacket({ ...TO_US, type: 8, data: Buffer.alloc(1000, 7) }));
  const [{ bytes }] = t.taken();
  assert.is(bytes.length, 576);
  parseIcmp(bytes);
});

test('an echo request with IP options and padding is answered plainly', () => {
  const t = new Rig();
  const packet = icmpPacket({ ...TO_US, options: Buffer.from([1, 1, 1, 0]), type: 8, data: Buffer.from('abc') });
  t.deliver(Buffer.concat([packet, Buffer.alloc(20, 0xee)]));
  assert.is(parseIcmp(t.taken()[0].bytes).data.toString(), 'abc');
});

test('a bad ICMP checksum is counted, not answered', () => {
  const t = new Rig();
  for (const at of [20, 22, 24, 30]) {
    const packet = icmpPacket({ ...TO_US, type: 8, data: Buffer.from('abcdef') });
    packet[at] ^= 1;
    t.deliver(packet);
  }
  t.deliver(ipPacket(TO_US, 1, Buffer.from([8, 0, 0xf7, 0xff])));
  t.quiet();
  assert.is(t.stack._stats.badPackets, 5);
});

test('other messages are dropped and counted', () => {
  const t = new Rig();
  for (const type of [4, 5, 9, 10, 11, 12, 13, 15, 17, 200]) {
    t.deliver(icmpPacket({ ...TO_US, type, data: Buffer.alloc(28) }));
  }
  t.quiet();
  assert.is(t.stack._stats.dropped, 10);
});

test('ping: a request goes out, the reply of that host with that identifier is told', () => {
  const t = new Rig();
  const replies: [number, number][] = [];
  const ping: Ping = {
    _destination: addressNumber('8.8.8.8'),
    _id: 0x4242,
    _reply: (sequence, bytes) => replies.push([sequence, bytes]),
  };
  const pinger = createPinger(t.stack);
  pinger._pings.push(ping);
  const data = Buffer.from('forty-two');
  assert.ok(icmpPing(pinger, ping, 3, data, t.clock.nowMs));
  const request = parseIcmp(t.taken()[0].bytes);
  assert.equal([request.type, request.source, request.destination], [8, OURS, '8.8.8.8']);
  assert.is(request.rest.toString('hex'), '42420003');
  assert.ok(request.data.equals(data));
  const reply = { source: '8.8.8.8', destination: OURS, type: 0, rest: request.rest, data };
  t.deliver(icmpPacket({ ...reply, source: '8.8.4.4' }));
  t.deliver(icmpPacket({ ...reply, rest: Buffer.from('42430003', 'hex') }));
  assert.equal(replies, []);
  assert.is(t.stack._stats.dropped, 2);
  t.deliver(icmpPacket(reply));
  assert.equal(replies, [[3, 9]]);
  pinger._pings.length = 0;
  t.deliver(icmpPacket(reply));
  assert.is(replies.length, 1);
  t.netifDown();
  assert.not.ok(icmpPing(pinger, ping, 4, data, t.clock.nowMs));
});

test('a datagram for a port without a socket: port unreachable with its header and eight octets', () => {
  const t = new Rig();
  const packet = strayDatagram();
  t.deliver(packet);
  const error = parseIcmp(t.taken()[0].bytes);
  assert.equal([error.type, error.code, error.source, error.destination], [3, 3, OURS, PEER]);
  assert.ok(error.data.equals(packet.subarray(0, 28)));
  assert.ok(error.rest.equals(Buffer.alloc(4)));
});

test('a protocol nobody speaks: protocol unreachable', () => {
  const t = new Rig();
  t.deliver(ipPacket(TO_US, 47, Buffer.alloc(40, 1)));
  const error = parseIcmp(t.taken()[0].bytes);
  assert.equal([error.type, error.code], [3, 2]);
  assert.is(t.stack._stats.dropped, 1);
});

test('unreachables are limited in rate', () => {
  const t = new Rig();
  for (let i = 0; i < 1000; i++) {
    t.at(i).deliver(strayDatagram());
  }
  const count = t.taken().length;
  assert.ok(count >= 1 && count <= 20, `${count} in a second`);
  t.at(5000).deliver(strayDatagram());
  assert.is(t.taken().length, 1);
});

test('no unreachable about an ICMP message, and none to a sender that is no single host', () => {
  const t = new Rig();
  t.deliver(icmpPacket({ ...TO_US, type: 3, code: 3, data: strayDatagram().subarray(0, 28) }));
  for (const source of ['0.0.0.0', '255.255.255.255', '224.0.0.5']) {
    t.at(1000 + t.clock.nowMs).deliver(strayDatagram(source));
  }
  t.quiet();
});

test('an unreachable about a connection that does not exist is dropped', () => {
  const t = new Rig();
  for (const protocol of [6, 17, 1]) {
    for (let length = 0; length <= 36; length++) {
      const about = ipPacket({ source: OURS, destination: PEER }, protocol, Buffer.alloc(40)).subarray(0, length);
      for (let code = 0; code < 16; code++) {
        t.deliver(icmpPacket({ ...TO_US, type: 3, code, data: about }));
      }
    }
  }
  t.quiet();
});

test.run();
