/** A computer's clock, timer and randomness, and bounds that are generous without hiding a slow line's truth. */

import { randomBytes } from 'node:crypto';
import type { Bounds, Platform } from '../target';
import { wrapDuplex } from './uart';

const bounds: Bounds = {
  _mtu: 1500,
  _mru: 1500,
  _frameBuffer: 8192,
  _frameFirst: 2048,
  _readChunk: 4096,
  _txPiece: 1500,
  _tcpSockets: 256,
  _tcpSendRing: 16384,
  _tcpWindow: 16384,
  _sendingReserve: 0,
  _outOfOrder: 16384,
  _udpSockets: 64,
  _dnsCache: 64,
  _txBurst: 16,
};

/** setTimeout counts in 31 bits. */
const LONGEST_MS = 0x7fffffff;

export function createPlatform(overrides: Partial<Bounds> = {}): Platform {
  let timer: NodeJS.Timeout | undefined;
  const platform: Platform = {
    _bounds: { ...bounds, ...overrides },
    _nowMs: () => Math.floor(performance.now()),
    _setTimer: (delayMs) => {
      clearTimeout(timer);
      timer = setTimeout(() => platform._tick?.(), Math.min(delayMs, LONGEST_MS));
      // A deadline alone does not keep the program running: the line under it does.
      timer.unref();
    },
    _random32: () => randomBytes(4).readUInt32LE(0),
    _wrapStream: wrapDuplex,
    _plug: () => {},
  };
  return platform;
}
