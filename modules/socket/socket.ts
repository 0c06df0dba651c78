/**
 * MicroPython's module `socket`. What would block there takes a last callback (error, value), which comes after the call
 * has returned, and exactly once; what does not block returns or throws.
 */

import { formatAddress } from '../wire/addr';
import { ephemeralPort } from '../inet/ip';
import { Errno, Listener as TcpListener, Tcb, TcpHandler } from '../inet/tcb';
import { tcpAbort, tcpClose, tcpConnect, tcpListen, tcpUnlisten } from '../inet/tcp';
import { UdpSocket, udpClose } from '../inet/udp';
import { raiseTypeError, raiseValueError } from '../network/errors';
import { nameArgument, neededCallback, portArgument } from './arguments';
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IP_TOS,
  IP_TTL,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  SO_BINDTODEVICE,
  SO_KEEPALIVE,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from './constants';
import { Context, goBy, interfaceArgument, nowOf, rearm, theContext } from './context';
import { lookUpName } from './dns';
import { SocketErrno, socketError } from './errors';
import { Keep, keepAlive } from './keepalive';
import { InetAddress, Received, attach, check, failIfBroken, openUdp, receive, took, transmit } from './socket-io';
import { bytesOf } from './text';
import { sendDatagram } from './udp-send';
import { Done, Wait, Waiter, Waiting, finish, wait, wake } from './waits';

export * from './constants';
export type { InetAddress } from './socket-io';

/** Connections that wait to be taken; more are refused. */
const BACKLOG = 2;

function addressArgument(address: unknown): InetAddress {
  const pair = address as InetAddress;
  if (!Array.isArray(address) || address.length < 2) {
    raiseTypeError('address must be [host, port]');
  }
  return [pair[0] === '' ? '0.0.0.0' : nameArgument(pair[0]), portArgument(pair[1])];
}

export class Socket implements TcpHandler, Waiter {
  _context!: Context;
  _isStream!: boolean;
  _tcb!: Tcb | null;
  _udp!: UdpSocket | null;
  _listener!: TcpListener | null;
  _port!: number;
  _isClosed!: boolean;
  /** Is or was connected, or is about to be. */
  _isTaken!: boolean;
  _isConnected!: boolean;
  _peer!: InetAddress | null;
  _noDelay!: boolean;
  _keep?: Keep;
  _nic?: unknown;
  /** ms; 0 for not waiting at all, Infinity for waiting for ever. */
  _timeoutMs!: number;
  _waits!: (Waiting | null)[];
  _received!: Received[];
  /** No more will come; with the errno that ended it. */
  _isEnd!: boolean;
  _errno!: number;
  _accepted!: Socket[];

  /** socket([af[, type[, proto]]]). @throws OSError EINVAL for an unknown family or type */
  constructor(af?: number, type?: number) {
    const socket = this;
    if (
      (af !== undefined && af !== AF_INET && !(af === AF_INET6 && theContext._parse6)) ||
      (type !== undefined && type !== SOCK_STREAM && type !== SOCK_DGRAM)
    ) {
      throw socketError(SocketErrno.EINVAL);
    }
    socket._context = theContext;
    socket._isStream = type !== SOCK_DGRAM;
    socket._tcb = socket._udp = socket._listener = socket._peer = null;
    socket._port = socket._errno = 0;
    socket._isClosed = socket._isTaken = socket._isConnected = socket._isEnd = socket._noDelay = false;
    socket._timeoutMs = Infinity;
    socket._waits = [];
    socket._received = [];
    socket._accepted = [];
  }

  /** bind([host, port]): every interface, whatever the host. @throws OSError EADDRINUSE, EINVAL when bound, ENOMEM */
  bind(address: InetAddress): void {
    const socket = this;
    const port = addressArgument(address)[1];
    check(socket);
    if (socket._port || socket._isTaken || socket._udp) {
      throw socketError(SocketErrno.EINVAL);
    }
    if (socket._isStream) {
      const stack = socket._context._host._stack;
      socket._port = port || ephemeralPort(stack, stack._listeners);
    } else {
      openUdp(socket, port);
    }
  }

