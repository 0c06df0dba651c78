/** MicroPython's sockets: what their calls do with the stack. */

import { Address, formatAddress } from '../wire/addr';
import { copyOf } from '../wire/bytes';
import { Errno, Tcb, tcpCanWrite } from '../inet/tcb';
import { tcpPause, tcpWrite } from '../inet/tcp';
import { udpBind, udpOpen } from '../inet/udp';
import { raiseValueError } from '../network/errors';
import { nowOf, rearm } from './context';
import { SocketErrno, socketError } from './errors';
import { keepAlive } from './keepalive';
import type { Socket } from './socket';
import { bytesOf } from './text';
import { Done, Wait, wait, wake } from './waits';

export type InetAddress = [host: string, port: number];

/** Datagrams that wait to be taken; more are dropped. */
const DATAGRAMS = 4;

export interface Received {
  _bytes: Uint8Array;
  _from: InetAddress | null;
}

/** What has come waits for recv(), and the peer for us: there is a window's worth at most. */
export function took(socket: Socket, received: Received): void {
  socket._received.push(received);
  wake(socket, Wait.Recv);
  setPause(socket);
}

/** One piece waits here for recv(); what comes after it waits in the connection, and closes its window. */
export function setPause(socket: Socket): void {
  if (socket._tcb) {
    tcpPause(socket._tcb, socket._received.length > 0, nowOf(socket._context));
    rearm(socket._context);
  }
}

export function check(socket: Socket): void {
  if (socket._isClosed) {
    throw socketError(SocketErrno.EBADF);
  }
}

export function failIfBroken(socket: Socket): void {
  if (socket._errno) {
    throw socketError(socket._errno);
  }
}

export function attach(socket: Socket, tcb: Tcb): void {
  socket._tcb = tcb;
  socket._isConnected = true;
  socket._peer = [formatAddress(tcb._remoteAddress), tcb._remotePort];
  tcb._noDelay = socket._noDelay;
  keepAlive(socket);
  setPause(socket);
}

export function openUdp(socket: Socket, port: number): void {
  const stack = socket._context._host._stack;
  const received = function (payload: Uint8Array, source: Address, sourcePort: number): void {
    const address = formatAddress(source);
    const peer = socket._peer;
    if (socket._received.length >= DATAGRAMS || (peer && (peer[0] !== address || peer[1] !== sourcePort))) {
      stack._stats.dropped++;
    } else {
      took(socket, { _bytes: payload, _from: [address, sourcePort] });
    }
  };
  const udp = port ? udpBind(stack, port, received) : udpOpen(stack, received);
  if (!udp) {
    throw socketError(stack._udps.length < stack._bounds._udpSockets ? Errno.EADDRINUSE : Errno.ENOMEM);
  }
  socket._udp = udp;
  socket._port = udp._localPort;
}

/** @throws ValueError for what is no number of octets */
export function receive(socket: Socket, most: number, done: Done<never>, give: (received: Received) => unknown): void {
  check(socket);
  if (!(most > 0)) {
    raiseValueError('invalid size');
  }
  if (!socket._isStream && !socket._udp) {
    openUdp(socket, 0);
  }
  wait(socket, Wait.Recv, done, SocketErrno.EAGAIN, function () {
    const received = socket._received[0];
    if (!received) {
      if (socket._isStream && !socket._isTaken) {
        throw socketError(Errno.ENOTCONN);
      }
      failIfBroken(socket);
      return socket._isEnd ? give({ _bytes: new Uint8Array(0), _from: socket._peer }) : undefined;
    }
    const bytes = received._bytes;
    if (bytes.length <= most || !socket._isStream) {
      socket._received.shift();
    } else {
      received._bytes = copyOf(bytes, most, bytes.length);
    }
    return give({ _bytes: bytes.length > most ? copyOf(bytes, 0, most) : bytes, _from: received._from });
  });
  setPause(socket);
}

export function transmit(socket: Socket, data: string | Uint8Array, done: Done<never>, isAll: boolean): void {
  const context = socket._context;
  const bytes = bytesOf(context, data);
  const length = bytes.length;
  let at = 0;
  check(socket);
  if (!socket._isTaken) {
    throw socketError(Errno.ENOTCONN);
  }
  if (!socket._isStream) {
    socket.sendto(bytes, socket._peer as InetAddress, done as Done<unknown>);
    return;
  }
  wait(socket, Wait.Send, done, SocketErrno.EAGAIN, function () {
    const tcb = socket._tcb;
    failIfBroken(socket);
    if (socket._isConnected) {
      if (!tcb || !tcpCanWrite(tcb)) {
        throw socketError(SocketErrno.EPIPE);
      }
      at += tcpWrite(tcb, bytes, at, length, nowOf(context));
      rearm(context);
      if (at === length || (at && !isAll)) {
        return isAll ? null : at;
      }
    }
    return undefined;
  });
}
