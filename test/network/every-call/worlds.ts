/** The targets, by the bundles as they are shipped, in a world where each thing is that its board may have. */

import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import * as node from '../../../board-targets/node/index';
import { Clock } from '../../helpers/clock';
import { OUR_MAC, dhcpFrame, macBytes, see } from '../../helpers/ethernet';
import { network as fakeNetwork, radio as fakeRadio, resetRadio } from '../../helpers/fake-cyw43';
import { KalumaPins, PINS } from '../../helpers/kaluma-pins';
import { kalumaGlobals, load, simulated } from '../../helpers/kaluma-world';
import { SimStream } from '../../helpers/host';
import { W5500Chip } from '../../helpers/w5500';
import type { Kind, Net, Nic, World } from './calls';

const make = <T>(net: Net, name: string, ...args: unknown[]): T =>
  new (net[name] as new (...a: unknown[]) => T)(...args);

/** What both boards' worlds do with an interface. */
function prepare(net: Net, kind: Kind, clock: Clock, world: World, lan: () => Nic): Nic {
  if (kind === 'PPP') {
    return make(net, 'PPP', world.stream());
  }
  if (kind === 'LAN') {
    const nic = lan();
    nic.active(true);
    clock.runTo(clock.nowMs + 3000);
    return nic;
  }
  const nic = make<Nic>(net, 'WLAN', kind === 'WLAN' ? 0 : 1);
  nic.active(true);
  if (kind === 'WLAN') {
    nic.connect('home', 'secret42');
  }
  clock.runTo(clock.nowMs + 5000);
  return nic;
}

/** @param parts by name, behind the bundle */
export function kaluma(hasRadio: boolean, parts: string[] = []): World {
  const clock = new Clock();
  const chip = new W5500Chip();
  const pins = new KalumaPins(chip);
  chip.onSend = (bytes) => {
    const seen = see(bytes, clock.nowMs);
    const type = { discover: 2, request: 5 }[seen.what];
    if (type) {
      clock.after(1, () => chip.feed(dhcpFrame(seen, type, {}, seen.from)));
    }
  };
  resetRadio(clock);
  fakeRadio.air = [
    { ssid: 'home', bssid: '02:11:22:33:44:55', security: 'WPA2_PSK', rssi: -50, channel: 6, key: 'secret42' },
  ];
  const radio = hasRadio ? { __ieee80211dev: fakeRadio, __netdev: fakeNetwork } : {};
  const globals = kalumaGlobals(simulated(clock), pins, undefined, radio);
  const net = load<Net>('dist/kaluma/network.js', globals);
  parts.forEach((name) => load(`dist/kaluma/parts/${name}.js`, globals));
  const world: World = {
    net,
    clock,
    stream: () => new SimStream(),
    spi: () => pins.spi,
    nic: (kind) =>
      prepare(net, kind, clock, world, () =>
        make(net, 'LAN', { spi: pins.spi, cs: PINS.cs, phy_type: 102, mac: new Uint8Array(macBytes(OUR_MAC)) }),
      ),
  };
  return world;
}

type MakeWifi = (after: (ms: number, f: () => void) => unknown) => { air: object[] };
const makeWifi = new Function(`${readFileSync('test/helpers/fake-wifi.js', 'utf8')}; return makeWifi;`)() as MakeWifi;

export function espruino(): World {
  const clock = new Clock();
  const wifi = makeWifi((ms, f) => clock.after(ms, f));
  wifi.air = [{ ssid: 'home', mac: '02:11:22:33:44:55', authMode: 'wpa2', rssi: -50, channel: 6, key: 'secret42' }];
  const net = load<Net>('dist/espruino/network.min.js', {
    E: {
      toUint8Array: (data: string | string[]) => Uint8Array.from(Buffer.from([data].flat().join(''), 'latin1')),
      toString: (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1'),
      sum: (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0),
    },
    Modules: { addCached: () => {}, getCached: () => [] },
    process: { env: { VERSION: '2v30' } },
    getTime: () => clock.nowMs / 1000,
    setTimeout: (f: () => void, ms: number) => clock.after(Math.max(1, ms), f),
    clearTimeout: (cancel: () => void) => cancel(),
    require: (name: string) => (name === 'Wifi' ? wifi : { create: () => {} }),
  });
  const world: World = {
    net,
    clock,
    stream: () => new SimStream(),
    spi: () => ({ send: () => {}, write: () => {} }),
    nic: (kind) => prepare(net, kind, clock, world, () => make(net, 'LAN', {})),
  };
  return world;
}

export function computer(): World {
  const clock = new Clock();
  const net = node as unknown as Net;
  const world: World = {
    net,
    clock,
    stream: () => new PassThrough(),
    spi: () => ({}),
    nic: (kind) => prepare(net, kind, clock, world, () => make(net, 'LAN', {})),
  };
  return world;
}

/** By the names of the table's columns; with these parts, where there are any. */
export const WORLDS: Record<string, (parts?: string[]) => World> = {
  'Kaluma, Pico': (parts) => kaluma(false, parts),
  'Kaluma, Pico W': (parts) => kaluma(true, parts),
  'Espruino, ESP32': espruino,
  'a computer': computer,
};
