/** Node's http.createServer: requests of a connection one after the other, with what HTTP/1.1 makes of connections. */

import { Errno } from '../inet/tcb';
import { lastCallback } from './arguments';
import { Timed, setDeadline, soon } from './context';
import type { Listener } from './emitter';
import { SocketErrno, SocketError, socketError } from './errors';
import { IncomingMessage, messageAborted, messageBody, messageDone } from './http-message';
import { HeaderValue, Outgoing, checkText, makeOutgoing, openOutgoing } from './http-outgoing';
import { Parser, Refusal, hasItem, hasRest, isIdle, isPersistent, parse, resetParser, stopParser } from './http-parser';
import { Server as NetServer } from './net';
import type { Socket } from './net-socket';

export const STATUS_CODES: { [status: number]: string } = {
  100: 'Continue',
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};

/** A connection that is to close has so long to do it, ms: what a client still sends would make a reset of it. */
const LINGER_MS = 2000;

export interface ServerOptions {
  /** Octets of a request's head; 4096. */
  maxHeaderSize?: number;
  /** ms until the head of a request is complete: 20000. */
  headersTimeout?: number;
  /** ms until all of it is: 300000. */
  requestTimeout?: number;
  /** ms between requests: 5000. */
  keepAliveTimeout?: number;
}

interface Connection extends Timed {
  _server: HttpServer;
  _socket: Socket;
  _parser: Parser;
  _request: IncomingMessage | null;
  _response: ServerResponse | null;
  /** No further request is taken. */
  _isEnding: boolean;
}

/** net.Server with what HTTP adds. */
export type HttpServer = NetServer & Required<ServerOptions> & { maxHeadersCount: number };

// No `extends` on a board: its methods come by makeOutgoing below.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface ServerResponse extends Outgoing {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class ServerResponse {
  statusCode!: number;
  statusMessage?: string;
  _connection!: Connection;

  constructor(connection: Connection) {
    this._context = connection._socket._context;
    openOutgoing(this);
    this.socket = connection._socket;
    this.statusCode = 200;
    this._connection = connection;
  }

  /** writeHead(status[, message][, headers]): goes out with the first piece of the body. */
  writeHead(status: number, message?: string | { [name: string]: HeaderValue }, headers?: object): this;
  writeHead(status: number, message?: unknown): this {
    const response = this;
    const headers = (typeof message === 'string' ? arguments[2] : message) || {};
    if (response.headersSent) {
      throw socketError(SocketErrno.EALREADY, 'the head has been sent');
    }
    if (typeof message === 'string') {
      response.statusMessage = checkText(message);
    }
    for (const name in headers) {
      response.setHeader(name, headers[name]);
    }
    response.statusCode = status;
    return response;
  }

  /** Tells a client that waits for it to send its body. */
  writeContinue(): void {
    if (this.socket) {
      this.socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    }
  }

  setTimeout(timeoutMs: number, listener?: Listener): this {
    if (this.socket) {
      this.socket.setTimeout(timeoutMs, listener);
    }
    return this;
  }

  destroy(error?: Error): this {
    this._connection._socket.destroy(error);
    return this;
  }

  _start(): string {
    const status = this.statusCode | 0;
    if (status === 204 || status === 304) {
      this._isBodyless = true;
    }
    return 'HTTP/1.1 ' + status + ' ' + (this.statusMessage || STATUS_CODES[status] || 'Unknown');
  }

  _finish(): void {
    const connection = this._connection;
    const request = connection._request;
    if (connection._response === this && request && !connection._socket.destroyed) {
      if (request.complete) {
        next(connection);
      } else {
        // The rest of what nobody has read is thrown away.
        request.resume();
        if (this._isLast) {
          finishConnection(connection);
        }
      }
    }
  }
}

makeOutgoing(ServerResponse.prototype);

/** createServer([options][, listener]): `listener` hears 'request' (request, response). */
export function createServer(options?: ServerOptions | Listener, listener?: Listener): HttpServer;
export function createServer(options?: unknown): HttpServer {
  const listener = lastCallback(arguments);
  const wanted = (options || {}) as ServerOptions;
  const server = new NetServer({ allowHalfOpen: true }) as HttpServer;
  server.maxHeaderSize = wanted.maxHeaderSize || 4096;
  server.headersTimeout = wanted.headersTimeout || 20000;
  server.requestTimeout = wanted.requestTimeout || 300000;
  server.keepAliveTimeout = wanted.keepAliveTimeout || 5000;
  server.maxHeadersCount = 64;
  server.on('connection', function (socket: Socket) {
    serve(server, socket);
  });
  if (listener) {
    server.on('request', listener);
  }
  return server;
}

