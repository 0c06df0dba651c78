/** A program on the real interpreter, Espruino built for Linux, and a peer at the pty that is its Serial1. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { Gateway, type GatewayOptions, type LinkDown, type Substitutes } from '../../scripts/gateway/gateway';
import { ptyLine } from '../../scripts/lines/pty';
import { skip } from '../helpers/skip';

const BUNDLE = 'dist/espruino/micronic.js';

/** Variables of the ESP32's interpreter. */
export const VARIABLES = 16383;

/** Whether there is an interpreter to run on; says so when there is not, and the test returns. */
export function hasEspruino(): boolean {
  const { ESPRUINO } = process.env;
  if (!ESPRUINO || !existsSync(ESPRUINO)) {
    skip('ESPRUINO names no Espruino for Linux; docs/espruino.md says how to build one');
    return false;
  }
  return true;
}

export function bundleText(): string {
  if (!existsSync(BUNDLE)) {
    throw new Error(`${BUNDLE} is not built: npm run build`);
  }
  return readFileSync(BUNDLE, 'utf8');
}

/** Makes the interpreter end when nothing else would. */
const KEEP_ALIVE = 'setInterval(function () {}, 1000);\n';

export class Engine {
  /** What was printed, without the prompt's escape sequences. */
  console = '';
  private readonly home = mkdtempSync(join(tmpdir(), 'espruino-'));
  private readonly child: ChildProcess;
  private listeners: (() => void)[] = [];

  /** @param source a whole program, its bundle included; `tty` becomes its global PTY */
  constructor(source: string, tty?: string) {
    const file = join(this.home, 'program.js');
    writeFileSync(file, `${tty ? `var PTY = ${JSON.stringify(tty)};\n` : ''}${KEEP_ALIVE}${source}`, 'latin1');
    // Its input stays open: at its end the console would read junk without end.
    this.child = spawn(resolve(process.env.ESPRUINO!), [file], { cwd: this.home, stdio: ['pipe', 'pipe', 'pipe'] });
    const hear = (data: Buffer): void => {
      // eslint-disable-next-line no-control-regex
      this.console += data.toString('latin1').replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, '');
      this.listeners.forEach((listener) => listener());
    };
    this.child.stdout!.on('data', hear);
    this.child.stderr!.on('data', hear);
  }

  /** Waits for a line that matches. */
  async says(pattern: RegExp, limitMs = 30000): Promise<RegExpExecArray> {
    const endMs = performance.now() + limitMs;
    for (;;) {
      const found = pattern.exec(this.console);
      if (found) {
        return found;
      }
      if (performance.now() > endMs || this.child.exitCode !== null) {
        throw new Error(`${pattern} was not printed:\n${this.console}`);
      }
      await new Promise<void>((done) => {
        const timer = setTimeout(done, 500);
        this.listeners.push(() => {
          clearTimeout(timer);
          done();
        });
      });
      this.listeners = [];
    }
  }

  /** Has the REPL do something. */
  type(text: string): void {
    this.child.stdin!.write(`${text}\n`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.home, { recursive: true, force: true });
  }
}

export interface Device {
  engine: Engine;
  gateway: Gateway;
  line: Duplex;
  downs: LinkDown[];
}

/** Runs a program behind the bundle, with a gateway at its Serial1, for as long as `body` takes. */
export async function withDevice(
  source: string,
  body: (device: Device) => Promise<void>,
  { gateway: options = {}, substitutes = {} }: { gateway?: GatewayOptions; substitutes?: Substitutes } = {},
): Promise<void> {
  const { stream: line, path } = await ptyLine();
  const gateway = new Gateway(options, substitutes);
  const downs: LinkDown[] = [];
  gateway.on('down', (report) => downs.push(report));
  const served = gateway.serve(line);
  const engine = new Engine(bundleText() + source, path);
  try {
    await body({ engine, gateway, line, downs });
  } finally {
    await engine.stop();
    gateway.stop();
    line.destroy();
    await served.catch(() => {});
  }
}
