/** What Kaluma's heap does to programs, shown on the bare firmware first, and that we live with it. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bare } from './bare';
import { hasFirmware, withDevice } from './device';
import { boardPeer } from './peer';

const test = suite('traps of the heap');

test('out of memory is the end', () => {
  if (!hasFirmware()) {
    return;
  }
  const { death } = bare(
    `try { for (var a = []; ; ) a.push(new Uint8Array(1000)); } catch (e) { console.log('caught'); }`,
    1000,
  );
  assert.match(death, /out of memory/);
});

test('of twenty sockets, six connect and the others fail; the board lives', async () => {
  if (!hasFirmware()) {
    return;
  }
  const source = `
    const { UART, PPP } = require('micronic');
    const net = require('net');
    const ppp = new PPP(new UART(0, { baudrate: 115200 }));
    const open = (n) => {
      let sockets = [], errors = 0, data = 0;
      for (let i = 0; i < n; i++) {
        const socket = new net.Socket();
        sockets.push(socket);
        socket.on('error', () => errors++);
        socket.on('data', (bytes) => (data += bytes.length));
        socket.connect({ host: '192.168.64.1', port: 80 }, () => socket.write('x'));
      }
      setTimeout(() => {
        console.log('of', n, errors, data);
        sockets.forEach((socket) => socket.destroy());
        setTimeout(() => console.log('closed'), 2000);
      }, 6000);
    };
    ppp.connect(() => open(20));
    global.again = () => open(6);`;
  await withDevice(source, {}, async (device) => {
    // Much to receive and to send on each, so that all of its memory is taken.
    boardPeer(device.board).listen(80, (socket) => socket.resume().write(new Uint8Array(5000)));
    const [, , errors, data] = await device.expect(/of (\d+) (\d+) (\d+)\n/, 30000);
    assert.equal([errors, data], ['14', '30000']);
    await device.expect(/closed/);
    await device.type('again()');
    const [, , errorsAgain, dataAgain] = await device.expect(/of (\d+) (\d+) (\d+)\n/, 30000);
    assert.equal([errorsAgain, dataAgain], ['0', '30000']);
    assert.is(device.board.restarts, 0);
  });
});

test.run();
