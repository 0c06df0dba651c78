/** parts/keepalive.js as it is shipped, behind http.js: a server that is silent is asked, and given up. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { linkSend } from '../../modules/ppp/link';
import { FlashedBoard, bundle, part } from '../helpers/flashed-board';
import { parseTcp, tcpPacket, type ParsedTcp } from '../helpers/packets';

const test = suite('keep-alives behind http.js');

const SERVER = '10.0.0.9';
const ISN = 1000;

/** A connection to a server of which this test is the other end. */
class Connection {
  readonly board: FlashedBoard;
  /** Its segments so far. */
  readonly heard: ParsedTcp[] = [];

  constructor(files: string[], prepare: string) {
    const board = (this.board = new FlashedBoard(files));
    board.run('ppp.connect();');
    board.reaches('ppp.isconnected()', 2000);
    board.run(`
      var socket = network.net.connect(80, '${SERVER}', function () { told.push('up'); });
      socket.on('error', function (e) { told.push('error ' + e.code); });
      socket.on('close', function () { told.push('close'); });
      ${prepare}`);
    board.until('false', 50);
    const [syn] = this.segments();
    this.say(syn, 'SA', ISN);
    board.reaches("told.indexOf('up') >= 0", 100);
    board.until('false', 20);
    assert.equal(
      this.segments().map(({ flags }) => flags),
      ['A'],
    );
    board.context.told.length = 0;
  }

  /** What has come since this was asked last. */
  segments(): ParsedTcp[] {
    const all = this.board.pair.server.packets.splice(0).map(parseTcp);
    this.heard.push(...all);
    return all;
  }

  say(about: ParsedTcp, flags: string, seq: number): void {
    const packet = tcpPacket({
      source: about.destination,
      destination: about.source,
      sourcePort: about.destinationPort,
      destinationPort: about.sourcePort,
      seq,
      ack: this.heard[0].seq + 1,
      flags,
      mss: flags === 'SA' ? 1460 : 0,
    });
    linkSend(this.board.server, new Uint8Array(packet), 0, packet.length, this.board.nowMs);
  }

  told(): string[] {
    return Array.from(this.board.context.told).splice(0);
  }
}

const files = [bundle('http'), part('keepalive')];

test('a silent connection is asked with the number it has had already; an answer is enough', () => {
  const connection = new Connection(files, 'socket.setKeepAlive(true, 5000);');
  const { board } = connection;
  const own = connection.heard[0].seq + 1;
  for (let round = 0; round < 3; round++) {
    board.until('false', 4900);
    assert.equal(connection.segments(), []);
    board.until('false', 200);
    const probes = connection.segments();
    assert.equal(
      probes.map(({ seq, ack, flags, data }) => [seq, ack, flags, data.length]),
      [[own - 1, ISN + 1, 'A', 0]],
    );
    connection.say(probes[0], 'A', ISN + 1);
    board.until('false', 10);
  }
  assert.equal(connection.told(), []);
});

test('nine of them without an answer: ETIMEDOUT, and a reset', () => {
  const connection = new Connection(files, 'socket.setKeepAlive(true, 5000);');
  const { board } = connection;
  board.until('false', 5100 + 8 * 75000);
  assert.is(connection.segments().length, 9);
  assert.equal(connection.told(), []);
  board.until('false', 75000);
  assert.equal(
    connection.segments().map(({ flags }) => flags),
    ['RA'],
  );
  assert.equal(connection.told(), ['error ETIMEDOUT', 'close']);
});

test('off unless asked for, and off again; loaded twice it asks once', () => {
  for (const prepare of ['', 'socket.setKeepAlive(true, 5000); socket.setKeepAlive(false);']) {
    const connection = new Connection(files, prepare);
    connection.board.until('false', 30000);
    assert.equal(connection.segments(), []);
  }
  const connection = new Connection([...files, part('keepalive')], 'socket.setKeepAlive(true, 5000);');
  connection.board.until('false', 6000);
  assert.is(connection.segments().length, 1);
});

test('without the part: ENOTSUP', () => {
  assert.throws(() => new Connection([bundle('http')], 'socket.setKeepAlive(true);'), /ENOTSUP/);
});

test.run();
