/** The driver against the model of the chip. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  createW5500,
  w5500Close,
  w5500Mac,
  w5500Open,
  w5500Poll,
  w5500PollAt,
  w5500Send,
  type W5500,
} from '../../modules/ethernet/w5500';
import { OTHER_MAC, OUR_MAC, frame, macBytes } from '../helpers/ethernet';
import { random } from '../helpers/random';
import { W5500Chip, spiOf } from '../helpers/w5500';

/** The driver, with a clock that the test moves. */
class Rig {
  readonly chip = new W5500Chip();
  readonly got: Buffer[] = [];
  readonly carriers: boolean[] = [];
  readonly driver: W5500;
  nowMs = 1000;
  interrupts = 0;
  onFrame: ((frame: Buffer) => void) | null = null;

  constructor(withPin = false) {
    this.driver = createW5500(
      spiOf(this.chip, withPin),
      {
        _frame: (buf, at, end) => {
          const bytes = Buffer.from(buf.slice(at, end));
          this.got.push(bytes);
          this.onFrame?.(bytes);
        },
        _carrier: (up) => void this.carriers.push(up),
      },
      macBytes(OUR_MAC),
    );
  }

  open(): boolean {
    const pinFell = (): void => {
      this.interrupts++;
      w5500Poll(this.driver, this.nowMs);
    };
    return w5500Open(this.driver, pinFell, this.nowMs);
  }

