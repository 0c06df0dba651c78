/** The board's echo requests to others, by the host's `ping` program: raw sockets would want root. */

import { spawn, type ChildProcess } from 'node:child_process';
import { icmpEcho } from '../../modules/inet/ping';
import { Icmp } from '../../modules/wire/icmp';
import { type Context, hostAddress } from './context';

const CHILDREN_MAX = 4;
/** ping waits for 2 s; one that does not end by itself is ended. */
const KILL_MS = 5000;

const ARGUMENTS: Record<string, string[]> = {
  darwin: ['-c', '1', '-W', '2000'],
  win32: ['-n', '1', '-w', '2000'],
};

export class EchoForwarder {
  private readonly children = new Set<ChildProcess>();
  private missing = false;

  constructor(
    private readonly context: Context,
    private readonly program = 'ping',
  ) {}

  send(source: number, destination: number, id: number, sequence: number, data: Uint8Array): void {
    const { context, children } = this;
    const address = hostAddress(context, destination);
    if (address === null || this.missing || children.size >= CHILDREN_MAX) {
      context.stats.refused++;
      return;
    }
    context.stats.echoes++;
    const child = spawn(this.program, [...(ARGUMENTS[process.platform] ?? ['-c', '1', '-W', '2']), address], {
      stdio: 'ignore',
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), KILL_MS).unref();
    children.add(child);
    child.once('error', (error) => {
      clearTimeout(timer);
      children.delete(child);
      context.stats.refused++;
      if (!this.missing) {
        this.missing = true;
        context.say(`echo requests go unanswered: ${this.program} does not run here (${error.message})`);
      }
    });
    child.once('close', (status) => {
      clearTimeout(timer);
      // A child of an earlier link has nobody to tell.
      if (children.delete(child) && status === 0 && source === context.board) {
        icmpEcho(context.stack, context.netif, Icmp.EchoReply, destination, source, id, sequence, data);
      }
    });
  }

  close(): void {
    for (const child of this.children) {
      this.children.delete(child);
      child.kill('SIGKILL');
    }
  }
}
