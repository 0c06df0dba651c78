/** Node's http.request and http.get, and the Agent that keeps connections. */

import { raiseTypeError } from '../network/errors';
import { Errno } from '../inet/tcb';
import { isObject, lastCallback, nameArgument, portArgument } from './arguments';
import { soon, theContext } from './context';
import type { Listener } from './emitter';
import { SocketErrno, socketError } from './errors';
import { IncomingMessage, messageAborted, messageBody, messageDone } from './http-message';
import { HeaderValue, Outgoing, checkText, checkToken, makeOutgoing, openOutgoing } from './http-outgoing';
import { Parser, hasRest, isPersistent, parse, parseEnd, resetParser, stopParser } from './http-parser';
import { Socket } from './net-socket';

export interface RequestOptions {
  host?: string;
  hostname?: string;
  port?: number;
  method?: string;
  /** With the query; '/'. */
  path?: string;
  headers?: { [name: string]: HeaderValue };
  /** Keeps the connection for the next request to the same host; without one each request has its own. */
  agent?: Agent | false;
  /** ms without a byte until 'timeout'. */
  timeout?: number;
  /** Octets of a response's head; 8192. */
  maxHeaderSize?: number;
}

const HEADER_OCTETS = 8192;
const HEADER_LINES = 64;

/** A kept connection is closed after this, ms: servers do it after 5 s, and a request must not meet that. */
const KEPT_MS = 4000;

export interface AgentOptions {
  keepAlive?: boolean;
  /** Connections that are kept; 1. */
  maxFreeSockets?: number;
}

/** One connection, and the request that has it. */
interface Connection {
  _socket: Socket;
  _parser: Parser;
  _request: ClientRequest | null;
  _agent: Agent | null;
  _host: string;
  _port: number;
}

export class Agent {
  _free!: Connection[];
  _most!: number;

  constructor(options?: AgentOptions) {
    this._free = [];
    this._most = !options || !options.keepAlive ? 0 : options.maxFreeSockets || 1;
  }

  /** Closes what is kept. */
  destroy(): void {
    this._free.forEach(function (connection) {
      connection._socket.destroy();
    });
  }
}

/** Keeps nothing. */
export const globalAgent = new Agent();

// No `extends` on a board: its methods come by makeOutgoing below.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface ClientRequest extends Outgoing {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class ClientRequest {
  method!: string;
  path!: string;
  host!: string;
  destroyed!: boolean;
  /** The connection was kept from another request: when it fails with ECONNRESET, try again. */
  reusedSocket!: boolean;
  _connection!: Connection | null;
  _response!: IncomingMessage | null;
  _isClosed!: boolean;

  constructor(options: RequestOptions, listener?: Listener) {
    const request = this;
    const headers = options.headers || {};
    const host = nameArgument(options.hostname || options.host);
    const port = options.port === undefined ? 80 : portArgument(options.port);
    request._context = theContext;
    openOutgoing(request);
    request.method = checkToken(options.method || 'GET').toUpperCase();
    request.path = checkText(options.path || '/');
    request.host = host;
    if (request.path.indexOf(' ') >= 0) {
      raiseTypeError('invalid path');
    }
    request.setHeader('Host', port === 80 ? host : host + ':' + port);
    for (const name in headers) {
      request.setHeader(name, headers[name]);
    }
    request.destroyed = request.reusedSocket = request._isClosed = false;
    request._response = null;
    request._isLengthOptional = ['GET', 'HEAD', 'DELETE', 'OPTIONS'].indexOf(request.method) >= 0;
    const agent = options.agent || globalAgent;
    request._isLast = !agent._most;
    if (listener) {
      request.once('response', listener);
    }
    const kept = takeKept(agent, host, port);
    const connection = kept || openConnection(agent, host, port, options);
    request.reusedSocket = !!kept;
    connection._request = request;
    request._connection = connection;
    request.socket = connection._socket;
    if (options.timeout) {
      request.setTimeout(options.timeout);
    }
    soon(request._context, function () {
      request.emit('socket', request.socket);
    });
  }

  setTimeout(timeoutMs: number, listener?: Listener): this {
    if (listener) {
      this.once('timeout', listener);
    }
    if (this.socket) {
      this.socket.setTimeout(timeoutMs);
    }
    return this;
  }

  setNoDelay(on?: boolean): this {
    if (this.socket) {
      this.socket.setNoDelay(on);
    }
    return this;
  }

  /** Gives up: 'error' (ECONNRESET unless another is given) before a response, 'aborted' during it; then 'close'. */
  destroy(error?: Error): this {
    const request = this;
    if (!request.destroyed) {
      request.destroyed = true;
      fail(request, error || socketError(Errno.ECONNRESET, 'aborted'));
    }
    return request;
  }

  abort(): void {
    this.destroy();
  }

  _start(): string {
    return this.method + ' ' + this.path + ' HTTP/1.1';
  }

  _finish(): void {
    // A response may have come before the request was complete.
    release(this);
  }
}

