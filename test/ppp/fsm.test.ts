/** The automaton at work: its timer, counters, identifiers, and what it takes for a packet. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Event, State } from '../../modules/ppp/automaton';
import { fsmInput } from '../../modules/ppp/fsm';

import { Machine } from '../helpers/machine';
import { packetOf } from '../helpers/ppp';

test('restart timer: 300 ms, doubled up to 3 s; Max-Configure is 10', () => {
  const machine = new Machine();
  machine.event(Event.Open);
  machine.event(Event.Up);
  machine.until(60000);
  const requests = machine.sent.filter(({ bytes }) => bytes[0] === 1);
  assert.equal(
    requests.map(({ atMs }) => atMs),
    [0, 300, 900, 2100, 4500, 7500, 10500, 13500, 16500, 19500],
  );
  assert.equal(
    requests.map(({ bytes }) => bytes[1]),
    new Array(10).fill(requests[0].bytes[1]),
    'retransmissions keep their identifier',
  );
  assert.equal(machine.did.slice(-1), ['tlf']);
  assert.is(machine.fsm._state, State.Stopped);
  assert.is(machine.sent.length, 10);
});

test('it gives up one interval after the last request', () => {
  const machine = new Machine();
  machine.event(Event.Open);
  machine.event(Event.Up);
  machine.until(22499);
  assert.is(machine.fsm._state, State.ReqSent);
  machine.until(22500);
  assert.is(machine.fsm._state, State.Stopped);
});

test('Max-Terminate is 2, and the end comes within a second', () => {
  const machine = new Machine();
  machine.fsm._state = State.Opened;
  machine.event(Event.Close);
  machine.until(60000);
  assert.equal(
    machine.sent.map(({ atMs, bytes }) => [atMs, bytes[0]]),
    [
      [0, 5],
      [300, 5],
    ],
  );
  assert.equal(machine.did, ['tld', 'str', 'str', 'tlf']);
  assert.is(machine.fsm._state, State.Closed);
});

test('a Nak starts the counter and the intervals anew, under a new identifier', () => {
  const machine = new Machine();
  machine.event(Event.Open);
  machine.event(Event.Up);
  machine.until(5000);
  const first = machine.sent[0].bytes[1];
  assert.is(machine.sent.length, 5);
  machine.input(`lcp nak ${first}`);
  const second = machine.sent[5].bytes[1];
  assert.is.not(second, first);
  machine.until(5000 + 22499);
  assert.equal(
    machine.sent.slice(5).map(({ atMs, bytes }) => [atMs - 5000, bytes[1]]),
    [0, 300, 900, 2100, 4500, 7500, 10500, 13500, 16500, 19500].map((ms) => [ms, second]),
  );
});

test('after a Terminate-Request the peer gets one interval to go first (zrc)', () => {
  const machine = new Machine();
  machine.fsm._state = State.Opened;
  machine.input('lcp termreq 5');
  assert.equal(machine.did, ['tld', 'sta']);
  machine.until(299);
  assert.is(machine.fsm._state, State.Stopping);
  machine.until(300);
  assert.equal(machine.did, ['tld', 'sta', 'tlf']);
  assert.is(machine.fsm._state, State.Stopped);
});

test('the timer stops when the machine opens', () => {
  const machine = new Machine();
  machine.event(Event.Open);
  machine.event(Event.Up);
  const id = machine.sent[0].bytes[1];
  machine.input(`lcp ack ${id} pfc`);
  assert.is(machine.fsm._state, State.AckRcvd);
  machine.input('lcp req 9 pfc');
  assert.is(machine.fsm._state, State.Opened);
  machine.until(100000);
  assert.equal(machine.did, ['scr', 'sca', 'tlu']);
});

test('identifiers run through all 256 and begin again', () => {
  const machine = new Machine();
  machine.event(Event.Open);
  machine.event(Event.Up);
  const seen = new Set<number>();
  for (let i = 0; i < 600; i++) {
    const { bytes } = machine.sent[machine.sent.length - 1];
    seen.add(bytes[1]);
    machine.input(`lcp nak ${bytes[1]}`);
    assert.is(machine.sent.length, i + 2, `request ${i}`);
  }
  assert.is(seen.size, 256);
});

test('replies under another identifier, of other options or malformed are dropped', () => {
  const machine = new Machine();
  machine.event(Event.Open);
  machine.event(Event.Up);
  const id = machine.sent[0].bytes[1];
  for (const text of [
    `lcp ack ${id + 1} pfc`,
    `lcp ack ${id}`,
    `lcp ack ${id} acfc`,
    `lcp ack ${id} pfc acfc`,
    `lcp nak ${id + 1} pfc`,
    `lcp rej ${id + 1} pfc`,
    `lcp rej ${id}`,
    `lcp rej ${id} acfc`,
    `lcp rej ${id} pfc pfc`,
  ]) {
    machine.input(text);
    assert.is(machine.fsm._state, State.ReqSent, text);
    assert.is(machine.sent.length, 1, text);
  }
  const broken = packetOf(`lcp nak ${id} pfc`).body;
  broken[5] = 1;
  fsmInput(machine.fsm, broken, 0, broken.length);
  assert.is(machine.sent.length, 1, 'a Nak with a broken option');
  machine.input(`lcp ack ${id} pfc`);
  assert.is(machine.fsm._state, State.AckRcvd);
});

test('a Configure-Request with broken options gets no answer (§5, §6)', () => {
  const machine = new Machine();
  machine.event(Event.Open);
  machine.event(Event.Up);
  for (const body of ['0700', '0701', '0703', '07']) {
    machine.input(`lcp code1 9 ${body}`);
    assert.is(machine.sent.length, 1, body);
    assert.is(machine.fsm._state, State.ReqSent, body);
  }
});

test('Max-Failure: five Naks, then Rejects; an Ack starts the count anew', () => {
  const machine = new Machine();
  machine.event(Event.Open);
  machine.event(Event.Up);
  const codes = (): number[] => machine.sent.splice(0).map(({ bytes }) => bytes[0]);
  codes();
  machine.naks = true;
  for (let i = 0; i < 7; i++) {
    machine.input(`lcp req ${i} magic=00000000`);
  }
  assert.equal(codes(), [3, 3, 3, 3, 3, 4, 4]);
  machine.naks = false;
  machine.input('lcp req 20 magic=00000001');
  machine.naks = true;
  machine.input('lcp req 21 magic=00000000');
  assert.equal(codes(), [2, 3]);
});

test.run();
