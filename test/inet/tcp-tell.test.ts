/** TCP: what its user hears, in which order, and what it may do meanwhile. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Errno } from '../../modules/inet/tcb';
import { stackPollAt } from '../../modules/inet/stack';
import { Rig, established, scenarios } from '../helpers/tcp';

const scenario = scenarios(test);

scenario('everything in one chunk: connected, data, end, in that order', () => {
  const t = new Rig().listen();
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.chunk({ seq: 1, ack: 1 }, { seq: 1, ack: 1, len: 10 }, { seq: 11, ack: 1, len: 10, flags: 'FA' });
  t.heard('connected', 'data 10', 'data 10', 'ended');
});

scenario('a reader who goes on is told soon, also when something is written in between', () => {
  const t = established();
  t.pause().send({ seq: 1, ack: 1, len: 100 }).settle().heard();
  t.resume();
  t.write(10);
  assert.is(stackPollAt(t.stack), t.clock.nowMs);
  t.heard('data 100');
});

scenario('data and the reset behind it in one chunk: both are told', () => {
  const t = established();
  t.chunk({ seq: 1, ack: 1, len: 10 }, { seq: 11, ack: 1, flags: 'RA' });
  t.heard('data 10', `closed ${Errno.ECONNRESET}`).gone();
});

scenario('data, FIN and the last ACK in one chunk', () => {
  const t = established();
  t.shutdown();
  t.chunk({ seq: 1, ack: 1, len: 10 }, { seq: 11, ack: 2 }, { seq: 11, ack: 2, flags: 'FA' });
  t.heard('data 10', 'ended', 'closed 0');
});

scenario('a connection that is opened and reset in one chunk', () => {
  const t = new Rig().listen();
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.chunk({ seq: 1, ack: 1 }, { seq: 1, ack: 1, len: 5 }, { seq: 6, ack: 1, flags: 'RA' });
  t.gone();
  const heard = t.events.join(', ');
  assert.ok(heard === '' || heard === `connected, data 5, closed ${Errno.ECONNRESET}`, heard);
  // The place in the backlog is free again, both of them.
  for (const port of [5001, 5002]) {
    t.peerPort = port;
    t.withIss(t.iss, () => t.restart().send({ seq: 0, flags: 'S' }));
    t.expect([{ seq: 0, ack: 1, flags: 'SA', mss: 1460 }]);
  }
});

scenario('our own FIN acknowledged, connection over: told once', () => {
  const t = established();
  t.shutdown();
  t.chunk({ seq: 1, ack: 2, flags: 'FA' }, { seq: 1, ack: 2, flags: 'FA' }).heard('ended', 'closed 0');
  t.send({ seq: 1, ack: 2, flags: 'FA' }).at(30000).heard();
});

scenario('a reader who has paused hears the end last, even if the connection has long been over', () => {
  const t = established();
  t.pause().shutdown();
  t.send({ seq: 1, ack: 2, len: 10 }, { seq: 11, ack: 2, flags: 'FA' });
  t.at(60000);
  t.resume();
  t.heard('data 10', 'ended', 'closed 0').gone();
});

scenario('a paused reader’s data outlives a peer that vanishes', () => {
  const t = established();
  t.pause().send({ seq: 1, ack: 1, len: 10 });
  t.send({ seq: 11, ack: 1, flags: 'RA' });
  t.resume();
  t.heard('data 10', `closed ${Errno.ECONNRESET}`).gone();
});

scenario('a reader who pauses in the middle of what is left of an ended connection gets it all', () => {
  const t = established();
  t.during.data = () => t.pause();
  t.pause().send({ seq: 1, ack: 1, len: 10 }, { seq: 11, ack: 1, len: 10 }, { seq: 21, ack: 1, len: 10, flags: 'FA' });
  t.shutdown().send({ seq: 32, ack: 2 }).heard('data 10', 'data 10', 'data 10', 'ended', 'closed 0').gone();
});

scenario('no callback comes within a call of the user', () => {
  const t = established();
  t.pause().send({ seq: 1, ack: 1, len: 10 });
  let inside = true;
  t.during.data = t.during.closed = () => assert.not.ok(inside, 'called back within the call');
  t.resume();
  inside = false;
  t.settle();
  t.heard('data 10');
  const down = established();
  inside = true;
  down.during.closed = () => assert.not.ok(inside, 'called back within the call');
  down.shutdown();
  inside = false;
});

scenario('connections of one chunk do not get into each other’s way', () => {
  const t = established({ passive: true });
  const first = t.tcb;
  t.peerPort = 4001;
  t.withIss(t.iss, () => t.send({ seq: 0, flags: 'S' }));
  t.send({ seq: 1, ack: 1 }).heard('connected');
  const second = t.tcb;
  assert.is.not(first, second);
  // The one ends the other.
  const packets = [t.packet({ seq: 1, ack: 1, len: 5 })];
  t.peerPort = 4000;
  packets.push(t.packet({ seq: 1, ack: 1, len: 5 }));
  t.during.data = () => {
    t.during.data = undefined;
    t.got = 0;
    t.tcb = t.stack._tcbs.includes(first) ? first : second;
    t.abort();
  };
  t.deliver(...packets);
  t.settle();
  assert.ok(t.connections() >= 1);
});

test.run();
