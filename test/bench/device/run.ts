/** One program on one board, its peer, and what is measured on them. */

import type { BoardOptions } from '../../../scripts/emulator/board';
import { Device } from '../../device/device';
import { boardPeer } from '../../device/peer';
import type { Peer } from '../../helpers/peer';

export const BAUDS = [115200, 230400, 460800, 921600];
export const BYTES = 204800;
const CYCLES_PER_MS = 125000;

/** One octet of 128 has to be escaped. */
export const page = (): Uint8Array => new Uint8Array(BYTES).map((_, i) => (i * 7) & 255);

/** `ppp`, connected before the body runs; `open()` gives a socket. */
export const program = (baud: number, body: string): string => `
const { UART, PPP } = require('micronic');
const net = require('net');
const ppp = new PPP(new UART(0, { baudrate: ${baud}, tx: 0, rx: 1 }));
const open = (port, then) => {
  const socket = new net.Socket();
  return socket.connect({ host: '192.168.64.1', port: port }, then);
};
const startedMs = millis();
ppp.connect(() => {
  console.log('up', millis() - startedMs);
  ${body}
});`;

export const stats = `console.log('stats', JSON.stringify(ppp.status('stats')));`;

export interface Run {
  device: Device;
  peer: Peer;
  connectMs: number;
}

/** Runs a program until its link is up, and then the rest. */
export async function withLink<T>(
  source: string,
  options: Pick<BoardOptions, 'xip'>,
  prepare: (peer: Peer) => void,
  measure: (run: Run) => Promise<T>,
): Promise<T> {
  const device = new Device(source, options);
  try {
    const peer = boardPeer(device.board);
    prepare(peer);
    const [, connectMs] = await device.expect(/up (\d+)\n/);
    return await measure({ device, peer, connectMs: Number(connectMs) });
  } finally {
    device.close();
  }
}

export const share = (bytes: number, ms: number, baud: number): string =>
  ((bytes * 1000) / ms / (baud / 10)).toFixed(3);

export const cyclesPerByte = (bytes: number, ms: number): string => count((ms * CYCLES_PER_MS) / bytes);

export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** A piece of a Markdown table, printed as soon as it is known: the whole takes a while. */
export function row(...cells: (string | number)[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

export function table(title: string, ...heads: string[]): void {
  console.log(`\n${title}\n`);
  row(...heads);
  console.log(`|${heads.map(() => '---').join('|')}|`);
}
