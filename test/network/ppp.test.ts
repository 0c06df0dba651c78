/** class PPP as its documentation has it: every method, every form of arguments, every error, every reason. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PPP, useHost } from '../../modules/network/ppp';
import { Clock } from '../helpers/clock';
import { ReadingStream, SimServer, SimStream, simulatedHost, type ServerOptions } from '../helpers/host';
import { errorOf as thrown, type Thrown } from '../helpers/thrown';

type Loose = 'connect' | 'config' | 'ipconfig' | 'ifconfig' | 'status';

/** PPP as a program without types calls it. */
type AnyPpp = Omit<PPP, Loose> & Record<Loose, (...args: unknown[]) => unknown>;

/** A PPP object on a stream, its clock, and what it says. */
class Bench {
  readonly clock = new Clock();
  readonly sim = simulatedHost(this.clock);
  readonly stream: SimStream;
  readonly ppp: AnyPpp;
  readonly events: string[] = [];
  server!: SimServer;

  constructor(stream: SimStream = new SimStream()) {
    this.stream = stream;
    useHost(this.sim.host);
    this.ppp = new PPP(stream) as unknown as AnyPpp;
    this.listen(this.ppp as unknown as PPP);
  }

  listen(ppp: PPP): void {
    ppp.on('connected', () => this.events.push('connected'));
    ppp.on('disconnected', (reason?: string) => this.events.push(`disconnected ${reason}`));
    ppp.on('error', (error?: { phase: string; reason: string }) =>
      this.events.push(`error ${error!.phase} ${error!.reason}`),
    );
    ppp.on('phase', (phase?: string) => this.events.push(`phase ${phase}`));
  }

  serve(options: ServerOptions = {}): this {
    this.server = new SimServer(this.clock, this.stream, options);
    return this;
  }

  run(ms: number): this {
    this.clock.runTo(this.clock.nowMs + ms);
    return this;
  }

  /** Runs until something is so; returns how long it took. */
  until(done: () => boolean, limitMs = 120_000): number {
    const began = this.clock.nowMs;
    assert.ok(this.clock.run(done, began + limitMs), `not so after ${limitMs} ms: ${this.events.join(', ')}`);
    return this.clock.nowMs - began;
  }

  up(...args: unknown[]): this {
    this.ppp.connect(...args);
    this.until(() => this.ppp.isconnected());
    return this;
  }
}

/** What may not have changed when something was thrown. */
function state(b: Bench): unknown[] {
  return [
    b.ppp.status(),
    b.ppp.status('phase'),
    b.ppp.status('reason'),
    b.stream.irqs.length,
    b.stream.written,
    b.sim.host._pollables.length,
    b.ppp.config('stream'),
    b.ppp.ipconfig('addr4'),
  ];
}

function changesNothing(b: Bench, f: () => unknown): Thrown {
  const before = JSON.stringify(
    state(b).map((value) => (typeof value === 'object' && value === b.stream ? 's' : value)),
  );
  const error = thrown(f);
  const after = JSON.stringify(
    state(b).map((value) => (typeof value === 'object' && value === b.stream ? 's' : value)),
  );
  assert.is(after, before);
  return error;
}

// ---- the constructor and the stream ------------------------------------------------------------------------------

test('PPP(stream) takes exactly one stream', () => {
  useHost(simulatedHost(new Clock()).host);
  const Any = PPP as unknown as new (...args: unknown[]) => PPP;
  assert.is(thrown(() => new Any()).name, 'TypeError');
  assert.is(thrown(() => new Any(new SimStream(), 1)).name, 'TypeError');
  for (const wrong of [undefined, 1, 'uart', true]) {
    assert.is(thrown(() => new Any(wrong)).name, 'TypeError');
  }
  assert.is(new Any(null).status(), 0);
});

test('a stream that lacks something: TypeError naming it', () => {
  useHost(simulatedHost(new Clock()).host);
  for (const name of ['irq', 'any', 'readinto', 'write', 'IRQ_RXIDLE']) {
    const stream = new SimStream() as unknown as Record<string, unknown>;
    stream[name] = undefined;
    const error = thrown(() => new PPP(stream));
    assert.is(error.name, 'TypeError');
    assert.match(error.message, name);
    const b = new Bench();
    assert.match(changesNothing(b, () => b.ppp.config({ stream })).message, name);
    b.serve().up();
    assert.match(changesNothing(b, () => b.ppp.config({ stream })).message, name);
  }
});

test('constants', () => {
  assert.equal([PPP.SEC_NONE, PPP.SEC_PAP, PPP.SEC_CHAP], [0, 1, 2]);
});

test('a stream with read() and one without', () => {
  for (const stream of [new SimStream(), new ReadingStream()]) {
    const b = new Bench(stream).serve().up();
    assert.ok(b.ppp.isconnected());
  }
});

// ---- connect: forms of arguments ---------------------------------------------------------------------------------

const USERS = { auth: 'pap', users: { me: 'secret' } } as const;

