/**
 * class WLAN on the real interpreter. Its build for Linux has no `Wifi`, so that is the model of test/helpers/fake-wifi.js,
 * run by the interpreter too.
 */

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withEngine, hasEspruino } from './engine';

const BUNDLE = 'dist/espruino/network.min.js';

const WIFI = `
${readFileSync('test/helpers/fake-wifi.js', 'utf8')}
var wifi$ = makeWifi(function (ms, f) { setTimeout(f, ms); });
wifi$.air = [
  { ssid: 'home', mac: '02:11:22:33:44:55', authMode: 'wpa2', rssi: -50, channel: 6, key: 'secret42' },
  { ssid: 'open', mac: '02:11:22:33:44:66', authMode: 'open', rssi: -70, channel: 11 }
];
Modules.addCached('Wifi', 'exports=wifi$');
`;

/** From the storage, in flash: in memory the bundle would take more than the ESP32's variables. */
async function printed(program: string, patterns: RegExp[]): Promise<string[]> {
  const found: string[] = [];
  await withEngine(
    WIFI + program,
    async (engine) => {
      for (const pattern of patterns) {
        found.push((await engine.says(pattern)).slice(1).join());
      }
      assert.not.match(engine.console, /Uncaught|ERROR|MEMORY/);
    },
    { stored: { network: readFileSync(BUNDLE, 'utf8') } },
  );
  return found;
}

test('a network is joined, scanned for, and left; a wrong key is told from a wrong name', async () => {
  if (!hasEspruino()) {
    return;
  }
  const lines = await printed(
    `
var network = require('network'), WLAN = network.WLAN;
var wlan = new WLAN(WLAN.IF_STA);
print('@same ' + (new WLAN() === wlan));
wlan.active(true);
wlan.on('disconnected', function (reason) { print('@gone ' + reason); });
wlan.connect('home', 'secret42', { timeout: 10000 }, function (error) {
  print('@up ' + error + ' ' + wlan.ifconfig().join() + ' ' + (wlan.status() === network.STAT_GOT_IP));
  print('@mac ' + wlan.config('mac').join() + ' ' + wlan.status('rssi'));
  wlan.scan(function (error, list) {
    print('@scan ' + JSON.stringify(list.map(function (found) { return [found[0], found[2], found[3], found[4], found[5]]; })));
    wlan.disconnect(function () {
      wlan.connect('home', 'not-the-key', function (error) {
        print('@key ' + error.reason + ' ' + error.errno + ' ' + wlan.status());
        wlan.connect('nowhere', function (error) {
          print('@name ' + error.reason + ' ' + (wlan.status() === WLAN.STAT_NO_AP_FOUND));
        });
      });
    });
  });
});
`,
    [/@same (.*)/, /@up (.*)/, /@mac (.*)/, /@scan (.*)/, /@gone (.*)/, /@key (.*)/, /@name (.*)/],
  );
  assert.equal(lines, [
    'true',
    'null 192.168.1.77,255.255.255.0,192.168.1.1, true',
    '36,111,40,0,0,1 -50',
    '[["home",6,-50,3,0],["open",11,-70,0,0]]',
    'user',
    'auth-failed 13 15',
    'no-network true',
  ]);
});

test('an access point, its stations, and what the firmware does not do', async () => {
  if (!hasEspruino()) {
    return;
  }
  const lines = await printed(
    `
var network = require('network');
var ap = new network.WLAN(network.AP_IF);
ap.config({ ssid: 'mine', key: 'secret42', channel: 11 });
ap.active(true, function (error) {
  print('@on ' + error + ' ' + JSON.stringify(wifi$.ap));
  wifi$.emit('sta_joined', { mac: '0a:00:00:00:00:01' });
  setTimeout(function () {
    print('@stations ' + ap.status('stations')[0][0].join() + ' ' + ap.isconnected());
    try { ap.config({ hidden: true }); } catch (e) { print('@no ' + e.errno + ' ' + e.message); }
    try { ap.config({ ssid: 'other', key: 'short' }); } catch (e) { print('@bad ' + e.name + ' ' + e.message + ' ' + ap.config('ssid')); }
    print('@used ' + (process.memory().usage < 8192));
    try { new network.LAN(); } catch (e) { print('@lan ' + e.errno); }
    var w = new network.WLANWiPy(0, network.WLANWiPy.STA, { ssid: 'open' });
    w.connect('open', { timeout: 5000 }, function (e) { print('@wipy ' + e + ' ' + w.isconnected() + ' ' + w.ssid()); });
  }, 100);
});
`,
    [/@on (.*)/, /@stations (.*)/, /@no (.*)/, /@bad (.*)/, /@used (.*)/, /@lan (.*)/, /@wipy (.*)/],
  );
  assert.equal(lines, [
    'null {"ssid":"mine","options":{"password":"secret42","channel":11}}',
    '10,0,0,0,0,1 true',
    "95 [Errno 95] ENOTSUP: Espruino has no way to the radio's hidden",
    'ValueError invalid key mine',
    'true',
    '95',
    'null true open',
  ]);
});

test.run();
