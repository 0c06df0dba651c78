/**
 * `global.__netdev` as Kaluma's `net` uses it: by a stand-in written from the contract, and by the firmware's own
 * net.js and http.js when KALUMA_SRC names the folder with its src/modules.
 */

import { EventEmitter } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installNetdev, netdev, plugNetdev } from '../../../board-targets/kaluma-rp2/netdev';
import { later, openDevice, sockets } from '../../../board-targets/kaluma-rp2/netdev-socket';
import { netifUp, type Netif, type Stack } from '../../../modules/inet/ip';
import { netifDown, stackFlush, stackInput } from '../../../modules/inet/stack';
import type { Tcb, TcpHandler } from '../../../modules/inet/tcb';
import { tcpConnect, tcpListen, tcpWrite } from '../../../modules/inet/tcp';
import { tcpShutdown } from '../../../modules/inet/tcp-close';
import { udpBind, udpSend } from '../../../modules/inet/udp';
import { hostRearm, useHost, type Bounds, type Host } from '../../../modules/network/host';
import { Clock } from '../../helpers/clock';
import { simulatedHost } from '../../helpers/host';
import { kalumaModules, standInNet, type NetModule, type NetSocket } from '../../helpers/kaluma-net';
import { aRecord, addressNumber, dnsAnswer, parseDnsQuery } from '../../helpers/packets';
import { skip } from '../../helpers/skip';
import { FakeKaluma } from '../../helpers/fake-kaluma';
import { pattern } from '../../helpers/tcp';

const BOARD = '10.0.0.2';
const PEER = '10.0.0.1';
const source = process.env.KALUMA_SRC;

/** The far side of a connection: collects, and may answer when the board has ended its sending. */
class Far implements TcpHandler {
  tcb: Tcb | null = null;
  text = '';
  ended = false;
  errno: number | null = null;
  private rest = Buffer.alloc(0);
  private closing = false;

  constructor(
    readonly world: World,
    readonly script: Partial<Record<'connected' | 'data' | 'ended', (far: Far, text: string) => void>> = {},
  ) {}

  send(data: string | Buffer): this {
    this.rest = Buffer.concat([this.rest, Buffer.from(data as string, 'latin1')]);
    this._writable();
    return this;
  }
  /** Ends its sending after what was sent. */
  end(data: string | Buffer = ''): this {
    this.closing = true;
    return this.send(data);
  }
  _writable(): void {
    if (this.tcb) {
      const taken = tcpWrite(this.tcb, this.rest, 0, this.rest.length, this.world.now());
      this.rest = this.rest.subarray(taken);
      if (this.closing && !this.rest.length) {
        tcpShutdown(this.tcb, this.world.now());
      }
    }
  }
  _connected(tcb: Tcb): void {
    this.tcb = tcb;
    this.script.connected?.(this, '');
    this._writable();
  }
  _data(_tcb: Tcb, bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString('latin1');
    this.text += text;
    this.script.data?.(this, text);
  }
  _ended(): void {
    this.ended = true;
    this.script.ended?.(this, '');
  }
  _closed(_tcb: Tcb, errno: number): void {
    this.errno = errno;
  }
}

/** A board with the netdev under test, and a peer with a plain stack, on one line. */
class World {
  readonly clock = new Clock();
  readonly board: Host;
  readonly peer: Host;
  readonly boardNetif: Netif;
  /** The device is one: making a world opens it anew. */
  readonly dev = netdev;
  readonly net: NetModule;
  readonly http: unknown;
  readonly names: Record<string, string> = { 'web.test': PEER };
  /** The line loses everything. */
  cut = false;
  queries = 0;