test('connect: positional, keywords, mixed, each with and without a callback', () => {
  const done: (unknown | null)[] = [];
  const callback = (error: unknown): void => void done.push(error);
  for (const [args, calls] of [
    [[PPP.SEC_PAP, 'me', 'secret'], 0],
    [[PPP.SEC_PAP, 'me', 'secret', callback], 1],
    [[{ security: PPP.SEC_PAP, user: 'me', key: 'secret' }], 0],
    [[{ security: PPP.SEC_PAP, user: 'me', key: 'secret' }, callback], 1],
    [[PPP.SEC_PAP, { user: 'me', key: 'secret' }], 0],
    [[PPP.SEC_PAP, 'me', { key: 'secret' }, callback], 1],
    [[PPP.SEC_NONE, 'me', 'secret'], 0],
    [[{ user: 'me', key: 'secret' }], 0],
    [[undefined, 'me', 'secret'], 0],
  ] as [unknown[], number][]) {
    done.length = 0;
    const b = new Bench().serve(USERS).up(...args);
    assert.equal(done, Array(calls).fill(null));
    assert.ok(b.ppp.isconnected());
  }
});

test('connect: without anything, with empty keywords, with only a callback', () => {
  let called = 0;
  for (const args of [[], [{}], [undefined], [() => called++], [{}, () => called++], [PPP.SEC_NONE]]) {
    new Bench().serve().up(...args);
  }
  assert.is(called, 2);
});

test('connect returns undefined and at once, with the line already spoken to', () => {
  const b = new Bench();
  assert.is(b.ppp.connect() as unknown, undefined);
  assert.is(b.ppp.status(), 3);
  assert.ok(b.stream.written > 0);
});

test('connect: wrong security: ValueError "invalid auth", and nothing has changed', () => {
  for (const security of [-1, 3, 1.5, NaN, '1', true, null, 'pap']) {
    const b = new Bench();
    assert.equal(
      changesNothing(b, () => b.ppp.connect(security, 'u', 'k')),
      { name: 'ValueError', message: 'invalid auth' },
    );
    assert.equal(changesNothing(b, () => b.ppp.connect({ security, user: 'u', key: 'k' })).message, 'invalid auth');
  }
});

test('connect: a key without a user, a user without a key, neither where both are needed: TypeError', () => {
  const b = new Bench();
  for (const args of [
    [{ key: 'k' }],
    [{ user: 'u' }],
    [PPP.SEC_PAP],
    [PPP.SEC_CHAP],
    [PPP.SEC_PAP, 'u'],
    [PPP.SEC_PAP, undefined, 'k'],
    [PPP.SEC_PAP, null, 'k'],
    [{ security: PPP.SEC_CHAP, user: 'u' }],
  ]) {
    assert.is(changesNothing(b, () => b.ppp.connect(...args)).name, 'TypeError', JSON.stringify(args));
  }
});

test('connect: credentials that are no strings: TypeError; too long ones: ValueError', () => {
  const b = new Bench();
  for (const wrong of [5, {}, [], true, new Uint8Array(3)]) {
    assert.is(changesNothing(b, () => b.ppp.connect(PPP.SEC_PAP, wrong, 'k')).name, 'TypeError');
    assert.is(changesNothing(b, () => b.ppp.connect({ security: 1, user: 'u', key: wrong })).name, 'TypeError');
  }
  assert.is(changesNothing(b, () => b.ppp.connect(PPP.SEC_PAP, 'u'.repeat(256), 'k')).name, 'ValueError');
  assert.is(changesNothing(b, () => b.ppp.connect(PPP.SEC_PAP, 'u', 'ä'.repeat(128))).name, 'ValueError');
});

test('connect: unknown, repeated and too many arguments: TypeError', () => {
  const b = new Bench();
  for (const args of [
    [{ password: 'x' }],
    [PPP.SEC_PAP, 'u', 'k', 'more'],
    [PPP.SEC_PAP, { security: 1, user: 'u', key: 'k' }],
    [PPP.SEC_PAP, 'u', { user: 'u', key: 'k' }],
  ]) {
    const error = changesNothing(b, () => b.ppp.connect(...args));
    assert.is(error.name, 'TypeError');
  }
  assert.match(thrown(() => b.ppp.connect({ password: 'x' })).message, 'password');
});

test('connect: while connecting or connected: OSError EALREADY 114', () => {
  const b = new Bench().serve();
  b.ppp.connect();
  const expected = { name: 'OSError', errno: 114, message: '[Errno 114] EALREADY' };
  assert.equal(
    changesNothing(b, () => b.ppp.connect()),
    expected,
  );
  b.until(() => b.ppp.isconnected());
  assert.equal(
    changesNothing(b, () => b.ppp.connect()),
    expected,
  );
  assert.ok(b.ppp.isconnected());
});

test('connect: without a stream: an OSError, and it works when there is one', () => {
  const clock = new Clock();
  useHost(simulatedHost(clock).host);
  const ppp = new PPP(null);
  assert.is(thrown(() => ppp.connect()).name, 'OSError');
  assert.is(ppp.status(), 0);
  const stream = new SimStream();
  new SimServer(clock, stream);
  ppp.config({ stream });
  ppp.connect();
  assert.ok(clock.run(() => ppp.isconnected(), clock.nowMs + 20000));
});

