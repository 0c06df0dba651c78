/** Kaluma's clock, timer and randomness, with the firmware's traps watched. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FakeKaluma } from '../../helpers/fake-kaluma';
import { platform } from '../../../board-targets/kaluma-rp2/platform';

test('the clock is millis()', () => {
  const kaluma = new FakeKaluma();
  kaluma.run(() => {
    const before = platform._nowMs();
    kaluma.clock.runTo(kaluma.clock.nowMs + 1234);
    assert.is(platform._nowMs() - before, 1234);
  });
});

test('the timer: once, the last one set', () => {
  const kaluma = new FakeKaluma();
  kaluma.run(() => {
    const fired: number[] = [];
    const began = kaluma.clock.nowMs;
    platform._tick = (): void => void fired.push(kaluma.clock.nowMs - began);
    platform._setTimer(500);
    platform._setTimer(100);
    platform._setTimer(301);
    kaluma.clock.runTo(began + 1000);
    assert.equal(fired, [301]);
    platform._setTimer(0);
    kaluma.clock.runTo(began + 2000);
    assert.is(fired.length, 2);
    assert.equal(kaluma.crimes, []);
    assert.is(kaluma.timers.size, 0);
  });
});

test('the timer is never cleared while it fires, nor twice, nor when there is none', () => {
  const kaluma = new FakeKaluma();
  kaluma.run(() => {
    let left = 200;
    let fired = 0;
    platform._tick = (): void => {
      fired++;
      if (left-- > 0) {
        // Within its own call, as the host does: once, or several times.
        platform._setTimer(left % 7);
        if (left % 3 === 0) {
          platform._setTimer(2);
        }
      }
    };
    platform._setTimer(5);
    for (let i = 0; i < 300; i++) {
      kaluma.clock.runTo(kaluma.clock.nowMs + 3);
      if (i % 5 === 0 && left > 0) {
        platform._setTimer(1);
      }
    }
    kaluma.clock.runTo(kaluma.clock.nowMs + 10_000);
    assert.ok(fired > 100);
    assert.equal(kaluma.crimes, []);
    assert.is(kaluma.timers.size, 0);
  });
});

test('randomness: unsigned 32-bit numbers, all bits in use, none twice', () => {
  const kaluma = new FakeKaluma();
  kaluma.run(() => {
    const seen = new Set<number>();
    let ones = 0;
    let zeros = 0;
    for (let i = 0; i < 2000; i++) {
      const value = platform._random32();
      assert.ok(Number.isInteger(value) && value >= 0 && value <= 0xffffffff);
      seen.add(value);
      ones |= value;
      zeros |= ~value;
    }
    assert.ok(seen.size > 1995);
    assert.equal([ones, zeros], [-1, -1]);
  });
});

test('randomness does not hang on the clock: the same instants give other numbers', () => {
  const draw = (): number[] => new FakeKaluma().run(() => [platform._random32(), platform._random32()]);
  assert.not.equal(draw(), draw());
});

test('bounds: what has to fit together does', () => {
  const bounds = platform._bounds;
  assert.ok(
    bounds._frameBuffer >= bounds._mru + 8 + 256,
    'a frame without its escapes, and more than a few octets of the next',
  );
  assert.ok(bounds._tcpWindow <= 4380 && bounds._outOfOrder <= bounds._tcpWindow);
  assert.is(bounds._txBurst, 0, 'write() blocks, so in between what came in is read');
});

test.run();
