/** From a modem's CONNECT to an address, with CHAP. */

import type { Board } from '../../../scripts/emulator/board';
import { Device } from '../../device/device';
import { Modem } from '../../helpers/modem';
import { row, table } from './run';
import { onByte, onPin } from './watch';

const BAUD = 115200;
const PIN = 2;
const PROGRAM = `
const { UART, PPP } = require('micronic');
pinMode(${PIN}, OUTPUT);
const uart = new UART(0, { baudrate: ${BAUD}, tx: 0, rx: 1 });
const ppp = new PPP(uart);
ppp.on('connected', () => { digitalWrite(${PIN}, 1); console.log('connected'); });
let text = '';
uart.irq(() => {
  text += String.fromCharCode.apply(null, uart.read());
  if (/CONNECT[^]*\\n/.test(text)) {
    uart.irq(null);
    ppp.connect({ security: PPP.SEC_CHAP, user: 'me', key: 'secret' });
  }
}, uart.IRQ_RXIDLE);
uart.write('ATE0\\r');
setTimeout(() => uart.write('ATD*99#\\r'), 50);`;

/** When the last octet of the line CONNECT has come. */
function onConnectText(board: Board, seen: (ms: number) => void): void {
  let text = '';
  onByte(board, (byte) => {
    text = (text + String.fromCharCode(byte)).slice(-40);
    if (/CONNECT[^\n]*\n$/.test(text)) {
      seen(board.ms);
    }
  });
}

async function connect(xip: boolean): Promise<number> {
  const gateway = { auth: 'chap', user: 'me', key: 'secret' } as const;
  const device = new Device(PROGRAM, { gateway, xip });
  const { board } = device;
  let textMs = 0;
  let upMs = 0;
  onConnectText(board, (ms) => (textMs = ms));
  onPin(board, PIN, () => (upMs = board.ms));
  new Modem(board.ports[0], { gateway: device.gateway });
  await device.expect(/connected\n/);
  device.close();
  return upMs - textMs;
}

export async function benchConnect(): Promise<void> {
  table(`Connect with CHAP at ${BAUD} baud.`, "from the end of CONNECT to 'connected'", 'xip');
  row(`${(await connect(false)).toFixed(1)} ms`, `${(await connect(true)).toFixed(1)} ms`);
}
