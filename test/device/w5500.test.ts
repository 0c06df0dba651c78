/** Kaluma's firmware with a W5500 on its SPI: the example, and how fast it is. */

import http from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { W5500Chip } from '../helpers/w5500';
import { type Device, example, hasFirmware, withDevice } from './device';
import { Station, solder } from './wired';

const test = suite('W5500 on the firmware');

async function withStation(
  source: string,
  body: (device: Device, chip: W5500Chip, station: Station) => Promise<void>,
): Promise<void> {
  await withDevice(source, { bundle: 'dist/kaluma/ethernet.js' }, async (device) => {
    const chip = solder(device.board);
    await body(device, chip, new Station(device.board, chip));
    assert.equal(chip.crimes, []);
  });
}

test('w5500.js gets an address and a page', async () => {
  if (!hasFirmware()) {
    return;
  }
  await withStation(example('w5500.js'), async (device, _chip, station) => {
    const server = http.createServer((_request, response) => response.end('x'.repeat(3000)));
    station.listen(8080, (socket) => void server.emit('connection', socket));
    await device.expect(/address 10\.0\.0\.5\n/);
    await device.expect(/200 3000 bytes\n/);
  });
});

const SIZE = 200000;
/** One octet in so many is looked at, so that looking is not what takes the time. */
const STEP = 97;

test(`${SIZE} octets over one connection`, async () => {
  if (!hasFirmware()) {
    return;
  }
  const content = Buffer.from(Array.from({ length: SIZE }, (_, i) => (i * 7 + (i >> 8) * 13) & 255));
  let sum = 0;
  for (let at = 0; at < SIZE; at += STEP) {
    sum = (sum * 31 + content[at]) & 0xffff;
  }
  const source = `
    var network = require('network'), SPI = require('spi').SPI, net = require('net');
    var nic = new network.WIZNET5K(new SPI(0, { baudrate: 20000000, sck: 18, mosi: 19, miso: 16 }), 17, 20, 21);
    nic.on('connected', function () {
      var bytes = 0, sum = 0, next = 0, from = 0;
      var socket = net.connect({ host: '10.0.0.1', port: 9000 }, function () { from = millis(); socket.write('go'); });
      socket.on('data', function (data) {
        var length = data.length;
        for (; next < bytes + length; next += ${STEP}) sum = (sum * 31 + data[next - bytes]) & 0xffff;
        bytes += length;
        if (bytes >= ${SIZE}) console.log('got', bytes, 'sum', sum, 'in', millis() - from, 'ms');
      });
    });
    nic.active(true);`;
  await withStation(source, async (device, chip, station) => {
    station.listen(9000, (socket) => void socket.once('data', () => socket.write(content)));
    const [, bytes, got, ms] = await device.expect(/got (\d+) sum (\d+) in (\d+) ms\n/, 120000);
    assert.equal([Number(bytes), Number(got)], [SIZE, sum]);
    const mhz = device.board.chip.spi[0].clockFrequency / 1e6;
    console.log(
      `\n${(SIZE / Number(ms)).toFixed(1)} kB/s, SPI at ${mhz} MHz, ${chip.frames} SPI frames, ${chip.octets} octets`,
    );
  });
});

test.run();
