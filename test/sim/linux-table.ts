/**
 * The table of goodput.snap.txt with Linux at the other end, in real time: what Linux sends over a paced line to rings of
 * several sizes, by loss and round trip. Root on Linux.
 *
 *     node --import tsx test/sim/linux-table.ts [--rtt 20,100,400]
 */

import { parseArgs } from 'node:util';
import * as assert from 'uvu/assert';
import { tcpConnect } from '../../modules/inet/tcp';
import { End, LINUX, Peer, cleanUp, linux, nextPort, why, within } from '../helpers/linux';
import { addressNumber } from '../helpers/packets';

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
  const port = nextPort();
  const server = linux('serve', port, 'exchange', SIZE);
  await new Promise<void>((resolve) => server.stdout!.once('data', () => resolve()));
  const end = new End(peer, 'silent', SIZE);
  const began = performance.now();
  assert.type(tcpConnect(peer.stack, addressNumber(LINUX), port, end, peer.now()), 'object');
  peer.rearm();
  await within(end.closed, 120);
  const seconds = (performance.now() - began) / 1000;
  assert.is(end.got, SIZE);
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
