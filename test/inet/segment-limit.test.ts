/** Segments shorter than an interface could take, for slow lines. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { useSack } from '../../modules/inet/sack';
import { useSegmentLimit } from '../../modules/inet/segment-limit';
import { Rig, scenarios } from '../helpers/tcp';

const scenario = scenarios(test);

function limited(limit: number, sack = false): Rig {
  const t = new Rig();
  if (sack) {
    useSack(t.stack);
  }
  useSegmentLimit(t.stack, () => limit);
  return t;
}

scenario('our SYN says it; our own segments are as long as the peer takes them', () => {
  for (const sack of [false, true]) {
    const t = limited(800, sack).connect();
    const [syn] = t.segments();
    assert.equal([syn.mss, syn.options.toString('hex')], [800, sack ? '01010402' : '']);
    t.send({ seq: 0, ack: 1, flags: 'SA', mss: 1460 }).heard('connected').restart();
    t.write(3000);
    assert.equal(
      t.segments().map(({ len }) => len),
      [1460, 1460],
    );
  }
});

scenario('so does our SYN-ACK', () => {
  const t = limited(800).listen();
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S', mss: 1460 }));
  assert.is(t.segments()[0].mss, 800);
  t.send({ seq: 1, ack: 1 }).heard('connected').restart();
  t.write(1500);
  assert.is(t.segments()[0].len, 1460);
});

scenario('536 are always allowed; no limit is none', () => {
  for (const [limit, theirs, said] of [
    [800, 700, 800],
    [100, 1460, 536],
    [0, 1460, 536],
    [1461, 1460, 1460],
    [Infinity, 1460, 1460],
  ]) {
    const t = limited(limit).connect();
    assert.is(t.segments()[0].mss, said);
    t.send({ seq: 0, ack: 1, flags: 'SA', mss: theirs });
    assert.is(t.tcb._mss, theirs);
  }
});

scenario('the first eight segments that come are acknowledged at once, the others as ever', () => {
  const t = limited(800).connect();
  t.send({ seq: 0, ack: 1, flags: 'SA', mss: 1460 }).heard('connected').restart();
  let acks = 0;
  for (let i = 0; i < 12; i++) {
    t.send({ seq: 1 + 800 * i, ack: 1, len: 800 });
    acks += t.segments().length;
  }
  assert.is(acks, 8 + 2);
});

scenario('a refused connection is over, and nothing else', () => {
  const t = limited(800).connect();
  t.segments();
  t.send({ seq: 0, ack: 1, flags: 'RA' }).heard('closed 111');
});

test.run();
