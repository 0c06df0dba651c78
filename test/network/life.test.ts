/** The life of a PPP object in the field: links that are lost, tried again, given up; what sockets hear of it. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { resolve, ResolveError } from '../../modules/inet/resolver';
import { Errno, type TcpHandler } from '../../modules/inet/tcb';
import { tcpConnect, tcpListen } from '../../modules/inet/tcp';
import { udpBind, udpOpen, udpSend } from '../../modules/inet/udp';
import type { NetworkError } from '../../modules/network/errors';
import { hostRearm } from '../../modules/network/host';
import { PPP, useHost } from '../../modules/network/ppp';
import { useProbe } from '../../modules/network/probe';
import { useReconnect } from '../../modules/network/reconnect';
import { Clock } from '../helpers/clock';
import { SimServer, SimStream, simulatedHost, type ServerOptions } from '../helpers/host';
import { aRecord, addressNumber, dnsAnswer, parseDnsQuery } from '../helpers/packets';

/** A PPP object that can reconnect, its peer, and what happens when. */
class Field {
  readonly clock = new Clock();
  readonly sim: ReturnType<typeof simulatedHost>;
  readonly stream = new SimStream();
  readonly ppp: PPP;
  readonly log: { atMs: number; text: string }[] = [];
  server!: SimServer;

  constructor(seed = 1) {
    this.sim = simulatedHost(this.clock, {}, seed);
    useReconnect(this.sim.host);
    useProbe(this.sim.host);
    useHost(this.sim.host);
    this.ppp = new PPP(this.stream);
    const note = (text: string): void => void this.log.push({ atMs: this.clock.nowMs, text });
    this.ppp.on('connected', () => note('connected'));
    this.ppp.on('disconnected', ((reason: string) => note(`disconnected ${reason}`)) as never);
    this.ppp.on('error', ((error: NetworkError) => note(`error ${error.phase} ${error.reason}`)) as never);
    this.ppp.on('phase', ((phase: string) => phase === 'establish' && note('establish')) as never);
  }
  serve(options: ServerOptions = {}): this {
    this.server = new SimServer(this.clock, this.stream, options);
    return this;
  }
  run(ms: number): this {
    this.clock.runTo(this.clock.nowMs + ms);
    return this;
  }
  until(done: () => boolean, limitMs = 200_000): number {
    const began = this.clock.nowMs;
    assert.ok(this.clock.run(done, began + limitMs), `not so after ${limitMs} ms: ${JSON.stringify(this.log)}`);
    return this.clock.nowMs - began;
  }
  up(): this {
    this.ppp.connect();
    this.until(() => this.ppp.isconnected());
    this.log.length = 0;
    return this;
  }
  /** A modem says so. */
  loseCarrier(): void {
    this.stream.feed(Buffer.from('\r\nNO CARRIER\r\n'));
  }
  get texts(): string[] {
    return this.log.map(({ text }) => text);
  }
  /** Between each error and the try that follows it, ms. */
  get waits(): number[] {
    const waits: number[] = [];
    this.log.forEach(({ text, atMs }, i) => {
      if (text === 'establish' && this.log[i - 1]?.text.startsWith('error')) {
        waits.push(atMs - this.log[i - 1].atMs);
      }
    });
    return waits;
  }
}

// ---- keepalive ---------------------------------------------------------------------------------------------------

test('config: keepalive, seen and set; wrong values change nothing', () => {
  const f = new Field();
  assert.is(f.ppp.config('keepalive'), 30000);
  f.ppp.config({ keepalive: 8000 });
  assert.is(f.ppp.config('keepalive'), 8000);
  for (const keepalive of [-1, 1.5, NaN, Infinity, '8000', null, undefined, true, {}, 2 ** 26]) {
    for (const rest of [{}, { stream: null }, { reconnects: 5 }]) {
      let name = '';
      try {
        f.ppp.config({ ...rest, keepalive } as never);
      } catch (error) {
        name = `${(error as Error).name} ${(error as Error).message}`;
      }
      assert.is(name, 'ValueError invalid keepalive', String(keepalive));
      assert.equal([f.ppp.config('keepalive'), f.ppp.config('reconnects')], [8000, 0]);
      assert.is(f.ppp.config('stream'), f.stream);
    }
  }
});

