/** parts/lan6.js as it is shipped, behind the bundles with LAN: on a model of the chip, with parts/ipv6.js before or after it. */

import { EventEmitter } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Clock } from '../helpers/clock';
import { OTHER_MAC, OUR_MAC, dhcpFrame, frame, macBytes, see } from '../helpers/ethernet';
import { simulatedHost } from '../helpers/host';
import { standInNet } from '../helpers/kaluma-net';
import { KalumaPins, PINS } from '../helpers/kaluma-pins';
import { type Globals, kalumaGlobals, load, simulated } from '../helpers/kaluma-world';
import { neighbour } from '../helpers/packets6';
import { SixPeer, siteOf } from '../helpers/six-peer';
import { SixStation } from '../helpers/six-station';
import { W5500Chip } from '../helpers/w5500';

const test = suite('IPv6 for LAN behind a bundle');

const LOCAL = 'fe80::ff:fe00:2';
const CABLE = siteOf(7);
const LINE = siteOf(8);
const AUTO = `${CABLE.prefix}ff:fe00:2`;

interface Nic {
  active(on: boolean): void;
  connect(): void;
  config(settings: object): void;
  ipconfig(what: string | object): unknown;
  status(what: string): Record<string, number>;
  on(event: string, f: (value?: { reason: string; address: string }) => void): void;
  isconnected(): boolean;
}

type Make = new (...args: unknown[]) => Nic;

/** A native UART, which is a line too. */
class Uart extends EventEmitter {
  static made: Uart[] = [];
  constructor(
    _port: number,
    _options: object,
    private readonly receive: (bytes: Uint8Array) => void,
  ) {
    super();
    Uart.made.push(this);
  }
  /** The board's. */
  write(bytes: Uint8Array): void {
    this.emit('sent', Buffer.from(bytes));
  }
  close(): void {}
  give(bytes: Uint8Array): void {
    this.receive(Uint8Array.from(bytes));
  }
}

class World {
  readonly clock = new Clock();
  readonly chip = new W5500Chip();
  readonly pins = new KalumaPins(this.chip);
  readonly globals: Globals;
  readonly card: Globals;
  readonly station: SixStation;
  readonly faults: string[] = [];
  /** Whether a server answers. */
  dhcp = true;
  readonly lan: Nic;
  readonly net: ReturnType<typeof standInNet>;

  constructor(front: string, ...parts: string[]) {
    const { clock, chip } = this;
    this.globals = kalumaGlobals(simulated(clock), this.pins, Uart);
    this.card = load(`dist/kaluma/${front}.js`, this.globals);
    // A part's face of the bundle is what require('micronic') gives.
    parts.forEach((part) => load(`dist/kaluma/parts/${part}.js`, this.globals));
    chip.onSend = (bytes) => {
      const seen = see(bytes, clock.nowMs);
      const type = { discover: 2, request: 5 }[seen.what];
      if (type && this.dhcp) {
        clock.after(1, () => chip.feed(dhcpFrame(seen, type, {}, seen.from)));
      }
    };
    this.station = new SixStation(chip, simulatedHost(clock).host, (_octets, run) => clock.after(1, run), CABLE);
    this.lan = new (this.card.LAN as Make)({
      spi: this.pins.spi,
      cs: PINS.cs,
      int: PINS.int,
      phy_type: 102,
      mac: new Uint8Array(macBytes(OUR_MAC)),
    });
    this.lan.on('error', (error) => this.faults.push(`${error!.reason} ${error!.address}`));
    this.net = standInNet(
      () => this.globals.__netdev as never,
      (run, ms) => clock.after(Math.max(1, ms), run),
    );
  }

  pass(ms: number): void {
    for (const endMs = this.clock.nowMs + ms; this.clock.nowMs < endMs;) {
      this.clock.runTo(this.clock.nowMs + 5);
      this.pins.loop();
    }
  }

  up(): this {
    this.lan.active(true);
    this.pass(6000);
    assert.ok(this.lan.isconnected());
    assert.is(this.states(), `${LOCAL} 30, ${AUTO} 30`);
    return this;
  }

  states(nic = this.lan): string {
    const rows = nic.ipconfig('addr6') as [string, number][];
    return rows.map(([address, state]) => `${address} ${state.toString(16)}`).join(', ');
  }

  /** What a server at the other end answers to 'stressed', and who it and we are to the firmware's net. */
  ask(host: string): string[] {
    const told: string[] = [];
    const socket = this.net.connect({ host, port: 80 }, () => {
      told.push(`${socket.localAddress} to ${socket.remoteAddress}`);
      socket.write('stressed');
    });
    socket.on('error', (error: Error) => told.push(error.message));
    socket.on('data', (bytes: Uint8Array) => told.push(Buffer.from(bytes).toString()));
    this.pass(1000);
    socket.destroy();
    this.pass(100);
    return told;
  }
}

