/** UDP: sockets by port (RFC 768). */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { udpBind, udpClose, udpOpen, udpSend } from '../../modules/inet/udp';
import { addressNumber, parseUdp, udpPacket } from '../helpers/packets';
import { OURS, PEER, Rig } from '../helpers/tcp';

type Got = [string, number, number];

function opened(port: number, t = new Rig()) {
  const got: Got[] = [];
  const kept: Uint8Array[] = [];
  const socket = udpBind(t.stack, port, (payload, source, sourcePort) => {
    kept.push(payload);
    got.push([Buffer.from(payload).toString('latin1'), source as number, sourcePort]);
  });
  assert.ok(socket);
  return { t, got, kept, socket: socket! };
}

function datagram(data: string, more = {}): Buffer {
  return udpPacket({
    source: PEER,
    destination: OURS,
    sourcePort: 9000,
    destinationPort: 53,
    data: Buffer.from(data, 'latin1'),
    ...more,
  });
}

test('a datagram out: header, checksum, payload', () => {
  const { t, socket } = opened(1234);
  for (const length of [0, 1, 2, 3, 512, 1471, 1472]) {
    const payload = Buffer.alloc(length, 0xa7);
    assert.ok(udpSend(socket, payload, addressNumber(PEER), 7, t.clock.nowMs));
    const sent = parseUdp(t.taken()[0].bytes);
    assert.equal([sent.source, sent.destination, sent.sourcePort, sent.destinationPort], [OURS, PEER, 1234, 7]);
    assert.ok(sent.data.equals(payload));
  }
});

test('a checksum that comes out as zero goes out as ones', () => {
  const { t, socket } = opened(1234);
  const seen = new Set<number>();
  for (let i = 0; i < 0x10000; i++) {
    udpSend(socket, Uint8Array.of(i >> 8, i & 255), addressNumber(PEER), 7, t.clock.nowMs);
    if ((i & 0xfff) === 0xfff) {
      t.taken().forEach(({ bytes }) => seen.add(parseUdp(bytes).checksum));
    }
  }
  assert.not.ok(seen.has(0));
  assert.ok(seen.has(0xffff));
});

test('what is longer than the interface takes, or has no way to go, is refused', () => {
  const { t, socket } = opened(1234);
  assert.not.ok(udpSend(socket, new Uint8Array(1473), addressNumber(PEER), 7, t.clock.nowMs));
  t.netifDown();
  assert.not.ok(udpSend(socket, new Uint8Array(1), addressNumber(PEER), 7, t.clock.nowMs));
  t.quiet();
});

test('a datagram in: payload, source, port; the bytes are the receiver’s own', () => {
  const { t, got, kept } = opened(53);
  t.deliver(datagram('hello'), datagram(''), datagram('\xff\x00', { source: '1.2.3.4', sourcePort: 65535 }));
  assert.equal(got, [
    ['hello', addressNumber(PEER), 9000],
    ['', addressNumber(PEER), 9000],
    ['\xff\x00', addressNumber('1.2.3.4'), 65535],
  ]);
  assert.is(Buffer.from(kept[0]).toString(), 'hello');
});

test('a checksum of zero is no checksum', () => {
  const { t, got } = opened(53);
  t.deliver(datagram('plain', { noChecksum: true }));
  assert.is(got.length, 1);
});

test('a bad checksum and a length that lies are counted and dropped', () => {
  const { t, got } = opened(53);
  for (const at of [20, 26, 27, 28, 32]) {
    const packet = datagram('hello');
    packet[at] ^= 0x10;
    t.deliver(packet);
  }
  for (const length of [0, 7, 14, 0xffff]) {
    const packet = datagram('hello', { noChecksum: true });
    packet.writeUInt16BE(length, 24);
    t.deliver(packet);
  }
  assert.equal(got, []);
  assert.is(t.stack._stats.badPackets, 9);
  t.quiet();
});

test('octets behind the datagram are not part of it', () => {
  const { t, got } = opened(53);
  const packet = datagram('hello', { noChecksum: true });
  packet.writeUInt16BE(10, 24);
  t.deliver(packet);
  assert.is(got[0][0], 'he');
});

test('a port has one socket, and _udpSockets bounds them', () => {
  const { t, socket } = opened(53, new Rig({ bounds: { _udpSockets: 3 } }));
  const received = (): void => {};
  assert.is(udpBind(t.stack, 53, received), null);
  assert.ok(udpBind(t.stack, 54, received));
  assert.ok(udpBind(t.stack, 55, received));
  assert.is(udpOpen(t.stack, received), null);
  udpClose(socket);
  udpClose(socket);
  assert.ok(udpBind(t.stack, 53, received));
});

test('a socket without a port of its own: any free one of the dynamic range, at random', () => {
  const t = new Rig({ bounds: { _udpSockets: 1000 } });
  const ports = Array.from({ length: 200 }, () => udpOpen(t.stack, () => {})!._localPort);
  assert.is(new Set(ports).size, 200);
  assert.ok(ports.every((port) => port >= 49152 && port <= 65535));
  assert.ok(new Set(ports.map((port, i) => port - ports[i - 1])).size > 100, 'a sequence');
});

test('a closed socket hears nothing', () => {
  const { t, got, socket } = opened(53);
  udpClose(socket);
  t.deliver(datagram('late'));
  assert.equal(got, []);
  assert.is(t.stack._stats.dropped, 1);
});

test('a receiver may close its socket, or open another, while it is told', () => {
  const t = new Rig();
  let told = 0;
  const socket = udpBind(t.stack, 53, () => {
    told++;
    udpClose(socket!);
    opened(53, t);
  });
  t.deliver(datagram('a'), datagram('b'));
  assert.is(told, 1);
});

test.run();
