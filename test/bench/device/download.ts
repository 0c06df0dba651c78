/** 200 KB to the board; what MicroPython does with the same stands beside it. */

import { BAUDS, BYTES, count, cyclesPerByte, page, program, row, share, table, withLink } from './run';

const BODY = `
  let bytes = 0, firstMs = 0;
  open(80).on('data', (data) => {
    firstMs = firstMs || millis();
    bytes += data.length;
    if (bytes >= ${BYTES}) console.log('done', millis() - firstMs);
  });`;

/** MicroPython 1.28 on the same emulated chip, lwIP in C, GET of 200 kB: share, connect in ms, CPU busy. */
const MICROPYTHON: Record<number, string[]> = {
  115200: ['0.899', '39.4', '8.2 %'],
  230400: ['0.875', '24.5', '12.9 %'],
  460800: ['0.823', '17.6', '21.7 %'],
  921600: ['0.737', '12.6', '36.3 %'],
};

interface Download {
  connectMs: number;
  doneMs: number;
  stackBytes: number;
}

function download(baud: number, xip: boolean): Promise<Download> {
  const bytes = page();
  return withLink(
    program(baud, BODY),
    { xip },
    (peer) => peer.listen(80, (socket) => socket.end(bytes)),
    async ({ device, connectMs }) => {
      const [, doneMs] = await device.expect(/done (\d+)\n/, 120000);
      return { connectMs, doneMs: Number(doneMs), stackBytes: device.board.stackBytes };
    },
  );
}

export async function benchDownload(): Promise<void> {
  table(
    'Download. `xip`: with misses of the flash cache estimated. On the right MicroPython 1.28.',
    ...['baud', 'share of baud/10', 'cycles a byte', 'connect', 'C stack', 'xip: share', 'xip: cycles a byte'],
    ...['MicroPython: share', 'connect', 'CPU busy'],
  );
  for (const baud of BAUDS) {
    const ideal = await download(baud, false);
    const xip = await download(baud, true);
    const [theirShare, theirConnect, theirBusy] = MICROPYTHON[baud];
    row(
      count(baud),
      share(BYTES, ideal.doneMs, baud),
      cyclesPerByte(BYTES, ideal.doneMs),
      `${ideal.connectMs} ms`,
      `${count(ideal.stackBytes)} B`,
      share(BYTES, xip.doneMs, baud),
      cyclesPerByte(BYTES, xip.doneMs),
      theirShare,
      `${theirConnect} ms`,
      theirBusy,
    );
  }
}