for (const front of ['network', 'ethernet']) {
  test(`${front}.js: addresses are probed and settled, groups told of, the router’s network reached both ways`, () => {
    const world = new World(front, 'lan6');
    world.lan.active(true);
    world.pass(400);
    assert.match(world.states(), /^fe80::ff:fe00:2 [89]$/);
    world.pass(5000);
    assert.is(world.states(), `${LOCAL} 30, ${AUTO} 30`);
    const { heard } = world.station.router;
    const reports = heard.filter(({ payload, hops }) => payload[0] === 143 && hops === 1);
    assert.ok(reports.some(({ payload }) => payload.includes(Buffer.from('ff0200000000000000000001ff000002', 'hex'))));
    assert.equal(world.ask(CABLE.server), [`${AUTO} to ${CABLE.server}`, 'desserts']);

    const answers: string[] = [];
    const server = world.net.createServer((client) => {
      answers.push(`${client.localAddress} to ${client.remoteAddress}`);
      client.on('data', (bytes: Uint8Array) => client.write(`<${Buffer.from(bytes).toString()}>`));
    });
    server.listen(7);
    world.pass(50);
    world.station.router.ask(AUTO, 7, 'hello', (answer) => answers.push(answer));
    world.pass(500);
    assert.equal(answers, [`${AUTO} to ${CABLE.server}`, '<hello>']);
    assert.equal(world.chip.crimes, []);
  });

  test(`${front}.js: what ipconfig tells and takes`, () => {
    const world = new World(front, 'lan6').up();
    const { lan } = world;
    const settings = ['autoconf6', 'has_autoconf6', 'dhcp6'];
    const told = (): unknown[] => settings.map((name) => lan.ipconfig(name));
    assert.equal(told(), [true, true, false]);
    lan.ipconfig({ autoconf6: false, dhcp6: true });
    assert.equal(told(), [false, false, true]);
    assert.is(world.states(), `${LOCAL} 30`);
    world.pass(1500);
    // A question for name servers.
    assert.ok(world.station.router.heard.some(({ protocol, payload }) => protocol === 17 && payload[8] === 11));
    lan.ipconfig({ addr6: '2001:db8:7:0::5', autoconf6: true });
    world.pass(3000);
    assert.is(world.states(), `${LOCAL} 30, 2001:db8:7::5 30, ${AUTO} 30`);
    lan.ipconfig({ addr6: null });
    assert.is(world.states(), `${LOCAL} 30, ${AUTO} 30`);
    for (const [wrong, error] of [
      ['10.0.0.1', /invalid address type/],
      ['ff02::1', /invalid arguments/],
      ['fe80', /invalid arguments/],
    ] as const) {
      assert.throws(() => lan.ipconfig({ addr6: wrong, autoconf6: false }), error);
    }
    assert.is(lan.ipconfig('autoconf6'), true);
  });
}

test('a cable without a DHCP server: IPv6 is enough', () => {
  const world = new World('ethernet', 'lan6');
  world.dhcp = false;
  world.lan.active(true);
  world.pass(6000);
  assert.not.ok(world.lan.isconnected());
  assert.equal(world.ask(CABLE.server), [`${AUTO} to ${CABLE.server}`, 'desserts']);
});

test('an address that another station has, the cable out and in, a switch-off', () => {
  const world = new World('network', 'lan6').up();
  const claimed = `${CABLE.prefix}99`;
  world.lan.ipconfig({ addr6: claimed });
  world.pass(100);
  const claim = neighbour(
    { source: claimed, destination: 'ff02::1', target: claimed },
    0x20000000,
    Buffer.concat([Buffer.from([2, 1]), macBytes(OTHER_MAC)]),
  );
  world.chip.feed(frame('33:33:00:00:00:01', OTHER_MAC, 0x86dd, claim));
  world.pass(100);
  assert.is(world.states(), `${LOCAL} 30, ${AUTO} 30, ${claimed} 40`);
  assert.equal(world.faults, [`address-conflict ${claimed}`]);
  assert.is(world.lan.status('stats').conflicts, 1);
  world.lan.ipconfig({ addr6: null });

  world.chip.phy = 0;
  world.pass(3000);
  assert.not.ok(world.lan.isconnected());
  world.chip.phy = 7;
  world.pass(6000);
  assert.is(world.states(), `${LOCAL} 30, ${AUTO} 30`);
  assert.equal(world.ask(CABLE.server), [`${AUTO} to ${CABLE.server}`, 'desserts']);

  world.lan.active(false);
  assert.is(world.states(), '');
  assert.equal(world.chip.crimes, []);
});

for (const parts of [
  ['ipv6', 'lan6'],
  ['lan6', 'ipv6'],
]) {
  test(`network.js, ${parts.join(', then ')}: a cable and a line with IPv6 at a time`, () => {
    Uart.made = [];
    const world = new World('network', ...parts, ...parts);
    const UartStream = world.card.UART as Make;
    const ppp = new (world.card.PPP as Make)(new UartStream(0, { baudrate: 115200 }));
    const [uart] = Uart.made;
    const line = {
      write: (bytes: Uint8Array) => void world.clock.after(1, () => uart.give(bytes)),
      on: (_event: 'data', heard: (chunk: Buffer) => void) => uart.on('sent', heard),
    };
    const peer = new SixPeer(line, simulatedHost(world.clock, {}, 2).host, LINE);
    world.up();
    ppp.config({ ipv6: 1 });
    ppp.connect();
    world.pass(3000);
    const [local, global] = world.states(ppp).split(', ');
    assert.match(local, /^fe80::\S+ 30$/);
    assert.match(global, /^2001:db8:8:0?:\S+ 30$/);
    const [before, cable] = [peer.router, world.station.router].map(({ heard }) => heard.length);
    assert.equal(world.ask(LINE.server), [`${global.split(' ')[0]} to ${LINE.server}`, 'desserts']);
    assert.ok(peer.router.heard.slice(before).some(({ protocol }) => protocol === 6));
    assert.not.ok(world.station.router.heard.slice(cable).some(({ protocol }) => protocol === 6));
    assert.equal(world.ask(CABLE.server), [`${AUTO} to ${CABLE.server}`, 'desserts']);
    assert.equal(ppp.ipconfig('autoconf6'), true);
    assert.equal(world.chip.crimes, []);
  });
}

test.run();
