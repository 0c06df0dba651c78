/** RFC 5227: an address is probed, announced and defended. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ethernetConfigure } from '../../modules/ethernet/link';
import { ip } from '../helpers/bytes';
import { Cable, OTHER_MAC, OUR_MAC, arpFrame, dhcpServer } from '../helpers/ethernet';

const OURS = '10.0.0.5';
const UP = 'up 10.0.0.5/255.255.255.0 via 0.0.0.0 dns';

function begin(): Cable {
  const cable = new Cable();
  ethernetConfigure(cable.link, { _address: ip(OURS), _mask: ip('255.255.255.0'), _gateway: 0 }, 0);
  cable.carrier(true);
  return cable;
}

function up(): Cable {
  const cable = begin();
  cable.pass(10000);
  cable.take();
  cable.events.length = 0;
  return cable;
}

function claim(sender = OURS, operation: 'request' | 'reply' = 'reply', target = OURS, senderMac = OTHER_MAC): Buffer {
  return arpFrame({ operation, sender, senderMac, target });
}

test('three probes, then the address is used and announced twice', () => {
  const cable = begin();
  const start = cable.clock.nowMs;
  cable.pass(10000);
  assert.equal(
    cable.sent.map(({ what }) => what),
    [...Array(3).fill(`arp probe ${OURS}`), ...Array(2).fill(`arp announce ${OURS}`)],
  );
  const at = cable.sent.map(({ atMs }) => atMs - start);
  assert.ok(at[0] >= 0 && at[0] < 200, `the first after ${at[0]} ms`);
  for (const i of [1, 2]) {
    assert.ok(at[i] - at[i - 1] >= 200 && at[i] - at[i - 1] < 400, `${at}`);
  }
  assert.equal([at[3] - at[2], at[4] - at[3]], [400, 2000]);
  assert.equal(cable.events, [UP]);
});

const SEEN: [string, () => Buffer, boolean][] = [
  ['an answer', () => claim(), true],
  ['a request from it', () => claim(OURS, 'request', '10.0.0.9'), true],
  ['another’s probe for it', () => claim('0.0.0.0', 'request'), true],
  ['another’s probe for another', () => claim('0.0.0.0', 'request', '10.0.0.9'), false],
  ['a reply with no sender', () => claim('0.0.0.0', 'reply'), false],
  ['a request for it from elsewhere', () => claim('10.0.0.9', 'request'), false],
  ['our own probe, come back', () => claim('0.0.0.0', 'request', OURS, OUR_MAC), false],
  ['our own announcement, come back', () => claim(OURS, 'request', OURS, OUR_MAC), false],
];

for (const [what, frame, conflict] of SEEN) {
  test(`while probing, ${what} is ${conflict ? 'a' : 'no'} conflict`, () => {
    const cable = begin();
    cable.pass(300);
    cable.input(frame());
    cable.pass(5000);
    assert.equal(cable.events, conflict ? ['failed address-conflict'] : [UP]);
  });
}

test('a static address that is another’s is tried again after a minute', () => {
  const cable = begin();
  cable.pass(300);
  cable.input(claim());
  cable.take();
  cable.pass(59000);
  assert.equal(cable.take(), []);
  cable.pass(5000);
  assert.equal(cable.events, ['failed address-conflict', UP]);
});

test('an address in use is defended once', () => {
  const cable = up();
  cable.input(claim());
  assert.equal([cable.take(), cable.events], [[`arp announce ${OURS}`], []]);
  cable.pass(10001);
  cable.input(claim());
  assert.equal([cable.take(), cable.events], [[`arp announce ${OURS}`], []], 'ten seconds later once more');
  cable.pass(9000);
  cable.input(claim());
  assert.equal([cable.take(), cable.events], [[], ['failed address-conflict', 'lost']], 'but not twice in ten');
  assert.is(cable.link._stats.conflicts, 3);
});

test('two that defend the same address do not do it for ever', () => {
  const cable = up();
  cable.answer = (seen) => (seen.what === `arp announce ${OURS}` ? [claim(OURS, 'request')] : []);
  cable.input(claim());
  cable.pass(5000);
  assert.equal(cable.take(), [`arp announce ${OURS}`]);
  assert.equal(cable.events, ['failed address-conflict', 'lost']);
});

test('an address from DHCP that is another’s is declined, and another asked for ten seconds later', () => {
  const cable = new Cable();
  const settings = dhcpServer(cable);
  const serve = cable.answer!;
  cable.answer = (seen) => (seen.what === `arp probe ${OURS}` ? [claim()] : serve(seen));
  cable.carrier(true);
  cable.pass(2000);
  const declined = cable.last('decline');
  assert.equal(
    [declined.to, [...declined.dhcp.get(50)!], [...declined.dhcp.get(54)!], declined.client],
    ['ff:ff:ff:ff:ff:ff', [10, 0, 0, 5], [10, 0, 0, 1], '0.0.0.0'],
  );
  assert.equal(cable.events, ['failed address-conflict']);
  cable.take();
  settings.address = '10.0.0.6';
  cable.pass(7000);
  assert.equal(cable.take(), []);
  cable.pass(5000);
  assert.equal(cable.events.slice(1), ['up 10.0.0.6/255.255.255.0 via 10.0.0.1 dns 10.0.0.53']);
});

test('after ten conflicts there is one try a minute', () => {
  const cable = new Cable();
  dhcpServer(cable);
  const serve = cable.answer!;
  cable.answer = (seen) => (seen.what === `arp probe ${OURS}` ? [claim()] : serve(seen));
  cable.carrier(true);
  cable.pass(600000);
  const declines = cable.sent.filter(({ what }) => what === 'decline').map(({ atMs }) => atMs);
  assert.ok(declines.length > 12, `${declines.length} declines`);
  for (let i = 11; i < declines.length; i++) {
    assert.ok(declines[i] - declines[i - 1] >= 60000, `${declines[i] - declines[i - 1]} ms`);
  }
});

test.run();
