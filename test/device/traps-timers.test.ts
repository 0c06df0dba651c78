/** What Kaluma's timers and numbers do to programs, each shown on the bare firmware first, and that we live with it. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bare } from './bare';
import { hasFirmware, withDevice } from './device';
import { boardPeer } from './peer';
import { linkProgram } from './transfer';

const test = suite('traps of the timers');

test('a timer cleared while it fires is fatal', () => {
  if (!hasFirmware()) {
    return;
  }
  const clearing = (clear: string): string =>
    `let id; function fire() { ${clear} id = setTimeout(fire, 1); } id = setTimeout(fire, 1);`;
  assert.match(bare(clearing('clearTimeout(id);'), 1500).death, /^the firmware stopped: /);
  assert.is(bare(clearing(''), 1500).death, '');
});

test('clearTimeout(null) and setTimeout without a delay throw', () => {
  if (!hasFirmware()) {
    return;
  }
  const { shown } = bare(
    `try { clearTimeout(null); } catch (e) { console.log('clear', e.message); }
    try { setTimeout(() => 0); } catch (e) { console.log('set', e.message); }`,
    700,
  );
  assert.match(shown, /clear "id" argument must be a number\nset "delay" argument must be a number\n/);
});

/** Counts what must never be done with timers, in place of the firmware's own functions. */
const WATCHED_TIMERS = `
let set = 0, badDelay = 0, badClear = 0, firing = null;
const theirSet = setTimeout, theirClear = clearTimeout;
global.setTimeout = function (f, delay) {
  set++;
  if (arguments.length < 2 || typeof delay !== 'number' || !(delay >= 0 && delay < 1e9)) badDelay++;
  const id = theirSet(() => {
    const before = firing;
    firing = id;
    try { f(); } finally { firing = before; }
  }, delay);
  return id;
};
global.clearTimeout = function (id) {
  if (typeof id !== 'number' || id === firing) badClear++;
  theirClear(id);
};
const timers = () => console.log('timers', set, badDelay, badClear);
`;

test('thousands of timers, none cleared while it fires', async () => {
  if (!hasFirmware()) {
    return;
  }
  // Each answer comes from a timer: net's own, which writes, and the link's and the stack's beside it.
  const source = `${WATCHED_TIMERS}${linkProgram(
    460800,
    `let rounds = 0;
    socket.on('data', () => {
      if (++rounds % 2) setTimeout(() => socket.write('x'), 1);
      else socket.write('y');
      if (rounds === 600) { timers(); ppp.disconnect(timers); }
    });
    socket.connect({ host: '192.168.64.1', port: 7 }, () => socket.write('x'));`,
  )}`;
  await withDevice(source, {}, async (device) => {
    boardPeer(device.board).listen(7, (socket) => {
      socket.on('data', (bytes) => socket.write(bytes));
      socket.on('error', () => {}); // The link goes before the connection.
    });
    const [, set, ...bad] = await device.expect(/timers (\d+) (\d+) (\d+)\n/, 90000);
    assert.ok(Number(set) > 1500, `${set} timers`);
    assert.equal(bad, ['0', '0']);
    const last = await device.expect(/timers (\d+) (\d+) (\d+)\n/);
    assert.equal(last.slice(2), ['0', '0']);
    await device.run(1000);
    assert.is(device.board.death, null);
  });
});

test('timers come late, and NaN is Infinity', () => {
  if (!hasFirmware()) {
    return;
  }
  const { shown } = bare(
    `console.log('nan', 1 + undefined, 0 / 0, isNaN(0 / 0));
    function time(delay, next) { const from = micros(); setTimeout(() => { console.log(delay, micros() - from); next(); }, delay); }
    setTimeout(() => time(0, () => time(1, () => time(10, () => 0))), 50);`,
    800,
  );
  assert.match(shown, /nan Infinity Infinity false\n/);
  for (const delay of [0, 1, 10]) {
    const spent = Number(new RegExp(`^${delay} (\\d+)`, 'm').exec(shown)?.[1]);
    assert.ok(spent > delay * 1000 && spent < (delay + 2) * 1000, `${delay} ms took ${spent} us`);
  }
});

test('a peer that is silent is asked at the right times, and disconnect ends within a second', async () => {
  if (!hasFirmware()) {
    return;
  }
  const source = `
    const { UART, PPP } = require('micronic');
    const ppp = new PPP(new UART(0, { baudrate: 115200 }));
    let from = millis();
    ppp.connect(() => console.log('over', millis() - from));
    setTimeout(() => { from = millis(); ppp.disconnect(() => console.log('ended', millis() - from)); }, 5500);
    console.log('began');`;
  await withDevice(source, {}, async (device) => {
    const { board } = device;
    const times: number[] = [];
    board.ports[0].on('data', () => {
      if (!times.length || board.ms - times[times.length - 1] > 50) {
        times.push(board.ms);
      }
    });
    await device.expect(/over (\d+)\n/);
    const [, endedMs] = await device.expect(/ended (\d+)\n/);
    const gaps = times.slice(1, 5).map((ms, i) => Math.round(ms - times[i]));
    [300, 600, 1200, 2400].forEach((ms, i) => assert.ok(Math.abs(gaps[i] - ms) < 12, `${gaps[i]} ms for ${ms}`));
    assert.ok(Number(endedMs) < 1000, `${endedMs} ms`);
  });
});

test.run();
