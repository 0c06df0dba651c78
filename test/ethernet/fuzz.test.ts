/**
 * Mutated frames at the door of an interface that goes through its life meanwhile: it must not throw, not grow, not stop,
 * and still work afterwards. FUZZ=10000000 npm test -- ethernet/fuzz runs more of them.
 */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ethernetOutput } from '../../modules/ethernet/link';
import { Cable, OTHER_MAC, OUR_MAC, SERVER_MAC, arpFrame, dhcpFrame, dhcpServer, frame } from '../helpers/ethernet';
import { ipPacket, udpPacket } from '../helpers/packets';
import { random } from '../helpers/random';

const ROUNDS = Number(process.env.FUZZ) || 40000;

test(`${ROUNDS} mutated frames of ARP, DHCP and IP`, () => {
  const rng = random(Number(process.env.FUZZ_SEED) || 6);
  const cable = new Cable(4);
  const { link } = cable;
  const reached = { conflicts: 0, packets: 0, bound: 0 };
  dhcpServer(cable, { lease: 600 });
  cable.carrier(true);
  for (let i = 0; i < ROUNDS; i++) {
    const seen = cable.sent.filter(({ xid }) => xid).pop();
    const someone = `10.0.0.${rng.below(12)}`;
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
          data: rng.bytes(rng.below(40)),
        }),
      ),
    ];
    if (seen) {
      seeds.push(...[2, 5, 6].map((type) => dhcpFrame(seen, type, { lease: rng.below(400) })));
    }
    const bytes = Buffer.from(rng.pick(seeds));
    for (let changes = rng.below(4); changes > 0; changes--) {
      bytes[rng.below(bytes.length)] = rng.below(256);
    }
    const before = cable.packets.length;
    cable.input(rng.below(10) ? bytes : bytes.subarray(0, rng.below(bytes.length)));
    reached.packets += cable.packets.length - before;
    cable.packets.length = 0;
    if (!rng.below(20)) {
      const buf = new Uint8Array(40);
      buf.set(ipPacket({ source: '10.0.0.5', destination: someone }, 17, Buffer.alloc(4)), 16);
      ethernetOutput(link, buf, 16, 40, cable.clock.nowMs);
    }
    if (!rng.below(50)) {
      cable.pass(rng.below(20000));
    }
    if (!rng.below(5000)) {
      cable.carrier(!link._up);
    }
    reached.bound += link._address ? 1 : 0;
    if (cable.sent.length > 100) {
      cable.sent.splice(0, 90);
    }
    assert.is(link._neighbours.length, 4);
    assert.ok(link._dns.length <= 2);
  }
  reached.conflicts = link._stats.conflicts;
  for (const [what, count] of Object.entries({
    ...reached,
    badDhcp: link._stats.badDhcp,
    badArp: link._stats.badArp,
  })) {
    assert.ok(count > ROUNDS / 20000, `${what}: only ${count}`);
  }
  // And it lives.
  cable.carrier(false);
  cable.carrier(true);
  cable.pass(200000);
  assert.ok(link._address, cable.events.slice(-5).join(', '));
});

test.run();
