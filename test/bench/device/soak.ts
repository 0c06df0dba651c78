/** The whole of test/device/soak-*.test.ts: half an hour. */

import { type Soak, soakLinks, soakSockets } from '../../device/soak';
import { count, row, table } from './run';

const LINKS = 1000;
const SOCKETS = 5000;

const soakRow = (name: string, soak: Soak): void =>
  row(
    `${count(soak.count)} ${name}`,
    soak.failures,
    `${soak.eachMs.toFixed(0)} ms`,
    ...[soak.heapBefore, soak.heapAfter].map((bytes) => `${count(bytes)} B`),
    soak.peerSockets,
  );

export async function benchSoak(): Promise<void> {
  table(
    'One after the other, at 921,600 baud; the heap after a garbage collection.',
    ...['', 'failed', 'each', 'heap, warmed up', 'heap, at the end', 'left open at the peer'],
  );
  soakRow('links', await soakLinks(LINKS));
  soakRow('sockets, the board closes first', await soakSockets('board', SOCKETS));
  soakRow('sockets, the peer closes first', await soakSockets('peer', SOCKETS));
}
