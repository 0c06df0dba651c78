/** Kaluma's firmware with a W5500 on its SPI: the example, and how fast it is. */

import http from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Socket } from '../../board-targets/node/socket';
import {
  createEthernet,
  ethernetCarrier,
  ethernetConfigure,
  ethernetInput,
  ethernetOutput,
  ethernetPoll,
  ethernetPollAt,
} from '../../modules/ethernet/link';
import { netifUp, type Netif } from '../../modules/inet/ip';
import { stackFlush, stackInput } from '../../modules/inet/stack';
import { tcpListen } from '../../modules/inet/tcp';
import { createHost, hostRearm, type Host } from '../../modules/network/host';
import { emulatedPlatform } from '../../scripts/emulator/platform';
import type { Board } from '../../scripts/emulator/board';
import { SERVER_MAC, dhcpFrame, macBytes, see } from '../helpers/ethernet';
import { addressNumber } from '../helpers/packets';
import { W5500Chip } from '../helpers/w5500';
import { type Device, example, hasFirmware, sequence, withDevice } from './device';

const test = suite('W5500 on the firmware');

const CS = 17;
const RESET = 20;
const INT = 21;
const HIGH = 1;
/** Of a cable of 100 Mbit/s and a switch. */
const WIRE_NS = 50000;

/** Solders the chip to the board's SPI0, GP17, GP20 and GP21. */
function solder(board: Board): W5500Chip {
  const chip = new W5500Chip();
  const pico = board.chip;
  const spi = pico.spi[0];
  let octet = 0;
  let selected = false;
  const done = pico.clock.createAlarm(() => spi.completeTransmit(octet));
  spi.onTransmit = (value) => {
    octet = chip.exchange(value);
    done.schedule((8 * 1e9) / spi.clockFrequency);
  };
  pico.gpio[CS].addListener((state, before) => {
    if (selected && state === HIGH) {
      chip.deselect();
    } else if (!selected && before === HIGH) {
      chip.select();
    } else {
      // Until the pin is driven for the first time, it is what it is.
      return;
    }
    selected = !selected;
  });
  pico.gpio[RESET].addListener((state) => chip.hold(state !== HIGH));
  pico.gpio[INT].setInputValue(true);
  chip.onPin = (low) => pico.gpio[INT].setInputValue(!low);
  return chip;
}

/** A station at the other end: DHCP, and our own stack with Node's http on it, in the board's time. */
class Station {
  readonly host: Host;

  constructor(board: Board, chip: W5500Chip) {
    const host = (this.host = createHost(emulatedPlatform(board.clock, {}, sequence(2))));
    const link = createEthernet(
      {
        _transmit: (buf, at, end) => {
          const frame = buf.slice(at, end);
          this.later(board, () => chip.feed(frame), frame);
          return true;
        },
        _packet: (_type, buf, at, end) => stackInput(host._stack, netif, buf, at, end, host._nowMs()),
        _configured: () => {
          netif._address = link._address;
          netifUp(host._stack, netif);
        },
        _failed: (reason) => {
          throw new Error(reason);
        },
        _random32: sequence(3),
        _hostName: () => new Uint8Array(0),
      },
      8,
    );
    const netif: Netif = {
      _address: 0,
      _mask: addressNumber('255.255.255.0'),
      _gateway: 0,
      _mtu: 1500,
      _up: false,
      _dns: [],
      _output: (buf, at, end) => ethernetOutput(link, buf, at, end, host._nowMs()),
    };
    link._mac.set(macBytes(SERVER_MAC));
    host._pollables.push({ _poll: (nowMs) => ethernetPoll(link, nowMs), _pollAt: () => ethernetPollAt(link) });
    ethernetConfigure(link, { _address: addressNumber('10.0.0.1'), _mask: netif._mask, _gateway: 0 }, host._nowMs());
    ethernetCarrier(link, true, host._nowMs());
    hostRearm(host);
    chip.onSend = (frame) => {
      this.later(
        board,
        () => {
          const seen = see(frame, board.ms);
          const type = { discover: 2, request: 5 }[seen.what];
          if (type) {
            chip.feed(dhcpFrame(seen, type, {}, seen.from));
            return;
          }
          const buf = new Uint8Array((frame.length + 3) & ~1);
          buf.set(frame, 2);
          ethernetInput(link, buf, 2, 2 + frame.length, host._nowMs());
          stackFlush(host._stack);
          hostRearm(host);
        },
        frame,
      );
    };
  }

  private later(board: Board, run: () => void, frame: Uint8Array): void {
    board.chip.clock.createAlarm(run).schedule(WIRE_NS + frame.length * 80);
  }

  listen(port: number, connection: (socket: Socket) => void): void {
    tcpListen(this.host._stack, port, 8, (accepted) => {
      const socket = new Socket(this.host).attach(accepted);
      connection(socket);
      return socket;
    });
  }
}

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