  /** listen([backlog]). @throws OSError EADDRINUSE, EINVAL when it is not bound */
  listen(backlog?: number): void {
    const socket = this;
    const context = socket._context;
    const most = backlog === undefined ? BACKLOG : Math.max(1, backlog);
    check(socket);
    if (!socket._port || socket._listener || !socket._isStream) {
      throw socketError(SocketErrno.EINVAL);
    }
    const opened = tcpListen(context._host._stack, socket._port, most, function (tcb) {
      if (socket._accepted.length >= most) {
        return null;
      }
      const client = new Socket(AF_INET, SOCK_STREAM);
      client._context = context;
      client._isTaken = true;
      attach(client, tcb);
      socket._accepted.push(client);
      wake(socket, Wait.Accept);
      return client;
    });
    if (typeof opened === 'number') {
      throw socketError(opened);
    }
    socket._listener = opened;
  }

  /** accept(done): (error, [socket, [host, port]]). */
  accept(done: Done<[Socket, InetAddress]>): void {
    const socket = this;
    check(socket);
    if (!socket._listener) {
      throw socketError(SocketErrno.EINVAL);
    }
    wait(socket, Wait.Accept, neededCallback(arguments), SocketErrno.EAGAIN, function () {
      const client = socket._accepted.shift();
      return client && [client, client._peer];
    });
  }

  /** connect([host, port], done): (error). On a datagram socket it says where send() goes. */
  connect(address: InetAddress, done: Done<void>): void {
    const socket = this;
    const context = socket._context;
    const target = addressArgument(address);
    const callback = neededCallback(arguments) as Done<void>;
    check(socket);
    if (socket._isTaken && socket._isStream) {
      throw socketError(socket._isConnected ? SocketErrno.EISCONN : SocketErrno.EALREADY);
    }
    socket._isTaken = true;
    wait(socket, Wait.Connect, callback, SocketErrno.EINPROGRESS, function () {
      failIfBroken(socket);
      return socket._isConnected ? null : undefined;
    });
    lookUpName(context, target[0], function (error, found) {
      let errno: number = error ? error.errno : 0;
      if (!socket._isClosed && !errno) {
        if (socket._isStream) {
          const tcb = goBy(context, socket._nic, function () {
            return tcpConnect(context._host._stack, found, target[1], socket, nowOf(context));
          });
          if (typeof tcb === 'number') {
            errno = tcb;
          } else {
            socket._tcb = tcb;
            rearm(context);
          }
        } else {
          socket._peer = [formatAddress(found), target[1]];
          socket._isConnected = true;
        }
      }
      socket._errno = errno;
      wake(socket, Wait.Connect);
    });
  }

  /** send(data, done): (error, octets taken), at least one. On a datagram socket all of it to the connected address. */
  send(data: string | Uint8Array, done: Done<number>): void {
    transmit(this, data, neededCallback(arguments), false);
  }

  /** sendall(data, done): (error) when all has been taken. */
  sendall(data: string | Uint8Array, done: Done<void>): void {
    transmit(this, data, neededCallback(arguments), true);
  }

  /** sendto(data, [host, port], done): (error, octets); EMSGSIZE for more than a packet takes. */
  sendto(data: string | Uint8Array, address: InetAddress, done: Done<number>): void {
    const socket = this;
    const context = socket._context;
    const bytes = bytesOf(context, data);
    const target = addressArgument(address);
    const callback = neededCallback(arguments) as Done<number>;
    check(socket);
    if (socket._isStream) {
      throw socketError(SocketErrno.EINVAL);
    }
    if (!socket._udp) {
      openUdp(socket, 0);
    }
    lookUpName(context, target[0], function (error, found) {
      const udp = socket._udp;
      const errno = error
        ? error.errno
        : udp
          ? goBy(context, socket._nic, function () {
              return sendDatagram(udp, bytes, found, target[1], nowOf(context));
            })
          : SocketErrno.EBADF;
      callback(errno ? socketError(errno, target[0]) : null, errno ? undefined : bytes.length);
    });
  }

  /** recv(most, done): (error, bytes), up to so many; none at the end. Of a datagram, the rest is lost. */
  recv(most: number, done: Done<Uint8Array>): void {
    receive(this, most, neededCallback(arguments), function (received) {
      return received._bytes;
    });
  }

  /** recvfrom(most, done): (error, [bytes, [host, port]]). */
  recvfrom(most: number, done: Done<[Uint8Array, InetAddress | null]>): void {
    receive(this, most, neededCallback(arguments), function (received) {
      return [received._bytes, received._from];
    });
  }

  /** settimeout(seconds): of each call from now on; null waits for ever, 0 (EAGAIN, EINPROGRESS) not at all. */
  settimeout(seconds: number | null): void {
    if (seconds !== null && !(seconds >= 0)) {
      raiseValueError('invalid timeout');
    }
    this._timeoutMs = seconds === null ? Infinity : seconds * 1000;
  }

