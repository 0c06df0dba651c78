/**
 * Many links and many sockets, one after the other, on one board: what is left of the heap, and whether any has failed.
 * The tests do a twentieth, since each has 180 s; SOAK=full and `npm run bench` run the whole.
 */

import { Device } from './device';
import { boardPeer } from './peer';

export const isFull = process.env.SOAK === 'full';

export interface Soak {
  count: number;
  /** As the program counts them: errors, wrong addresses, wrong answers, sockets the device still knows. */
  failures: number;
  /** Board's time for each, ms. */
  eachMs: number;
  /** Heap in use right after a garbage collection, bytes: after warming up, and at the end. */
  heapBefore: number;
  heapAfter: number;
  /** Connections that the peer still has when TIME-WAIT is long over; its listener is one. */
  peerSockets: number;
}

const BAUD = 921600;
const STEP_MS = 60000;
/** Of ten thousand, so that no expect() waits for too long. */
const BATCH = 100;
const TIME_WAIT_MS = 11000;

const PROGRAM = `
const { UART, PPP } = require('micronic');
const net = require('net');
const ppp = new PPP(new UART(0, { baudrate: ${BAUD}, tx: 0, rx: 1 }));
let failures = 0, opened = 0;
const fail = () => failures++;
ppp.on('error', fail);
const done = () => console.log('done', failures);

global.links = function (left) {
  ppp.connect(() => {
    if (ppp.ipconfig('addr4')[0] !== '192.168.64.2') fail();
    ppp.disconnect(() => {
      if (ppp.isconnected()) fail();
      if (--left) links(left);
      else done();
    });
  });
};

// Who closes first keeps the connection for TIME-WAIT.
const sockets = (left, isFirst) => {
  const socket = new net.Socket();
  let answer = '';
  opened++;
  socket.on('error', fail);
  socket.on('data', (data) => {
    answer += String.fromCharCode(data[0]);
    if (isFirst) socket.end();
  });
  socket.on('end', () => isFirst || socket.end());
  socket.on('close', () => {
    if (answer !== 'x') fail();
    if (--left) sockets(left, isFirst);
    else done();
  });
  socket.connect({ host: '192.168.64.1', port: isFirst ? 7 : 8 }, () => socket.write('x'));
};
global.boardFirst = (left) => sockets(left, true);
global.peerFirst = (left) => sockets(left, false);

global.known = function () {
  for (let fd = 0; fd < opened; fd++) if (__netdev.get(fd)) fail();
  done();
};
global.up = () => ppp.connect(done);
console.log('ready');
`;

class SoakedBoard {
  readonly device = new Device(PROGRAM);
  readonly peer = boardPeer(this.device.board);
  failures = 0;

  constructor() {
    this.peer.listen(7, (socket) => {
      socket.on('data', (data) => socket.write(data));
      socket.on('end', () => socket.end());
    });
    this.peer.listen(8, (socket) => socket.on('data', (data) => socket.end(data)));
  }

  /** A call at the REPL; the program's count of failures so far. */
  async call(text: string): Promise<void> {
    await this.device.type(text);
    this.failures = Number((await this.device.expect(/done (\d+)/, STEP_MS))[1]);
  }

  async heapInUse(): Promise<number> {
    await this.device.type('.gc');
    return this.device.board.heapFigures?.used ?? 0;
  }

  async soak(name: string, count: number): Promise<Soak> {
    const { board } = this.device;
    await this.call(`${name}(${BATCH / 5})`);
    const heapBefore = await this.heapInUse();
    const startedMs = board.ms;
    for (let left = count; left > 0; left -= BATCH) {
      await this.call(`${name}(${Math.min(left, BATCH)})`);
    }
    const eachMs = (board.ms - startedMs) / count;
    const heapAfter = await this.heapInUse();
    await this.call('known()');
    await this.device.run(TIME_WAIT_MS);
    const peerSockets = this.peer.host._stack._tcbs.length - 2;
    this.device.close();
    return { count, failures: this.failures, eachMs, heapBefore, heapAfter, peerSockets };
  }
}

/** Connects, looks at its address, disconnects. */
export async function soakLinks(count: number): Promise<Soak> {
  const soaked = new SoakedBoard();
  await soaked.device.expect(/ready/);
  return soaked.soak('links', count);
}

/** Connects, sends a byte, has one back; then one of the two closes first. */
export async function soakSockets(first: 'board' | 'peer', count: number): Promise<Soak> {
  const soaked = new SoakedBoard();
  await soaked.device.expect(/ready/);
  await soaked.call('up()');
  return soaked.soak(`${first}First`, count);
}
