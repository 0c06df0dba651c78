import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** From SIGTERM to SIGKILL, ms. */
const GRACE_MS = 2000;
const POLL_MS = 10;

/**
 * Whether any process of a group is more than a zombie. Orphans stay zombies until process 1 collects them, which in a
 * container may be late or never. Only Linux tells; elsewhere the answer is yes.
 */
function hasLivingMember(group: number): boolean {
  if (process.platform !== 'linux') return true;
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      // pid (name) state ppid pgrp: the name may hold anything, even parentheses.
      const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(processGroup) === group && state !== 'Z' && state !== 'X';
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

/** A child that leads a process group of its own, and all it started in it. */
export class ProcessGroup {
  private gone = false;
  private readonly onOurExit = () => this.signal('SIGTERM');

  /** @param leaderPid its process id, which is the group's too */
  constructor(private readonly leaderPid: number) {
    process.once('exit', this.onOurExit);
  }

  /** To be called when the leader has exited: from then on its id belongs to others, unless the group lives on. */
  leaderExited(): void {
    if (!this.isAlive()) this.forget();
  }

  /** Ends every process of the group: SIGTERM, then SIGKILL after 2 s. */
  async end(): Promise<void> {
    if (this.gone) return;
    this.signal('SIGTERM');
    const deadlineMs = performance.now() + GRACE_MS;
    while (!this.gone && this.isAlive() && performance.now() < deadlineMs) await sleep(POLL_MS);
    if (!this.gone && this.isAlive()) this.signal('SIGKILL');
    this.forget();
  }

  private forget(): void {
    this.gone = true;
    process.off('exit', this.onOurExit);
  }

  private isAlive(): boolean {
    return this.signal(0) && hasLivingMember(this.leaderPid);
  }

  private signal(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-this.leaderPid, signal);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM'; // there, and not ours
    }
  }
}
