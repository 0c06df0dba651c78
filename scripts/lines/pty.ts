/**
 * Pseudo terminals in raw mode, by the optional package node-pty.
 *
 * Raw is done by stty: Node's setRawMode leaves output processing on, which turns every 0a into 0d 0a. Bytes are written
 * to the descriptor itself: node-pty's write() has no bound and no end, and libuv would block on a full pty.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readSync, writeSync } from 'node:fs';
import { type Duplex, Readable, Writable } from 'node:stream';
import { ReadStream } from 'node:tty';
import { LineError } from './error';
import { loadOptional } from './optional';
import { ProcessGroup } from './process-group';
import { JoinedStream, destroyed } from './wrap';

/** A full pty is tried again after this, ms: descriptors of ptys cannot be waited for to be writable. */
const RETRY_MS = 2;

const COMPLAINT_CHARS_MAX = 200;

const RAW = ['raw', '-echo', '-iexten'];

/** Told by the shell when the terminal is raw, before the command starts. */
const RAW_IS_SET = 0x06;
const SET_RAW_AND_RUN = `stty ${RAW.join(' ')} && printf '\\006' && exec /bin/sh -c "$1"`;

interface NodePty {
  /** Not in node-pty's documentation: open() starts reading both ends and leaks the slave's descriptor. */
  native?: { open(columns: number, rows: number): { master: number; slave: number; pty: string } };
  spawn(file: string, args: string[], options: { encoding: null }): Terminal;
}

/** What is used of node-pty's terminal. */
interface Terminal {
  readonly pid: number;
  /** The master's descriptor; not in node-pty's documentation. */
  readonly fd?: number;
  onData(listener: (bytes: Buffer) => void): void;
  onExit(listener: () => void): void;
  on?(event: 'end' | 'error', listener: (error: NodeJS.ErrnoException) => void): void;
  pause(): void;
  resume(): void;
}

/** Writes to a pty's master. What is written after the other end is gone for good is lost. */
class MasterWriter extends Writable {
  private timer: NodeJS.Timeout | undefined;

  /** @param isOpen false once the descriptor is closed: its number may be another file's by then */
  constructor(
    private readonly fd: number,
    private readonly isOpen: () => boolean,
  ) {
    super();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    let at = 0;
    const writeMore = () => {
      try {
        while (at < bytes.length && this.isOpen()) at += writeSync(this.fd, bytes, at);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') {
          this.timer = setTimeout(writeMore, RETRY_MS);
          return;
        }
        if (code !== 'EIO' && code !== 'EBADF') return callback(error as Error);
      }
      callback();
    };
    writeMore();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.timer);
    callback(error);
  }
}

/** What a program on a pty writes, after the byte that tells that the terminal is raw. */
class TerminalOutput extends Readable {
  /** Rejects with the words of stty or of the shell when the terminal does not become raw. */
  readonly rawIsSet: Promise<void>;
  private resolve!: () => void;
  private reject!: (error: Error) => void;
  private isRaw = false;
  /** What stty or the shell said instead; then the shell ends. */
  private complaint = '';

  constructor(
    private readonly terminal: Terminal,
    private readonly fd: number,
  ) {
    super();
    this.rawIsSet = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    terminal.onData((bytes) => this.receive(bytes));
    terminal.on?.('end', () => this.readRest());
    // EIO is how a master learns that the slave has no one left: onExit tells the same.
    terminal.on?.('error', (error) => error.code !== 'EIO' && error.code !== 'EAGAIN' && this.destroy(error));
    terminal.onExit(() => {
      this.reject(new LineError(this.complaint.trim().replace(/\s+/g, ' ') || 'the shell ended'));
      this.push(null);
    });
  }

  override _read(): void {
    this.terminal.resume();
  }

  private receive(bytes: Buffer): void {
    if (this.destroyed) return;
    let at = 0;
    if (!this.isRaw) {
      if (bytes[0] !== RAW_IS_SET || this.complaint !== '') {
        this.complaint = (this.complaint + bytes).slice(0, COMPLAINT_CHARS_MAX);
        return;
      }
      this.isRaw = true;
      this.resolve();
      at = 1;
    }
    if (at < bytes.length && !this.push(bytes.subarray(at))) this.terminal.pause();
  }

  /** libuv takes a hang-up for the end although the kernel may still hold the last words; the descriptor is open yet. */
  private readRest(): void {
    const bytes = Buffer.alloc(4096);
    try {
      for (let n = readSync(this.fd, bytes); n > 0; n = readSync(this.fd, bytes)) {
        this.receive(Buffer.from(bytes.subarray(0, n)));
      }
    } catch {
      // EIO: that was all
    }
  }
}

async function setRaw(slaveFd: number): Promise<void> {
  const stty = spawn('stty', RAW, { stdio: [slaveFd, 'ignore', 'inherit'] });
  const [status] = await once(stty, 'close').catch(() => ['not there']);
  if (status !== 0) throw new LineError(`pty: stty could not make the terminal raw (${status}); install coreutils`);
}

/**
 * Makes a pseudo terminal. Programs may open and close its slave at will, as with a serial device; the line does not end.
 *
 * @returns the stream of the master and the path of the slave
 * @throws LineError when node-pty is missing or cannot make one
 */
export async function ptyLine(): Promise<{ stream: Duplex; path: string }> {
  const { native } = await loadOptional<NodePty>('node-pty', 'pty');
  if (!native) throw new LineError('pty needs node-pty 1.1 on a Unix system, and this is another one');
  const { master, slave, pty: path } = native.open(80, 24);
  const source = new ReadStream(master);
  try {
    await setRaw(slave);
  } catch (error) {
    await destroyed(source);
    closeSync(slave);
    throw error;
  }
  // The slave stays open here: so the mode is kept, and the master is not hung up, when a program closes it.
  const stream = new JoinedStream(source, new MasterWriter(master, () => !source.destroyed), async () =>
    closeSync(slave),
  );
  return { stream, path };
}

/**
 * Runs `command` by /bin/sh with a raw pty of its own as standard input, output and error and controlling terminal.
 *
 * Destroying the stream ends the command as with exec. What a command writes in its last moments is lost when it is not
 * read within 200 ms of its end (node-pty closes the terminal then).
 *
 * @throws LineError when node-pty is missing or the terminal cannot be made raw
 */
export async function execPtyLine(command: string): Promise<Duplex> {
  const pty = await loadOptional<NodePty>('node-pty', 'exec-pty');
  const terminal = pty.spawn('/bin/sh', ['-c', SET_RAW_AND_RUN, 'sh', command], { encoding: null });
  const { fd, pid } = terminal;
  if (fd === undefined) throw new LineError('exec-pty needs node-pty 1.1 on a Unix system, and this is another one');

  const group = new ProcessGroup(pid);
  let isOpen = true;
  const exited = new Promise<void>((resolve) => {
    terminal.onExit(() => {
      isOpen = false;
      group.leaderExited();
      resolve();
    });
  });
  const source = new TerminalOutput(terminal, fd);
  const stream = new JoinedStream(source, new MasterWriter(fd, () => isOpen), async () => {
    terminal.resume(); // read to its end, or node-pty waits before it reports the exit
    await group.end();
    await exited;
  });
  try {
    await source.rawIsSet; // what is written before would be echoed and changed
  } catch (error) {
    await destroyed(stream);
    throw new LineError(`exec-pty:${command}: the terminal cannot be made raw: ${(error as Error).message}`);
  }
  return stream;
}
