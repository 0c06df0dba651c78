/** R1: the user hears of a peer that does not answer, long before the connection ends. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { useR1 } from '../../modules/inet/r1';
import { Rig, scenarios } from '../helpers/tcp';

const scenario = scenarios(test);

function watched(): { t: Rig; told: number[]; run: (ms: number) => void } {
  const t = new Rig();
  const told: number[] = [];
  const part = useR1(t.stack, (tcb) => told.push(tcb._retries));
  t.clock.drive({ poll: (nowMs) => part._poll(nowMs), pollAt: () => part._pollAt() });
  t.connect();
  return { t, told, run: (ms) => t.at(ms) };
}

scenario('an attempt to connect: after the third SYN that was repeated, once', () => {
  const { told, run } = watched();
  run(6999);
  assert.equal(told, []);
  run(7001);
  assert.equal(told, [3]);
  run(40000);
  assert.equal(told, [3]);
});

scenario('data: after three, once; anew when the peer has answered meanwhile', () => {
  const { t, told } = watched();
  t.send({ seq: 0, ack: 1, flags: 'SA', mss: 1460 }).heard('connected').restart();
  t.write(100);
  t.at(20000);
  assert.equal(told, [3]);
  t.send({ seq: 1, ack: 101 });
  t.write(100);
  const before = told.length;
  t.at(60000);
  assert.is(told.length, before + 1);
});

test.run();
