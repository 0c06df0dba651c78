/** The codecs and the framer on this computer. What they cost on a board is another matter: see device.ts. */

import { sum16 } from '../../modules/wire/checksum';
import { fcs16 } from '../../modules/wire/fcs';
import { escapeInto, unescapeDown } from '../../modules/wire/hdlc';
import { createEncoder, encodeFrame } from '../../modules/ppp/encoder';
import { createFramer, framerInput, framerReset } from '../../modules/ppp/framer';
import { seededRandom } from '../helpers/clock';

const SIZE = 1500;
const RUN_MS = 300;

/** Results go somewhere, or the engine leaves the work out. */
export let sink = 0;

/** Repeats f for RUN_MS; each call handles SIZE bytes. */
function megabytesPerSecond(f: () => number): string {
  const startedMs = performance.now();
  let calls = 0;
  do {
    for (let i = 0; i < 50; i++) {
      sink ^= f();
    }
    calls += 50;
  } while (performance.now() - startedMs < RUN_MS);
  return ((calls * SIZE) / 1000 / (performance.now() - startedMs)).toFixed(0);
}

export function benchHost(): void {
  const random = seededRandom(1);
  const packet = Uint8Array.from({ length: SIZE }, () => random() * 256);
  const stuffed = new Uint8Array(2 * SIZE);
  const end = escapeInto(stuffed, 0, packet, 0, SIZE, 0);
  const work = new Uint8Array(2 * SIZE);
  let frame: Uint8Array = new Uint8Array(0);
  const encoder = createEncoder({ _write: (bytes) => (frame = bytes) }, { txBytes: 0 }, SIZE);
  encoder._accm = 0; // As agreed on a link that is up.
  encodeFrame(encoder, false, 0x21, packet, 0, SIZE, 0);
  const framer = createFramer(8192, () => {});
  framerReset(framer);
  framerInput(framer, Uint8Array.of(0x7e), 1);
  framer._accm = 0;
  const rows: [string, () => number][] = [
    ['FCS-16', () => fcs16(0xffff, packet, 0, SIZE)],
    ['Internet checksum', () => sum16(packet, 0, SIZE, 0)],
    ['escape', () => escapeInto(work, 0, packet, 0, SIZE, 0)],
    [
      'copy and unescape',
      () => {
        work.set(stuffed);
        return unescapeDown(work, 0, 0, end);
      },
    ],
    [
      'framer, whole',
      () => {
        framerInput(framer, frame, frame.length);
        return framer._stats.rxFrames;
      },
    ],
  ];
  console.log(`on this computer, ${SIZE} random bytes at a time:`);
  rows.forEach(([name, f]) => console.log(`  ${name.padEnd(20)} ${megabytesPerSecond(f).padStart(6)} MB/s`));
  if (framer._stats.badFcs) {
    throw new Error('the framer does not take its own frames');
  }
}