test('connect: a stream whose irq or write throws: the object stays usable', () => {
  for (const method of ['irq', 'write'] as const) {
    const b = new Bench();
    const stream = b.stream as unknown as Record<string, unknown>;
    const good = stream[method];
    stream[method] = () => {
      throw new Error('UART is closed');
    };
    assert.is(thrown(() => b.ppp.connect()).message, 'UART is closed');
    stream[method] = good;
    if (Number(b.ppp.status()) >= 3) {
      b.ppp.disconnect();
      b.run(5000);
    }
    assert.ok(Number(b.ppp.status()) < 3, `status ${String(b.ppp.status())} after ${method}`);
    b.serve().up();
  }
});

// ---- connected ---------------------------------------------------------------------------------------------------

test('the documented example: connect, isconnected, ipconfig, disconnect', () => {
  const b = new Bench().serve();
  assert.equal([b.ppp.status(), b.ppp.isconnected()], [0, false]);
  b.ppp.connect();
  assert.equal([b.ppp.status(), b.ppp.isconnected()], [3, false]);
  b.until(() => b.ppp.isconnected());
  assert.is(b.ppp.status(), 4);
  assert.equal(b.ppp.ipconfig('addr4'), ['10.64.0.2', '255.255.255.255']);
  assert.equal(b.ppp.ipconfig('gw4'), '10.64.0.1');
  assert.equal(b.ppp.ifconfig(), ['10.64.0.2', '255.255.255.255', '10.64.0.1', '10.64.0.53']);
  b.ppp.disconnect();
  b.until(() => b.ppp.status() === 0);
  assert.not.ok(b.ppp.isconnected());
  assert.equal(b.ppp.ipconfig('addr4'), ['0.0.0.0', '0.0.0.0']);
  assert.equal(b.ppp.ifconfig(), ['0.0.0.0', '0.0.0.0', '0.0.0.0', '0.0.0.0']);
});

test('events in their order, none twice', () => {
  const b = new Bench().serve({ auth: 'chap', users: { me: 'secret' } }).up(PPP.SEC_CHAP, 'me', 'secret');
  assert.equal(b.events.splice(0), [
    'phase establish',
    'phase authenticate',
    'phase network',
    'phase running',
    'connected',
  ]);
  b.ppp.disconnect();
  b.until(() => b.ppp.status() === 0);
  assert.equal(b.events.splice(0), ['disconnected user', 'phase terminate', 'phase dead']);
  b.run(60000);
  assert.equal(b.events, []);
});

test('the interrupt is armed with poll and IRQ_RXIDLE, and taken away in the end', () => {
  const b = new Bench().serve();
  assert.equal(b.stream.irqs, []);
  b.ppp.connect();
  assert.equal(b.stream.irqs, ['arm 64']);
  assert.is(b.stream.handler, b.ppp.poll);
  b.until(() => b.ppp.isconnected());
  b.ppp.disconnect();
  b.until(() => b.ppp.status() === 0);
  assert.equal(b.stream.irqs, ['arm 64', 'take away']);
  assert.is(b.stream.handler, null);
});

test('poll: -1 when there is nothing to poll for, else the number of bytes read', () => {
  const b = new Bench();
  assert.is(b.ppp.poll(), -1);
  b.ppp.connect();
  assert.is(b.ppp.poll(), 0);
  b.stream.handler = null; // As where no interrupt reaches the program, which then polls.
  b.stream.feed(new Uint8Array(700).fill(0x55));
  assert.is(b.ppp.poll(), 700);
  assert.is(b.ppp.poll(), 0);
  assert.is(b.ppp.poll('ignored'), 0);
  b.ppp.disconnect();
  b.run(5000);
  assert.is(b.ppp.poll(), -1);
});

test('a program without interrupts that only polls gets connected', () => {
  const b = new Bench().serve();
  b.ppp.connect();
  for (let i = 0; i < 500 && !b.ppp.isconnected(); i++) {
    b.stream.handler = null;
    b.run(10);
    b.ppp.poll();
  }
  assert.ok(b.ppp.isconnected());
});

test('name servers: both of the peer’s; the user’s own go first; the interface’s are gone with it', () => {
  const b = new Bench().serve({ dns1: '1.1.1.1', dns2: '2.2.2.2' }).up();
  assert.is((b.ppp.ifconfig() as string[])[3], '1.1.1.1');
  b.ppp.disconnect();
  b.run(3000);
  b.ppp.ifconfig(['0.0.0.0', '255.255.255.255', '0.0.0.0', '9.9.9.9']);
  b.up();
  assert.is((b.ppp.ifconfig() as string[])[3], '9.9.9.9');
});

test('the address of the interface is plugged in and out', () => {
  const b = new Bench().serve().up();
  assert.equal(b.sim.seen.plugged, [0x0a400002]);
  b.ppp.disconnect();
  b.run(3000);
  assert.equal(b.sim.seen.plugged, [0x0a400002, 0]);
});

// ---- status ------------------------------------------------------------------------------------------------------

