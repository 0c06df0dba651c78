/** LAN and WIZNET5K: AbstractNIC's calls on the model of the chip, with a DHCP server on its cable. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { country, hostname, ipconfig, MODE_11B, MODE_11N, phy_mode, route } from '../../modules/network/functions';
import { useHost } from '../../modules/network/host';
import { LAN, PHY_W5500, WIZNET5K } from '../../modules/network/lan';
import type { TcpHandler } from '../../modules/inet/tcb';
import { tcpConnect, tcpListen } from '../../modules/inet/tcp';
import { PPP } from '../../modules/network/ppp';
import { Clock } from '../helpers/clock';
import {
  OTHER_MAC,
  OUR_MAC,
  arpFrame,
  dhcpFrame,
  frame,
  macBytes,
  see,
  type Seen,
  type ServerSettings,
} from '../helpers/ethernet';
import { simulatedHost } from '../helpers/host';
import { addressNumber, tcpPacket } from '../helpers/packets';
import { W5500Chip, spiOf } from '../helpers/w5500';
import { thrown } from '../helpers/thrown';

/** Flags of TCP. */
const SYN_ACK = 0x12;

const MAC = new Uint8Array(macBytes(OUR_MAC));

class Rig {
  readonly clock = new Clock();
  readonly chip = new W5500Chip();
  readonly sent: Seen[] = [];
  readonly events: string[] = [];
  readonly opened: unknown[][] = [];
  readonly settings: Partial<ServerSettings> = {};
  readonly sim = simulatedHost(this.clock);
  serves = true;

  constructor(withPin = true) {
    this.sim.host._openSpi = (...args) => {
      this.opened.push(args);
      return spiOf(this.chip, withPin);
    };
    this.chip.onSend = (bytes) => {
      const seen = see(bytes, this.clock.nowMs);
      this.sent.push(seen);
      const type = { discover: 2, request: 5 }[seen.what];
      if (type && this.serves) {
        const reply = dhcpFrame(seen, type, this.settings, seen.from);
        this.clock.after(1, () => this.chip.feed(reply));
      }
    };
    useHost(this.sim.host);
  }

  watch<T extends InstanceType<typeof LAN>>(nic: T): T {
    nic.on('connected', () => this.events.push('connected'));
    nic.on('disconnected', (reason?: string) => void this.events.push(`disconnected ${reason}`));
    nic.on('error', (e?: { phase: string; reason: string; errno: number; name: string }) =>
      this.events.push(`${e!.name} ${e!.errno} ${e!.phase} ${e!.reason}`),
    );
    nic.on('phase', (phase?: string) => void this.events.push(String(phase)));
    return nic;
  }

  lan(): InstanceType<typeof LAN> {
    return this.watch(new LAN({ spi: {}, cs: 17, int: 21, phy_type: PHY_W5500, mac: MAC }));
  }

  pass(ms: number): void {
    this.clock.runTo(this.clock.nowMs + ms);
  }

  static up(): { rig: Rig; nic: InstanceType<typeof LAN> } {
    const rig = new Rig();
    const nic = rig.lan();
    nic.active(true);
    rig.pass(3000);
    assert.ok(nic.isconnected());
    rig.events.length = 0;
    return { rig, nic };
  }
}

