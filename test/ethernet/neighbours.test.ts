/** ARP: who is asked, who is learned, and what waits meanwhile. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ethernetConfigure, ethernetOutput } from '../../modules/ethernet/link';
import { ip } from '../helpers/bytes';
import { ALL, Cable, OTHER_MAC, OUR_MAC, SERVER_MAC, arpFrame } from '../helpers/ethernet';
import { ipPacket } from '../helpers/packets';

const OURS = '10.0.0.5';
const PEER = '10.0.0.7';

/** An interface with a static address that has been probed and announced. */
function up(neighbours = 4): Cable {
  const cable = new Cable(neighbours);
  ethernetConfigure(cable.link, { _address: ip(OURS), _mask: ip('255.255.255.0'), _gateway: ip('10.0.0.1') }, 0);
  cable.carrier(true);
  cable.pass(10000);
  cable.take();
  return cable;
}

function send(cable: Cable, destination: string, mark = 0): boolean {
  const packet = ipPacket({ source: OURS, destination }, 17, Buffer.from([mark, 1, 2, 3]));
  const buf = new Uint8Array(16 + packet.length);
  buf.set(packet, 16);
  return ethernetOutput(cable.link, buf, 16, 16 + packet.length, cable.clock.nowMs);
}

function reply(from: string, mac = OTHER_MAC): Buffer {
  return arpFrame({ operation: 'reply', sender: from, senderMac: mac, target: OURS, targetMac: OUR_MAC, to: OUR_MAC });
}

function request(from: string, target = OURS, mac = OTHER_MAC): Buffer {
  return arpFrame({ operation: 'request', sender: from, senderMac: mac, target });
}

test('a packet waits for the answer, and goes to who has given it', () => {
  const cable = up();
  assert.ok(send(cable, PEER));
  const [asked] = cable.sent;
  assert.equal([asked.what, asked.to, asked.from], [`arp request ${PEER} from ${OURS}`, ALL, OUR_MAC]);
  cable.take();
  cable.input(reply(PEER));
  assert.is(cable.sent.length, 1);
  assert.equal([cable.sent[0].what, cable.sent[0].to], [`ip ${OURS} > ${PEER}`, OTHER_MAC]);
  cable.take();
  send(cable, PEER, 9);
  assert.equal([cable.sent[0].to, cable.sent[0].payload[20]], [OTHER_MAC, 9]);
});

test('only the latest packet waits, and what gave way is counted', () => {
  const cable = up();
  [1, 2, 3].forEach((mark) => send(cable, PEER, mark));
  assert.equal(cable.take(), [`arp request ${PEER} from ${OURS}`]);
  cable.input(reply(PEER));
  assert.equal([cable.sent.length, cable.sent[0].payload[20]], [1, 3]);
  assert.is(cable.link._stats.unsent, 2);
});

test('who does not answer is asked three times, a second apart, and then given up', () => {
  const cable = up();
  const start = cable.clock.nowMs;
  send(cable, PEER);
  cable.pass(10000);
  assert.equal(
    cable.sent.map(({ what, atMs }) => [what, atMs - start]),
    [0, 1000, 2000].map((atMs) => [`arp request ${PEER} from ${OURS}`, atMs]),
  );
  assert.equal([cable.link._stats.arpUnanswered, cable.link._stats.unsent], [1, 1]);
  cable.take();
  cable.input(reply(PEER));
  assert.equal(cable.take(), [], 'an answer that nobody waits for any more teaches nothing');
  send(cable, PEER);
  assert.equal(cable.take(), [`arp request ${PEER} from ${OURS}`]);
});

test('a station that asks for us is answered and known', () => {
  const cable = up();
  cable.input(request(PEER));
  assert.equal([cable.sent[0].what, cable.sent[0].to], [`arp reply ${OURS}`, OTHER_MAC]);
  assert.is(cable.sent[0].payload.subarray(18, 24).toString('hex'), '020000000099');
  cable.take();
  send(cable, PEER);
  assert.equal(cable.sent[0].to, OTHER_MAC);
});

test('who asks for others is neither answered nor learned, unless known', () => {
  const cable = up();
  cable.input(request(PEER, '10.0.0.9'));
  send(cable, PEER);
  assert.equal(cable.take(), [`arp request ${PEER} from ${OURS}`]);
  cable.input(reply(PEER));
  cable.take();
  // RFC 826: whatever it asks, its own address is the news.
  cable.input(request(PEER, '10.0.0.9', SERVER_MAC));
  assert.equal(cable.take(), []);
  send(cable, PEER);
  assert.is(cable.sent[0].to, SERVER_MAC);
});