test('status: numbers, phase, reason, stats; anything else: ValueError', () => {
  const b = new Bench().serve();
  assert.equal([b.ppp.status(), b.ppp.status('phase'), b.ppp.status('reason')], [0, 'dead', '']);
  b.ppp.connect();
  assert.equal([b.ppp.status(), b.ppp.status('phase'), b.ppp.status('reason')], [3, 'establish', '']);
  b.until(() => b.ppp.isconnected());
  assert.equal([b.ppp.status(), b.ppp.status('phase'), b.ppp.status('reason')], [4, 'running', '']);
  const stats = b.ppp.status('stats') as Record<string, number>;
  assert.ok(Object.keys(stats).length >= 6);
  for (const name in stats) {
    assert.type(stats[name], 'number', name);
  }
  assert.ok(stats.txFrames >= 4 && stats.txBytes > 50);
  for (const wrong of ['rssi', '', 5, undefined, null]) {
    assert.equal(
      changesNothing(b, () => b.ppp.status(wrong as string)),
      {
        name: 'ValueError',
        message: 'unknown status param',
      },
    );
  }
});

test('status: bad frames, and what comes after them, are counted', () => {
  const b = new Bench().serve().up();
  const before = (b.ppp.status('stats') as Record<string, number>).badFcs;
  b.stream.feed(Uint8Array.from([0x7e, 0xff, 0x03, 0xc0, 0x21, 1, 1, 0, 4, 0x12, 0x34, 0x7e]));
  assert.is((b.ppp.status('stats') as Record<string, number>).badFcs, before + 1);
  assert.ok(b.ppp.isconnected());
});

// ---- config ------------------------------------------------------------------------------------------------------

test('config: the stream, to be seen and set', () => {
  const b = new Bench();
  assert.is(b.ppp.config('stream'), b.stream);
  const other = new SimStream();
  assert.is(b.ppp.config({ stream: other }), undefined);
  assert.is(b.ppp.config('stream'), other);
  b.ppp.config({ stream: null });
  assert.is(b.ppp.config('stream'), null);
  assert.equal([b.stream.irqs, other.irqs], [[], []]);
});

test('config: errors as MicroPython has them', () => {
  const b = new Bench();
  const unknown = { name: 'ValueError', message: 'unknown config param' };
  assert.equal(
    changesNothing(b, () => b.ppp.config('ifname')),
    unknown,
  );
  assert.equal(
    changesNothing(b, () => b.ppp.config({ ifname: 1 })),
    unknown,
  );
  assert.equal(
    changesNothing(b, () => b.ppp.config({ stream: new SimStream(), ifname: 1 })),
    unknown,
  );
  const query = { name: 'TypeError', message: 'can query only one param' };
  assert.equal(
    changesNothing(b, () => b.ppp.config()),
    query,
  );
  assert.equal(
    changesNothing(b, () => b.ppp.config('stream', 'stream')),
    query,
  );
  assert.equal(
    changesNothing(b, () => b.ppp.config(5)),
    query,
  );
  assert.equal(
    changesNothing(b, () => b.ppp.config(null)),
    query,
  );
  assert.equal(
    changesNothing(b, () => b.ppp.config('stream', { stream: null })),
    { name: 'TypeError', message: 'either pos or kw args are allowed' },
  );
  assert.is(changesNothing(b, () => b.ppp.config({ stream: 5 })).name, 'TypeError');
});

test('config: another stream while connected: the interrupt moves, the link lives on', () => {
  const b = new Bench().serve().up();
  const other = new ReadingStream();
  b.server.attach(other);
  b.ppp.config({ stream: other });
  assert.equal(b.stream.irqs, ['arm 64', 'take away']);
  assert.equal(other.irqs, ['arm 64']);
  assert.is(other.handler, b.ppp.poll);
  b.run(60000);
  assert.ok(b.ppp.isconnected(), 'echoes go by the new stream');
  b.ppp.disconnect();
  b.until(() => b.ppp.status() === 0);
  assert.is(other.handler, null);
});

test('config: null suspends the link, the modem can be spoken to, and the stream comes back', () => {
  const b = new Bench().serve().up();
  b.ppp.config({ stream: null });
  assert.is(b.stream.handler, null);
  assert.is(b.ppp.poll(), -1);
  const written = b.stream.written;
  b.run(9000);
  assert.is(b.stream.written, written);
  assert.ok(b.ppp.isconnected());
  b.ppp.config({ stream: b.stream });
  b.run(60000);
  assert.ok(b.ppp.isconnected());
});

// ---- ipconfig, ifconfig ------------------------------------------------------------------------------------------

test('ipconfig: every key that a PPP interface has', () => {
  const b = new Bench();
  assert.equal(b.ppp.ipconfig('addr4'), ['0.0.0.0', '0.0.0.0']);
  assert.is(b.ppp.ipconfig('gw4'), '0.0.0.0');
  assert.equal(b.ppp.ipconfig('addr6'), []);
  for (const key of ['dhcp4', 'has_dhcp4', 'dhcp6', 'autoconf6', 'has_autoconf6']) {
    assert.is(b.ppp.ipconfig(key), false, key);
  }
});

