/** WLAN over Espruino's `Wifi`, each of whose ways (test/helpers/fake-wifi.js) is a test. */

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openRadio } from '../../../board-targets/espruino-esp32/radio';
import { hostname } from '../../../modules/network/functions';
import { WLAN } from '../../../modules/network/wlan';
import { Clock } from '../../helpers/clock';
import { thrown } from '../../helpers/thrown';
import { Rig, type Failure } from './rig';

interface Network {
  ssid: string;
  mac: string;
  authMode: string;
  rssi: number;
  channel: number;
  key?: string;
  badReason?: number;
  isMute?: boolean;
  isHidden?: boolean;
}

interface Wifi {
  air: Network[];
  calls: unknown[][];
  hostname: string;
  joined: Network | null;
  ap: { ssid: string; options: Record<string, unknown> } | null;
  isStarted: boolean;
  isForgetful: boolean;
  isStubborn?: boolean;
  powersave: string;
  config: unknown;
  drop(reason: number): void;
  emit(name: string, details: unknown): void;
  connect(ssid: string, options: object): void;
}

type Make = (after: (ms: number, f: () => void) => unknown) => Wifi;

const makeWifi = new Function(`${readFileSync('test/helpers/fake-wifi.js', 'utf8')}; return makeWifi;`)() as Make;

const HOME: Network = {
  ssid: 'home',
  mac: '02:11:22:33:44:55',
  authMode: 'wpa2',
  rssi: -50,
  channel: 6,
  key: 'secret42',
};
const OPEN: Network = { ssid: 'open', mac: '02:11:22:33:44:66', authMode: 'open', rssi: -70, channel: 11 };
const HIDDEN: Network = { ...OPEN, mac: '02:11:22:33:44:77', authMode: 'unknown', isHidden: true };

const NO = "OSError: [Errno 95] ENOTSUP: Espruino has no way to the radio's ";

class EspRig extends Rig {
  wifi!: Wifi;

  constructor() {
    const clock = new Clock();
    const wifi = makeWifi((ms, f) => clock.after(ms, f));
    (globalThis as Record<string, unknown>).require = (name: string) => {
      assert.is(name, 'Wifi');
      return wifi;
    };
    super(clock, openRadio);
    this.wifi = wifi;
    wifi.air = [HOME, OPEN];
  }
}

test('connect: there is a connection when there is an address, not when the radio is associated', () => {
  const t = new EspRig();
  const nic = t.station();
  const told: unknown[] = [];
  nic.connect('home', 'secret42', (error: unknown) => told.push(error));
  t.clock.run(() => !!t.wifi.joined, t.clock.nowMs + 5000);
  assert.equal([nic.isconnected(), nic.status()], [false, WLAN.STAT_CONNECTING]);
  t.pass(3000);
  assert.equal(t.heard(), ['establish', 'running', 'connected']);
  assert.equal([told, nic.isconnected(), nic.status()], [[null], true, WLAN.STAT_GOT_IP]);
  assert.equal(t.wifi.calls, [['connect', 'home', { password: 'secret42' }]]);
  assert.equal(nic.ifconfig(), ['192.168.1.77', '255.255.255.0', '192.168.1.1', null]);
  assert.equal([nic.status('rssi'), nic.config('channel')], [-50, 6]);
  assert.equal(nic.config('bssid'), Uint8Array.of(2, 0x11, 0x22, 0x33, 0x44, 0x55));
  assert.equal(nic.config('mac'), Uint8Array.of(0x24, 0x6f, 0x28, 0, 0, 1));
});

for (const [reason, name, errno] of [
  [15, 'auth-failed', 13],
  [202, 'auth-failed', 13],
  [203, 'refused', 111],
  [204, 'auth-failed', 13],
] as const) {
  test(`reason ${reason} of the firmware, after its three tries: ${name}`, () => {
    const t = new EspRig();
    t.wifi.air = [{ ...HOME, badReason: reason }];
    const nic = t.station();
    const told: Failure[] = [];
    nic.connect('home', 'wrong-key', (error: Failure) => told.push(error));
    t.pass(10000);
    assert.equal(t.heard(), ['establish', 'dead', `OSError ${errno} establish ${name}`]);
    assert.equal([nic.status(), nic.status('reason'), told[0].errno], [reason, name, errno]);
  });
}

test('a network that is not there', () => {
  const t = new EspRig();
  const nic = t.station();
  nic.connect('nowhere', 'secret42');
  t.pass(10000);
  assert.equal([nic.status(), nic.status('reason')], [WLAN.STAT_NO_AP_FOUND, 'no-network']);
  assert.equal(t.heard(), ['establish', 'dead', 'OSError 113 establish no-network']);
});

