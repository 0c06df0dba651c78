/** 200 KB from the board, every byte looked at. */

import { BAUDS, BYTES, count, cyclesPerByte, program, row, share, table, withLink } from './run';

export const PIECE = 2560;

/** Sends `pieces` of them on port 81 and ends. */
export const uploadBody = (pieces: number): string => `
  const piece = 'abcdefghij'.repeat(${PIECE / 10});
  let left = ${pieces};
  const more = () => { if (left-- > 0) up.write(piece); else up.end(); };
  const up = open(81, more).on('drain', more);`;

/** Counts bytes of the alphabet that uploadBody repeats. */
export class Checker {
  bytes = 0;
  wrong = 0;
  firstMs = 0;

  add(data: Uint8Array, nowMs: number): void {
    this.firstMs = this.firstMs || nowMs;
    data.forEach((byte, i) => (this.wrong += byte === 97 + ((this.bytes + i) % 10) ? 0 : 1));
    this.bytes += data.length;
  }
}

async function upload(baud: number): Promise<void> {
  const checker = new Checker();
  let now = (): number => 0;
  await withLink(
    program(baud, uploadBody(BYTES / PIECE)),
    {},
    (peer) => peer.listen(81, (socket) => socket.on('data', (data: Buffer) => checker.add(data, now()))),
    async ({ device }) => {
      now = () => device.board.ms;
      await device.until(() => checker.bytes >= BYTES, 120000);
      const spentMs = device.board.ms - checker.firstMs;
      row(
        count(baud),
        share(checker.bytes, spentMs, baud),
        cyclesPerByte(checker.bytes, spentMs),
        count(checker.bytes),
        checker.wrong,
      );
    },
  );
}

export async function benchUpload(): Promise<void> {
  table(
    "Upload. MicroPython's raised ENOMEM within 5 KB at every speed.",
    ...['baud', 'share of baud/10', 'cycles a byte', 'bytes', 'of them wrong'],
  );
  for (const baud of BAUDS) {
    await upload(baud);
  }
}