function serve(server: HttpServer, socket: Socket): void {
  const parser = {
    _isRequest: true,
    _mostOctets: server.maxHeaderSize,
    _mostLines: server.maxHeadersCount,
    _rest: null,
    _head: function () {
      return takeHead(connection);
    },
    _body: function (bytes) {
      messageBody(connection._request as IncomingMessage, bytes);
    },
    _done: function () {
      takeEnd(connection);
    },
  } as Partial<Parser> as Parser;
  const connection: Connection = {
    _server: server,
    _socket: socket,
    _parser: parser,
    _request: null,
    _response: null,
    _isEnding: false,
    _deadlineMs: Infinity,
    _timedOut: function () {
      if (connection._isEnding || (isIdle(parser) && !connection._request)) {
        socket.destroy();
      } else {
        refuse(connection, 408, socketError(Errno.ETIMEDOUT));
      }
    },
  };
  resetParser(parser);
  setDeadline(socket._context, connection, server.headersTimeout);
  socket.setNoDelay();
  socket.on('data', function (bytes: Uint8Array) {
    input(connection, bytes);
  });
  socket.on('end', function () {
    const request = connection._request;
    if (request && !request.complete) {
      socket.destroy();
    } else if (request) {
      (connection._response as ServerResponse)._isLast = true;
    } else {
      socket.end();
    }
  });
  socket.on('drain', function () {
    if (connection._response && !connection._response.writableEnded) {
      connection._response.emit('drain');
    }
  });
  socket.on('error', function () {
    // 'close' follows, and is told to who has to do with it.
  });
  socket.on('close', function () {
    const request = connection._request;
    const response = connection._response;
    const timed = socket._context._timed;
    const at = timed.indexOf(connection);
    if (at >= 0) {
      timed.splice(at, 1);
    }
    stopParser(parser);
    connection._request = connection._response = null;
    if (request) {
      messageAborted(request, socketError(Errno.ECONNRESET, 'aborted'));
    }
    if (response) {
      response.socket = null;
      response.emit('close');
    }
  });
}

function input(connection: Connection, bytes: Uint8Array): void {
  const parser = connection._parser;
  if (connection._isEnding) {
    return;
  }
  const wasIdle = isIdle(parser);
  const refusal = parse(parser, bytes);
  if (refusal) {
    refuse(connection, refusal, socketError(SocketErrno.EPROTO, 'bad request'));
  } else if (connection._request && connection._request.complete && hasRest(parser)) {
    // The next request waits for this one's response, and no more of it than this comes.
    connection._socket.pause();
  } else if (wasIdle && !isIdle(parser) && !connection._request) {
    setDeadline(connection._socket._context, connection, connection._server.headersTimeout);
  }
}

function takeHead(connection: Connection): boolean {
  const server = connection._server;
  const parser = connection._parser;
  const request = new IncomingMessage(connection._socket, parser);
  const response = new ServerResponse(connection);
  const expect = request.headers.expect;
  connection._request = request;
  connection._response = response;
  response._isBodyless = request.method === 'HEAD';
  response._canChunk = !!parser._minor;
  response._isLast = !isPersistent(parser);
  setDeadline(connection._socket._context, connection, server.requestTimeout);
  if (expect !== undefined && parser._minor) {
    if (!hasItem(expect, '100-continue')) {
      refuse(connection, 417, socketError(SocketErrno.EPROTO, 'bad expectation'));
      return false;
    }
    if (server.emit('checkContinue', request, response)) {
      return false;
    }
    response.writeContinue();
  }
  if (!server.emit('request', request, response)) {
    response.writeHead(404);
    response.end();
  }
  return false;
}

/** All of a request has come. */
function takeEnd(connection: Connection): void {
  const response = connection._response as ServerResponse;
  // From here on it is the program that takes its time.
  connection._deadlineMs = Infinity;
  messageDone(connection._request as IncomingMessage);
  if (response.writableEnded) {
    soon(connection._socket._context, function () {
      response._finish();
    });
  }
}

/** A response has been written, and its request read. */
function next(connection: Connection): void {
  const response = connection._response as ServerResponse;
  const socket = connection._socket;
  connection._request = connection._response = null;
  response.socket = null;
  soon(socket._context, function () {
    response.emit('close');
  });
  if (response._isLast || socket.readableEnded || !connection._server.listening) {
    finishConnection(connection);
  } else {
    resetParser(connection._parser);
    setDeadline(socket._context, connection, connection._server.keepAliveTimeout);
    socket.resume();
    input(connection, new Uint8Array(0));
  }
}

/** Ends the connection; what still comes is thrown away for a while, so that what was sent is not lost by a reset. */
function finishConnection(connection: Connection): void {
  const socket = connection._socket;
  connection._isEnding = true;
  stopParser(connection._parser);
  setDeadline(socket._context, connection, LINGER_MS);
  socket.end();
  socket.resume();
}

/** A request that is none, or came too slowly. */
function refuse(connection: Connection, status: Refusal | number, error: SocketError): void {
  const socket = connection._socket;
  const response = connection._response;
  const request = connection._request;
  connection._request = connection._response = null;
  stopParser(connection._parser);
  connection._isEnding = true;
  if (response) {
    response.socket = null;
  }
  if (request) {
    messageAborted(request, error);
  }
  if (response && response.headersSent) {
    socket.destroy();
  } else if (!connection._server.emit('clientError', error, socket)) {
    socket.write(
      'HTTP/1.1 ' + status + ' ' + STATUS_CODES[status] + '\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    );
    finishConnection(connection);
  }
}
