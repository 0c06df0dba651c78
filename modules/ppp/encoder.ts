/** Frames to bytes: RFC 1662 asynchronous framing, send side. */

import { copyOf } from '../wire/bytes';
import { Fcs, fcs16, fcs16Byte } from '../wire/fcs';
import { Hdlc, escapeByte, escapeInto } from '../wire/hdlc';

export interface Encoder {
  /** The longest packet there is room for, octets. */
  _longest: number;
  /** Room for a piece with every octet escaped. */
  _out: Uint8Array;
  /** Send ACCM: what the peer asked to have escaped, as signed bits. */
  _accm: number;
  /** Address-and-control and protocol field compression, as the peer allowed. */
  _acfc: boolean;
  _pfc: boolean;
  /** Octets of a packet that are made and sent at a time. */
  _piece: number;
  /** When the last frame went out: after a pause a new one opens with a flag (RFC 1662 §4.4.2). */
  _sentAtMs: number;
}

/** RFC 1662 asks for a flag after a second at most; noise comes sooner. */
const IDLE_FLAG_MS = 100;

/** Flags, address, control, two octets of protocol and of FCS. */
const OVERHEAD = 8;

/**
 * @param mtu the longest packet to be sent, octets
 * @param piece octets that are made at a time where the frame goes out in pieces; without it, all of them
 */
export function createEncoder(mtu: number, piece?: number): Encoder {
  return {
    _longest: mtu,
    _out: new Uint8Array(2 * ((piece || mtu) + OVERHEAD)),
    _accm: -1,
    _acfc: false,
    _pfc: false,
    _piece: piece || mtu,
    _sentAtMs: -Infinity,
  };
}

/** Back to what is used before LCP is open. */
export function encoderReset(encoder: Encoder): void {
  encoder._accm = -1;
  encoder._acfc = encoder._pfc = false;
}

/**
 * Makes the frame of one packet buf[at, end).
 * @param plain send with the defaults of RFC 1662: LCP's codes 1 to 7, always
 * @param early takes the frame's first pieces, each of `_piece` octets, so that where writing blocks for all but what the
 * FIFO holds, the next piece is made while the last one leaves
 * @returns the rest, or all of it: an array that owns its buffer, as firmwares want it: they send the whole of it
 */
export function encodeFrame(
  encoder: Encoder,
  plain: boolean,
  protocol: number,
  buf: Uint8Array,
  at: number,
  end: number,
  nowMs: number,
  early?: (bytes: Uint8Array) => void,
): Uint8Array {
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
  while (at < end) {
    const stop = early && end - at > encoder._piece ? at + encoder._piece : end;
    fcs = fcs16(fcs, buf, at, stop);
    to = escapeInto(out, to, buf, at, stop, accm);
    if (stop < end) {
      (early as (bytes: Uint8Array) => void)(copyOf(out, 0, to));
      to = 0;
    }
    at = stop;
  }
  fcs ^= 0xffff;
  to = escapeByte(out, to, fcs & 255, accm);
  to = escapeByte(out, to, fcs >> 8, accm);
  out[to++] = Hdlc.Flag;
  return copyOf(out, 0, to);
}
