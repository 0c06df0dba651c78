/** Kaluma's clock, timer and randomness, and the bounds of a board with 180 KB for everything. */

import type { Bounds, Platform } from '../target';
import { wrapFirmwareUart } from './uart';
import { plugNetdev } from './netdev';

const bounds: Bounds = {
  _mtu: 1500,
  _mru: 1500,
  // A frame of 1,500 octets without its escapes, and what comes with an event.
  _frameBuffer: 2048,
  // Most programs never see a longer frame.
  _frameFirst: 192,
  _readChunk: 256,
  // write() returns when all but 33 bytes have left: in that time, 2.9 ms at 115,200 baud, the next piece is framed.
  _txPiece: 32,
  _tcpSockets: 6,
  // Two segments that wait for their ACK, one on the line, and the next one, which is summed meanwhile.
  _tcpSendRing: 7300,
  // Three segments: two make an ACK due, the third keeps the line busy until it arrives. Together with what waits in
  // the 4 KB UART ring while a frame is being sent, nothing can overflow.
  _tcpWindow: 4380,
  // Two segments where our frames hold up reading: they fit into the ring, however long it takes.
  _sendingReserve: 1460,
  _outOfOrder: 2920,
  _udpSockets: 4,
  _dnsCache: 4,
  // write() blocks until the segment has left; in between, what came in is read.
  _txBurst: 0,
};

declare function millis(): number;
declare function micros(): number;
declare function setTimeout(f: () => void, delayMs: number): number;
declare function clearTimeout(id: number): void;

let timer: number | null = null;

/** Firmware 1.2.1: clearing the timer that is just firing corrupts memory, so its id is forgotten first. */
function fire(): void {
  timer = null;
  (platform._tick as () => void)();
}

let pool = 0;

export const platform: Platform = {
  _bounds: bounds,
  _nowMs: function () {
    return millis();
  },
  _setTimer: function (delayMs) {
    if (timer !== null) {
      clearTimeout(timer);
    }
    timer = setTimeout(fire, delayMs);
  },
  // The board has no entropy source that JavaScript can reach: the instants of events, in microseconds, are stirred in.
  _random32: function () {
    pool = (((pool ^ micros()) + 0x3c6ef35f) ^ (Math.random() * 0x100000000)) | 0;
    pool ^= pool << 13;
    pool ^= pool >>> 17;
    pool ^= pool << 5;
    return pool >>> 0;
  },
  _wrapStream: wrapFirmwareUart,
  _plug: plugNetdev,
};
