/**
 * Bytes to frames: RFC 1662 asynchronous framing, receive side.
 *
 * Bytes are gathered in one buffer; a frame is unescaped and checked where it lies. Every flag resynchronises: nothing
 * of a bad frame outlives the flag that ends it.
 *
 * A long IP packet is spared the search for its flag, which costs 500 cycles a byte on the RP2040: its length says where
 * the flag has to be. If it is not there, or the FCS is wrong, the flags decide as for any frame.
 */

import { findByte, getU16, moveDown, putBytes } from '../wire/bytes';
import { Protocol } from '../wire/control';
import { Fcs, fcs16 } from '../wire/fcs';
import { Hdlc, stripControls, unescapeInPlace } from '../wire/hdlc';

/** Counters of what arrived; read-only for everyone else. */
export interface FramerStats {
  rxBytes: number;
  rxFrames: number;
  /** Frames dropped because their FCS was wrong. */
  badFcs: number;
  /**
   * Of those, IP packets of another length than they say. Noise changes octets; what loses them is an overrun, mostly: of
   * the UART or its buffer.
   */
  overruns: number;
  /** Frames ended by an escape, or too short to hold anything. */
  aborted: number;
  /** Frames longer than the buffer. */
  tooLong: number;
}

export interface Framer {
  _buf: Uint8Array;
  /** The frame being gathered is [_start, _end); no flag stands before _scan. */
  _start: number;
  _scan: number;
  _end: number;
  /** Where the packet being gathered may be complete: before that no flag is looked for. 0 unknown, -1 not to be known. */
  _due: number;
  /** That packet's octets from the start to the FCS, and where it is put together. */
  _length: number;
  _plain: Uint8Array;
  /** What stands before _from in the buffer is unescaped before _to in _plain. */
  _from: number;
  _to: number;
  /** Bytes are dropped until the next flag: before the first one, and after a frame that was too long. */
  _hunting: boolean;
  /** Receive ACCM: control characters to be removed (RFC 1662 §7.1). */
  _accm: number;
  _stats: FramerStats;
  /** A good frame: buf[at, end) from the address or protocol field to before the FCS. */
  _frame: (buf: Uint8Array, at: number, end: number) => void;
}

/** Of shorter frames the flag is soon found. */
const FORETOLD_LEAST = 256;

/** @param size bytes of the buffer: twice the longest frame leaves room for its escapes */
export function createFramer(size: number, frame: (buf: Uint8Array, at: number, end: number) => void): Framer {
  return {
    _buf: new Uint8Array(size & ~1),
    _start: 0,
    _scan: 0,
    _end: 0,
    _due: 0,
    _length: 0,
    _plain: new Uint8Array((size >> 1) & ~1),
    _from: 0,
    _to: 0,
    _hunting: true,
    _accm: -1,
    _stats: { rxBytes: 0, rxFrames: 0, badFcs: 0, overruns: 0, aborted: 0, tooLong: 0 },
    _frame: frame,
  };
}

/** Forgets what was gathered and waits for a flag; counters stay. */
export function framerReset(framer: Framer): void {
  framer._start = framer._scan = framer._end = framer._due = 0;
  framer._hunting = true;
  framer._accm = -1;
}

/**
 * Takes the first `length` bytes of chunk and hands on every frame that they complete.
 * @returns whether a flag was found: without one nothing has happened
 */
export function framerInput(framer: Framer, chunk: Uint8Array, length: number): boolean {
  const size = framer._buf.length - 1;
  let at = 0;
  let found = false;
  framer._stats.rxBytes += length;
  while (at < length) {
    if (framer._end >= size) {
      makeRoom(framer);
    }
    const room = size - framer._end;
    const stop = length - at < room ? length : at + room;
    putBytes(framer._buf, framer._end, chunk, at, stop);
    framer._end += stop - at;
    at = stop;
    // What ends with a flag may be all that comes for now.
    if ((framer._end >= framer._due || chunk[at - 1] === Hdlc.Flag) && findFrames(framer)) {
      found = true;
    }
  }
  return found;
}

/** The buffer is full: moves an unfinished frame to the front, or gives it up when it fills the whole buffer. */
function makeRoom(framer: Framer): void {
  const start = framer._start;
  if (start > 0) {
    moveDown(framer._buf, 0, start, framer._end);
    framer._end -= start;
    framer._scan -= start;
    framer._start = 0;
  } else {
    framer._stats.tooLong++;
    framer._hunting = true;
    framer._end = framer._scan = 0;
  }
  framer._due = 0;
}

