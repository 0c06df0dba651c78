/** One socket of `global.__netdev`: what net.js hangs its callbacks on, and the tasks that wait for room to send. */

import { formatIpv4 } from '../../modules/wire/addr';
import { copyOf, latin1Bytes } from '../../modules/wire/bytes';
import { Errno, Listener, Tcb, TcpHandler, TcpState, tcpCanWrite } from '../../modules/inet/tcb';
import { tcpClose, tcpRoom, tcpWrite } from '../../modules/inet/tcp';
import { tcpShutdown } from '../../modules/inet/tcp-close';
import { hostRearm } from '../../modules/network/host';
import { firmware } from './firmware';
import type { Netdev } from './netdev';

export type Callback = (error: number) => void;

/** Of the object that net.js takes from get(fd) and hangs its callbacks on. */
export const enum SocketState {
  Closed,
  Bound,
  Connected,
  Listening,
}

/** Something to be done in order: bytes to send, then perhaps the end of sending or of everything. */
export const enum Then {
  Go,
  Shutdown,
  Close,
}

interface Task {
  _data: string | Uint8Array;
  _at: number;
  _then: Then;
  _cb: Callback | undefined;
}

/** A connection whose peer has closed and whose user does nothing is closed after this, ms: net.js never does it. */
const HALF_OPEN_MS = 30000;

/** What net.js takes from get(fd), and hangs its callbacks on. */
export class NetdevSocket implements TcpHandler {
  fd: number;
  ptcl: string;
  state: SocketState;
  laddr!: string;
  lport!: number;
  raddr!: string;
  rport!: number;
  connect_cb?: () => void;
  close_cb?: () => void;
  read_cb?: (data: Uint8Array) => void;
  shutdown_cb?: () => void;
  accept_cb?: (fd: number) => void;
  _dev: Netdev;
  _tcb: Tcb | null;
  _listener: Listener | null;
  _tasks: Task[];
  /** Who waits for the connection. */
  _connecting: Callback | null;

  constructor(dev: Netdev) {
    // Never one that was given out before: net.js writes to and closes what has long been gone.
    this.fd = dev._nextFd++;
    dev._sockets[this.fd] = this;
    this.ptcl = 'STREAM';
    this.state = SocketState.Closed;
    this._dev = dev;
    this._tcb = this._listener = this._connecting = null;
    this._tasks = [];
  }

  /** TcpHandler. */
  _connected(tcb: Tcb): void {
    const done = this._connecting;
    this._connecting = null;
    if (done) {
      setAddresses(this, tcb);
      this._dev.errno = 0;
      // 'connect' comes from the one, 'ready' from the other.
      call(this.connect_cb);
      done(0);
    }
    pump(this);
  }

  _data(_tcb: Tcb, bytes: Uint8Array): void {
    if (this.read_cb) {
      this.read_cb(bytes);
    }
  }

  _ended(tcb: Tcb): void {
    if (tcb._state === TcpState.CloseWait) {
      tcb._endAtMs = tcb._stack._nowMs + HALF_OPEN_MS;
    }
    call(this.shutdown_cb);
  }

  _writable(): void {
    pump(this);
  }

  _closed(_tcb: Tcb, errno: Errno): void {
    closed(this, errno);
  }
}

function call(callback: (() => void) | undefined): void {
  if (callback) {
    callback();
  }
}

export function soon(dev: Netdev, f: () => void): void {
  dev._later.push(f);
  hostRearm(dev._host);
}

export function answer(dev: Netdev, cb: Callback | undefined, errno: number): void {
  if (cb) {
    soon(dev, function () {
      dev.errno = errno;
      cb(errno);
    });
  }
}

export function setAddresses(socket: NetdevSocket, tcb: Tcb): void {
  socket.laddr = formatIpv4(tcb._localAddress);
  socket.lport = tcb._localPort;
  socket.raddr = formatIpv4(tcb._remoteAddress);
  socket.rport = tcb._remotePort;
  socket.state = SocketState.Connected;
}

/** The connection is over, or never came about. */
export function closed(socket: NetdevSocket, errno: number): void {
  const dev = socket._dev;
  const connecting = socket._connecting;
  const tasks = socket._tasks;
  forget(socket);
  if (connecting) {
    dev.errno = errno = errno || Errno.ECONNRESET;
    connecting(errno);
  }
  for (let i = 0; i < tasks.length; i++) {
    // Ending what has ended is no error; data that cannot be sent any more is.
    answer(dev, tasks[i]._cb, tasks[i]._data ? errno || Errno.ECONNRESET : 0);
  }
  if (!connecting) {
    call(socket.close_cb);
  }
}

/** Nothing comes from the socket any more, and its number is nobody's. */
export function forget(socket: NetdevSocket): void {
  delete socket._dev._sockets[socket.fd];
  socket._tcb = socket._listener = socket._connecting = null;
  socket._tasks = [];
  socket.state = SocketState.Closed;
}

/**
 * One byte a character. The firmware's charCodeAt takes 70 us a character; its encoder 0.1 us, and what it makes of the
 * characters from 0x80 to 0xff is put right again.
 */
export function textBytes(text: string): Uint8Array {
  const Encoder = firmware.TextEncoder;
  if (!Encoder) {
    return latin1Bytes(text);
  }
  const bytes = new Encoder().encode(text);
  const length = bytes.length;
  if (length === text.length) {
    return bytes;
  }
  let to = 0;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at];
    if (byte > 0xc3) {
      return latin1Bytes(text); // Beyond 0xff: three octets or four.
    }
    bytes[to++] = byte < 0x80 ? byte : (byte << 6) | (bytes[++at] & 0x3f);
  }
  return copyOf(bytes, 0, to);
}

/** Moves data into the send ring as far as there is room; a task's callback comes when its last octet is in. */
export function pump(socket: NetdevSocket): void {
  const dev = socket._dev;
  const nowMs = dev._host._platform._nowMs();
  while (socket._tasks.length && socket._tcb && !socket._connecting) {
    const tcb = socket._tcb;
    const task = socket._tasks[0];
    const data = task._data;
    let errno = 0;
    if (task._at < data.length) {
      if (tcpCanWrite(tcb)) {
        const end = task._at + tcpRoom(tcb);
        const bytes =
          typeof data === 'string' ? textBytes(data.substring(task._at, end)) : data.subarray(task._at, end);
        if (tcb._endAtMs !== Infinity) {
          tcb._endAtMs = nowMs + HALF_OPEN_MS;
        }
        task._at += tcpWrite(tcb, bytes, 0, bytes.length, nowMs);
        if (task._at < data.length) {
          tcb._wantsRoom = true;
          return;
        }
      } else {
        errno = Errno.ENOTCONN;
      }
    }
    socket._tasks.shift();
    if (task._then === Then.Shutdown) {
      tcpShutdown(tcb, nowMs);
    } else if (task._then === Then.Close) {
      forget(socket);
      tcpClose(tcb, nowMs);
    }
    answer(dev, task._cb, errno);
  }
  if (socket._connecting && socket._tasks.length && socket._tasks[0]._then === Then.Close) {
    // Closed before it was connected.
    if (socket._tcb) {
      tcpClose(socket._tcb, nowMs);
    }
    const cb = socket._tasks[0]._cb;
    forget(socket);
    answer(dev, cb, 0);
  }
}
