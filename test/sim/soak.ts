/**
 * Hours of virtual time on a bad line: connections of every size and end, both ways, while the line loses, doubles and
 * reorders, and now and then goes down. Nothing may be lost, and nothing may grow.
 *
 *     npm run soak -- --hours 24 --seed 1
 */

import { useIsn } from '../../modules/inet/isn';
import { useKeepalive, tcpKeepAlive } from '../../modules/inet/keepalive';
import { netifUp, type Stack } from '../../modules/inet/ip';
import { useSack } from '../../modules/inet/sack';
import { netifDown } from '../../modules/inet/stack';
import { Errno, type Tcb, type TcpHandler } from '../../modules/inet/tcb';
import { tcpAbort, tcpClose, tcpConnect, tcpListen, tcpPause, tcpWrite } from '../../modules/inet/tcp';
import { tcpShutdown } from '../../modules/inet/tcp-close';
import { chance, seededRandom } from '../helpers/clock';
import { pattern } from '../helpers/tcp';
import { joined, type SimulatedHost } from '../helpers/wire';

export interface SoakReport {
  hours: number;
  /** Opened; of these, those that carried everything, and those that ended early with the errno that they had to. */
  connections: number;
  complete: number;
  flapped: number;
  aborted: number;
  /** No room in the table: refused at once. */
  refused: number;
  octets: number;
  flaps: number;
  packets: number;
  retransmits: number;
  outOfOrder: number;
  /** Used heap after collection, a tenth into the run and at its end, octets; 0 without --expose-gc. */
  heapEarly: number;
  heapLate: number;
}

const LONGEST = 30_000;
const content = pattern(0, LONGEST);
const SECOND = 1000;
const HOUR = 3600 * SECOND;
/** No connection of the soak takes longer, ms. */
const STUCK_MS = 20 * 60 * SECOND;

function fail(text: string): never {
  throw new Error(text);
}

type Style = 'shutdown' | 'close' | 'abort';

/** One end of a connection: sends so many octets, then ends in its style. */
class End implements TcpHandler {
  tcb: Tcb | null = null;
  sent = 0;
  got = 0;
  ended = false;
  errno: number | null = null;
  peer: End | null = null;

  constructor(
    readonly soak: Soak,
    readonly size: number,
    readonly style: Style,
  ) {}

  _connected(tcb: Tcb): void {
    this.tcb = tcb;
    this.pump();
  }
  private pump(): void {
    const tcb = this.tcb as Tcb;
    const now = this.soak.clock.nowMs;
    while (this.sent < this.size) {
      const taken = tcpWrite(tcb, content, this.sent, this.size, now);
      this.sent += taken;
      if (!taken) {
        return;
      }
    }
    if (this.style === 'abort') {
      this.errno = -1;
      tcpAbort(tcb, now);
    } else {
      tcpShutdown(tcb, now);
      this.finish();
    }
  }
  /** Closed for good only when all has been received: else that would be an abort. */
  private finish(): void {
    if (this.style === 'close' && this.ended && this.sent === this.size && this.errno === null) {
      this.errno = 0;
      tcpClose(this.tcb as Tcb, this.soak.clock.nowMs);
    }
  }
  _data(tcb: Tcb, bytes: Uint8Array): void {
    if (!content.subarray(this.got, this.got + bytes.length).equals(bytes)) {
      fail(`octets from ${this.got} on are not those that were sent`);
    }
    this.got += bytes.length;
    this.soak.report.octets += bytes.length;
    if (chance(this.soak.random) < 0.02) {
      tcpPause(tcb, true, this.soak.clock.nowMs);
      this.soak.clock.after(this.soak.random() % 5000, () => tcpPause(tcb, false, this.soak.clock.nowMs));
    }
  }
  _ended(): void {
    this.ended = true;
    this.finish();
  }
  _writable(): void {
    this.pump();
  }
  _closed(_tcb: Tcb, errno: Errno): void {
    if (this.errno !== null) {
      fail(`closed twice: ${this.errno}, then ${errno}`);
    }
    this.errno = errno;
  }
}

