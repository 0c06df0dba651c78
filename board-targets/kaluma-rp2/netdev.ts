/**
 * `global.__netdev`: the door through which Kaluma's own `net` and `http` reach a network (firmware 1.2.1,
 * src/modules/net/net.js). Their quirks are met here, each where it bites.
 */

import { formatIpv4 } from '../../modules/wire/addr';
import { resolve, ResolveError } from '../../modules/inet/resolver';
import { Errno, Tcb, TcpHandler } from '../../modules/inet/tcb';
import { tcpConnect, tcpListen, tcpUnlisten } from '../../modules/inet/tcp';
import { Host, Pollable, hostRearm } from '../../modules/network/host';
import { firmware } from './firmware';
import {
  Callback,
  NetdevSocket,
  SocketState,
  Then,
  answer,
  closed,
  forget,
  pump,
  setAddresses,
  soon,
} from './netdev-socket';

/** Connections that may be half open at a time. */
const BACKLOG = 2;

const EBADF = 9;
const EINVAL = 22;
const ENOTSUP = 95;
const ENOENT = 2;

export class Netdev implements Pollable {
  errno: number;
  mac: string;
  ip: string;
  _host: Host;
  _sockets: { [fd: number]: NetdevSocket };
  _nextFd: number;
  /** Callbacks that would come too early: net.js and its users attach their listeners after the call. */
  _later: (() => void)[];

  constructor(host: Host) {
    this.errno = 0;
    this.mac = '00:00:00:00:00:00';
    this.ip = '0.0.0.0';
    this._host = host;
    this._sockets = {};
    this._nextFd = 0;
    this._later = [];
    host._pollables.push(this);
  }

  /** Never fails for TCP: net.Socket.connect would do nothing at all, not even report it. */
  socket(_domain: string, protocol: string): number {
    if (protocol !== 'STREAM') {
      this.errno = ENOTSUP;
      return -1;
    }
    return new NetdevSocket(this).fd;
  }

  get(fd: number): NetdevSocket | null {
    return this._sockets[fd] || null;
  }

  connect(fd: number, host: string, port: number, cb?: Callback): void {
    const dev = this;
    const socket = this.get(fd);
    if (!socket || socket._tcb || socket._listener || socket._connecting) {
      answer(this, cb, socket ? EINVAL : EBADF);
      return;
    }
    socket._connecting = cb || function () {};
    const resolved = function (error: ResolveError, address: number): void {
      // Deferred in any case: a name may be in the cache.
      soon(dev, function () {
        connectTo(socket, error, address, port);
      });
    };
    resolve(this._host._resolver, String(host), resolved, this._host._platform._nowMs());
    hostRearm(this._host);
  }

  write(fd: number, data: string | Uint8Array, cb?: Callback): void {
    enqueue(this, fd, data, Then.Go, cb);
  }

  /** @param how 0: no more receiving, which changes nothing; 1: no more sending; 2: both */
  shutdown(fd: number, how: number, cb?: Callback): void {
    enqueue(this, fd, '', how, cb);
  }

  close(fd: number, cb?: Callback): void {
    enqueue(this, fd, '', Then.Close, cb);
  }

  bind(fd: number, address: string, port: number, cb?: Callback): void {
    const socket = this.get(fd);
    if (socket) {
      socket.laddr = address;
      socket.lport = port;
      socket.state = SocketState.Bound;
    }
    answer(this, cb, socket ? 0 : EBADF);
  }

  listen(fd: number, cb?: Callback): void {
    const listener = this.get(fd);
    let errno: number = listener ? EINVAL : EBADF;
    if (listener && listener.state === SocketState.Bound) {
      const opened = tcpListen(this._host._stack, listener.lport, BACKLOG, function (accepted) {
        return accept(listener, accepted);
      });
      if (typeof opened === 'number') {
        errno = opened;
      } else {
        errno = 0;
        listener._listener = opened;
        listener.state = SocketState.Listening;
      }
    }
    answer(this, cb, errno);
  }

  /** Pollable. */
  _poll(): void {
    // Only what waits now: a program that tries again at once must not keep the board from everything else.
    for (let left = this._later.length; left > 0; left--) {
      (this._later.shift() as () => void)();
    }
  }

  _pollAt(): number {
    return this._later.length ? 0 : Infinity;
  }
}

function connectTo(socket: NetdevSocket, error: ResolveError, address: number, port: number): void {
  const host = socket._dev._host;
  if (!socket._connecting) {
    return; // Closed while its name was looked up.
  }
  let tcb: Tcb | number = error === ResolveError.NotFound ? ENOENT : Errno.EHOSTUNREACH;
  if (!error) {
    tcb = tcpConnect(host._stack, address, port, socket, host._platform._nowMs());
  }
  if (typeof tcb === 'number') {
    closed(socket, tcb);
  } else {
    socket._tcb = tcb;
    hostRearm(host);
  }
}

/**
 * net.js hangs the callbacks of every accepted client on the listening socket's object, over those of the one before
 * (Server.listen, accept_cb), and reads the addresses there. They are moved to the client's own right after.
 */
function accept(listener: NetdevSocket, tcb: Tcb): TcpHandler | null {
  const client = new NetdevSocket(listener._dev);
  const laddr = listener.laddr;
  setAddresses(client, tcb);
  setAddresses(listener, tcb);
  client._tcb = tcb;
  if (listener.accept_cb) {
    listener.accept_cb(client.fd);
  }
  client.close_cb = listener.close_cb;
  client.read_cb = listener.read_cb;
  client.shutdown_cb = listener.shutdown_cb;
  listener.close_cb = listener.read_cb = listener.shutdown_cb = undefined;
  listener.laddr = laddr;
  listener.state = SocketState.Listening;
  return client._tcb ? client : null;
}

function enqueue(dev: Netdev, fd: number, data: string | Uint8Array, then: Then, cb?: Callback): void {
  const socket = dev.get(fd);
  const tcb = socket && socket._tcb;
  if (socket && (socket._connecting || (tcb && socket.state === SocketState.Connected))) {
    socket._tasks.push({ _data: data, _at: 0, _then: then, _cb: cb });
    pump(socket);
    hostRearm(dev._host);
    return;
  }
  if (socket && then === Then.Close) {
    if (socket._listener) {
      tcpUnlisten(socket._listener, dev._host._platform._nowMs());
    }
    forget(socket);
  }
  // net.js closes what has closed itself; but what is to be sent has nowhere to go.
  answer(dev, cb, data ? (socket ? Errno.ENOTCONN : EBADF) : 0);
}

let ours: Netdev | null = null;
let theirs: unknown;

/** An interface with this address is up, or (0) gone. A radio's own netdev comes back when we go. */
export function plugNetdev(host: Host, address: number): void {
  if (!ours) {
    ours = new Netdev(host);
  }
  ours.ip = formatIpv4(address);
  if (address && firmware.__netdev !== ours) {
    theirs = firmware.__netdev;
    firmware.__netdev = ours;
  } else if (!address && theirs && firmware.__netdev === ours) {
    firmware.__netdev = theirs;
  }
}

/** On a board without any network, sockets can be made before the link is up. */
export function installNetdev(host: Host): void {
  if (!ours && !firmware.__netdev) {
    ours = new Netdev(host);
    firmware.__netdev = ours;
  }
}