test('a time-out: tries go on until then, and the last one’s reason is told at that very time', () => {
  const t = new EspRig();
  const nic = t.station();
  nic.connect('nowhere', 'secret42', { timeout: 10000 });
  const from = t.clock.nowMs;
  t.clock.run(() => t.events.some((event) => event.startsWith('OSError')), from + 60000);
  assert.is(t.clock.nowMs - from, 10000);
  assert.equal(t.heard(), ['establish', 'dead', 'OSError 113 establish no-network']);
  assert.ok(t.wifi.calls.filter(([call]) => call === 'connect').length > 1);
  const calls = t.wifi.calls.length;
  t.pass(60000);
  assert.ok(t.wifi.calls.length === calls, 'and then it is quiet');
});

test('no address, no word of it: the time-out, or 30 s, end the try', () => {
  const t = new EspRig();
  t.wifi.air = [{ ...HOME, isMute: true }];
  const nic = t.station();
  nic.connect('home', 'secret42', { timeout: 8000 });
  t.pass(8001);
  assert.equal(t.heard(), ['establish', 'dead', 'OSError 110 establish timeout']);
  assert.is(t.wifi.joined, null, 'it has left');
  nic.connect('home', 'secret42');
  t.pass(31000);
  assert.equal(t.heard(), ['establish', 'dead', 'OSError 110 establish timeout']);
  assert.is(t.wifi.joined, null, 'here as well');
  assert.is(nic.status(), WLAN.STAT_CONNECT_FAIL);
});

test('a firmware that is started already does not join: that is found out', () => {
  const t = new EspRig();
  t.wifi.isForgetful = true;
  const nic = t.station();
  nic.connect('home', 'secret42');
  t.pass(31000);
  assert.equal(t.heard(), ['establish', 'dead', 'OSError 110 establish timeout']);
});

test('a lost network: the firmware tries for itself before it tells, then it is ours to try', () => {
  const t = new EspRig();
  const nic = t.station();
  nic.config({ reconnects: -1 });
  nic.connect('home', 'secret42');
  t.pass(3000);
  t.heard();
  t.wifi.drop(200);
  t.pass(1000);
  assert.equal([t.heard(), nic.isconnected()], [[], true], 'the first time it says nothing and joins again');
  t.pass(3000);
  t.wifi.air = [];
  t.wifi.drop(200);
  t.pass(5000);
  assert.is(t.events[0], 'disconnected no-network');
  assert.is(nic.isconnected(), false);
  t.pass(100000);
  t.wifi.air = [HOME];
  t.pass(10000);
  assert.equal([nic.isconnected(), t.heard().pop()], [true, 'connected']);
});

test('a program that leaves by Wifi itself is heard of', () => {
  const t = new EspRig();
  const nic = t.station();
  nic.connect('home', 'secret42');
  t.pass(3000);
  t.heard();
  (t.wifi as unknown as { disconnect(): void }).disconnect();
  t.pass(1000);
  assert.equal(t.heard(), ['disconnected user', 'establish', 'dead']);
});

test('the leaving of an earlier network is heard of late, and is not this one’s failure', () => {
  const t = new EspRig();
  const nic = t.station();
  nic.connect('home', 'secret42');
  t.pass(3000);
  t.heard();
  nic.disconnect();
  nic.connect('open');
  t.pass(3000);
  assert.equal(t.heard(), ['dead', 'disconnected user', 'establish', 'running', 'connected']);
  assert.is(t.wifi.joined?.ssid, 'open');
  nic.disconnect();
  t.heard();
  nic.connect('home', 'secret42');
  t.pass(100);
  t.wifi.emit('disconnected', { reason: '8', mac: '' });
  t.pass(100);
  assert.equal(t.heard(), ['establish'], 'also while this one is being joined');
  t.pass(3000);
  assert.is(nic.isconnected(), true);
});

test('connect() while connected changes the network', () => {
  const t = new EspRig();
  const nic = t.station();
  nic.connect('home', 'secret42');
  t.pass(3000);
  nic.connect('open');
  t.pass(5000);
  assert.equal([t.wifi.joined?.ssid, nic.isconnected()], ['open', true]);
});

