/**
 * Bytes to frames: RFC 1662 asynchronous framing, receive side.
 *
 * Bytes are gathered in one buffer; a frame is unescaped and checked where it lies. Every flag resynchronises: nothing
 * of a bad frame outlives the flag that ends it.
 *
 * A long IP packet is spared the search for its flag, which costs 500 cycles a byte on the RP2040: its length says where
 * the flag has to be. If it is not there, or the FCS is wrong, the flags decide as for any frame.
 */

import { findByte, getU16, grown, moveDown, putBytes } from '../wire/bytes';
import { Protocol } from '../wire/control';
import { Fcs, fcs16, fcs16Sum, wordSum } from '../wire/fcs';
import { Hdlc, stripControls, unescapeDown } from '../wire/hdlc';

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
  /** What the buffer may grow to. */
  _size: number;
  /** The frame being gathered: its octets are [_start, _to), and what has come of the rest is [_from, _end) as sent. */
  _start: number;
  _to: number;
  _from: number;
  _end: number;
  /** No flag stands from _from to here. */
  _scan: number;
  /** Where the packet being gathered may be complete: before that no flag is looked for. 0 unknown, -1 not to be known. */
  _due: number;
  /** That packet's octets with the FCS, and those of them that stand before IP; the latter 0 where it is not foretold. */
  _length: number;
  _head: number;
  /** In a call of _frame: the Internet checksum of an IP packet in it (see sum16), or 0. */
  _sum: number;
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

/**
 * To be reset before it is used.
 *
 * @param size bytes of the buffer, even: the longest frame without its escapes, and what comes with one event
 * @param first bytes that it begins with, even; it grows when a frame does not fit. All of them when left out
 */
export function createFramer(
  size: number,
  frame: (buf: Uint8Array, at: number, end: number) => void,
  first?: number,
): Framer {
  return {
    _buf: new Uint8Array(first || size),
    _size: size,
    _stats: { rxBytes: 0, rxFrames: 0, badFcs: 0, overruns: 0, aborted: 0, tooLong: 0 },
    _frame: frame,
  } as Framer;
}

/** Forgets what was gathered and waits for a flag; counters stay. */
export function framerReset(framer: Framer): void {
  begin(framer, 0);
  framer._end = 0;
  framer._hunting = true;
  framer._accm = -1;
}

/** The next frame begins here. */
function begin(framer: Framer, at: number): void {
  framer._start = framer._to = framer._from = framer._scan = at;
  framer._due = framer._head = 0;
}

/**
 * Takes the first `length` bytes of chunk and hands on every frame that they complete.
 * @returns whether a flag was found: without one nothing has happened
 */
