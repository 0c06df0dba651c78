/** A program on Kaluma's firmware on an emulated Pico, and a gateway at its UART. */

import { existsSync, readFileSync } from 'node:fs';
import { Board, type BoardOptions } from '../../scripts/emulator/board';
import { deathText } from '../../scripts/emulator/death';
import { runBoard } from '../../scripts/emulator/pace';
import { emulatedPlatform } from '../../scripts/emulator/platform';
import { composeProgram } from '../../scripts/emulator/program';
import { PlainText } from '../../scripts/emulator/usb';
import { Gateway, type GatewayOptions, type LinkDown, type Substitutes } from '../../scripts/gateway/gateway';
import { skip } from '../helpers/skip';

/** Pseudo-random numbers, the same in each run. */
export function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state ^ (state >>> 15)) >>> 0;
  };
}

let files: Pick<BoardOptions, 'firmware' | 'bootrom' | 'elf'> | undefined;

function readFiles(): typeof files {
  const { KALUMA_UF2, RP2040_BOOTROM, KALUMA_ELF } = process.env;
  if (!files && KALUMA_UF2 && RP2040_BOOTROM) {
    files = {
      firmware: readFileSync(KALUMA_UF2),
      bootrom: readFileSync(RP2040_BOOTROM),
      elf: KALUMA_ELF ? readFileSync(KALUMA_ELF) : undefined,
    };
  }
  return files;
}

/** Whether there is a firmware to run on; says so when there is not, and the test returns. */
export function hasFirmware(): boolean {
  if (!readFiles()) {
    skip('KALUMA_UF2 and RP2040_BOOTROM name no firmware and boot ROM; docs/emulator.md says where to get them');
    return false;
  }
  return true;
}

/** A bare board; only when hasFirmware(). */
export function createBoard(options: Omit<BoardOptions, 'firmware' | 'bootrom'>): Board {
  return new Board({ ...readFiles()!, ...options });
}

/** A program of the examples folder with what differs in the test. */
export function example(name: string, ...changes: [from: string, to: string][]): string {
  let source = readFileSync(`examples/kaluma/${name}`, 'utf8');
  for (const [from, to] of changes) {
    if (!source.includes(from)) {
      throw new Error(`${name} has no ${from} any more`);
    }
    source = source.replace(from, to);
  }
  return source;
}

export interface DeviceOptions extends Omit<BoardOptions, 'firmware' | 'bootrom' | 'program'> {
  gateway?: GatewayOptions;
  substitutes?: Substitutes;
  /** The bundle before the program; ppp.js by default. */
  bundle?: string;
  /** The program brings the bundle itself. */
  isBundled?: boolean;
}

export class Device {
  readonly board: Board;
  readonly gateway: Gateway;
  readonly downs: LinkDown[] = [];
  /** The console's text without escape sequences. */
  console = '';
  private read = 0;

  /** @param source the program; the bundle goes before it, unless isBundled */
  constructor(source: string, { gateway, substitutes, bundle, isBundled, ...options }: DeviceOptions = {}) {
    const file = bundle ?? 'dist/kaluma/ppp.js';
    if (!existsSync(file)) {
      throw new Error(`${file} is not built: npm run build`);
    }
    const { source: program } = composeProgram('test.js', source, isBundled ? null : readFileSync(file, 'utf8'));
    this.board = createBoard({ ...options, program });
    const plain = new PlainText();
    this.board.on('console', (text) => (this.console += plain.add(text)));
    const platform = emulatedPlatform(this.board.clock, substitutes?.bounds, sequence(1));
    this.gateway = new Gateway(gateway, { ...substitutes, platform });
    this.gateway.on('down', (report) => this.downs.push(report));
  }

  /** The gateway is at this UART from now on. */
  serve(port = 0): this {
    void this.gateway.serve(this.board.ports[port]);
    return this;
  }

  /** Runs until the console shows something new that matches; fails when the firmware dies or emulated time is over. */
  async expect(pattern: RegExp, maxMs = 10000): Promise<RegExpExecArray> {
    let match: RegExpExecArray | null = null;
    const until = (): boolean => (match = pattern.exec(this.console.slice(this.read))) !== null;
    const { board } = this;
    if (!(await runBoard(board, { until, ms: maxMs }))) {
      const why = board.death ? deathText(board.death) : `not within ${maxMs} ms`;
      throw new Error(`the console shows no ${pattern}: ${why}. It shows:\n${this.console.slice(-2000)}`);
    }
    this.read += match!.index + match![0].length;
    return match!;
  }

  async run(ms: number): Promise<void> {
    await runBoard(this.board, { ms });
  }

  async until(isDone: () => boolean, maxMs = 10000): Promise<boolean> {
    return runBoard(this.board, { until: isDone, ms: maxMs });
  }

  /** A line at the REPL. */
  async type(line: string): Promise<void> {
    this.board.type(`${line}\r`);
    await this.run(20);
  }

  close(): void {
    this.board.ports.forEach((port) => port.destroy());
  }
}

/** Runs `body` on a device, and lets go of it afterwards. */
export async function withDevice(
  source: string,
  options: DeviceOptions,
  body: (device: Device) => Promise<void>,
): Promise<void> {
  const device = new Device(source, options);
  try {
    await body(device);
  } finally {
    device.close();
  }
}

/** The link of reconnect.js comes up, loses its carrier, and comes back. */
export async function comesBack(device: Device): Promise<void> {
  await device.expect(/up 192\.168\.64\.2\n/);
  await device.run(3000);
  device.board.ports[0].write('\r\nNO CARRIER\r\n');
  await device.expect(/down no-carrier\n[^]*failed running no-carrier\n/);
  await device.expect(/up 192\.168\.64\.2\n/);
}
