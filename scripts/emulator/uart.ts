/**
 * The RP2040's UART (ARM PL011): FIFOs of 32, both directions at the pace of the baud rate, interrupts at the FIFOs'
 * levels and when 32 bit times have passed without a byte. Not modelled: modem lines, breaks, parity and framing errors.
 */

import { BasePeripheral, type RP2040 } from 'rp2040js';
import type { Alarm } from './clock';

const enum Reg {
  Data = 0x00,
  ReceiveStatus = 0x04,
  Flags = 0x18,
  IntegerDivisor = 0x24,
  FractionalDivisor = 0x28,
  LineControl = 0x2c,
  Control = 0x30,
  FifoLevels = 0x34,
  InterruptMask = 0x38,
  RawInterrupts = 0x3c,
  MaskedInterrupts = 0x40,
  InterruptClear = 0x44,
  DmaControl = 0x48,
  PeripheralId = 0xfe0,
}

const enum Flag {
  Busy = 0x08,
  RxEmpty = 0x10,
  TxFull = 0x20,
  RxFull = 0x40,
  TxEmpty = 0x80,
}

const enum Interrupt {
  Rx = 0x10,
  Tx = 0x20,
  RxTimeout = 0x40,
  Overrun = 0x400,
}

const enum Control {
  Enable = 0x001,
  TxEnable = 0x100,
  RxEnable = 0x200,
}

