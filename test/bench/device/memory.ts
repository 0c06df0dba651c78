/** What is taken of the heap and of the C stack. */

import { count, program, row, table, withLink } from './run';

const BODY = `
  const socket = open(80, () => socket.write('x'));
  socket.on('data', () => console.log('open'));`;

export async function benchMemory(): Promise<void> {
  table(
    'Memory, with the link up and one TCP connection that has carried a byte each way.',
    ...[
      'heap after a garbage collection',
      'of',
      'highest in parsing and start',
      'highest',
      'C stack',
      'taken by malloc',
    ],
  );
  await withLink(
    program(115200, BODY),
    {},
    (peer) => peer.listen(80, (socket) => socket.on('data', (data) => socket.write(data))),
    async ({ device }) => {
      const { board } = device;
      const parsed = board.heapFigures?.peak ?? 0;
      await device.expect(/open\n/);
      await device.run(2000);
      await device.type('.gc');
      const heap = board.heapFigures;
      const malloc = board.mallocBytes;
      row(
        ...[heap?.used ?? 0, heap?.bytes ?? 0, parsed, heap?.peak ?? 0, board.stackBytes].map(
          (bytes) => `${count(bytes)} B`,
        ),
        malloc === null ? 'KALUMA_ELF tells' : `${count(malloc)} B`,
      );
    },
  );
}
