/**
 * Mutated frames of ARP, DHCP and IP at the door of an Ethernet interface that goes through its life meanwhile, in blocks
 * as in fuzz.ts. A block begins with a fresh interface and ends with the cable out and in again: it must get an address.
 */

import * as assert from 'uvu/assert';
import { ethernetOutput } from '../../modules/ethernet/link';
import { Cable, OTHER_MAC, OUR_MAC, SERVER_MAC, arpFrame, dhcpFrame, dhcpServer, frame } from '../helpers/ethernet';
import { ipPacket, udpPacket } from '../helpers/packets';
import { random, type Random } from '../helpers/random';

export const BLOCK = 1000;

const NEIGHBOURS = 4;

/** Frames that one input may bring about: an answer, a packet that waited for it, a conflict's announcement. */
const MOST_FRAMES = 6;

/** What the inputs of a block have reached. */
export interface Reached {
  packets: number;
  bound: number;
  conflicts: number;
  badArp: number;
  badDhcp: number;
}

function input(r: Random, cable: Cable, someone: string): Buffer {
  const seen = cable.sent.filter(({ xid }) => xid).pop();
  const seeds = [
    arpFrame({ operation: 'request', sender: someone, senderMac: OTHER_MAC, target: '10.0.0.5' }),
    arpFrame({ operation: 'reply', sender: someone, senderMac: OTHER_MAC, target: '10.0.0.5', to: OUR_MAC }),
    frame(OUR_MAC, SERVER_MAC, 0x0800, ipPacket({ source: someone, destination: '10.0.0.5' }, 6, Buffer.alloc(20))),
    frame(
      OUR_MAC,
      SERVER_MAC,
      0x0800,
      udpPacket({
        source: someone,
        destination: '10.0.0.5',
        sourcePort: 67,
        destinationPort: 68,
        data: r.bytes(r.below(40)),
      }),
    ),
  ];
  if (seen) {
    seeds.push(...[2, 5, 6].map((type) => dhcpFrame(seen, type, { lease: r.below(400) })));
  }
  const bytes = Buffer.from(r.pick(seeds));
  for (let changes = r.below(4); changes > 0; changes--) {
    bytes[r.below(bytes.length)] = r.below(256);
  }
  return r.below(10) ? bytes : bytes.subarray(0, r.below(bytes.length));
}

/** @throws with the number of the input that did it */
export function fuzzEthernetBlock(seed: number, block: number): Reached {
  const r = random((Math.imul(seed, 0x9e3779b1) ^ Math.imul(block, 0x85ebca6b)) | 0);
  const cable = new Cable(NEIGHBOURS);
  const { link } = cable;
  const reached: Reached = { packets: 0, bound: 0, conflicts: 0, badArp: 0, badDhcp: 0 };
  let i = 0;
  let bytes: Buffer = Buffer.alloc(0);
  try {
    dhcpServer(cable, { lease: 600 });
    cable.carrier(true);
    // Blocks meet the interface in all stages of its way to an address.
    cable.pass(r.below(4000));
    for (; i < BLOCK; i++) {
      const someone = `10.0.0.${r.below(12)}`;
      bytes = input(r, cable, someone);
      const before = cable.sent.length;
      cable.input(bytes);
      assert.ok(cable.sent.length - before <= MOST_FRAMES, `${cable.sent.length - before} frames come of it`);
      reached.packets += cable.packets.length;
      cable.packets.length = 0;
      if (!r.below(20)) {
        const buf = new Uint8Array(40);
        buf.set(ipPacket({ source: '10.0.0.5', destination: someone }, 17, Buffer.alloc(4)), 16);
        ethernetOutput(link, buf, 16, 40, cable.clock.nowMs);
      }
      if (!r.below(50)) {
        cable.pass(r.below(20000));
      }
      if (!r.below(2000)) {
        cable.carrier(!link._up);
      }
      reached.bound += link._address ? 1 : 0;
      if (cable.sent.length > 100) {
        cable.sent.splice(0, 90);
      }
      assert.is(link._neighbours.length, NEIGHBOURS);
      assert.ok(link._dns.length <= 2);
    }
    cable.carrier(false);
    cable.carrier(true);
    cable.pass(200000);
    assert.ok(link._address, `no address: ${cable.events.slice(-5).join(', ')}`);
  } catch (error) {
    const what = `target ethernet, seed ${seed}, block ${block} (from ${block * BLOCK}), input ${i}`;
    throw new Error(`${what}: ${bytes.toString('hex')}\n${(error as Error).stack}`);
  }
  const { conflicts, badArp, badDhcp } = link._stats;
  return Object.assign(reached, { conflicts, badArp, badDhcp });
}
