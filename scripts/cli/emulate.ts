/** `micronic emulate`: a program on Kaluma's own firmware, without a board. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { partsError, targets } from '../bundle/targets';
import type { Board } from '../emulator/board';
import { composeProgram, needsBundle, PlacedText, type Program } from '../emulator/program';
import { Gateway } from '../gateway/gateway';
import { type Line, openLine } from '../lines/open';
import { CommandError, EXIT_FAILED, EXIT_USAGE, lineFailure, oneLine, usageError } from './failure';
import { onInterrupt } from './interrupt';

export interface EmulateOptions {
  firmware: string;
  bootrom: string;
  elf?: string;
  uart0: string;
  uart1: string;
  baud?: number;
  seconds?: number;
  repl?: boolean;
  xip?: boolean;
  stats?: boolean;
  /** --no-bundle makes it false. */
  bundle: boolean;
  /** Names of parts. */
  with?: string[];
}

/** The emulator's modules, which want the optional package rp2040js. */
type Emulator = typeof import('../emulator/index');

const TARGET = targets['kaluma-rp2'];
const BUNDLE = new URL(`../../${TARGET.micronic}`, import.meta.url);

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function loadEmulator(): Promise<Emulator> {
  try {
    return await import('../emulator/index');
  } catch (error) {
    if (/rp2040js/.test((error as Error).message)) {
      throw new CommandError('emulate needs the optional package rp2040js: npm install rp2040js', EXIT_USAGE);
    }
    throw error;
  }
}

function readInput(what: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const cause = code === 'ENOENT' ? 'no such file; check the path' : oneLine(message);
    throw new CommandError(`${what} ${path}: ${cause}`, EXIT_USAGE);
  }
}

/** The bundle, and parts behind it. */
function readBundle(parts: string[]): string {
  const urls = [BUNDLE, ...parts.map((name) => new URL(`parts/${name}.js`, BUNDLE))];
  return urls.map((url) => readInput('the bundle', fileURLToPath(url)).toString()).join('');
}

function readProgram(path: string, useBundle: boolean, parts: string[]): Program {
  const wrong = partsError(parts, TARGET);
  if (wrong) {
    throw usageError(wrong);
  }
  const name = basename(path);
  const source = readInput('the program', path).toString();
  const wanted = useBundle && needsBundle(source);
  if (parts.length && !wanted) {
    throw usageError(`--with goes with the bundle that is put before a program, and ${name} is left alone`);
  }
  if (wanted) {
    say(`${name} stands behind ${TARGET.micronic}, for its require('micronic'); --no-bundle leaves it alone`);
  }
  return composeProgram(name, source, wanted ? readBundle(parts) : null);
}

/** Who is at the other end of the wires. */
interface Peers {
  count: number;
  close(): Promise<void>;
}

async function connectPeers(
  board: Board,
  emulator: Emulator,
  { uart0, uart1, baud }: EmulateOptions,
  interrupt: AbortSignal,
): Promise<Peers> {
  const lines: Line[] = [];
  const specs = [uart0, uart1];
  const close = async (): Promise<void> => {
    board.ports.forEach((port) => port.destroy());
    await Promise.all(lines.map((line) => line.close()));
  };
  for (const [port, spec] of specs.entries()) {
    const tell = (text: string): void => say(`uart${port}: ${text}`);
    if (spec === 'gateway') {
      serveBoard(board, port, new Gateway({}, { platform: emulator.emulatedPlatform(board.clock) }), tell);
    } else if (spec !== 'off') {
      const line = await openLine(spec, { baud, onWaiting: tell, signal: interrupt }).catch(async (error) => {
        await close();
        throw lineFailure(error);
      });
      lines.push(line);
      tell(spec === 'pty' ? `the other end is ${line.name}` : `on ${line.name}`);
      line.stream.once('end', () => tell('the line has ended'));
      line.stream.once('error', (error) => tell(oneLine(error.message)));
      line.stream.pipe(board.ports[port], { end: false });
      board.ports[port].pipe(line.stream, { end: false });
    }
  }
  return { count: specs.filter((spec) => spec !== 'off').length, close };
}

