/** Frames to bytes: RFC 1662 asynchronous framing, send side. */

import { copyOf, grown } from '../wire/bytes';
import { Fcs, fcs16, fcs16Byte } from '../wire/fcs';
import { min } from '../wire/math';
import { Hdlc, escapeByte, escapeInto } from '../wire/hdlc';

export interface Encoder {
  /** The longest packet there is room for, octets. */
  _longest: number;
  /** Room for what is looked at at a time, with every octet escaped; grows with the packets. */
  _out: Uint8Array;
  /** Send ACCM: what the peer asked to have escaped, as signed bits. */
  _accm: number;
  /** Address-and-control and protocol field compression, as the peer allowed. */
  _acfc: boolean;
  _pfc: boolean;
  /** Octets of a frame that are written at a time. */
  _piece: number;
  _line: Line;
  _stats: { txBytes: number };
  /** The last pieces of the last frame, which go out with feedLine. */
  _held: Uint8Array[];
  /** When the last frame went out: after a pause a new one opens with a flag (RFC 1662 §4.4.2). */
  _sentAtMs: number;
}

/** Where frames go to. */
export interface Line {
  /** Sends these bytes, an array that owns its buffer, as firmwares want it: they send the whole of it. */
  _write(bytes: Uint8Array): void;
}

/** RFC 1662 asks for a flag after a second at most; noise comes sooner. */
const IDLE_FLAG_MS = 100;

/** Flags, address, control, two octets of protocol and of FCS. */
const OVERHEAD = 8;

/** Pieces of a packet that are looked at at a time: each look has its price, and must not take longer than a piece. */
const LOOK = 4;

/** Packets of so many octets are mostly followed by more: of their frames the end is held back. */
const HELD_LEAST = 512;

/**
 * @param mtu the longest packet to be sent, octets
 * @param counters of what is sent
 * @param piece octets that are written at a time where the frame goes out in pieces; without it, all of them
 */
export function createEncoder(line: Line, counters: { txBytes: number }, mtu: number, piece?: number): Encoder {
  return {
    _line: line,
    _stats: counters,
    _held: [],
    _longest: mtu,
    _out: new Uint8Array(2 * ((piece || mtu) + OVERHEAD)),
    _accm: -1,
    _acfc: false,
    _pfc: false,
    _piece: piece || 2 * (mtu + OVERHEAD),
    _sentAtMs: -Infinity,
  };
}

/**
 * Writes a piece: one of those held back, if there is any; to be called whenever there is something else to do than the
 * next frame.
 */
export function feedLine(encoder: Encoder, piece?: Uint8Array): void {
  piece = piece || encoder._held.shift();
  if (piece) {
    encoder._stats.txBytes += piece.length;
    encoder._line._write(piece);
  }
}

/**
 * Makes the frame of one packet buf[at, end) and writes it. Where writing blocks for all but what the FIFO holds, a piece
 * of it is short enough that the next one is made while the last one leaves; and the last ones of a long frame are held
 * back, so that the line has something to do until the next frame is there.
 * @param plain send with the defaults of RFC 1662: LCP's codes 1 to 7, always
 */
export function encodeFrame(
  encoder: Encoder,
  plain: boolean,
  protocol: number,
  buf: Uint8Array,
  at: number,
  end: number,
  nowMs: number,
): void {
  const held = encoder._held;
  const accm = plain ? -1 : encoder._accm;
  const piece = encoder._piece;
  const look = LOOK * piece;
  const room = 2 * (min(end - at, look) + OVERHEAD);
  const out = (encoder._out = grown(encoder._out, room, room));
  const holds = end - at >= HELD_LEAST;
  let fcs: number = Fcs.Init;
  let to = 0;
  if (nowMs - encoder._sentAtMs >= IDLE_FLAG_MS || plain) {
    out[to++] = Hdlc.Flag;
  }
  encoder._sentAtMs = nowMs;
  if (plain || !encoder._acfc) {
    fcs = fcs16Byte(fcs16Byte(fcs, 0xff), 0x03);
    to = escapeByte(out, escapeByte(out, to, 0xff, accm), 0x03, accm);
  }
  if (plain || !encoder._pfc || protocol > 0xff) {
    fcs = fcs16Byte(fcs, protocol >> 8);
    to = escapeByte(out, to, protocol >> 8, accm);
  }
  fcs = fcs16Byte(fcs, protocol & 255);
  to = escapeByte(out, to, protocol & 255, accm);
  // The first look is at what the others leave: they are all of full length, and so is what is held back.
  let stop = at + ((end - at - 1) % look) + 1;
  // How far the FCS has come, which is ahead.
  let checked = at;
  feedLine(encoder);
  for (;;) {
    if (checked < stop) {
      fcs = fcs16(fcs, buf, checked, stop);
      checked = stop;
      feedLine(encoder);
    }
    to = escapeInto(out, to, buf, at, stop, accm);
    at = stop;
    if (at === end) {
      fcs ^= 0xffff;
      to = escapeByte(out, escapeByte(out, to, fcs & 255, accm), fcs >> 8, accm);
      out[to++] = Hdlc.Flag;
    }
    while (held.length) {
      feedLine(encoder);
    }
    stop = min(at + look, end);
    for (let from = 0; from < to; from += piece) {
      const bytes = copyOf(out, from, min(from + piece, to));
      if (holds && from && at === end) {
        held.push(bytes);
      } else {
        feedLine(encoder, bytes);
        if (checked < stop) {
          const till = min(checked + 2 * piece, stop);
          fcs = fcs16(fcs, buf, checked, till);
          checked = till;
        }
      }
    }
    if (at === end) {
      return;
    }
    to = 0;
  }
}
