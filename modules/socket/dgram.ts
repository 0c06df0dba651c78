/** Node's module `dgram`: UDP. */

import { Address as IpAddress, formatAddress } from '../wire/addr';
import { Errno } from '../inet/tcb';
import { UdpSocket, udpBind, udpClose, udpOpen } from '../inet/udp';
import { raiseTypeError } from '../network/errors';
import { isObject, lastCallback, nameArgument, portArgument } from './arguments';
import { familyOf, goBy, interfaceArgument, nowOf, resolveName, soon, theContext } from './context';
import { Emitter, Listener, makeEmitter } from './emitter';
import { SocketErrno, socketError } from './errors';
import type { Address } from './net-types';
import { bytesOf } from './text';
import { sendDatagram } from './udp-send';

/** Who a message came from, and how long it is. */
export interface RemoteInfo extends Address {
  size: number;
}

/** Messages that wait for the end of the event they came with; more are dropped. */
const WAITING_MOST = 8;

type Sent = (error: Error | null, bytes?: number) => void;

// No `extends` on a board: its methods come by makeEmitter below.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface Socket extends Emitter {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class Socket {
  _udp!: UdpSocket | null;
  _closed!: boolean;
  /** The interface by which messages are sent. */
  _nic?: unknown;
  /** Where send() without an address goes; the only one that messages are taken from. */
  _remote?: { address: string; port: number };

  constructor(listener?: Listener) {
    this._context = theContext;
    this._udp = null;
    this._closed = false;
    if (listener) {
      this.on('message', listener);
    }
  }

  /**
   * bind([port][, address][, listener]), bind({port}[, listener]): without a port any; the address is not looked at.
   * 'listening', or 'error' (EADDRINUSE, ENOMEM), will come.
   * @throws OSError EINVAL when it is bound, EBADF when it is closed
   */
  bind(port?: number | { port?: number } | Listener, address?: string | Listener, listener?: Listener): this;
  bind(port?: unknown): this {
    const socket = this;
    const listener = lastCallback(arguments);
    const wanted = isObject(port) ? (port as { port?: number }).port : port;
    const number = wanted && wanted !== listener ? portArgument(wanted) : 0;
    if (socket._udp || socket._closed) {
      throw socketError(socket._closed ? SocketErrno.EBADF : SocketErrno.EINVAL);
    }
    if (listener) {
      socket.once('listening', listener);
    }
    const errno = open(socket, number);
    soon(socket._context, function () {
      if (errno) {
        socket.emit('error', socketError(errno));
      } else {
        socket.emit('listening');
      }
    });
    return socket;
  }

  /**
   * send(message[, offset, length], port[, address][, done]): `done` hears (error, bytes): EMSGSIZE for more than a
   * packet takes, ENETUNREACH, ENOTFOUND; without it 'error' does.
   * @throws ValueError, TypeError; OSError EBADF when it is closed
   */
  send(message: string | Uint8Array, ...rest: (number | string | Sent | undefined)[]): void;
  send(message: string | Uint8Array): void {
    const socket = this;
    const context = socket._context;
    const args = arguments;
    const done = lastCallback(args) as Sent | undefined;
    const hasRange = typeof args[1] === 'number' && typeof args[2] === 'number';
    let at = hasRange ? 3 : 1;
    let bytes = bytesOf(context, message);
    const remote = socket._remote;
    const port = remote ? remote.port : portArgument(args[at++]);
    const name = nameArgument(remote ? remote.address : args[at]);
    if (hasRange) {
      bytes = bytes.subarray(args[1], args[1] + args[2]);
    }
    if (socket._closed) {
      throw socketError(SocketErrno.EBADF);
    }
    const told = function (errno: number): void {
      const error = errno ? socketError(errno, name) : null;
      soon(context, function () {
        if (done) {
          done(error, bytes.length);
        } else if (error) {
          socket.emit('error', error);
        }
      });
    };
    const errno = socket._udp ? 0 : open(socket, 0);
    if (errno) {
      told(errno);
      return;
    }
    resolveName(context, name, function (found) {
      const udp = socket._udp;
      told(
        (found as number) < 0
          ? (found as number)
          : udp
            ? goBy(context, socket._nic, function () {
                return sendDatagram(udp, bytes, found, port, nowOf(context));
              })
            : SocketErrno.EBADF,
      );
    });
  }

  /** connect(port, address[, done]): send() needs no address from now on, and messages of others are dropped. */
  connect(port: number, address: string, done?: Listener): void {
    this._remote = { address: nameArgument(address), port: portArgument(port) };
    if (done) {
      soon(this._context, done);
    }
  }

  disconnect(): void {
    this._remote = undefined;
  }

  /** @throws OSError EBADF when it is closed */
  close(done?: Listener): this {
    const socket = this;
    if (socket._closed) {
      throw socketError(SocketErrno.EBADF);
    }
    if (done) {
      socket.once('close', done);
    }
    socket._closed = true;
    if (socket._udp) {
      udpClose(socket._udp);
      socket._udp = null;
    }
    soon(socket._context, function () {
      socket.emit('close');
    });
    return socket;
  }

  /** @throws OSError EBADF when it is not bound */
  address(): Address {
    if (!this._udp) {
      throw socketError(SocketErrno.EBADF);
    }
    return { address: '0.0.0.0', family: 'IPv4', port: this._udp._localPort };
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

makeEmitter(Socket.prototype);

/** Binds to a port, 0 for any; returns an errno. */
function open(socket: Socket, port: number): number {
  const context = socket._context;
  const stack = context._host._stack;
  let waiting = 0;
  const received = function (payload: Uint8Array, source: IpAddress, sourcePort: number): void {
    const address = formatAddress(source);
    const remote = socket._remote;
    if (waiting >= WAITING_MOST || (remote && (remote.port !== sourcePort || remote.address !== address))) {
      stack._stats.dropped++;
      return;
    }
    waiting++;
    soon(context, function () {
      waiting--;
      if (!socket._closed) {
        socket.emit('message', payload, {
          address: address,
          family: familyOf(source),
          port: sourcePort,
          size: payload.length,
        });
      }
    });
  };
  const udp = port ? udpBind(stack, port, received) : udpOpen(stack, received);
  socket._udp = udp;
  return udp ? 0 : stack._udps.length < stack._bounds._udpSockets ? Errno.EADDRINUSE : Errno.ENOMEM;
}

/**
 * createSocket('udp4' or {type: 'udp4'}[, listener of 'message']); 'udp6' where there is IPv6. Either has both. With `nic`,
 * an interface or one of its addresses, messages are sent by that.
 */
export function createSocket(type: string | { type: string; nic?: unknown }, listener?: Listener): Socket {
  const kind = isObject(type) ? type.type : type;
  if (kind !== 'udp4' && !(kind === 'udp6' && theContext._parse6)) {
    raiseTypeError(theContext._parse6 ? 'type must be udp4 or udp6' : 'type must be udp4');
  }
  const socket = new Socket(listener);
  socket._nic = isObject(type) && interfaceArgument(theContext, type.nic);
  return socket;
}
