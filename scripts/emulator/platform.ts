/** What a stack beside an emulated board lives by: the board's time. */

import { createPlatform } from '../../board-targets/node/platform';
import type { Bounds, Platform } from '../../board-targets/target';
import type { EmulatedClock } from './clock';

const MIN_NS = 1000;
const LONGEST_MS = 1e9;

/**
 * A computer's platform whose clock and timer are emulated: a peer on it neither gives up on a slow emulation nor
 * retransmits because of one, and the same run gives the same packets at the same times.
 *
 * @param random32 for runs that are to be the same again; by default the computer's
 */
export function emulatedPlatform(
  clock: EmulatedClock,
  bounds: Partial<Bounds> = {},
  random32?: () => number,
): Platform {
  const computer = createPlatform(bounds);
  const alarm = clock.createAlarm(() => platform._tick?.());
  const platform: Platform = {
    ...computer,
    _nowMs: () => Math.floor(clock.nanos / 1e6),
    _setTimer: (delayMs) => {
      // Counted from the whole millisecond that the clock shows; and never at once, so that time always passes.
      alarm.schedule(Math.max(MIN_NS, Math.min(delayMs, LONGEST_MS) * 1e6 - (clock.nanos % 1e6)));
    },
    _random32: random32 ?? computer._random32,
  };
  return platform;
}