test('active(true), and the address is there; active(false), and it is given back', () => {
  const rig = new Rig();
  const nic = rig.lan();
  const told: unknown[] = [];
  assert.equal([nic.active(), nic.status(), nic.isconnected()], [false, 0, false]);
  assert.is(
    nic.active(true, (error) => told.push(error)),
    undefined,
  );
  assert.equal([nic.active(), nic.isconnected()], [true, false]);
  rig.pass(3000);
  assert.equal(rig.events, ['establish', 'network', 'running', 'connected']);
  assert.equal(told, [null]);
  assert.equal(nic.ipconfig('addr4'), ['10.0.0.5', '255.255.255.0']);
  assert.is(nic.ipconfig('gw4'), '10.0.0.1');
  assert.equal(nic.ifconfig(), ['10.0.0.5', '255.255.255.0', '10.0.0.1', '10.0.0.53']);
  assert.is(ipconfig('dns'), '10.0.0.53');
  assert.equal(
    ['dhcp4', 'has_dhcp4', 'dhcp6', 'autoconf6', 'has_autoconf6', 'addr6'].map((key) => nic.ipconfig(key)),
    [true, true, false, false, false, []],
  );
  assert.equal(
    [nic.status(), nic.status('speed'), nic.status('duplex'), nic.status('phase')],
    [5, 100, 'full', 'running'],
  );
  assert.equal(rig.sim.seen.plugged, [0x0a000005]);
  rig.events.length = 0;
  nic.active(false);
  assert.is(rig.sent[rig.sent.length - 1].what, 'release');
  assert.equal([nic.active(), nic.isconnected(), nic.status()], [false, false, 0]);
  assert.equal(nic.ipconfig('addr4'), ['0.0.0.0', '0.0.0.0']);
  assert.equal(rig.events, ['disconnected user', 'dead']);
  assert.equal(rig.sim.seen.plugged, [0x0a000005, 0]);
  rig.pass(100000);
  nic.active(true);
  rig.pass(3000);
  assert.ok(nic.isconnected(), 'and again');
  assert.equal(rig.chip.crimes, []);
});

test('connect and disconnect are the same, for a cable leads to one network', () => {
  const rig = new Rig();
  const nic = rig.lan();
  const told: unknown[] = [];
  nic.connect((error: unknown) => told.push(error));
  rig.pass(3000);
  assert.equal([nic.isconnected(), told], [true, [null]]);
  nic.connect((error: unknown) => told.push(error));
  assert.equal(told, [null, null], 'connected already');
  nic.disconnect(() => told.push('off'));
  assert.equal([nic.active(), told[2]], [false, 'off']);
  assert.is(
    thrown(() => nic.scan()),
    'OSError: [Errno 95] ENOTSUP: a cable leads to one network',
  );
});

test('the name goes to the DHCP server', () => {
  const rig = new Rig();
  assert.is(hostname(), 'micronic');
  hostname('greenhouse');
  rig.lan().active(true);
  rig.pass(3000);
  assert.is(
    rig.sent
      .find(({ what }) => what === 'discover')!
      .dhcp.get(12)!
      .toString(),
    'greenhouse',
  );
  hostname('micronic');
});

test('no chip: active(true) throws, and nothing has changed', () => {
  const rig = new Rig();
  rig.chip.dead = true;
  const nic = rig.lan();
  assert.match(
    thrown(() => nic.active(true)),
    /^OSError: \[Errno 19\] ENODEV: no W5500 answers \(version 0xff in the place of 0x4\): look at the wiring$/,
  );
  assert.equal([nic.active(), rig.events], [false, []]);
  rig.chip.dead = false;
  nic.active(true);
  rig.pass(3000);
  assert.ok(nic.isconnected());
});

test('no cable: told after five seconds, and used when it is there', () => {
  const rig = new Rig();
  rig.chip.phy = 0;
  const nic = rig.lan();
  const told: unknown[] = [];
  nic.active(true, (error) => told.push(error && error.reason));
  rig.pass(20000);
  assert.equal(rig.events, ['establish', 'OSError 100 establish no-cable']);
  assert.equal(
    [told, nic.status(), nic.status('reason'), nic.status('speed'), nic.status('duplex')],
    [['no-cable'], 4, 'no-cable', 0, ''],
  );
  rig.chip.phy = 0b101;
  rig.pass(3000);
  assert.equal([nic.isconnected(), nic.status('speed'), nic.status('reason')], [true, 10, '']);
});