test('scan: one argument, the channel as text, no word of hidden ones', () => {
  const t = new EspRig();
  t.wifi.air = [HOME, HIDDEN];
  const nic = t.station();
  const told: unknown[] = [];
  nic.scan((error: unknown, list: unknown) => told.push(error, list));
  assert.is(
    thrown(() => nic.scan(() => {})),
    'OSError: [Errno 16] EBUSY',
    'the firmware would throw',
  );
  t.pass(2000);
  assert.equal(told, [
    null,
    [
      ['home', Uint8Array.of(2, 0x11, 0x22, 0x33, 0x44, 0x55), 6, -50, WLAN.SEC_WPA2, 0],
      ['', Uint8Array.of(2, 0x11, 0x22, 0x33, 0x44, 0x77), 11, -70, -1, 1],
    ],
  ]);
  nic.connect('home', 'secret42');
  assert.is(
    thrown(() => nic.scan(() => {})),
    'OSError: [Errno 16] EBUSY',
    'its end would stop the joining',
  );
});

test('a scan that somebody else has begun: an error by the callback', () => {
  const t = new EspRig();
  const nic = t.station();
  const told: unknown[] = [];
  (t.wifi as unknown as { scan(cb: () => void): void }).scan(() => {});
  nic.scan((error: Failure) => told.push(error.errno));
  assert.equal(told, [5]);
});

test('a scan makes the firmware join its last network: that is undone', () => {
  const t = new EspRig();
  const nic = t.station();
  nic.connect('home', 'secret42');
  t.pass(3000);
  nic.disconnect();
  t.pass(1000);
  t.heard();
  nic.scan(() => {});
  t.pass(5000);
  assert.equal([t.wifi.joined, t.heard(), nic.isconnected()], [null, [], false]);
});

test('bssid, channel and security are not read by the firmware: it would join another network', () => {
  const t = new EspRig();
  const nic = t.station();
  const options = [{ bssid: new Uint8Array(6) }, { channel: 6 }, { security: WLAN.SEC_WPA2 }];
  for (const one of options) {
    assert.is(
      thrown(() => nic.connect('home', 'secret42', one)),
      NO + 'bssid, channel or security when it joins',
    );
  }
  t.pass(1000);
  assert.equal(t.wifi.calls, []);
});

test('the host name is told when there is an interface that takes it', () => {
  const t = new EspRig();
  const nic = t.station();
  nic.config({ hostname: 'kitchen' });
  assert.equal([t.wifi.hostname, nic.config('hostname'), hostname()], ['espressif', 'kitchen', 'kitchen']);
  nic.connect('home', 'secret42');
  t.pass(3000);
  assert.is(t.wifi.hostname, 'kitchen');
  assert.is(
    thrown(() => nic.config({ hostname: 'x'.repeat(33) })),
    'ValueError: ',
  );
  hostname('micronic');
});

test('power saving: by MicroPython’s numbers', () => {
  const t = new EspRig();
  const nic = t.station();
  assert.is(nic.config('pm'), WLAN.PM_PERFORMANCE);
  nic.config({ pm: WLAN.PM_NONE });
  assert.equal([t.wifi.powersave, nic.config('pm')], ['none', WLAN.PM_NONE]);
  nic.config({ pm: WLAN.PM_POWERSAVE });
  assert.equal([t.wifi.powersave, nic.config('pm')], ['max_modem', WLAN.PM_POWERSAVE]);
  assert.is(
    thrown(() => nic.config({ pm: 3 })),
    'ValueError: invalid pm',
  );
});

test('an access point: channel and security; stations by its events', () => {
  const t = new EspRig();
  const nic = t.accessPoint();
  const told: unknown[] = [];
  nic.config({ ssid: 'mine', key: 'secret42', channel: 11, security: WLAN.SEC_WPA_WPA2 });
  nic.active(true, (error?: unknown) => told.push(error));
  assert.equal([told, nic.status('phase')], [[], 'establish'], 'the firmware takes its time');
  t.pass(100);
  assert.equal([told, t.heard()], [[null], ['running']]);
  assert.equal(t.wifi.ap, {
    ssid: 'mine',
    options: { password: 'secret42', authMode: 'wpa_wpa2', channel: 11 },
  });
  t.wifi.emit('sta_joined', { mac: '0a:00:00:00:00:01' });
  t.wifi.emit('sta_joined', { mac: '0a:00:00:00:00:02' });
  t.wifi.emit('sta_joined', { mac: '0a:00:00:00:00:01' });
  t.pass(10);
  assert.equal(nic.status('stations'), [
    [Uint8Array.of(10, 0, 0, 0, 0, 2), null],
    [Uint8Array.of(10, 0, 0, 0, 0, 1), null],
  ]);
  assert.is(nic.isconnected(), true);
  t.wifi.emit('sta_left', { mac: '0a:00:00:00:00:02' });
  t.pass(10);
  assert.is((nic.status('stations') as unknown[]).length, 1);
  assert.equal(nic.ifconfig(), ['192.168.4.1', '255.255.255.0', '192.168.4.1', null]);
  nic.active(false);
  assert.equal([t.wifi.ap, nic.isconnected(), nic.status('stations')], [null, false, []]);
  assert.is(
    thrown(() => nic.config({ channel: 14 })),
    'ValueError: invalid channel',
  );
  assert.is(
    thrown(() => nic.config({ hidden: true })),
    NO + 'hidden',
  );
  assert.is(
    thrown(() => nic.config({ ssid: 'x', key: '12345', security: WLAN.SEC_WEP })),
    'OSError: [Errno 95] ENOTSUP: Espruino has no such security for access points',
  );
});