  constructor(real: boolean, bounds: Partial<Bounds> = {}) {
    this.board = simulatedHost(this.clock, { _txBurst: 0, ...bounds }, 3).host;
    this.peer = simulatedHost(this.clock, { _tcpSockets: 32 }, 4).host;
    this.boardNetif = this.join(this.board, BOARD, PEER, this.peer);
    const peerNetif = this.join(this.peer, PEER, BOARD, this.board);
    this.to.set(this.peer, peerNetif).set(this.board, this.boardNetif);
    useHost(this.board);
    openDevice(this.dev);
    this.dev.ip = BOARD;
    const later = (f: () => void, ms: number): void => void this.clock.after(Math.max(1, ms), f);
    if (real) {
      const modules = kalumaModules(source!, () => this.dev, later);
      this.net = modules.net;
      this.http = modules.http;
    } else {
      this.net = standInNet(() => this.dev, later);
    }
    const dns = udpBind(this.peer._stack, 53, (payload, from, port) => {
      this.queries++;
      const { id, name } = parseDnsQuery(payload);
      const known = this.names[name];
      if (known !== 'silent') {
        const answer = known ? dnsAnswer(id, name, [aRecord(known, 1)]) : dnsAnswer(id, name, [], 3);
        udpSend(dns!, answer, from, port, this.now());
      }
    });
  }

  private readonly to = new Map<Host, Netif>();

  private join(host: Host, address: string, gateway: string, other: Host): Netif {
    const netif: Netif = {
      _address: addressNumber(address),
      _mask: 0xffffffff,
      _gateway: addressNumber(gateway),
      _mtu: 1500,
      _up: false,
      _dns: [addressNumber(PEER)],
      _output: (buf, at, end) => {
        const packet = buf.slice(at, end);
        this.clock.after(4, () => this.arrive(other, packet));
        return true;
      },
    };
    netifUp(host._stack, netif);
    return netif;
  }

  private arrive(host: Host, packet: Uint8Array): void {
    if (this.cut) {
      return;
    }
    const room = new Uint8Array((packet.length + 3) & ~1);
    room.set(packet);
    stackInput(host._stack, this.to.get(host)!, room, 0, packet.length, this.now());
    stackFlush(host._stack);
    hostRearm(host);
  }

  now(): number {
    return Math.floor(this.clock.nowMs);
  }
  run(ms: number): this {
    this.clock.runTo(this.clock.nowMs + ms);
    return this;
  }
  until(done: () => boolean, limitMs = 120_000): this {
    assert.ok(this.clock.run(done, this.clock.nowMs + limitMs), 'not so in time');
    return this;
  }
  peerStack(): Stack {
    return this.peer._stack;
  }
  /** The peer listens; each connection gets a Far. */
  serve(port: number, script: Far['script'] = {}): Far[] {
    const fars: Far[] = [];
    tcpListen(this.peerStack(), port, 8, () => {
      fars.push(new Far(this, script));
      return fars[fars.length - 1];
    });
    return fars;
  }
  /** The peer connects to the board. */
  call(port: number, script: Far['script'] = {}): Far {
    const far = new Far(this, script);
    const tcb = tcpConnect(this.peerStack(), addressNumber(BOARD), port, far, this.now());
    assert.type(tcb, 'object');
    hostRearm(this.peer);
    return far;
  }
  sockets(): number {
    return Object.keys(sockets).length;
  }
  /** Nothing is left, on the board, after TIME-WAIT, but for listeners. */
  clean(listeners = 0): this {
    this.run(90_000);
    assert.is(this.sockets(), listeners, 'sockets left');
    assert.is(this.board._stack._listeners.length, listeners, 'listeners left');
    assert.is(this.board._stack._tcbs.length, 0, 'connections left');
    assert.is(later.length, 0);
    return this;
  }
}

/** Everything a socket says, in order. */
function watch(socket: EventEmitter): string[] {
  const log: string[] = [];
  for (const event of ['connect', 'ready', 'end', 'close', 'finish', 'drain']) {
    socket.on(event, () => log.push(event));
  }
  socket.on('error', (error: { errno: number }) => log.push(`error ${error.errno}`));
  return log;
}

function collect(socket: EventEmitter): { text: string; pieces: number } {
  const got = { text: '', pieces: 0 };
  socket.on('data', (data: Uint8Array) => {
    assert.instance(data, Uint8Array);
    got.text += Buffer.from(data).toString('latin1');
    got.pieces++;
  });
  return got;
}

const BIG = pattern(0, 100_000).toString('latin1');

