/** The DHCP client, as a script of messages against time. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ethernetClose, ethernetConfigure, ethernetDhcp } from '../../modules/ethernet/link';
import {
  ALL,
  Cable,
  OTHER_MAC,
  OUR_MAC,
  SERVER_MAC,
  dhcpFrame,
  dhcpMessage,
  dhcpServer,
  frame,
  seconds,
  type Seen,
  type ServerSettings,
} from '../helpers/ethernet';
import { udpPacket } from '../helpers/packets';

const UP = 'up 10.0.0.5/255.255.255.0 via 10.0.0.1 dns 10.0.0.53';

function bound(settings: Partial<ServerSettings> = {}): { cable: Cable; settings: Partial<ServerSettings> } {
  const cable = new Cable();
  dhcpServer(cable, settings);
  cable.carrier(true);
  cable.pass(5000);
  return { cable, settings };
}

/** What of DHCP was sent, and when since `startMs`. */
function messages(cable: Cable, startMs: number): [string, number][] {
  return cable.sent.filter(({ xid }) => xid).map(({ what, atMs }) => [what, atMs - startMs]);
}

test('discover, offer, request, ack, probes: the address is there within two seconds', () => {
  const cable = new Cable();
  dhcpServer(cable);
  cable.carrier(true);
  const start = cable.clock.nowMs;
  assert.ok(cable.clock.run(() => cable.events.length > 0, start + 2000));
  assert.equal(cable.events, [UP]);
  const [discover, request] = cable.sent;
  assert.equal([discover.what, discover.to, discover.atMs - start], ['discover', ALL, 0]);
  assert.is(discover.dhcp.get(12)!.toString(), 'board');
  assert.equal([...discover.dhcp.get(55)!], [1, 3, 6]);
  assert.equal([request.what, request.to, request.client, request.xid], ['request', ALL, '0.0.0.0', discover.xid]);
  assert.equal(
    [[...request.dhcp.get(50)!], [...request.dhcp.get(54)!]],
    [
      [10, 0, 0, 5],
      [10, 0, 0, 1],
    ],
  );
  assert.is(request.dhcp.get(12)!.toString(), 'board');
  assert.equal(cable.take().slice(2, 5), Array(3).fill('arp probe 10.0.0.5'));
});

test('without a name there is no option for it', () => {
  const cable = new Cable();
  cable.hostName = '';
  cable.carrier(true);
  cable.pass(10);
  assert.not.ok(cable.sent[0].dhcp.has(12));
});

test('nobody answers: 2, 4, 8 ... 64 seconds, half a second more or less, for ever; and the user is told once', () => {
  const cable = new Cable();
  cable.carrier(true);
  cable.pass(600000);
  const at = cable.sent.map(({ atMs }) => atMs);
  const gaps = at.slice(1).map((atMs, i) => (atMs - at[i]) / 1000);
  [2, 4, 8, 16, 32, 64, 64, 64].forEach((gap, i) =>
    assert.ok(Math.abs(gaps[i] - gap) <= 0.5, `gap ${i}: ${gaps[i]} s`),
  );
  assert.equal(cable.events, ['failed no-answer']);
  assert.is(new Set(cable.sent.map(({ xid }) => xid)).size, 1);
});

test('an answer after long silence still counts', () => {
  const cable = new Cable();
  cable.carrier(true);
  cable.pass(100000);
  dhcpServer(cable);
  cable.pass(70000);
  assert.equal(cable.events, ['failed no-answer', UP]);
});

test('a server that offers and then falls silent: four requests, then from the beginning', () => {
  const cable = new Cable();
  cable.answer = (seen) => (seen.what === 'discover' ? [dhcpFrame(seen, 2)] : []);
  cable.carrier(true);
  cable.pass(35000);
  assert.equal(cable.sent.map(({ what }) => what).slice(0, 6), [
    'discover',
    'request',
    'request',
    'request',
    'request',
    'discover',
  ]);
  assert.is.not(cable.sent[5].xid, cable.sent[0].xid);
});

