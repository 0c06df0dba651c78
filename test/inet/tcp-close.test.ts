/** TCP: the ways a connection ends (RFC 9293 §3.6, figures 12 and 13). */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Errno } from '../../modules/inet/tcb';
import { closeWait, closing, established, finWait1, finWait2, lastAck, scenarios, timeWait } from '../helpers/tcp';

const scenario = scenarios(test);

// ---- we close first ----------------------------------------------------------------------------------------------

scenario('FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT: the normal close', () => {
  const t = established();
  t.shutdown().expect([{ seq: 1, ack: 1, flags: 'FA' }]);
  t.at(50).send({ seq: 1, ack: 2 }).quiet().heard();
  t.at(80)
    .send({ seq: 1, ack: 2, flags: 'FA' })
    .expect([{ at: 80, seq: 2, ack: 2 }])
    .heard('ended', 'closed 0');
  assert.is(t.connections(), 1);
  t.at(20000).quiet().gone();
});

scenario('FIN-WAIT-1: a FIN that acknowledges ours', () => {
  const t = finWait1();
  t.send({ seq: 1, ack: 2, flags: 'FA' })
    .expect([{ seq: 2, ack: 2 }])
    .heard('ended', 'closed 0');
  t.at(11000).gone();
});

scenario('FIN-WAIT-1: half-closed, the peer goes on sending', () => {
  const t = finWait1();
  for (let i = 0; i < 10; i++) {
    t.send({ seq: 1 + 100 * i, ack: 2, len: 100 }).heard('data 100');
  }
  t.send({ seq: 1001, ack: 2, len: 100, flags: 'FA' }).heard('data 100', 'ended', 'closed 0');
});

scenario('FIN-WAIT-1: data not yet acknowledged is sent again with the FIN', () => {
  const t = established();
  t.write(3000);
  t.shutdown().taken();
  t.send({ seq: 1, ack: 1461 });
  t.at(900);
  const last = t.segments().pop()!;
  assert.ok(last.seq + last.len >= 2921);
  t.send({ seq: 1, ack: 3001 }).send({ seq: 1, ack: 3002 }).restart();
  t.send({ seq: 1, ack: 3002, flags: 'FA' }).heard('ended', 'closed 0');
});

// ---- both at once ------------------------------------------------------------------------------------------------

scenario('CLOSING: the FINs cross', () => {
  const t = finWait1();
  t.send({ seq: 1, ack: 1, flags: 'FA' })
    .expect([{ seq: 2, ack: 2 }])
    .heard('ended');
  t.send({ seq: 2, ack: 2 }).quiet().heard('closed 0');
  t.at(9000);
  assert.is(t.connections(), 1);
  t.at(11000).gone();
});

scenario('CLOSING: a repeated FIN is acknowledged again, our own is repeated', () => {
  const t = closing();
  t.send({ seq: 1, ack: 1, flags: 'FA' }).expect([{ seq: 2, ack: 2 }]);
  t.at(450).expect([{ at: 400, seq: 1, ack: 2, flags: 'FA' }]);
  t.send({ seq: 2, ack: 2 }).heard('closed 0');
});

// ---- the peer closes first ---------------------------------------------------------------------------------------

scenario('CLOSE-WAIT, LAST-ACK: the peer closes first', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, flags: 'FA' })
    .expect([{ seq: 1, ack: 2 }])
    .heard('ended');
  t.at(10)
    .shutdown()
    .expect([{ at: 10, seq: 1, ack: 2, flags: 'FA' }]);
  t.send({ seq: 2, ack: 2 }).quiet().heard('closed 0').gone();
});

scenario('CLOSE-WAIT: half-closed the other way: we go on sending', () => {
  const t = closeWait();
  for (let i = 0; i < 10; i++) {
    assert.is(t.write(1000), 1000);
    t.send({ seq: 2, ack: 1001 + 1000 * i });
  }
  t.restart().shutdown().send({ seq: 2, ack: 10002 }).heard('closed 0').gone();
});

scenario('CLOSE-WAIT: a repeated FIN is acknowledged again and told once', () => {
  const t = closeWait();
  t.send({ seq: 1, ack: 1, flags: 'FA' })
    .expect([{ seq: 1, ack: 2 }])
    .heard();
});

