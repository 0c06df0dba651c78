/** The whole network module on Kaluma's firmware, board pico, which has no radio: it fits, PPP works, WLAN says why not. */

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasFirmware, withDevice } from './device';

const test = suite('network.js on the firmware');

const PROGRAM = `
var network = require('network');
var UART = network.UART;
console.log('@names ' + ['PPP', 'WLAN', 'LAN', 'WIZNET5K', 'country', 'route'].map(function (n) { return typeof network[n]; }).join());
try { new network.WLAN(network.WLAN.IF_STA); } catch (e) { console.log('@wlan ' + e.errno + ' ' + e.message); }
try { new network.LAN(); } catch (e) { console.log('@lan ' + e.errno); }
console.log('@constants ' + [network.STAT_GOT_IP, network.WLAN.SEC_WPA2, network.MODE_11N].join());
var ppp = new network.PPP(new UART(0, { baudrate: 115200, tx: 0, rx: 1 }));
ppp.on('connected', function () {
  console.log('@up ' + ppp.ipconfig('addr4')[0] + ' ' + (network.route()[0] === ppp));
  console.log('@heap ' + process.memoryUsage().heapUsed);
});
ppp.connect();
`;

test('it loads, and a link comes up', async () => {
  if (!hasFirmware()) {
    return;
  }
  const program = readFileSync('dist/kaluma/network.js', 'utf8') + PROGRAM;
  await withDevice(program, { isBundled: true }, async (device) => {
    await device.expect(/@names function,function,function,function,function,function\n/);
    await device.expect(/@wlan 19 \[Errno 19\] ENODEV: no radio\n/);
    await device.expect(/@lan 19\n/);
    await device.expect(/@constants 1010,3,3\n/);
    device.serve(0);
    await device.expect(/@up 192\.168\.64\.2 true\n/);
    const [, used] = await device.expect(/@heap (\d+)\n/);
    // Of 184,312, with room for a program.
    console.log(`heap in use with the link up: ${used} bytes`);
    assert.ok(Number(used) < 130000, `${used} bytes of heap in use`);
  });
});

/** In the place of a Pico W's device, by the contract of Kaluma's documentation: a network that is there, and one that is not. */
const RADIO = `
global.__ieee80211dev = {
  joined: false,
  connect: function (info, cb) { this.joined = info.ssid === 'home' && info.password === 'secret42'; cb(this.joined ? 0 : -1); },
  disconnect: function (cb) { this.joined = false; if (cb) cb(0); },
  get_connection: function (cb) { if (this.joined) cb(0, {}); else cb(-1); },
  scan: function (cb) { cb(0, [{ ssid: 'home', bssid: '02:11:22:33:44:55', security: 'WPA2_PSK', rssi: -50, channel: 6 }]); }
};
global.__netdev = {
  socket: function () { this.ip = '192.168.1.23'; this.mac = '28:CD:C1:00:00:2A'; return 0; },
  close: function () {}
};
`;

const WLAN_PROGRAM = `
var WLAN = require('network').WLAN;
var wlan = new WLAN(WLAN.IF_STA);
wlan.active(true);
wlan.on('disconnected', function (reason) { console.log('@gone ' + reason); });
wlan.connect('home', 'wrong-key', function (error) {
  console.log('@refused ' + error.reason + ' ' + (wlan.status() === WLAN.STAT_CONNECT_FAIL));
  wlan.connect('home', 'secret42', { timeout: 10000 }, function (error) {
    console.log('@up ' + error + ' ' + wlan.ipconfig('addr4')[0] + ' ' + wlan.config('mac').join());
    wlan.scan(function (error, list) { console.log('@scan ' + JSON.stringify(list[0])); });
    global.__ieee80211dev.joined = false;
  });
});
`;

for (const bundle of ['network', 'wifi']) {
  test(`WLAN on the engine, ${bundle}.js`, async () => {
    if (!hasFirmware()) {
      return;
    }
    const program = RADIO + readFileSync(`dist/kaluma/${bundle}.js`, 'utf8') + WLAN_PROGRAM;
    await withDevice(program, { isBundled: true }, async (device) => {
      await device.expect(/@refused refused true\n/);
      await device.expect(/@up null 192\.168\.1\.23 40,205,193,0,0,42\n/);
      await device.expect(/@scan \["home",.*,6,-50,3,0\]\n/);
      await device.expect(/@gone lost\n/);
    });
  });
}

test.run();