test('ipconfig: errors as MicroPython has them', () => {
  const b = new Bench();
  assert.equal(
    changesNothing(b, () => b.ppp.ipconfig('mtu')),
    { name: 'ValueError', message: 'unexpected key' },
  );
  assert.equal(
    changesNothing(b, () => b.ppp.ipconfig({ mtu: 5 })),
    { name: 'ValueError', message: 'unexpected key' },
  );
  assert.equal(
    changesNothing(b, () => b.ppp.ipconfig()),
    { name: 'TypeError', message: 'must query one param' },
  );
  assert.equal(changesNothing(b, () => b.ppp.ipconfig('addr4', 'gw4')).message, 'must query one param');
  assert.equal(
    changesNothing(b, () => b.ppp.ipconfig('addr4', { addr4: '1.2.3.4' })),
    {
      name: 'TypeError',
      message: "can't specify pos and kw args",
    },
  );
  assert.is(changesNothing(b, () => b.ppp.ipconfig({ gw4: '1.2.3.4' })).name, 'TypeError');
  const wrong = [
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    'x',
    '',
    '1.2.3.4/33',
    '1.2.3.4/',
    '1.2.3.4/x',
    '1.2.3.4/8/8',
    5,
    {},
    [],
    ['1.2.3.4'],
    ['1.2.3.4', 'x'],
    '::1',
    ' 1.2.3.4',
    '1.2.3.4/-1',
    '1.2.3.4/1e1x',
  ];
  for (const addr4 of wrong) {
    assert.equal(
      changesNothing(b, () => b.ppp.ipconfig({ addr4 })),
      { name: 'ValueError', message: 'invalid arguments' },
      String(addr4),
    );
  }
});

test('ipconfig: an address to ask for, in its three forms; the peer decides', () => {
  for (const addr4 of ['10.64.0.2', '10.64.0.2/32', ['10.64.0.2', '255.255.255.255']]) {
    const b = new Bench().serve();
    assert.is(b.ppp.ipconfig({ addr4 }), undefined);
    b.up();
    assert.equal(b.ppp.ipconfig('addr4'), ['10.64.0.2', '255.255.255.255']);
  }
  const b = new Bench().serve();
  b.ppp.ipconfig({ addr4: '1.2.3.4' });
  b.up();
  assert.equal(b.ppp.ipconfig('addr4'), ['10.64.0.2', '255.255.255.255']);
  b.ppp.disconnect();
  b.run(3000);
  b.ppp.ipconfig({ addr4: null });
  b.up();
});

test('ipconfig and ifconfig cannot be set while connected', () => {
  const b = new Bench().serve().up();
  assert.is(changesNothing(b, () => b.ppp.ipconfig({ addr4: '1.2.3.4' })).name, 'OSError');
  const quad = ['1.2.3.4', '255.255.255.255', '0.0.0.0', '9.9.9.9'];
  assert.is(changesNothing(b, () => b.ppp.ifconfig(quad)).name, 'OSError');
  assert.is((b.ppp.ifconfig() as string[])[3], '10.64.0.53');
});

test('ifconfig: exactly four addresses, else ValueError', () => {
  const b = new Bench();
  const good = ['1.2.3.4', '255.255.255.0', '1.2.3.1', '8.8.8.8'];
  const wrong: unknown[] = [good.slice(1), [...good, 'x'], 'dhcp', {}, undefined, null];
  for (let i = 0; i < 4; i++) {
    wrong.push(
      good.map((value, j) => (i === j ? 'x' : value)),
      good.map((value, j) => (i === j ? 4 : value)),
    );
  }
  for (const value of wrong) {
    assert.equal(
      changesNothing(b, () => b.ppp.ifconfig(value)),
      { name: 'ValueError', message: 'invalid arguments' },
    );
  }
  assert.is(b.ppp.ifconfig(good), undefined);
});

// ---- on, off -----------------------------------------------------------------------------------------------------

test('on and off: any number of listeners, chained, removed one by one or all', () => {
  const b = new Bench().serve();
  const heard: string[] = [];
  const first = (): void => void heard.push('first');
  const second = (): void => void heard.push('second');
  assert.is(b.ppp.on('connected', first as never), b.ppp);
  b.ppp.on('connected', second as never).on('connected', first as never);
  b.up();
  assert.equal(heard.splice(0), ['first', 'second', 'first']);
  assert.is(b.ppp.off('connected', first as never), b.ppp);
  b.ppp.disconnect();
  b.run(3000);
  b.up();
  assert.equal(heard.splice(0), ['second']);
  b.ppp.off('connected').off('never heard of');
  b.ppp.disconnect();
  b.run(3000);
  b.up();
  assert.equal(heard, []);
  assert.is(thrown(() => b.ppp.on('connected', 5 as never)).name, 'TypeError');
});

test('a listener may remove itself and add others while it is called', () => {
  const b = new Bench().serve();
  let calls = 0;
  const once = (): void => {
    calls++;
    b.ppp
      .off('connected', once as never)
      .on('connected', once as never)
      .off('connected', once as never);
  };
  b.ppp.on('connected', once as never);
  b.up();
  b.ppp.disconnect();
  b.run(3000);
  b.up();
  assert.is(calls, 1);
});

