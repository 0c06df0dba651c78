/** Linux and a line that loses, doubles and reorders on purpose: what tshark sees there is what was done, and no more. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Peer, acceptFromLinux, arrived, cleanUp, connectToLinux, why, type PeerOptions } from '../helpers/linux';
import { tcpPacket } from '../helpers/packets';
import { skip } from '../helpers/skip';
import { BAD_CHECKSUM, MALFORMED, capture, hasTshark } from '../helpers/tshark';

const WITHOUT = why ?? (hasTshark() ? null : 'the captures of the line need tshark');
const OURS_SENT = 'ip.src == 10.77.0.2';
const SIZE = 300_000;

type Transfer = (peer: Peer) => Promise<void>;

const fromUs: Transfer = async (peer) => arrived(await connectToLinux(peer, 'exchange', 'exchange', SIZE), SIZE);
const fromLinux: Transfer = async (peer) => arrived(await acceptFromLinux(peer, 'exchange', 'exchange', SIZE), SIZE);

/** Does the transfers on a line with these ills, and has the capture of what was sent read by tshark. */
async function judged(ills: PeerOptions, transfers: Transfer[]) {
  const packets = capture();
  const peer = await Peer.open({
    ...ills,
    onPacket: (direction, packet) => packets.packet(direction === 'sent', packet),
  });
  try {
    for (const transfer of transfers) {
      await transfer(peer);
    }
  } finally {
    await peer.close();
  }
  const counts = await packets.count({
    all: 'ip',
    malformed: MALFORMED,
    badChecksum: BAD_CHECKSUM,
    retransmissions: `tcp.analysis.retransmission && ${OURS_SENT}`,
    theirs: `tcp.analysis.retransmission && !(${OURS_SENT})`,
    hasty: `tcp.analysis.retransmission && !(tcp.analysis.rto >= 0.19) && ${OURS_SENT}`,
    // Linux probes for a lost tail after two round trips (RFC 8985 §7.2), and those are short here.
    pauses: 'frame.time_delta >= 0.005',
    stalls: 'frame.time_delta >= 0.1',
    resets: 'tcp.flags.reset == 1',
  });
  assert.ok(counts);
  assert.ok(counts.all > 400, `${counts.all} packets`);
  assert.is(counts.malformed, 0);
  assert.is(counts.badChecksum, 0);
  return { counts, stats: peer.line.stats, stack: peer.stack._stats };
}

function withLinux(name: string, body: () => Promise<void>): void {
  test(name, async () => {
    if (WITHOUT) {
      skip(WITHOUT);
      return;
    }
    await body();
  });
}

/** Whether a packet of TCP carries data. */
function dataOf(packet: Uint8Array): number {
  return packet[9] === 6 ? ((packet[2] << 8) | packet[3]) - 20 - ((packet[32] >> 4) << 2) : 0;
}

/** The n-th, ... full segments of a direction are lost, once each. */
function losing(direction: 'sent' | 'received', ...which: number[]): PeerOptions {
  let seen = 0;
  return {
    fate: (on, packet) => (on === direction && dataOf(packet) > 500 && which.includes(++seen) ? 'lose' : undefined),
  };
}

withLinux('tshark finds what is wrong, when something is', async () => {
  const packets = capture();
  const segment = { source: '10.77.0.2', destination: '10.77.0.1', sourcePort: 1, destinationPort: 2, flags: 'A' };
  const good = tcpPacket({ ...segment, seq: 1, data: Buffer.alloc(10) });
  const bad = Buffer.from(good);
  bad[45] ^= 1;
  const short = Buffer.from(good);
  short[32] = 0x20; // a header shorter than any
  [good, bad, short, tcpPacket({ ...segment, seq: 11, data: Buffer.alloc(10) }), good].forEach((packet) =>
    packets.packet(true, packet),
  );
  const counts = await packets.count({
    malformed: MALFORMED,
    badChecksum: BAD_CHECKSUM,
    again: 'tcp.analysis.retransmission',
  });
  assert.ok(counts);
  assert.is(counts.badChecksum, 1);
  assert.ok(counts.malformed >= 1);
  assert.is(counts.again, 1);
});

withLinux('a clean line: nothing is sent twice by either side', async () => {
  const { counts, stack } = await judged({}, [fromUs, fromLinux]);
  assert.is(counts.hasty, 0);
  assert.is(counts.resets, 0);
  // A busy computer holds everything up now and then, until a timer runs out: the line was not clean then.
  if (!counts.stalls) {
    assert.is(counts.retransmissions, 0);
    assert.ok(counts.pauses || !counts.theirs, `${counts.theirs} of Linux’s`);
    assert.is(stack.tcpRetransmits, 0);
  }
  assert.is(stack.badPackets, 0);
});

withLinux('single losses of ours: each costs exactly one retransmission', async () => {
  const { counts, stats, stack } = await judged(losing('sent', 20, 60, 61, 120), [fromUs]);
  assert.is(stats.sent.lost, 4);
  assert.ok(counts.stalls ? stack.tcpRetransmits >= 4 : stack.tcpRetransmits === 4, `${stack.tcpRetransmits}`);
});

withLinux('single losses of Linux’s', async () => {
  const { counts, stats, stack } = await judged(losing('received', 20, 60, 61, 120), [fromLinux]);
  assert.is(stats.received.lost, 4);
  // Nothing of ours was lost.
  assert.ok(counts.stalls || stack.tcpRetransmits === 0, `${stack.tcpRetransmits}`);
  assert.ok(stack.tcpOutOfOrder > 0);
});

withLinux('duplicates: nothing is sent twice for their sake', async () => {
  const { counts, stats, stack } = await judged({ duplication: 0.1, seed: 5 }, [fromUs, fromLinux]);
  assert.ok(stats.sent.doubled > 20 && stats.received.doubled > 20);
  assert.ok(counts.stalls || stack.tcpRetransmits <= 2, `${stack.tcpRetransmits} retransmissions`);
});

withLinux(
  '5 % lost, 2 % doubled, 5 % reordered, both ways: all arrives, and all that was sent is well-formed',
  async () => {
    const { stats } = await judged({ loss: 0.05, duplication: 0.02, reordering: 0.05, seed: 6 }, [fromUs, fromLinux]);
    assert.ok(stats.sent.lost > 10 && stats.received.lost > 10 && stats.sent.late > 10 && stats.received.late > 10);
  },
);

test('nothing is left', () => {
  if (WITHOUT) {
    skip(WITHOUT);
    return;
  }
  cleanUp();
});

test.run();