function suite(kind: string, make: (bounds?: Partial<Bounds>) => World): void {
  // ---- client ----------------------------------------------------------------------------------------------------

  test(`${kind}: connect, then ready; neither within the call; addresses are known`, () => {
    const w = make();
    w.serve(80);
    let listened = 0;
    const socket = w.net.connect({ host: PEER, port: 80 }, () => listened++);
    const log = watch(socket);
    assert.is(listened, 0);
    w.run(100);
    assert.equal(log, ['connect', 'ready']);
    assert.is(listened, 1);
    assert.equal([socket.remoteAddress, socket.remotePort, socket.localAddress], [PEER, 80, BOARD]);
    assert.ok(Number(socket.localPort) >= 49152);
    socket.destroy();
    w.clean();
  });

  test(`${kind}: a name is looked up; unknown: ENOENT; no answer: EHOSTUNREACH`, () => {
    const w = make();
    w.serve(80);
    w.names['mute.test'] = 'silent';
    const good = watch(w.net.connect({ host: 'web.test', port: 80 }, () => {}));
    const unknown = watch(w.net.connect({ host: 'none.test', port: 80 }, () => {}));
    const mute = watch(w.net.connect({ host: 'mute.test', port: 80 }, () => {}));
    w.run(60_000);
    assert.equal(good.slice(0, 2), ['connect', 'ready']);
    assert.equal(unknown, ['error 2']);
    assert.equal(mute, ['error 113']);
  });

  test(`${kind}: refused, no route, timed out: each with its errno, and 'connect' never comes`, () => {
    const w = make();
    const refused = watch(w.net.connect({ host: PEER, port: 81 }, () => {}));
    w.run(100);
    assert.equal(refused, ['error 111']);
    netifDown(w.board._stack, w.boardNetif, w.now());
    const noRoute = watch(w.net.connect({ host: PEER, port: 80 }, () => {}));
    assert.equal(noRoute, [], 'not within the call');
    w.run(100);
    assert.equal(noRoute, ['error 101']);
    netifUp(w.board._stack, w.boardNetif);
    w.cut = true;
    const silent = watch(w.net.connect({ host: PEER, port: 80 }, () => {}));
    w.run(100_000);
    assert.equal(silent, ['error 110']);
    w.clean();
  });

  test(`${kind}: no socket left: ENOMEM`, () => {
    const w = make({ _tcpSockets: 2 });
    w.serve(80);
    const logs = [1, 2, 3].map(() => watch(w.net.connect({ host: PEER, port: 80 }, () => {})));
    w.run(100);
    assert.equal(
      logs.map((log) => log[log.length - 1]),
      ['ready', 'ready', 'error 12'],
    );
  });

  test(`${kind}: 100 KB each way, text and bytes`, () => {
    const w = make();
    const fars = w.serve(80, { data: (far, text) => far.send(text), ended: (far) => far.end() });
    const socket = w.net.connect({ host: PEER, port: 80 }, () => {
      for (let at = 0; at < BIG.length; at += 5000) {
        const piece = BIG.slice(at, at + 5000);
        socket.write(at % 10000 ? piece : Buffer.from(piece, 'latin1').subarray(0));
      }
      socket.end();
    });
    const got = collect(socket);
    const log = watch(socket);
    w.until(() => log.includes('close'));
    assert.is(fars[0].text === BIG, true, 'what the peer got');
    assert.is(got.text === BIG, true, 'what the board got');
    assert.equal(
      log.filter((event) => event === 'end' || event === 'close' || /error/.test(event)),
      ['end', 'close'],
    );
    w.clean();
  });

  test(`${kind}: half-close right after the request: the answer still comes (as http does it)`, () => {
    const w = make();
    w.serve(80, { ended: (far) => far.end(far.text.toUpperCase() + BIG) });
    const socket = w.net.connect({ host: PEER, port: 80 }, () => socket.end('get this'));
    const got = collect(socket);
    const log = watch(socket);
    w.until(() => log.includes('close'));
    assert.is(got.text === 'GET THIS' + BIG, true);
    assert.ok(log.indexOf('finish') < log.indexOf('end') && log.indexOf('end') < log.indexOf('close'), log.join(' '));
    w.clean();
  });

  test(`${kind}: the request is written and half-closed before the connection stands`, () => {
    const w = make();
    w.serve(80, { ended: (far) => far.end('late ' + far.text) });
    const socket = new w.net.Socket();
    const got = collect(socket);
    const log = watch(socket);
    socket.connect({ host: 'web.test', port: 80 });
    socket.write('early ');
    socket.end('bird');
    w.until(() => log.includes('close'));
    assert.is(got.text, 'late early bird');
    w.clean();
  });

  test(`${kind}: the peer closes: end; the board closes: close; nothing more`, () => {
    const w = make();
    w.serve(80, { connected: (far) => far.end('bye') });
    const socket = w.net.connect({ host: PEER, port: 80 }, () => {});
    const got = collect(socket);
    const log = watch(socket);
    w.run(100);
    assert.equal(log, ['connect', 'ready', 'end']);
    assert.is(got.text, 'bye');
    socket.end();
    w.run(1000);
    assert.equal(log.slice(3), ['finish', 'close']);
    w.clean();
    assert.is(log.length, 5);
  });

  test(`${kind}: the peer closes and the program forgets about it: closed after a while, nothing leaks`, () => {
    const w = make();
    w.serve(80, { connected: (far) => far.end('bye') });
    const log = watch(w.net.connect({ host: PEER, port: 80 }, () => {}));
    w.clean();
    assert.equal(log, ['connect', 'ready', 'end', 'close']);
  });

  test(`${kind}: the peer has closed, and the board goes on sending for long`, () => {
    const w = make();
    const fars = w.serve(80, { connected: (far) => far.end() });
    const socket = w.net.connect({ host: PEER, port: 80 }, () => {});
    const log = watch(socket);
    for (let i = 0; i < 10; i++) {
      w.run(10_000);
      socket.write('tick');
    }
    w.run(1000);
    assert.is(fars[0].text, 'tick'.repeat(10));
    socket.end();
    w.clean();
    assert.is(log[log.length - 1], 'close');
  });

  test(`${kind}: the peer resets: close, and what is written then has nowhere to go`, () => {
    const w = make();
    const fars = w.serve(80);
    const socket = w.net.connect({ host: PEER, port: 80 }, () => {});
    const log = watch(socket);
    w.run(100);
    w.peerStack()._tcbs.splice(w.peerStack()._tcbs.indexOf(fars[0].tcb!), 1);
    socket.write('into the void');
    w.run(5000);
    assert.ok(log.includes('close') || log.some((event) => /error/.test(event)), log.join(' '));
    w.clean();
  });

  test(`${kind}: closing twice, and after the end`, () => {
    const w = make();
    w.serve(80, { ended: (far) => far.end() });
    const socket = w.net.connect({ host: PEER, port: 80 }, () => {});
    const log = watch(socket);
    w.run(100);
    socket.destroy();
    socket.destroy();
    w.run(100);
    socket.destroy();
    w.run(60_000);
    assert.equal(
      log.filter((event) => event === 'close' || /error/.test(event)),
      ['close'],
    );
    w.clean();
  });

  test(`${kind}: closed while its name is looked up, or while it connects: no 'connect', nothing left`, () => {
    for (const waitMs of [0, 2, 9, 14]) {
      const w = make();
      const fars = w.serve(80);
      w.names['mute.test'] = 'silent';
      const one = w.net.connect({ host: 'mute.test', port: 80 }, () => {});
      const two = w.net.connect({ host: 'web.test', port: 80 }, () => {});
      const logs = [watch(one), watch(two)];
      w.run(waitMs);
      one.destroy();
      two.destroy();
      w.run(10_000);
      logs.forEach((log) => assert.equal(log, ['close'], `after ${waitMs} ms`));
      w.clean();
      fars.forEach((far) => assert.ok(far.ended || far.errno !== null));
    }
  });

  test(`${kind}: a socket that has failed cannot touch another`, () => {
    const w = make();
    const fars = w.serve(80);
    const failed = w.net.connect({ host: PEER, port: 81 }, () => {});
    watch(failed);
    w.run(100);
    const good = w.net.connect({ host: PEER, port: 80 }, () => {});
    const log = watch(good);
    w.run(100);
    failed.write('not for you');
    failed.destroy();
    w.run(100);
    good.write('mine');
    w.run(100);
    assert.equal(log.slice(0, 2), ['connect', 'ready']);
    assert.not.ok(log.includes('close'));
    assert.is(fars[0].text, 'mine');
  });

  test(`${kind}: a program that tries again within its error listener does not stop the board`, () => {
    const w = make();
    netifDown(w.board._stack, w.boardNetif, w.now());
    let tries = 0;
    const again = (): void => {
      tries++;
      w.net.connect({ host: PEER, port: 80 }, () => {}).on('error', again);
    };
    again();
    w.run(50);
    assert.ok(tries > 5 && tries < 200, `${tries} tries in 50 ms`);
  });

  test(`${kind}: the link goes: every socket closes, and new ones work when it is back`, () => {
    const w = make();
    w.serve(80);
    const sockets = [1, 2].map(() => w.net.connect({ host: PEER, port: 80 }, () => {}));
    const logs = sockets.map(watch);
    w.run(100);
    sockets[0].write(BIG);
    w.run(10);
    netifDown(w.board._stack, w.boardNetif, w.now());
    w.run(100);
    logs.forEach((log) => assert.ok(log.includes('close'), log.join(' ')));
    assert.is(w.sockets(), 0);
    netifUp(w.board._stack, w.boardNetif);
    const log = watch(w.net.connect({ host: PEER, port: 80 }, () => {}));
    w.run(100);
    assert.equal(log, ['connect', 'ready']);
  });

  test(`${kind}: 300 connections one after the other leave nothing behind`, () => {
    const w = make();
    w.serve(80, { ended: (far) => far.end(far.text) });
    for (let i = 0; i < 300; i++) {
      const socket = w.net.connect({ host: PEER, port: 80 }, () => socket.end(`number ${i}`));
      const got = collect(socket);
      const log = watch(socket);
      w.until(() => log.includes('close') || log.some((event) => /error/.test(event)));
      assert.is(got.text, `number ${i}`, log.join(' '));
    }
    w.clean();
  });

  // ---- server ----------------------------------------------------------------------------------------------------

  test(`${kind}: a server with several clients at once: each gets its own`, () => {
    const w = make();
    const clients: NetSocket[] = [];
    const ports: unknown[] = [];
    let listening = 0;
    const server = w.net.createServer((client) => {
      clients.push(client);
      ports.push([client.remoteAddress, client.remotePort, client.localAddress, client.localPort]);
      client.on('data', (data: Uint8Array) => client.write(`${client.remotePort}:${Buffer.from(data).toString()} `));
      client.on('end', () => client.end('bye'));
    });
    server.listen(8080, () => listening++);
    assert.is(listening, 0, 'not within the call');
    w.run(20);
    assert.is(listening, 1);
    const fars = [w.call(8080), w.call(8080), w.call(8080)];
    // Of those that call at the same instant one may have to ask twice.
    w.until(() => clients.length === 3, 1500);
    fars.forEach((far, i) => assert.equal(ports[i], [PEER, far.tcb!._localPort, BOARD, 8080]));
    fars[1].send('one');
    fars[0].send('zero');
    w.run(50);
    fars[2].send('two');
    fars[0].send('again');
    w.run(50);
    fars.forEach((far, i) => {
      const port = far.tcb!._localPort;
      assert.is(far.text, [`${port}:zero ${port}:again `, `${port}:one `, `${port}:two `][i]);
    });
    const logs = clients.map(watch);
    fars[1].end();
    w.run(300);
    assert.ok(fars[1].ended && fars[1].text.endsWith('bye'));
    assert.equal(
      logs[1].filter((event) => event === 'end' || event === 'close'),
      ['end', 'close'],
    );
    assert.equal([logs[0], logs[2]].flat(), []);
    fars[2].send('still');
    w.run(100);
    assert.match(fars[2].text, 'still');
    clients[0].destroy();
    clients[2].destroy();
    w.clean(1);
    server.close();
    w.clean();
  });

  test(`${kind}: a client that comes while another one talks does not disturb it`, () => {
    const w = make();
    const got: string[] = [];
    const server = w.net.createServer((client) => {
      const mine = got.push('') - 1;
      client.on('data', (data: Uint8Array) => (got[mine] += Buffer.from(data).toString('latin1')));
    });
    server.listen(8080);
    w.run(20);
    const first = w.call(8080).send(BIG);
    w.run(100);
    const second = w.call(8080).send('short');
    w.until(() => got.join('').length >= BIG.length + 5);
    assert.is(got[0] === BIG && got[1] === 'short', true);
    assert.not.ok(first.ended || second.ended);
  });

  test(`${kind}: what a server writes in its connection listener arrives, also when it closes right away`, () => {
    for (const how of ['end', 'write, end', 'destroy'] as const) {
      const w = make();
      const server = w.net.createServer((client) => {
        if (how === 'end') {
          client.end('hello and bye');
        } else if (how === 'write, end') {
          client.write('hello ');
          client.end('and bye');
        } else {
          client.destroy();
        }
      });
      server.listen(8080);
      w.run(20);
      const far = w.call(8080);
      w.run(1000);
      assert.is(far.text, how === 'destroy' ? '' : 'hello and bye', how);
      assert.ok(far.ended, how);
      far.end();
      w.clean(1);
    }
  });

  test(`${kind}: 100 KB from a server that closes after it`, () => {
    const w = make();
    w.net.createServer((client) => client.end(BIG)).listen(8080);
    w.run(20);
    const far = w.call(8080);
    w.until(() => far.ended);
    assert.is(far.text === BIG, true);
  });

  test(`${kind}: a port that is taken: EADDRINUSE; free again after close; clients outlive their server`, () => {
    const w = make();
    const clients: NetSocket[] = [];
    const server = w.net.createServer((client) => clients.push(client));
    server.listen(8080);
    w.run(20);
    const taken = watch(w.net.createServer(() => {}).listen(8080));
    w.run(20);
    assert.equal(taken, ['error 98']);
    const far = w.call(8080);
    w.run(50);
    let closed = 0;
    server.close(() => closed++);
    w.run(20);
    assert.is(closed, 1);
    const refused = w.call(8080);
    w.run(50);
    assert.is(refused.errno, 111);
    clients[0].write('still here');
    w.run(50);
    assert.is(far.text, 'still here');
    const again = watch(w.net.createServer(() => {}).listen(8080, () => {}));
    w.run(20);
    assert.equal(again, []);
  });

  test(`${kind}: a server made before the link is up serves when it is`, () => {
    const w = make();
    netifDown(w.board._stack, w.boardNetif, w.now());
    w.net.createServer((client) => client.end('up')).listen(8080);
    w.run(100);
    netifUp(w.board._stack, w.boardNetif);
    const far = w.call(8080);
    w.run(100);
    assert.is(far.text, 'up');
  });

  test(`${kind}: 300 clients one after the other leave nothing behind`, () => {
    const w = make();
    w.net
      .createServer((client) => {
        client.on('data', (data: Uint8Array) => client.end(Buffer.from(data).toString()));
      })
      .listen(8080);
    w.run(20);
    for (let i = 0; i < 300; i++) {
      const far = w.call(8080).send(`number ${i}`);
      w.until(() => far.ended);
      assert.is(far.text, `number ${i}`);
      far.end();
      w.run(30);
    }
    w.clean(1);
  });
}

