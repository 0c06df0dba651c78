import { constants, createReadStream, createWriteStream, openSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LineError, openLine } from '../../../scripts/lines/open';
import { loadOptional } from '../../../scripts/lines/optional';
import { skip } from '../../helpers/skip';
import {
  EVERY_BYTE,
  exchange,
  processLives,
  randomBytes,
  readExactly,
  readToEnd,
  rejection,
  until,
  writeAll,
} from './streams';

async function has(packageName: string): Promise<boolean> {
  try {
    await loadOptional(packageName, 'the test');
    return true;
  } catch (error) {
    skip((error as Error).message);
    return false;
  }
}

/** Not as controlling terminal: that would send us SIGHUP when it closes. */
function openTerminal(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_NOCTTY);
}

test('a missing package is named, with the command that brings it', async () => {
  const error = await rejection(loadOptional('no-such-package-as-this', 'pty'));
  assert.instance(error, LineError);
  const name = 'no-such-package-as-this';
  assert.is(error.message, `pty needs the optional package ${name}: npm install ${name}`);
});

test('pty: every byte value passes both ways, untouched and without echo', async () => {
  if (!(await has('node-pty'))) return;
  const line = await openLine('pty');
  assert.match(line.name, /^\/dev\//);
  const toSlave = createWriteStream('', { fd: openTerminal(line.name) });
  const fromSlave = createReadStream('', { fd: openTerminal(line.name) });
  fromSlave.pause();

  toSlave.write(EVERY_BYTE);
  assert.equal(await readExactly(line.stream, EVERY_BYTE.length), EVERY_BYTE);
  const reading = readExactly(fromSlave, EVERY_BYTE.length);
  line.stream.write(EVERY_BYTE);
  assert.equal(await reading, EVERY_BYTE);
  assert.is(line.stream.read(), null, 'no echo');

  toSlave.destroy();
  fromSlave.on('error', () => {}); // EIO when the master closes
  await line.close();
  fromSlave.destroy();
});

test('pty: programs come and go, the line stays; a full one holds the writer back', async () => {
  if (!(await has('node-pty'))) return;
  const line = await openLine('pty');
  for (const text of ['first', 'second']) {
    const visitor = createWriteStream('', { fd: openTerminal(line.name) });
    visitor.end(text);
    assert.is((await readExactly(line.stream, text.length)).toString(), text);
  }
  const sent = randomBytes(300_000);
  const writing = writeAll(line.stream, sent);
  const reader = createReadStream('', { fd: openTerminal(line.name) });
  assert.ok((await readExactly(reader, sent.length)).equals(sent));
  assert.ok((await writing) > 0);
  reader.on('error', () => {});
  await line.close();
  reader.destroy();
});

test('a serial device: one end of a pty, opened by serialport', async () => {
  if (!(await has('node-pty')) || !(await has('serialport'))) return;
  const pty = await openLine('pty');
  const serial = await openLine(pty.name, { baud: 230400 });
  assert.is(serial.name, pty.name);
  const bytes = Buffer.concat([EVERY_BYTE, randomBytes(50_000)]);
  const [atPty, atSerial] = await exchange(pty.stream, serial.stream, bytes);
  assert.ok(atPty.equals(bytes) && atSerial.equals(bytes));

  const busy = await rejection(openLine(pty.name));
  assert.instance(busy, LineError);
  assert.is(busy.message, `${pty.name}: another program has it open; close that one`);
  await serial.close();

  const again = await openLine(pty.name);
  again.stream.write('again');
  assert.is((await readExactly(pty.stream, 5)).toString(), 'again');
  await again.close();
  await pty.close();
});

test('a serial device that is not there', async () => {
  if (!(await has('serialport'))) return;
  const error = await rejection(openLine('/dev/no-such-device'));
  assert.instance(error, LineError);
  assert.is(error.message, '/dev/no-such-device: there is no such device; check the path and the cable');
});

test('exec-pty: every byte value passes through cat on a terminal', async () => {
  if (!(await has('node-pty'))) return;
  const line = await openLine('exec-pty:cat');
  assert.is(line.name, 'exec-pty:cat');
  line.stream.write(EVERY_BYTE);
  assert.equal(await readExactly(line.stream, EVERY_BYTE.length), EVERY_BYTE);
  const sent = randomBytes(200_000);
  const writing = writeAll(line.stream, sent);
  assert.ok((await readExactly(line.stream, sent.length)).equals(sent));
  assert.ok((await writing) > 0);
  await line.close();
});

test('exec-pty: the command has a controlling terminal', async () => {
  if (!(await has('node-pty'))) return;
  const line = await openLine('exec-pty:test -t 0 && test -t 1 && echo yes >/dev/tty');
  assert.is((await readToEnd(line.stream)).toString(), 'yes\n');
  await line.close();
});

test('exec-pty: close() ends the command and its children', async () => {
  if (!(await has('node-pty'))) return;
  const line = await openLine(`exec-pty:trap '' HUP; sleep 60 & printf '%08d%08d' $! $$; wait`);
  const pids = [Number(await readExactly(line.stream, 8)), Number(await readExactly(line.stream, 8))];
  assert.equal(pids.map(processLives), [true, true]);
  await line.close();
  await until(() => !pids.some(processLives));
});

test('exec-pty: a command that is not there is an end, with the words of the shell', async () => {
  if (!(await has('node-pty'))) return;
  const line = await openLine('exec-pty:no-such-command');
  assert.match((await readToEnd(line.stream)).toString(), /not found/);
  line.stream.write('lost');
  await line.close();
});

test('without stty there is no raw terminal, and nothing is left open', async () => {
  if (!(await has('node-pty'))) return;
  const { PATH } = process.env;
  process.env.PATH = '/absent';
  try {
    for (const spec of ['pty', 'exec-pty:cat']) {
      const error = await rejection(openLine(spec));
      assert.instance(error, LineError);
      assert.match(error.message, /stty/);
    }
  } finally {
    process.env.PATH = PATH;
  }
});

test.run();
