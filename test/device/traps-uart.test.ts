/** What Kaluma's UART does to bytes, each shown on the bare firmware first, and that links live with it. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Board } from '../../scripts/emulator/board';
import { corrupted } from '../../scripts/lines/corrupt';
import { createBoard, type Device, hasFirmware, withDevice } from './device';
import { boardPeer } from './peer';
import { digest, DOWNLOAD, linkProgram, randomPage, statsOf } from './transfer';

const test = suite('traps of the UART');

/** A program with the firmware's own UART, after it has begun. */
async function bare(body: string): Promise<Board> {
  const board = createBoard({
    program: `const { UART } = require('uart');
      const uart = new UART(0, { baudrate: 115200, bufferSize: 2048 });
      ${body}
      console.log('ready');`,
  });
  assert.ok(board.runUntil(() => board.consoleText.includes('ready'), 1000));
  return board;
}

async function sentBy(board: Board, port: number, run: () => void): Promise<number[]> {
  const sent: number[] = [];
  board.ports[port].on('data', (bytes) => sent.push(...bytes));
  // The stream flows from the next turn on.
  await new Promise((resolve) => setImmediate(resolve));
  run();
  return sent;
}

test('write(view) sends all of the buffer; ours sends the view', async () => {
  if (!hasFirmware()) {
    return;
  }
  const view = 'new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).subarray(2, 4)';
  const board = await bare(`setTimeout(() => uart.write(${view}), 20);`);
  assert.equal(await sentBy(board, 0, () => board.run(50)), [1, 2, 3, 4, 5, 6, 7, 8]);
  const source = `const uart = new (require('micronic').UART)(1, { baudrate: 115200 });
    setTimeout(() => uart.write(${view}), 20);
    console.log('ready');`;
  await withDevice(source, {}, async (device) => {
    await device.expect(/ready/);
    assert.equal(await sentBy(device.board, 1, () => device.board.run(50)), [3, 4]);
  });
});

test('a ring that is full is empty', async () => {
  if (!hasFirmware()) {
    return;
  }
  const board = await bare(`
    let count = 0;
    uart.on('data', (bytes) => { count += bytes.length; });
    global.busy = () => { count = 0; delay(300); setTimeout(() => console.log('got', count), 20); };`);
  for (const [bytes, left] of [
    [2047, 2047],
    [2048, 0],
    [3000, 952],
  ]) {
    board.type('busy()\r');
    board.run(20);
    board.ports[0].write(Buffer.alloc(bytes, 65));
    board.run(400);
    const shown = /got \D*(\d+)\D*$/.exec(board.consoleText.slice(-60).replace(/\u001b\[\d+m/g, '')); // eslint-disable-line no-control-regex
    assert.is(Number(shown?.[1]), left, `${bytes} bytes while JavaScript was busy`);
  }
});

/** Bytes that the UART has taken and JavaScript has not seen. */
function lostInRing(device: Device, rxBytes: number): number {
  const { rxBytes: taken, rxEmptyReads: junk } = device.board.uartStats(0);
  return taken + junk - rxBytes;
}

for (const baud of [115200, 230400]) {
  test(`full frames both ways at ${baud} overflow nothing`, async () => {
    if (!hasFirmware()) {
      return;
    }
    const page = randomPage(40960);
    const source = linkProgram(
      baud,
      `${DOWNLOAD}
      const up = new (require('net').Socket)();
      let left = 8;
      const more = () => { if (left-- > 0) up.write('0123456789abcdef'.repeat(160)); else up.end(); };
      up.on('drain', more);
      up.connect({ host: '192.168.64.1', port: 81 }, more);`,
    );
    await withDevice(source, {}, async (device) => {
      const peer = boardPeer(device.board);
      let uploaded = '';
      peer.listen(80, (socket) => socket.end(page));
      peer.listen(81, (socket) => {
        socket.on('data', (bytes) => (uploaded += bytes.toString('latin1')));
        socket.on('end', () => socket.end());
      });
      const [, count, sum] = await device.expect(/got (\d+) (\d+)\n/, 60000);
      assert.equal([Number(count), Number(sum)], [page.length, digest(page)]);
      const stats = statsOf(await device.expect(/stats (.*})/));
      assert.ok(await device.until(() => uploaded.length === 20480), `${uploaded.length} bytes have come`);
      assert.is(uploaded, '0123456789abcdef'.repeat(1280));
      assert.ok(Math.abs(lostInRing(device, stats.rxBytes)) < 256, `${lostInRing(device, stats.rxBytes)} bytes lost`);
      assert.is(device.board.uartStats(0).rxOverruns, 0);
    });
  });

  test(`a handler that blocks for 400 ms at ${baud} costs time, no byte`, async () => {
    if (!hasFirmware()) {
      return;
    }
    const page = randomPage(30720);
    const source = linkProgram(
      baud,
      `let blocks = 2;
      socket.on('data', () => { if (blocks && count > 8000 * (3 - blocks)) { blocks--; delay(400); } });
      ${DOWNLOAD}`,
    );
    await withDevice(source, {}, async (device) => {
      boardPeer(device.board).listen(80, (socket) => socket.end(page));
      const [, count, sum] = await device.expect(/got (\d+) (\d+)\n/, 60000);
      assert.equal([Number(count), Number(sum)], [page.length, digest(page)]);
      const stats = statsOf(await device.expect(/stats (.*})/));
      // What the window lets the peer send in that time may be more than the ring holds.
      assert.is(stats.badFcs > 0, lostInRing(device, stats.rxBytes) > 0);
    });
  });
}

