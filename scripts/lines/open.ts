/** Lines: byte streams to the other end of something like a serial line. */

import type { Duplex } from 'node:stream';
import { type CorruptOptions, corrupted } from './corrupt';
import { lineError, requirePositive } from './error';
import { execLine } from './exec';
import { type ListenOptions, connectTo, listenAt } from './net';
import { paced } from './pace';
import { execPtyLine, ptyLine } from './pty';
import { serialLine } from './serial';
import { type LineSpec, parseLineSpec } from './spec';
import { tunLine } from './tun';
import { destroyed } from './wrap';

export { LineError } from './error';

const DEFAULT_BAUD = 115200;

export interface LineOptions extends ListenOptions {
  /** Of a serial device, bits per second; other lines do not look at it. Default 115200. */
  baud?: number;
  /** Slow the line down to this many bits per second. */
  pace?: number;
  /** Propagation delay each way, ms; only together with `pace`. */
  delayMs?: number;
  /** Damage bytes on the way. */
  corrupt?: CorruptOptions;
}

export interface Line {
  /** `end` tells that the other end has finished or gone; then close() the line. */
  stream: Duplex;
  /** For people: tcp:127.0.0.1:4000, exec:cat, /dev/ttyUSB0; for a pty the path that others open. */
  name: string;
  /** Frees everything, and drops what was not sent yet. Resolves when all is closed and a child has ended. */
  close(): Promise<void>;
}

/**
 * Opens the line that `spec` names:
 *
 * - `tcp:HOST:PORT`, `unix:PATH` connect; `tcp-listen:[HOST:]PORT` (127.0.0.1 by default; port 0 takes a free one) and
 *   `unix-listen:PATH` report by `onWaiting` and resolve when a peer has come, the only one to be let in;
 * - `exec:COMMAND` and `exec-pty:COMMAND` run a command, on pipes or on a raw terminal of its own;
 * - `pty` makes a raw pseudo terminal, whose path is the line's name;
 * - `tun:NAME` and `tun:NAMESPACE/NAME` are packets, back to back, to a TUN device of Linux: no bytes of PPP;
 * - anything like a path is a serial device, opened at `baud`.
 *
 * @throws LineError (as a rejection) when the spec or an option is wrong, or the line cannot be opened
 */
export async function openLine(spec: string, options: LineOptions = {}): Promise<Line> {
  const { baud = DEFAULT_BAUD, pace } = options;
  const parsed = parseLineSpec(spec);
  requirePositive('baud', baud);
  if (pace !== undefined) requirePositive('pace', pace);

  try {
    const { stream: raw, name } = await openRaw(spec, parsed, baud, options);
    const stream = await wrapOrClose(raw, options);
    return { stream, name, close: () => destroyed(stream) };
  } catch (error) {
    throw lineError(spec, error);
  }
}

async function wrapOrClose(raw: Duplex, { pace, delayMs, corrupt }: LineOptions): Promise<Duplex> {
  let stream = raw;
  try {
    if (pace !== undefined) stream = paced(stream, pace, { delayMs });
    if (corrupt) stream = corrupted(stream, corrupt);
    return stream;
  } catch (error) {
    await destroyed(stream);
    throw error;
  }
}

async function openRaw(
  specName: string,
  spec: LineSpec,
  baud: number,
  options: ListenOptions,
): Promise<{ stream: Duplex; name: string }> {
  switch (spec.kind) {
    case 'tcp':
    case 'unix': {
      const { socket, name } = await connectTo(spec);
      return { stream: socket, name };
    }
    case 'tcp-listen':
    case 'unix-listen': {
      const { socket, name } = await listenAt(spec, options);
      return { stream: socket, name };
    }
    case 'exec':
      return { stream: await execLine(spec.command), name: `exec:${spec.command}` };
    case 'exec-pty':
      return { stream: await execPtyLine(spec.command), name: `exec-pty:${spec.command}` };
    case 'pty': {
      const { stream, path } = await ptyLine();
      return { stream, name: path };
    }
    case 'tun':
      return { stream: await tunLine(spec.device, spec.namespace), name: specName };
    case 'serial':
      return { stream: await serialLine(spec.path, baud), name: spec.path };
  }
}
