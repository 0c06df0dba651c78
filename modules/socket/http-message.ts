/** Node's http.IncomingMessage: a request that a server has got, or a response that a client has. */

import { Readable, makeReadable, openReadable, push } from './readable';
import type { Headers, Parser } from './http-parser';
import type { Socket } from './net-socket';

// No `extends` on a board: its methods come by makeReadable below.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface IncomingMessage extends Readable {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class IncomingMessage {
  socket!: Socket;
  httpVersion!: string;
  /** Names in small letters; several of a name are one, with commas, but for set-cookie, an array. */
  headers!: Headers;
  /** Of a request. */
  method?: string;
  url?: string;
  /** Of a response. */
  statusCode?: number;
  statusMessage?: string;
  /** All of it has come; it never will. */
  complete!: boolean;
  aborted!: boolean;
  _isReading!: boolean;

  constructor(socket: Socket, parser: Parser) {
    const message = this;
    openReadable(message, socket._context);
    message.socket = socket;
    message.httpVersion = '1.' + parser._minor;
    message.headers = parser._headers;
    message.complete = message.aborted = false;
    message._isReading = true;
    if (parser._isRequest) {
      message.method = parser._first;
      message.url = parser._second;
    } else {
      message.statusCode = Number(parser._first);
      message.statusMessage = parser._second;
    }
  }

  destroy(error?: Error): this {
    this.socket.destroy(error);
    return this;
  }

  setTimeout(timeoutMs: number, listener?: () => void): this {
    this.socket.setTimeout(timeoutMs, listener);
    return this;
  }

  _flow(on: boolean): void {
    if (!this._isReading) {
      return;
    }
    if (on) {
      this.socket.resume();
    } else {
      this.socket.pause();
    }
  }

  _readEnd(): void {
    this.emit('close');
  }
}

makeReadable(IncomingMessage.prototype);

/** A piece of its body. While nobody reads, no more comes. */
export function messageBody(message: IncomingMessage, bytes: Uint8Array): void {
  push(message, bytes);
  if (!message._flowing) {
    message.socket.pause();
  }
}

export function messageDone(message: IncomingMessage): void {
  message.complete = true;
  message._isReading = false;
  push(message, null);
}

/** The connection has gone before its time. */
export function messageAborted(message: IncomingMessage, error: Error): void {
  if (!message.complete && !message.aborted) {
    message.aborted = true;
    message._isReading = false;
    message.emit('aborted');
    if (message.listenerCount('error')) {
      message.emit('error', error);
    }
    message.emit('close');
  }
}