export function framerInput(framer: Framer, chunk: Uint8Array, length: number): boolean {
  let at = 0;
  let found = false;
  framer._stats.rxBytes += length;
  while (at < length) {
    if (framer._end >= framer._buf.length - 1) {
      makeRoom(framer);
    }
    const room = framer._buf.length - 1 - framer._end;
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

/** Undoes what the sender and the line have done to [_from, stop); _to becomes -1 when it ends in an escape. */
function unescape(framer: Framer, stop: number): void {
  const buf = framer._buf;
  const end = framer._accm ? stripControls(buf, framer._from, stop, framer._accm) : stop;
  framer._to = unescapeDown(buf, framer._to, framer._from, end);
  framer._from = framer._scan = stop;
}

/**
 * The buffer is full: the unfinished frame in it, which shrinks by its escapes, moves to the front. For one that still
 * fills the buffer it grows, and what fills the largest is given up.
 */
function makeRoom(framer: Framer): void {
  const buf = framer._buf;
  const start = framer._start;
  let stop = framer._end;
  // An escape is not parted from its octet; controls may be between them.
  while (stop > framer._from && (buf[stop - 1] === Hdlc.Escape || (framer._accm && buf[stop - 1] < 0x20))) {
    stop--;
  }
  unescape(framer, stop);
  const to = framer._to - start;
  moveDown(buf, 0, start, framer._to);
  moveDown(buf, to, framer._from, framer._end);
  framer._start = 0;
  framer._to = to;
  framer._end += to - framer._from;
  framer._from = framer._scan = to;
  if (framer._due > 0) {
    // Looked at as soon as something comes.
    framer._due = 1;
  }
  if (framer._hunting || framer._end >= buf.length - 1) {
    if (!framer._hunting) {
      if (buf.length < framer._size) {
        framer._buf = grown(buf, framer._size, framer._size);
        return;
      }
      framer._stats.tooLong++;
    }
    framer._hunting = true;
    framer._end = 0;
    begin(framer, 0);
  }
}

function findFrames(framer: Framer): boolean {
  const buf = framer._buf;
  let found = false;
  for (;;) {
    if (!framer._due) {
      foretell(framer);
    }
    let flag = -1;
    if (framer._due > 0) {
      flag = gather(framer);
    }
    const end = framer._end;
    if (flag < 0) {
      if (framer._due > end && buf[end - 1] !== Hdlc.Flag) {
        return found;
      }
      flag = findByte(buf, Hdlc.Flag, framer._scan, end);
      if (flag >= end) {
        framer._scan = end;
        break;
      }
    }
    found = true;
    if (!framer._hunting && (flag > framer._from || framer._to > framer._start)) {
      endFrame(framer, flag);
      if (framer._hunting) {
        return found; // The handler reset the framer.
      }
    }
    framer._hunting = false;
    begin(framer, flag + 1);
  }
  if (framer._start === framer._end || framer._hunting) {
    framer._end = 0;
    begin(framer, 0);
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
  const start = framer._start;
  if (framer._end - start < 8) {
    return;
  }
  const at = protocolAt(buf, start) + 1;
  const length = at - start + 2 + getU16(buf, at + 2);
  framer._due = -1;
  if (
    buf[at - 1] === Protocol.Ipv4 &&
    length >= FORETOLD_LEAST &&
    length < framer._size - 1 &&
    findByte(buf, Hdlc.Escape, at, at + 4) === at + 4 &&
    !framer._accm &&
    !framer._hunting
  ) {
    framer._length = length;
    framer._head = at - start;
    framer._due = 1;
  }
}

/**
 * Gathers the foretold packet. Each escape puts its end off by a byte.
 * @returns where its flag stands; else -1, and _due says how many bytes it takes, or -1 if the flags have to decide
 */
function gather(framer: Framer): number {
  const buf = framer._buf;
  const end = framer._end;
  const octets = framer._start + framer._length;
  while (framer._to < octets) {
    let stop = framer._from + octets - framer._to;
    if (stop <= end && buf[stop - 1] === Hdlc.Escape) {
      stop++;
    }
    if (stop > end) {
      framer._due = stop;
      return -1;
    }
    unescape(framer, stop);
  }
  if (framer._to > octets) {
    // That was no escape, but the octet of one: what came with it is the flag.
    framer._to--;
    framer._from--;
  }
  framer._due = framer._from + 1;
  if (framer._from >= end) {
    return -1;
  }
  framer._due = -1;
  if (buf[framer._from] === Hdlc.Flag) {
    return framer._from;
  }
  resync(framer);
  return -1;
}

/**
 * There is no flag where it was foretold. When octets have got lost it is among what was gathered, and the frame behind it
 * begins as this one did; else there is padding, and the flags decide.
 */
function resync(framer: Framer): void {
  const buf = framer._buf;
  const start = framer._start;
  const to = framer._to;
  let at = to;
  moveDown(buf, to, framer._from, framer._end);
  framer._end += to - framer._from;
  while (--at > start) {
    if (buf[at] === Hdlc.Flag && buf[at + 1] === buf[start]) {
      framer._stats.badFcs++;
      framer._stats.overruns++;
      begin(framer, at + 1);
      break;
    }
  }
  framer._to = framer._from = framer._scan = to;
}

function endFrame(framer: Framer, flag: number): void {
  const buf = framer._buf;
  const stats = framer._stats;
  const start = framer._start;
  const head = framer._head;
  unescape(framer, flag);
  if (framer._to - start < 4) {
    stats.aborted++;
    return;
  }
  const end = framer._to - 2;
  const fcs = fcs16Sum(fcs16(Fcs.Init, buf, start, start + head), buf, start + head, end);
  framer._sum = head && wordSum();
  if (fcs16(fcs, buf, end, end + 2) !== Fcs.Good) {
    stats.badFcs++;
    const at = protocolAt(buf, start);
    if (buf[at] === Protocol.Ipv4 && at + 1 + getU16(buf, at + 3) !== end) {
      stats.overruns++;
    }
    return;
  }
  stats.rxFrames++;
  framer._frame(buf, start, end);
}
