/** TCP: data that arrives: order, duplicates, the window, acknowledgements. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chance, seededRandom } from '../helpers/clock';
import { established, finWait1, finWait2, scenarios, type Said } from '../helpers/tcp';

const scenario = scenarios(test);

// ---- in order ----------------------------------------------------------------------------------------------------

scenario('data is delivered at once and acknowledged within 200 ms', () => {
  const t = established();
  t.at(100).send({ seq: 1, ack: 1, len: 100 }).heard('data 100').quiet();
  t.at(1000).expect([{ at: 300, seq: 1, ack: 101 }]);
});

scenario('every second full segment is acknowledged at once', () => {
  const t = established();
  for (let i = 0; i < 3; i++) {
    t.send({ seq: 1 + 2920 * i, ack: 1, len: 1460 }).quiet();
    t.send({ seq: 1461 + 2920 * i, ack: 1, len: 1460 });
    t.expect([{ seq: 1, ack: 2921 + 2920 * i, window: 4380 }]);
  }
  t.at(1000).quiet();
});

scenario('an ACK rides on data that is sent', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, len: 100 }).quiet();
  t.write(50);
  t.expect([{ seq: 1, ack: 101, len: 50 }]);
  t.send({ seq: 101, ack: 51 }).at(1000).quiet();
});

scenario('a reader who answers at once saves the ACK', () => {
  const t = established();
  t.during.data = () => t.write(20);
  t.send({ seq: 1, ack: 1, len: 1460 }).expect([{ seq: 1, ack: 1461, len: 20 }]);
  t.at(100).send({ seq: 1461, ack: 21 }).at(1000).quiet();
});

scenario('one ACK does for all that came in one chunk', () => {
  const t = established();
  t.chunk({ seq: 1, ack: 1, len: 1460 }, { seq: 1461, ack: 1, len: 1460 }, { seq: 2921, ack: 1, len: 1460 });
  t.expect([{ seq: 1, ack: 4381, window: 4380 }]).heard('data 1460', 'data 1460', 'data 1460');
});

scenario('a FIN is acknowledged at once, with the data before it', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, len: 100, flags: 'FA' })
    .heard('data 100', 'ended')
    .expect([{ seq: 1, ack: 102 }]);
});

scenario('the stream goes on past the wrap of the wire’s numbers', () => {
  const t = established();
  for (let seq = 1; seq < 20000; seq += 1000) {
    t.send({ seq, ack: 1, len: 1000 });
  }
  assert.is(t.got, 20000);
  t.write(8760);
  t.send({ seq: 20001, ack: 8761 });
  t.write(8760);
  t.send({ seq: 20001, ack: 17521 });
  const sent = t.segments().reduce((sum, segment) => sum + segment.len, 0);
  assert.is(sent, 17520);
});

scenario('after a loss eight segments are acknowledged at once: their sender waits for each', () => {
  const t = established();
  t.send({ seq: 101, ack: 1, len: 100 }).expect([{ seq: 1, ack: 1 }]);
  t.send({ seq: 1, ack: 1, len: 100 })
    .heard('data 100', 'data 100')
    .expect([{ seq: 1, ack: 201 }]);
  for (let i = 0; i < 7; i++) {
    t.send({ seq: 201 + 100 * i, ack: 1, len: 100 }).expect([{ seq: 1, ack: 301 + 100 * i }]);
  }
  t.send({ seq: 901, ack: 1, len: 100 }).quiet();
  t.at(1000).expect([{ at: 200, seq: 1, ack: 1001 }]);
});

// ---- duplicates, overlaps ----------------------------------------------------------------------------------------

scenario('a duplicate is acknowledged at once and not delivered', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, len: 100 }).heard('data 100');
  t.send({ seq: 1, ack: 1, len: 100 })
    .heard()
    .expect([{ seq: 1, ack: 101 }]);
  t.send({ seq: 51, ack: 1, len: 50 })
    .heard()
    .expect([{ seq: 1, ack: 101 }]);
});

scenario('of a segment that overlaps only the new part is delivered', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, len: 100 }, { seq: 51, ack: 1, len: 100 }).heard('data 100', 'data 50');
  t.expect([{ seq: 1, ack: 151 }]);
});

scenario('what exceeds the window is cut off', () => {
  const t = established({ bounds: { _tcpWindow: 1000 } });
  t.send({ seq: 1, ack: 1, len: 1460 }).heard('data 1000');
  assert.is(t.segments().pop()!.ack, 1001);
  t.send({ seq: 1001, ack: 1, len: 460 }).heard('data 460');
});

for (const [ack, window] of [
  [1, 2920],
  [101, 4380],
]) {
  scenario(
    `of 100 octets sent ${ack - 1} are acknowledged: the window is ${window}, and its edge never goes back`,
    () => {
      const t = established({ bounds: { _tcpWindow: 4380, _sendingReserve: 1460 } });
      t.write(100);
      for (let i = 0; i < 4; i++) {
        t.send({ seq: 1 + 1460 * i, ack, len: 1460 });
        t.settle();
      }
      const edges = t.segments().map((segment) => segment.ack + segment.window);
      assert.is(edges[edges.length - 1], 5841 + window, edges.join());
      assert.ok(
        edges.every((edge, i) => !i || edge >= edges[i - 1]),
        edges.join(),
      );
    },
  );
}

scenario('a FIN behind the window is not taken yet', () => {
  const t = established({ bounds: { _tcpWindow: 1000 } });
  t.send({ seq: 1, ack: 1, len: 1001, flags: 'FA' }).heard('data 1000').restart();
  t.send({ seq: 1001, ack: 1, len: 1, flags: 'FA' })
    .heard('data 1', 'ended')
    .expect([{ seq: 1, ack: 1003 }]);
});

// ---- out of order ------------------------------------------------------------------------------------------------

scenario('out of order: each gets a duplicate ACK at once; the gap filled, all is delivered and acknowledged', () => {
  const t = established();
  t.send({ seq: 501, ack: 1, len: 500 })
    .expect([{ seq: 1, ack: 1, window: 4380 }])
    .heard();
  t.send({ seq: 1001, ack: 1, len: 500 })
    .expect([{ seq: 1, ack: 1, window: 4380 }])
    .heard();
  t.send({ seq: 1, ack: 1, len: 500 }).heard('data 500', 'data 500', 'data 500');
  t.expect([{ seq: 1, ack: 1501, window: 4380 }]);
  assert.is(t.stack._stats.tcpOutOfOrder, 2);
});

scenario('out of order: those of one chunk get a duplicate ACK each: their sender counts them', () => {
  const t = established();
  t.chunk(
    { seq: 1, ack: 1, len: 100 },
    { seq: 201, ack: 1, len: 100 },
    { seq: 301, ack: 1, len: 100 },
    { seq: 401, ack: 1, len: 100 },
  );
  const acks = t.segments().map(({ ack, window }) => `${ack} ${window}`);
  assert.equal(acks, ['101 4280', '101 4280', '101 4280', '101 4280']);
  t.heard('data 100');
});

scenario('_quickAcks can be had for good: no ACK is delayed, before and after a loss', () => {
  const t = established();
  t.tcb._quickAcks = Infinity;
  for (let i = 0; i < 30; i++) {
    t.send({ seq: 1 + 10 * i, ack: 1, len: 10 }).expect([{ seq: 1, ack: 11 + 10 * i }]);
  }
  t.send({ seq: 311, ack: 1, len: 10 }, { seq: 301, ack: 1, len: 10 }).taken();
  for (let i = 32; i < 60; i++) {
    t.send({ seq: 1 + 10 * i, ack: 1, len: 10 }).expect([{ seq: 1, ack: 11 + 10 * i }]);
  }
});

scenario('out of order: two gaps, filled one after the other', () => {
  const t = established();
  t.send({ seq: 201, ack: 1, len: 100 }, { seq: 401, ack: 1, len: 100 }).restart();
  t.send({ seq: 1, ack: 1, len: 200 })
    .heard('data 200', 'data 100')
    .expect([{ seq: 1, ack: 301 }]);
  t.send({ seq: 301, ack: 1, len: 100 })
    .heard('data 100', 'data 100')
    .expect([{ seq: 1, ack: 501 }]);
});

scenario('out of order: overlaps of every kind', () => {
  const t = established();
  const strays: Said[] = [
    { seq: 101, ack: 1, len: 100 },
    { seq: 101, ack: 1, len: 100 },
    { seq: 101, ack: 1, len: 50 },
    { seq: 101, ack: 1, len: 150 },
    { seq: 150, ack: 1, len: 20 },
    { seq: 90, ack: 1, len: 30 },
    { seq: 240, ack: 1, len: 20 },
  ];
  t.send(...strays).heard();
  t.send({ seq: 1, ack: 1, len: 95 });
  assert.is(t.got, 259);
  t.restart().at(1000);
  assert.is(t.segments().length, 0);
});

scenario('out of order: the bound _outOfOrder holds, what exceeds it is counted and asked for again', () => {
  const t = established({ bounds: { _outOfOrder: 1300 } });
  t.send({ seq: 501, ack: 1, len: 600 }, { seq: 1101, ack: 1, len: 600 }, { seq: 1701, ack: 1, len: 200 });
  assert.is(t.stack._stats.tcpOutOfOrder, 2);
  assert.is(t.stack._stats.tcpOutOfOrderDropped, 1);
  t.restart()
    .send({ seq: 1, ack: 1, len: 500 })
    .expect([{ seq: 1, ack: 1701 }]);
  t.send({ seq: 1701, ack: 1, len: 200 });
  assert.is(t.got, 1900);
});

scenario('out of order: many tiny stretches stay within a bound', () => {
  const t = established();
  for (let i = 1; i < 200; i++) {
    t.send({ seq: 1 + 2 * i, ack: 1, len: 1 });
  }
  assert.ok(t.tcb._strays.length <= 32, `${t.tcb._strays.length} stretches`);
  t.send({ seq: 1, ack: 1, len: 400 });
  assert.is(t.got, 400);
});

scenario('out of order: a FIN waits for what is missing', () => {
  const t = established();
  t.send({ seq: 101, ack: 1, len: 100, flags: 'FA' }).heard().restart();
  t.send({ seq: 1, ack: 1, len: 100 })
    .heard('data 100', 'data 100', 'ended')
    .expect([{ seq: 1, ack: 202 }]);
});

scenario('out of order: a FIN alone waits for what is missing', () => {
  const t = established();
  t.send({ seq: 101, ack: 1, flags: 'FA' }).heard().restart();
  t.send({ seq: 1, ack: 1, len: 100 })
    .heard('data 100', 'ended')
    .expect([{ seq: 1, ack: 102 }]);
});

scenario('out of order: a FIN that comes with data already kept', () => {
  const t = established();
  t.send({ seq: 101, ack: 1, len: 100 }, { seq: 101, ack: 1, len: 100, flags: 'FA' }).restart();
  t.send({ seq: 1, ack: 1, len: 100 })
    .heard('data 100', 'data 100', 'ended')
    .expect([{ seq: 1, ack: 202 }]);
});

scenario('out of order: a hole before the FIN, filled by a segment that bears the FIN too', () => {
  const t = established();
  t.send({ seq: 51, ack: 1, len: 50, flags: 'FA' }).restart();
  t.send({ seq: 1, ack: 1, len: 100, flags: 'FA' });
  assert.is(t.got, 100);
  assert.is(t.segments().pop()!.ack, 102);
  t.at(60000);
  assert.equal(t.events.filter((event) => event === 'ended').length, 1);
});

test('out of order: anything that is a part of the stream, in any order, many times over', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const t = established({ bounds: { _outOfOrder: 1 + (random() % 3000) } });
    const total = 20000;
    let steps = 0;
    while (t.got < total) {
      assert.ok(++steps < 20000, `seed ${seed}: got ${t.got}`);
      const seq = Math.max(1, Math.min(total, t.got + 1 + Math.floor((chance(random) - 0.3) * 3000)));
      const len = Math.min(1 + (random() % 1460), total + 1 - seq);
      const fin = seq + len === total + 1;
      t.send({ seq, ack: 1, len, flags: fin ? 'FA' : 'A' });
      if (random() % 7 === 0) {
        t.pause();
      }
      if (random() % 3 === 0) {
        t.resume().settle();
      }
    }
    t.resume()
      .send({ seq: total + 1, ack: 1, flags: 'FA' })
      .settle();
    assert.is(t.got, total);
    assert.is(t.events.filter((event) => event === 'ended').length, 1, `seed ${seed}`);
    assert.is(t.segments().pop()!.ack, total + 2);
  }
});

// ---- pause -------------------------------------------------------------------------------------------------------

scenario('paused: what arrives waits, the window closes by as much and never moves back', () => {
  const t = established();
  t.pause();
  t.send({ seq: 1, ack: 1, len: 1460 }, { seq: 1461, ack: 1, len: 1460 }).heard();
  t.expect([{ seq: 1, ack: 2921, window: 1460 }]);
  t.send({ seq: 2921, ack: 1, len: 1460 })
    .at(300)
    .expect([{ seq: 1, ack: 4381, window: 0 }]);
  t.send({ seq: 4381, ack: 1, len: 1 })
    .expect([{ seq: 1, ack: 4381, window: 0 }])
    .heard();
  t.at(60000).quiet();
});

scenario('paused with a closed window: an ACK for our data is still heeded', () => {
  const t = established({ bounds: { _tcpWindow: 1000 } });
  t.pause().send({ seq: 1, ack: 1, len: 1000 });
  t.write(100);
  t.at(50).send({ seq: 1001, ack: 101 });
  t.restart().at(60000).quiet();
});

scenario('resumed: what waited is delivered in order, and the peer hears of the room', () => {
  const t = established();
  t.pause();
  t.send({ seq: 1, ack: 1, len: 1460 }, { seq: 1461, ack: 1, len: 1460 }, { seq: 2921, ack: 1, len: 1460 });
  t.at(500).restart();
  t.resume()
    .heard('data 1460', 'data 1460', 'data 1460')
    .expect([{ seq: 1, ack: 4381, window: 4380 }]);
  t.at(60000).quiet();
});

scenario('resumed: a window that was hardly used needs no update', () => {
  const t = established();
  t.pause().send({ seq: 1, ack: 1, len: 100 });
  t.at(500).restart();
  t.resume().heard('data 100').at(1000).quiet();
});

scenario('a reader who pauses again in the middle gets no more', () => {
  const t = established();
  t.pause();
  t.send({ seq: 1, ack: 1, len: 500 }, { seq: 501, ack: 1, len: 500 }, { seq: 1001, ack: 1, len: 500 });
  t.during.data = () => t.pause();
  t.resume().heard('data 500').resume().heard('data 500').heard();
  t.during.data = undefined;
  t.resume().heard('data 500');
});

scenario('paused: the end is told after the last octet', () => {
  const t = established();
  t.pause().send({ seq: 1, ack: 1, len: 10, flags: 'FA' }).heard();
  t.resume().heard('data 10', 'ended');
});

scenario('a small window opens in worthwhile steps (RFC 9293 §3.8.6.2.2)', () => {
  const t = established({ bounds: { _tcpWindow: 2920 } });
  t.pause();
  for (let i = 0; i < 29; i++) {
    t.send({ seq: 1 + 100 * i, ack: 1, len: 100 });
  }
  t.at(300).restart();
  // The reader takes 100 octets at a time, and something is acknowledged in between.
  t.during.data = () => t.pause();
  const windows: number[] = [];
  for (let i = 0; i < 29; i++) {
    t.resume().settle();
    t.send({ seq: 2901, ack: 1, len: 0 }, { seq: 2900, ack: 1, len: 1 });
    windows.push(...t.segments().map((segment) => segment.window));
  }
  const steps = windows.slice(1).map((window, i) => window - windows[i]);
  assert.ok(
    steps.every((step) => step <= 0 || step >= 536),
    windows.join(' '),
  );
  assert.ok(windows.pop()! > 2000, 'it has opened');
});

// ---- after a half-close of ours ----------------------------------------------------------------------------------

scenario('FIN-WAIT-1 and FIN-WAIT-2 receive as before', () => {
  for (const build of [finWait1, finWait2]) {
    const t = build();
    t.send({ seq: 1001, ack: 2, len: 1000 }, { seq: 1, ack: 2, len: 1000 }).heard('data 1000', 'data 1000');
    assert.is(t.segments().pop()!.ack, 2001);
    t.pause().send({ seq: 2001, ack: 2, len: 1000 }).heard();
    t.resume().heard('data 1000');
    t.at(500).restart().send({ seq: 3001, ack: 2, flags: 'FA' }).heard('ended', 'closed 0');
    t.expect([{ seq: 2, ack: 3002 }]);
  }
});

test.run();