test('no DHCP server: told once, and an address when there is one', () => {
  const rig = new Rig();
  rig.serves = false;
  const nic = rig.lan();
  nic.active(true);
  rig.pass(60000);
  assert.equal(rig.events, ['establish', 'network', 'OSError 110 network no-answer']);
  assert.equal([nic.status(), nic.status('reason'), nic.ipconfig('has_dhcp4')], [3, 'no-answer', false]);
  rig.serves = true;
  rig.pass(70000);
  assert.ok(nic.isconnected());
});

test('the cable out and in: the address goes and comes, the plug stays', () => {
  const { rig, nic } = Rig.up();
  rig.chip.phy = 0;
  rig.pass(600);
  assert.equal([nic.isconnected(), nic.active(), rig.events], [false, true, ['disconnected no-cable', 'establish']]);
  rig.chip.phy = 7;
  rig.pass(3000);
  assert.equal([nic.isconnected(), rig.events.slice(2)], [true, ['network', 'running', 'connected']]);
  assert.equal(rig.sim.seen.plugged, [0x0a000005, 0x0a000005]);
});

test('a chip that was reset comes back by itself', () => {
  const { rig, nic } = Rig.up();
  rig.chip.reset();
  rig.pass(5000);
  assert.ok(nic.isconnected());
  assert.is((nic.status('stats') as Record<string, number>).chipResets, 1);
  assert.equal(rig.chip.crimes, []);
});

test('another with our address: defended once, then declined', () => {
  const { rig, nic } = Rig.up();
  const claim = arpFrame({ operation: 'reply', sender: '10.0.0.5', senderMac: OTHER_MAC, target: '10.0.0.9' });
  rig.chip.feed(claim);
  rig.pass(10);
  assert.ok(nic.isconnected());
  rig.chip.feed(claim);
  rig.pass(10);
  assert.equal(rig.events, ['OSError 98 running address-conflict', 'disconnected address-conflict', 'network']);
  rig.settings.address = '10.0.0.6';
  rig.pass(15000);
  assert.equal(nic.ipconfig('addr4'), ['10.0.0.6', '255.255.255.0']);
});

const STATIC: [string, unknown, string[]][] = [
  ['CIDR', '10.0.0.99/16', ['10.0.0.99', '255.255.0.0']],
  ['a pair', ['10.0.0.99', '255.255.255.128'], ['10.0.0.99', '255.255.255.128']],
  ['an address alone, which keeps the mask', '10.0.0.99', ['10.0.0.99', '255.255.255.0']],
  ['/0', '10.0.0.99/0', ['10.0.0.99', '0.0.0.0']],
  ['/32', '10.0.0.99/32', ['10.0.0.99', '255.255.255.255']],
];

for (const [name, value, want] of STATIC) {
  test(`a static address as ${name}`, () => {
    const { rig, nic } = Rig.up();
    assert.is(nic.ipconfig({ addr4: value, gw4: '10.0.0.254' }), undefined);
    rig.pass(3000);
    assert.equal([nic.ipconfig('addr4'), nic.ipconfig('gw4')], [want, '10.0.0.254']);
    assert.equal([nic.ipconfig('dhcp4'), nic.ipconfig('has_dhcp4'), nic.isconnected()], [false, false, true]);
    assert.ok(rig.sent.some(({ what }) => what === 'release'));
  });
}

test('the order of the settings does not matter, before the interface is active neither', () => {
  const rig = new Rig();
  const nic = rig.lan();
  nic.ipconfig({ gw4: '10.0.0.254', addr4: '10.0.0.99/24', dhcp4: false });
  nic.active(true);
  rig.pass(3000);
  assert.equal(nic.ifconfig()!.slice(0, 3), ['10.0.0.99', '255.255.255.0', '10.0.0.254']);
  assert.not.ok(
    rig.sent.some(({ xid }) => xid),
    'no DHCP at all',
  );
});

