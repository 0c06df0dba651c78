/** A line over a serial device, by the optional package serialport. */

import { Duplex } from 'node:stream';
import { LineError } from './error';
import { loadOptional } from './optional';
import { WrappedStream } from './wrap';

/** What is used of serialport's SerialPort. */
interface SerialPort extends Duplex {
  readonly isOpen: boolean;
  open(callback: (error: Error | null) => void): void;
  close(callback: (error: Error | null) => void): void;
}

interface SerialPortPackage {
  SerialPort: new (options: { path: string; baudRate: number; autoOpen: boolean }) => SerialPort;
}

/** SerialPort's own destroy() leaves the device open, and its `close` may carry an error. */
class SerialStream extends WrappedStream {
  constructor(
    private readonly port: SerialPort,
    path: string,
  ) {
    super(port);
    port.on('close', (error?: Error) => {
      if (error) this.destroy(new LineError(`${path}: the device has gone; plug it in and open it again`));
    });
  }

  protected override closeInner(): Promise<void> {
    if (!this.port.isOpen) return Promise.resolve();
    return new Promise((resolve, reject) => this.port.close((error) => (error ? reject(error) : resolve())));
  }
}

/** serialport tells errors apart by their text only. */
function openError(path: string, error: Error): LineError {
  const text = error.message;
  let cause = text;
  if (/no such file|file not found/i.test(text)) cause = 'there is no such device; check the path and the cable';
  else if (/permission|access/i.test(text)) cause = 'permission denied; on Linux, join the group that owns the device';
  else if (/lock|busy/i.test(text)) cause = 'another program has it open; close that one';
  return new LineError(`${path}: ${cause}`, { cause: error });
}

/**
 * Opens a serial device: 8N1, no flow control.
 * @throws LineError when the device or the package is missing
 */
export async function serialLine(path: string, baud: number): Promise<Duplex> {
  const { SerialPort } = await loadOptional<SerialPortPackage>('serialport', 'a serial device');
  const port = new SerialPort({ path, baudRate: baud, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(openError(path, error)) : resolve()));
  });
  return new SerialStream(port, path);
}
