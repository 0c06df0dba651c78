/** Runs the command line from its source. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

export class Cli {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;

  constructor(args: string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, ['--import', 'tsx', 'scripts/cli/main.ts', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.child.stdout!.on('data', (data) => (this.stdout += data));
    this.child.stderr!.on('data', (data) => (this.stderr += data));
    this.ended = once(this.child, 'close').then(([code]) => code as number | null);
  }

  /** Ends it when it does not end by itself. */
  async result(limitMs = 30000): Promise<Result> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), limitMs);
    const code = await this.ended;
    clearTimeout(timer);
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  /** The first match in what it has said on standard error, as soon as there is one. */
  async says(pattern: RegExp, limitMs = 10000): Promise<RegExpExecArray> {
    const deadlineMs = performance.now() + limitMs;
    for (;;) {
      const match = pattern.exec(this.stderr);
      if (match) {
        return match;
      }
      if (performance.now() > deadlineMs || this.child.exitCode !== null) {
        this.child.kill('SIGKILL');
        throw new Error(`never said ${pattern}, but: ${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

export function cli(...args: string[]): Promise<Result> {
  return new Cli(args).result();
}