test('keepalive: a dead peer is noticed within 30 s unless set, sooner or never when set, also while connected', () => {
  for (const [keepalive, least, most] of [
    [undefined, 15_000, 30_000],
    [8000, 4000, 8000],
    [120_000, 90_000, 120_000],
  ]) {
    for (const before of [true, false]) {
      const f = new Field().serve();
      if (keepalive && before) f.ppp.config({ keepalive });
      f.up().run(40_000);
      if (keepalive && !before) f.ppp.config({ keepalive });
      f.run(200_000);
      assert.ok(f.ppp.isconnected());
      f.server.mute = true;
      const ms = f.until(() => !f.ppp.isconnected());
      assert.ok(ms >= least! && ms <= most!, `${keepalive}: ${ms} ms`);
      assert.is(f.ppp.status(), -9);
    }
  }
  const off = new Field().serve();
  off.up().run(5000);
  off.ppp.config({ keepalive: 0 });
  off.server.mute = true;
  off.run(10_000_000);
  assert.ok(off.ppp.isconnected());
  off.ppp.config({ keepalive: 30_000 });
  assert.ok(off.until(() => !off.ppp.isconnected()) <= 30_000, 'on again');
});

// ---- reasons -----------------------------------------------------------------------------------------------------

test('no-carrier: at once, with phase and reason, and the object works again', () => {
  const f = new Field().serve().up();
  f.loseCarrier();
  assert.equal(f.texts, ['disconnected no-carrier', 'error running no-carrier']);
  assert.equal([f.ppp.status(), f.ppp.status('reason'), f.ppp.status('phase')], [-6, 'no-carrier', 'running']);
  f.run(40_000);
  f.up();
  assert.equal([f.ppp.status(), f.ppp.status('reason'), f.ppp.status('phase')], [4, '', 'running']);
});

test('no reason is seen in the next connection, nor after a disconnect, whatever it was', () => {
  const ends: [string, (f: Field) => void][] = [
    ['no-carrier', (f) => f.loseCarrier()],
    ['terminated', (f) => f.server.close()],
    ['peer-dead', (f) => (f.server.mute = true)],
    [
      'command-mode',
      (f) => {
        f.server.mute = true;
        f.stream.sink = (bytes) => void f.clock.after(1, () => f.stream.feed(bytes));
      },
    ],
  ];
  for (const [first, end] of ends) {
    for (const [second, endAgain] of ends) {
      const f = new Field().serve().up();
      end(f);
      f.until(() => Number(f.ppp.status()) < 0);
      assert.is(f.ppp.status('reason'), first);
      f.server.mute = false;
      f.server.attach(f.stream);
      f.run(60_000);
      f.ppp.connect();
      assert.is(f.ppp.status('reason'), '', `${first} while connecting`);
      f.until(() => f.ppp.isconnected());
      assert.is(f.ppp.status('reason'), '', `${first} when connected`);
      endAgain(f);
      f.until(() => Number(f.ppp.status()) < 0);
      assert.is(f.ppp.status('reason'), second, `after ${first}`);
      f.ppp.disconnect();
      assert.equal([f.ppp.status(), f.ppp.status('reason'), f.ppp.status('phase')], [0, '', 'dead']);
    }
  }
});

// ---- disconnect --------------------------------------------------------------------------------------------------

test('disconnect ends within 3 s when any one frame, or any two, of its dialogue are lost', () => {
  for (const lost of [[0], [1], [2], [0, 1], [0, 1, 2], [0, 1, 2, 3, 4, 5]]) {
    for (const direction of ['ours', 'theirs']) {
      const f = new Field().serve().up();
      let count = 0;
      const drop = (): boolean => lost.includes(count++);
      if (direction === 'ours') {
        const sink = f.stream.sink!;
        f.stream.sink = (bytes) => void (drop() || sink(bytes));
      } else {
        const feed = f.stream.feed.bind(f.stream);
        f.stream.feed = (bytes) => void (drop() || feed(bytes));
      }
      let done = 0;
      f.ppp.disconnect(() => done++);
      assert.ok(f.until(() => done > 0) <= 3000, `${direction} ${String(lost)}`);
      assert.equal([f.ppp.status(), f.ppp.status('reason')], [0, 'user']);
    }
  }
});

