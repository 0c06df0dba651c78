/** The decompressor of RFC 1144 §3.2, §4.1 and A.3. */

import { getU16, getU32, putBytes, putU16, putU32 } from './bytes';
import { foldChecksum } from './checksum';
import { Ipv4 } from './ipv4';
import { Change, Flag, SPECIALS, SPECIAL_DATA, SPECIAL_ECHO, Slot, TCP, Tcp, createSlot, headerLength } from './vj';

export interface VjReceiver {
  _slots: Slot[];
  _limit: number;
  _last: number;
  /** Something was lost: the slot meant is not known until one is named (§4.1). */
  _toss: boolean;
}

export function createVjReceiver(maxSlot: number): VjReceiver {
  return { _slots: [], _limit: maxSlot + 1, _last: -1, _toss: true };
}

/**
 * Takes an uncompressed packet buf[at, end): its protocol field names the slot, and becomes TCP again.
 * @returns false when it is none: everything is tossed then until a slot is named
 */
export function vjUncompressed(receiver: VjReceiver, buf: Uint8Array, at: number, end: number): boolean {
  const number = buf[at + Ipv4.Protocol];
  buf[at + Ipv4.Protocol] = TCP;
  const length = number < receiver._limit && end > at + Ipv4.Protocol ? headerLength(buf, at, end) : 0;
  receiver._toss = !length;
  if (!length) {
    return false;
  }
  const slot = receiverSlot(receiver, number);
  slot._ip = (buf[at] & 15) << 2;
  slot._length = length;
  putBytes(slot._header, 0, buf, at, at + length);
  receiver._last = number;
  return true;
}

function receiverSlot(receiver: VjReceiver, number: number): Slot {
  const slots = receiver._slots;
  while (slots.length <= number) {
    slots.push(createSlot());
  }
  return slots[number];
}

/** Where the next delta stands, and what it was. */
let next = 0;

function takeDelta(buf: Uint8Array): number {
  const delta = buf[next++];
  if (delta) {
    return delta;
  }
  next += 2;
  return getU16(buf, next - 2);
}

/** IP's, without a view for so few octets. */
function putChecksum(header: Uint8Array, length: number): void {
  let sum = 0;
  putU16(header, Ipv4.Checksum, 0);
  for (let i = 0; i < length; i += 2) {
    sum += getU16(header, i);
  }
  putU16(header, Ipv4.Checksum, foldChecksum(sum));
}

/**
 * Writes the IP packet that the compressed one at buf[at, end) stands for to out[0...].
 * @returns its octets; 0 when it is tossed
 */
export function vjDecompress(receiver: VjReceiver, buf: Uint8Array, at: number, end: number, out: Uint8Array): number {
  const changes = buf[at];
  next = at + 1;
  if (changes & Change.Slot) {
    const named = buf[next++];
    receiver._toss = next > end || named >= receiver._slots.length || !receiver._slots[named]._length;
    receiver._last = named;
  }
  const slot = receiver._slots[receiver._last];
  if (receiver._toss || end - next < 2) {
    receiver._toss = true;
    return 0;
  }
  const header = slot._header;
  const ip = slot._ip;
  const length = slot._length;
  const data = getU16(header, Ipv4.TotalLength) - length;
  const special = changes & SPECIALS;
  let flags = header[ip + Tcp.Flags] & ~(Flag.Push | Flag.Urgent);
  let ack = getU32(header, ip + Tcp.Ack);
  let sequence = getU32(header, ip + Tcp.Sequence);
  putBytes(header, ip + Tcp.Checksum, buf, next, next + 2);
  next += 2;
  if (changes & Change.Push) {
    flags |= Flag.Push;
  }
  if (special === SPECIAL_ECHO || special === SPECIAL_DATA) {
    sequence += data;
    ack += special === SPECIAL_ECHO ? data : 0;
  } else {
    if (changes & Change.Urgent) {
      flags |= Flag.Urgent;
      putU16(header, ip + Tcp.Urgent, takeDelta(buf));
    }
    if (changes & Change.Window) {
      putU16(header, ip + Tcp.Window, getU16(header, ip + Tcp.Window) + takeDelta(buf));
    }
    if (changes & Change.Ack) {
      ack += takeDelta(buf);
    }
    if (changes & Change.Sequence) {
      sequence += takeDelta(buf);
    }
  }
  putU16(header, Ipv4.Id, getU16(header, Ipv4.Id) + (changes & Change.Id ? takeDelta(buf) : 1));
  const total = length + end - next;
  if (next > end || total > out.length) {
    receiver._toss = true; // Whatever was changed above is not to be built on.
    return 0;
  }
  header[ip + Tcp.Flags] = flags;
  putU32(header, ip + Tcp.Ack, ack);
  putU32(header, ip + Tcp.Sequence, sequence);
  putU16(header, Ipv4.TotalLength, total);
  putChecksum(header, ip);
  putBytes(out, 0, header, 0, length);
  putBytes(out, length, buf, next, end);
  return total;
}
