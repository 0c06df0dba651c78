/**
 * Bytes to frames: RFC 1662 asynchronous framing, receive side.
 *
 * Bytes are gathered in one buffer; a frame is unescaped and checked where it lies. Every flag resynchronises: nothing
 * of a bad frame outlives the flag that ends it.
 */

import { findByte, moveDown, putBytes } from '../wire/bytes';
import { Fcs, fcs16 } from '../wire/fcs';
import { Hdlc, stripControls, unescapeInPlace } from '../wire/hdlc';

/** Counters of what arrived; read-only for everyone else. */
export interface FramerStats {
  rxBytes: number;
  rxFrames: number;
  /** Frames dropped because their FCS was wrong. */
  badFcs: number;
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
  /** Bytes are dropped until the next flag: before the first one, and after a frame that was too long. */
  _hunting: boolean;
  /** Receive ACCM: control characters to be removed (RFC 1662 §7.1). */
  _accm: number;
  _stats: FramerStats;
  /** A good frame: buf[at, end) from the address or protocol field to before the FCS. */
  _frame: (buf: Uint8Array, at: number, end: number) => void;
}

/** @param size bytes of the buffer: twice the longest frame leaves room for its escapes */
export function createFramer(size: number, frame: (buf: Uint8Array, at: number, end: number) => void): Framer {
  const buf = new Uint8Array(size & ~1);
  return {
    _buf: buf,
    _start: 0,
    _scan: 0,
    _end: 0,
    _hunting: true,
    _accm: -1,
    _stats: { rxBytes: 0, rxFrames: 0, badFcs: 0, aborted: 0, tooLong: 0 },
    _frame: frame,
  };
}

/** Forgets what was gathered and waits for a flag; counters stay. */
export function framerReset(framer: Framer): void {
  framer._start = framer._scan = framer._end = 0;
  framer._hunting = true;
  framer._accm = -1;
}

/** Takes the first `length` bytes of chunk and hands on every frame that they complete. */
export function framerInput(framer: Framer, chunk: Uint8Array, length: number): void {
  let at = 0;
  framer._stats.rxBytes += length;
  while (at < length) {
    let room = framer._buf.length - 1 - framer._end;
    if (room <= 0) {
      makeRoom(framer);
      room = framer._buf.length - 1 - framer._end;
    }
    const take = length - at < room ? length - at : room;
    putBytes(framer._buf, framer._end, chunk, at, at + take);
    framer._end += take;
    at += take;
    scanFlags(framer);
  }
}

/** The buffer is full: moves an unfinished frame to the front, or gives it up when it fills the whole buffer. */
function makeRoom(framer: Framer): void {
  if (framer._start > 0) {
    moveDown(framer._buf, 0, framer._start, framer._end);
    framer._end -= framer._start;
    framer._start = 0;
  } else {
    framer._stats.tooLong++;
    framer._hunting = true;
    framer._end = 0;
  }
  framer._scan = framer._end;
}

function scanFlags(framer: Framer): void {
  const buf = framer._buf;
  const end = framer._end;
  let flag = findByte(buf, Hdlc.Flag, framer._scan, end);
  while (flag < end) {
    const start = framer._start;
    framer._start = framer._scan = flag + 1;
    if (framer._hunting) {
      framer._hunting = false;
    } else if (flag > start) {
      endFrame(framer, buf, start, flag);
      if (framer._end !== end) {
        return; // The handler reset the framer.
      }
    }
    flag = findByte(buf, Hdlc.Flag, framer._scan, end);
  }
  if (framer._start === end || framer._hunting) {
    framer._start = framer._scan = framer._end = 0;
  } else {
    framer._scan = end;
  }
}

function endFrame(framer: Framer, buf: Uint8Array, start: number, flag: number): void {
  const stats = framer._stats;
  let end = flag;
  if (framer._accm) {
    end = stripControls(buf, start, end, framer._accm);
  }
  end = unescapeInPlace(buf, start, end);
  if (end - start < 4) {
    stats.aborted++;
    return;
  }
  if (fcs16(Fcs.Init, buf, start, end) !== Fcs.Good) {
    stats.badFcs++;
    return;
  }
  stats.rxFrames++;
  framer._frame(buf, start, end - 2);
}
