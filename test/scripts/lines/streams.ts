/** What the tests of lines share. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Duplex, Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { mulberry32 } from '../../../scripts/lines/corrupt';

/** All 256 byte values, in an order in which CR, LF, XON, ^C and their like have neighbours of every kind. */
export const EVERY_BYTE = Buffer.from(Array.from({ length: 512 }, (_, i) => (i < 256 ? i : (i * 167) & 255)));

export function randomBytes(lenBytes: number, seed = 7): Buffer {
  const random = mulberry32(seed);
  return Buffer.from(Array.from({ length: lenBytes }, () => Math.floor(random() * 256)));
}

/** Resolves at the first of these events. */
function anyOf(stream: Readable, events: string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
}

/** Reads exactly `lenBytes`; what came with them beyond that is put back. Rejects when the stream ends before. */
export async function readExactly(stream: Readable, lenBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let haveBytes = 0;
  while (haveBytes < lenBytes) {
    const chunk: Buffer | null = stream.read();
    if (chunk) {
      chunks.push(chunk);
      haveBytes += chunk.length;
    } else {
      if (stream.readableEnded || stream.destroyed) throw new Error(`ended after ${haveBytes} of ${lenBytes} bytes`);
      await anyOf(stream, ['readable', 'end', 'close', 'error']);
    }
  }
  const all = Buffer.concat(chunks);
  if (haveBytes > lenBytes) stream.unshift(all.subarray(lenBytes));
  return all.subarray(0, lenBytes);
}

export async function readToEnd(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => chunks.push(bytes));
  await once(stream, 'end');
  return Buffer.concat(chunks);
}

/** Writes in pieces of `pieceBytes` and waits for `drain` when told to; returns how often that was. */
export async function writeAll(stream: Writable, bytes: Buffer, pieceBytes = 1000): Promise<number> {
  let waits = 0;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (!stream.write(bytes.subarray(at, at + pieceBytes))) {
      waits++;
      await once(stream, 'drain');
    }
  }
  return waits;
}

/** Both streams get what was written to the other. */
export async function exchange(a: Duplex, b: Duplex, bytes: Buffer): Promise<[Buffer, Buffer]> {
  const [atA, atB] = await Promise.all([
    readExactly(a, bytes.length),
    readExactly(b, bytes.length),
    writeAll(a, bytes),
    writeAll(b, bytes),
  ]);
  return [atA, atB];
}

export async function until(condition: () => boolean, limitMs = 5000): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`not so within ${limitMs} ms: ${condition}`);
    await sleep(5);
  }
}

/** Resolves with what the promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was not rejected');
}

/** Whether a process runs; a zombie, which in a container may wait long to be collected, does not. */
export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
