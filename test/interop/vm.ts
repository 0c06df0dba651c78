/** A Linux computer in QEMU: a shell on its first serial port, and pppd on its second, whose line is a Unix socket. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeImage, Missing } from './image';

const QEMU = 'qemu-system-x86_64';
const BOOT_LIMIT_MS = 120000;
const COMMAND_LIMIT_MS = 30000;
const NUDGE_MS = 2000;
const AGAIN = '[again]\n';
const KERNEL = 'console=ttyS0 quiet panic=-1 mitigations=off nokaslr';

export interface Answer {
  status: number;
  output: string;
}

export class LinuxGuest {
  private output = '';
  private heard: () => void = () => {};
  private count = 0;
  private readonly killAtExit = (): void => void this.qemu.kill('SIGKILL');

  private constructor(
    private readonly qemu: ChildProcess,
    private readonly folder: string,
    readonly packages: string[],
  ) {
    qemu.stdout!.setEncoding('latin1').on('data', (text: string) => {
      this.output += text;
      this.heard();
    });
    qemu.once('exit', () => this.heard());
    process.once('exit', this.killAtExit);
  }

  /**
   * Boots one.
   * @throws Missing, with a sentence for a skipped test, when QEMU or the packages are not there
   */
  static async boot(): Promise<LinuxGuest> {
    try {
      execFileSync(QEMU, ['--version'], { stdio: 'ignore' });
    } catch {
      throw new Missing(`${QEMU} is not installed (Debian: apt install qemu-system-x86)`);
    }
    const { kernel, initramfs, packages } = await makeImage();
    const folder = mkdtempSync(join(tmpdir(), 'micronic-guest-'));
    const args = [
      ...['-machine', 'pc,accel=tcg', '-cpu', 'max', '-m', '256', '-nodefaults', '-no-user-config', '-no-reboot'],
      ...['-display', 'none', '-kernel', kernel, '-initrd', initramfs, '-append', KERNEL],
      ...['-chardev', 'stdio,id=shell,signal=off', '-serial', 'chardev:shell'],
      ...['-chardev', `socket,id=line,path=${join(folder, 'line')},server=on,wait=off`, '-serial', 'chardev:line'],
    ];
    const qemu = spawn(QEMU, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    qemu.stdin.on('error', () => {}); // its end is told by 'exit'
    const guest = new LinuxGuest(qemu, folder, packages);
    try {
      // What comes before it is ready is the kernel's.
      await guest.answer(0, 'boot', BOOT_LIMIT_MS);
      return guest;
    } catch (error) {
      await guest.stop();
      throw error;
    }
  }

  /** The line that leads to pppd, as openLine() takes it. One at a time. */
  get line(): string {
    return `unix:${join(this.folder, 'line')}`;
  }

  /** Runs a command, a line, of the guest's shell. */
  async run(command: string, limitMs = COMMAND_LIMIT_MS): Promise<Answer> {
    const id = ++this.count;
    this.send(id, command);
    return this.answer(id, command, limitMs);
  }

  private send(id: number, command: string): void {
    const line = `${command}; echo "[end ${id}] $?"`;
    this.qemu.stdin!.write(`\n${line.length} ${line}\n`);
  }

  private async answer(id: number, command: string, limitMs: number): Promise<Answer> {
    const end = new RegExp(`\\[end ${id}\\] (\\d+)\\n`);
    const deadlineMs = performance.now() + limitMs;
    for (;;) {
      const found = end.exec(this.output);
      if (found) {
        const output = this.output.slice(0, found.index);
        this.output = this.output.slice(found.index + found[0].length);
        return { status: Number(found[1]), output };
      }
      if (this.output.includes(AGAIN)) {
        this.output = '';
        this.send(id, command);
      }
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0 || this.qemu.exitCode !== null) {
        throw new Error(`the guest does not answer to '${command}'; it has said: ${this.output.slice(0, 4000)}`);
      }
      // Should it be the end of the line that was lost, an empty one makes up for it.
      if (!(await this.nextOutput(Math.min(leftMs, NUDGE_MS)))) this.qemu.stdin!.write('\n');
    }
  }

  /** Starts pppd; resolves when it listens to the line. */
  async startPppd(options: string): Promise<void> {
    const { status, output } = await this.run(`start ${options}`);
    if (status) throw new Error(`pppd ${options} does not start: ${output}`);
  }

  /** Ends pppd, if it still runs; returns its exit status. */
  async stopPppd(): Promise<number> {
    return Number((await this.run('stop TERM')).output);
  }

  /** Ends pppd at once: after the end of a link it waits for three more seconds. */
  async killPppd(): Promise<void> {
    await this.run('stop KILL');
  }

  async pppdLog(): Promise<string> {
    return (await this.run('cat /tmp/log')).output;
  }

  /** Resolves when pppd has logged it. */
  async logged(what: RegExp, limitMs = COMMAND_LIMIT_MS): Promise<void> {
    const deadlineMs = performance.now() + limitMs;
    let log: string;
    do {
      log = await this.pppdLog();
      if (what.test(log)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } while (performance.now() < deadlineMs);
    throw new Error(`pppd has not logged ${what}, but: ${log}`);
  }

  async stop(): Promise<void> {
    if (this.qemu.exitCode === null && this.qemu.signalCode === null) {
      const ended = once(this.qemu, 'exit');
      this.qemu.kill('SIGKILL');
      await ended;
    }
    process.off('exit', this.killAtExit);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Whether there was any. */
  private nextOutput(limitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), limitMs);
      this.heard = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