test('dhcp4: off is no address, on is one again, on once more renews', () => {
  const { rig, nic } = Rig.up();
  nic.ipconfig({ dhcp4: false });
  rig.pass(3000);
  assert.equal(
    [nic.ipconfig('addr4'), nic.ipconfig('dhcp4'), nic.isconnected()],
    [['0.0.0.0', '0.0.0.0'], false, false],
  );
  nic.ipconfig({ dhcp4: true });
  rig.pass(3000);
  assert.equal([nic.ipconfig('has_dhcp4'), nic.isconnected()], [true, true]);
  rig.sent.length = 0;
  nic.ipconfig({ dhcp4: true });
  rig.pass(100);
  assert.equal(
    rig.sent.map(({ what }) => what),
    ['request'],
  );
});

test('addr4 null is no address', () => {
  const { rig, nic } = Rig.up();
  nic.ipconfig({ addr4: null });
  rig.pass(3000);
  assert.equal([nic.ipconfig('addr4'), nic.isconnected()], [['0.0.0.0', '0.0.0.0'], false]);
});

test('ifconfig sets all four, and asks for DHCP', () => {
  const { rig, nic } = Rig.up();
  const four = ['10.0.0.99', '255.255.255.0', '10.0.0.2', '9.9.9.9'];
  assert.is(nic.ifconfig(four), undefined);
  rig.pass(3000);
  assert.equal(nic.ifconfig(), four);
  const told: unknown[] = [];
  nic.ifconfig('dhcp', (error) => told.push(error));
  rig.pass(3000);
  assert.equal([nic.ipconfig('addr4'), told], [['10.0.0.5', '255.255.255.0'], [null]]);
  ipconfig({ dns: '0.0.0.0' });
});

test('the MAC address: given, by chance, changed', () => {
  const { rig, nic } = Rig.up();
  assert.equal(nic.config('mac'), MAC);
  nic.config({ mac: macBytes(OTHER_MAC) });
  rig.pass(3000);
  assert.equal(
    [nic.config('mac'), rig.chip.mac, nic.isconnected()],
    [new Uint8Array(macBytes(OTHER_MAC)), macBytes(OTHER_MAC), true],
  );
  const other = new WIZNET5K({}, 17, 20);
  const mac = other.config('mac') as Uint8Array;
  assert.equal([mac.length, mac[0]], [6, 2]);
  assert.is.not(
    Buffer.from(mac).toString('hex'),
    Buffer.from(new WIZNET5K({}, 17, 20).config('mac') as Uint8Array).toString('hex'),
  );
});

test('WIZNET5K: its arguments and its numbers', () => {
  const rig = new Rig();
  const spi = {};
  const nic = rig.watch(new WIZNET5K(spi, 17, 20, 21));
  assert.equal(rig.opened, [[spi, 17, 20, 21]]);
  rig.chip.phy = 0;
  nic.active(true);
  rig.pass(100);
  assert.is(nic.status(), 0);
  rig.chip.phy = 7;
  rig.pass(520);
  assert.is(nic.status(), 1);
  rig.pass(3000);
  assert.equal([nic.status(), nic.isconnected()], [2, true]);
  new WIZNET5K(spi, 17, 20);
  assert.equal(rig.opened[1], [spi, 17, 20, undefined]);
});

