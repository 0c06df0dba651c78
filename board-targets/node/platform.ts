/** A computer's clock, timer and randomness, and bounds that are generous without hiding a slow line's truth. */

import { randomBytes } from 'node:crypto';
import type { Bounds, Platform } from '../target';
import { wrapDuplex } from './uart';

const bounds: Bounds = {
  MTU: 1500,
  MRU: 1500,
  FRAME_BUFFER: 8192,
  READ_CHUNK: 4096,
  TX_PIECE: 1500,
  TCP_SOCKETS: 256,
  TCP_SEND_RING: 16384,
  TCP_WINDOW: 16384,
  OUT_OF_ORDER: 16384,
  UDP_SOCKETS: 64,
  DNS_CACHE: 64,
  TX_BURST: 16,
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
