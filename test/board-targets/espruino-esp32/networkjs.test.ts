/** The functions below the firmware's net, http, tls and dgram, and how the firmware calls them. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Clock } from '../../helpers/clock';
import { simulatedHost } from '../../helpers/host';
import { networks, type NetworkCalls } from '../../helpers/fake-espruino';
import { openNetwork, plugNetwork } from '../../../board-targets/espruino-esp32/networkjs';
import { type Netif, netifUp } from '../../../modules/inet/ip';
import { netifDown, stackFlush, stackInput } from '../../../modules/inet/stack';
import type { Tcb, TcpHandler } from '../../../modules/inet/tcb';
import { tcpAbort, tcpConnect, tcpListen, tcpWrite } from '../../../modules/inet/tcp';
import { tcpShutdown } from '../../../modules/inet/tcp-close';
import { udpBind, udpSend } from '../../../modules/inet/udp';
import type { Host } from '../../../modules/network/host';

const TCP = 0;
const HTTP = 1;
const UDP = 2;
const TLS = 4;
const ADDRESSES = [0x0a000001, 0x0a000002];

/** The board's host and a peer, joined by a line of 5 ms. */
class Bench {
  readonly clock = new Clock();
  readonly hosts: Host[] = [];
  readonly netifs: Netif[] = [];
  readonly net: NetworkCalls;
  /** What the peer has heard. */
  heard = '';
  peer: Tcb | null = null;

  constructor() {
    ADDRESSES.forEach((address, i) => {
      const { host } = simulatedHost(this.clock, { _tcpWindow: 2920 }, i + 1);
      this.hosts.push(host);
      const netif: Netif = {
        _address: address,
        _mask: 0xffffffff,
        _gateway: ADDRESSES[1 - i],
        _mtu: 1500,
        _up: false,
        _dns: [],
        _output: (buf, at, end) => {
          const packet = buf.slice(at, end);
          this.clock.after(5, () => {
            const other = this.hosts[1 - i];
            stackInput(other._stack, this.netifs[1 - i], packet, 0, packet.length, this.now);
            stackFlush(other._stack);
            other._tick!();
          });
          return true;
        },
      };
      this.netifs.push(netif);
      netifUp(host._stack, netif);
    });
    openNetwork(this.hosts[0]);
    plugNetwork(ADDRESSES[0]);
    this.net = networks[0];
  }

  get now(): number {
    return Math.floor(this.clock.nowMs);
  }

  wait(ms = 50): void {
    this.clock.runTo(this.clock.nowMs + ms);
  }

  readonly handler: TcpHandler = {
    _connected: (tcb) => void (this.peer = tcb),
    _data: (_tcb, bytes) => void (this.heard += Buffer.from(bytes).toString('latin1')),
    _ended: () => void (this.heard += '<end>'),
    _writable: () => {},
    _closed: () => {},
  };

  /** The peer listens, and the board connects. */
  connected(type = TCP): number {
    tcpListen(this.hosts[1]._stack, 80, 4, () => this.handler);
    const socket = this.net.create('10.0.0.2', 80, type, {});
    this.wait();
    return socket;
  }

  peerSays(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    tcpWrite(this.peer!, bytes, 0, bytes.length, this.now);
    this.wait();
  }
}

test('NetworkJS is taken whenever an interface comes up, not when one goes', () => {
  const before = networks.length;
  new Bench();
  plugNetwork(0);
  assert.is(networks.length, before + 1);
  plugNetwork(5);
  assert.is(networks.length, before + 2);
  assert.is(networks[before + 1], networks[before], 'sockets go on');
});

test('recv: -11 until it is connected, then a string, also an empty one; under TLS never -11', () => {
  const bench = new Bench();
  tcpListen(bench.hosts[1]._stack, 80, 4, () => bench.handler);
  const plain = bench.net.create('10.0.0.2', 80, HTTP, {});
  const tls = bench.net.create('10.0.0.2', 80, TCP | TLS, {});
  assert.equal([bench.net.recv(plain, 536), bench.net.recv(tls, 5)], [-11, '']);
  assert.equal([bench.net.send(plain, 'early'), bench.net.send(tls, 'early')], [0, 0], 'later');
  bench.wait();
  assert.equal([bench.net.recv(plain, 536), bench.net.recv(tls, 5)], ['', '']);
});

test('recv: never more than is asked for, in order, and nothing is lost', () => {
  const bench = new Bench();
  const socket = bench.connected();
  const sent = Array.from({ length: 2000 }, (_, i) => String.fromCharCode(i & 255)).join('');
  bench.peerSays(sent);
  let got = '';
  for (const length of [1, 5, 536, 536, 700, 536, 536]) {
    const piece = bench.net.recv(socket, length) as string;
    assert.ok(piece.length <= length);
    got += piece;
  }
  assert.is(got, sent);
});