test('disconnect while the peer is ending the link: no error, and the link is not tried again', () => {
  const f = new Field().serve().up();
  f.ppp.config({ reconnects: -1 });
  f.server.close();
  f.until(() => f.ppp.status('phase') === 'terminate');
  let done = 0;
  f.ppp.disconnect(() => done++);
  assert.ok(f.until(() => done > 0) <= 3000);
  f.run(200_000);
  assert.equal([f.ppp.status(), done, f.texts.filter((text) => text !== 'disconnected terminated')], [0, 1, []]);
});

test('a stream that is suspended: disconnect ends within 3 s', () => {
  const f = new Field().serve().up();
  f.ppp.config({ stream: null });
  let done = 0;
  f.ppp.disconnect(() => done++);
  assert.ok(f.until(() => done > 0) <= 3000);
});

// ---- reconnect ---------------------------------------------------------------------------------------------------

test('without being asked to, nothing is tried again', () => {
  const f = new Field().serve().up();
  f.loseCarrier();
  f.run(1_000_000);
  assert.equal(f.texts, ['disconnected no-carrier', 'error running no-carrier']);
});

test('config: reconnects and holdoff, seen and set; wrong values change nothing', () => {
  const f = new Field();
  assert.equal([f.ppp.config('reconnects'), f.ppp.config('holdoff')], [0, 1000]);
  f.ppp.config({ reconnects: -1, holdoff: 0 });
  assert.equal([f.ppp.config('reconnects'), f.ppp.config('holdoff')], [-1, 0]);
  for (const wrong of [
    { reconnects: -2 },
    { reconnects: 1.5 },
    { holdoff: -1 },
    { holdoff: '5' },
    { holdoff: 2 ** 26 },
  ]) {
    assert.throws(() => f.ppp.config({ keepalive: 5000, ...wrong } as never), /^invalid (reconnects|holdoff)$/);
    assert.equal([f.ppp.config('reconnects'), f.ppp.config('holdoff'), f.ppp.config('keepalive')], [-1, 0, 30000]);
  }
});

test('without the part, its settings are unknown', () => {
  useHost(simulatedHost(new Clock()).host);
  const ppp = new PPP(new SimStream());
  assert.throws(() => ppp.config('reconnects'), /^unknown config param$/);
  assert.throws(() => ppp.config({ holdoff: 5 }), /^unknown config param$/);
});

test('a lost link is up again after the hold-off, and every later loss finds it as patient', () => {
  const f = new Field().serve().up();
  f.ppp.config({ reconnects: 3, holdoff: 2000 });
  for (let i = 0; i < 10; i++) {
    f.run(50_000);
    f.log.length = 0;
    f.loseCarrier();
    f.server.close();
    f.until(() => f.ppp.isconnected());
    assert.equal(f.texts, ['disconnected no-carrier', 'error running no-carrier', 'establish', 'connected']);
    assert.ok(f.waits[0] >= 1500 && f.waits[0] <= 2502, `${f.waits[0]} ms`);
  }
});

test('the hold-off doubles up to 64 times, with jitter, and the tries are counted', () => {
  for (const seed of [1, 2, 3]) {
    const f = new Field(seed);
    f.ppp.config({ reconnects: 9, holdoff: 1000 });
    f.ppp.connect();
    f.run(2_000_000);
    assert.is(f.waits.length, 9);
    f.waits.forEach((wait, i) => {
      const nominal = 1000 * 2 ** Math.min(i, 6);
      assert.ok(wait >= 0.75 * nominal && wait <= 1.25 * nominal + 2, `${i}: ${wait} ms`);
    });
    const exact = f.waits.filter((wait, i) => Math.abs(wait - 1000 * 2 ** Math.min(i, 6)) < 3);
    assert.ok(exact.length < 3, 'there is jitter');
    assert.is(f.log.pop()!.text, 'error establish no-answer');
    assert.is(f.ppp.status(), -6);
    // A connect by the program begins to count anew.
    f.log.length = 0;
    f.ppp.connect();
    f.run(2_000_000);
    assert.is(f.waits.length, 9);
  }
});

