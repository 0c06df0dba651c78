/** The host's way in: which packets are taken, which are dropped, and how they are counted. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { netifUp } from '../../modules/inet/ip';
import { stackPollAt } from '../../modules/inet/stack';
import { icmpPacket, internetSum, ipPacket, parseIcmp } from '../helpers/packets';
import { OURS, PEER, Rig, established } from '../helpers/tcp';

const TO_US = { source: PEER, destination: OURS };

function echo(more = {}): Buffer {
  return icmpPacket({ ...TO_US, type: 8, data: Buffer.from('ping'), ...more });
}

/** The header with some octets changed and its checksum made good again. */
function altered(changes: Record<number, number>, packet = echo()): Buffer {
  for (const at in changes) {
    packet[at] = changes[at];
  }
  packet.writeUInt16BE(0, 10);
  packet.writeUInt16BE(internetSum(packet.subarray(0, (packet[0] & 15) << 2)), 10);
  return packet;
}

test('a good packet is taken', () => {
  const t = new Rig();
  t.deliver(echo());
  assert.is(t.taken().length, 1);
});

test('every bit of the IP header is covered by its checksum', () => {
  const t = new Rig();
  for (let bit = 0; bit < 160; bit++) {
    const packet = echo();
    packet[bit >> 3] ^= 1 << (bit & 7);
    t.deliver(packet);
  }
  t.quiet();
  assert.is(t.stack._stats.badPackets, 160);
});

test('a packet that is too short, or says so, is counted and dropped', () => {
  const t = new Rig();
  const whole = echo();
  for (let length = 0; length < whole.length; length++) {
    t.deliver(whole.subarray(0, length));
  }
  assert.is(t.stack._stats.badPackets, whole.length);
  t.deliver(altered({ 0: 0x44 }), altered({ 0: 0x65 }), altered({ 2: 0, 3: 19 }), altered({ 2: 2, 3: 0 }));
  assert.is(t.stack._stats.badPackets, whole.length + 4);
  t.quiet();
});

test('fragments are refused and counted, first, middle and last', () => {
  const t = new Rig();
  for (const fragment of [0x2000, 0x2001, 0x0001, 0x1fff, 0x3fff]) {
    t.deliver(echo({ fragment }));
  }
  t.quiet();
  assert.is(t.stack._stats.fragments, 5);
  t.deliver(echo({ fragment: 0x4000 }));
  assert.is(t.taken().length, 1);
});

test('another destination is dropped and counted: nothing is forwarded', () => {
  const t = new Rig();
  for (const destination of ['10.0.0.3', '255.255.255.255', '224.0.0.1', '0.0.0.0', '127.0.0.1']) {
    t.deliver(echo({ destination }));
  }
  t.quiet();
  assert.is(t.stack._stats.dropped, 5);
});

test('options and padding are passed over', () => {
  const t = new Rig();
  t.deliver(echo({ options: Buffer.alloc(40, 1) }), Buffer.concat([echo(), Buffer.alloc(9, 0x77)]));
  assert.equal(
    t.taken().map(({ bytes }) => parseIcmp(bytes).data.toString()),
    ['ping', 'ping'],
  );
});

test('an unknown protocol is answered; a packet without payload is no trouble', () => {
  const t = new Rig();
  t.deliver(ipPacket(TO_US, 99, Buffer.alloc(0)));
  assert.is(parseIcmp(t.taken()[0].bytes).code, 2);
  for (const protocol of [1, 6, 17]) {
    t.deliver(ipPacket(TO_US, protocol, Buffer.alloc(0)));
  }
  t.quiet();
});

test('a host with nothing to do asks for no time', () => {
  const t = established();
  t.at(10);
  assert.is(stackPollAt(t.stack), Infinity);
  t.write(10);
  assert.is(stackPollAt(t.stack), t.clock.nowMs + 400);
  t.send({ seq: 1, ack: 11, len: 5 });
  assert.is(stackPollAt(t.stack), t.clock.nowMs + 200);
  t.at(1000);
  assert.is(stackPollAt(t.stack), Infinity);
});

test('an interface that goes and comes does so any number of times', () => {
  const t = new Rig();
  for (let i = 0; i < 100; i++) {
    t.netifDown().netifDown();
    netifUp(t.stack, t.netif);
    netifUp(t.stack, t.netif);
  }
  assert.is(t.stack._netifs.length, 1);
  t.deliver(echo());
  assert.is(t.taken().length, 1);
});

test.run();