makeOutgoing(ClientRequest.prototype);

function takeKept(agent: Agent, host: string, port: number): Connection | null {
  for (let i = 0; i < agent._free.length; i++) {
    const connection = agent._free[i];
    if (connection._host === host && connection._port === port) {
      agent._free.splice(i, 1);
      connection._socket.setTimeout(0);
      return connection;
    }
  }
  return null;
}

function openConnection(agent: Agent, host: string, port: number, options: RequestOptions): Connection {
  const socket = new Socket();
  const parser = {
    _isRequest: false,
    _mostOctets: options.maxHeaderSize || HEADER_OCTETS,
    _mostLines: HEADER_LINES,
    _rest: null,
    _head: function () {
      return takeHead(connection);
    },
    _body: function (bytes) {
      messageBody((connection._request as ClientRequest)._response as IncomingMessage, bytes);
    },
    _done: function () {
      takeEnd(connection);
    },
  } as Partial<Parser> as Parser;
  const connection: Connection = {
    _socket: socket,
    _parser: parser,
    _request: null,
    _agent: agent,
    _host: host,
    _port: port,
  };
  const lost = function (): void {
    const request = connection._request;
    removeKept(connection);
    if (request && !parseEnd(parser)) {
      fail(request, socketError(Errno.ECONNRESET, 'the server has closed the connection'));
    }
    socket.destroy();
  };
  resetParser(parser);
  socket.connect(port, host).setNoDelay();
  socket.on('data', function (bytes: Uint8Array) {
    // Nobody has asked for anything.
    const refusal = !connection._request || parse(parser, bytes);
    if (refusal) {
      if (connection._request) {
        fail(connection._request, socketError(SocketErrno.EPROTO, 'bad response'));
      }
      socket.destroy();
    }
  });
  socket.on('end', lost);
  socket.on('close', lost);
  socket.on('error', function (error: Error) {
    if (connection._request) {
      fail(connection._request, error);
    }
  });
  socket.on('drain', function () {
    if (connection._request && !connection._request.writableEnded) {
      connection._request.emit('drain');
    }
  });
  socket.on('timeout', function () {
    if (connection._request) {
      connection._request.emit('timeout');
    } else {
      socket.destroy();
    }
  });
  return connection;
}

function removeKept(connection: Connection): void {
  const agent = connection._agent as Agent;
  agent._free = agent._free.filter(function (one) {
    return one !== connection;
  });
}

/** A head has come; returns whether there is no body. */
function takeHead(connection: Connection): boolean {
  const request = connection._request as ClientRequest;
  const response = new IncomingMessage(connection._socket, connection._parser);
  const status = response.statusCode as number;
  if (status < 200) {
    // RFC 9110 §15.2: others may come before the answer.
    if (status === 101) {
      stopParser(connection._parser);
      fail(request, socketError(SocketErrno.EPROTO, 'another protocol'));
    } else {
      request.emit(status === 100 ? 'continue' : 'information', response);
    }
    return true;
  }
  request._response = response;
  if (!request.emit('response', response)) {
    response.resume();
  }
  return request.method === 'HEAD' || status === 204 || status === 304;
}

