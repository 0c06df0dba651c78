/** The access point of class WLAN: on, off, and anew when its settings change. */

import { emit } from './emitter';
import { hostRearm } from './host';
import { nicFailed, tellWaiting } from './nic';
import { checkNetwork } from './wlan-arguments';
import type { Wlan } from './wlan-types';

/** A firmware whose access point is not there by then has forgotten it, ms. */
const START_MS = 10000;

/** @throws what the firmware throws */
export function startAp(wlan: Wlan): void {
  const nic = wlan._card;
  checkNetwork(wlan._network);
  wlan._apAtMs = nic._host._nowMs() + START_MS;
  wlan._radio._startAp(wlan._network, function () {
    if (wlan._apAtMs < Infinity) {
      wlan._apAtMs = Infinity;
      wlan._isUp = true;
      emit(nic._listeners, 'phase', 'running');
      tellWaiting(nic, null);
    }
  });
  hostRearm(nic._host);
}

export function stopAp(wlan: Wlan): void {
  wlan._apAtMs = Infinity;
  wlan._radio._stopAp();
  if (wlan._isUp) {
    wlan._isUp = false;
    emit(wlan._card._listeners, 'phase', 'dead');
  }
}

/** Those that have changed take effect at once. */
export function renewAp(wlan: Wlan): void {
  if (wlan._card._active) {
    stopAp(wlan);
    startAp(wlan);
  }
}

export function apPoll(wlan: Wlan, nowMs: number): void {
  if (nowMs >= wlan._apAtMs) {
    stopAp(wlan);
    wlan._card._active = false;
    nicFailed(wlan._card, 'establish', 'timeout', 110);
  }
}