function serveBoard(board: Board, port: number, gateway: Gateway, tell: (text: string) => void): void {
  gateway.on('notice', tell);
  gateway.on('up', ({ address, gateway: own, dns }) => tell(`up: board ${address}, gateway ${own}, dns ${dns}`));
  gateway.on('down', ({ reason }) => tell(`the link is down (${reason})`));
  gateway.serve(board.ports[port]).catch((error) => tell(oneLine((error as Error).message)));
}

/** The console on standard output: plain text, or with --repl all of it, and what is typed goes back. */
function connectConsole(board: Board, emulator: Emulator, program: Program, isRepl: boolean): () => void {
  const plain = new emulator.PlainText();
  const placed = new PlacedText(program);
  const { stdin, stdout } = process;
  board.on('console', (text) => {
    stdout.write(isRepl && stdout.isTTY ? text : placed.add(plain.add(text)));
  });
  if (!isRepl) {
    return () => void stdout.write(placed.end());
  }
  if (stdin.isTTY) {
    stdin.setRawMode(true);
  }
  const typed = (bytes: Buffer): void => {
    const text = bytes.toString();
    if (stdin.isTTY && text.includes('\x03')) {
      process.kill(process.pid, 'SIGINT'); // Raw mode leaves Ctrl-C to us.
    }
    board.type(stdin.isTTY ? text : text.replace(/\r?\n/g, '\r'));
  };
  stdin.on('data', typed);
  return () => {
    stdout.write(placed.end());
    stdin.off('data', typed);
    stdin.pause();
    if (stdin.isTTY) {
      stdin.setRawMode(false);
    }
  };
}

export async function emulate(path: string, options: EmulateOptions): Promise<number> {
  const interrupt = onInterrupt();
  const { seconds = Infinity, repl = false } = options;
  const program = readProgram(path, options.bundle, [...new Set(options.with)]);
  const emulator = await loadEmulator();
  const board = makeBoard(emulator, options, program);
  const peers = await connectPeers(board, emulator, options, interrupt);
  if (program.isBundled && !peers.count) {
    say('nothing is at the UARTs; --uart0 gateway puts a PPP peer there, with the network of this computer');
  }
  const releaseConsole = connectConsole(board, emulator, program, repl);
  const startedMs = performance.now();
  const watch = repl ? null : new emulator.ProgramWatch(board, program.place);
  let failure = '';
  const isOver = (): boolean => (failure = watch?.failure() ?? '') !== '';
  try {
    // Both a real line and the servers behind a gateway live by the clock on the wall.
    const realTime = peers.count > 0 || repl;
    await emulator.runBoard(board, { ms: seconds * 1000, realTime, signal: interrupt, until: isOver });
  } finally {
    releaseConsole();
    await peers.close();
  }
  if (options.stats) {
    say(emulator.statsText(board, performance.now() - startedMs));
  }
  failure ||= board.death ? emulator.deathText(board.death) : '';
  if (failure) {
    throw new CommandError(failure, EXIT_FAILED);
  }
  return 0;
}

function makeBoard(emulator: Emulator, options: EmulateOptions, program: Program): Board {
  const { firmware, bootrom, elf, xip } = options;
  if (Buffer.byteLength(program.source) >= emulator.PROGRAM_MAX) {
    throw usageError(`the program has ${Buffer.byteLength(program.source)} bytes, and Kaluma keeps 524287 at most`);
  }
  const files = {
    firmware: readInput('--firmware', firmware),
    bootrom: readInput('--bootrom', bootrom),
    elf: elf === undefined ? undefined : readInput('--elf', elf),
  };
  try {
    return new emulator.Board({ ...files, xip, program: program.source });
  } catch (error) {
    if (error instanceof emulator.FirmwareError) {
      throw new CommandError(`--${error.file} ${options[error.file]}: ${error.message}`, EXIT_USAGE);
    }
    throw error;
  }
}