suite('stand-in', (bounds) => new World(false, bounds));

// ---- the netdev itself -------------------------------------------------------------------------------------------

test('socket(): a number for STREAM, -1 with ENOTSUP for anything else', () => {
  const { dev } = new World(false);
  assert.type(dev.socket('AF_INET', 'STREAM'), 'number');
  assert.is(dev.socket('AF_INET', 'DGRAM'), -1);
  assert.is(dev.errno, 95);
  for (let i = 0; i < 100; i++) {
    assert.ok(dev.socket('AF_INET', 'STREAM') >= 0);
  }
});

test('get(): the object with the documented fields; null for a number that is nobody’s', () => {
  const { dev } = new World(false);
  const fd = dev.socket('AF_INET', 'STREAM');
  const sck = dev.get(fd)!;
  assert.equal([sck.fd, sck.ptcl, sck.state], [fd, 'STREAM', 0]);
  for (const wrong of [-1, 99999, NaN]) {
    assert.is(dev.get(wrong), null);
  }
});

test('a number is not given out again soon', () => {
  const w = new World(false);
  const numbers = new Set<number>();
  for (let i = 0; i < 50; i++) {
    const fd = w.dev.socket('AF_INET', 'STREAM');
    numbers.add(fd);
    w.dev.close(fd);
    w.run(5);
  }
  assert.is(numbers.size, 50);
  assert.is(w.sockets(), 0);
});

