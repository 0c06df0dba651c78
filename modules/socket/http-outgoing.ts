/** The writing half of HTTP, of requests and responses: headers, then a body of known length or in chunks. */

import { raiseTypeError } from '../network/errors';
import { lastCallback } from './arguments';
import { soon } from './context';
import { Emitter, Listener, makeEmitter, mixInto } from './emitter';
import { SocketErrno, socketError } from './errors';
import type { Socket } from './net-socket';
import { bytesOf } from './text';

export type HeaderValue = string | number | string[];

/** Pieces that are together no longer than this are one write. */
const JOIN_MOST = 2048;

export interface Outgoing extends Emitter {
  socket: Socket | null;
  headersSent: boolean;
  writableEnded: boolean;
  /** The end is in the send ring. */
  writableFinished: boolean;
  /** By name in small letters: the name and the value. */
  _fields: { [name: string]: [string, HeaderValue] };
  _isChunked: boolean;
  /** It has no body, whatever is written: HEAD, 204, 304. */
  _isBodyless: boolean;
  /** A body of length 0 needs no header: GET. */
  _isLengthOptional: boolean;
  /** The peer understands chunks. */
  _canChunk: boolean;
  /** The connection ends with it. */
  _isLast: boolean;
  /** The first line. */
  _start(): string;
  /** All of it has been written to the socket. */
  _finish(): void;
  setHeader(name: string, value: HeaderValue): this;
  getHeader(name: string): HeaderValue | undefined;
  hasHeader(name: string): boolean;
  removeHeader(name: string): void;
  flushHeaders(): void;
  /** false when not all has found room: wait for 'drain'. */
  write(data: string | Uint8Array, encoding?: string | Listener, done?: Listener): boolean;
  end(data?: string | Uint8Array | Listener, encoding?: string | Listener, done?: Listener): this;
}

export function openOutgoing(out: Outgoing): void {
  out._fields = Object.create(null) as Outgoing['_fields'];
  out.socket = null;
  out.headersSent = out.writableEnded = out.writableFinished = false;
  out._isChunked = out._isBodyless = out._isLengthOptional = out._isLast = false;
  out._canChunk = true;
}

/** @throws TypeError for what would end the line, or is no name */
export function checkText(text: string): string {
  if (text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0 || text.indexOf('\0') >= 0) {
    raiseTypeError('invalid character');
  }
  return text;
}

/** @throws TypeError for what is no token */
export function checkToken(text: string): string {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(text) ? text : raiseTypeError('invalid name ' + text);
}

/** The head; length of the body, or -1 when that is not known. */
function headOf(out: Outgoing, length: number): string {
  const fields = out._fields;
  let text = out._start() + '\r\n';
  if (fields['transfer-encoding']) {
    out._isChunked = true;
  } else if (!fields['content-length'] && !out._isBodyless) {
    if (length >= 0) {
      if (length || !out._isLengthOptional) {
        out.setHeader('Content-Length', length);
      }
    } else if (out._canChunk) {
      out.setHeader('Transfer-Encoding', 'chunked');
      out._isChunked = true;
    } else {
      out._isLast = true;
    }
  }
  if (!fields.connection) {
    out.setHeader('Connection', out._isLast ? 'close' : 'keep-alive');
  } else if (/close/i.test(String(fields.connection[1]))) {
    out._isLast = true;
  }
  for (const name in fields) {
    const field = fields[name];
    const values = Array.isArray(field[1]) ? field[1] : [field[1]];
    for (let i = 0; i < values.length; i++) {
      text += field[0] + ': ' + values[i] + '\r\n';
    }
  }
  out.headersSent = true;
  return text + '\r\n';
}

/** Writes a piece between texts; as one if it is short, so that it is one segment. */
function emitPiece(out: Outgoing, before: string, bytes: Uint8Array | null, after: string, done?: Listener): boolean {
  const context = out._context;
  const socket = out.socket;
  if (!socket || socket.destroyed) {
    return false;
  }
  const head = context._encode(before);
  const body = bytes || new Uint8Array(0);
  const tail = context._encode(after);
  const bodyEnd = head.length + body.length;
  const length = bodyEnd + tail.length;
  if (length > JOIN_MOST) {
    socket.write(head);
    socket.write(body);
    return socket.write(tail, done);
  }
  const all = new Uint8Array(length);
  all.set(head);
  all.set(body, head.length);
  all.set(tail, bodyEnd);
  return socket.write(all, done);
}

const methods = {
  /** setHeader(name, value): a number, a text, or an array of several. @throws TypeError; OSError EALREADY after the head */
  setHeader: function (this: Outgoing, name: string, value: HeaderValue): Outgoing {
    checkToken(name);
    checkText(String(value));
    if (value === undefined) {
      raiseTypeError('header ' + name + ' has no value');
    }
    if (this.headersSent) {
      throw socketError(SocketErrno.EALREADY, 'the head has been sent');
    }
    this._fields[name.toLowerCase()] = [name, value];
    return this;
  },

  getHeader: function (this: Outgoing, name: string): HeaderValue | undefined {
    const field = this._fields[name.toLowerCase()];
    return field && field[1];
  },

  hasHeader: function (this: Outgoing, name: string): boolean {
    return !!this._fields[name.toLowerCase()];
  },

  removeHeader: function (this: Outgoing, name: string): void {
    delete this._fields[name.toLowerCase()];
  },

  flushHeaders: function (this: Outgoing): void {
    if (!this.headersSent) {
      emitPiece(this, headOf(this, -1), null, '');
    }
  },

  write: function (this: Outgoing, data: string | Uint8Array, encoding?: unknown): boolean {
    const out = this;
    const bytes = bytesOf(out._context, data, encoding);
    const done = lastCallback(arguments);
    if (out.writableEnded) {
      throw socketError(SocketErrno.EPIPE);
    }
    const head = out.headersSent ? '' : headOf(out, -1);
    const isEmpty = out._isBodyless || !bytes.length;
    return emitPiece(
      out,
      head + (out._isChunked && !isEmpty ? bytes.length.toString(16) + '\r\n' : ''),
      isEmpty ? null : bytes,
      out._isChunked && !isEmpty ? '\r\n' : '',
      done,
    );
  },

  end: function (this: Outgoing, data?: unknown, encoding?: unknown): Outgoing {
    const out = this;
    const done = lastCallback(arguments);
    const bytes = data == null || data === done ? new Uint8Array(0) : bytesOf(out._context, data, encoding);
    if (out.writableEnded) {
      return out;
    }
    const head = out.headersSent ? '' : headOf(out, bytes.length);
    const isEmpty = out._isBodyless || !bytes.length;
    const isChunked = out._isChunked && !out._isBodyless;
    out.writableEnded = true;
    if (done) {
      out.once('finish', done);
    }
    emitPiece(
      out,
      head + (isChunked && !isEmpty ? bytes.length.toString(16) + '\r\n' : ''),
      isEmpty ? null : bytes,
      isChunked ? (isEmpty ? '' : '\r\n') + '0\r\n\r\n' : '',
      function (error) {
        if (!error) {
          out.writableFinished = true;
          out.emit('finish');
        }
      },
    );
    soon(out._context, function () {
      out._finish();
    });
    return out;
  },
};

export function makeOutgoing(prototype: object): void {
  makeEmitter(prototype);
  mixInto(prototype, methods);
}
