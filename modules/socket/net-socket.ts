/** A TCP connection in the shape of Node's net.Socket, with back-pressure both ways. */

import { Address as IpAddress, formatAddress } from '../wire/addr';
import { removeFrom } from '../inet/ip';
import { Errno, Tcb, TcpHandler } from '../inet/tcb';
import { tcpAbort, tcpClose, tcpConnect, tcpPause, tcpWrite } from '../inet/tcp';
import { tcpShutdown } from '../inet/tcp-close';
import { isObject, lastCallback, nameArgument, portArgument } from './arguments';
import {
  Context,
  Timed,
  familyOf,
  goBy,
  interfaceArgument,
  nowOf,
  rearm,
  resolveName,
  setDeadline,
  soon,
  theContext,
} from './context';
import type { Listener } from './emitter';
import { SocketErrno, socketError } from './errors';
import { Keep, keepAlive } from './keepalive';
import { Address, ConnectOptions } from './net-types';
import { Readable, makeReadable, openReadable, push } from './readable';
import { bytesOf } from './text';

type Done = (error?: Error | null) => void;

/** What does not fit into the send ring yet. */
interface Pending {
  _bytes: Uint8Array;
  _at: number;
  _done?: Done;
}

// No `extends` on a board: its methods come by makeReadable below.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface Socket extends Readable {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class Socket implements TcpHandler, Timed {
  remoteAddress?: string;
  remotePort?: number;
  remoteFamily?: string;
  localAddress?: string;
  localPort?: number;
  connecting!: boolean;
  destroyed!: boolean;
  allowHalfOpen!: boolean;
  bytesRead!: number;
  bytesWritten!: number;
  /** end() was called; and all before it is in the send ring. */
  writableEnded!: boolean;
  writableFinished!: boolean;
  _tcb!: Tcb | null;
  _pending!: Pending[];
  _needsDrain!: boolean;
  _latin1!: string | undefined;
  _nic?: unknown;
  _noDelay!: boolean;
  _keep?: Keep;
  _timeoutMs!: number;
  _deadlineMs!: number;
  /** Told when it is over. */
  _gone?: (() => void) | null;
  /** Of a server's client: hands it to the server. */
  _connectedTo?: (() => void) | null;

  constructor(options?: { allowHalfOpen?: boolean }) {
    const socket = this;
    openReadable(socket, theContext);
    socket.connecting = socket.destroyed = socket.writableEnded = socket.writableFinished = false;
    socket.allowHalfOpen = !!options && !!options.allowHalfOpen;
    socket.bytesRead = socket.bytesWritten = socket._timeoutMs = 0;
    socket._tcb = null;
    socket._pending = [];
    socket._needsDrain = socket._noDelay = false;
    socket._deadlineMs = Infinity;
  }

  /**
   * connect(port, host[, listener]), connect({port, host}[, listener]): 'connect', or 'error' and 'close', will come.
   * @throws ValueError, TypeError; OSError EISCONN when it is or was connected
   */
  connect(port: number | ConnectOptions, host?: string | Listener, listener?: Listener): this;
  connect(port: unknown, host?: unknown): this {
    const socket = this;
    const options = (isObject(port) ? port : { port: port, host: host }) as ConnectOptions;
    const number = portArgument(options.port);
    const name = nameArgument(options.host);
    const listener = lastCallback(arguments);
    const context = socket._context;
    if (socket.connecting || socket.destroyed || socket._tcb) {
      throw socketError(SocketErrno.EISCONN);
    }
    socket._nic = interfaceArgument(context, options.nic || options.localAddress);
    socket.connecting = true;
    if (options.allowHalfOpen !== undefined) {
      socket.allowHalfOpen = options.allowHalfOpen;
    }
    if (options.timeout) {
      socket.setTimeout(options.timeout);
    }
    if (listener) {
      socket.once('connect', listener);
    }
    resolveName(context, name, function (address) {
      connectTo(socket, address, number, name);
    });
    return socket;
  }

  /**
   * Sends text (UTF-8, or 'latin1') or bytes, which must not change until they are sent.
   * @returns false when not all has found room: wait for 'drain'
   */
  write(data: string | Uint8Array | ArrayBuffer, encoding?: string | Done, done?: Done): boolean;
  write(data: string | Uint8Array | ArrayBuffer, encoding?: unknown): boolean {
    const socket = this;
    const bytes = bytesOf(socket._context, data, typeof encoding === 'string' ? encoding : socket._latin1);
    const done = lastCallback(arguments);
    if (socket.writableEnded || socket.destroyed) {
      const error = socketError(SocketErrno.EPIPE);
      if (done) {
        soon(socket._context, function () {
          done(error);
        });
      }
      if (!socket.destroyed) {
        socket.destroy(error);
      }
      return false;
    }
    socket._pending.push({ _bytes: bytes, _at: 0, _done: done });
    pump(socket);
    socket._needsDrain = socket._needsDrain || !!socket._pending.length;
    return !socket._pending.length;
  }

  /** Sends the last bytes, if any, then the end; `done` as for 'finish'. */
  end(data?: string | Uint8Array | ArrayBuffer | Done, encoding?: string | Done, done?: Done): this;
  end(data?: unknown, encoding?: unknown): this {
    const socket = this;
    const done = lastCallback(arguments);
    if (data != null && data !== done) {
      socket.write(data as string, encoding as string);
    }
    if (done) {
      socket.once('finish', done);
    }
    socket.writableEnded = true;
    pump(socket);
    return socket;
  }

  /** Lets go at once: with an error by a reset, else in order, and what is in the send ring still goes out. */
  destroy(error?: Error | null): this {
    const socket = this;
    const context = socket._context;
    const tcb = socket._tcb;
    const pending = socket._pending;
    const gone = socket._gone;
    if (socket.destroyed) {
      return socket;
    }
    socket.destroyed = true;
    socket.connecting = false;
    socket._tcb = socket._gone = null;
    socket._pending = [];
    socket._held = [];
    removeFrom(context._timed, socket as Timed);
    if (tcb) {
      (error ? tcpAbort : tcpClose)(tcb, nowOf(context));
    }
    soon(context, function () {
      pending.forEach(function (one) {
        if (one._done) {
          one._done(error || socketError(SocketErrno.EPIPE));
        }
      });
      if (error) {
        socket.emit('error', error);
      }
      socket.emit('close', !!error);
      if (gone) {
        gone();
      }
    });
    return socket;
  }

  /** 'timeout' after so many ms without a byte either way, 0 for never. The socket stays as it is. */
  setTimeout(timeoutMs: number, listener?: Listener): this {
    if (listener) {
      this.once('timeout', listener);
    }
    this._timeoutMs = timeoutMs;
    setDeadline(this._context, this, timeoutMs);
    return this;
  }

  setNoDelay(on?: boolean): this {
    this._noDelay = on !== false;
    if (this._tcb) {
      this._tcb._noDelay = this._noDelay;
    }
    return this;
  }

  /**
   * A peer that has been silent for `delayMs`, two hours when that is 0, is asked whether it lives.
   * @throws OSError ENOTSUP where that part is not
   */
  setKeepAlive(on?: boolean, delayMs?: number): this {
    keepAlive(this, { _on: !!on, _idleMs: (delayMs as number) > 0 ? (delayMs as number) : undefined });
    return this;
  }

  /** 'latin1' for text to be sent one byte a character. */
  setDefaultEncoding(encoding?: string): this {
    this._latin1 = encoding;
    return this;
  }

  address(): Address | object {
    return this.localAddress ? { address: this.localAddress, family: this.remoteFamily, port: this.localPort } : {};
  }

  /** Nothing keeps a board's program running, or ends it. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  _timedOut(): void {
    this.emit('timeout');
  }

  _flow(on: boolean): void {
    if (this._tcb) {
      tcpPause(this._tcb, !on, nowOf(this._context));
      rearm(this._context);
    }
  }

  _readEnd(): void {
    if (!this.allowHalfOpen) {
      this.end();
    }
    closeWhenDone(this);
  }

  _connected(tcb: Tcb): void {
    const socket = this;
    attach(socket, tcb);
    socket.connecting = false;
    touch(socket);
    if (socket._connectedTo) {
      socket._connectedTo();
    } else {
      socket.emit('connect');
      socket.emit('ready');
    }
    if (!socket._flowing) {
      socket._flow(false);
    }
    pump(socket);
  }

  _data(_tcb: Tcb, bytes: Uint8Array): void {
    this.bytesRead += bytes.length;
    touch(this);
    push(this, bytes);
  }

  _ended(): void {
    push(this, null);
  }

  _writable(): void {
    touch(this);
    pump(this);
  }

  _closed(tcb: Tcb, errno: Errno): void {
    const socket = this;
    socket._tcb = null;
    if (errno) {
      socket.destroy(socketError(errno, formatAddress(tcb._remoteAddress) + ':' + tcb._remotePort));
    } else {
      socket.writableEnded = socket.writableFinished = true;
      if (!socket.readableEnded && socket._held.indexOf(null) < 0) {
        push(socket, null);
      }
      closeWhenDone(socket);
    }
  }
}

makeReadable(Socket.prototype);

export function attach(socket: Socket, tcb: Tcb): void {
  socket._tcb = tcb;
  socket.remoteAddress = formatAddress(tcb._remoteAddress);
  socket.remotePort = tcb._remotePort;
  socket.remoteFamily = familyOf(tcb._remoteAddress);
  socket.localAddress = formatAddress(tcb._localAddress);
  socket.localPort = tcb._localPort;
  tcb._noDelay = socket._noDelay;
  keepAlive(socket);
}

function touch(socket: Socket): void {
  if (socket._timeoutMs) {
    socket._deadlineMs = nowOf(socket._context) + socket._timeoutMs;
  }
}

function connectTo(socket: Socket, address: IpAddress, port: number, name: string): void {
  const context: Context = socket._context;
  if (!socket.destroyed) {
    const tcb =
      (address as number) < 0
        ? (address as number)
        : goBy(context, socket._nic, function () {
            return tcpConnect(context._host._stack, address, port, socket, nowOf(context));
          });
    if (typeof tcb === 'number') {
      socket.destroy(socketError(tcb, name));
    } else {
      socket._tcb = tcb;
      rearm(context);
    }
  }
}

/** Moves what waits into the send ring; the end follows it. */
function pump(socket: Socket): void {
  const context = socket._context;
  const tcb = socket._tcb;
  const pending = socket._pending;
  if (!tcb || socket.connecting) {
    return;
  }
  while (pending.length) {
    const one = pending[0];
    const length = one._bytes.length;
    const taken = tcpWrite(tcb, one._bytes, one._at, length, nowOf(context));
    const done = one._done;
    one._at += taken;
    socket.bytesWritten += taken;
    if (one._at < length) {
      break;
    }
    pending.shift();
    if (done) {
      soon(context, done);
    }
  }
  if (!pending.length) {
    if (socket._needsDrain && !socket.writableEnded) {
      socket._needsDrain = false;
      soon(context, function () {
        socket.emit('drain');
      });
    }
    if (socket.writableEnded && !socket.writableFinished) {
      socket.writableFinished = true;
      tcpShutdown(tcb, nowOf(context));
      soon(context, function () {
        socket.emit('finish');
        closeWhenDone(socket);
      });
    }
  }
  rearm(context);
}

/** Both directions have ended. */
function closeWhenDone(socket: Socket): void {
  if (socket.readableEnded && socket.writableFinished) {
    socket.destroy();
  }
}
