/** LAN with IPv6, the optional part: its chip lets groups in, addresses come and go with the cable, duplicates are told. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TcpHandler } from '../../modules/inet/tcb';
import { Errno } from '../../modules/inet/tcb';
import { tcpConnect } from '../../modules/inet/tcp';
import { useEthernet6 } from '../../modules/network/ethernet6';
import { hostRearm, useHost } from '../../modules/network/host';
import { useIpv6 } from '../../modules/network/ipv6';
import { LAN, PHY_W5500 } from '../../modules/network/lan';
import { Clock } from '../helpers/clock';
import { OTHER_MAC, OUR_MAC, SERVER_MAC, frame, macBytes, macText } from '../helpers/ethernet';
import { simulatedHost } from '../helpers/host';
import { advertisement, neighbour, prefixOption, text6 } from '../helpers/packets6';
import { W5500Chip, spiOf } from '../helpers/w5500';

/** Of 02:00:00:00:00:02. */
const LOCAL = 'fe80::ff:fe00:2';
const AUTO = '2001:db8::ff:fe00:2';
const ALL_NODES = '33:33:00:00:00:01';
const ROUTER = 'fe80::1';
const from = (mac: string): Buffer => Buffer.concat([Buffer.from([1, 1]), macBytes(mac)]);
const at6 = (mac: string): Buffer => Buffer.concat([Buffer.from([2, 1]), macBytes(mac)]);

class Rig {
  readonly clock = new Clock();
  readonly chip = new W5500Chip();
  readonly sim = simulatedHost(this.clock);
  readonly ipv6 = useIpv6(this.sim.host);
  readonly events: string[] = [];
  readonly nic: InstanceType<typeof LAN>;
  /** As 'MAC address ICMPv6 type source'; of other protocols their number. */
  sent: string[] = [];

  constructor() {
    useEthernet6(this.sim.host, this.ipv6);
    this.sim.host._openSpi = () => spiOf(this.chip, true);
    this.chip.onSend = (bytes) => {
      if (bytes.readUInt16BE(12) === 0x86dd) {
        const next = bytes[20] || bytes[54];
        const at = bytes[20] ? 54 : 62;
        const what = next === 58 ? bytes[at] : `next ${next}`;
        if (what === 135 && text6(bytes.subarray(62, 78)) === ROUTER) {
          const source = text6(bytes.subarray(22, 38));
          const here = neighbour({ source: ROUTER, destination: source, target: ROUTER }, 0xe0000000, at6(SERVER_MAC));
          this.clock.after(1, () => this.chip.feed(frame(OUR_MAC, SERVER_MAC, 0x86dd, here)));
        }
        this.sent.push(`${macText(bytes.subarray(0, 6))} ${what} ${text6(bytes.subarray(22, 38))}`);
      }
    };
    useHost(this.sim.host);
    this.nic = new LAN({ spi: {}, cs: 17, int: 21, phy_type: PHY_W5500, mac: new Uint8Array(macBytes(OUR_MAC)) });
    this.nic.ipconfig({ addr4: '10.0.0.5/24' });
    this.nic.on('addr6', () => this.events.push(`addr6 ${this.states()}`));
    this.nic.on('error', (error?: { reason: string; address?: string; errno: number }) =>
      this.events.push(`${error!.errno} ${error!.reason} ${error!.address}`),
    );
  }

  static up(): Rig {
    const rig = new Rig();
    rig.nic.active(true);
    rig.pass(3000);
    rig.hears(advertisement(ROUTER, [from(SERVER_MAC), prefixOption('2001:db8::', 600, 300)]));
    rig.pass(2000);
    assert.is(rig.states(), `${LOCAL} 30, ${AUTO} 30`);
    rig.events.length = 0;
    rig.sent = [];
    return rig;
  }

  pass(ms: number): void {
    this.clock.runTo(this.clock.nowMs + ms);
  }

  hears(packet: Uint8Array, to = ALL_NODES, mac = SERVER_MAC): void {
    this.chip.feed(frame(to, mac, 0x86dd, packet));
    this.pass(20);
  }

  states(): string {
    return (this.nic.ipconfig('addr6') as [string, number][])
      .map(([address, state]) => `${address} ${state.toString(16)}`)
      .join(', ');
  }

  stat(name: string): number {
    return (this.nic.status('stats') as Record<string, number>)[name];
  }
}

test('up: the group is told of, the address probed, routers asked; an address by an advertisement; down, and nothing', () => {
  const rig = new Rig();
  assert.equal([rig.states(), rig.nic.ipconfig('autoconf6'), rig.nic.ipconfig('has_autoconf6')], ['', true, false]);
  rig.nic.active(true);
  rig.pass(3000);
  assert.is(rig.chip.register(1, 0), 0x04, 'neither addresses nor groups nor IPv6 are filtered');
  assert.ok(rig.sent.includes('33:33:00:00:00:16 143 ::'));
  assert.ok(rig.sent.includes('33:33:ff:00:00:02 135 ::'));
  assert.ok(rig.sent.includes(`33:33:00:00:00:02 133 ${LOCAL}`));
  assert.is(rig.states(), `${LOCAL} 30`);
  rig.hears(advertisement(ROUTER, [from(SERVER_MAC), prefixOption('2001:db8::', 600, 300)]));
  rig.pass(2000);
  assert.equal((rig.nic.ipconfig('addr6') as unknown[])[1], [AUTO, 0x30, 297, 597]);
  assert.ok(rig.nic.ipconfig('has_autoconf6'));
  assert.equal(rig.events, [
    `addr6 ${LOCAL} 8`,
    `addr6 ${LOCAL} 30`,
    `addr6 ${LOCAL} 30, ${AUTO} 8`,
    `addr6 ${LOCAL} 30, ${AUTO} 30`,
  ]);
  rig.nic.active(false);
  assert.is(rig.states(), '');
  assert.is(rig.chip.filtered, 0);
  assert.equal(rig.chip.crimes, []);
});

