/** A Raspberry Pi Pico with Kaluma 1.2 on it: a program goes in, UARTs and the console come out, cycles are counted. */

import { EventEmitter } from 'node:events';
import { RP2040 } from 'rp2040js';
import { guardBus } from './bus';
import { EmulatedClock, NS_PER_CYCLE } from './clock';
import { breakCause, type Death, whereText } from './death';
import { FastCore } from './fast-core';
import { flashFunction, restoreState, romWithHooks, saveState, writeProgram } from './flash';
import { Heap, type HeapFigures } from './heap';
import { FlashCache, type Runner, StockCore } from './runner';
import { Symbols } from './symbols';
import { PacedUart, type UartStats } from './uart';
import { UartPort } from './uart-port';
import { checkBootRom, loadUf2 } from './uf2';
import { UsbConsole } from './usb';

/** High at reset: the program is loaded. */
const LOAD_PIN = 22;
const FLASH_ADDRESS = 0x10000000;
const UART_ADDRESSES = [0x40034, 0x40038];
const STACK_TOP = 0x20042000;
/** The heap is looked at so often, ms. */
const SAMPLE_MS = 1;

export interface BoardOptions {
  /** Kaluma's UF2 file. */
  firmware: Buffer;
  /** The RP2040's, revision B1. */
  bootrom: Buffer;
  /** The firmware's ELF file: names in profile() and of where it died, and what malloc has taken. */
  elf?: Buffer;
  /** Source of the program; without it the REPL alone. */
  program?: string;
  /** Contents of a board's flash from saveFlash(): files need not be formatted anew. */
  flash?: Uint8Array;
  /** Count misses of the flash cache too; an estimate. */
  xip?: boolean;
  /** No computer at the USB port. */
  noUsb?: boolean;
  /** rp2040js's own core. */
  stock?: boolean;
}

interface BoardEvents {
  /** Text on the console, escape sequences included. */
  console: [string];
  death: [Death];
}

export class Board extends EventEmitter<BoardEvents> {
  readonly clock = new EmulatedClock();
  readonly chip: RP2040;
  readonly ports: [UartPort, UartPort];
  readonly firmwareName: string;
  readonly symbols: Symbols | null;
  death: Death | null = null;
  private readonly runner: Runner;
  private readonly uarts: PacedUart[];
  private readonly usb: UsbConsole | null;
  private readonly heap: Heap;
  private sampledMs = 0;
  private isBuried = false;

  /** @throws FirmwareError when one of the files is not what it should be */
  constructor(options: BoardOptions) {
    super();
    checkBootRom(options.bootrom);
    this.symbols = options.elf ? new Symbols(options.elf) : null;
    const chip = (this.chip = new RP2040(this.clock));
    chip.logger = { debug() {}, info() {}, warn() {}, error() {} };
    chip.loadBootrom(romWithHooks(options.bootrom));
    this.firmwareName = loadUf2(options.firmware, chip.flash);
    if (options.flash) {
      restoreState(chip.flash, options.flash);
    }
    if (options.program !== undefined) {
      writeProgram(chip.flash, options.program);
    }
    this.runner = this.createRunner(options);
    chip.onBreak = (trap) => this.trapped(trap);
    guardBus(chip, (access) => this.die(access));
    this.ports = [this.createPort(0), this.createPort(1)];
    this.uarts = [0, 1].map((port) => this.createUart(port));
    this.usb = options.noUsb ? null : new UsbConsole(chip.usbCtrl, (text) => this.emit('console', text));
    this.heap = new Heap(chip.sramView, this.symbols?.address('jerry_global_context'));
    chip.gpio[LOAD_PIN].setInputValue(options.program !== undefined);
    chip.core.PC = FLASH_ADDRESS;
  }

  get ms(): number {
    return this.clock.nanos / 1e6;
  }

  get cycles(): number {
    return this.clock.nanos / NS_PER_CYCLE;
  }

  get instructions(): number {
    return this.runner.instructions;
  }

  get cacheMisses(): number {
    return this.runner.cache?.misses ?? 0;
  }

  /** Runs for so many emulated milliseconds, or until the firmware dies; Node's event loop waits. */
  run(ms: number): void {
    const end = this.clock.nanos + ms * 1e6;
    while (!this.death && this.clock.nanos < end) {
      this.runner.run(Math.min(end, (this.sampledMs + SAMPLE_MS) * 1e6));
      if (this.ms >= this.sampledMs + SAMPLE_MS) {
        this.sampledMs = Math.floor(this.ms);
        this.heap.sample(this.ms);
      }
    }
    this.bury();
  }

