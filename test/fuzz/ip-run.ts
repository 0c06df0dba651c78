/**
 * The fuzzer of the IP door as a program, for as many inputs as there is time:
 *   node --import tsx test/fuzz/ip-run.ts --seed 1 --from 0 --count 1000000
 * It goes by blocks of 1000; one that failed is run again by its `from`. Exits 1 at the first failure.
 */

import { parseArgs } from 'node:util';
import { IP_BLOCK, fuzzIpBlock } from './ip';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    count: { type: 'string', default: '100000' },
  },
});
const [seed, from, count] = [values.seed, values.from, values.count].map(Number);
if (![seed, from, count].every((number) => Number.isSafeInteger(number) && number >= 0)) {
  console.error('--seed N --from K --count M');
  process.exit(2);
}

const MEGABYTE = 1048576;
/** A heap that goes on growing from block to block would be beyond this soon. */
const MOST_HEAP = 400 * MEGABYTE;
const SAY_EVERY_MS = 30000;

const startedMs = performance.now();
let saidMs = startedMs;
let slowestMs = 0;
let heap = 0;
let total = 0;

function say(where: string): void {
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `${where}: ${total} inputs in ${seconds.toFixed(0)} s, ${Math.round(total / seconds)}/s, ` +
      `slowest block of ${IP_BLOCK} ${Math.round(slowestMs)} ms, heap at most ${Math.round(heap / MEGABYTE)} MB`,
  );
}

try {
  const last = Math.ceil((from + count) / IP_BLOCK);
  for (let block = Math.floor(from / IP_BLOCK); block < last; block++) {
    const began = performance.now();
    fuzzIpBlock(seed, block);
    total += IP_BLOCK;
    slowestMs = Math.max(slowestMs, performance.now() - began);
    heap = Math.max(heap, process.memoryUsage().heapUsed);
    if (heap > MOST_HEAP) {
      throw new Error(`seed ${seed}, block ${block}: the heap has grown to ${Math.round(heap / MEGABYTE)} MB`);
    }
    if (performance.now() - saidMs > SAY_EVERY_MS) {
      saidMs = performance.now();
      say(`ip, from ${(block + 1) * IP_BLOCK}`);
    }
  }
  say(`done, seed ${seed}`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