test('the lease is renewed at its half, from the address, by the server alone', () => {
  const { cable, settings } = bound({ lease: 1000 });
  const request = cable.last('request');
  const askedMs = request.atMs;
  cable.take();
  settings.dns = ['10.0.0.54'];
  cable.pass(496000);
  const renewal = cable.last('request');
  assert.equal(messages(cable, askedMs), [['request', 500000]]);
  assert.equal([renewal.to, renewal.client], [SERVER_MAC, '10.0.0.5']);
  assert.not.ok(renewal.dhcp.has(50) || renewal.dhcp.has(54), 'RFC 2131 table 4');
  assert.equal(
    cable.events,
    [UP, 'up 10.0.0.5/255.255.255.0 via 10.0.0.1 dns 10.0.0.54'],
    'and what it says is heeded',
  );
  assert.not.ok(cable.take().includes('arp probe 10.0.0.5'), 'without another probe');
  cable.pass(500000);
  assert.equal(messages(cable, renewal.atMs), [['request', 500000]], 'half of the new lease');
});

test('a server that is gone: renewing, rebinding with everybody, and the end of the lease', () => {
  const { cable } = bound({ lease: 1000 });
  const askedMs = cable.last('request').atMs;
  cable.take();
  cable.answer = null;
  cable.pass(1200000);
  const of = cable.sent.filter(({ xid }) => xid);
  assert.equal(
    of.slice(0, 6).map(({ what, to, client, atMs }) => [what, to, client, atMs - askedMs]),
    [
      ['request', SERVER_MAC, '10.0.0.5', 500000],
      ['request', SERVER_MAC, '10.0.0.5', 687500],
      ['request', SERVER_MAC, '10.0.0.5', 781250],
      // Half of what is left is less than a minute: the least.
      ['request', SERVER_MAC, '10.0.0.5', 841250],
      ['request', ALL, '10.0.0.5', 875000],
      ['request', ALL, '10.0.0.5', 937500],
    ],
  );
  assert.equal([of[7].what, of[7].atMs - askedMs], ['discover', 1000000]);
  assert.equal(cable.events, [UP, 'lost', 'failed no-answer']);
});

test('another server can prolong the lease while rebinding', () => {
  const { cable, settings } = bound({ lease: 1000 });
  const serve = cable.answer!;
  cable.answer = (seen) => (seen.to === ALL ? serve(seen) : []);
  settings.server = '10.0.0.2';
  cable.take();
  cable.pass(890000);
  assert.equal(cable.events, [UP, UP]);
  assert.is(cable.link._reply!._server & 255, 2);
});

test('T1 and T2 as the server says, when they make sense', () => {
  const more: [number, Buffer][] = [
    [58, seconds(100)],
    [59, seconds(200)],
  ];
  const { cable } = bound({ lease: 1000, more });
  const askedMs = cable.last('request').atMs;
  cable.answer = null;
  cable.take();
  cable.pass(210000);
  assert.equal(
    cable.sent.filter(({ xid }) => xid).map(({ to, atMs }) => [to, atMs - askedMs]),
    [
      [SERVER_MAC, 100000],
      [SERVER_MAC, 160000],
      [ALL, 200000],
    ],
  );
  const odd = bound({
    lease: 1000,
    more: [
      [58, seconds(900)],
      [59, seconds(100)],
    ],
  }).cable;
  assert.equal(odd.link._t1AtMs - odd.link._askedAtMs, 500000);
});

test('a lease for ever is never renewed', () => {
  const { cable } = bound({ lease: 0xffffffff });
  cable.take();
  cable.pass(100 * 86400000);
  assert.equal([messages(cable, 0), cable.events], [[], [UP]]);
});

test('a refusal while renewing takes the address away, and a new one is asked for', () => {
  const { cable, settings } = bound({ lease: 1000 });
  settings.nak = true;
  cable.pass(496000);
  assert.is(cable.events[1], 'lost');
  settings.nak = false;
  settings.address = '10.0.0.8';
  cable.pass(10000);
  assert.is(cable.events[2], 'up 10.0.0.8/255.255.255.0 via 10.0.0.1 dns 10.0.0.53');
});

test('a server that offers and refuses for ever is not asked in a circle', () => {
  const cable = new Cable();
  dhcpServer(cable, { nak: true });
  cable.carrier(true);
  cable.pass(600000);
  const discovers = cable.sent.filter(({ what }) => what === 'discover').length;
  assert.ok(discovers > 10 && discovers < 40, `${discovers} in ten minutes`);
});

