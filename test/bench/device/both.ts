/** Both ways at once, for ten seconds. */

import { BAUDS, count, program, row, share, stats, table, withLink } from './run';
import { Checker, uploadBody } from './upload';

const SPAN_MS = 10000;
const BODY = `
  let bytes = 0;
  open(80).on('data', (data) => {
    if (!bytes) {
      bytes = data.length;
      setTimeout(() => { console.log('down', bytes); ${stats} }, ${SPAN_MS});
    }
    else bytes += data.length;
  });
  ${uploadBody(10000)}`;

async function both(baud: number): Promise<void> {
  const checker = new Checker();
  await withLink(
    program(baud, BODY),
    {},
    (peer) => {
      peer.listen(80, (socket) => socket.write(new Uint8Array(2 * SPAN_MS * (baud / 10000)).fill(1)));
      peer.listen(81, (socket) => socket.on('data', (data: Buffer) => checker.add(data, 0)));
    },
    async ({ device, peer }) => {
      const [, down] = await device.expect(/down (\d+)\n/, 2 * SPAN_MS);
      const up = checker.bytes;
      const { badFcs, tcpRetransmits } = JSON.parse((await device.expect(/stats (.*})/))[1]) as Record<string, number>;
      const peers = peer.host._stack._stats;
      row(
        count(baud),
        share(Number(down), SPAN_MS, baud),
        share(up, SPAN_MS, baud),
        checker.wrong,
        badFcs,
        `${tcpRetransmits} / ${peers.tcpRetransmits}`,
      );
    },
  );
}

export async function benchBoth(): Promise<void> {
  table(
    'Both ways at once, for ten seconds.',
    ...['baud', 'down: share of baud/10', 'up: share of baud/10', 'wrong bytes', 'damaged frames'],
    'segments sent again: board / peer',
  );
  for (const baud of BAUDS) {
    await both(baud);
  }
}
