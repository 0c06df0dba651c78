/** The compressor of RFC 1144 §3.2 and A.2. */

import { getU16, getU32, putBytes, putU16, sameBytes } from './bytes';
import { Ipv4 } from './ipv4';
import { Change, Flag, SPECIAL_DATA, SPECIAL_ECHO, Slot, Tcp, createSlot, headerLength } from './vj';

export interface VjSender {
  _slots: Slot[];
  /** Number of slots there may be, and whether the number of the last one may be left out. */
  _limit: number;
  _mayOmit: boolean;
  _last: number;
  _packets: number;
  /** Where the packet to be sent begins now. */
  _at: number;
}

export const enum VjType {
  Ip,
  Uncompressed,
  Compressed,
}

/** @param maxSlot the largest slot number that the receiver has */
export function createVjSender(maxSlot: number, mayOmit: boolean): VjSender {
  return { _slots: [], _limit: maxSlot + 1, _mayOmit: mayOmit, _last: -1, _packets: 0, _at: 0 };
}

/** The slot of the packet's connection: its own, or that of the one unused for longest, which then has no header. */
function slotOf(sender: VjSender, buf: Uint8Array, at: number, ip: number): number {
  const slots = sender._slots;
  let oldest = 0;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i];
    if (
      sameBytes(slot._header, Ipv4.Source, buf, at + Ipv4.Source, 8) &&
      sameBytes(slot._header, slot._ip, buf, at + ip, 4)
    ) {
      return i;
    }
    if (slot._used < slots[oldest]._used) {
      oldest = i;
    }
  }
  if (slots.length < sender._limit) {
    slots.push(createSlot());
    return slots.length - 1;
  }
  slots[oldest]._length = 0;
  return oldest;
}

/**
 * Compresses the IP packet buf[at, end) where it stands: from sender._at on it is what goes out as the type returned.
 * vjRestore() brings back what was there.
 */
export function vjCompress(sender: VjSender, buf: Uint8Array, at: number, end: number): VjType {
  const length = headerLength(buf, at, end);
  const ip = (buf[at] & 15) << 2;
  const tcp = at + ip;
  sender._at = at;
  if (
    !length ||
    getU16(buf, at + Ipv4.TotalLength) !== end - at ||
    (buf[tcp + Tcp.Flags] & (Flag.Syn | Flag.Fin | Flag.Rst | Flag.Ack)) !== Flag.Ack
  ) {
    return VjType.Ip;
  }
  const number = slotOf(sender, buf, at, ip);
  const slot = sender._slots[number];
  const isSame = number === sender._last && sender._mayOmit;
  const size = slot._length === length && slot._ip === ip ? compress(slot, buf, at, end, number, isSame) : 0;
  slot._used = ++sender._packets;
  slot._ip = ip;
  slot._length = length;
  putBytes(slot._header, 0, buf, at, at + length);
  sender._last = number;
  if (!size) {
    buf[at + Ipv4.Protocol] = number;
    return VjType.Uncompressed;
  }
  sender._at = at + length - size;
  putBytes(buf, sender._at, scratch, 0, size);
  return VjType.Compressed;
}

/** Makes buf[at...] again what it was before vjCompress(). */
export function vjRestore(sender: VjSender, buf: Uint8Array, at: number, type: VjType): void {
  const slot = sender._slots[sender._last];
  if (type !== VjType.Ip) {
    putBytes(buf, at, slot._header, 0, slot._length);
  }
}

/** Change octet, slot, checksum and five deltas of up to three octets. */
const scratch = new Uint8Array(19);

/** Writes a delta of up to 16 bits; zero can be told from none, too. */
function putDelta(to: number, delta: number): number {
  if (delta > 0 && delta < 256) {
    scratch[to] = delta;
    return to + 1;
  }
  scratch[to] = 0;
  putU16(scratch, to + 1, delta);
  return to + 3;
}

/** Writes the compressed headers to `scratch`; returns their length, 0 when they cannot be. */
function compress(slot: Slot, buf: Uint8Array, at: number, end: number, number: number, isSame: boolean): number {
  const old = slot._header;
  const ip = slot._ip;
  const length = slot._length;
  const tcp = at + ip;
  const flags = buf[tcp + Tcp.Flags];
  // Type of service, fragment field, time to live; options of IP; offset; options of TCP.
  if (
    old[1] !== buf[at + 1] ||
    !sameBytes(old, Ipv4.Fragment, buf, at + Ipv4.Fragment, 3) ||
    !sameBytes(old, 20, buf, at + 20, ip - 20) ||
    (old[ip + Tcp.Flags] ^ flags) & 0xc0 ||
    !sameBytes(old, ip + Tcp.Offset, buf, tcp + Tcp.Offset, 1) ||
    !sameBytes(old, ip + 20, buf, tcp + 20, length - ip - 20)
  ) {
    return 0;
  }
  const data = getU16(old, Ipv4.TotalLength) - length;
  const urgent = getU16(buf, tcp + Tcp.Urgent);
  const window = (getU16(buf, tcp + Tcp.Window) - getU16(old, ip + Tcp.Window)) & 0xffff;
  const ack = (getU32(buf, tcp + Tcp.Ack) - getU32(old, ip + Tcp.Ack)) >>> 0;
  const sequence = (getU32(buf, tcp + Tcp.Sequence) - getU32(old, ip + Tcp.Sequence)) >>> 0;
  const id = (getU16(buf, at + Ipv4.Id) - getU16(old, Ipv4.Id)) & 0xffff;
  const start = isSame ? 3 : 4;
  let changes = 0;
  let to = start;
  if (flags & Flag.Urgent) {
    to = putDelta(to, urgent);
    changes = Change.Urgent;
  } else if (urgent !== getU16(old, ip + Tcp.Urgent)) {
    return 0; // §3.2.2: not to be expected, and not to be expressed.
  }
  if (window) {
    to = putDelta(to, window);
    changes |= Change.Window;
  }
  if (ack) {
    to = putDelta(to, ack);
    changes |= Change.Ack;
  }
  if (sequence) {
    to = putDelta(to, sequence);
    changes |= Change.Sequence;
  }
  if (ack > 0xffff || sequence > 0xffff || changes === SPECIAL_ECHO || changes === SPECIAL_DATA) {
    return 0;
  }
  if (!changes && (data || end - at === length)) {
    return 0; // Sent again, perhaps because the other side has missed the compressed one.
  }
  if (data === sequence && data) {
    if (changes === (Change.Sequence | Change.Ack) && ack === data) {
      changes = SPECIAL_ECHO;
      to = start;
    } else if (changes === Change.Sequence) {
      changes = SPECIAL_DATA;
      to = start;
    }
  }
  if (id !== 1) {
    to = putDelta(to, id);
    changes |= Change.Id;
  }
  if (flags & Flag.Push) {
    changes |= Change.Push;
  }
  scratch[0] = changes;
  if (!isSame) {
    scratch[0] = changes | Change.Slot;
    scratch[1] = number;
  }
  scratch[start - 2] = buf[tcp + Tcp.Checksum];
  scratch[start - 1] = buf[tcp + Tcp.Checksum + 1];
  return to;
}