/** In a data word: bytes before this one were lost. */
const OVERRUN = 0x800;
const FIFO_DEPTH = 32;
const FIFO_LEVELS = [4, 8, 16, 24, 28];
const TIMEOUT_BITS = 32;
const ID_BYTES = [0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

export interface UartStats {
  rxBytes: number;
  /** Bytes lost because the FIFO was full. */
  rxOverruns: number;
  /** Bytes that came while the receiver was off. */
  rxIgnored: number;
  /** Reads of the empty FIFO; each gives the firmware a byte that nobody sent. */
  rxEmptyReads: number;
  txBytes: number;
  /** Bytes written into a full FIFO, and lost. */
  txDropped: number;
}

export class PacedUart extends BasePeripheral {
  readonly stats: UartStats = {
    rxBytes: 0,
    rxOverruns: 0,
    rxIgnored: 0,
    rxEmptyReads: 0,
    txBytes: 0,
    txDropped: 0,
  };
  private control: number = Control.TxEnable | Control.RxEnable;
  private lineControl = 0;
  private divisor = 0;
  private fraction = 0;
  private levels = 0x12;
  private mask = 0;
  private raw = 0;
  private readonly rx: number[] = [];
  private readonly tx: number[] = [];
  private shifting = -1;
  private wasOverrun = false;
  private lastRead = 0;
  private readonly shifted: Alarm;
  private readonly timeout: Alarm;

  /** @param onSent a byte has left; `isLast` when no other follows at once */
  constructor(
    private readonly chip: RP2040,
    private readonly irq: number,
    private readonly onSent: (byte: number, isLast: boolean) => void,
  ) {
    super(chip, 'UART');
    this.shifted = chip.clock.createAlarm(() => this.shiftOut());
    this.timeout = chip.clock.createAlarm(() => {
      if (this.rx.length) {
        this.interrupt(this.raw | Interrupt.RxTimeout);
      }
    });
  }

  /** Of the wire; 0 before the firmware has set it. */
  get baud(): number {
    const divisor = this.divisor + this.fraction / 64;
    return divisor ? Math.round(this.chip.clkPeri / (16 * divisor)) : 0;
  }

  get bitNanos(): number {
    return (16e9 * (this.divisor + this.fraction / 64)) / this.chip.clkPeri;
  }

  /** Start, data, parity and stop bits. */
  get frameBits(): number {
    const { lineControl } = this;
    return 1 + 5 + ((lineControl >> 5) & 3) + (lineControl & 2 ? 1 : 0) + (lineControl & 8 ? 2 : 1);
  }

  get isReceiving(): boolean {
    const needed = Control.Enable | Control.RxEnable;
    return (this.control & needed) === needed && this.divisor > 0;
  }

  /** Called by rp2040js when the clock tree changes. */
  clkPeriChanged(): void {}

  /** A byte has come over the wire. */
  receive(byte: number): void {
    const { rx, stats } = this;
    if (!this.isReceiving) {
      stats.rxIgnored++;
      return;
    }
    this.timeout.schedule(TIMEOUT_BITS * this.bitNanos);
    if (rx.length >= this.depth) {
      stats.rxOverruns++;
      this.wasOverrun = true;
      this.interrupt(this.raw | Interrupt.Overrun);
      return;
    }
    stats.rxBytes++;
    rx.push(this.wasOverrun ? byte | OVERRUN : byte);
    this.wasOverrun = false;
    this.interrupt(rx.length >= this.rxLevel ? this.raw | Interrupt.Rx : this.raw);
  }

  override readUint32(offset: number): number {
    switch (offset) {
      case Reg.Data:
        return this.readByte();
      case Reg.ReceiveStatus:
      case Reg.DmaControl:
        return 0;
      case Reg.Flags:
        return this.flags;
      case Reg.IntegerDivisor:
        return this.divisor;
      case Reg.FractionalDivisor:
        return this.fraction;
      case Reg.LineControl:
        return this.lineControl;
      case Reg.Control:
        return this.control;
      case Reg.FifoLevels:
        return this.levels;
      case Reg.InterruptMask:
        return this.mask;
      case Reg.RawInterrupts:
        return this.raw;
      case Reg.MaskedInterrupts:
        return this.raw & this.mask;
      default:
        return offset >= Reg.PeripheralId ? ID_BYTES[(offset - Reg.PeripheralId) >> 2] : super.readUint32(offset);
    }
  }

  override writeUint32(offset: number, value: number): void {
    switch (offset) {
      case Reg.Data:
        this.writeByte(value & 0xff);
        break;
      case Reg.ReceiveStatus:
      case Reg.DmaControl:
        break;
      case Reg.IntegerDivisor:
        this.divisor = value & 0xffff;
        break;
      case Reg.FractionalDivisor:
        this.fraction = value & 0x3f;
        break;
      case Reg.LineControl:
        this.lineControl = value & 0xff;
        break;
      case Reg.Control:
        this.control = value;
        this.startShifting();
        break;
      case Reg.FifoLevels:
        this.levels = value & 0x3f;
        break;
      case Reg.InterruptMask:
        this.mask = value & 0x7ff;
        this.interrupt(this.raw);
        break;
      case Reg.InterruptClear:
        this.interrupt(this.raw & ~this.rawWriteValue);
        break;
      default:
        super.writeUint32(offset, value);
    }
  }

  private get depth(): number {
    return this.lineControl & 0x10 ? FIFO_DEPTH : 1;
  }

  private get rxLevel(): number {
    return this.depth > 1 ? FIFO_LEVELS[(this.levels >> 3) & 7] : 1;
  }

  private get txLevel(): number {
    return this.depth > 1 ? FIFO_LEVELS[this.levels & 7] : 0;
  }

  private get flags(): number {
    const { rx, tx, depth } = this;
    return (
      (tx.length ? 0 : Flag.TxEmpty) |
      (tx.length >= depth ? Flag.TxFull : 0) |
      (rx.length ? 0 : Flag.RxEmpty) |
      (rx.length >= depth ? Flag.RxFull : 0) |
      (this.shifting >= 0 || tx.length ? Flag.Busy : 0)
    );
  }

  private interrupt(raw: number): void {
    this.raw = raw;
    this.chip.setInterrupt(this.irq, (raw & this.mask) !== 0);
  }

  private readByte(): number {
    const { rx } = this;
    if (rx.length) {
      this.lastRead = rx.shift()!;
    } else {
      this.stats.rxEmptyReads++;
    }
    let raw = this.raw;
    if (rx.length < this.rxLevel) {
      raw &= ~Interrupt.Rx;
    }
    if (!rx.length) {
      raw &= ~Interrupt.RxTimeout;
      this.timeout.cancel();
    }
    this.interrupt(raw);
    return this.lastRead;
  }

  private writeByte(byte: number): void {
    if (this.tx.length >= this.depth) {
      this.stats.txDropped++;
      return;
    }
    this.tx.push(byte);
    if (this.tx.length > this.txLevel) {
      this.raw &= ~Interrupt.Tx;
    }
    this.startShifting();
    this.interrupt(this.raw);
  }

  private startShifting(): void {
    const needed = Control.Enable | Control.TxEnable;
    if (this.shifting >= 0 || !this.tx.length || (this.control & needed) !== needed) {
      return;
    }
    this.shifting = this.tx.shift()!;
    this.shifted.schedule(this.frameBits * this.bitNanos);
    if (this.tx.length <= this.txLevel) {
      this.interrupt(this.raw | Interrupt.Tx);
    }
  }

  private shiftOut(): void {
    const byte = this.shifting;
    this.shifting = -1;
    this.stats.txBytes++;
    this.startShifting();
    this.onSent(byte, this.shifting < 0);
  }
}
