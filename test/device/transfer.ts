/** Programs that move bytes over a link, and a page whose every byte counts. */

import { sequence } from './device';

/** `ppp` at UART 0, connected before the body runs; the body has `socket`, and `seen(data)` sums up what comes. */
export const linkProgram = (baud: number, body: string): string => `
const { UART, PPP } = require('micronic');
const ppp = new PPP(new UART(0, { baudrate: ${baud}, tx: 0, rx: 1 }));
ppp.on('error', (e) => console.log('failed', e.phase, e.reason));
let count = 0, sum = 0;
function seen(data) {
  let s = sum;
  for (let i = 0, n = data.length; i < n; i++) s = (s * 31 + data[i]) % 65521;
  sum = s;
  count += data.length;
}
const stats = () => console.log('stats', JSON.stringify(ppp.status('stats')));
ppp.connect((error) => {
  if (error) return;
  console.log('connected');
  const socket = new (require('net').Socket)();
  socket.on('error', (e) => console.log('failed', e.message));
  ${body}
});`;

export const DOWNLOAD = `
  socket.on('data', seen);
  socket.on('end', () => { console.log('got', count, sum); stats(); socket.end(); });
  socket.connect({ host: '192.168.64.1', port: 80 });`;

/** As the program sums up, in numbers that its engine keeps out of the heap. */
export function digest(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) {
    sum = (sum * 31 + byte) % 65521;
  }
  return sum;
}

export function randomPage(bytes: number): Uint8Array {
  const random = sequence(3);
  return Uint8Array.from({ length: bytes }, () => random());
}

/** What `stats` has shown. */
export const statsOf = (match: RegExpExecArray): Record<string, number> =>
  JSON.parse(match[1]) as Record<string, number>;