const BAD_SETTINGS: [string, (nic: InstanceType<typeof LAN>) => unknown, string][] = [
  ['nothing asked', (nic) => nic.ipconfig(undefined as never), 'TypeError: must query one param'],
  [
    'two asked',
    (nic) => (nic.ipconfig as (...a: string[]) => unknown)('addr4', 'gw4'),
    'TypeError: must query one param',
  ],
  [
    'asked and set',
    (nic) => (nic.ipconfig as (...a: unknown[]) => unknown)('addr4', { gw4: '10.0.0.1' }),
    "TypeError: can't specify pos and kw args",
  ],
  ['an unknown key', (nic) => nic.ipconfig('addr5'), 'ValueError: unexpected key'],
  ['an unknown key set', (nic) => nic.ipconfig({ addr5: 1 }), 'ValueError: unexpected key'],
  ['a key that cannot be set', (nic) => nic.ipconfig({ has_dhcp4: true }), 'ValueError: unexpected key'],
  ['a name of Object', (nic) => nic.ipconfig('toString'), 'ValueError: unexpected key'],
  ['an address that is none', (nic) => nic.ipconfig({ addr4: '10.0.0.256/24' }), 'ValueError: invalid arguments'],
  ['a prefix of 33', (nic) => nic.ipconfig({ addr4: '10.0.0.9/33' }), 'ValueError: invalid arguments'],
  ['a prefix that is none', (nic) => nic.ipconfig({ addr4: '10.0.0.9/x' }), 'ValueError: invalid arguments'],
  ['a negative prefix', (nic) => nic.ipconfig({ addr4: '10.0.0.9/-1' }), 'ValueError: invalid arguments'],
  ['two prefixes', (nic) => nic.ipconfig({ addr4: '10.0.0.9/24/24' }), 'ValueError: invalid arguments'],
  ['an address of IPv6 for addr4', (nic) => nic.ipconfig({ addr4: 'fe80::1' }), 'ValueError: invalid address type'],
  ['an address of IPv6 for gw4', (nic) => nic.ipconfig({ gw4: 'fe80::1' }), 'ValueError: invalid address type'],
  ['a pair for gw4', (nic) => nic.ipconfig({ gw4: ['10.0.0.1', '255.0.0.0'] }), 'ValueError: invalid arguments'],
  [
    'three for addr4',
    (nic) => nic.ipconfig({ addr4: ['10.0.0.1', '255.0.0.0', '10.0.0.2'] }),
    'ValueError: invalid arguments',
  ],
  ['a mask with holes', (nic) => nic.ipconfig({ addr4: ['10.0.0.1', '255.0.255.0'] }), 'ValueError: invalid arguments'],
  ['ifconfig of three', (nic) => nic.ifconfig(['10.0.0.1', '255.0.0.0', '10.0.0.2']), 'ValueError: invalid arguments'],
  ['ifconfig of a word', (nic) => nic.ifconfig('dhcpx'), 'ValueError: invalid arguments'],
  ['an unknown config', (nic) => nic.config('ssid'), 'ValueError: unknown config param'],
  ['an unknown config set', (nic) => nic.config({ ssid: 'x' }), 'ValueError: unknown config param'],
  [
    'a MAC address of five octets',
    (nic) => nic.config({ mac: new Uint8Array(5) }),
    'ValueError: invalid buffer length',
  ],
  [
    'a MAC address of a group',
    (nic) => nic.config({ mac: Uint8Array.of(1, 0, 0, 0, 0, 1) }),
    'ValueError: a MAC address of a group',
  ],
  ['an unknown status', (nic) => nic.status('rssi'), 'ValueError: unknown status param'],
  ['a listener that is none', (nic) => nic.on('connected', 5 as never), 'TypeError: function expected'],
];

for (const [name, call, want] of BAD_SETTINGS) {
  test(`refused: ${name}`, () => {
    const { rig, nic } = Rig.up();
    assert.is(
      thrown(() => call(nic)),
      want,
    );
    rig.pass(3000);
    assert.equal([nic.isconnected(), rig.events], [true, []]);
    assert.equal(nic.ipconfig('addr4'), ['10.0.0.5', '255.255.255.0']);
  });
}

test('of several settings none takes effect when one of them is wrong', () => {
  const { rig, nic } = Rig.up();
  assert.is(
    thrown(() => nic.ipconfig({ addr4: '10.0.0.99/24', gw4: 'nowhere' })),
    'ValueError: invalid arguments',
  );
  rig.pass(3000);
  assert.equal(nic.ifconfig()!.slice(0, 3), ['10.0.0.5', '255.255.255.0', '10.0.0.1']);
});

