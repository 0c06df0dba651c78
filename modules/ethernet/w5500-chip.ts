/** The W5500 behind its SPI bus: what a board lends for it, registers read and written, the chip set up. */

import { copyOf, getU16 } from '../wire/bytes';
import { MAC_LENGTH } from '../wire/ethernet';
import { BUFFER_KB, Block, Command, Common, Interrupt, Mode, RESET, Socket, Status, VERSION } from './w5500-registers';

/** A chip on an SPI bus, as a board lends it: each call is one chip select. */
export interface SpiDevice {
  /** Sends a frame's head and then `data`; both own their buffers. */
  _send(head: Uint8Array, data: Uint8Array | null): void;
  /** Sends a frame's head and reads so many octets. */
  _receive(head: Uint8Array, length: number): Uint8Array;
  /** Pulls the reset pin and waits until the chip is ready; nothing when there is no such pin. */
  _reset(): void;
  /** Calls f whenever the interrupt pin falls, null for no more; false when there is no such pin. */
  _interrupt(f: (() => void) | null): boolean;
}

export interface W5500Stats {
  /** Frames that the chip could not hand over, or not send. */
  rxErrors: number;
  txErrors: number;
  /** Times the chip was found without our settings, and set up again. */
  chipResets: number;
}

export interface W5500Owner {
  _frame(buf: Uint8Array, at: number, end: number): void;
  /** The cable is in or out. */
  _carrier(up: boolean): void;
}

export interface W5500 {
  _spi: SpiDevice;
  _owner: W5500Owner;
  _mac: Uint8Array;
  /** What is written to the socket's mode register. */
  _mode: number;
  _open: boolean;
  /** What the version register said last. */
  _version: number;
  /** The PHY's register, 0 while nothing is known. */
  _phy: number;
  _pollAtMs: number;
  _phyAtMs: number;
  /** From one poll to the next, ms. */
  _intervalMs: number;
  _hasPin: boolean;
  /** A frame is on its way out. */
  _sending: boolean;
  /** A command may not have been taken yet. */
  _busy: boolean;
  _txAt: number;
  _stats: W5500Stats;
}

/** Registers read for a command that does not end, or a frame that does not leave. A read takes 10 µs at least. */
export const WAIT_READS = 500;

export function head(block: number, at: number): Uint8Array {
  return new Uint8Array([at >> 8, at, block]);
}

export function read(chip: W5500, block: number, at: number, length: number): Uint8Array {
  return chip._spi._receive(head(block, at), length);
}

export function write(chip: W5500, block: number, at: number, bytes: number[] | Uint8Array): void {
  const data = new Uint8Array(3 + bytes.length);
  data.set([at >> 8, at, block | Block.Write]);
  data.set(bytes, 3);
  chip._spi._send(data, null);
}

/** Waits until socket 0 has taken the last command; false when it never does. */
function ready(chip: W5500): boolean {
  for (let i = 0; i < WAIT_READS && chip._busy; i++) {
    chip._busy = !!read(chip, Block.Socket0, Socket.Command, 1)[0];
  }
  return !chip._busy;
}

/** Gives socket 0 a command, which it takes in its own time. */
export function command(chip: W5500, what: Command): void {
  ready(chip);
  write(chip, Block.Socket0, Socket.Command, [what]);
  chip._busy = true;
}

/** The state of a chip that has not been opened. */
export function createW5500(spi: SpiDevice, owner: W5500Owner, mac: Uint8Array): W5500 {
  return {
    _spi: spi,
    _owner: owner,
    _mac: mac,
    _mode: Mode.MacRaw | Mode.MacFilter | Mode.NoMulticast | Mode.NoIpv6,
    _open: false,
    _version: 0,
    _phy: 0,
    _pollAtMs: Infinity,
    _phyAtMs: Infinity,
    _intervalMs: 1,
    _hasPin: false,
    _sending: false,
    _busy: false,
    _txAt: 0,
    _stats: { rxErrors: 0, txErrors: 0, chipResets: 0 },
  };
}

/** Sets a chip up; false when none answers, or it does not do what it is told. */
export function setUp(chip: W5500): boolean {
  chip._version = read(chip, Block.Common, Common.Version, 1)[0];
  if (chip._version !== VERSION) {
    return false;
  }
  write(chip, Block.Common, Common.Mode, [RESET]);
  for (let i = 0; read(chip, Block.Common, Common.Mode, 1)[0] & RESET; i++) {
    if (i > WAIT_READS) {
      return false;
    }
  }
  chip._busy = false;
  write(chip, Block.Common, Common.Shar, chip._mac);
  // The others first: all of them together have 16 KB each way.
  for (let i = 7; i >= 0; i--) {
    const size = i ? 0 : BUFFER_KB;
    write(chip, Block.Socket0 + i * Block.NextSocket, Socket.RxBufferSize, [size, size]);
  }
  write(chip, Block.Socket0, Socket.Mode, [chip._mode]);
  write(chip, Block.Socket0, Socket.InterruptMask, [Interrupt.Received]);
  write(chip, Block.Common, Common.SocketInterruptMask, [1]);
  command(chip, Command.Open);
  if (!ready(chip)) {
    return false;
  }
  const socket = read(chip, Block.Socket0, 0, Socket.RxReceived);
  chip._txAt = getU16(socket, Socket.TxWrite);
  chip._sending = false;
  return socket[Socket.Status] === Status.MacRaw;
}

/** The MAC address in the chip, which keeps one until it is reset. */
export function w5500Mac(chip: W5500): Uint8Array {
  return copyOf(read(chip, Block.Common, Common.Shar, MAC_LENGTH), 0, MAC_LENGTH);
}