test('no end of tries: the peer comes back after a day', () => {
  const f = new Field();
  f.ppp.config({ reconnects: -1, holdoff: 30_000 });
  f.ppp.connect();
  f.run(86_400_000);
  assert.is(f.ppp.status('reason') === 'no-answer' || f.ppp.status() === 3, true);
  f.serve();
  f.until(() => f.ppp.isconnected(), 64 * 30_000 * 1.25 + 30_000);
});

test('disconnect during the hold-off: at once, and for good; the object connects with other credentials', () => {
  const f = new Field().serve({ auth: 'chap', users: { two: '2' } });
  f.ppp.config({ reconnects: -1, holdoff: 5000 });
  f.ppp.connect({ security: PPP.SEC_CHAP, user: 'one', key: '1' });
  f.until(() => f.ppp.status() === -7);
  let done = 0;
  f.ppp.disconnect(() => done++);
  assert.equal([done, f.ppp.status(), f.ppp.status('reason')], [1, 0, '']);
  f.log.length = 0;
  f.run(1_000_000);
  assert.equal(f.texts, []);
  f.ppp.connect({ security: PPP.SEC_CHAP, user: 'two', key: '2' });
  f.until(() => f.ppp.isconnected());
});

test('connect during the hold-off goes at once, and the wait is over', () => {
  const f = new Field().serve().up();
  f.ppp.config({ reconnects: -1, holdoff: 1_000_000 });
  f.loseCarrier();
  f.server.close();
  f.run(5000);
  f.up();
  f.run(10_000_000);
  assert.ok(f.ppp.isconnected());
  assert.equal(f.texts, []);
});

test('a program that takes the stream away to dial is waited for', () => {
  const f = new Field().serve().up();
  f.ppp.config({ reconnects: -1, holdoff: 1000 });
  f.ppp.on('error', (() => {
    f.ppp.config({ stream: null });
    f.clock.after(60_000, () => f.ppp.config({ stream: f.stream }));
  }) as never);
  f.loseCarrier();
  f.server.close();
  const timers = f.sim.seen.timers;
  f.run(59_000);
  assert.ok(f.sim.seen.timers - timers < 20, 'and the timer rests');
  assert.is(f.stream.handler, null);
  assert.equal(f.texts.slice(2), []);
  assert.ok(f.until(() => f.ppp.isconnected()) <= 3000);
});

test('a listener that connects itself, and reconnects as well: one connection', () => {
  const f = new Field().serve().up();
  f.ppp.config({ reconnects: -1, holdoff: 1000 });
  f.ppp.on('error', (() => f.ppp.connect()) as never);
  f.loseCarrier();
  f.run(60_000);
  assert.ok(f.ppp.isconnected());
  assert.is(f.texts.filter((text) => text === 'connected').length, 1);
});

test('1000 lost carriers: no table grows, and there is one timer', () => {
  const f = new Field().serve().up();
  f.ppp.config({ reconnects: -1, holdoff: 0 });
  for (let i = 0; i < 1000; i++) {
    f.loseCarrier();
    f.until(() => f.ppp.isconnected());
    f.run(100);
  }
  const { _stack: stack, _resolver: resolver, _pollables: pollables } = f.sim.host;
  assert.equal([stack._tcbs.length, stack._udps.length, resolver._queries.length, pollables.length], [0, 0, 0, 3]);
});

// ---- the probe ---------------------------------------------------------------------------------------------------

/** A link whose name server is the peer itself; `answers` says whether it does. */
function probed(answers: () => boolean): { f: Field; asked: number[] } {
  const f = new Field().serve({ dns1: '10.64.0.1', dns2: '10.64.0.1' }).up();
  const asked: number[] = [];
  const socket = udpBind(f.server.stack, 53, (query, source, port) => {
    asked.push(f.clock.nowMs);
    const { id, name } = parseDnsQuery(query);
    if (answers()) {
      udpSend(socket, dnsAnswer(id, name, [aRecord('198.41.0.4')]), source, port, f.server.now());
    }
  })!;
  return { f, asked };
}

