/** Transfers on the real firmware, in the board's own time: exact, and the same in every run. */

import { Device, hasFirmware } from '../device/device';
import { Peer } from '../device/peer';

const PAGE = 204800;
const BAUDS = [115200, 230400, 460800];

const program = (baud: number, body: string): string => `
const { UART, PPP } = require('micronic');
const ppp = new PPP(new UART(0, { baudrate: ${baud}, tx: 0, rx: 1 }));
const startedMs = millis();
ppp.connect(() => {
  console.log('up', millis() - startedMs);
  const socket = new (require('net').Socket)();
  ${body}
});`;

const DOWNLOAD = `
  let bytes = 0, firstMs = 0;
  socket.on('data', (data) => {
    firstMs = firstMs || millis();
    bytes += data.length;
    if (bytes >= ${PAGE}) console.log('done', millis() - firstMs);
  });
  socket.connect({ host: '192.168.64.1', port: 80 });`;

const UPLOAD = `
  const piece = 'abcdefghij'.repeat(256);
  let left = ${PAGE / 2560};
  const more = () => { if (left-- > 0) socket.write(piece); else socket.end(); };
  socket.on('drain', more);
  socket.connect({ host: '192.168.64.1', port: 80 }, more);`;

const share = (bytes: number, ms: number, baud: number): string => ((bytes * 1000) / ms / (baud / 10)).toFixed(3);

async function download(baud: number): Promise<string> {
  const device = new Device(program(baud, DOWNLOAD));
  const page = new Uint8Array(PAGE).map((_, i) => (i * 7) & 255);
  new Peer(device.board).listen(80, (socket) => socket.end(page));
  const connectMs = (await device.expect(/up (\d+)/))[1];
  const [, doneMs] = await device.expect(/done (\d+)/, 120000);
  const { stackBytes, heapFigures } = device.board;
  device.close();
  return (
    `${share(PAGE, Number(doneMs), baud)} of baud/10, ${((Number(doneMs) * 125000) / PAGE).toFixed(0)} cycles a byte ` +
    `in all; connect ${connectMs} ms, heap at least ${heapFigures?.least} B, C stack ${stackBytes} B`
  );
}

async function upload(baud: number): Promise<string> {
  const device = new Device(program(baud, UPLOAD));
  let bytes = 0;
  let wrong = 0;
  let firstMs = 0;
  new Peer(device.board).listen(80, (socket) => {
    socket.on('data', (data: Buffer) => {
      firstMs = firstMs || device.board.ms;
      data.forEach((byte, i) => (wrong += byte === 97 + ((bytes + i) % 10) ? 0 : 1));
      bytes += data.length;
    });
  });
  await device.until(() => bytes >= PAGE, 120000);
  const spentMs = device.board.ms - firstMs;
  device.close();
  return `${share(bytes, spentMs, baud)} of baud/10, ${bytes} bytes, ${wrong} wrong`;
}

export async function benchDevice(): Promise<void> {
  console.log(`on the emulated Pico, ${PAGE} bytes through net, no flash cache misses counted:`);
  if (!hasFirmware()) {
    return;
  }
  for (const baud of BAUDS) {
    console.log(`  download at ${baud}: ${await download(baud)}`);
  }
  console.log(`  upload at ${BAUDS[0]}: ${await upload(BAUDS[0])}`);
}