function takeEnd(connection: Connection): void {
  const request = connection._request as ClientRequest;
  const response = request._response;
  if (response) {
    messageDone(response);
    release(request);
  } else {
    resetParser(connection._parser);
  }
}

/** A request and its response are over: their connection is kept or closed. */
function release(request: ClientRequest): void {
  const connection = request._connection;
  const response = request._response;
  if (!connection || !response || !response.complete) {
    return;
  }
  const socket = connection._socket;
  const parser = connection._parser;
  const agent = connection._agent as Agent;
  const isKept =
    request.writableEnded &&
    !request._isLast &&
    !hasRest(parser) &&
    isPersistent(parser) &&
    agent._free.length < agent._most &&
    !socket.destroyed &&
    !socket.readableEnded;
  if (!isKept && !request.writableEnded) {
    // An answer before its question is complete; the rest of it is not wanted.
    socket.destroy();
  }
  connection._request = request._connection = null;
  if (isKept) {
    resetParser(parser);
    agent._free.push(connection);
    socket.setTimeout(KEPT_MS);
    socket.resume();
  } else if (!socket.destroyed) {
    stopParser(parser);
    socket.end();
    // What else may come is for nobody; a server that does not close has so long.
    socket.resume();
    socket.setTimeout(KEPT_MS);
  }
  close(request);
}

function close(request: ClientRequest): void {
  if (!request._isClosed) {
    request._isClosed = true;
    soon(request._context, function () {
      request.emit('close');
    });
  }
}

function fail(request: ClientRequest, error: Error): void {
  const connection = request._connection;
  const response = request._response;
  if (connection) {
    connection._request = request._connection = request.socket = null;
    request.destroyed = true;
    stopParser(connection._parser);
    connection._socket.destroy();
    soon(request._context, function () {
      if (response) {
        messageAborted(response, error);
      } else {
        request.emit('error', error);
      }
    });
    close(request);
  }
}

/** http://host[:port][/path]. @throws TypeError for other schemes */
function urlOptions(url: string): RequestOptions {
  const slash = url.indexOf('/', 7);
  const end = slash < 0 ? url.length : slash;
  const colon = url.indexOf(':', 7);
  const query = url.indexOf('?', 7);
  if (url.slice(0, 7).toLowerCase() !== 'http://' || (query >= 0 && query < end)) {
    raiseTypeError('invalid URL ' + url);
  }
  const hasPort = colon >= 0 && colon < end;
  const hash = url.indexOf('#', end);
  return {
    host: url.slice(7, hasPort ? colon : end),
    port: hasPort ? portArgument(url.slice(colon + 1, end)) : 80,
    path: url.slice(end, hash < 0 ? url.length : hash) || '/',
  };
}

/** request(url[, options][, listener]), request(options[, listener]): `listener` hears 'response'. */
export function request(
  url: string | RequestOptions,
  options?: RequestOptions | Listener,
  listener?: Listener,
): ClientRequest;
export function request(url: string | RequestOptions, options?: unknown): ClientRequest {
  const wanted: { [name: string]: unknown } = {};
  [typeof url === 'string' ? urlOptions(url) : url, options].forEach(function (source) {
    if (isObject(source)) {
      for (const name in source) {
        wanted[name] = (source as { [name: string]: unknown })[name];
      }
    }
  });
  return new ClientRequest(wanted as RequestOptions, lastCallback(arguments));
}

/** As request(), and ends it. */
export function get(
  url: string | RequestOptions,
  options?: RequestOptions | Listener,
  listener?: Listener,
): ClientRequest;
export function get(): ClientRequest {
  return request.apply(null, arguments as never).end();
}
