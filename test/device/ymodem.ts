/** A file over the console's YMODEM, as Kaluma's command line sends it: packets of 1 KB, an empty one at the end. */

import type { Device } from './device';

const BYTES = 1024;
const STX = 2;
const EOT = 4;
const ACK = '\x06';
const LIMIT_MS = 20000;

function crc16(data: Uint8Array): number {
  let crc = 0;
  for (const byte of data) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
    }
  }
  return crc;
}

function packet(number: number, payload: Buffer, fill: number): Buffer {
  const made = Buffer.alloc(3 + BYTES + 2, fill);
  made.set([STX, number & 0xff, ~number & 0xff]);
  payload.copy(made, 3);
  made.writeUInt16BE(crc16(made.subarray(3, 3 + BYTES)), 3 + BYTES);
  return made;
}

/** What `kaluma write` and `kaluma flash` do: `.flash -w`, the file, `.load`. */
export async function flashByYmodem(device: Device, program: string): Promise<void> {
  const { board } = device;
  let heard = '';
  const listen = (text: string): void => void (heard += text);
  board.on('console', listen);
  const send = async (bytes: Buffer, answer: string): Promise<void> => {
    heard = '';
    // The console takes bytes as well as text.
    board.type(bytes as unknown as string);
    if (!(await device.until(() => heard.includes(answer), LIMIT_MS))) {
      throw new Error(`no answer to packet of ${bytes.length} bytes, but ${JSON.stringify(heard)}`);
    }
  };
  const source = Buffer.from(program);
  await send(Buffer.from('\r.flash -w\r'), 'C');
  await send(packet(0, Buffer.from(`usercode\0${source.length} `), 0), `${ACK}C`);
  for (let at = 0; at < source.length; at += BYTES) {
    await send(packet(at / BYTES + 1, source.subarray(at, at + BYTES), 0xff), ACK);
  }
  await send(Buffer.from([EOT]), ACK);
  await send(packet(0, Buffer.alloc(0), 0), ACK);
  await device.expect(/Done\n/);
  board.off('console', listen);
  await device.type('\r.load');
}
