/** Parts behind a bundle, on Kaluma's firmware. */

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { example, hasFirmware, withDevice } from './device';

const test = suite('parts on the firmware');

const text = (name: string): string => readFileSync(`dist/kaluma/${name}.js`, 'utf8');

test('network.js and reconnect: a link whose carrier is lost comes back', async () => {
  if (!hasFirmware()) {
    return;
  }
  const program = text('network') + text('parts/reconnect') + example('reconnect.js');
  await withDevice(program, { isBundled: true }, async (device) => {
    device.serve(0);
    await device.expect(/up 192\.168\.64\.2\n/);
    await device.run(3000);
    device.board.ports[0].write('\r\nNO CARRIER\r\n');
    await device.expect(/down no-carrier\n[^]*failed running no-carrier\n/);
    await device.expect(/up 192\.168\.64\.2\n/);
  });
});

test('ppp.js with all of its parts: they load, and there is heap left', async () => {
  if (!hasFirmware()) {
    return;
  }
  const names = ['reconnect', 'probe', 'timeout', 'vj', 'ipv6cp', 'ping', 'route'];
  const program =
    text('ppp') +
    names.map((name) => text(`parts/${name}`)).join('') +
    `const { PPP, UART, ping } = require('network');
    const ppp = new PPP(new UART(0, { baudrate: 115200, tx: 0, rx: 1 }));
    ppp.config({ reconnects: 1, probe: 60000, timeout: 20000, vj: 1, ipv6: 1 });
    ppp.connect((error) => {
      ping('gateway.micronic', (error, ms) => console.log('@ping', error, ms > 0));
      console.log('@heap', process.memoryUsage().heapUsed);
    });`;
  await withDevice(program, { isBundled: true, gateway: { vj: true, ipv6: true } }, async (device) => {
    device.serve(0);
    const [, used] = await device.expect(/@heap (\d+)\n/);
    console.log(`heap in use with the link up: ${used} bytes`);
    assert.ok(Number(used) < 130000, `${used} bytes of heap in use`);
    await device.expect(/@ping null true\n/);
  });
});

test('a part without a bundle: the error says so', async () => {
  if (!hasFirmware()) {
    return;
  }
  await withDevice(text('parts/reconnect'), { isBundled: true }, async (device) => {
    await device.expect(/micronic: parts\/reconnect\.js goes behind a bundle with PPP, of its version/);
  });
});

test.run();