test('new settings of a running access point: the firmware is told after the old one is gone', () => {
  const t = new EspRig();
  const nic = t.accessPoint();
  nic.active(true);
  t.pass(100);
  nic.config({ ssid: 'two' });
  t.pass(100);
  assert.equal(
    t.wifi.calls.map(([call]) => call),
    ['startAP', 'stopAP', 'startAP'],
  );
  assert.equal(t.heard(), ['running', 'dead', 'running']);
});

test('an access point of which nothing is heard: after ten seconds it is not active', () => {
  const t = new EspRig();
  t.wifi.isForgetful = true;
  const nic = t.accessPoint();
  const told: Failure[] = [];
  nic.active(true, (error?: unknown) => told.push(error as Failure));
  t.pass(10001);
  assert.equal([told[0].reason, nic.active(), t.heard()], ['timeout', false, ['OSError 110 establish timeout']]);
});

test('an access point with an address of its own, and with the firmware’s again', () => {
  const t = new EspRig();
  const nic = t.accessPoint();
  nic.ipconfig({ addr4: '10.1.2.1/16' });
  const told: unknown[] = [];
  nic.active(true, (error?: unknown) => told.push(error));
  t.pass(100);
  assert.equal(told, [null]);
  assert.equal(t.wifi.calls.pop(), ['setAPIP', { ip: '10.1.2.1', netmask: '255.255.0.0', gw: '10.1.2.1' }]);
  assert.equal(nic.ipconfig('addr4'), ['10.1.2.1', '255.255.0.0']);
  // While it is up it begins anew; one that is taken away gives way to ESP-IDF's.
  nic.ipconfig({ addr4: null });
  t.pass(100);
  assert.equal(nic.ipconfig('addr4'), ['192.168.4.1', '255.255.255.0']);
  assert.equal([nic.active(), nic.status('phase')], [true, 'running']);
  assert.is(
    thrown(() => nic.ipconfig({ addr4: '10.1.2' })),
    'ValueError: invalid arguments',
  );
});

test('an access point that does not get its address is none', () => {
  const t = new EspRig();
  t.wifi.isStubborn = true;
  const nic = t.accessPoint();
  nic.ipconfig({ addr4: '10.1.2.1/24' });
  const told: Failure[] = [];
  nic.active(true, (error?: unknown) => told.push(error as Failure));
  t.pass(10001);
  assert.equal([told[0].reason, nic.active()], ['timeout', false]);
});

test('a static address of a station: setIP leaves the DHCP client running, so it is refused', () => {
  const t = new EspRig();
  const nic = t.station();
  assert.is(
    thrown(() => nic.ipconfig({ addr4: '10.0.0.2/24' })),
    NO + 'addr4',
  );
  assert.is(
    thrown(() => nic.ifconfig(['10.0.0.2', '255.255.255.0', '10.0.0.1', '0.0.0.0'])),
    NO + 'address',
  );
  assert.is(nic.ifconfig('dhcp'), undefined);
});

test('rssi without a network; txpower, which is nowhere; a build without Wifi', () => {
  const t = new EspRig();
  const nic = t.station();
  assert.is(
    thrown(() => nic.status('rssi')),
    'OSError: [Errno 107] ENOTCONN',
  );
  assert.is(
    thrown(() => nic.config('txpower')),
    NO + 'txpower',
  );
  (globalThis as Record<string, unknown>).require = () => {
    throw new Error('Module "Wifi" not found');
  };
  assert.is(openRadio(), null);
});

test.run();
