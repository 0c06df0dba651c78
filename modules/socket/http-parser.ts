/**
 * HTTP/1.x messages out of bytes (RFC 9112), both ways. Line ends are found natively, bodies pass in the pieces they come
 * in, and what is ambiguous about where a message ends is refused: that is how requests are smuggled.
 */

import { copyOf } from '../wire/bytes';
import { joined, latin1Of } from './text';

/** Where `value` first stands in [at, end), or `end`, which may be the array's: no sentinel fits behind that. */
function findByte(bytes: Uint8Array, value: number, at: number, end: number): number {
  const found = bytes.indexOf(value, at);
  return found < 0 || found > end ? end : found;
}

const CR = 13;
const LF = 10;
const COLON = 58;
const SPACE = 32;
const TAB = 9;

/** Digits of a chunk's size: up to 256 MB. */
const SIZE_DIGITS = 7;

/** Characters that no token has (RFC 9110 §5.6.2), controls apart. */
const DELIMITERS = [34, 40, 41, 44, 47, 58, 59, 60, 61, 62, 63, 64, 91, 92, 93, 123, 125];

/** What a server answers to a message that is none. */
export const enum Refusal {
  None = 0,
  Bad = 400,
  TooLarge = 431,
  NotImplemented = 501,
  Version = 505,
}

const enum State {
  Start,
  Header,
  ChunkSize,
  ChunkEnd,
  Trailer,
  // From here on what comes is no line.
  Body,
  Chunk,
  UntilClose,
  /** A message is complete, and the next one waits for parseNext(). */
  Hold,
}

export type Headers = { [name: string]: string | string[] | undefined };

export interface Parser {
  _isRequest: boolean;
  /** Bounds of what stands before a body: octets, and lines. */
  _mostOctets: number;
  _mostLines: number;
  _state: State;
  /** The beginning of a line; or, in Hold, what follows the message. */
  _rest: Uint8Array | null;
  /** Octets and lines of the message's head, or of its trailer, or of a chunk's. */
  _octets: number;
  _lines: number;
  /** Octets left of a body or a chunk. */
  _left: number;
  /** Method and target, or status and reason. */
  _first: string;
  _second: string;
  /** Of HTTP/1.x. */
  _minor: number;
  _headers: Headers;
  /** The head is complete. Returns whether no body follows, whatever the head says. */
  _head(): boolean;
  /** A piece of the body, the receiver's own. */
  _body(bytes: Uint8Array): void;
  _done(): void;
}

/** Begins with the next message. */
export function resetParser(parser: Parser): void {
  parser._state = State.Start;
  parser._octets = parser._lines = parser._left = 0;
  parser._headers = Object.create(null) as Headers;
}

/** Whether nothing of a message has come yet. */
export function isIdle(parser: Parser): boolean {
  return parser._state === State.Start && !parser._octets && !parser._rest;
}

/** Whether bytes wait for the message before them to be dealt with. */
export function hasRest(parser: Parser): boolean {
  return !!parser._rest;
}

/** No more will come; returns whether that is the end of a message. */
export function parseEnd(parser: Parser): boolean {
  const isEnd = parser._state === State.UntilClose;
  if (isEnd) {
    complete(parser);
  }
  return isEnd || parser._state === State.Hold;
}

/** Nothing is taken any more. */
export function stopParser(parser: Parser): void {
  parser._state = State.Hold;
  parser._rest = null;
}

/** Whether a list in a header has an item, in small letters. */
export function hasItem(value: string | string[] | undefined, item: string): boolean {
  return String(value || '')
    .toLowerCase()
    .split(',')
    .some(function (one) {
      return one.trim() === item;
    });
}

/** Whether the connection lasts after this message (RFC 9112 §9.3). */
export function isPersistent(parser: Parser): boolean {
  const connection = parser._headers.connection;
  return parser._minor ? !hasItem(connection, 'close') : hasItem(connection, 'keep-alive');
}