test('calls on a number that is nobody’s: an error or nothing, never an exception, never within the call', () => {
  const w = new World(false);
  const { dev } = w;
  const heard: unknown[] = [];
  const cb = (name: string) => (error: number) => heard.push([name, error, dev.errno]);
  dev.write(77, 'x', cb('write'));
  dev.shutdown(77, 1, cb('shutdown'));
  dev.close(77, cb('close'));
  dev.connect(77, PEER, 80, cb('connect'));
  dev.bind(77, BOARD, 80, cb('bind'));
  dev.listen(77, cb('listen'));
  dev.write(-1, 'x');
  dev.close(-1);
  assert.equal(heard, []);
  w.run(10);
  assert.equal(heard, [
    ['write', 9, 9],
    ['shutdown', 0, 0],
    ['close', 0, 0],
    ['connect', 9, 9],
    ['bind', 9, 9],
    ['listen', 9, 9],
  ]);
});

test('listening without a bind, connecting twice: EINVAL', () => {
  const w = new World(false);
  w.serve(80);
  const heard: number[] = [];
  const fd = w.dev.socket('AF_INET', 'STREAM');
  w.dev.listen(fd, (error) => heard.push(error));
  w.dev.connect(fd, PEER, 80, (error) => heard.push(error));
  w.dev.connect(fd, PEER, 80, (error) => heard.push(error));
  w.run(100);
  assert.equal(heard.sort(), [0, 22, 22]);
});