test('the cable out and in: the same address is asked for, and kept', () => {
  const { cable } = bound();
  cable.take();
  cable.carrier(false);
  assert.equal(cable.events.splice(0), [UP, 'down']);
  cable.pass(20000);
  assert.equal(cable.take(), []);
  cable.carrier(true);
  cable.pass(3000);
  const [request] = cable.sent;
  assert.equal(
    [request.what, request.to, request.client, [...request.dhcp.get(50)!]],
    ['request', ALL, '0.0.0.0', [10, 0, 0, 5]],
  );
  assert.not.ok(request.dhcp.has(54));
  assert.equal(cable.events, [UP]);
});

test('in another network the former address is refused, and one of there is got', () => {
  const { cable } = bound();
  cable.carrier(false);
  cable.events.length = 0;
  const settings = dhcpServer(cable, { nak: true });
  cable.carrier(true);
  cable.pass(100);
  settings.nak = false;
  settings.address = '10.0.0.77';
  cable.pass(4000);
  assert.equal(cable.events, ['up 10.0.0.77/255.255.255.0 via 10.0.0.1 dns 10.0.0.53']);
});

test('nobody remembers the former address: after two requests any is wanted', () => {
  const { cable } = bound();
  cable.carrier(false);
  cable.take();
  cable.answer = null;
  cable.carrier(true);
  cable.pass(10000);
  assert.equal(cable.take(), ['request', 'request', 'discover', 'discover']);
});

test('a lease that ended while the cable was out is not asked for', () => {
  const { cable } = bound({ lease: 100 });
  cable.carrier(false);
  cable.take();
  cable.pass(100000);
  cable.carrier(true);
  cable.pass(10);
  assert.is(cable.sent[0].what, 'discover');
});

test('switched off: the address is given back to its server', () => {
  const { cable } = bound();
  cable.take();
  ethernetClose(cable.link, cable.clock.nowMs);
  const release = cable.last('release');
  assert.equal([release.to, release.client, [...release.dhcp.get(54)!]], [SERVER_MAC, '10.0.0.5', [10, 0, 0, 1]]);
  assert.equal(cable.events, [UP, 'lost']);
  cable.pass(100000);
  assert.is(cable.sent.length, 1);
});

test('a static address in the place of a lease, and back', () => {
  const { cable } = bound();
  cable.take();
  ethernetConfigure(cable.link, { _address: 0x0a000063, _mask: 0xffffff00, _gateway: 0 }, cable.clock.nowMs);
  cable.pass(4000);
  assert.is(cable.take()[0], 'release');
  assert.equal(cable.events.splice(0), [UP, 'lost', 'up 10.0.0.99/255.255.255.0 via 0.0.0.0 dns']);
  ethernetDhcp(cable.link, cable.clock.nowMs);
  cable.pass(4000);
  assert.equal(cable.events, ['lost', UP]);
});

test('asked for DHCP while it has a lease, it renews at once', () => {
  const { cable } = bound();
  cable.take();
  ethernetDhcp(cable.link, cable.clock.nowMs);
  cable.pass(100);
  assert.equal([cable.take(), cable.events], [['request'], [UP, UP]]);
});

/** Frames that must change nothing: made of the client's Discover or Request. */
const LIES: [string, (seen: Seen, type: number) => Buffer][] = [
  ['another xid', (seen, type) => dhcpFrame({ ...seen, xid: seen.xid ^ 1 }, type)],
  ['another client’s MAC address in it', (seen, type) => dhcpFrame({ ...seen, from: OTHER_MAC }, type)],
  ['no lease time', (seen, type) => message(seen, type, [[54, '10.0.0.1']])],
  ['a lease of no time', (seen, type) => dhcpFrame(seen, type, { lease: 0 })],
  ['no server', (seen, type) => message(seen, type, [[51, seconds(100)]])],
  ['no address', (seen, type) => dhcpFrame(seen, type, { address: '0.0.0.0' })],
  ['the address of a group', (seen, type) => dhcpFrame(seen, type, { address: '224.0.0.5' })],
  ['the address 127.0.0.1', (seen, type) => dhcpFrame(seen, type, { address: '127.0.0.1' })],
  ['no message type', (seen) => message(seen, 0, [[54, '10.0.0.1']])],
  ['a type that a server does not send', (seen) => dhcpFrame(seen, 3)],
  ['an option that is longer than the message', (seen, type) => cut(dhcpFrame(seen, type))],
];

