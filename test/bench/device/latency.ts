/** From the last octet of a segment on the line to the data callback of the program's socket. */

import type { Socket } from '../../../board-targets/node/socket';
import { count, program, row, table, withLink } from './run';
import { onByte, onPin } from './watch';

const BAUD = 115200;
const PIN = 2;
const PAYLOAD = 40;
const ROUNDS = 50;
/** No multiple of any timer's interval. */
const PAUSE_MS = 83.7;
const BODY = `
  pinMode(${PIN}, OUTPUT);
  open(80, () => console.log('open')).on('data', () => { digitalWrite(${PIN}, 1); digitalWrite(${PIN}, 0); });`;

async function latencies(xip: boolean): Promise<number[]> {
  const sockets: Socket[] = [];
  return withLink(
    program(BAUD, BODY),
    { xip },
    (peer) => peer.listen(80, (socket) => sockets.push(socket)),
    async ({ device }) => {
      const { board } = device;
      let byteAt = 0;
      const cycles: number[] = [];
      onByte(board, () => (byteAt = board.cycles));
      onPin(board, PIN, () => cycles.push(board.cycles - byteAt));
      await device.expect(/open\n/);
      for (let round = 0; round < ROUNDS; round++) {
        await device.run(PAUSE_MS);
        sockets[0].setNoDelay().write(new Uint8Array(PAYLOAD).fill(65));
      }
      await device.run(PAUSE_MS);
      return cycles.sort((a, b) => a - b);
    },
  );
}

export async function benchLatency(): Promise<void> {
  table(
    `From the line to the program: a TCP segment of ${PAYLOAD} bytes of data at ${BAUD} baud, from its last octet on the ` +
      "line to the socket's `data` callback. Programs have no UDP.",
    ...['', 'segments', 'median', 'fastest', 'slowest', 'median, cycles'],
  );
  for (const xip of [false, true]) {
    const cycles = await latencies(xip);
    const time = (value: number): string => `${(value / 125000).toFixed(2)} ms`;
    const median = cycles[cycles.length >> 1];
    row(
      xip ? 'xip' : 'ideal',
      cycles.length,
      time(median),
      time(cycles[0]),
      time(cycles[cycles.length - 1]),
      count(median),
    );
  }
}