test('a byte that nobody sent damages a frame, and no more', async () => {
  if (!hasFirmware()) {
    return;
  }
  const page = randomPage(20480);
  await withDevice(linkProgram(115200, DOWNLOAD), {}, async (device) => {
    const line = corrupted(device.board.ports[0], { every: 4000, kinds: ['insert'] });
    boardPeer(device.board, line).listen(80, (socket) => socket.end(page));
    const [, count, sum] = await device.expect(/got (\d+) (\d+)\n/, 60000);
    assert.equal([Number(count), Number(sum)], [page.length, digest(page)]);
    const stats = statsOf(await device.expect(/stats (.*})/));
    assert.ok(stats.badFcs >= 3, `${stats.badFcs} damaged frames`);
  });
});

const FLAGS = 0x18;
const RX_EMPTY = 0x10;

/**
 * The main loop sees a byte, the interrupt handler takes it, and the main loop waits for it: once the flags say that
 * there is something.
 */
function stall(board: Board): void {
  const uart = board.chip.peripherals[0x40034];
  const read = uart.readUint32.bind(uart);
  uart.readUint32 = (offset) => {
    if (offset === FLAGS) {
      uart.readUint32 = read;
      return read(offset) & ~RX_EMPTY;
    }
    return read(offset);
  };
}

test('the main loop waits for a byte, and goes on with the next', async () => {
  if (!hasFirmware()) {
    return;
  }
  const board = await bare(`let ticks = 0; setInterval(() => ticks++, 10); setInterval(() => console.log(ticks), 50);`);
  const lines = (): number => board.consoleText.split('\n').length;
  board.run(200);
  stall(board);
  board.run(5);
  const before = lines();
  board.run(500);
  assert.is(lines(), before);
  board.ports[0].write(Buffer.of(65));
  board.run(200);
  assert.ok(lines() >= before + 3);
});

test('a link whose board waits so goes on with what the peer sends', async () => {
  if (!hasFirmware()) {
    return;
  }
  const source = linkProgram(
    115200,
    `socket.on('data', (data) => { console.log('heard', data.length); socket.write('and you'); });
    socket.connect({ host: '192.168.64.1', port: 80 });`,
  );
  await withDevice(source, {}, async (device) => {
    const peer = boardPeer(device.board);
    const answers: string[] = [];
    let ask = (): void => {};
    peer.listen(80, (socket) => {
      socket.on('data', (bytes) => answers.push(bytes.toString('latin1')));
      ask = () => socket.write('hello');
    });
    await device.expect(/connected/);
    await device.run(500);
    for (let round = 1; round <= 5; round++) {
      stall(device.board);
      await device.run(300);
      ask();
      await device.expect(/heard 5/);
      assert.ok(await device.until(() => answers.length === round, 3000), `answer ${round}`);
    }
    assert.equal(answers, Array(5).fill('and you'));
    assert.ok(peer.isUp);
  });
});

test.run();