  /** Polls whenever the driver asks for it. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let atMs = w5500PollAt(this.driver); atMs <= untilMs; atMs = w5500PollAt(this.driver)) {
      this.nowMs = Math.max(this.nowMs, atMs);
      w5500Poll(this.driver, this.nowMs);
    }
    this.nowMs = untilMs;
  }

  send(bytes: Uint8Array): boolean {
    const buf = new Uint8Array(bytes.length + 5);
    buf.set(bytes, 2);
    return w5500Send(this.driver, buf, 2, 2 + bytes.length);
  }

  static up(withPin = false): Rig {
    const rig = new Rig(withPin);
    assert.ok(rig.open());
    rig.pass(1);
    return rig;
  }
}

const rng = random(5500);
const toUs = (length: number): Buffer => Buffer.concat([frame(OUR_MAC, OTHER_MAC, 0x0800, rng.bytes(length - 14))]);
const toThem = (length: number): Buffer => Buffer.concat([frame(OTHER_MAC, OUR_MAC, 0x0800, rng.bytes(length - 14))]);

function innocent(rig: Rig): void {
  assert.equal(rig.chip.crimes, []);
}

test('opened: socket 0 has all of the memory, raw frames, the filter, and one interrupt', () => {
  const rig = Rig.up();
  const { chip } = rig;
  assert.equal(chip.mac, macBytes(OUR_MAC));
  assert.equal(w5500Mac(rig.driver), new Uint8Array(macBytes(OUR_MAC)));
  assert.equal([chip.register(1, 3), chip.register(1, 0)], [0x42, 0xb4]);
  assert.equal(
    [0, 1, 2, 3, 4, 5, 6, 7].map((i) => chip.register(4 * i + 1, 0x1e)),
    [16, 0, 0, 0, 0, 0, 0, 0],
  );
  assert.equal(
    [0, 1, 2, 3, 4, 5, 6, 7].map((i) => chip.register(4 * i + 1, 0x1f)),
    [16, 0, 0, 0, 0, 0, 0, 0],
  );
  assert.equal([chip.register(1, 0x2c), chip.register(0, 0x18)], [4, 1]);
  assert.equal(rig.carriers, [true]);
  innocent(rig);
});

test('no chip, or another one, is seen when it is opened', () => {
  const rig = new Rig();
  rig.chip.dead = true;
  assert.not.ok(rig.open());
  assert.is(rig.driver._version, 0xff);
  assert.is(w5500PollAt(rig.driver), Infinity);
  assert.not.ok(rig.send(toThem(60)));
});

for (const withPin of [false, true]) {
  const how = withPin ? 'with the interrupt pin' : 'by polling';

  test(`frames of every length both ways, ${how}`, () => {
    const rig = Rig.up(withPin);
    for (const length of [14, 15, 59, 60, 61, 590, 1513, 1514]) {
      const bytes = toThem(length);
      assert.ok(rig.send(bytes), `${length}`);
      const [sent] = rig.chip.sent.splice(0);
      assert.is(sent.length, Math.max(60, length));
      assert.equal(sent.subarray(0, length), bytes);
      assert.ok(
        sent.subarray(length).every((octet) => octet === 0),
        'padded with zeros',
      );
    }
    for (const length of [60, 61, 590, 1513, 1514]) {
      const bytes = toUs(length);
      rig.chip.feed(bytes);
      rig.pass(20);
      assert.equal(rig.got.splice(0), [bytes]);
    }
    assert.is(rig.interrupts, withPin ? 5 : 0);
    innocent(rig);
  });

  test(`2,000 frames in bursts, around the buffers’ ends, in order, ${how}`, () => {
    const rig = Rig.up(withPin);
    let count = 0;
    while (count < 2000) {
      const burst: Buffer[] = [];
      for (let i = rng.below(9); i >= 0; i--) {
        const bytes = toUs(60 + rng.below(rng.below(3) ? 200 : 1455));
        bytes.writeUInt32BE(count++, 14);
        burst.push(bytes);
        rig.chip.feed(bytes);
        const out = toThem(60 + rng.below(1455));
        assert.ok(rig.send(out));
        assert.equal(rig.chip.sent.splice(0), [out]);
      }
      rig.pass(20);
      assert.equal(rig.got.splice(0), burst);
    }
    assert.is(rig.chip.dropped, 0);
    assert.equal([rig.driver._stats.rxErrors, rig.driver._stats.txErrors, rig.driver._stats.chipResets], [0, 0, 0]);
    innocent(rig);
  });
}

test('frames that come while the pointers are read are not lost and not torn', () => {
  const rig = Rig.up();
  const want: Buffer[] = [];
  let reads = 0;
  // Between the two octets of RX_RSR, at every place.
  rig.chip.onRead = (block, address) => {
    if (block === 1 && address === 0x27 && ++reads % 3 === 0 && want.length < 1000) {
      const bytes = toUs(60 + rng.below(700));
      want.push(bytes);
      rig.chip.feed(bytes);
    }
  };
  rig.pass(60000);
  rig.chip.onRead = null;
  rig.pass(100);
  assert.is(want.length, 1000);
  assert.ok(rig.got.length + rig.chip.dropped === 1000, `${rig.got.length} of ${want.length}`);
  assert.equal(Buffer.concat(rig.got), Buffer.concat(want));
  assert.equal([rig.driver._stats.rxErrors, rig.driver._stats.chipResets], [0, 0]);
  innocent(rig);
});

test('a full receive buffer loses frames and nothing else', () => {
  const rig = Rig.up();
  const frames = Array.from({ length: 20 }, () => toUs(1514));
  frames.forEach((bytes) => rig.chip.feed(bytes));
  rig.pass(100);
  assert.is(rig.chip.dropped, 10);
  assert.equal(Buffer.concat(rig.got.splice(0)), Buffer.concat(frames.slice(0, 10)));
  rig.chip.feed(frames[19]);
  rig.pass(20);
  assert.equal(rig.got, [frames[19]]);
  innocent(rig);
});

test('a frame sent from a frame’s own callback', () => {
  const rig = Rig.up();
  rig.onFrame = () => void rig.send(toThem(100));
  [60, 1514, 60].forEach((length) => rig.chip.feed(toUs(length)));
  rig.pass(20);
  assert.equal([rig.got.length, rig.chip.sent.length], [3, 3]);
  innocent(rig);
});

test('closed from a frame’s own callback: no more frames', () => {
  const rig = Rig.up();
  rig.onFrame = () => w5500Close(rig.driver);
  [60, 60, 60].forEach((length) => rig.chip.feed(toUs(length)));
  rig.pass(2000);
  assert.is(rig.got.length, 1);
  assert.is(w5500PollAt(rig.driver), Infinity);
  innocent(rig);
});

test('the chip’s filter keeps away what is not for us', () => {
  const rig = Rig.up();
  const strange = ['02:00:00:00:00:03', '01:00:5e:00:00:fb', '33:33:00:00:00:01'];
  strange.forEach((to) => rig.chip.feed(frame(to, OTHER_MAC, 0x0800, Buffer.alloc(46))));
  rig.chip.feed(frame(OUR_MAC, OTHER_MAC, 0x86dd, Buffer.alloc(46)));
  rig.chip.feed(frame('ff:ff:ff:ff:ff:ff', OTHER_MAC, 0x0806, Buffer.alloc(46)));
  rig.pass(20);
  assert.equal([rig.got.length, rig.chip.filtered], [1, 4]);
});

test('the cable out and in is seen within half a second', () => {
  const rig = Rig.up(true);
  rig.chip.phy = 0b110;
  rig.pass(500);
  assert.equal(rig.carriers, [true, false]);
  assert.not.ok(rig.send(toThem(60)), 'nothing leaves without a cable');
  rig.chip.phy = 0b001;
  rig.pass(500);
  assert.equal([rig.carriers, rig.driver._phy & 7], [[true, false, true], 1]);
  innocent(rig);
});

test('a chip that was reset behind our back is set up again', () => {
  for (const withPin of [false, true]) {
    const rig = Rig.up(withPin);
    rig.chip.reset();
    rig.pass(1500);
    assert.equal([rig.driver._stats.chipResets, rig.carriers], [1, [true, false, true]]);
    assert.equal([rig.chip.mac, rig.chip.register(1, 3)], [macBytes(OUR_MAC), 0x42]);
    rig.chip.feed(toUs(60));
    rig.pass(20);
    assert.is(rig.got.length, 1);
    assert.ok(rig.send(toThem(60)));
    innocent(rig);
  }
});

test('a chip without power is asked for twice a second, and used again when it is there', () => {
  const rig = Rig.up();
  rig.chip.dead = true;
  rig.pass(10000);
  assert.equal(rig.carriers, [true, false]);
  assert.ok(
    rig.driver._stats.chipResets >= 18 && rig.driver._stats.chipResets <= 22,
    `${rig.driver._stats.chipResets}`,
  );
  rig.chip.reset();
  rig.chip.dead = false;
  rig.pass(1500);
  assert.equal(rig.carriers, [true, false, true]);
  rig.chip.feed(toUs(60));
  rig.pass(20);
  assert.is(rig.got.length, 1);
});

test('a receive buffer that makes no sense is begun anew', () => {
  const rig = Rig.up();
  rig.chip.feed(toUs(100));
  rig.chip.derail();
  rig.pass(2000);
  assert.equal([rig.got.length, rig.driver._stats.rxErrors], [1, 1], 'what stands before it is good');
  rig.chip.feed(toUs(60));
  rig.pass(20);
  assert.is(rig.got.length, 2);
  innocent(rig);
});

test('a frame that does not leave: the next ones are refused, and the chip is looked after', () => {
  const rig = Rig.up();
  rig.chip.sendReads = 100000;
  assert.ok(rig.send(toThem(60)));
  assert.not.ok(rig.send(toThem(60)));
  assert.is(rig.driver._stats.txErrors, 1);
  rig.chip.reset();
  rig.chip.sendReads = 2;
  rig.pass(1500);
  assert.ok(rig.send(toThem(60)));
  innocent(rig);
});

test('how many SPI transfers a frame costs', () => {
  const rig = Rig.up(true);
  const count = (f: () => void): number => {
    const before = rig.chip.frames;
    f();
    return rig.chip.frames - before;
  };
  rig.send(toThem(60));
  rig.chip.sendReads = 1;
  assert.is(
    count(() => rig.send(toThem(1514))),
    6,
    'IR twice as it was busy, its clearing, data, pointer, command',
  );
  // The interrupt cleared, registers, data, pointer, command; and registers once more.
  assert.is(
    count(() => rig.chip.feed(toUs(1514))),
    6,
  );
});

test('an idle chip is polled less and less, up to 16 ms', () => {
  const rig = Rig.up();
  rig.chip.feed(toUs(60));
  rig.nowMs = rig.driver._pollAtMs;
  w5500Poll(rig.driver, rig.nowMs);
  const at: number[] = [];
  for (let i = 0; i < 8; i++) {
    rig.nowMs = rig.driver._pollAtMs;
    at.push(rig.nowMs);
    w5500Poll(rig.driver, rig.nowMs);
  }
  assert.equal(
    at.slice(1).map((ms, i) => ms - at[i]),
    [2, 4, 8, 16, 16, 16, 16].slice(0, 7),
  );
});

test.run();
