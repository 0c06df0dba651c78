/**
 * One fixture, four directions: parse, emit into a dirty buffer, parse of what was emitted, and every truncation.
 * Parsers and emitters get (buf, at, end): the packet stands in buf[at, end).
 */

import * as assert from 'uvu/assert';
import { hex, toHex } from './bytes';

export interface Codec<T> {
  /** The object, or null when the bytes are refused. */
  parse(buf: Uint8Array, at: number, end: number): T | null;
  /** Writes the packet at buf[at...]; returns the octets written. Whatever stands behind a header is its business. */
  emit?(buf: Uint8Array, at: number, value: T): number;
}

export interface Fixture<T> {
  name: string;
  bytes: string;
  value: T;
  /** Prefixes of at least this many octets are whole packets too (padding that may be absent); normally all of them. */
  minimum?: number;
}

/** Even and odd: the checksums read 16 bits at a time. */
const OFFSETS = [0, 6, 7];
const MARGIN = 16;
const DIRT = 0xa5;

/** A dirty buffer with `bytes` at `at`; what lies around them must not matter, nor change. */
export function dirty(at: number, bytes: Uint8Array): { buf: Uint8Array; at: number; end: number } {
  const buf = new Uint8Array((at + bytes.length + MARGIN + 1) & ~1).fill(DIRT);
  buf.set(bytes, at);
  return { buf, at, end: at + bytes.length };
}

function untouched(buf: Uint8Array, at: number, end: number, what: string): void {
  for (let i = 0; i < buf.length; i++) {
    if ((i < at || i >= end) && buf[i] !== DIRT) {
      assert.unreachable(`${what} changed the byte at ${i - at} of a packet of ${end - at}`);
    }
  }
}

/** Runs all four directions of one fixture; throws at the first difference. */
export function checkCodec<T>(codec: Codec<T>, fixture: Fixture<T>): void {
  const { name, value } = fixture;
  const bytes = hex(fixture.bytes);
  for (const offset of OFFSETS) {
    const given = dirty(offset, bytes);
    assert.equal(codec.parse(given.buf, given.at, given.end), value, `${name}: parse at ${offset}`);
    assert.is(toHex(given.buf, given.at, given.end), toHex(bytes), `${name}: parse changed its packet`);
    untouched(given.buf, given.at, given.end, `${name}: parse at ${offset}`);

    if (codec.emit) {
      const made = dirty(offset, new Uint8Array(bytes.length).fill(DIRT));
      assert.is(codec.emit(made.buf, offset, value), bytes.length, `${name}: octets emitted at ${offset}`);
      assert.is(toHex(made.buf, offset, offset + bytes.length), toHex(bytes), `${name}: emit at ${offset}`);
      untouched(made.buf, offset, offset + bytes.length, `${name}: emit at ${offset}`);
      const again = codec.parse(made.buf, offset, offset + bytes.length);
      assert.equal(again, value, `${name}: mirror at ${offset}`);
    }

    for (let length = 0; length < (fixture.minimum ?? bytes.length); length++) {
      // The rest of the packet still stands behind `end`: a parser that reads on would find it.
      const cut = dirty(offset, bytes);
      const got = codec.parse(cut.buf, offset, offset + length);
      assert.is(got, null, `${name}: accepted ${length} of ${bytes.length} octets at ${offset}`);
    }
  }
}
