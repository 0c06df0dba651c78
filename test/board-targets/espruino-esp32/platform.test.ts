/** Espruino's clock, timer and randomness. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Clock } from '../../helpers/clock';
import { time, withTimers } from '../../helpers/fake-espruino';
import { platform } from '../../../board-targets/espruino-esp32/platform';

test('the clock goes on when the program puts it back', () => {
  const began = platform._nowMs();
  time.seconds += 1.5;
  assert.is(platform._nowMs() - began, 1500);
  time.seconds = 5;
  assert.is(platform._nowMs() - began, 1500);
  time.seconds += 2;
  assert.is(platform._nowMs() - began, 3500);
});

test('the timer: once, the last one set, and never cleared without being set', () => {
  const clock = new Clock();
  withTimers(clock, () => {
    let fired = 0;
    platform._tick = () => {
      fired++;
      if (fired === 1) {
        platform._setTimer(5);
      }
    };
    platform._setTimer(500);
    platform._setTimer(10);
    clock.runTo(clock.nowMs + 1000);
    assert.is(fired, 2);
  });
});

test('randomness: unsigned 32-bit numbers', () => {
  const seen = Array.from({ length: 1000 }, () => platform._random32());
  assert.ok(seen.every((value) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff));
  assert.ok(new Set(seen).size > 990);
});

test('bounds: what a window lets a peer send fits into the firmware’s 4,096 bytes, of which it leaves 256 free', () => {
  const bounds = platform._bounds;
  const segments = Math.ceil(bounds._tcpWindow / (bounds._mru - 40));
  assert.ok(bounds._tcpWindow + segments * 50 <= 4096 - 256 - 64);
  assert.ok(bounds._frameBuffer >= 2 * (bounds._mru + 8), 'a frame with every octet escaped');
});

test.run();
