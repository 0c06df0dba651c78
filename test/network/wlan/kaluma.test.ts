/** WLAN over Kaluma's `__ieee80211dev`, each of whose ways (test/helpers/fake-cyw43.ts) is a test. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { network, radio, resetRadio } from '../../helpers/fake-cyw43';
import { openRadio } from '../../../board-targets/kaluma-rp2/radio';
import { hostname, route } from '../../../modules/network/functions';
import { WLAN } from '../../../modules/network/wlan';
import { Clock } from '../../helpers/clock';
import { thrown } from '../../helpers/thrown';
import { Rig, type Failure } from './rig';

const HOME = {
  ssid: 'home',
  bssid: '02:11:22:33:44:55',
  security: 'WPA2_WPA_PSK',
  rssi: -50,
  channel: 6,
  key: 'secret42',
};
const OPEN = { ssid: 'café', bssid: '02:11:22:33:44:66', security: 'OPEN', rssi: -70, channel: 11 };
const HIDDEN = { ssid: 'none', bssid: '02:11:22:33:44:77', security: '-', rssi: -80, channel: 1, isHidden: true };

const NO = "OSError: [Errno 95] ENOTSUP: Kaluma 1.2.1 has no way to the radio's ";

function rig(): Rig {
  const clock = new Clock();
  resetRadio(clock);
  radio.air = [HOME, OPEN, HIDDEN];
  return new Rig(clock, openRadio);
}

test('connect() returns at once; the firmware blocks in the next turn, and then there is an address', () => {
  const t = rig();
  const nic = t.station();
  const told: unknown[] = [];
  const before = t.clock.nowMs;
  assert.is(
    nic.connect('home', 'secret42', (error: unknown) => told.push(error)),
    undefined,
  );
  assert.equal([t.clock.nowMs, nic.isconnected(), nic.status()], [before, false, WLAN.STAT_CONNECTING]);
  t.pass(5000);
  assert.equal(t.heard(), ['establish', 'running', 'connected']);
  assert.equal(told, [null]);
  assert.equal([nic.isconnected(), nic.status(), nic.status('phase')], [true, WLAN.STAT_GOT_IP, 'running']);
  assert.equal(radio.asked, [{ ssid: 'home', password: 'secret42' }]);
  assert.equal(route(), [nic]);
});

test('only -1 comes of a failure: its time tells a refusal from a network that is not there', () => {
  const t = rig();
  const nic = t.station();
  const told: (Failure | null)[] = [];
  nic.connect('home', 'wrong-key', (error: Failure) => told.push(error));
  t.pass(10000);
  assert.equal(t.heard(), ['establish', 'dead', 'OSError 111 establish refused']);
  assert.equal([nic.status(), nic.status('reason')], [WLAN.STAT_CONNECT_FAIL, 'refused']);
  nic.connect('nowhere', 'secret42', (error: Failure) => told.push(error));
  t.pass(40000);
  assert.equal(t.heard(), ['establish', 'dead', 'OSError 110 establish timeout']);
  assert.equal(
    told.map((error) => [error!.reason, error!.errno]),
    [
      ['refused', 111],
      ['timeout', 110],
    ],
  );
  assert.equal([nic.status(), nic.isconnected()], [WLAN.STAT_CONNECT_FAIL, false]);
});

test('a network that gives no address is no connection', () => {
  const t = rig();
  radio.air = [{ ...HOME, isMute: true }];
  const nic = t.station();
  nic.connect('home', 'secret42');
  t.pass(40000);
  assert.equal([nic.status('reason'), nic.isconnected()], ['timeout', false]);
});

test('a time-out goes on trying until it is over, and tells why the last try has failed', () => {
  const t = rig();
  const nic = t.station();
  nic.connect('home', 'wrong-key', { timeout: 10000 });
  const from = t.clock.nowMs;
  t.clock.run(() => t.events.some((event) => event.startsWith('OSError')), from + 60000);
  assert.equal(t.heard(), ['establish', 'dead', 'OSError 111 establish refused']);
  assert.ok(radio.asked.length > 1, `${radio.asked.length} tries`);
  assert.ok(t.clock.nowMs - from >= 10000 && t.clock.nowMs - from < 16000, `${t.clock.nowMs - from} ms`);
});

test('a try cannot be cut short: a time-out below 30 s is over after it', () => {
  const t = rig();
  const nic = t.station();
  nic.connect('nowhere', 'secret42', { timeout: 5000 });
  const from = t.clock.nowMs;
  t.clock.run(() => t.events.some((event) => event.startsWith('OSError')), from + 60000);
  assert.ok(t.clock.nowMs - from >= 30000);
  assert.is(radio.asked.length, 1);
  assert.is(nic.status('reason'), 'timeout');
});

test('nothing tells of a lost link: it is looked after every second, and joined again when that is wanted', () => {
  const t = rig();
  const nic = t.station();
  nic.config({ reconnects: 2 });
  nic.connect('home', 'secret42');
  t.pass(5000);
  t.heard();
  radio.lose();
  assert.is(nic.isconnected(), false, 'the state is the firmware’s');
  t.pass(1100);
  assert.equal(t.heard(), ['disconnected lost', 'establish']);
  t.pass(6000);
  assert.equal(t.heard(), ['running', 'connected']);
  nic.config({ reconnects: 0 });
  radio.lose();
  t.pass(1100);
  assert.equal(t.heard(), ['disconnected lost', 'establish', 'dead']);
  assert.equal([nic.status(), nic.status('reason')], [WLAN.STAT_BEACON_TIMEOUT, 'lost']);
  t.pass(100000);
  assert.is(radio.asked.length, 2);
});

test('a BSSID is handed over from its last octet to its first, as the firmware reads it', () => {
  const t = rig();
  radio.air = [HOME, { ...HOME, bssid: '02:11:22:33:44:99', key: 'other-key' }];
  const nic = t.station();
  nic.connect('home', 'other-key', { bssid: Uint8Array.of(2, 0x11, 0x22, 0x33, 0x44, 0x99) });
  t.pass(5000);
  assert.is(radio.asked[0].bssid, '99:44:33:22:11:02');
  assert.is(radio.joined?.bssid, '02:11:22:33:44:99');
});

test('names and keys beyond ASCII go as octets, for the firmware makes an octet of a character', () => {
  const t = rig();
  const nic = t.station();
  nic.connect('café');
  t.pass(5000);
  assert.is(nic.isconnected(), true);
  assert.equal(radio.asked, [{ ssid: 'cafÃ©' }]);
});

test('a short key would make the firmware join an open network: it is refused', () => {
  const t = rig();
  const nic = t.station();
  for (const key of ['1234567', 'x'.repeat(64), 'x'.repeat(65)]) {
    assert.is(
      thrown(() => nic.connect('home', key)),
      'ValueError: invalid key',
    );
  }
  assert.is(
    thrown(() => nic.connect('x'.repeat(33), 'secret42')),
    'ValueError: invalid ssid',
  );
  assert.is(
    thrown(() => nic.connect('é'.repeat(17), 'secret42')),
    'ValueError: invalid ssid',
    '34 octets',
  );
  t.pass(5000);
  assert.equal([radio.asked, t.heard()], [[], []], 'nothing has happened');
  nic.connect('home', 'a'.repeat(64));
  t.pass(5000);
  assert.is(radio.asked.length, 1, '64 hexadecimal digits are a key');
});

test('security: the firmware’s five, and no others', () => {
  const t = rig();
  const nic = t.station();
  nic.connect('home', 'secret42', { security: WLAN.SEC_WPA2 });
  t.pass(5000);
  assert.is(radio.asked[0].security, 'WPA2_PSK');
  for (const security of [WLAN.SEC_WPA3, WLAN.SEC_WPA2_ENT, WLAN.SEC_OWE]) {
    assert.is(
      thrown(() => nic.connect('home', 'secret42', { security })),
      NO + 'security of that kind',
    );
  }
  assert.is(
    thrown(() => nic.connect('home', 'secret42', { security: 99 })),
    'ValueError: invalid security',
  );
  assert.is(
    thrown(() => nic.connect('home', 'secret42', { security: WLAN.SEC_OPEN })),
    'ValueError: invalid key',
  );
  assert.is(
    thrown(() => nic.connect('home', 'secret42', { channel: 6 })),
    NO + 'channel',
  );
});

test('scan: each beacon is one of the firmware’s, each access point one of ours; a hidden one has no name', () => {
  const t = rig();
  const nic = t.station();
  const told: unknown[] = [];
  nic.scan((error: unknown, list: unknown) => told.push(error, list));
  assert.equal(told, [
    null,
    [
      ['home', Uint8Array.of(2, 0x11, 0x22, 0x33, 0x44, 0x55), 6, -50, WLAN.SEC_WPA_WPA2, 0],
      ['café', Uint8Array.of(2, 0x11, 0x22, 0x33, 0x44, 0x66), 11, -70, WLAN.SEC_OPEN, 0],
      ['', Uint8Array.of(2, 0x11, 0x22, 0x33, 0x44, 0x77), 1, -80, -1, 1],
    ],
  ]);
  radio.scanFails = true;
  nic.scan((error: Failure) => told.push(error.errno));
  assert.is(told[2], 5);
  assert.is(
    thrown(() => nic.scan()),
    'TypeError: function expected',
  );
  nic.connect('home', 'secret42');
  assert.is(
    thrown(() => nic.scan(() => {})),
    'OSError: [Errno 16] EBUSY',
    'it would end the joining',
  );
});

test('the address is known only after a socket was made, and only while there is a link', () => {
  const t = rig();
  const nic = t.station();
  assert.equal(nic.ipconfig('addr4'), ['0.0.0.0', '0.0.0.0']);
  assert.is(
    thrown(() => nic.config('mac')),
    NO + 'mac yet',
  );
  nic.connect('home', 'secret42');
  t.pass(5000);
  assert.equal(nic.ipconfig('addr4'), ['192.168.1.23', null], 'the mask is not shown');
  assert.equal(nic.ifconfig(), ['192.168.1.23', null, null, null]);
  assert.equal(nic.config('mac'), Uint8Array.of(0x28, 0xcd, 0xc1, 0, 0, 0x2a));
  assert.equal(radio.sockets, [null], 'that socket is closed');
  assert.is(
    thrown(() => nic.ipconfig('gw4')),
    NO + 'gw4',
  );
  assert.equal(
    ['dhcp4', 'has_dhcp4', 'dhcp6', 'autoconf6', 'has_autoconf6', 'addr6'].map((key) => nic.ipconfig(key)),
    [true, true, false, false, false, []],
  );
});

test('what the firmware does not let programs do: ENOTSUP, with the name', () => {
  const t = rig();
  const nic = t.station();
  for (const name of ['channel', 'hidden', 'hostname', 'txpower', 'pm', 'bssid']) {
    assert.is(
      thrown(() => nic.config(name)),
      NO + name,
    );
    assert.is(
      thrown(() => nic.config({ [name]: 1 })),
      NO + name,
    );
  }
  assert.is(
    thrown(() => nic.status('rssi')),
    NO + 'rssi',
  );
  assert.is(
    thrown(() => nic.ipconfig({ addr4: '10.0.0.2/24' })),
    NO + 'addr4',
  );
  assert.is(
    thrown(() => nic.ipconfig({ gw4: '10.0.0.1' })),
    NO + 'gw4',
  );
  assert.is(
    thrown(() => nic.ipconfig({ dhcp4: false })),
    NO + 'dhcp4',
  );
  assert.is(
    thrown(() => nic.ifconfig(['10.0.0.2', '255.255.255.0', '10.0.0.1', '0.0.0.0'])),
    NO + 'address',
  );
  assert.is(nic.ipconfig({ dhcp4: true }), undefined, 'it is already');
});

test('an access point: its address is settable, stations are counted, and it is a station’s end', () => {
  const t = rig();
  const nic = t.accessPoint();
  const told: unknown[] = [];
  nic.config({ ssid: 'mine', key: 'secret42', security: WLAN.SEC_WPA2 });
  nic.ipconfig({ addr4: '192.168.7.1/25' });
  assert.equal(radio.asked, [], 'not before it is active');
  nic.active(true, (error?: unknown) => told.push(error));
  assert.equal(told, [null]);
  assert.equal(radio.ap, { ssid: 'mine', password: 'secret42', gateway: '192.168.7.1', subnetMask: '255.255.255.128' });
  assert.equal([nic.isconnected(), nic.status(), nic.status('stations')], [false, null, []]);
  radio.stations = ['aa:bb:cc:00:11:22'];
  assert.is(nic.isconnected(), true);
  assert.equal(nic.status('stations'), [[Uint8Array.of(0xaa, 0xbb, 0xcc, 0, 0x11, 0x22), null]]);
  assert.equal(nic.ipconfig('addr4'), ['192.168.7.1', '255.255.255.128']);
  assert.equal([nic.config('ssid'), nic.config('security')], ['mine', WLAN.SEC_WPA2]);
  assert.is(
    thrown(() => nic.config('key')),
    'ValueError: unknown config param',
    'a key is not told',
  );
  nic.active(false);
  assert.equal([radio.ap, nic.status('stations')], [null, []]);
  nic.active(false);
  assert.equal(t.heard(), ['running', 'dead']);
});

test('several settings of a running access point: all are checked, then it begins anew, once', () => {
  const t = rig();
  const nic = t.accessPoint();
  nic.active(true);
  radio.asked.length = 0;
  assert.is(
    thrown(() => nic.config({ ssid: 'two', key: 'short' })),
    'ValueError: invalid key',
  );
  assert.is(
    thrown(() => nic.config({ ssid: 'two', hidden: true })),
    NO + 'hidden',
  );
  assert.is(
    thrown(() => nic.config({ ssid: 'two', security: WLAN.SEC_WPA })),
    'ValueError: invalid key',
  );
  assert.is(
    thrown(() => nic.config({ ssid: 'two', key: 'secret42', security: WLAN.SEC_WPA })),
    NO + 'security of that kind',
  );
  assert.equal([radio.asked, nic.config('ssid'), nic.active()], [[], 'micronic', true], 'nothing has changed');
  nic.config({ ssid: 'two', key: 'secret42' });
  assert.equal(radio.asked.length, 1);
  assert.equal([radio.ap?.ssid, radio.crimes], ['two', []]);
});

test('an access point that fails is not active, and says so', () => {
  const t = rig();
  const nic = t.accessPoint();
  radio.apFails = true;
  assert.is(
    thrown(() => nic.active(true)),
    'Error: ap_mode: -2',
  );
  assert.is(nic.active(), false);
  radio.apFails = false;
  nic.active(true);
  assert.is(nic.active(), true);
});

test('when the access point goes the radio is reset: the station loses its network, and sockets are not touched any more', () => {
  const t = rig();
  const sta = t.station();
  sta.connect('home', 'secret42');
  t.pass(5000);
  network.socket('AF_INET', 'STREAM');
  const ap = t.accessPoint();
  ap.active(true);
  assert.equal(sta.ipconfig('addr4'), [null, null], 'the firmware shows the access point’s address meanwhile');
  t.heard();
  ap.active(false);
  t.pass(1100);
  assert.equal(t.heard(), ['dead', 'disconnected lost', 'establish', 'dead']);
  sta.connect();
  t.pass(5000);
  assert.is(sta.isconnected(), true, 'the last network is the default one');
  sta.ipconfig('addr4');
  assert.equal(radio.crimes, []);
});

test('what the firmware’s own wifi module has hung into the device stays', () => {
  const t = rig();
  const heard: string[] = [];
  radio.assoc_cb = () => heard.push('associated');
  radio.connect_cb = () => heard.push('connected');
  t.station().connect('home', 'secret42');
  t.pass(5000);
  assert.equal(heard, ['associated', 'connected']);
});

test('a network that the firmware has joined already is taken over', () => {
  const t = rig();
  radio.joined = HOME;
  const nic = t.station();
  assert.equal([nic.isconnected(), nic.status()], [true, WLAN.STAT_GOT_IP]);
});

test('disconnect, active(false), a second connect: who waits is told', () => {
  const t = rig();
  const nic = t.station();
  const told: unknown[] = [];
  nic.connect('home', 'wrong-key', (error: Failure) => told.push(error.errno));
  nic.connect('home', 'secret42', (error: Failure | null) => told.push(error));
  assert.equal(told, [125]);
  t.pass(5000);
  assert.equal(told, [125, null]);
  nic.disconnect(() => told.push('off'));
  assert.equal(
    [told[2], nic.isconnected(), nic.status(), nic.status('reason')],
    ['off', false, WLAN.STAT_IDLE, 'user'],
  );
  nic.connect('home', 'secret42', (error: Failure) => told.push(error.reason));
  nic.active(false);
  assert.is(told[3], 'user');
  assert.is(
    thrown(() => nic.connect('home')),
    'OSError: [Errno 100] ENETDOWN: not active',
  );
  assert.is(
    thrown(() => nic.scan(() => {})),
    'OSError: [Errno 100] ENETDOWN: not active',
  );
  t.pass(60000);
  assert.is(radio.asked.length, 1, 'what was given up is not tried');
});

test('one object for each interface; a board without a radio says so', () => {
  const t = rig();
  const nic = t.station();
  assert.is(new WLAN(), nic);
  assert.is(new WLAN(WLAN.STA_IF), nic);
  assert.is.not(new WLAN(WLAN.AP_IF), nic);
  assert.is(
    thrown(() => new WLAN(2)),
    'ValueError: invalid WLAN interface identifier',
  );
  assert.is(
    thrown(() => new (WLAN as unknown as new (...args: unknown[]) => unknown)(0, 1)),
    'TypeError: too many arguments',
  );
  const bare = new Rig(new Clock(), () => null);
  assert.is(
    thrown(() => bare.station()),
    'OSError: [Errno 19] ENODEV: no radio',
  );
  const globals = globalThis as unknown as { __ieee80211dev?: unknown };
  const { __ieee80211dev: device } = globals;
  delete globals.__ieee80211dev;
  assert.is(openRadio(), null);
  globals.__ieee80211dev = device;
});

test('errors of config(), status() and of the wrong interface', () => {
  const t = rig();
  const sta = t.station();
  const ap = t.accessPoint();
  assert.is(
    thrown(() => sta.config('nonsense')),
    'ValueError: unknown config param',
  );
  assert.is(
    thrown(() => sta.config({ nonsense: 1 })),
    'ValueError: unknown config param',
  );
  assert.is(
    thrown(() => (sta.config as (...args: unknown[]) => unknown)()),
    'TypeError: must query one param',
  );
  assert.is(
    thrown(() => (sta.config as (...args: unknown[]) => unknown)('ssid', {})),
    "TypeError: can't specify pos and kw args",
  );
  assert.is(
    thrown(() => sta.status('nonsense')),
    'ValueError: unknown status param',
  );
  assert.is(
    thrown(() => sta.status('stations')),
    'ValueError: AP required',
  );
  assert.is(
    thrown(() => ap.status('rssi')),
    'ValueError: STA required',
  );
  assert.is(
    thrown(() => ap.connect('home')),
    'ValueError: STA required',
  );
  assert.is(
    thrown(() => ap.scan(() => {})),
    'ValueError: STA required',
  );
  assert.is(
    thrown(() => sta.connect()),
    'ValueError: invalid ssid',
  );
  assert.is(
    thrown(() => sta.connect('a', 'secret42', 'b')),
    'TypeError: too many arguments',
  );
  assert.is(
    thrown(() => sta.connect('a', 'secret42', { when: 1 })),
    'TypeError: unexpected argument when',
  );
  assert.is(
    thrown(() => sta.connect('a', 'secret42', { timeout: -1 })),
    'ValueError: invalid timeout',
  );
  assert.is(
    thrown(() => sta.connect('a', 'secret42', { bssid: [1, 2] })),
    'ValueError: invalid bssid',
  );
  assert.is(
    thrown(() => sta.connect(7)),
    'TypeError: ssid: string expected',
  );
  assert.is(
    thrown(() => sta.connect('a', 7)),
    'TypeError: key: string expected',
  );
  assert.is(
    thrown(() => sta.config({ reconnects: -2 })),
    'ValueError: invalid reconnects',
  );
  assert.is(
    thrown(() => sta.config({ mac: new Uint8Array(6) })),
    NO + 'mac',
  );
  assert.equal(hostname(), 'micronic');
});

test.run();
