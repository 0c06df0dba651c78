/** A program on the real interpreter, Espruino built for Linux, and a peer at the pty that is its Serial1. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { createPlatform } from '../../board-targets/node/platform';
import { createHost } from '../../modules/network/host';
import { Gateway, type GatewayOptions, type LinkDown } from '../../scripts/gateway/gateway';
import { paced } from '../../scripts/lines/pace';
import { ptyLine } from '../../scripts/lines/pty';
import { Peer } from '../helpers/peer';
import { skip } from '../helpers/skip';

const BUNDLE = 'dist/espruino/micronic.min.js';

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

/** The interpreter ends when no timer is left. */
const KEEP_ALIVE = 'setInterval(function () {}, 1000);\n';

export class Engine {
  /** What was printed, without the prompt's escape sequences. */
  console = '';
  private readonly child: ChildProcess;
  private listeners: (() => void)[] = [];

  /**
   * @param source a whole program, its bundle included; `tty` becomes its global PTY
   * @param home the folder it runs in, which holds its storage
   */
  constructor(
    source: string,
    tty?: string,
    readonly home = mkdtempSync(join(tmpdir(), 'espruino-')),
    program = process.env.ESPRUINO!,
  ) {
    const file = join(this.home, 'program.js');
    writeFileSync(file, `${tty ? `var PTY = ${JSON.stringify(tty)};\n` : ''}${KEEP_ALIVE}${source}`, 'latin1');
    // Its input stays open: at its end the console would read junk without end.
    this.child = spawn(resolve(program), [file], { cwd: this.home, stdio: ['pipe', 'pipe', 'pipe'] });
    const hear = (data: Buffer): void => {
      // eslint-disable-next-line no-control-regex
      this.console += data.toString('latin1').replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, '');
      this.listeners.forEach((listener) => listener());
    };
    this.child.stdout!.on('data', hear);
    this.child.stderr!.on('data', hear);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Waits for a line that matches. */
  async says(pattern: RegExp, limitMs = 30000): Promise<RegExpExecArray> {
    const endMs = performance.now() + limitMs;
    for (;;) {
      // Whole lines only.
      const found = pattern.exec(this.console.slice(0, this.console.lastIndexOf('\n') + 1));
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

  /** Ends it, and removes its folder unless another one is to run there. */
  async stop(isKept = false): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
    if (!isKept) {
      rmSync(this.home, { recursive: true, force: true });
    }
  }
}

/** A folder whose storage has these files: in it the interpreter finds them as modules, and runs them from flash. */
export async function storage(files: Record<string, string>): Promise<string> {
  let home: string | undefined;
  for (const [name, text] of Object.entries(files)) {
    const writer: Engine = new Engine(
      `require('Storage').write(${JSON.stringify(name)}, ${JSON.stringify(text)}); print('@written');`,
      undefined,
      home,
    );
    home = writer.home;
    try {
      await writer.says(/@written/);
    } finally {
      await writer.stop(true);
    }
  }
  return home!;
}

export interface EngineOptions {
  /** Another interpreter than ESPRUINO's. */
  program?: string;
  /** Slows the gateway's line down. */
  baud?: number;
  /** What the storage has; then nothing stands in front of the program. */
  stored?: Record<string, string>;
}

/** Runs a program behind the bundle for as long as `body` takes; `line` is the other end of its Serial1. */
export async function withEngine(
  source: string,
  body: (engine: Engine, line: Duplex) => Promise<void>,
  { program, stored }: EngineOptions = {},
): Promise<void> {
  const { stream: line, path } = await ptyLine();
  const engine = stored
    ? new Engine(source, path, await storage(stored), program)
    : new Engine(bundleText() + source, path, undefined, program);
  try {
    await body(engine, line);
  } finally {
    await engine.stop();
    line.destroy();
  }
}

/** The same with a gateway at the other end. */
export async function withGateway(
  source: string,
  body: (engine: Engine, downs: LinkDown[]) => Promise<void>,
  options: GatewayOptions = {},
  how: EngineOptions = {},
): Promise<void> {
  const served = async (engine: Engine, end: Duplex): Promise<void> => {
    const line = how.baud ? paced(end, how.baud) : end;
    const gateway = new Gateway(options);
    const downs: LinkDown[] = [];
    gateway.on('down', (report) => downs.push(report));
    const done = gateway.serve(line).catch(() => {});
    try {
      await body(engine, downs);
    } finally {
      gateway.stop();
      line.destroy();
      await done;
    }
  };
  await withEngine(source, served, how);
}

/** A PPP server with sockets of its own at the other end of the interpreter's line. */
export const linePeer = (line: Duplex): Peer => new Peer(createHost(createPlatform()), line);

/** Says what happens to the link; `up` is done when it is up. */
export const connecting = (up: string, credentials = ''): string => `
Serial1.setup(115200, { path: PTY });
var micronic = require('micronic'), http = require('http'), net = require('net');
var ppp = new micronic.PPP(Serial1);
ppp.on('error', function (e) { print('@error ' + e.phase + ' ' + e.reason); });
ppp.on('disconnected', function (reason) { print('@down ' + reason); });
ppp.on('connected', function () {
  print('@up ' + ppp.ipconfig('addr4')[0]);
  ${up}
});
ppp.connect(${credentials});
`;

export const EXAMPLES = 'examples/espruino';

/** An example with its Serial at the pty, and other changes. */
export function example(name: string, changes: Record<string, string> = {}): string {
  let text = readFileSync(`${EXAMPLES}/${name}`, 'utf8');
  const all = {
    'Serial2.setup(115200, { tx: D17, rx: D16 })': 'Serial1.setup(115200, { path: PTY })',
    'new PPP(Serial2)': 'new PPP(Serial1)',
    ...changes,
  };
  for (const [from, to] of Object.entries(all)) {
    if (!text.includes(from)) {
      throw new Error(`${name} has no ${from}`);
    }
    text = text.replace(from, to);
  }
  return text;
}