class Soak {
  readonly random: () => number;
  readonly clock;
  readonly hosts: SimulatedHost[];
  readonly report: SoakReport;
  private readonly open = new Set<{ ends: End[]; atMs: number; flapsBefore: number }>();
  private flaps = 0;
  private isUp = true;

  constructor(
    readonly hours: number,
    seed: number,
  ) {
    this.random = seededRandom(seed * 7919 + 1);
    const line = joined(
      seed,
      { rate: 11520, delayMs: 30, loss: 0.01, duplication: 0.005, reordering: 0.01, corruption: 0.005, queue: 16384 },
      { _tcpSockets: 6, _tcpSendRing: 4380, _tcpWindow: 4380, _outOfOrder: 2920 },
    );
    this.clock = line.clock;
    this.hosts = [line.a, line.b];
    this.report = {
      hours,
      connections: 0,
      complete: 0,
      flapped: 0,
      aborted: 0,
      refused: 0,
      octets: 0,
      flaps: 0,
      packets: 0,
      retransmits: 0,
      outOfOrder: 0,
      heapEarly: 0,
      heapLate: 0,
    };
    for (const { stack, netif } of this.hosts) {
      useIsn(stack);
      useSack(stack);
      const send = netif._output;
      netif._output = (buf, at, end) => {
        this.report.packets++;
        return this.isUp && send(buf, at, end);
      };
    }
  }

  run(): SoakReport {
    const { clock, report } = this;
    const keepalives = this.hosts.map(({ stack }) => useKeepalive(stack));
    keepalives.forEach((one) => clock.drive({ poll: (now) => one._poll(now), pollAt: () => one._pollAt() }));
    const waiting: End[] = [];
    this.hosts.forEach(({ stack }, i) =>
      tcpListen(stack, 80, 3, (tcb) => {
        // The ends find each other by the port that the client has.
        const client = waiting.find(
          (end) => end.tcb && end.tcb._localPort === tcb._remotePort && end.tcb._stack !== stack,
        );
        if (!client) {
          return null; // Its client has given up meanwhile.
        }
        tcpKeepAlive(keepalives[i], tcb, 30_000, 5000, 6, clock.nowMs);
        return client.peer;
      }),
    );
    const began = clock.nowMs;
    const until = began + this.hours * HOUR;
    let nextMs = began;
    let nextFlapMs = began + 10 * 60 * SECOND;
    let heapAtMs = began + (this.hours * HOUR) / 10;
    while (clock.nowMs < until) {
      if (clock.nowMs >= heapAtMs) {
        heapAtMs = Infinity;
        report.heapEarly = usedHeap();
      }
      if (clock.nowMs >= nextFlapMs) {
        nextFlapMs = clock.nowMs + (5 + (this.random() % 25)) * 60 * SECOND;
        this.flap();
      }
      if (clock.nowMs >= nextMs) {
        nextMs = clock.nowMs + (this.random() % 12) * SECOND;
        this.connect(waiting);
      }
      clock.runTo(Math.min(until, nextMs, nextFlapMs));
      this.check(waiting);
    }
    // Everything comes to its end by itself.
    clock.runTo(clock.nowMs + STUCK_MS);
    this.check(waiting);
    if (this.open.size) {
      fail(`${this.open.size} connections never end`);
    }
    clock.runTo(clock.nowMs + HOUR);
    this.hosts.forEach(({ stack }) => {
      if (stack._tcbs.length || stack._ended.length) {
        fail(`${stack._tcbs.length} connections are left`);
      }
      report.retransmits += stack._stats.tcpRetransmits;
      report.outOfOrder += stack._stats.tcpOutOfOrder;
    });
    keepalives.forEach((one) => one._watches.length && fail('a keep-alive outlives its connection'));
    report.heapLate = usedHeap();
    return report;
  }

