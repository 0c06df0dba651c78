/** TCP against itself over a bad line, in simulated time: nothing is lost, nothing is left, and how fast it goes. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Tcb, TcpHandler } from '../../modules/inet/tcb';
import { tcpConnect, tcpListen, tcpPause, tcpWrite } from '../../modules/inet/tcp';
import { tcpShutdown } from '../../modules/inet/tcp-close';
import type { StackBounds } from '../../modules/inet/ip';
import { chance, seededRandom } from '../helpers/clock';
import { addressNumber } from '../helpers/packets';
import { pattern } from '../helpers/tcp';
import { joined, type LineOptions, type SimulatedHost } from '../helpers/wire';

const SIZE = 200_000;
const content = pattern(0, SIZE);

/** One end of a transfer: sends all of the content, then half-closes; checks what it gets. */
class End implements TcpHandler {
  tcb: Tcb | null = null;
  sent = 0;
  got = 0;
  ended = false;
  errno: number | null = null;
  private readonly random: () => number;

  constructor(
    readonly host: SimulatedHost,
    readonly now: () => number,
    seed: number,
    /** Octets to send. */
    readonly size = SIZE,
    /** Now and then the reader takes a break. */
    readonly pauses: ((run: () => void) => void) | null = null,
  ) {
    this.random = seededRandom(seed);
  }

  private pump(): void {
    const tcb = this.tcb as Tcb;
    while (this.sent < this.size) {
      const want = Math.min(this.size - this.sent, 1 + (this.random() % 4000));
      const taken = tcpWrite(tcb, content, this.sent, this.sent + want, this.now());
      this.sent += taken;
      if (taken < want) {
        return;
      }
    }
    tcpShutdown(tcb, this.now());
  }

  _connected(tcb: Tcb): void {
    this.tcb = tcb;
    this.pump();
  }
  _data(tcb: Tcb, bytes: Uint8Array): void {
    assert.ok(content.subarray(this.got, this.got + bytes.length).equals(bytes), `octets from ${this.got} on`);
    this.got += bytes.length;
    if (this.pauses && chance(this.random) < 0.05) {
      tcpPause(tcb, true, this.now());
      this.pauses(() => tcpPause(tcb, false, this.now()));
    }
  }
  _ended(): void {
    assert.not.ok(this.ended);
    this.ended = true;
  }
  _writable(): void {
    this.pump();
  }
  _closed(_tcb: Tcb, errno: number): void {
    assert.is(this.errno, null);
    this.errno = errno;
  }
}

interface Result {
  /** From the SYN to the last FIN told. */
  ms: number;
  retransmits: number;
}

/** Both ends send `size` octets at the same time (or only the server does). */
function transfer(
  seed: number,
  line: LineOptions,
  bounds: Partial<StackBounds> = {},
  { bothWays = true, pauses = false } = {},
): Result {
  const { clock, a, b } = joined(seed, line, bounds);
  const now = (): number => clock.nowMs;
  const breaks = pauses ? (run: () => void) => void clock.after(700, run) : null;
  const client = new End(a, now, seed, bothWays ? SIZE : 0, breaks);
  const server = new End(b, now, seed + 1, SIZE, breaks);
  tcpListen(b.stack, 80, 2, () => server);
  const began = clock.nowMs;
  tcpConnect(a.stack, addressNumber('10.0.0.2'), 80, client, clock.nowMs);
  const done = clock.run(() => client.errno !== null && server.errno !== null, began + 3_600_000);
  const what = `seed ${seed}, ${JSON.stringify(line)}`;
  assert.ok(done, `${what}: not done; client got ${client.got}, server got ${server.got}`);
  const ms = clock.nowMs - began;
  for (const [end, expected] of [
    [client, SIZE],
    [server, bothWays ? SIZE : 0],
  ] as const) {
    assert.is(end.errno, 0, `${what}: errno`);
    assert.is(end.got, expected, `${what}: octets`);
    assert.ok(end.ended, `${what}: end`);
  }
  clock.runTo(clock.nowMs + 120_000);
  assert.equal(a.stack._tcbs, [], `${what}: left on one side`);
  assert.equal(b.stack._tcbs, [], `${what}: left on the other`);
  return { ms, retransmits: a.stack._stats.tcpRetransmits + b.stack._stats.tcpRetransmits };
}

