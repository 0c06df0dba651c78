/** A W5500 on the SPI of an emulated Pico, and a station at the other end of its cable, in the board's time. */

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
import { sequence } from './device';

const CS = 17;
const RESET = 20;
const INT = 21;
const HIGH = 1;
/** Of a cable of 100 Mbit/s and a switch. */
const WIRE_NS = 50000;

/** Calls back when a frame of so many octets has gone over the cable. */
export function overCable(board: Board, octets: number, run: () => void): void {
  board.chip.clock.createAlarm(run).schedule(WIRE_NS + octets * 80);
}

/** Solders the chip to the board's SPI0, GP17, GP20 and GP21. */
export function solder(board: Board): W5500Chip {
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
export class Station {
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
    overCable(board, frame.length, run);
  }

  listen(port: number, connection: (socket: Socket) => void): void {
    tcpListen(this.host._stack, port, 8, (accepted) => {
      const socket = new Socket(this.host).attach(accepted);
      connection(socket);
      return socket;
    });
  }
}