function complete(parser: Parser): Refusal {
  parser._state = State.Hold;
  parser._done();
  return Refusal.None;
}

/** Takes what has come; after a refusal the connection is of no more use. */
export function parse(parser: Parser, bytes: Uint8Array): Refusal {
  let at = 0;
  let refusal: Refusal = Refusal.None;
  bytes = joined(parser._rest, bytes);
  parser._rest = null;
  const end = bytes.length;
  while (at < end && !refusal && parser._state !== State.Hold) {
    const state = parser._state;
    if (state >= State.Body) {
      const stop = state === State.UntilClose ? end : Math.min(end, at + parser._left);
      const piece = stop - at === end ? bytes : copyOf(bytes, at, stop);
      parser._left -= stop - at;
      at = stop;
      if (!parser._left && state === State.Chunk) {
        parser._state = State.ChunkEnd;
      }
      parser._body(piece);
      if (!parser._left && parser._state === State.Body) {
        complete(parser);
      }
    } else {
      const stop = findByte(bytes, LF, at, end);
      parser._octets += stop - at;
      if (parser._octets > parser._mostOctets) {
        return Refusal.TooLarge;
      }
      if (stop === end) {
        // It is counted again with the rest of the line.
        parser._octets -= stop - at;
        break;
      }
      const isClean = stop > at && bytes[stop - 1] === CR;
      // A server takes lines only as they ought to end; a client has to live with what there is.
      refusal = !isClean && parser._isRequest ? Refusal.Bad : takeLine(parser, bytes, at, isClean ? stop - 1 : stop);
      at = stop + 1;
    }
  }
  if (at < end && !refusal) {
    parser._rest = at ? copyOf(bytes, at, end) : bytes;
  }
  return refusal;
}

function takeLine(parser: Parser, bytes: Uint8Array, at: number, end: number): Refusal {
  if (findByte(bytes, CR, at, end) < end || findByte(bytes, 0, at, end) < end) {
    return Refusal.Bad;
  }
  switch (parser._state) {
    case State.Start:
      // RFC 9112 §2.2: an empty line before it is ignored.
      return at === end ? Refusal.None : takeStart(parser, bytes, at, end);
    case State.Header:
    case State.Trailer:
      if (at < end) {
        return takeHeader(parser, bytes, at, end);
      }
      return parser._state === State.Header ? takeHead(parser) : complete(parser);
    case State.ChunkSize:
      return takeSize(parser, bytes, at, end);
    default:
      // Behind a chunk.
      parser._state = State.ChunkSize;
      parser._octets = 0;
      return at === end ? Refusal.None : Refusal.Bad;
  }
}

function isToken(bytes: Uint8Array, at: number, end: number): boolean {
  const start = at;
  while (at < end && bytes[at] > SPACE && bytes[at] < 127 && DELIMITERS.indexOf(bytes[at]) < 0) {
    at++;
  }
  return at === end && at > start;
}

/** Whether a text is of digits only, and of no more than so many. */
function isNumber(text: string, most: number): boolean {
  const length = text.length;
  let digits = 0;
  while (digits < length && digits < most && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
    digits++;
  }
  return digits === length && digits > 0;
}

/** A request-line or a status-line (RFC 9112 §3, §4). */
function takeStart(parser: Parser, bytes: Uint8Array, at: number, end: number): Refusal {
  const first = findByte(bytes, SPACE, at, end);
  const text = latin1Of(bytes, at, end);
  const rest = text.slice(first + 1 - at);
  const space = rest.indexOf(' ');
  const version = parser._isRequest ? rest.slice(space + 1) : text.slice(0, first - at);
  parser._state = State.Header;
  parser._minor = version === 'HTTP/1.0' ? 0 : 1;
  if (version !== 'HTTP/1.0' && version !== 'HTTP/1.1') {
    return version.slice(0, 5) === 'HTTP/' ? Refusal.Version : Refusal.Bad;
  }
  if (parser._isRequest) {
    parser._first = text.slice(0, first - at);
    parser._second = rest.slice(0, space);
    return space > 0 && isToken(bytes, at, first) ? Refusal.None : Refusal.Bad;
  }
  parser._first = rest.slice(0, 3);
  parser._second = rest.slice(4);
  return isNumber(parser._first, 3) && parser._first.length === 3 && (rest.length === 3 || rest.charAt(3) === ' ')
    ? Refusal.None
    : Refusal.Bad;
}

