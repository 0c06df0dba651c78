/** Parts behind a bundle, on Kaluma's firmware. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseTcp, type ParsedTcp } from '../helpers/packets';
import { comesBack, example, hasFirmware, withDevice } from './device';

const test = suite('parts on the firmware');

const text = (name: string): string => readFileSync(`dist/kaluma/${name}.js`, 'utf8');

test('network.js and reconnect: a link whose carrier is lost comes back', async () => {
  if (!hasFirmware()) {
    return;
  }
  const program = text('network') + text('parts/reconnect') + example('reconnect.js');
  await withDevice(program, { isBundled: true }, async (device) => {
    device.serve(0);
    await comesBack(device);
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

test('http.js and keepalive: a silent connection is asked every now and then, and there is heap left', async () => {
  if (!hasFirmware()) {
    return;
  }
  // It is reset when the link has gone.
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const program =
    text('http') +
    text('parts/keepalive') +
    `const { PPP, UART, net } = require('micronic');
    const ppp = new PPP(new UART(0, { baudrate: 115200, tx: 0, rx: 1 }));
    ppp.connect(() => {
      const socket = net.connect(${port}, 'gateway.micronic', () => console.log('@up'));
      socket.setKeepAlive(true, 2000);
      socket.on('close', () => console.log('@closed'));
    });`;
  const segments: ParsedTcp[] = [];
  const trace = (sent: boolean, protocol: number, packet: Uint8Array): void => {
    if (!sent && protocol === 0x21 && packet[9] === 6) {
      segments.push(parseTcp(packet));
    }
  };
  try {
    await withDevice(program, { isBundled: true, gateway: { trace } }, async (device) => {
      device.serve(0);
      await device.expect(/@up\n/);
      await device.run(500);
      const own = segments[0].seq + 1;
      segments.length = 0;
      await device.run(7000);
      assert.equal(
        segments.map(({ seq, flags, data }) => [seq, flags, data.length]),
        Array(3).fill([own - 1, 'A', 0]),
      );
      assert.not.match(device.console, /@closed/);
      await device.type('.gc');
      const { used } = device.board.heapFigures!;
      console.log(`heap in use with a connection open: ${used} bytes`);
      assert.ok(used < 150000, `${used} bytes of heap in use`);
    });
  } finally {
    server.close();
  }
});

test('network.js and mschap: the right key, and a wrong one', async () => {
  if (!hasFirmware()) {
    return;
  }
  const program = (key: string): string =>
    text('network') +
    text('parts/mschap') +
    `const { PPP, UART } = require('network');
    const ppp = new PPP(new UART(0, { baudrate: 115200, tx: 0, rx: 1 }));
    ppp.connect({ security: PPP.SEC_MSCHAP2, user: 'me', key: '${key}' }, (e) => console.log('@' + (e ? e.reason : 'up')));`;
  const options = { isBundled: true, gateway: { auth: 'mschapv2', user: 'me', key: 'secret' } } as const;
  await withDevice(program('secret'), options, async (device) => {
    device.serve(0);
    await device.expect(/@up\n/);
    await device.type('.gc');
    console.log(`heap in use with the link up: ${device.board.heapFigures!.used} bytes`);
  });
  await withDevice(program('guess'), options, async (device) => {
    device.serve(0);
    await device.expect(/@auth-failed\n/);
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