test('recv: the end is told when all is read, and a reset by its name', () => {
  const bench = new Bench();
  const socket = bench.connected();
  bench.peerSays('last');
  tcpShutdown(bench.peer!, bench.now);
  bench.wait();
  assert.equal([bench.net.recv(socket, 536), bench.net.recv(socket, 536)], ['last', -1]);
  bench.net.close(socket);
  assert.equal([bench.net.recv(socket, 536), bench.net.send(socket, 'x')], [-1, -1]);

  const other = bench.net.create('10.0.0.2', 80, TCP, {});
  bench.wait();
  tcpAbort(bench.peer!, bench.now);
  bench.wait();
  assert.equal([bench.net.recv(other, 536), bench.net.send(other, 'x')], [-9, -9]);
});

test('recv: while the firmware still has something to send, a peer that has closed his side is no end', () => {
  const bench = new Bench();
  const socket = bench.connected();
  tcpShutdown(bench.peer!, bench.now);
  bench.wait();
  assert.is(bench.net.send(socket, 'more'), 4);
  assert.is(bench.net.recv(socket, 536), '');
  assert.is(bench.net.recv(socket, 536), -1);
  bench.wait();
  assert.is(bench.heard, 'more');
});

test('send: takes what fits, 0 when full; an unread connection closes its window', () => {
  const bench = new Bench();
  const socket = bench.connected();
  const taken = [20000, 5000].map((length) => bench.net.send(socket, 'x'.repeat(length)));
  assert.equal(taken, [bench.hosts[0]._bounds._tcpSendRing, 0]);
  bench.wait(1000);
  assert.is(bench.heard.length, taken[0]);
  bench.peerSays('y'.repeat(16000));
  bench.wait(3000);
  let got = 0;
  for (let piece = bench.net.recv(socket, 536); piece; piece = bench.net.recv(socket, 536)) {
    got += (piece as string).length;
  }
  assert.ok(got >= 2920 && got <= 3 * 2920, `${got}`);
});

test('a client whose connection cannot be made is no exception, but an error that comes', () => {
  const bench = new Bench();
  const refused = bench.net.create('10.0.0.2', 81, TCP, {});
  const unknown = bench.net.create('some.name', 80, TCP, {});
  netifDown(bench.hosts[0]._stack, bench.netifs[0], bench.now);
  const unlinked = bench.net.create('10.0.0.2', 80, TCP, {});
  assert.ok(refused >= 0 && unknown >= 0 && unlinked >= 0);
  assert.equal(
    [refused, unknown, unlinked].map((socket) => bench.net.recv(socket, 536)),
    [-11, -4, -4],
  );
});

test('a server: accept is -1 without a client; its port cannot be had twice; a request outlives its sender’s end', () => {
  const bench = new Bench();
  const server = bench.net.create(undefined, 8080, HTTP, {});
  assert.ok(server >= 0);
  assert.ok(bench.net.create(undefined, 8080, TCP, {}) < 0, 'which the firmware throws for');
  assert.is(bench.net.accept(server), -1);
  const peers = [0, 1].map(
    () => tcpConnect(bench.hosts[1]._stack, ADDRESSES[0], 8080, bench.handler, bench.now) as Tcb,
  );
  bench.wait();
  const clients = [bench.net.accept(server), bench.net.accept(server)];
  assert.ok(clients[0] >= 0 && clients[1] >= 0 && clients[0] !== clients[1]);
  assert.is(bench.net.accept(server), -1);
  tcpShutdown(peers[0], bench.now);
  bench.wait();
  assert.is(bench.net.recv(clients[0], 536), '', 'an answer would be given up');
  assert.is(bench.net.send(clients[0], 'answer'), 6);
  bench.net.close(clients[0]);
  bench.wait();
  assert.is(bench.heard, 'answer<end>');
  bench.net.close(server);
  assert.ok(bench.net.create(undefined, 8080, TCP, {}) >= 0, 'the port is free');
});

test('datagrams: a header of 8 bytes; several in one string, one in several; one at a time comes back', () => {
  const bench = new Bench();
  const heard: string[] = [];
  const theirs = udpBind(bench.hosts[1]._stack, 0x1234, (payload) => heard.push(Buffer.from(payload).toString()))!;
  const socket = bench.net.create(undefined, 0x2345, UDP, {});
  const header = (length: number): string => `\x0a\0\0\x02\x34\x12${String.fromCharCode(length)}\0`;
  assert.is(bench.net.send(socket, `${header(3)}one${header(3)}tw`), 21);
  assert.is(bench.net.send(socket, `o\xff\xff\xff\xff\x34\x12\x04\0lost${header(5)}three`), 26);
  bench.wait();
  assert.equal(heard, ['one', 'two', 'three']);
  assert.is(bench.net.recv(socket, 536), '');
  ['a', 'bc', 'x'.repeat(600)].forEach((text) => udpSend(theirs, Buffer.from(text), ADDRESSES[0], 0x2345, bench.now));
  bench.wait();
  assert.is(bench.net.recv(socket, 536), '\x0a\0\0\x02\x34\x12\x01\0a');
  assert.is(bench.net.recv(socket, 536), '\x0a\0\0\x02\x34\x12\x02\0bc');
  assert.is(bench.net.recv(socket, 536), '', 'what does not fit is lost');
  bench.net.close(socket);
});

test.run();
