import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openLine } from '../../../scripts/lines/open';
import { EVERY_BYTE, processLives, randomBytes, readExactly, readToEnd, until, writeAll } from './streams';

test('bytes go through a child, unchanged, as fast as they are read', async () => {
  const line = await openLine('exec:cat');
  assert.is(line.name, 'exec:cat');
  const sent = Buffer.concat([EVERY_BYTE, randomBytes(300_000)]);
  const writing = writeAll(line.stream, sent);
  assert.ok((await readExactly(line.stream, sent.length)).equals(sent));
  assert.ok((await writing) > 0, 'more than pipes hold: the writer had to wait');
  await line.close();
});

test('the end of our writing is the end of its input, and its answer still comes', async () => {
  const line = await openLine('exec:wc -c');
  const heard = readToEnd(line.stream);
  line.stream.end(Buffer.alloc(12345));
  assert.is((await heard).toString().trim(), '12345');
  await line.close();
});

test('a child that ends is the end of the line; what is written then is lost', async () => {
  const line = await openLine('exec:echo done');
  await once(line.stream, 'readable');
  line.stream.write(Buffer.alloc(200_000)); // into a pipe that nobody reads
  assert.is((await readToEnd(line.stream)).toString(), 'done\n');
  await line.close();
});

/** The first line that the command prints: process ids. */
async function readPids(stream: Readable): Promise<number[]> {
  let text = '';
  while (!text.endsWith('\n')) text += await readExactly(stream, 1);
  return text.trim().split(' ').map(Number);
}

test('close() ends all that the command started', async () => {
  const line = await openLine('exec:sleep 60 & echo $! $$; wait');
  const pids = await readPids(line.stream);
  assert.equal(pids.map(processLives), [true, true]);
  await line.close();
  await until(() => !pids.some(processLives));
});

test('one that ignores SIGTERM is killed after two seconds', async () => {
  const line = await openLine(`exec:trap '' TERM; sleep 60 & echo $! $$; wait`);
  const pids = await readPids(line.stream);
  const sinceMs = performance.now();
  line.stream.destroy(); // the same as close()
  await once(line.stream, 'close');
  assert.ok(performance.now() - sinceMs >= 1990);
  await until(() => !pids.some(processLives));
});

test('what a command left in the background is ended too', async () => {
  const line = await openLine('exec:sleep 60 >/dev/null & echo $! $$');
  const pids = await readPids(line.stream);
  await until(() => !processLives(pids[1]));
  assert.ok(processLives(pids[0]));
  await line.close();
  await until(() => !processLives(pids[0]));
});

test.run();