// ---- reasons -----------------------------------------------------------------------------------------------------

interface Failure {
  error: { name: string; message: string; errno: number; phase: string; reason: string } | null;
  status: unknown;
  phase: unknown;
  reason: unknown;
  ms: number;
}

/** Lets a connection fail. */
function failing(b: Bench, ...args: unknown[]): Failure {
  let error: Failure['error'] | undefined;
  b.ppp.connect(...args, (e: unknown) => (error = e as Failure['error']));
  const ms = b.until(() => error !== undefined);
  return { error: error!, status: b.ppp.status(), phase: b.ppp.status('phase'), reason: b.ppp.status('reason'), ms };
}

test('no-answer: a silent line', () => {
  const b = new Bench();
  const { error, status, phase, reason, ms } = failing(b);
  assert.equal([error!.name, error!.errno, error!.phase, error!.reason], ['OSError', 110, 'establish', 'no-answer']);
  assert.equal([status, phase, reason], [-6, 'establish', 'no-answer']);
  assert.ok(ms > 5000 && ms < 60000, `${ms} ms`);
  assert.equal(b.events, ['phase establish', 'phase dead', 'error establish no-answer']);
  assert.is(b.stream.handler, null);
  b.serve().up();
  assert.is(b.ppp.status('reason'), '');
});

test('auth-failed: PAP and CHAP, a wrong key and an unknown user', () => {
  for (const [auth, security] of [
    ['pap', PPP.SEC_PAP],
    ['chap', PPP.SEC_CHAP],
  ] as const) {
    for (const [user, key] of [
      ['me', 'wrong'],
      ['stranger', 'secret'],
      ['me', ''],
    ]) {
      const b = new Bench().serve({ auth, users: { me: 'secret' } });
      const { error, status, phase, reason } = failing(b, security, user, key);
      assert.equal(
        [error!.name, error!.errno, error!.phase, error!.reason],
        ['OSError', 13, 'authenticate', 'auth-failed'],
      );
      assert.equal([status, phase, reason], [-7, 'authenticate', 'auth-failed']);
      b.run(10000);
      b.up(security, 'me', 'secret');
      assert.equal([b.ppp.status('reason'), b.ppp.status()], ['', 4]);
    }
  }
});

test('authentication that nobody asked us about is never refused', () => {
  const b = new Bench().serve({ auth: 'pap', users: { '': '' } }).up();
  assert.ok(b.ppp.isconnected());
  const other = new Bench().serve({ auth: 'chap', users: { me: 'secret' } }).up(PPP.SEC_PAP, 'me', 'secret');
  assert.ok(other.ppp.isconnected(), 'PAP wished for, CHAP insisted on');
});

test('no-address: a peer that gives none', () => {
  const b = new Bench().serve();
  b.server.link._ipcp._judge = () => undefined;
  const { error, status, phase } = failing(b);
  assert.equal([error!.errno, error!.reason, error!.phase], [99, 'no-address', 'network']);
  assert.equal([status, phase], [-8, 'network']);
});

test('peer-dead: a peer that falls silent is noticed within 30 s', () => {
  const b = new Bench().serve().up();
  b.run(100_000);
  assert.ok(b.ppp.isconnected());
  b.events.length = 0;
  b.server.mute = true;
  const ms = b.until(() => b.ppp.status() === -9);
  assert.ok(ms <= 30_000, `${ms} ms`);
  assert.equal([b.ppp.status('reason'), b.ppp.status('phase')], ['peer-dead', 'running']);
  assert.is(b.events[0], 'disconnected peer-dead');
  assert.equal(b.events.slice(-2), ['phase dead', 'error running peer-dead']);
  assert.equal(b.sim.seen.plugged.pop(), 0);
  assert.equal(b.ppp.ipconfig('addr4'), ['0.0.0.0', '0.0.0.0']);
});

test('command-mode: a line that sends back what it gets', () => {
  const b = new Bench();
  b.stream.sink = (bytes) => void b.clock.after(5, () => b.stream.feed(bytes));
  const { error, status } = failing(b);
  assert.equal([error!.errno, error!.reason, error!.phase], [40, 'command-mode', 'establish']);
  assert.is(status, -12);
});

test('terminated: the peer ends the link', () => {
  const b = new Bench().serve().up();
  b.events.length = 0;
  b.server.close();
  b.until(() => b.ppp.status() === -6);
  assert.is(b.ppp.status('reason'), 'terminated');
  assert.equal(b.events[0], 'disconnected terminated');
  assert.equal(b.events[b.events.length - 1], 'error running terminated');
  b.run(5000);
  b.up();
});

test('errors say what happened in one sentence', () => {
  const b = new Bench();
  const { error } = failing(b);
  assert.match(error!.message, /^\[Errno 110\] /);
  assert.ok(error!.message.length > '[Errno 110] '.length);
});

