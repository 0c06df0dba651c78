/** Espruino's clock, timer and randomness, and the bounds of an ESP32 without RTS and CTS. */

import type { Bounds, Platform } from '../target';
import { native } from './firmware';
import { plugNetwork } from './networkjs';
import { wrapSerial } from './uart';

const bounds: Bounds = {
  _mtu: 1500,
  // Fewer and longer packets: a packet costs more than its bytes.
  _mru: 1500,
  // A frame of 1,500 octets with every one escaped, and the start of the next.
  _frameBuffer: 3072,
  // All of it at once: the engine finds room in one piece, which is fast, while its memory is empty.
  _frameFirst: 3072,
  _readChunk: 256,
  // The driver's ring of 1,024 bytes empties by itself: nothing is won by pieces.
  _txPiece: 1500,
  _tcpSockets: 8,
  _tcpSendRing: 2920,
  // Two segments, which make an ACK due. Nothing can hold the peer back: what a window lets him send has to wait in the
  // firmware's 4,096 bytes (of which it leaves 256 free) while JavaScript is busy, however long. What several
  // connections get too much at a time is lost, and sent again.
  _tcpWindow: 2920,
  _sendingReserve: 0,
  _outOfOrder: 2920,
  _udpSockets: 4,
  _dnsCache: 4,
  _txBurst: 2,
};

declare function getTime(): number;
declare function setTimeout(f: () => void, delayMs: number): number;
declare function clearTimeout(id: number): void;

/** Seconds that the clock was put back by setTime(), and its last reading. */
let behind = 0;
let last = 0;

let timer: number | null = null;

function fire(): void {
  timer = null;
  (platform._tick as () => void)();
}

export const platform: Platform = {
  _bounds: bounds,
  _nowMs: function () {
    const now = getTime();
    if (now < last) {
      behind += last - now;
    }
    last = now;
    return Math.floor((now + behind) * 1000);
  },
  _setTimer: function (delayMs) {
    // clearTimeout() of nothing would end all timers of the program.
    if (timer !== null) {
      clearTimeout(timer);
    }
    timer = setTimeout(fire, delayMs);
  },
  _random32: function () {
    const random = native.hwRand ? native.hwRand() : Math.random() * 0x100000000;
    // Where it is a plain generator, the instant is what a peer does not know.
    return (random ^ (getTime() * 1000000)) >>> 0;
  },
  _wrapStream: wrapSerial,
  _plug: plugNetwork,
};
