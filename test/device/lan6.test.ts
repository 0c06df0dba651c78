/** IPv6 over Ethernet on Kaluma's firmware: the part behind bundles with LAN, an address by SLAAC, the firmware's own net. */

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PREFIX, SERVER6 } from '../helpers/six-peer';
import { SixStation } from '../helpers/six-station';
import { hasFirmware, withDevice } from './device';
import { Station, overCable, solder } from './wired';

const test = suite('IPv6 over Ethernet on the firmware');

const text = (name: string): string => readFileSync(`dist/kaluma/${name}.js`, 'utf8');

const PROGRAM = `
  var network = require('network'), SPI = require('spi').SPI, net = require('net');
  var mac = new Uint8Array([2, 0, 0, 0, 0x55, 0]), asked = false;
  var nic = new network.LAN({ spi: new SPI(0, { baudrate: 20000000, sck: 18, mosi: 19, miso: 16 }),
    cs: 17, int: 21, reset: 20, phy_type: 102, mac: mac });
  function go() {
    if (!asked && nic.isconnected() && nic.ipconfig('has_autoconf6')) {
      asked = true;
      console.log('@addr6 ' + JSON.stringify(nic.ipconfig('addr6')));
      var socket = net.connect({ host: '${SERVER6}', port: 80 }, function () {
        console.log('@connected', socket.remoteAddress);
        socket.write('stressed');
      });
      socket.on('error', function (e) { console.log('@error ' + e); });
      socket.on('data', function (data) {
        console.log('@got ' + String.fromCharCode.apply(null, data));
      });
    }
  }
  net.createServer(function (client) {
    console.log('@client', client.remoteAddress);
    client.on('data', function (data) { client.write('<' + String.fromCharCode.apply(null, data) + '>'); });
  }).listen(7);
  nic.on('addr6', go);
  nic.on('connected', go);
  nic.active(true);`;

/** Bytes of heap that may be in use behind each. */
const ROOM: Record<string, number> = { ethernet: 135000, network: 172000 };

for (const front of ['ethernet', 'network']) {
  test(`${front}.js and lan6: an address by an advertisement, a connection over it, and heap left`, async () => {
    if (!hasFirmware()) {
      return;
    }
    await withDevice(text(front) + text('parts/lan6') + PROGRAM, { isBundled: true }, async (device) => {
      const chip = solder(device.board);
      const { host } = new Station(device.board, chip);
      const six = new SixStation(chip, host, (octets, run) => overCable(device.board, octets, run));
      const [, addresses] = await device.expect(/@addr6 (.*)\n/);
      const address = `${PREFIX}ff:fe00:5500`;
      const rows = JSON.parse(addresses) as unknown[][];
      assert.equal(
        rows.map((row) => row.slice(0, 2)),
        [
          ['fe80::ff:fe00:5500', 0x30],
          [address, 0x30],
        ],
      );
      await device.expect(new RegExp(`@connected ${SERVER6}\n`));
      await device.expect(/@got desserts\n/);
      await device.type('.gc');
      const { used, bytes } = device.board.heapFigures!;
      console.log(`${front}.js: ${used} of ${bytes} bytes of heap in use, a connection over IPv6 open`);
      assert.ok(used < ROOM[front], `${used} bytes of heap in use`);
      const answers: string[] = [];
      six.router.ask(address, 7, 'hello', (answer) => answers.push(answer));
      await device.expect(new RegExp(`@client ${SERVER6}\n`));
      assert.ok(await device.until(() => answers.length > 0));
      assert.equal(answers, ['<hello>']);
      assert.ok(six.router.heard.some(({ source, protocol }) => source === address && protocol === 6));
      assert.equal(chip.crimes, []);
    });
  });
}

test.run();