test('what IPv6 would need is refused with the reason', () => {
  const { nic } = Rig.up();
  for (const key of ['addr6', 'dhcp6', 'autoconf6']) {
    assert.match(
      thrown(() => nic.ipconfig({ [key]: true })),
      /^OSError: \[Errno 95\] ENOTSUP: no IPv6 in this bundle$/,
    );
  }
});

const BAD_LANS: [string, () => unknown, RegExp][] = [
  [
    'no chip',
    () => new LAN(),
    /^OSError: \[Errno 19\] ENODEV: no Ethernet here but LAN\({spi, cs, phy_type: PHY_W5500}\)$/,
  ],
  ['another id', () => new LAN({ id: 1, phy_type: PHY_W5500 }), /^ValueError: invalid LAN interface identifier$/],
  ['no type of PHY', () => new LAN({ phy_type: 55 }), /^ValueError: invalid phy type$/],
  ['a PHY that is no number', () => new LAN({ phy_type: 'W5500' }), /^ValueError: invalid phy type$/],
  [
    'an RMII PHY',
    () => new LAN({ mdc: 23, mdio: 18, phy_addr: 0, phy_type: 1 }),
    /^OSError: \[Errno 95\] ENOTSUP: .*RMII/,
  ],
  ['no SPI', () => new LAN({ cs: 17, phy_type: PHY_W5500 }), /^TypeError: spi and cs are needed$/],
  ['no pin for chip select', () => new LAN({ spi: {}, phy_type: PHY_W5500 }), /^TypeError: spi and cs are needed$/],
  [
    'an unknown argument',
    () => new LAN({ spi: {}, cs: 17, phy_type: PHY_W5500, speed: 100 }),
    /^TypeError: unexpected argument speed$/,
  ],
  [
    'a MAC address of four octets',
    () => new LAN({ spi: {}, cs: 17, phy_type: PHY_W5500, mac: [1, 2, 3, 4] }),
    /^ValueError: invalid buffer length$/,
  ],
  [
    'WIZNET5K without a reset pin',
    () => new (WIZNET5K as unknown as new (...a: unknown[]) => unknown)({}, 17),
    /^TypeError: WIZNET5K\(spi, pin_cs, pin_rst\[, pin_intn\]\)$/,
  ],
];

for (const [name, make, want] of BAD_LANS) {
  test(`refused: ${name}`, () => {
    new Rig();
    assert.match(thrown(make), want);
  });
}

test('a target without SPI says so', () => {
  const rig = new Rig();
  rig.sim.host._openSpi = undefined;
  assert.match(
    thrown(() => rig.lan()),
    /^OSError: \[Errno 19\] ENODEV: this target has no SPI$/,
  );
});

test('network.route: the interfaces that are up, the default one first', () => {
  const { rig, nic } = Rig.up();
  assert.equal(route().length, 1);
  assert.is(route()[0], nic);
  rig.chip.phy = 0;
  rig.pass(600);
  assert.equal(route(), []);
  const ppp = new PPP(null);
  ppp._netif._dns = [];
  rig.sim.host._stack._netifs.push(Object.assign(ppp._netif, { _up: true }));
  assert.is(route()[0], ppp, 'PPP as well');
});