  private connect(waiting: End[]): void {
    const { clock, report, random } = this;
    const [here, there] = random() & 1 ? this.hosts : this.hosts.slice().reverse();
    const size = (): number => (random() % 4 ? random() % 2000 : random() % LONGEST);
    const style = (): Style => (['shutdown', 'shutdown', 'close', 'abort'] as const)[random() % 20 ? random() % 3 : 3];
    const client = new End(this, size(), style());
    client.peer = new End(this, size(), style());
    client.peer.peer = client;
    const address = there.netif._address;
    const tcb = tcpConnect(here.stack, address, 80, client, clock.nowMs);
    if (typeof tcb === 'number') {
      if (tcb !== Errno.ENOMEM && tcb !== Errno.ENETUNREACH) {
        fail(`connect: errno ${tcb}`);
      }
      report.refused++;
      return;
    }
    client.tcb = tcb;
    report.connections++;
    waiting.push(client);
    this.open.add({ ends: [client, client.peer], atMs: clock.nowMs, flapsBefore: this.flaps });
  }

  /** The line goes down for a while, and both sides know; or only one of them does. */
  private flap(): void {
    const { clock } = this;
    this.flaps++;
    this.report.flaps++;
    this.isUp = false;
    const told = this.random() % 3 ? this.hosts : this.hosts.slice(0, 1);
    told.forEach(({ stack, netif }) => netifDown(stack, netif, clock.nowMs));
    clock.runTo(clock.nowMs + (this.random() % 60) * SECOND);
    this.isUp = true;
    told.forEach(({ stack, netif }) => netifUp(stack, netif));
  }

  private check(waiting: End[]): void {
    const { clock, report } = this;
    this.hosts.forEach(({ stack }) => bounded(stack));
    for (const one of this.open) {
      const [client, server] = one.ends;
      const over = client.errno !== null && (server.errno !== null || !server.tcb);
      if (!over && clock.nowMs - one.atMs < STUCK_MS) {
        continue;
      }
      this.open.delete(one);
      waiting.splice(waiting.indexOf(client), 1);
      const flapped = this.flaps > one.flapsBefore;
      const wasAborted = client.style === 'abort' || server.style === 'abort';
      if (!over && !flapped) {
        fail(`stuck: client ${client.errno}, server ${server.errno}`);
      }
      if (wasAborted) {
        report.aborted++;
      } else if (client.got === server.size && server.got === client.size && !client.errno && !server.errno) {
        report.complete++;
      } else if (flapped) {
        report.flapped++;
      } else {
        fail(
          `lost: client got ${client.got} of ${server.size}, errno ${client.errno}; ` +
            `server got ${server.got} of ${client.size}, errno ${server.errno}`,
        );
      }
    }
  }
}

function bounded(stack: Stack): void {
  const bounds = stack._bounds;
  if (stack._tcbs.length > bounds._tcpSockets || stack._ended.length || stack._listeners[0]._halfOpen < 0) {
    fail('the table has outgrown its bounds');
  }
  for (const tcb of stack._tcbs) {
    const strays = tcb._strays.reduce((sum, { _bytes }) => sum + _bytes.length, 0);
    if (
      strays > bounds._outOfOrder ||
      tcb._waitingBytes > bounds._tcpWindow ||
      tcb._dataEnd - tcb._una > bounds._tcpSendRing ||
      (tcb._sacked && tcb._sacked.length > 16)
    ) {
      fail('a connection has outgrown its bounds');
    }
  }
}

function usedHeap(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) {
    return 0;
  }
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

/** @throws Error when anything was lost, stuck or grew */
export function soak(hours: number, seed: number): SoakReport {
  const report = new Soak(hours, seed).run();
  if (report.heapLate > report.heapEarly + 2_000_000) {
    fail(`the heap has grown from ${report.heapEarly} to ${report.heapLate}`);
  }
  return report;
}
