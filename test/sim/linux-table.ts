/**
 * The table of goodput.snap.txt with Linux at the other end, in real time: what Linux sends over a paced line to rings of
 * several sizes, by loss and round trip. Root on Linux.
 *
 *     node --import tsx test/sim/linux-table.ts [--rtt 20,100,400]
 */

import { parseArgs } from 'node:util';
import { Peer, cleanUp, downloadSeconds, why } from '../helpers/linux';

const SIZE = 50_000;
const BAUD = 115_200;
const RINGS = [2920, 4380, 8760, 16384];
const LOSSES = [0, 0.01, 0.02, 0.05];
const { values } = parseArgs({ options: { rtt: { type: 'string', default: '20,100,400' } } });

/** The share of the line that is payload, while Linux sends. */
async function share(ring: number, rttMs: number, loss: number): Promise<number> {
  const peer = await Peer.open({
    loss,
    seed: 5,
    pace: BAUD,
    delayMs: rttMs / 2,
    bounds: { _tcpWindow: ring, _tcpSendRing: ring, _outOfOrder: ring, _tcpSockets: 6 },
  });
  const seconds = await downloadSeconds(peer, SIZE, 120);
  await peer.close();
  return (SIZE * 10) / BAUD / seconds;
}

if (why) {
  console.log(`SKIP: ${why}`);
  process.exit(0);
}

console.log(`${SIZE / 1000} kB from Linux at ${BAUD} baud: the share of baud/10 that is payload, with SACK`);
for (const rtt of values.rtt.split(',').map(Number)) {
  console.log(`\nround trip ${rtt} ms\n  ring ${LOSSES.map((loss) => `${loss * 100} %`.padStart(8)).join('')}`);
  for (const ring of RINGS) {
    const row: string[] = [];
    for (const loss of LOSSES) row.push((await share(ring, rtt, loss)).toFixed(2).padStart(8));
    console.log(`${String(ring).padStart(6)} ${row.join('')}`);
  }
}
cleanUp();
process.exit(0);