function message(seen: Seen, type: number, list: [number, string | Buffer][]): Buffer {
  const data = dhcpMessage({ type, xid: seen.xid, address: '10.0.0.5', options: list });
  return frame(
    OUR_MAC,
    SERVER_MAC,
    0x0800,
    udpPacket({ source: '10.0.0.1', destination: '10.0.0.5', sourcePort: 67, destinationPort: 68, data }),
  );
}

function cut(whole: Buffer): Buffer {
  const data = Buffer.from(whole.subarray(14 + 28, whole.length - 1));
  return frame(
    OUR_MAC,
    SERVER_MAC,
    0x0800,
    udpPacket({
      source: '10.0.0.1',
      destination: '10.0.0.5',
      sourcePort: 67,
      destinationPort: 68,
      data: data.subarray(0, data.length - 2),
    }),
  );
}

for (const [name, lie] of LIES) {
  test(`an offer and an acknowledgement with ${name} are dropped and counted`, () => {
    const cable = new Cable();
    cable.answer = (seen) => (seen.what === 'discover' ? [lie(seen, 2)] : []);
    cable.carrier(true);
    cable.pass(100);
    assert.equal([cable.sent.length, cable.link._stats.badDhcp], [1, 1]);

    const other = new Cable();
    other.answer = (seen) => (seen.what === 'discover' ? [dhcpFrame(seen, 2)] : [lie(seen, 5)]);
    other.carrier(true);
    other.pass(100);
    assert.equal([other.sent.length, other.link._stats.badDhcp], [2, 1]);
    assert.equal(other.events, []);
  });
}

test('an acknowledgement of another server, or for another address, is not ours', () => {
  for (const settings of [{ server: '10.0.0.2' }, { address: '10.0.0.6' }]) {
    const cable = new Cable();
    cable.answer = (seen) => [seen.what === 'discover' ? dhcpFrame(seen, 2) : dhcpFrame(seen, 5, settings)];
    cable.carrier(true);
    cable.pass(100);
    assert.equal([cable.link._stats.badDhcp, cable.events], [1, []]);
  }
});

test('what nobody has asked for is dropped in every state', () => {
  const { cable } = bound();
  const request = cable.last('request');
  for (const type of [2, 5, 6]) {
    cable.input(dhcpFrame(request, type));
  }
  assert.equal([cable.link._stats.badDhcp, cable.events], [3, [UP]]);
});

test('of two servers the first offer is taken', () => {
  const cable = new Cable();
  cable.answer = (seen) =>
    seen.what === 'discover'
      ? [dhcpFrame(seen, 2), dhcpFrame(seen, 2, { server: '10.0.0.2', address: '10.0.0.9' })]
      : seen.what === 'request'
        ? [dhcpFrame(seen, 5)]
        : [];
  cable.carrier(true);
  cable.pass(5000);
  assert.equal(cable.events, [UP]);
});

test('an answer may be broadcast', () => {
  const cable = new Cable();
  cable.answer = (seen) => (seen.xid ? [dhcpFrame(seen, seen.what === 'discover' ? 2 : 5, {}, ALL)] : []);
  cable.carrier(true);
  cable.pass(5000);
  assert.equal(cable.events, [UP]);
});

test('without a mask it is that of the address’s class; without a router and a name server there are none', () => {
  for (const [address, mask] of [
    ['10.0.0.5', '255.0.0.0'],
    ['172.16.0.5', '255.255.0.0'],
    ['192.168.0.5', '255.255.255.0'],
  ]) {
    const { cable } = bound({ address, mask: null });
    assert.equal(cable.events, [`up ${address}/${mask} via 10.0.0.1 dns 10.0.0.53`]);
  }
  const { cable } = bound({ router: '0.0.0.0', dns: [] });
  assert.equal(cable.events, ['up 10.0.0.5/255.255.255.0 via 0.0.0.0 dns']);
});

test('a bad checksum is no DHCP', () => {
  const cable = new Cable();
  cable.answer = (seen) => {
    const bytes = dhcpFrame(seen, 2);
    bytes[bytes.length - 3] ^= 1;
    return [bytes];
  };
  cable.carrier(true);
  cable.pass(100);
  assert.equal([cable.sent.length, cable.link._stats.badDhcp, cable.link._stats.otherFrames], [1, 0, 1]);
});

test.run();
