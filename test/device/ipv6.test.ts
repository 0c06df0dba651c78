/** IPv6 on Kaluma's firmware: the part behind ppp.js, an address by SLAAC over PPP, the firmware's own net over it. */

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createHost } from '../../modules/network/host';
import { emulatedPlatform } from '../../scripts/emulator/platform';
import { SERVER6, SixPeer } from '../helpers/six-peer';
import { hasFirmware, sequence, withDevice } from './device';

const test = suite('IPv6 on the firmware');

const text = (name: string): string => readFileSync(`dist/kaluma/${name}.js`, 'utf8');

test('ppp.js and ipv6: an address by an advertisement, a connection over it, and heap left', async () => {
  if (!hasFirmware()) {
    return;
  }
  const program =
    text('ppp') +
    text('parts/ipv6') +
    `const { PPP, UART } = require('network');
    const net = require('net');
    const ppp = new PPP(new UART(0, { baudrate: 115200, tx: 0, rx: 1 }));
    let asked = false;
    ppp.config({ ipv6: 1 });
    ppp.on('addr6', function () {
      console.log('@addr6 ' + JSON.stringify(ppp.ipconfig('addr6')));
      go();
    });
    ppp.on('connected', go);
    function go() {
      if (ppp.ipconfig('addr6').length > 1 && ppp.isconnected() && !asked) {
        asked = true;
        const socket = net.connect({ host: '${SERVER6}', port: 80 }, function () {
          console.log('@connected', socket.remoteAddress);
          socket.write('stressed');
        });
        socket.on('error', function (e) { console.log('@error ' + e); });
        socket.on('data', function (data) {
          console.log('@got ' + String.fromCharCode.apply(null, data));
        });
      }
    }
    ppp.connect();`;
  await withDevice(program, { isBundled: true }, async (device) => {
    const platform = emulatedPlatform(device.board.clock, {}, sequence(5));
    const peer = new SixPeer(device.board.ports[0], createHost(platform));
    const [, address] = await device.expect(
      /@addr6 \[\["fe80::[^"]+",48,0,0\],\["(2001:db8:7:0:[^"]+)",48,\d+,\d+\]\]\n/,
    );
    console.log(`address by SLAAC: ${address}`);
    await device.expect(new RegExp(`@connected ${SERVER6}\n`));
    await device.expect(/@got desserts\n/);
    await device.type('.gc');
    const { used } = device.board.heapFigures!;
    console.log(`heap in use, a connection over IPv6 open: ${used} bytes`);
    assert.ok(used < 130000, `${used} bytes of heap in use`);
    assert.ok(peer.router.heard.some(({ source, protocol }) => source === address && protocol === 6));
  });
});

test.run();