test('network.country, hostname, phy_mode, ipconfig', () => {
  new Rig();
  assert.equal([country(), country('DE'), country(), country('XX')], ['XX', undefined, 'DE', undefined]);
  assert.is(hostname('h'.repeat(32)), undefined);
  assert.equal(
    [hostname(), hostname(''), hostname(), hostname('micronic')],
    ['h'.repeat(32), undefined, '', undefined],
  );
  assert.equal([phy_mode(), phy_mode(MODE_11B), phy_mode(), phy_mode(MODE_11N)], [3, undefined, 1, undefined]);
  assert.equal(
    [ipconfig('prefer'), ipconfig({ prefer: 6 }), ipconfig('prefer'), ipconfig({ prefer: 4 })],
    [4, undefined, 6, undefined],
  );
  assert.equal(
    [ipconfig({ dns: '9.9.9.9', prefer: 4 }), ipconfig('dns'), ipconfig({ dns: '0.0.0.0' })],
    [undefined, '9.9.9.9', undefined],
  );
  const bad: [() => unknown, string][] = [
    [() => country('D'), 'ValueError: '],
    [() => country('DEU'), 'ValueError: '],
    [() => country(5 as never), 'TypeError: str expected'],
    [() => (country as (...a: string[]) => unknown)('D', 'E'), 'TypeError: function takes at most one argument'],
    [() => hostname('h'.repeat(33)), 'ValueError: '],
    [() => hostname(null as never), 'TypeError: str expected'],
    [() => phy_mode(7), 'ValueError: invalid mode'],
    [() => ipconfig({ dns: 'nowhere' }), 'ValueError: invalid arguments as dns server'],
    [() => ipconfig({ prefer: 5 }), 'ValueError: invalid prefer argument'],
    [() => ipconfig({ dns: '9.9.9.9', prefer: 5 }), 'ValueError: invalid prefer argument'],
    [() => ipconfig('gw4'), 'ValueError: unexpected key'],
    [() => (ipconfig as () => unknown)(), 'TypeError: must query one param'],
    [
      () => (ipconfig as (...a: unknown[]) => unknown)('dns', { dns: '9.9.9.9' }),
      "TypeError: can't specify pos and kw args",
    ],
  ];
  for (const [call, want] of bad) {
    assert.is(thrown(call), want);
  }
  assert.is(ipconfig('dns'), '0.0.0.0', 'a setting that stands before a wrong one has not taken effect');
});

test('when the lease ends its connections end with ENETDOWN, those that stand and those that are being opened', () => {
  const rig = new Rig();
  rig.settings.lease = 60;
  const nic = rig.lan();
  nic.active(true);
  rig.pass(3000);
  assert.ok(nic.isconnected());
  const { _stack: stack } = rig.sim.host;
  const ended: [string, number][] = [];
  const handler = (name: string): TcpHandler => ({
    _connected: () => {},
    _data: () => {},
    _ended: () => {},
    _writable: () => {},
    _closed: (_tcb, errno) => void ended.push([name, errno]),
  });
  const now = (): number => Math.floor(rig.clock.nowMs);
  tcpConnect(stack, addressNumber('10.0.0.9'), 80, handler('opening'), now());
  const listener = tcpListen(stack, 8080, 2, () => handler('standing'));
  assert.is.not(typeof listener, 'number');
  // A neighbour connects: SYN, and the ACK of what we answer.
  const segment = (flags: string, seq: number, ack: number): Buffer =>
    frame(
      OUR_MAC,
      OTHER_MAC,
      0x0800,
      tcpPacket({
        source: '10.0.0.9',
        destination: '10.0.0.5',
        sourcePort: 4000,
        destinationPort: 8080,
        seq,
        ack,
        flags,
        window: 4000,
      }),
    );
  rig.chip.feed(arpFrame({ operation: 'request', sender: '10.0.0.9', senderMac: OTHER_MAC, target: '10.0.0.5' }));
  rig.pass(20);
  rig.chip.feed(segment('S', 1000, 0));
  rig.pass(20);
  const answer = rig.sent.filter(({ what, payload }) => what.startsWith('ip') && payload[33] === SYN_ACK).pop();
  assert.ok(answer, rig.sent.map(({ what }) => what).join(', '));
  rig.chip.feed(segment('A', 1001, answer!.payload.readUInt32BE(24) + 1));
  rig.pass(20);
  rig.serves = false;
  rig.pass(30000);
  assert.equal([nic.isconnected(), ended], [true, []], 'the lease stands');
  rig.pass(40000);
  assert.is(nic.isconnected(), false);
  assert.equal(ended.sort(), [
    ['opening', 100],
    ['standing', 100],
  ]);
});

test.run();