test('200 KB each way arrive over a clean line, with nothing sent twice', () => {
  for (const bounds of [
    {},
    { _txBurst: 1 },
    { _txBurst: 0 },
    { _tcpWindow: 1000 },
    { _tcpSendRing: 700 },
    { _outOfOrder: 0 },
  ]) {
    assert.is(transfer(1, {}, bounds).retransmits, 0, JSON.stringify(bounds));
  }
});

test('200 KB each way arrive over bad lines, for many seeds', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed);
    transfer(
      seed,
      {
        rate: [1200, 11520, 50000, 1000000][seed % 4],
        delayMs: [1, 40, 300][seed % 3],
        loss: 0.05 * chance(random),
        duplication: 0.05 * chance(random),
        reordering: 0.1 * chance(random),
        corruption: 0.05 * chance(random),
        queue: [3000, 32768][seed % 2],
      },
      seed % 5 ? {} : { _txBurst: seed % 2, _tcpSendRing: 2920 },
      { pauses: seed % 3 === 0 },
    );
  }
});

test('200 KB each way arrive when every tenth packet is lost, and each of the other ills alone', () => {
  for (const ills of [{ loss: 0.1 }, { duplication: 0.3 }, { reordering: 0.3 }, { corruption: 0.1 }]) {
    for (let seed = 100; seed < 105; seed++) {
      transfer(seed, ills);
    }
  }
});

test('readers who pause lose nothing', () => {
  for (let seed = 200; seed < 210; seed++) {
    transfer(seed, { loss: seed % 2 ? 0.02 : 0 }, { _tcpWindow: 2920 }, { pauses: true });
  }
});

test('a line whose other end is gone: both sides end', () => {
  const { clock, a, b } = joined(1, { loss: 0 });
  const client = new End(a, () => clock.nowMs, 1);
  const server = new End(b, () => clock.nowMs, 2);
  tcpListen(b.stack, 80, 2, () => server);
  tcpConnect(a.stack, addressNumber('10.0.0.2'), 80, client, clock.nowMs);
  clock.runTo(clock.nowMs + 3000);
  assert.ok(client.got > 0 && server.got > 0);
  a.netif._output = b.netif._output = () => false;
  clock.runTo(clock.nowMs + 600_000);
  assert.equal([client.errno, server.errno], [110, 110]);
  assert.is(a.stack._tcbs.length, 0);
});

test('a thousand short connections leave nothing behind', () => {
  const { clock, a, b } = joined(5, { rate: 1e6, delayMs: 1, loss: 0.02 });
  let served = 0;
  tcpListen(b.stack, 80, 4, () => new End(b, () => clock.nowMs, ++served, 100));
  for (let i = 0; i < 1000; i++) {
    const client = new End(a, () => clock.nowMs, i, 100);
    const tcb = tcpConnect(a.stack, addressNumber('10.0.0.2'), 80, client, clock.nowMs);
    assert.type(tcb, 'object', `connection ${i}: errno ${String(tcb)}`);
    assert.ok(clock.run(() => client.errno !== null, clock.nowMs + 600_000));
    assert.is(client.errno, 0);
    assert.is(client.got, 100);
    assert.ok(a.stack._tcbs.length <= a.stack._bounds._tcpSockets);
  }
  assert.ok(served >= 1000);
  clock.runTo(clock.nowMs + 120_000);
  assert.is(a.stack._tcbs.length, 0);
  assert.is(b.stack._tcbs.length, 0);
});

test('throughput, as a picture: no line of it is asserted', () => {
  const losses = [0, 0.01, 0.02, 0.05, 0.1];
  console.log(
    '\n200 KB one way at 11520 B/s, of which the share that is payload, by loss and window (mean of 3 seeds)',
  );
  console.log(`  window ${losses.map((loss) => `${loss * 100} %`.padStart(7)).join('')}`);
  for (const window of [1460, 2920, 4380, 8760, 16384]) {
    const row = losses.map((loss) => {
      let share = 0;
      for (let seed = 1; seed <= 3; seed++) {
        const { ms } = transfer(
          seed,
          { loss, delayMs: 20 },
          { _tcpWindow: window, _tcpSendRing: window },
          { bothWays: false },
        );
        share += SIZE / ((ms / 1000) * 11520) / 3;
      }
      return share.toFixed(2).padStart(7);
    });
    console.log(`  ${String(window).padStart(6)} ${row.join('')}`);
  }
});

test.run();
