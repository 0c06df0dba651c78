/**
 * `global.__netdev`: the door through which Kaluma's own `net` and `http` reach a network (firmware 1.2.1,
 * src/modules/net/net.js). Their quirks are met here, each where it bites.
 */

import { Address, formatIpv4 } from '../../modules/wire/addr';
import { resolve, ResolveError } from '../../modules/inet/resolver';
import { Errno, Tcb, TcpHandler } from '../../modules/inet/tcb';
import { tcpConnect, tcpListen, tcpUnlisten } from '../../modules/inet/tcp';
import { hostRearm } from '../../modules/network/host';
import { firmware } from './firmware';
import {
  Callback,
  NetdevSocket,
  SocketState,
  Then,
  answer,
  closed,
  createSocket,
  forget,
  host,
  openDevice,
  pump,
  setAddresses,
  sockets,
} from './netdev-socket';

/** Connections that may be half open at a time; one more takes the place of the oldest. */
const BACKLOG = 4;

const EBADF = 9;
const EINVAL = 22;
const ENOTSUP = 95;
const ENOENT = 2;

/** Bytes to be sent, or, without any, what comes then. */
function enqueue(fd: number, data: string | Uint8Array, cb?: Callback, then?: Then): void {
  const socket = sockets[fd];
  if (socket && (socket._connecting || socket.state === SocketState.Connected)) {
    socket._tasks.push({ _data: data, _at: 0, _then: then, _cb: cb });
    pump(socket);
    hostRearm(host);
    return;
  }
  if (socket && then === Then.Close) {
    if (socket._listener) {
      tcpUnlisten(socket._listener, host._nowMs());
    }
    forget(socket);
  }
  // net.js closes what has closed itself; but what is to be sent has nowhere to go.
  answer(cb, data ? (socket ? Errno.ENOTCONN : EBADF) : 0);
}

export const netdev = {
  errno: 0,
  ip: '0.0.0.0',

  /** Never fails for TCP: net.Socket.connect would do nothing at all, not even report it. */
  socket: function (_domain: string, protocol: string): number {
    if (protocol !== 'STREAM') {
      netdev.errno = ENOTSUP;
      return -1;
    }
    return createSocket().fd;
  },

  get: function (fd: number): NetdevSocket | null {
    return sockets[fd] || null;
  },

  connect: function (fd: number, name: string, port: number, cb?: Callback): void {
    const socket = sockets[fd];
    if (!socket || socket._tcb || socket._listener || socket._connecting) {
      answer(cb, socket ? EINVAL : EBADF);
      return;
    }
    // Without a callback, one that does nothing.
    socket._connecting = cb || Object;
    const resolved = function (address: Address): void {
      // Deferred in any case: a name may be in the cache.
      answer(function () {
        connectTo(socket, address, port);
      }, 0);
    };
    resolve(host._resolver, String(name), resolved, host._nowMs());
    hostRearm(host);
  },

  write: enqueue,

  /** @param how 0: no more receiving, which changes nothing; 1: no more sending; 2: both */
  shutdown: function (fd: number, how: number, cb?: Callback): void {
    enqueue(fd, '', cb, how);
  },

  close: function (fd: number, cb?: Callback): void {
    enqueue(fd, '', cb, Then.Close);
  },

  bind: function (fd: number, address: string, port: number, cb?: Callback): void {
    const socket = sockets[fd];
    if (socket) {
      socket.laddr = address;
      socket.lport = port;
      socket.state = SocketState.Bound;
    }
    answer(cb, socket ? 0 : EBADF);
  },

  listen: function (fd: number, cb?: Callback): void {
    const listener = sockets[fd];
    let result: number = listener ? EINVAL : EBADF;
    if (listener && listener.state === SocketState.Bound) {
      const opened = tcpListen(host._stack, listener.lport, BACKLOG, function (accepted) {
        return accept(listener, accepted);
      });
      result = 0;
      if (typeof opened === 'number') {
        result = opened;
      } else {
        listener._listener = opened;
        listener.state = SocketState.Listening;
      }
    }
    answer(cb, result);
  },
};

function connectTo(socket: NetdevSocket, address: Address, port: number): void {
  if (!socket._connecting) {
    return; // Closed while its name was looked up.
  }
  let tcb: Tcb | number = address === ResolveError.NotFound ? ENOENT : Errno.EHOSTUNREACH;
  if ((address as number) >= 0) {
    tcb = tcpConnect(host._stack, address, port, socket, host._nowMs());
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
  const client = createSocket();
  setAddresses(client, tcb);
  setAddresses(listener, tcb);
  listener.state = SocketState.Listening;
  client._tcb = tcb;
  if (listener.accept_cb) {
    listener.accept_cb(client.fd);
  }
  (['close_cb', 'read_cb', 'shutdown_cb'] as const).forEach(function (name) {
    client[name] = listener[name] as () => void;
    listener[name] = undefined;
  });
  return client._tcb ? client : null;
}

/** A radio's own device, which comes back when we go. */
let theirs: unknown;

/** An interface with this address is up, or (0) gone. */
export function plugNetdev(address: number): void {
  netdev.ip = formatIpv4(address);
  if (firmware.__netdev !== netdev) {
    if (address) {
      theirs = firmware.__netdev;
      firmware.__netdev = netdev;
    }
  } else if (!address && theirs) {
    firmware.__netdev = theirs;
  }
}

/** On a board without any network, sockets can be made before the link is up. */
export function installNetdev(): void {
  openDevice(netdev);
  firmware.__netdev = firmware.__netdev || netdev;
}
