/** A line to a child's standard input and output. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Duplex, Writable } from 'node:stream';
import { LineError } from './error';
import { ProcessGroup } from './process-group';
import { JoinedStream } from './wrap';

/** A child's input. What is written to a child that has ended is lost: `end` on the reading side tells of it. */
class ChildInput extends Writable {
  constructor(private readonly stdin: Writable) {
    super();
    stdin.on('error', () => {});
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.stdin.write(bytes, () => callback());
  }

  override _final(callback: () => void): void {
    this.stdin.end(() => callback());
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.stdin.destroy();
    callback(error);
  }
}

/**
 * Runs `command` by /bin/sh; its stderr is ours.
 *
 * Destroying the stream ends the child and its process group, with SIGTERM, then SIGKILL after 2 s; `close` comes when
 * they are gone.
 *
 * @throws LineError when there is no shell
 */
export async function execLine(command: string): Promise<Duplex> {
  // Detached: a process group of its own, so that all of a pipeline can be ended.
  const child = spawn('/bin/sh', ['-c', command], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new LineError(`exec:${command} cannot start /bin/sh: ${(error as Error).message}`, { cause: error });
  }
  const group = new ProcessGroup(child.pid!);
  child.once('exit', () => group.leaderExited());
  return new JoinedStream(child.stdout, new ChildInput(child.stdin), () => group.end());
}