scenario('LAST-ACK: an ACK that does not cover the FIN leaves it', () => {
  const t = closeWait();
  t.write(100);
  t.shutdown().restart();
  t.send({ seq: 2, ack: 101 }).heard();
  assert.is(t.connections(), 1);
  t.send({ seq: 2, ack: 102 }).heard('closed 0').gone();
});

scenario('LAST-ACK: after the end, the last ACK lost, the peer’s FIN is reset', () => {
  const t = lastAck();
  t.send({ seq: 2, ack: 2 }).gone();
  t.send({ seq: 1, ack: 1, flags: 'FA' }).expect([{ seq: 1, flags: 'R' }]);
});

// ---- closing for good --------------------------------------------------------------------------------------------

scenario('close: FIN after what was written, the handler hears nothing more', () => {
  const t = established();
  t.write(100);
  t.taken();
  t.close().expect([{ seq: 101, flags: 'FA' }]);
  t.send({ seq: 1, ack: 102 })
    .send({ seq: 1, ack: 102, flags: 'FA' })
    .expect([{ seq: 102, ack: 2 }]);
  t.heard().at(11000).gone();
});

scenario('close: data that arrives afterwards is answered by RST (RFC 1122 §4.2.2.13)', () => {
  for (const build of [established, finWait1, finWait2]) {
    const t = build();
    const ours = build === established ? 1 : 2;
    t.close().restart();
    t.send({ seq: 1, ack: ours, len: 10 });
    const segments = t.segments();
    assert.is(segments.length, 1);
    assert.ok(segments[0].flags.includes('R'));
    t.heard().gone();
  }
});

scenario('close: an old duplicate that arrives afterwards is not data', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, len: 100 }).at(300).close().restart();
  t.send({ seq: 1, ack: 1, len: 100 }).expect([{ seq: 2, ack: 101 }]);
  assert.is(t.connections(), 1);
});

scenario('close with data unread: RST (RFC 2525 §2.17)', () => {
  const t = established();
  t.pause().send({ seq: 1, ack: 1, len: 100 }).at(300).restart();
  t.close()
    .expect([{ seq: 1, ack: 101, flags: 'RA' }])
    .heard()
    .gone();
});

scenario('close in CLOSE-WAIT', () => {
  const t = closeWait();
  t.close().expect([{ seq: 1, ack: 2, flags: 'FA' }]);
  t.send({ seq: 2, ack: 2 }).gone().heard();
});

scenario('close after a half-close, in every state that follows', () => {
  for (const build of [finWait1, finWait2, closing, lastAck, timeWait]) {
    const t = build();
    t.close().close().quiet();
    t.at(300000).gone();
  }
});

scenario('close within the callback that brings data', () => {
  const t = established();
  t.during.data = () => t.close();
  t.send({ seq: 1, ack: 1, len: 100 }).heard('data 100');
  const fin = t.segments().pop()!;
  assert.ok(fin.flags.includes('F'));
  assert.is(fin.ack, 101);
});

scenario('close within the callback that brings the end', () => {
  const t = established();
  t.during.ended = () => t.close();
  t.send({ seq: 1, ack: 1, flags: 'FA' }).heard('ended');
  const fin = t.segments().pop()!;
  assert.equal([fin.flags.replace('P', ''), fin.seq, fin.ack], ['FA', 1, 2]);
  t.send({ seq: 2, ack: 2 }).gone().heard();
});

scenario('shutdown within the callback that brings the end: closed in order', () => {
  const t = established();
  t.during.ended = () => t.shutdown();
  t.send({ seq: 1, ack: 1, flags: 'FA' }).send({ seq: 2, ack: 2 }).heard('ended', 'closed 0').gone();
});

// ---- resets ------------------------------------------------------------------------------------------------------

scenario('a reset ends it at once: ECONNRESET, and what waited is not lost', () => {
  const t = established();
  t.send({ seq: 1, ack: 1, len: 10 }).heard('data 10');
  t.send({ seq: 11, ack: 1, flags: 'RA' }).heard(`closed ${Errno.ECONNRESET}`).quiet().gone();
  assert.is(t.write(10), 0);
  t.shutdown().close().abort().quiet().heard();
});

scenario('after the end everything is refused', () => {
  const t = established();
  t.abort().restart();
  t.send({ seq: 1, ack: 1, len: 10 }).expect([{ seq: 1, flags: 'R' }]);
  t.send({ seq: 1, flags: 'R' }).quiet();
});

test.run();
