/** Node's module `net`: TCP clients and servers. */

import { parseIpv4 } from '../wire/addr';
import { ephemeralPort } from '../inet/ip';
import type { Listener as TcpListener } from '../inet/tcb';
import { tcpListen, tcpUnlisten } from '../inet/tcp';
import { isObject, lastCallback, portArgument } from './arguments';
import { nowOf, soon, theContext } from './context';
import { Emitter, Listener, makeEmitter } from './emitter';
import { SocketErrno, socketError } from './errors';
import { Socket, attach } from './net-socket';
import { Address, ConnectOptions } from './net-types';

export { Socket } from './net-socket';

/** Connections that may be half open at a time, unless listen() says so. */
const BACKLOG = 4;

/** connect(port, host[, listener]), connect({port, host}[, listener]): a new socket on its way. */
export function connect(port: number | ConnectOptions, host?: string | Listener, listener?: Listener): Socket;
export function connect(): Socket {
  const socket = new Socket();
  return socket.connect.apply(socket, arguments as never);
}

export interface ServerOptions {
  allowHalfOpen?: boolean;
}

// No `extends` on a board: its methods come by makeEmitter below.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface Server extends Emitter {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class Server {
  listening!: boolean;
  /** Further clients are refused; undefined for as many as the stack has connections. */
  maxConnections?: number;
  _options!: ServerOptions;
  _sockets!: Socket[];
  _tcp!: TcpListener | null;
  _closing!: boolean;

  constructor(options?: ServerOptions | Listener, listener?: Listener);
  constructor(options?: unknown) {
    const listener = lastCallback(arguments);
    this._context = theContext;
    this._options = isObject(options) ? options : {};
    this._sockets = [];
    this._tcp = null;
    this.listening = this._closing = false;
    if (listener) {
      this.on('connection', listener);
    }
  }

  /**
   * listen(port[, host][, backlog][, listener]), listen({port, backlog, nic}[, listener]); port 0 for any. Every interface
   * listens, whatever the host; who comes by another than `nic` is sent away. 'listening' or 'error' (EADDRINUSE) will come.
   * @throws ValueError for a port that is none; OSError EISCONN when it listens already
   */
  listen(
    port?: number | { port?: number; backlog?: number; nic?: unknown } | Listener,
    host?: string | number | Listener,
    backlog?: number | Listener,
    listener?: Listener,
  ): this;
  listen(port?: unknown): this {
    const server = this;
    const context = server._context;
    const stack = context._host._stack;
    const listener = lastCallback(arguments);
    const options = (isObject(port) ? port : {}) as { port?: number; backlog?: number };
    let backlog = options.backlog || BACKLOG;
    const nic = (options as { nic?: unknown }).nic;
    let number = portArgument(isObject(port) ? options.port || 0 : port === listener ? 0 : port || 0);
    for (let i = 1; i < arguments.length; i++) {
      if (typeof arguments[i] === 'number') {
        backlog = arguments[i];
      }
    }
    if (server.listening) {
      throw socketError(SocketErrno.EISCONN);
    }
    if (listener) {
      server.once('listening', listener);
    }
    number = number || ephemeralPort(stack, stack._listeners);
    const opened = tcpListen(stack, number, backlog, function (tcb) {
      const max = server.maxConnections;
      if (nic && tcb._netif._nic !== nic) {
        return null;
      }
      if (max !== undefined && server._sockets.length >= max) {
        server.emit('drop', {});
        return null;
      }
      const socket = new Socket(server._options);
      socket._context = context;
      attach(socket, tcb);
      server._sockets.push(socket);
      socket._gone = function () {
        server._sockets.splice(server._sockets.indexOf(socket), 1);
        tellClosed(server);
      };
      socket._connectedTo = function () {
        server.emit('connection', socket);
      };
      return socket;
    });
    if (typeof opened === 'number') {
      soon(context, function () {
        server.emit('error', socketError(opened, ':' + number));
      });
    } else {
      server._tcp = opened;
      server.listening = true;
      soon(context, function () {
        server.emit('listening');
      });
    }
    return server;
  }

  /** Takes no more clients; 'close' comes when the last one has gone. */
  close(done?: Listener): this {
    const server = this;
    const context = server._context;
    if (done) {
      server.once('close', done);
    }
    if (server._tcp) {
      tcpUnlisten(server._tcp, nowOf(context));
      server._tcp = null;
      server._closing = true;
      server.listening = false;
      soon(context, function () {
        tellClosed(server);
      });
    }
    return server;
  }

  address(): Address | null {
    return this._tcp && { address: '0.0.0.0', family: 'IPv4', port: this._tcp._localPort };
  }

  getConnections(done: (error: null, count: number) => void): this {
    const server = this;
    soon(server._context, function () {
      done(null, server._sockets.length);
    });
    return server;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

makeEmitter(Server.prototype);

function tellClosed(server: Server): void {
  if (server._closing && !server._sockets.length) {
    server._closing = false;
    server.emit('close');
  }
}

/** createServer([{allowHalfOpen}][, listener]). */
export function createServer(options?: ServerOptions | Listener, listener?: Listener): Server;
export function createServer(options?: ServerOptions | Listener, listener?: Listener): Server {
  return new Server(options, listener || (options as Listener));
}

export function isIPv4(text: unknown): boolean {
  return parseIpv4(text) >= 0;
}

/** 4, 6, or 0 for what is no address. */
export function isIP(text: unknown): number {
  return isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0;
}

/** Where there is no IPv6, nothing is. */
export function isIPv6(text: unknown): boolean {
  return !!theContext._parse6 && !!theContext._parse6(text);
}

export { connect as createConnection };