test('a probe for our address is answered, and its sender 0.0.0.0 not learned', () => {
  const cable = up();
  cable.input(request('0.0.0.0'));
  assert.equal(cable.take(), [`arp reply ${OURS}`]);
  assert.is(cable.link._neighbours.filter(({ _state }) => _state).length, 0);
});

test('after a minute a neighbour is asked by name, and while it is silent packets still go to it', () => {
  const cable = up();
  cable.input(request(PEER));
  cable.take();
  cable.pass(60000);
  assert.equal(cable.take(), [], 'not as long as nothing is sent');
  send(cable, PEER);
  assert.equal([cable.sent[0].what, cable.sent[0].to], [`ip ${OURS} > ${PEER}`, OTHER_MAC]);
  assert.equal([cable.sent[1].what, cable.sent[1].to], [`arp request ${PEER} from ${OURS}`, OTHER_MAC]);
  cable.take();
  cable.input(reply(PEER));
  send(cable, PEER);
  assert.equal(cable.take(), [`ip ${OURS} > ${PEER}`], 'it has answered');
});

test('one that has gone is asked three times by name, then everybody', () => {
  const cable = up();
  cable.input(request(PEER));
  cable.pass(60000);
  cable.take();
  for (let i = 0; i < 5; i++) {
    send(cable, PEER);
    cable.pass(1000);
  }
  assert.equal(
    cable.sent.filter(({ type }) => type === 0x0806).map(({ to }) => to),
    [OTHER_MAC, OTHER_MAC, OTHER_MAC, ALL, ALL, ALL],
  );
  cable.input(reply(PEER, SERVER_MAC));
  assert.is(cable.sent[cable.sent.length - 1].to, SERVER_MAC, 'its successor gets what waited');
});

test('the table is bounded: the one used longest ago gives way', () => {
  const cable = up(3);
  for (const last of [11, 12, 13]) {
    cable.input(request(`10.0.0.${last}`));
    cable.pass(10);
  }
  send(cable, '10.0.0.11');
  cable.pass(10);
  cable.take();
  cable.input(request('10.0.0.14'));
  cable.take();
  assert.equal(cable.link._neighbours.map(({ _address }) => _address & 255).sort(), [11, 13, 14]);
  assert.is(cable.link._neighbours.length, 3);
});

test('ten thousand stations fill the table and nothing else', () => {
  const cable = up(3);
  for (let i = 0; i < 10000; i++) {
    cable.input(request(`10.0.${i >> 8}.${i & 255 || 1}`));
    send(cable, `10.0.0.${(i % 200) + 20}`);
    if (i % 100 === 0) {
      cable.pass(20);
      cable.take();
    }
  }
  assert.is(cable.link._neighbours.length, 3);
});

test('what is not in our network goes to the gateway, what is for all to all', () => {
  const cable = up();
  cable.input(request('10.0.0.1', OURS, SERVER_MAC));
  cable.take();
  const to: [string, string][] = [
    ['192.0.2.1', SERVER_MAC],
    ['10.0.1.255', SERVER_MAC],
    ['10.0.0.255', ALL],
    ['255.255.255.255', ALL],
    ['224.0.0.251', '01:00:5e:00:00:fb'],
    ['239.255.255.250', '01:00:5e:7f:ff:fa'],
  ];
  for (const [address, mac] of to) {
    assert.ok(send(cable, address));
    assert.is(cable.sent[0].to, mac, address);
    cable.take();
  }
});

test('a network of two has no address for all', () => {
  const cable = new Cable();
  ethernetConfigure(cable.link, { _address: ip('10.0.0.4'), _mask: ip('255.255.255.254'), _gateway: 0 }, 0);
  cable.carrier(true);
  cable.pass(10000);
  cable.take();
  send(cable, '10.0.0.5');
  assert.equal(cable.take(), ['arp request 10.0.0.5 from 10.0.0.4']);
  assert.not.ok(send(cable, '10.0.0.6'), 'and without a gateway nothing leads elsewhere');
  assert.equal([cable.take(), cable.link._stats.unsent], [[], 1]);
});

test('malformed ARP is dropped and counted', () => {
  const cable = up();
  const good = request(PEER);
  for (let length = 14; length < 42; length++) {
    cable.input(good.subarray(0, length));
  }
  assert.equal([cable.take(), cable.link._stats.badArp], [[], 28]);
  for (let length = 0; length < 14; length++) {
    cable.input(good.subarray(0, length));
  }
  assert.is(cable.link._stats.badFrames, 14);
});

test.run();
