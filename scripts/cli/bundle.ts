/** `micronic bundle`: a program and all it needs as the one file that a board takes. */

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BuildError, type Built, buildProgram } from '../bundle/build';
import { ERROR, estimateHeap, type HeapEstimate } from '../bundle/estimate';
import { type Target, targets } from '../bundle/targets';
import { CommandError, EXIT_FAILED, EXIT_USAGE, oneLine, usageError } from './failure';

export interface BundleOptions {
  target: string;
  output?: string;
  /** Names of parts. */
  with?: string[];
}

const ROOT = new URL('../../', import.meta.url);
/** Above this share of the heap the estimate is worth a warning. */
const CLOSE = 0.8;

const say = (text: string): void => void process.stderr.write(`micronic: ${text}\n`);
const count = (value: number): string => value.toLocaleString('en-US');
const about = (bytes: number): string => count(Math.round(bytes / 100) * 100);

/** What is at fault with a file, for people. */
function fileError(what: string, error: unknown): CommandError {
  const { code, message } = error as NodeJS.ErrnoException;
  const cause = code === 'ENOENT' ? 'no such file; check the path' : oneLine(message);
  return new CommandError(`${what}: ${cause}`, EXIT_USAGE);
}

/** The bundle of this package, and parts behind it. */
function readBundle(target: Target, parts: string[]): string {
  const bundleUrl = new URL(target.micronic, ROOT);
  const urls = [bundleUrl, ...parts.map((name) => new URL(`parts/${name}.js`, bundleUrl))];
  return urls
    .map((url) => fileURLToPath(url))
    .map((path) => {
      try {
        return readFileSync(path, 'utf8').replace(/\n*$/, '\n');
      } catch (error) {
        throw fileError(`the bundle ${path}`, error);
      }
    })
    .join('');
}

function checkInput(path: string): void {
  let isFile;
  try {
    isFile = statSync(path).isFile();
  } catch (error) {
    throw fileError(`the program ${path}`, error);
  }
  if (!isFile) {
    throw usageError(`the program ${path} is no file`);
  }
  if (!/\.[cm]?[jt]sx?$/.test(path)) {
    throw usageError(`the program ${path} is neither JavaScript nor TypeScript by its name`);
  }
}

/** Whether both are one file, by whatever names and links. */
function isSame(path: string, other: string): boolean {
  if (!existsSync(path) || !existsSync(other)) {
    return false;
  }
  const [a, b] = [statSync(path), statSync(other)];
  return a.ino === b.ino && a.dev === b.dev;
}

function checkFlash(target: Target, bytes: number): void {
  if (bytes >= target.flash) {
    throw new CommandError(`the result has ${count(bytes)} bytes, and Kaluma keeps ${count(target.flash - 1)} at most`);
  }
}

/** An estimate refuses only what it is sure of. */
function checkHeap({ heap }: Target, { used, parsing }: HeapEstimate): void {
  const most = Math.max(used, parsing);
  const when = parsing > used ? 'to be parsed' : 'to run';
  const needs = `it needs about ${about(most)} bytes of heap ${when}, and the board has ${count(heap)}`;
  if (most * (1 - ERROR) > heap) {
    throw new CommandError(`the program cannot fit: ${needs}`, EXIT_FAILED);
  }
  if (most > heap * CLOSE) {
    say(`warning: the program may not fit: ${needs}; micronic emulate --stats measures it`);
  }
}

function write(path: string, text: string): void {
  if (path === '-') {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandError(`--output ${path}: ${oneLine((error as Error).message)}`, EXIT_USAGE);
  }
}

async function buildOrFail(path: string, target: Target, parts: string[]): Promise<Built> {
  try {
    return await buildProgram(path, target, parts);
  } catch (error) {
    if (/@esbuild\//.test((error as Error).message)) {
      throw new CommandError('bundle needs the part of esbuild for this computer: npm install --include=optional');
    }
    throw error instanceof BuildError ? usageError(oneLine(error.message)) : error;
  }
}

export async function bundle(path: string, options: BundleOptions): Promise<number> {
  const target = targets[options.target];
  const output = options.output ?? `${basename(path, extname(path))}.bundle.js`;
  const parts = [...new Set(options.with)];
  checkInput(path);
  const { code, needsMicronic, hasMicronic, modules, inputs, warnings } = await buildOrFail(path, target, parts);
  if (output !== '-' && inputs.concat(path).some((input) => isSame(input, output))) {
    throw usageError(`--output ${output} is part of the program itself: say another file`);
  }
  warnings.forEach((warning) => say(`warning: ${oneLine(warning)}`));
  const front = needsMicronic ? readBundle(target, parts) : '';
  const text = front + code;
  const bytes = Buffer.byteLength(text);
  checkFlash(target, bytes);
  const heap = estimateHeap(target, text, modules, needsMicronic || hasMicronic);
  checkHeap(target, heap);
  write(output, text);
  const name = output === '-' ? 'bundle' : output;
  const share = needsMicronic
    ? `${count(front.length)} of them micronic`
    : hasMicronic
      ? 'with the micronic that it requires'
      : 'without micronic';
  const link = needsMicronic || hasMicronic ? ' with a link and a connection' : '';
  const lines = [
    `${name}: ${count(bytes)} bytes, ${share}`,
    `heap: about ${about(heap.used)} of ${count(target.heap)} bytes${link}, beside what the program itself makes`,
    `parsing: about ${about(heap.parsing)} bytes of heap at most`,
  ];
  process[output === '-' ? 'stderr' : 'stdout'].write(`${lines.join('\n')}\n`);
  return 0;
}
