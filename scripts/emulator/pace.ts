/** Emulated time beside Node's event loop. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Board } from './board';

export interface RunOptions {
  /** Emulated time to run for. */
  ms?: number;
  /** Stops when it becomes true; looked at after each slice. */
  until?: () => boolean;
  /** Never ahead of the clock on the wall: what the board talks to lives by that. */
  realTime?: boolean;
  signal?: AbortSignal;
  /** Emulated time between two turns of the event loop. */
  sliceMs?: number;
}

/** So far ahead of the wall's clock is not worth a sleep. */
const AHEAD_MS = 4;
/** What a slow computer has fallen behind is not made good beyond this, or it would run too fast afterwards. */
const BEHIND_MS = 100;

/**
 * Runs the board in slices, and what is around it between them.
 *
 * @returns whether `until` has become true; without `until`, whether the board is still alive
 */
export async function runBoard(board: Board, options: RunOptions): Promise<boolean> {
  const { ms = Infinity, until, realTime, signal, sliceMs = 2 } = options;
  const endMs = board.ms + ms;
  let offsetMs = performance.now() - board.ms;
  while (!until?.()) {
    if (board.death || board.ms >= endMs || signal?.aborted) {
      return !until && !board.death;
    }
    board.run(Math.min(sliceMs, endMs - board.ms));
    const aheadMs = board.ms + offsetMs - performance.now();
    if (realTime && aheadMs > AHEAD_MS) {
      await sleep(aheadMs);
    } else {
      await turn();
    }
    if (aheadMs < -BEHIND_MS) {
      offsetMs += -BEHIND_MS - aheadMs;
    }
  }
  return true;
}

/** Lets everything else have its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