function takeHeader(parser: Parser, bytes: Uint8Array, at: number, end: number): Refusal {
  const colon = findByte(bytes, COLON, at, end);
  if (++parser._lines > parser._mostLines) {
    return Refusal.TooLarge;
  }
  // A continued line begins with a blank and is none either.
  if (colon === end || !isToken(bytes, at, colon)) {
    return Refusal.Bad;
  }
  let from = colon + 1;
  while (from < end && (bytes[from] === SPACE || bytes[from] === TAB)) {
    from++;
  }
  while (end > from && (bytes[end - 1] === SPACE || bytes[end - 1] === TAB)) {
    end--;
  }
  // Trailers are for nobody.
  return parser._state === State.Trailer
    ? Refusal.None
    : addHeader(parser._headers, latin1Of(bytes, at, colon).toLowerCase(), latin1Of(bytes, from, end));
}

function addHeader(headers: Headers, name: string, value: string): Refusal {
  const before = headers[name];
  if (name === 'set-cookie') {
    headers[name] = ((before || []) as string[]).concat(value);
  } else if (before === undefined) {
    headers[name] = value;
  } else if (name === 'content-length' || name === 'transfer-encoding' || name === 'host') {
    return Refusal.Bad;
  } else {
    headers[name] = before + (name === 'cookie' ? '; ' : ', ') + value;
  }
  return Refusal.None;
}

/** Where the body ends (RFC 9112 §6.3). */
function takeHead(parser: Parser): Refusal {
  const headers = parser._headers;
  const coding = headers['transfer-encoding'] as string | undefined;
  const length = headers['content-length'] as string | undefined;
  if (
    (coding !== undefined && (length !== undefined || !parser._minor)) ||
    (length !== undefined && !isNumber(length, 15)) ||
    (parser._isRequest && parser._minor && headers.host === undefined)
  ) {
    return Refusal.Bad;
  }
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return Refusal.NotImplemented;
  }
  parser._left = Number(length || 0);
  parser._octets = 0;
  parser._state =
    coding !== undefined ? State.ChunkSize : length === undefined && !parser._isRequest ? State.UntilClose : State.Body;
  const isUntilClose = parser._state === State.UntilClose;
  const state = parser._state;
  const isEmpty = parser._head();
  // Whoever took the head may have given up.
  if (parser._state === state && (isEmpty || (state === State.Body && !parser._left))) {
    parser._left = 0;
    complete(parser);
  } else if (isUntilClose) {
    parser._left = Infinity;
  }
  return Refusal.None;
}

/** A chunk's size; its extensions are ignored (RFC 9112 §7.1.1). */
function takeSize(parser: Parser, bytes: Uint8Array, at: number, end: number): Refusal {
  let size = 0;
  let digits = 0;
  for (; at < end; at++, digits++) {
    const c = bytes[at];
    const digit = c > 47 && c < 58 ? c - 48 : (c | 32) > 96 && (c | 32) < 103 ? (c | 32) - 87 : -1;
    if (digit < 0) {
      break;
    }
    size = size * 16 + digit;
  }
  // Behind the digits stands nothing, blanks, or extensions.
  if (!digits || digits > SIZE_DIGITS || (at < end && bytes[at] !== 59 && bytes[at] !== SPACE && bytes[at] !== TAB)) {
    return Refusal.Bad;
  }
  parser._left = size;
  parser._octets = parser._lines = 0;
  parser._state = size ? State.Chunk : State.Trailer;
  return Refusal.None;
}
