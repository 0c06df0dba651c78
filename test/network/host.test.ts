/** The one host of a program: its timer, its deadlines, and programs that make mistakes. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hostRearm, type Pollable } from '../../modules/network/host';
import { nameServers, resolve } from '../../modules/inet/resolver';
import type { Tcb, TcpHandler } from '../../modules/inet/tcb';
import { tcpConnect, tcpListen, tcpWrite } from '../../modules/inet/tcp';
import { PPP, useHost } from '../../modules/network/ppp';
import { Clock } from '../helpers/clock';
import { SimServer, SimStream, simulatedHost } from '../helpers/host';
import { addressNumber } from '../helpers/packets';

function deadline(clock: Clock, ...atMs: number[]): Pollable & { polled: number[] } {
  return {
    polled: [],
    _poll(nowMs) {
      if (atMs.length && nowMs >= atMs[0]) {
        atMs.shift();
        this.polled.push(nowMs);
      }
    },
    _pollAt: () => atMs[0] ?? Infinity,
  };
}

test('the timer is set to the earliest deadline, and is one', () => {
  const clock = new Clock(0);
  const { host, seen } = simulatedHost(clock);
  const one = deadline(clock, 500, 5000);
  const two = deadline(clock, 300, 700);
  host._pollables.push(one, two);
  hostRearm(host);
  hostRearm(host);
  assert.is(seen.timers, 1);
  clock.runTo(10_000);
  assert.equal(
    [one.polled, two.polled],
    [
      [500, 5000],
      [300, 700],
    ],
  );
  assert.ok(seen.timers <= 5, `${seen.timers} timers for four deadlines`);
});

test('a deadline that comes nearer moves the timer', () => {
  const clock = new Clock(0);
  const { host } = simulatedHost(clock);
  const late = deadline(clock, 5000);
  host._pollables.push(late);
  hostRearm(host);
  const soon = deadline(clock, 100);
  host._pollables.push(soon);
  hostRearm(host);
  clock.runTo(150);
  assert.equal(soon.polled, [100]);
  clock.runTo(6000);
  assert.equal(late.polled, [5000]);
});

test('nothing to do: no timer', () => {
  const clock = new Clock(0);
  const { host, seen } = simulatedHost(clock);
  hostRearm(host);
  assert.is(seen.timers, 0);
});

test('name servers: the user’s, then those of interfaces that are up, the newest first', () => {
  const clock = new Clock();
  const { host } = simulatedHost(clock);
  useHost(host);
  assert.equal(nameServers(host._resolver), []);
  const links = ['1.1.1.1', '2.2.2.2'].map((dns1) => {
    const stream = new SimStream();
    const ppp = new PPP(stream);
    new SimServer(clock, stream, { dns1, dns2: dns1, give: dns1 });
    ppp.connect();
    clock.run(() => ppp.isconnected(), clock.nowMs + 20_000);
    return ppp;
  });
  assert.equal(nameServers(host._resolver), ['2.2.2.2', '1.1.1.1'].map(addressNumber));
  host._resolver._dns = [addressNumber('9.9.9.9')];
  assert.equal(nameServers(host._resolver), ['9.9.9.9', '2.2.2.2', '1.1.1.1'].map(addressNumber));
  links[1].disconnect();
  clock.runTo(clock.nowMs + 5000);
  assert.equal(nameServers(host._resolver), ['9.9.9.9', '1.1.1.1'].map(addressNumber));
});

// ---- programs that throw -----------------------------------------------------------------------------------------

/** Runs, and collects what is thrown on the way instead of stopping. */
function runCollecting(clock: Clock, ms: number): string[] {
  const thrown: string[] = [];
  const until = clock.nowMs + ms;
  for (;;) {
    try {
      clock.runTo(until);
      return thrown;
    } catch (error) {
      thrown.push((error as Error).message);
      assert.ok(thrown.length < 100, 'for ever');
    }
  }
}

function linked() {
  const clock = new Clock();
  const { host } = simulatedHost(clock);
  useHost(host);
  const stream = new SimStream();
  const ppp = new PPP(stream);
  const server = new SimServer(clock, stream);
  ppp.connect();
  assert.ok(clock.run(() => ppp.isconnected(), clock.nowMs + 20_000));
  return { clock, host, ppp, server };
}

const quiet: TcpHandler = {
  _connected: () => {},
  _data: () => {},
  _ended: () => {},
  _writable: () => {},
  _closed: () => {},
};

test('a callback that throws: the exception comes out, and time goes on for everything else', () => {
  const { clock, host, ppp, server } = linked();
  const accepted: Tcb[] = [];
  tcpListen(server.stack, 80, 4, (tcb) => {
    accepted.push(tcb);
    return quiet;
  });
  const got: number[] = [0, 0];
  const closed: number[] = [];
  [0, 1].forEach((i) =>
    tcpConnect(
      host._stack,
      addressNumber('10.64.0.1'),
      80,
      {
        ...quiet,
        _data: (_tcb, bytes) => {
          got[i] += bytes.length;
          if (i === 0) {
            throw new Error('a mistake in the program');
          }
        },
        _closed: () => closed.push(i),
      },
      host._nowMs(),
    ),
  );
  hostRearm(host);
  runCollecting(clock, 1000);
  assert.is(accepted.length, 2);
  for (let round = 0; round < 3; round++) {
    for (const tcb of accepted) {
      tcpWrite(tcb, new Uint8Array(100), 0, 100, server.now());
    }
    assert.equal(runCollecting(clock, 5000), ['a mistake in the program']);
  }
  assert.equal(got, [300, 300]);
  // Both sides know that all of it arrived: nothing is sent again.
  assert.is(server.stack._stats.tcpRetransmits, 0);
  runCollecting(clock, 60_000);
  assert.ok(ppp.isconnected(), 'echoes were answered');
  // And a dead peer is still noticed.
  server.mute = true;
  runCollecting(clock, 40_000);
  assert.is(ppp.status('reason'), 'peer-dead');
  assert.equal(closed.sort(), [0, 1]);
});

test('a callback that throws in the timer does not stop the timer', () => {
  const { clock, host, ppp, server } = linked();
  let calls = 0;
  server.mute = true;
  resolve(
    host._resolver,
    'nobody.answers.test',
    () => {
      calls++;
      throw new Error('resolved badly');
    },
    host._nowMs(),
  );
  hostRearm(host);
  assert.equal(runCollecting(clock, 40_000), ['resolved badly']);
  assert.is(calls, 1);
  assert.is(ppp.status('reason'), 'peer-dead');
});

test('a listener that throws does not spoil the object', () => {
  const { clock, ppp, server } = linked();
  ppp.on('disconnected', () => {
    throw new Error('heard badly');
  });
  server.mute = true;
  runCollecting(clock, 60_000);
  assert.not.ok(ppp.isconnected());
  server.mute = false;
  runCollecting(clock, 60_000);
  ppp.off('disconnected');
  if (Number(ppp.status()) >= 3) {
    ppp.disconnect();
    runCollecting(clock, 10_000);
  }
  assert.ok(Number(ppp.status()) < 3, `status ${String(ppp.status())}`);
  ppp.connect();
  runCollecting(clock, 20_000);
  assert.ok(ppp.isconnected());
});

test.run();
