/**
 * The line of the table with Linux at its other end, in real time: what Linux sends to the bounds of a board over a paced
 * line, clean, with one segment lost, and with some lost at random; without and with SACK. Root on Linux.
 *
 *     node --import tsx test/sim/linux.ts [--baud 115200]
 */

import { parseArgs } from 'node:util';
import { Peer, cleanUp, downloadSeconds, why, type PeerOptions } from '../helpers/linux';

const SIZE = 50_000;
const { values } = parseArgs({ options: { baud: { type: 'string', default: '115200' } } });
const baud = Number(values.baud);
const BOARD = { _tcpWindow: 4380, _tcpSendRing: 4380, _outOfOrder: 2920, _tcpSockets: 6 };

/** Whether a packet of TCP carries more than a few octets. */
function isLarge(packet: Uint8Array): boolean {
  return packet[9] === 6 && packet.length > 500;
}

function losing(which: number[]): PeerOptions {
  let seen = 0;
  return {
    fate: (direction, packet) =>
      direction === 'received' && isLarge(packet) && which.includes(++seen) ? 'lose' : undefined,
  };
}

/** Seconds from the SYN to the end of what Linux sends. */
async function download(ills: PeerOptions, sack: boolean): Promise<number> {
  const peer = await Peer.open({
    ...ills,
    pace: baud,
    bounds: BOARD,
    prepare: ({ host }) => {
      if (!sack) {
        host._stack._tcpOptions = host._stack._segment = undefined;
      }
    },
  });
  const seconds = await downloadSeconds(peer, SIZE, 100);
  await peer.close();
  return seconds;
}

if (why) {
  console.log(`SKIP: ${why}`);
  process.exit(0);
}

const CASES: [string, () => PeerOptions][] = [
  ['clean', () => ({})],
  ['the 10th segment lost', () => losing([10])],
  ['the 10th and 11th lost', () => losing([10, 11])],
  ['the 10th, 18th and 26th lost', () => losing([10, 18, 26])],
  ['2 % lost', () => ({ loss: 0.02, seed: 3 })],
  ['5 % lost', () => ({ loss: 0.05, seed: 3 })],
];
console.log(`${SIZE / 1000} kB from Linux at ${baud} baud to a window of three segments, seconds (median of 3)`);
console.log(`${''.padEnd(32)}without SACK   with SACK`);
for (const [name, ills] of CASES) {
  const row: string[] = [];
  for (const sack of [false, true]) {
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      times.push(await download(ills(), sack));
    }
    row.push(
      times
        .sort((a, b) => a - b)[1]
        .toFixed(2)
        .padStart(12),
    );
  }
  console.log(`${name.padEnd(32)}${row.join('')}`);
}
cleanUp();
