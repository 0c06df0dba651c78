/**
 * Time for the program's own work. The firmware's loop hands over every byte or two, so that it is always busy, and what
 * it has to spare shows only when a program takes it: slices of computing while 200 KB come in.
 */

import { BYTES, page, program, row, share, stats, table, withLink } from './run';

const BAUD = 115200;
const PERIOD_MS = 40;
const LOADS = [0, 25, 50, 60];

const body = (busyMs: number): string => `
  let bytes = 0, firstMs = 0, slices = 0, worked = 0;
  const work = () => {
    const from = micros();
    while (micros() - from < ${busyMs * 1000});
    slices++;
    worked += micros() - from;
  };
  open(80).on('data', (data) => {
    if (!bytes) {
      firstMs = millis();
      if (${busyMs}) setInterval(work, ${PERIOD_MS});
    }
    bytes += data.length;
    if (bytes >= ${BYTES}) {
      console.log('done', millis() - firstMs, slices, worked);
      ${stats}
    }
  });`;

async function load(percent: number): Promise<void> {
  const bytes = page();
  const busyMs = (PERIOD_MS * percent) / 100;
  await withLink(
    program(BAUD, body(busyMs)),
    {},
    (peer) => peer.listen(80, (socket) => socket.end(bytes)),
    async ({ device, peer }) => {
      const [, doneMs, slices, workedUs] = (await device.expect(/done (\d+) (\d+) (\d+)\n/, 300000)).map(Number);
      const { badFcs } = JSON.parse((await device.expect(/stats (.*})/))[1]) as Record<string, number>;
      row(
        `${percent} % (${busyMs} of ${PERIOD_MS} ms)`,
        share(BYTES, doneMs, BAUD),
        `${(workedUs / doneMs / 10).toFixed(1)} %`,
        slices,
        badFcs,
        peer.host._stack._stats.tcpRetransmits,
      );
    },
  );
}

export async function benchLoad(): Promise<void> {
  table(
    `A program that computes during a download at ${BAUD} baud.`,
    ...['asks for', 'share of baud/10', 'has got of the CPU', 'slices', 'damaged frames', 'segments sent again'],
  );
  for (const percent of LOADS) {
    await load(percent);
  }
}