test('several writes outstanding: in order, each callback once, none within its call', () => {
  const w = new World(false, { _tcpSendRing: 1000 });
  const fars = w.serve(80);
  const fd = w.dev.socket('AF_INET', 'STREAM');
  const done: number[] = [];
  let inside = true;
  w.dev.connect(fd, PEER, 80);
  for (let i = 0; i < 20; i++) {
    inside = true;
    w.dev.write(fd, String.fromCharCode(65 + i).repeat(300), (error) => {
      assert.not.ok(inside);
      assert.is(error, 0);
      done.push(i);
    });
    inside = false;
  }
  w.dev.shutdown(fd, 1, () => done.push(100));
  w.until(() => fars.length > 0 && fars[0].ended);
  w.run(10);
  assert.equal(done, [...Array(20).keys(), 100]);
  assert.is(fars[0].text, Array.from({ length: 20 }, (_, i) => String.fromCharCode(65 + i).repeat(300)).join(''));
});

test('callbacks may be left out everywhere', () => {
  const w = new World(false);
  w.serve(80, { connected: (far) => far.end('x') });
  const fd = w.dev.socket('AF_INET', 'STREAM');
  w.dev.connect(fd, PEER, 80);
  w.run(50);
  w.dev.write(fd, 'data');
  w.dev.shutdown(fd, 1);
  w.dev.close(fd);
  w.dev.close(fd);
  const listener = w.dev.socket('AF_INET', 'STREAM');
  w.dev.bind(listener, BOARD, 90);
  w.dev.listen(listener);
  w.run(50);
  w.call(90).send('nobody listens to accept');
  w.run(50);
  w.dev.close(listener);
  w.run(60_000);
});