  /** Runs until `isDone`, looked at every `stepMs`; false when the time or the firmware has run out before. */
  runUntil(isDone: () => boolean, maxMs: number, stepMs = 0.5): boolean {
    const end = this.ms + maxMs;
    while (!isDone()) {
      if (this.death || this.ms >= end) {
        return false;
      }
      this.run(Math.min(stepMs, end - this.ms));
    }
    return true;
  }

  uartStats(port: number): UartStats & { baud: number } {
    const uart = this.uarts[port];
    return { ...uart.stats, baud: uart.baud };
  }

  /** All that the console has shown, escape sequences included. */
  get consoleText(): string {
    return this.usb?.text ?? '';
  }

  /** Types at the console. */
  type(text: string): void {
    this.usb?.write(text);
  }

  /** JerryScript's heap; null while the engine has none. */
  get heapFigures(): HeapFigures | null {
    return this.heap.figures;
  }

  /** How often the program was thrown away and the engine started anew. */
  get restarts(): number {
    return this.heap.restarts;
  }

  /** The deepest the C stack has been, bytes; Kaluma gives it 8 KB and no guard. */
  get stackBytes(): number {
    return Math.max(0, STACK_TOP - this.runner.lowestSp);
  }

  /** Bytes that malloc has taken from the system; null without symbols. */
  get mallocBytes(): number | null {
    const top = this.symbols?.address('heap_end.0');
    const start = this.symbols?.address('__end__');
    if (top === undefined || start === undefined) {
      return null;
    }
    return Math.max(0, this.chip.readUint32(top) - start);
  }

  /** Storage, files and program, for BoardOptions.flash. */
  saveFlash(): Uint8Array {
    return saveState(this.chip.flash);
  }

  /** Where the time goes while `body` runs: the share of each firmware function; needs symbols and the fast core. */
  async profile(body: () => void | Promise<void>, everyCycles = 997): Promise<Map<string, number>> {
    const { runner, symbols } = this;
    const hits = new Map<string, number>();
    let total = 0;
    runner.sampleEvery = everyCycles;
    runner.sampleAt = this.chip.core.cycles;
    runner.sampler = (pc) => {
      const name = symbols?.functionAt(pc) || `0x${pc.toString(16)}`;
      hits.set(name, (hits.get(name) ?? 0) + 1);
      total++;
    };
    try {
      await body();
    } finally {
      runner.sampler = null;
    }
    return new Map([...hits].sort((a, b) => b[1] - a[1]).map(([name, count]) => [name, count / total]));
  }

  private createRunner({ xip, stock }: BoardOptions): Runner {
    if (stock) {
      return new StockCore(this.chip, this.clock);
    }
    return new FastCore(this.chip, this.clock, xip ? new FlashCache() : null, (opcode, address) =>
      this.die(`0x${opcode.toString(16)} at 0x${address.toString(16)} is no instruction`),
    );
  }

  private createPort(port: number): UartPort {
    return new UartPort(this.clock, () => this.uarts[port]);
  }

  private createUart(port: number): PacedUart {
    const { chip } = this;
    const { irq } = chip.uart[port];
    const uart = new PacedUart(chip, irq, (byte, isLast) => this.ports[port].carry(byte, isLast));
    chip.peripherals[UART_ADDRESSES[port]] = uart;
    // Told about the clock tree; nothing else of it is used.
    (chip.uart as unknown[])[port] = uart;
    return uart;
  }

  private trapped(trap: number): void {
    const nanos = flashFunction(this.chip, trap, () => this.runner.cache?.flush());
    if (nanos === null) {
      this.die(breakCause(this.chip, trap));
    } else if (nanos) {
      const cycles = Math.round(nanos / NS_PER_CYCLE);
      this.chip.core.cycles += cycles;
      this.clock.advanceTo(this.chip.core.cycles * NS_PER_CYCLE);
    }
  }

  private die(cause: string): void {
    if (!this.death) {
      this.runner.isStopped = true;
      this.death = { cause, ms: this.ms, where: whereText(this.chip, this.symbols), heap: null, stackBytes: 0 };
    }
  }

  /** Once the core has put its figures in order. */
  private bury(): void {
    if (this.death && !this.isBuried) {
      this.isBuried = true;
      this.death.heap = this.heap.figures;
      this.death.stackBytes = this.stackBytes;
      this.emit('death', this.death);
    }
  }
}
