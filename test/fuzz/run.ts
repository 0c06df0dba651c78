/**
 * The fuzzer as a program, for as many inputs as there is time:
 *   node --import tsx test/fuzz/run.ts --target lcp --seed 1 --from 0 --count 1000000
 * Targets: framer, lcp, auth, mschap, ipcp, ipv6cp, vj, link, ip, ip6, ethernet, all. It goes by blocks of 1000; one that failed is
 * run again by its `from`. Exits 1 at the first failure.
 */

import { parseArgs } from 'node:util';
import { fuzzEthernetBlock } from './ethernet';
import { BLOCK, fuzzBlock } from './fuzz';
import { TARGETS } from './inputs';
import { fuzzIpBlock } from './ip';
import { fuzzIp6Block } from './ip6';

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'all' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    count: { type: 'string', default: '100000' },
  },
});

const NAMES = [...TARGETS, 'ip', 'ip6', 'ethernet'] as const;
const targets = values.target === 'all' ? NAMES : NAMES.filter((name) => name === values.target);
const [seed, from, count] = [values.seed, values.from, values.count].map(Number);
if (!targets.length || ![seed, from, count].every((number) => Number.isSafeInteger(number) && number >= 0)) {
  console.error(`--target ${[...NAMES, 'all'].join('|')} --seed N --from K --count M`);
  process.exit(2);
}

const MEGABYTE = 1048576;
/** A heap that goes on growing from block to block would be beyond this soon. */
const MOST_HEAP = 400 * MEGABYTE;
const SAY_EVERY_MS = 30000;

const startedMs = performance.now();
let saidMs = startedMs;
let total = 0;
let slowestMs = 0;
let heap = 0;

function run(target: (typeof NAMES)[number]): void {
  const first = Math.floor(from / BLOCK);
  const last = Math.ceil((from + count / targets.length) / BLOCK);
  for (let block = first; block < last; block++) {
    const began = performance.now();
    if (target === 'ip') {
      fuzzIpBlock(seed, block);
    } else if (target === 'ethernet') {
      fuzzEthernetBlock(seed, block);
    } else if (target === 'ip6') {
      fuzzIp6Block(seed, block);
    } else {
      fuzzBlock(target, seed, block);
    }
    total += BLOCK;
    slowestMs = Math.max(slowestMs, performance.now() - began);
    heap = Math.max(heap, process.memoryUsage().heapUsed);
    if (heap > MOST_HEAP) {
      throw new Error(
        `target ${target}, seed ${seed}, block ${block}: the heap has grown to ${Math.round(heap / MEGABYTE)} MB`,
      );
    }
    if (performance.now() - saidMs > SAY_EVERY_MS) {
      saidMs = performance.now();
      say(`${target}, from ${(block + 1) * BLOCK}`);
    }
  }
}

function say(where: string): void {
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `${where}: ${total} inputs in ${seconds.toFixed(0)} s, ${Math.round(total / seconds)}/s, ` +
      `slowest block of ${BLOCK} ${Math.round(slowestMs)} ms, heap at most ${Math.round(heap / MEGABYTE)} MB`,
  );
}

try {
  targets.forEach(run);
  say(`done, seed ${seed}`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