test('write, then close at once: what was written arrives', () => {
  const w = new World(false, { _tcpSendRing: 2000 });
  const fars = w.serve(80);
  const fd = w.dev.socket('AF_INET', 'STREAM');
  w.dev.connect(fd, PEER, 80);
  w.run(50);
  w.dev.write(fd, BIG);
  w.dev.close(fd);
  w.until(() => fars[0].ended);
  assert.is(fars[0].text === BIG, true);
  fars[0].end();
  w.clean();
});

test('write and close within accept_cb: what was written arrives', () => {
  const w = new World(false);
  const fd = w.dev.socket('AF_INET', 'STREAM');
  w.dev.get(fd)!.accept_cb = (client) => {
    w.dev.write(client, 'short visit');
    w.dev.close(client);
  };
  w.dev.bind(fd, BOARD, 8080);
  w.dev.listen(fd);
  w.run(20);
  const far = w.call(8080);
  w.run(100);
  assert.is(far.text, 'short visit');
  assert.ok(far.ended);
  assert.is(far.errno, null);
});

test('shutdown for receiving only changes nothing', () => {
  const w = new World(false);
  const fars = w.serve(80);
  const fd = w.dev.socket('AF_INET', 'STREAM');
  w.dev.connect(fd, PEER, 80);
  w.run(50);
  w.dev.shutdown(fd, 0);
  w.dev.write(fd, 'still');
  w.run(50);
  assert.is(fars[0].text, 'still');
  assert.not.ok(fars[0].ended);
});

