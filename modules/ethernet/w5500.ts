/**
 * The driver of WIZnet's W5500: raw frames (MACRAW) through socket 0, which gets all of the chip's 32 KB. Doors:
 * w5500Open, w5500Send, w5500Poll (also when the interrupt pin falls), w5500PollAt.
 *
 * One SPI transfer is what costs on a board, whatever its length: the registers of the socket are read in one, and so
 * are all frames that wait, as far as the bound of a read goes.
 */

import { copyOf, getU16 } from '../wire/bytes';
import { min } from '../wire/math';
import { W5500, WAIT_READS, command, head, read, setUp, write } from './w5500-chip';
import {
  Block,
  Command,
  Common,
  FRAME_MAX,
  FRAME_MIN,
  Interrupt,
  LENGTH_BEFORE,
  Phy,
  Socket,
  Status,
} from './w5500-registers';

export { createW5500, w5500Mac } from './w5500-chip';
export type { SpiDevice, W5500, W5500Owner, W5500Stats } from './w5500-chip';

/** Without the pin: right after a frame, and when nothing comes. */
const POLL_MIN_MS = 1;
const POLL_MAX_MS = 16;
/** The cable makes no interrupt, and an edge may be lost. */
const PHY_INTERVAL_MS = 500;
/** Octets read at a time: two full frames. */
const READ_MAX = 2 * (FRAME_MAX + LENGTH_BEFORE);
/** Reads in one poll: then others have their turn. */
const READS = 4;

/** From the command register to where the received octets begin. */
const REGISTERS = Socket.RxRead + 2 - Socket.Command;

/** Resets the chip and begins; false when there is none. */
export function w5500Open(chip: W5500, interrupt: () => void, nowMs: number): boolean {
  chip._spi._reset();
  if (!setUp(chip)) {
    return false;
  }
  chip._open = true;
  chip._phy = 0;
  chip._hasPin = chip._spi._interrupt(interrupt);
  chip._pollAtMs = chip._phyAtMs = nowMs;
  return true;
}

export function w5500Close(chip: W5500): void {
  if (chip._open) {
    command(chip, Command.Close);
    chip._spi._interrupt(null);
    chip._open = false;
    chip._pollAtMs = chip._phyAtMs = Infinity;
    chip._phy = 0;
  }
}

/** The chip no longer does what we think it does: the next poll finds it closed and sets it up again. */
function startAnew(chip: W5500): void {
  command(chip, Command.Close);
  chip._phyAtMs = chip._pollAtMs = 0;
}

/** Waits until the last frame has left; false when it does not. */
function sent(chip: W5500): boolean {
  for (let i = 0; i < WAIT_READS; i++) {
    const socket = read(chip, Block.Socket0, Socket.Command, 3);
    chip._busy = !!socket[0];
    if (socket[2] !== Status.MacRaw) {
      return false;
    }
    if (socket[1] & Interrupt.SendOk) {
      write(chip, Block.Socket0, Socket.Interrupt, [Interrupt.SendOk]);
      return true;
    }
  }
  return false;
}

/** Sends the frame buf[at, end), padded; false when the chip does not take it: it is looked after with the next poll. */
export function w5500Send(chip: W5500, buf: Uint8Array, at: number, end: number): boolean {
  let frame = copyOf(buf, at, end);
  if (!(chip._phy & Phy.Link) || end - at > FRAME_MAX) {
    return false;
  }
  if (chip._sending && !sent(chip)) {
    chip._stats.txErrors++;
    startAnew(chip);
    return false;
  }
  if (end - at < FRAME_MIN) {
    const padded = new Uint8Array(FRAME_MIN);
    padded.set(frame);
    frame = padded;
  }
  chip._spi._send(head(Block.Tx0 | Block.Write, chip._txAt), frame);
  const next = (chip._txAt + frame.length) & 0xffff;
  chip._txAt = next;
  write(chip, Block.Socket0, Socket.TxWrite, [next >> 8, next & 255]);
  command(chip, Command.Send);
  chip._sending = true;
  return true;
}

/** Reads what has come, as much as fits a read, and hands it over; false when there was nothing. */
function receive(chip: W5500): boolean {
  const registers = read(chip, Block.Socket0, Socket.Command, REGISTERS);
  const from = getU16(registers, Socket.RxRead - Socket.Command);
  // The chip adds to it while it is read, high octet first: then it is too little for a moment, never too much.
  const length = min(getU16(registers, Socket.RxReceived - Socket.Command), READ_MAX);
  chip._busy = !!registers[0];
  if (registers[Socket.Status - Socket.Command] !== Status.MacRaw) {
    // Not our settings: a reset, or no chip at all.
    chip._phyAtMs = 0;
    return false;
  }
  if (length <= LENGTH_BEFORE) {
    return false;
  }
  const buf = read(chip, Block.Rx0, from, length);
  let end = 0;
  let bad = false;
  while (length - end >= LENGTH_BEFORE) {
    const whole = getU16(buf, end);
    bad = whole <= LENGTH_BEFORE || whole > FRAME_MAX + LENGTH_BEFORE;
    if (bad || whole > length - end) {
      break;
    }
    end += whole;
  }
  if (bad) {
    // No frame begins here: only a new start puts the pointers right.
    chip._stats.rxErrors++;
    startAnew(chip);
  } else if (end) {
    const next = (from + end) & 0xffff;
    write(chip, Block.Socket0, Socket.RxRead, [next >> 8, next & 255]);
    command(chip, Command.Receive);
  }
  for (let at = 0; at < end && chip._open;) {
    const whole = getU16(buf, at);
    chip._owner._frame(buf, at + LENGTH_BEFORE, at + whole);
    at += whole;
  }
  return end > 0;
}

/** Tells when the cable has come or gone, and sets the chip up again when it has lost our settings. */
function lookAfter(chip: W5500, nowMs: number): void {
  const before = chip._phy;
  let phy = 0;
  chip._phyAtMs = nowMs + PHY_INTERVAL_MS;
  if (read(chip, Block.Socket0, Socket.Status, 1)[0] === Status.MacRaw) {
    phy = read(chip, Block.Common, Common.PhyConfig, 1)[0];
  } else {
    chip._stats.chipResets++;
    chip._spi._reset();
    // What the cable does is seen the next time: until then the chip has settled.
    setUp(chip);
  }
  chip._phy = phy & Phy.Link ? phy : 0;
  if (!chip._phy !== !before) {
    chip._owner._carrier(!!chip._phy);
  }
}

/** Hands over what has come, and looks after the cable. */
export function w5500Poll(chip: W5500, nowMs: number): void {
  if (!chip._open) {
    return;
  }
  if (nowMs >= chip._phyAtMs) {
    lookAfter(chip, nowMs);
  }
  let reads = 0;
  if (chip._phy) {
    if (chip._hasPin) {
      // Before anything is read: what comes from now on makes the pin fall again.
      write(chip, Block.Socket0, Socket.Interrupt, [Interrupt.Received]);
    }
    while (reads < READS && chip._open && receive(chip)) {
      reads++;
    }
  }
  if (chip._open) {
    chip._intervalMs = reads ? POLL_MIN_MS : min(chip._intervalMs * 2, POLL_MAX_MS);
    chip._pollAtMs = reads === READS ? nowMs : chip._hasPin || !chip._phy ? Infinity : nowMs + chip._intervalMs;
  }
}

/** When w5500Poll has something to do next, ms; Infinity for never. */
export function w5500PollAt(chip: W5500): number {
  return min(chip._pollAtMs, chip._phyAtMs);
}
