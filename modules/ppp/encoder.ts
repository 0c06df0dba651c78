/** Frames to bytes: RFC 1662 asynchronous framing, send side. */

import { copyOf } from '../wire/bytes';
import { Fcs, fcs16, fcs16Byte } from '../wire/fcs';
import { min } from '../wire/math';
import { Hdlc, escapeByte, escapeInto } from '../wire/hdlc';

export interface Encoder {
  /** The longest packet there is room for, octets. */
  _longest: number;
  /** Room for the pieces that are made at a time, with every octet escaped. */
  _out: Uint8Array;
  /** Send ACCM: what the peer asked to have escaped, as signed bits. */
  _accm: number;
  /** Address-and-control and protocol field compression, as the peer allowed. */
  _acfc: boolean;
  _pfc: boolean;
  /** Octets of a frame that are written at a time. */
  _piece: number;
  /** When the last frame went out: after a pause a new one opens with a flag (RFC 1662 §4.4.2). */
  _sentAtMs: number;
}

/** RFC 1662 asks for a flag after a second at most; noise comes sooner. */
const IDLE_FLAG_MS = 100;

/** Flags, address, control, two octets of protocol and of FCS. */
const OVERHEAD = 8;

/** As much of a packet is looked at at a time, in pieces: each look has its price. */
const MOST_PIECES = 2;

/**
 * @param mtu the longest packet to be sent, octets
 * @param piece octets that are written at a time where the frame goes out in pieces; without it, all of them
 */
export function createEncoder(mtu: number, piece?: number): Encoder {
  return {
    _longest: mtu,
    _out: new Uint8Array(2 * ((piece ? MOST_PIECES * piece : mtu) + OVERHEAD)),
    _accm: -1,
    _acfc: false,
    _pfc: false,
    _piece: piece || 2 * (mtu + OVERHEAD),
    _sentAtMs: -Infinity,
  };
}

/** Back to what is used before LCP is open. */
export function encoderReset(encoder: Encoder): void {
  encoder._accm = -1;
  encoder._acfc = encoder._pfc = false;
}

/**
 * Makes the frame of one packet buf[at, end) and writes it. Where writing blocks for all but what the FIFO holds, a piece
 * of it is short enough that the next one is made while the last one leaves.
 * @param plain send with the defaults of RFC 1662: LCP's codes 1 to 7, always
 * @param write takes the frame in pieces: arrays that own their buffer, as firmwares want it: they send the whole of it
 */
export function encodeFrame(
  encoder: Encoder,
  plain: boolean,
  protocol: number,
  buf: Uint8Array,
  at: number,
  end: number,
  nowMs: number,
  write: (bytes: Uint8Array) => void,
): void {
  const out = encoder._out;
  const accm = plain ? -1 : encoder._accm;
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
  const piece = encoder._piece;
  let pieces = 1;
  // How far the FCS has come, which is ahead.
  let checked = at;
  for (;;) {
    const stop = min(at + pieces * piece, end);
    if (checked < stop) {
      fcs = fcs16(fcs, buf, checked, stop);
      checked = stop;
    }
    to = escapeInto(out, to, buf, at, stop, accm);
    at = stop;
    if (at === end) {
      fcs ^= 0xffff;
      to = escapeByte(out, escapeByte(out, to, fcs & 255, accm), fcs >> 8, accm);
      out[to++] = Hdlc.Flag;
    } else {
      pieces = min(2 * pieces, MOST_PIECES);
    }
    for (let from = 0; from < to; from += piece) {
      write(copyOf(out, from, min(from + piece, to)));
      if (checked === at && at < end) {
        checked = min(at + pieces * piece, end);
        fcs = fcs16(fcs, buf, at, checked);
      }
    }
    if (at === end) {
      return;
    }
    to = 0;
  }
}