test('TIME-WAIT after an orderly end is not stretched', () => {
  const w = new World(false);
  w.serve(80, { ended: (far) => far.end() });
  const fd = w.dev.socket('AF_INET', 'STREAM');
  w.dev.connect(fd, PEER, 80);
  w.run(50);
  w.dev.shutdown(fd, 1);
  w.run(11_000);
  assert.is(w.board._stack._tcbs.length, 0);
});

test('global.__netdev: installed where there is none, put in the place of a radio’s while a link is up', () => {
  const kaluma = new FakeKaluma();
  useHost(simulatedHost(kaluma.clock).host);
  kaluma.run(() => {
    installNetdev();
    const globals = globalThis as unknown as { __netdev: unknown };
    assert.is(globals.__netdev, netdev);
    plugNetdev(addressNumber('10.1.2.3'));
    assert.is(globals.__netdev, netdev);
    assert.is(netdev.ip, '10.1.2.3');
    plugNetdev(0);
    assert.is(globals.__netdev, netdev, 'errors are better than no device');
    assert.is(netdev.ip, '0.0.0.0');
    // A board with a radio: its own device comes back.
    const radio = { radio: true };
    globals.__netdev = radio;
    plugNetdev(addressNumber('10.1.2.3'));
    assert.is(globals.__netdev, netdev);
    plugNetdev(0);
    assert.is(globals.__netdev, radio);
    installNetdev();
    assert.is(globals.__netdev, radio, 'a radio’s own is left until a link is up');
  });
});

// ---- the firmware's own modules ----------------------------------------------------------------------------------

if (source) {
  suite('net.js', (bounds) => new World(true, bounds));

  test('http.js: a page by GET, an upload by POST, several at once', () => {
    const w = new World(true);
    w.serve(80, {
      ended: (far) => {
        const body = far.text.slice(far.text.indexOf('\r\n\r\n') + 4);
        far.end(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n${far.text.split(' ')[1]} ${body.length}`);
      },
    });
    interface Response extends EventEmitter {
      statusCode: number;
      headers: Record<string, string>;
    }
    const http = w.http as {
      request(
        options: object,
        listener: (response: Response) => void,
      ): EventEmitter & { end(data?: string): void; write(data: string): void };
    };
    const pages: string[] = [];
    for (const [path, method, body] of [
      ['/one', 'GET', ''],
      ['/two', 'GET', ''],
      ['/up', 'POST', 'x'.repeat(5000)],
    ]) {
      const request = http.request({ host: 'web.test', port: 80, path, method }, (response) => {
        let text = `${response.statusCode} `;
        response.on('data', (data: Uint8Array) => (text += Buffer.from(data).toString('latin1')));
        response.on('end', () => pages.push(text));
      });
      if (body) {
        request.write(body);
      }
      request.end();
    }
    w.run(30_000);
    assert.is(pages.length, 3, pages.join(' | '));
    assert.ok(pages.includes('200 /one 0') && pages.includes('200 /two 0'), pages.join(' | '));
    w.clean();
  });

  test('http.js: a server with several clients', () => {
    const w = new World(true);
    const http = w.http as {
      createServer(
        listener: (
          request: { url: string },
          response: { writeHead(code: number): void; write(text: string): void; end(text?: string): void },
        ) => void,
      ): { listen(port: number): void };
    };
    http
      .createServer((request, response) => {
        response.writeHead(200);
        response.write(`you asked for ${request.url}`);
        response.end();
      })
      .listen(8080);
    w.run(20);
    const fars = ['/a', '/b', '/c'].map((path) => w.call(8080).send(`GET ${path} HTTP/1.1\r\nHost: board\r\n\r\n`));
    w.run(5000);
    fars.forEach((far, i) => assert.match(far.text, `you asked for ${['/a', '/b', '/c'][i]}`));
  });
} else {
  test('the firmware’s own net.js and http.js', () => {
    skip('set KALUMA_SRC to a folder with Kaluma’s src/modules to run its own net.js and http.js as well');
  });
}

test.run();