test('a neighbour who asks for us is answered; frames to other stations are none of ours', () => {
  const rig = Rig.up();
  rig.hears(
    neighbour({ source: 'fe80::9', destination: 'ff02::1:ff00:2', target: AUTO }, undefined, from(OTHER_MAC)),
    '33:33:ff:00:00:02',
    OTHER_MAC,
  );
  assert.equal(rig.sent, [`${OTHER_MAC} 136 ${AUTO}`]);
  const other = rig.stat('otherFrames');
  rig.hears(neighbour({ source: 'fe80::9', destination: AUTO, target: AUTO }), OTHER_MAC, SERVER_MAC);
  assert.is(rig.stat('otherFrames'), other + 1);
  assert.is(rig.sent.length, 1);
});

for (const [name, packet] of [
  ['who has it says so', neighbour({ source: LOCAL, destination: 'ff02::1', target: LOCAL }, 0x20000000)],
  ['somebody else wants it', neighbour({ source: '::', destination: 'ff02::1:ff00:2', target: LOCAL })],
] as const) {
  test(`a duplicate address is told as an error, and not used: ${name}`, () => {
    const rig = new Rig();
    rig.nic.active(true);
    rig.pass(700);
    rig.hears(packet, '33:33:ff:00:00:02', OTHER_MAC);
    rig.pass(5000);
    assert.is(rig.states(), `${LOCAL} 40`);
    assert.equal(rig.events.slice(1), [`addr6 ${LOCAL} 40`, `98 address-conflict ${LOCAL}`]);
    assert.is(rig.stat('conflicts'), 1);
    assert.not.ok(rig.sent.some((one) => one.endsWith(LOCAL)));
    // IPv4 goes on.
    assert.ok(rig.nic.isconnected());
  });
}

const handler = (closed: (errno: number) => void): TcpHandler => ({
  _connected: () => {},
  _data: () => {},
  _ended: () => {},
  _writable: () => {},
  _closed: (_tcb, errno) => closed(errno),
});

test('the cable out and in: addresses and connections are kept, probed again, and advertised anew', () => {
  const rig = Rig.up();
  const errors: number[] = [];
  tcpConnect(rig.sim.host._stack, '2001:db8:9::9', 80, handler((errno) => errors.push(errno)), rig.clock.nowMs); // prettier-ignore
  rig.pass(50);
  assert.equal(rig.sent, [`${SERVER_MAC} next 6 ${AUTO}`]);
  rig.chip.phy = 0;
  rig.pass(1000);
  assert.is(rig.ipv6._v6._netifs.length, 0);
  assert.is(rig.states(), `${LOCAL} 30, ${AUTO} 30`);
  rig.pass(3000);
  rig.sent = [];
  rig.chip.phy = 7;
  rig.pass(600);
  assert.match(rig.states(), /8 .*8|9, .* [89]$/);
  rig.pass(2000);
  assert.is(rig.states(), `${LOCAL} 30, ${AUTO} 10`);
  assert.ok(rig.sent.includes(`33:33:00:00:00:02 133 ${LOCAL}`));
  rig.hears(advertisement(ROUTER, [from(SERVER_MAC), prefixOption('2001:db8::', 600, 300)]));
  assert.is(rig.states(), `${LOCAL} 30, ${AUTO} 30`);
  rig.pass(20000);
  assert.ok(rig.sent.includes(`${SERVER_MAC} next 6 ${AUTO}`), 'the SYN again');
  assert.equal(errors, []);
  rig.chip.phy = 0;
  rig.pass(1000);
  rig.nic.active(false);
  rig.pass(50);
  assert.equal(errors, [Errno.ENETDOWN]);
  assert.is(rig.states(), '');
});

test('an address of the user’s while the cable is out; its life ends while the cable is out', () => {
  const rig = Rig.up();
  rig.chip.phy = 0;
  rig.pass(1000);
  rig.nic.ipconfig({ addr6: '2001:db8::42' });
  assert.is(rig.states(), `${LOCAL} 30, ${AUTO} 30`);
  rig.pass(600000);
  rig.chip.phy = 7;
  rig.pass(3000);
  assert.is(rig.states(), `${LOCAL} 30, 2001:db8::42 30`);
});

test('another MAC address, another identifier', () => {
  const rig = Rig.up();
  rig.nic.config({ mac: new Uint8Array(macBytes(OTHER_MAC)) });
  rig.pass(3000);
  assert.is(rig.states(), 'fe80::ff:fe00:99 30');
});

test('1,000 times the cable out and in, and 100 times off and on: no list grows', () => {
  const rig = Rig.up();
  for (let i = 0; i < 1000; i++) {
    rig.chip.phy = i & 1 ? 7 : 0;
    rig.pass(600);
    if (i % 10 === 0) {
      rig.nic.active(false);
      rig.nic.active(true);
    }
  }
  rig.chip.phy = 7;
  rig.pass(3000);
  hostRearm(rig.sim.host);
  const { _v6: v6 } = rig.ipv6;
  assert.equal([v6._netifs.length, v6._parts.length, rig.sim.host._stack._netifs.length], [1, 2, 2]);
  assert.is(rig.states(), `${LOCAL} 30`);
});

test.run();
