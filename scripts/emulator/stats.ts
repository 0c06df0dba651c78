/** What a run has cost, in lines for people. */

import type { Board } from './board';
import { STACK_BYTES } from './death';

const count = (value: number): string => Math.round(value).toLocaleString('en-US');

function heapLines(board: Board): string[] {
  const heap = board.heapFigures;
  if (!heap) {
    return ['heap      not found; --elf tells where it is'];
  }
  const { used, bytes, peak, least } = heap;
  return [
    `heap      ${count(used)} of ${count(bytes)} bytes in use, ${count(peak)} at most, ${count(least)} at least lately`,
  ];
}

function uartLine(board: Board, port: number): string {
  const { baud, rxBytes, rxOverruns, rxIgnored, txBytes, txDropped } = board.uartStats(port);
  const notes = [
    rxOverruns ? `${count(rxOverruns)} overrun` : '',
    rxIgnored ? `${count(rxIgnored)} came while it was closed` : '',
    txDropped ? `${count(txDropped)} written into a full FIFO` : '',
  ].filter((note) => note);
  const lost = notes.length ? `; lost: ${notes.join(', ')}` : '';
  return `uart${port}     ${baud} baud, ${count(rxBytes)} bytes in, ${count(txBytes)} out${lost}`;
}

export function statsText(board: Board, hostMs: number): string {
  const { cycles, instructions, ms, stackBytes, mallocBytes, cacheMisses } = board;
  const lines = [
    `time      ${(ms / 1000).toFixed(3)} s on the board, ${(hostMs / 1000).toFixed(1)} s here`,
    `cycles    ${count(cycles)}, ${count(instructions)} instructions`,
    ...(cacheMisses ? [`flash     ${count(cacheMisses)} cache misses`] : []),
    ...heapLines(board),
    `stack     ${count(stackBytes)} bytes of C stack at the deepest, of ${count(STACK_BYTES)}`,
    mallocBytes === null ? 'malloc    --elf tells' : `malloc    ${count(mallocBytes)} bytes taken`,
    ...[0, 1].filter((port) => board.uartStats(port).baud).map((port) => uartLine(board, port)),
  ];
  return [board.firmwareName, ...lines.map((line) => `  ${line}`)].join('\n');
}