function findFrames(framer: Framer): boolean {
  const buf = framer._buf;
  const end = framer._end;
  let found = false;
  for (;;) {
    if (!framer._due) {
      foretell(framer);
    }
    let flag = framer._due > 0 ? inputForetold(framer) : -1;
    if (flag < 0) {
      if (framer._due > end && buf[end - 1] !== Hdlc.Flag) {
        return found;
      }
      flag = framer._scan = findByte(buf, Hdlc.Flag, framer._scan, end);
      if (flag >= end) {
        break;
      }
      if (!framer._hunting && flag > framer._start) {
        endFrame(framer, framer._start, flag);
      }
      framer._hunting = false;
    }
    found = true;
    if (framer._end !== end) {
      return found; // The handler reset the framer.
    }
    framer._start = framer._scan = flag + 1;
    framer._due = 0;
  }
  if (framer._start === end || framer._hunting) {
    framer._start = framer._scan = framer._end = framer._due = 0;
  }
  return found;
}

/** Where a frame's protocol field ends: at 0x21 for IP. */
function protocolAt(buf: Uint8Array, at: number): number {
  at += buf[at] === 0xff ? 2 : 0;
  return buf[at] ? at : at + 1;
}

/** Reads the length of a packet whose beginning is there, unless something in it is escaped. */
function foretell(framer: Framer): void {
  const buf = framer._buf;
  if (framer._end - framer._start < 8) {
    return;
  }
  const at = protocolAt(buf, framer._start);
  const length = at - framer._start + 3 + getU16(buf, at + 3);
  framer._due = -1;
  if (
    buf[at] === Protocol.Ipv4 &&
    buf[at + 1] >> 4 === 4 &&
    length >= FORETOLD_LEAST &&
    length < framer._plain.length &&
    findByte(buf, Hdlc.Escape, at, at + 5) === at + 5 &&
    !framer._accm &&
    !framer._hunting
  ) {
    framer._length = length;
    framer._from = framer._start;
    framer._to = 0;
    framer._due = framer._start + length;
  }
}

/**
 * Puts the foretold packet together. Each escape puts its end off by a byte.
 * @returns where its flag stands; else -1, and _due says how many bytes it takes, or -1 if it is no such packet
 */
function inputForetold(framer: Framer): number {
  const buf = framer._buf;
  const plain = framer._plain;
  const end = framer._end;
  const length = framer._length;
  let from = framer._from;
  let to = framer._to;
  while (to < length) {
    let stop = from + length - to;
    // An escape is not parted from its octet.
    if (stop <= end && buf[stop - 1] === Hdlc.Escape) {
      stop++;
    }
    if (stop > end) {
      framer._from = from;
      framer._to = to;
      framer._due = stop;
      return -1;
    }
    plain.set(buf.subarray(from, stop), to);
    to = unescapeInPlace(plain, to, to + stop - from);
    from = stop;
    if (to < 0) {
      framer._due = -1;
      return -1;
    }
  }
  framer._from = from;
  framer._to = to;
  framer._due = from + 1;
  if (from >= end) {
    return -1;
  }
  framer._due = -1;
  if (buf[from] !== Hdlc.Flag || fcs16(Fcs.Init, plain, 0, length) !== Fcs.Good) {
    return -1;
  }
  framer._stats.rxFrames++;
  framer._frame(plain, 0, length - 2);
  return from;
}

function endFrame(framer: Framer, start: number, flag: number): void {
  const buf = framer._buf;
  const stats = framer._stats;
  let end = flag;
  if (framer._accm) {
    end = stripControls(buf, start, end, framer._accm);
  }
  end = unescapeInPlace(buf, start, end);
  if (end - start < 4) {
    stats.aborted++;
  } else if (fcs16(Fcs.Init, buf, start, end) !== Fcs.Good) {
    stats.badFcs++;
    const at = protocolAt(buf, start);
    if (buf[at] === Protocol.Ipv4 && at + 3 + getU16(buf, at + 3) !== end) {
      stats.overruns++;
    }
  } else {
    stats.rxFrames++;
    framer._frame(buf, start, end - 2);
  }
}