  /** setblocking(flag): settimeout(null) or settimeout(0). */
  setblocking(flag: boolean): void {
    this.settimeout(flag ? null : 0);
  }

  /**
   * TCP_NODELAY; SO_KEEPALIVE, TCP_KEEPIDLE and TCP_KEEPINTVL in seconds, TCP_KEEPCNT; SO_BINDTODEVICE, an interface. All
   * other options change nothing: an address is free at once, and broadcasts need no permission.
   * @throws OSError ENOTSUP for what is an optional part, EINVAL for a number out of range
   */
  setsockopt(level: number, option: number, value: unknown): void {
    check(this);
    if (level === SOL_SOCKET && option === SO_BINDTODEVICE) {
      this._nic = interfaceArgument(this._context, value);
    }
    if (level === IPPROTO_IP && (option === IP_TTL || option === IP_TOS)) {
      if (!this._context._setHop) {
        throw socketError(SocketErrno.ENOTSUP);
      }
      this._context._setHop(this, option, value);
    }
    if (level === SOL_SOCKET && option === SO_KEEPALIVE) {
      keepAlive(this, { _on: !!value });
    }
    if (level === IPPROTO_TCP && option >= TCP_KEEPIDLE && option <= TCP_KEEPCNT) {
      const number = value as number;
      if (!(number > 0 && number < 32768 && number === (number | 0))) {
        throw socketError(SocketErrno.EINVAL);
      }
      keepAlive(
        this,
        option === TCP_KEEPCNT
          ? { _probes: number }
          : option === TCP_KEEPIDLE
            ? { _idleMs: 1000 * number }
            : { _intervalMs: 1000 * number },
      );
    }
    if (level === IPPROTO_TCP && option === TCP_NODELAY) {
      this._noDelay = !!value;
      if (this._tcb) {
        this._tcb._noDelay = !!value;
      }
    }
  }

  /** Sends what was taken and ends. Calls that wait fail with EBADF; to close again is no error. */
  close(): void {
    const socket = this;
    const nowMs = nowOf(socket._context);
    if (socket._isClosed) {
      return;
    }
    socket._isClosed = true;
    if (socket._tcb) {
      (socket._isConnected ? tcpClose : tcpAbort)(socket._tcb, nowMs);
      socket._tcb = null;
    }
    if (socket._udp) {
      udpClose(socket._udp);
      socket._udp = null;
    }
    if (socket._listener) {
      tcpUnlisten(socket._listener, nowMs);
      socket._accepted.forEach(function (client) {
        client.close();
      });
    }
    socket._received = [];
    for (let what = 0; what <= Wait.Recv; what++) {
      finish(socket, what, socketError(SocketErrno.EBADF));
    }
    rearm(socket._context);
  }

  _connected(tcb: Tcb): void {
    attach(this, tcb);
    wake(this, Wait.Connect);
  }

  _data(_tcb: Tcb, bytes: Uint8Array): void {
    took(this, { _bytes: bytes, _from: this._peer });
  }

  _ended(): void {
    this._isEnd = true;
    wake(this, Wait.Recv);
  }

  _writable(): void {
    wake(this, Wait.Send);
  }

  _closed(_tcb: Tcb, errno: Errno): void {
    this._tcb = null;
    this._isEnd = true;
    this._errno = errno;
    for (let what = 0; what <= Wait.Recv; what++) {
      wake(this, what);
    }
  }
}

/** socket([af[, type[, proto]]]), as class Socket. */
export function socket(af?: number, type?: number): Socket {
  return new Socket(af, type);
}

/** What getaddrinfo finds: [af, type, proto, canonical name, [host, port]]. */
export type AddressInfo = [number, number, number, string, InetAddress];

/** getaddrinfo(host, port[, af[, type[, proto[, flags]]]], done): (error, [[af, type, proto, '', [address, port]]]). */
export function getaddrinfo(host: string, port: number, ...rest: (number | Done<AddressInfo[]>)[]): void;
export function getaddrinfo(host: string, port: number): void {
  const done = neededCallback(arguments) as Done<AddressInfo[]>;
  const number = portArgument(port);
  const type: unknown = arguments[3];
  lookUpName(theContext, nameArgument(host), function (error, address) {
    const kind = type === SOCK_DGRAM ? SOCK_DGRAM : SOCK_STREAM;
    if (error) {
      done(error);
    } else {
      done(null, [
        [
          typeof address === 'string' ? AF_INET6 : AF_INET,
          kind,
          kind === SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP,
          '',
          [formatAddress(address), number],
        ],
      ]);
    }
  });
}
