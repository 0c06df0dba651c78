import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PacketSplitter, packetLength } from '../../../board-targets/node/ip-packets';
import { LineError } from '../../../scripts/lines/error';
import { impaired, type ImpairOptions } from '../../../scripts/lines/impair';
import { linePair } from '../../../scripts/lines/pair';
import { udpPacket } from '../../helpers/packets';
import { until } from './streams';

const COUNT = 2000;

function packet(i: number): Buffer {
  const data = Buffer.alloc(4 + (i % 50));
  data.writeUInt32BE(i);
  return udpPacket({ source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 1, destinationPort: 2, data });
}

const PACKETS = Array.from({ length: COUNT }, (_, i) => packet(i));

/** The numbers of the packets that arrive when all go one way, in chunks cut without regard to them. */
async function damage(options: ImpairOptions, direction: 'sent' | 'received') {
  const [near, far] = linePair();
  const bad = impaired(near, options);
  const [from, to] = direction === 'sent' ? [bad, far] : [far, bad];
  const arrived: number[] = [];
  const splitter = new PacketSplitter((one) => {
    const number = one.readUInt32BE(28);
    assert.ok(one.equals(PACKETS[number]));
    arrived.push(number);
  });
  to.on('data', (chunk: Buffer) => splitter.push(chunk));
  const all = Buffer.concat(PACKETS);
  for (let at = 0; at < all.length; at += 997) {
    if (!from.write(all.subarray(at, at + 997))) await new Promise((resolve) => from.once('drain', resolve));
  }
  const stats = bad.stats[direction];
  await until(() => stats.packets === COUNT && arrived.length === COUNT - stats.lost + stats.doubled);
  bad.destroy();
  far.destroy();
  return { arrived, stats: { ...stats } };
}

test('packets are found however the stream is cut; what is none is noticed', () => {
  const all = Buffer.concat(PACKETS.slice(0, 30));
  for (const size of [1, 5, 6, 7, 19, 100, all.length]) {
    const found: Buffer[] = [];
    const splitter = new PacketSplitter((one) => found.push(Buffer.from(one)));
    for (let at = 0; at < all.length; at += size) splitter.push(all.subarray(at, at + size));
    assert.is(found.length, 30);
    assert.ok(Buffer.concat(found).equals(all));
  }
  assert.is(packetLength(Buffer.from([0x60, 0, 0, 0, 1, 2])), 40 + 258);
  assert.is(packetLength(Buffer.from([0x45, 0, 0])), 0);
  for (const wrong of [[0x45, 0, 0, 19, 0, 0], [0x50], [0]]) {
    const splitter = new PacketSplitter(() => assert.unreachable());
    splitter.push(Buffer.from(wrong));
    assert.ok(splitter.broken, `${wrong}`);
    splitter.push(packet(1));
  }
});

test('a good line changes nothing', async () => {
  for (const direction of ['sent', 'received'] as const) {
    const { arrived } = await damage({}, direction);
    assert.equal(
      arrived,
      PACKETS.map((_, i) => i),
    );
  }
});

test('losses, duplicates and late packets are counted, and the same for the same seed', async () => {
  for (const direction of ['sent', 'received'] as const) {
    const options = { loss: 0.1, duplication: 0.05, reordering: 0.05, seed: 3 };
    const { arrived, stats } = await damage(options, direction);
    assert.ok(stats.lost > 140 && stats.lost < 260, `${stats.lost} lost`);
    assert.ok(stats.doubled > 60 && stats.doubled < 140, `${stats.doubled} doubled`);
    assert.ok(stats.late > 60 && stats.late < 140, `${stats.late} late`);
    assert.is(new Set(arrived).size, COUNT - stats.lost);
    assert.ok(arrived.some((number, i) => number < arrived[i - 1]));
    const again = await damage(options, direction);
    assert.equal(again.stats, stats);
  }
});

test('one packet by name', async () => {
  const { arrived } = await damage(
    { fate: (_direction, bytes) => (Buffer.from(bytes).readUInt32BE(28) === 7 ? 'lose' : undefined) },
    'sent',
  );
  assert.not.ok(arrived.includes(7));
  assert.is(arrived.length, COUNT - 1);
});

test('shares are shares', () => {
  const [near] = linePair();
  assert.throws(
    () => impaired(near, { loss: 1.5 }),
    (error: Error) => error instanceof LineError,
  );
});

test.run();