test('the key is in no error, event or status', () => {
  const key = 'Tr0ub4dor';
  const told: unknown[] = [];
  const b = new Bench();
  for (const args of [
    [9, 'me', key],
    [PPP.SEC_PAP, undefined, key],
    [PPP.SEC_PAP, 'me', key.repeat(40)],
    [PPP.SEC_PAP, 'me', [key]],
    [PPP.SEC_PAP, 'me', key, 'more'],
    [{ security: PPP.SEC_CHAP, key }],
    [{ password: key }],
  ]) {
    told.push(changesNothing(b, () => b.ppp.connect(...args)));
  }
  for (const auth of ['pap', 'chap'] as const) {
    const one = new Bench().serve({ auth, users: { me: 'another' } });
    const failure = failing(one, PPP.SEC_NONE, 'me', key);
    assert.is(failure.error!.reason, 'auth-failed');
    told.push(failure, failure.error, one.events, one.ppp.status('stats'));
  }
  for (const one of told) {
    const { name = '', message = '' } = one as Error;
    assert.not.match(`${name} ${message} ${JSON.stringify(one)}`, key);
  }
});

// ---- disconnect --------------------------------------------------------------------------------------------------

test('disconnect from every state: the callback comes, soon, with null; the object can connect again', () => {
  const states: [string, (b: Bench) => void][] = [
    ['inactive', () => {}],
    ['connecting, silent', (b) => void (b.ppp.connect(), b.run(50))],
    ['connecting, at once', (b) => b.ppp.connect()],
    ['establishing', (b) => void (b.serve({ delayMs: 300 }), b.ppp.connect(), b.run(450))],
    [
      'authenticating',
      (b) => void (b.serve({ ...USERS, delayMs: 300 }), b.ppp.connect(1, 'me', 'secret'), b.run(1000)),
    ],
    ['network', (b) => void (b.serve({ delayMs: 300 }), b.ppp.connect(), b.run(1300))],
    ['connected', (b) => void b.serve().up()],
    ['connected, peer silent', (b) => (b.serve().up().server.mute = true)],
    ['error', (b) => void failing(b)],
  ];
  for (const [name, bring] of states) {
    const b = new Bench();
    bring(b);
    const done: unknown[] = [];
    const began = b.clock.nowMs;
    assert.is(b.ppp.disconnect((error) => done.push(error)) as unknown, undefined);
    b.until(() => done.length > 0, 10_000);
    assert.ok(b.clock.nowMs - began <= 7000, `${name}: ${b.clock.nowMs - began} ms`);
    assert.equal(done, [null], name);
    assert.equal([b.ppp.status(), b.ppp.isconnected()], [0, false], name);
    assert.is(b.stream.handler, null, name);
    b.run(10_000);
    assert.equal(done, [null], name);
    if (b.server) {
      b.server.mute = false;
    } else {
      b.serve();
    }
    b.run(60_000);
    b.up(1, 'me', 'secret');
  }
});

test('disconnect from a live link takes a round trip', () => {
  const b = new Bench().serve({ delayMs: 50 }).up();
  b.ppp.disconnect();
  assert.ok(b.until(() => b.ppp.status() === 0) <= 150);
});

test('disconnect from a link whose peer is silent takes no more than the documentation says', () => {
  const b = new Bench().serve().up();
  b.server.mute = true;
  b.ppp.disconnect();
  const ms = b.until(() => b.ppp.status() === 0);
  assert.ok(ms <= 7000, `${ms} ms`);
});

test('disconnect twice: both callbacks come', () => {
  const b = new Bench().serve().up();
  const done: string[] = [];
  b.ppp.disconnect(() => done.push('first'));
  b.ppp.disconnect(() => done.push('second'));
  b.ppp.disconnect();
  b.until(() => b.ppp.status() === 0);
  b.run(1000);
  assert.equal(done.sort(), ['first', 'second']);
});

test('disconnect while connecting: the callback of connect hears ECONNABORTED', () => {
  const b = new Bench();
  const heard: unknown[] = [];
  b.ppp.connect((error: { errno: number }) => heard.push(error.errno));
  b.run(100);
  b.ppp.disconnect(() => heard.push('disconnected'));
  b.until(() => heard.length === 2);
  assert.equal(heard, [103, 'disconnected']);
  assert.is(b.ppp.status('reason') === '' || b.ppp.status('reason') === 'user', true);
});

test('connect while the link is still ending: EALREADY', () => {
  const b = new Bench().serve({ delayMs: 100 }).up();
  b.ppp.disconnect();
  assert.is(thrown(() => b.ppp.connect()).errno, 114);
  b.until(() => b.ppp.status() === 0);
  b.up();
});

test('a listener or callback may do anything: connect again, disconnect, throw the stream away', () => {
  const again = new Bench().serve();
  let count = 0;
  again.ppp.on('error', (() => {
    if (++count < 4) {
      again.ppp.connect();
    }
  }) as never);
  again.server.mute = true;
  again.ppp.connect();
  again.until(() => count === 4, 300_000);
  for (const event of ['phase', 'connected', 'disconnected']) {
    for (const act of ['disconnect', 'config'] as const) {
      const b = new Bench().serve();
      b.ppp.on(event, (() => (act === 'config' ? b.ppp.config({ stream: null }) : b.ppp.disconnect())) as never);
      b.ppp.connect();
      b.run(100_000);
      b.ppp.disconnect();
      b.run(60_000);
      assert.ok(Number(b.ppp.status()) <= 0, `${act} in ${event}: ${String(b.ppp.status())}`);
    }
  }
});