test('probe: a network that has gone behind a modem which answers echoes is noticed, and the link ended in order', () => {
  let answers = true;
  const { f, asked } = probed(() => answers);
  f.run(100_000);
  assert.is(asked.length, 0, 'off until asked for');
  f.ppp.config({ probe: 10_000 });
  assert.is(f.ppp.config('probe'), 10_000);
  f.run(600_000);
  assert.ok(asked.length >= 55 && asked.length <= 61, `${asked.length} in 10 minutes`);
  assert.ok(f.ppp.isconnected());
  answers = false;
  const began = f.clock.nowMs;
  f.until(() => Number(f.ppp.status()) < 0);
  assert.ok(f.clock.nowMs - began > 30_000 && f.clock.nowMs - began < 45_000, `${f.clock.nowMs - began} ms`);
  assert.equal(f.texts, ['disconnected peer-dead', 'error running peer-dead']);
  assert.is(f.server.ends, 1, 'the peer was told');
  assert.is(f.sim.host._stack._udps.length, 0);
  const timers = f.sim.seen.timers;
  f.run(100_000);
  assert.ok(f.sim.seen.timers - timers < 5, 'and the timer rests');
});

test('probe: two lost in a row do no harm; switched off while one is on its way, nothing stays', () => {
  let count = 0;
  const { f, asked } = probed(() => count++ % 3 === 2);
  f.ppp.config({ probe: 5000 });
  f.run(500_000);
  assert.ok(f.ppp.isconnected() && asked.length > 90);
  f.ppp.config({ probe: 0 });
  f.run(10_000);
  const before = asked.length;
  f.run(100_000);
  assert.equal([asked.length, f.sim.host._stack._udps.length], [before, 0]);
});

test('probe: no name server, no question; no socket free, nothing held against the peer', () => {
  const without = new Field().serve({ dns1: '0.0.0.0', dns2: '0.0.0.0' }).up();
  without.ppp.config({ probe: 1000 });
  without.run(60_000);
  assert.ok(without.ppp.isconnected());
  const { f } = probed(() => true);
  const others = [];
  for (let socket = udpOpen(f.sim.host._stack, () => {}); socket; socket = udpOpen(f.sim.host._stack, () => {})) {
    others.push(socket);
  }
  assert.ok(others.length > 0);
  f.ppp.config({ probe: 1000 });
  f.run(60_000);
  assert.ok(f.ppp.isconnected());
});

// ---- what sockets hear -------------------------------------------------------------------------------------------

test('the link goes: open and connecting sockets hear ENETDOWN, names fail at once, nobody waits', () => {
  for (const lose of ['carrier', 'peer'] as const) {
    const f = new Field().serve().up();
    const { host } = f.sim;
    const heard: string[] = [];
    const handler = (name: string): TcpHandler => ({
      _connected: () => heard.push(`${name} connected`),
      _data: () => {},
      _ended: () => {},
      _writable: () => {},
      _closed: (_tcb, errno) => heard.push(`${name} ${errno}`),
    });
    tcpListen(f.server.stack, 80, 4, () => handler('server'));
    tcpConnect(host._stack, addressNumber('10.64.0.1'), 80, handler('open'), host._nowMs());
    hostRearm(host);
    f.until(() => heard.includes('open connected'));
    tcpConnect(host._stack, addressNumber('10.99.0.1'), 80, handler('connecting'), host._nowMs());
    resolve(host._resolver, 'some.name', (address) => heard.push(`name ${address}`), host._nowMs());
    hostRearm(host);
    f.run(50);
    heard.length = 0;
    if (lose === 'carrier') {
      f.loseCarrier();
    } else {
      f.server.close();
    }
    f.until(() => heard.filter((text) => !text.startsWith('server')).length === 3, 1000);
    assert.equal(heard.filter((text) => !text.startsWith('server')).sort(), [
      `connecting ${Errno.ENETDOWN}`,
      `name ${ResolveError.NoAnswer}`,
      `open ${Errno.ENETDOWN}`,
    ]);
    assert.is(
      tcpConnect(host._stack, addressNumber('10.64.0.1'), 80, handler('late'), host._nowMs()),
      Errno.ENETUNREACH,
    );
  }
});

test.run();
