/** Nothing that comes from a board may throw, hang or grow: the gateway serves the next one as if nothing had been. */

import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createEncoder, encodeFrame } from '../../../modules/ppp/encoder';
import { formatIpv4 } from '../../../modules/wire/addr';
import { mulberry32 } from '../../../scripts/lines/corrupt';
import { icmpPacket, ipPacket, tcpPacket, udpPacket } from '../../helpers/packets';
import { until } from '../lines/streams';
import { fetchBody, GATEWAY, Rig, serveHttp, withRig, within } from './rig';

const random = mulberry32(11);
const below = (limit: number): number => Math.floor(random() * limit);
const pick = <T>(list: T[]): T => list[below(list.length)];

const PROTOCOLS = [0x0021, 0x8021, 0xc021, 0xc023, 0xc223, 0x8057, 0x80fd, 0x0057, 0x00ff, 0xffff];

/** A frame with a good FCS: a control packet that makes some sense, or none. */
function frame(): Uint8Array {
  let frame: Uint8Array = new Uint8Array(0);
  const encoder = createEncoder({ _write: (bytes) => (frame = bytes) }, { txBytes: 0 }, 1600);
  const packet = new Uint8Array(4 + 2 * below(random() < 0.9 ? 30 : 700));
  for (let i = 0; i < packet.length; i++) {
    packet[i] = below(256);
  }
  packet[0] = below(14);
  packet[1] = below(4);
  packet[2] = 0;
  packet[3] = random() < 0.8 ? packet.length : packet[3];
  // Options of plausible types and lengths.
  for (let at = 4; at + 2 < packet.length && random() < 0.9;) {
    packet[at] = pick([1, 2, 3, 4, 5, 7, 8, 13, 129, 131]);
    packet[at + 1] = pick([2, 4, 6, 0, 1, 255]);
    at += Math.max(2, packet[at + 1]);
  }
  encodeFrame(encoder, true, pick(PROTOCOLS), packet, 0, packet.length, 0);
  return frame;
}

/** The line has taken everything. */
async function drained({ stream }: Rig): Promise<void> {
  while (stream.writableLength > 0) {
    await turn();
  }
}

async function stillServes(rig: Rig): Promise<void> {
  const server = await serveHttp(20000);
  assert.ok((await within(fetchBody(rig.network, GATEWAY, server.port))).equals(server.page));
  server.close();
}

test('random bytes, then a link', async () => {
  const rig = new Rig();
  for (let i = 0; i < 200; i++) {
    rig.stream.write(randomBytes(1 + below(2000)));
    await turn();
  }
  assert.is(await within(rig.connect()), null);
  await stillServes(rig);
  await rig.close();
});

for (const auth of ['none', 'pap', 'chap'] as const) {
  test(`20,000 good frames of nonsense, ${auth}; then a link`, async () => {
    const secret = auth === 'none' ? {} : { user: 'a', key: 'b' };
    const rig = new Rig({ gateway: { auth, ...secret } });
    for (let i = 0; i < 20000; i++) {
      rig.stream.write(frame());
      if (i % 100 === 0) {
        await drained(rig);
      }
    }
    // What the gateway says to that is not for the stack.
    rig.stream.read();
    let error = await within(rig.connect(secret));
    if (error) {
      // It may have been in the middle of ending a link of nonsense.
      error = await within(rig.connect(secret));
    }
    assert.is(error, null);
    await stillServes(rig);
    await rig.close();
  });
}

test('nonsense in the middle of a link costs at most the link', async () => {
  const rig = new Rig();
  for (let round = 0; round < 6; round++) {
    assert.is(await within(rig.connect()), null, `round ${round}`);
    for (let i = 0; i < 100; i++) {
      rig.stream.write(frame());
    }
    await turn();
    await rig.disconnect();
    await turn();
  }
  assert.is(await within(rig.connect()), null);
  await stillServes(rig);
  await rig.close();
});

test('IP packets with good checksums and bad manners', () =>
  withRig({ gateway: {}, substitutes: { pingProgram: 'true' } }, async (rig) => {
    const [netif] = rig.network.host._stack._netifs;
    const board = formatIpv4(netif._address);
    // Nobody but this computer, at ports where nothing listens, and a network that is none (RFC 5737).
    const others = [GATEWAY, '127.0.0.1', '0.0.0.0', '255.255.255.255', '224.0.0.251', '192.168.64.2'];
    let mostTcp = 0;
    for (let i = 0; i < 30000; i++) {
      const source = random() < 0.9 ? board : pick(others);
      let destination = pick(others);
      const kind = pick(['tcp', 'udp', 'icmp', 'other']);
      const data = randomBytes(below(random() < 0.9 ? 52 : 1392));
      const [sourcePort, to] = [below(random() < 0.9 ? 4 : 65536), below(20)];
      let packet: Buffer;
      if (kind === 'udp') {
        const destinationPort = random() < 0.3 ? 53 : to;
        packet = udpPacket({ source, destination, sourcePort, destinationPort, data });
      } else if (kind === 'icmp') {
        destination = random() < 0.01 ? '192.0.2.1' : destination;
        packet = icmpPacket({ source, destination, type: pick([8, 0, 3, 5]), rest: randomBytes(4), data });
      } else if (kind === 'tcp') {
        packet = tcpPacket({
          source,
          destination,
          sourcePort,
          destinationPort: to,
          seq: below(2 ** 32),
          ack: below(2 ** 32),
          flags: random() < 0.3 ? 'S' : pick(['', 'A', 'F', 'R', 'SA', 'FA', 'RA', 'SF', 'SR', 'FSRPAU']),
          window: below(65536),
          mss: pick([0, 1, 536, 65535]),
          data,
        });
      } else {
        packet = ipPacket({ source, destination }, 47, data);
      }
      netif._output(Uint8Array.from(packet), 0, packet.length);
      if (i % 50 === 0) {
        await drained(rig);
        mostTcp = Math.max(mostTcp, rig.gateway.held.tcp);
        assert.ok(rig.gateway.held.tcp <= 256 && rig.gateway.held.udp <= 64);
      }
    }
    const { tcpFailed, refused, udpDatagrams, dnsMalformed, echoes } = rig.gateway.stats;
    assert.ok(tcpFailed > 20 && refused > 1000 && udpDatagrams > 100 && dnsMalformed > 100 && echoes > 1);
    await until(() => rig.gateway.held.tcp === 0);
    await stillServes(rig);
  }));

test.run();