// ---- again and again ---------------------------------------------------------------------------------------------

test('other credentials at the next connection', () => {
  const b = new Bench().serve({ auth: 'chap', users: { one: '1', two: '2' } });
  for (const [user, key] of [
    ['one', '1'],
    ['two', '2'],
    ['one', '1'],
  ]) {
    b.up(PPP.SEC_CHAP, user, key);
    b.ppp.disconnect();
    b.until(() => b.ppp.status() === 0);
    b.run(2000);
  }
});

test('a reason is never stale', () => {
  const b = new Bench();
  failing(b);
  assert.is(b.ppp.status('reason'), 'no-answer');
  b.ppp.connect();
  assert.is(b.ppp.status('reason'), '');
  b.ppp.disconnect();
  b.run(10_000);
  assert.is(b.ppp.status(), 0);
  assert.not.equal(b.ppp.status('reason'), 'no-answer');
  b.serve(USERS);
  failing(b, 1, 'me', 'wrong');
  assert.is(b.ppp.status('reason'), 'auth-failed');
  b.run(5000);
  b.ppp.disconnect();
  assert.equal([b.ppp.status(), b.ppp.status('reason')], [0, '']);
  b.up(1, 'me', 'secret');
  assert.is(b.ppp.status('reason'), '');
  b.ppp.disconnect();
  b.run(5000);
  assert.not.equal(b.ppp.status('reason'), 'auth-failed');
});

test('1000 reconnects: no table grows, the timer is one', () => {
  const b = new Bench().serve();
  const sizes = (): number[] => [
    b.sim.host._pollables.length,
    b.sim.host._stack._netifs.length,
    b.sim.host._stack._tcbs.length,
    b.sim.host._stack._udps.length,
    b.sim.host._resolver._cache.length,
    b.sim.host._resolver._dns.length,
  ];
  b.up();
  const first = sizes();
  for (let i = 0; i < 1000; i++) {
    b.ppp.disconnect();
    b.until(() => b.ppp.status() === 0);
    b.run(20);
    b.up();
    b.events.length = 0;
    b.stream.irqs.length = 0;
    b.server.phases.length = 0;
  }
  assert.equal(sizes(), first);
  assert.equal(b.ppp.ipconfig('addr4'), ['10.64.0.2', '255.255.255.255']);
});

test('two interfaces on one host live side by side', () => {
  const b = new Bench().serve().up();
  const stream = new SimStream();
  useHost(b.sim.host);
  const second = new PPP(stream);
  new SimServer(b.clock, stream, { give: '10.65.0.2' });
  second.connect();
  b.until(() => second.isconnected());
  assert.equal(second.ipconfig('addr4'), ['10.65.0.2', '255.255.255.255']);
  assert.equal(b.ppp.ipconfig('addr4'), ['10.64.0.2', '255.255.255.255']);
  second.disconnect();
  b.run(5000);
  assert.ok(b.ppp.isconnected());
});

test('nothing is done when there is nothing to do: the timer rests', () => {
  const b = new Bench().serve().up();
  b.run(1000);
  const before = b.sim.seen.timers;
  b.run(60_000);
  // An echo each 7.5 s, and its reply.
  assert.ok(b.sim.seen.timers - before < 40, `${b.sim.seen.timers - before} timers in a minute`);
});

test('a slow line: still no more than three round trips and what the options need', () => {
  const b = new Bench().serve({ delayMs: 100 });
  b.ppp.connect();
  const ms = b.until(() => b.ppp.isconnected());
  assert.ok(ms <= 1500, `${ms} ms`);
});

test('a line slower than the restart timer: the repeated requests do not begin it anew for ever', () => {
  for (const delayMs of [155, 200, 300, 500, 800, 1200]) {
    const b = new Bench().serve({ ...USERS, delayMs });
    b.ppp.connect(1, 'me', 'secret');
    const ms = b.until(() => b.ppp.isconnected());
    assert.ok(ms <= 14 * delayMs, `${ms} ms for a round trip of ${2 * delayMs}`);
    b.run(30000);
    assert.is(b.events.filter((event) => event === 'connected').length, 1);
  }
});

test('a line slower than the restart timer, and a peer that begins anew for every request, as pppd does', () => {
  for (const delayMs of [155, 200, 300, 500, 800]) {
    const b = new Bench().serve({ delayMs });
    b.server.link._restartMs = 3000;
    for (const protocol of [b.server.link._lcp, b.server.link._ipcp]) {
      Object.defineProperty(protocol, '_ackedAtMs', { get: () => -Infinity, set: () => {} });
    }
    b.ppp.connect();
    const ms = b.until(() => b.ppp.isconnected());
    assert.ok(ms <= 30 * delayMs, `${ms} ms for a round trip of ${2 * delayMs}`);
    b.events.length = 0;
    b.run(30000);
    assert.ok(b.ppp.isconnected());
  }
});

test.run();
