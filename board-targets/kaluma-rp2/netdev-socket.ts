/** One socket of `global.__netdev`: what net.js hangs its callbacks on, and the tasks that wait for room to send. */

import { formatIpv4 } from '../../modules/wire/addr';
import { copyOf, latin1Bytes } from '../../modules/wire/bytes';
import { Errno, Listener, Tcb, TcpHandler, TcpState, tcpCanWrite } from '../../modules/inet/tcb';
import { tcpAbort, tcpClose, tcpRoom, tcpWrite } from '../../modules/inet/tcp';
import { tcpShutdown } from '../../modules/inet/tcp-close';
import { hostRearm, theHost as host } from '../../modules/network/host';
import { firmware } from './firmware';

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
  _then: Then | undefined;
  _cb: Callback | undefined;
}

/** A connection whose peer has closed and whose user does nothing is closed after this, ms: net.js never does it. */
const HALF_OPEN_MS = 30000;

/** The board's only network device, and its sockets. */
let device: { errno: number };
export { host };
export let sockets: { [fd: number]: NetdevSocket };
/** Callbacks that would come too early: net.js and its users attach their listeners after the call. */
export let later: (() => void)[];
let nextFd = 0;

/** The device joins the host, and begins anew. */
export function openDevice(theDevice: { errno: number }): void {
  device = theDevice;
  sockets = {};
  later = [];
  host._pollables.push({
    _poll: function () {
      // Only what waits now: a program that tries again at once must not keep the board from everything else.
      for (let left = later.length; left > 0; left--) {
        (later.shift() as () => void)();
      }
    },
    _pollAt: function () {
      return later.length ? 0 : Infinity;
    },
  });
}

/** What net.js takes from get(fd), and hangs its callbacks on. */
export interface NetdevSocket extends TcpHandler {
  fd: number;
  ptcl: string;
  state: SocketState;
  laddr: string;
  lport: number;
  raddr: string;
  rport: number;
  connect_cb?: () => void;
  close_cb?: () => void;
  read_cb?: (data: Uint8Array) => void;
  shutdown_cb?: () => void;
  accept_cb?: (fd: number) => void;
  _tcb?: Tcb | null;
  _listener?: Listener | null;
  _tasks: Task[];
  /** Who waits for the connection. */
  _connecting?: Callback | null;
}

/** What all sockets have. */
const prototype: TcpHandler & ThisType<NetdevSocket> = {
  _connected: function (tcb) {
    const done = this._connecting;
    this._connecting = null;
    if (done) {
      setAddresses(this, tcb);
      device.errno = 0;
      // 'connect' comes from the one, 'ready' from the other.
      if (this.connect_cb) {
        this.connect_cb();
      }
      done(0);
    }
    pump(this);
  },

  _data: function (_tcb, bytes) {
    if (this.read_cb) {
      this.read_cb(bytes);
    }
  },

  _ended: function (tcb) {
    if (tcb._state === TcpState.CloseWait) {
      tcb._endAtMs = tcb._stack._nowMs + HALF_OPEN_MS;
    }
    if (this.shutdown_cb) {
      this.shutdown_cb();
    }
  },

  _writable: function () {
    pump(this);
  },

  _closed: function (_tcb, errno) {
    closed(this, errno);
  },
};

export function createSocket(): NetdevSocket {
  const socket = Object.create(prototype) as NetdevSocket;
  // Never one that was given out before: net.js writes to and closes what has long been gone.
  socket.fd = nextFd++;
  sockets[socket.fd] = socket;
  socket.ptcl = 'STREAM';
  socket.state = SocketState.Closed;
  socket._tasks = [];
  return socket;
}

/** Calls back from the next pass of the main loop. */
export function answer(cb: Callback | undefined, errno: number): void {
  if (cb) {
    later.push(function () {
      device.errno = errno;
      cb(errno);
    });
    hostRearm(host);
  }
}

export function setAddresses(socket: NetdevSocket, tcb: Tcb): void {
  socket.laddr = formatIpv4(tcb._localAddress as number);
  socket.lport = tcb._localPort;
  socket.raddr = formatIpv4(tcb._remoteAddress as number);
  socket.rport = tcb._remotePort;
  socket.state = SocketState.Connected;
}

/** The connection is over, or never came about. */
export function closed(socket: NetdevSocket, errno: number): void {
  const connecting = socket._connecting;
  const failure = errno || Errno.ECONNRESET;
  const tasks = socket._tasks;
  forget(socket);
  if (connecting) {
    device.errno = failure;
    connecting(failure);
  }
  tasks.forEach(function (task) {
    // Ending what has ended is no error; data that cannot be sent any more is.
    answer(task._cb, task._data ? failure : 0);
  });
  if (!connecting) {
    if (socket.close_cb) {
      socket.close_cb();
    }
  }
}

/** Nothing comes from the socket any more, and its number is nobody's. */
export function forget(socket: NetdevSocket): void {
  delete sockets[socket.fd];
  socket._tcb = socket._listener = socket._connecting = null;
  socket._tasks = [];
  socket.state = SocketState.Closed;
}

/**
 * One byte a character. The firmware's charCodeAt takes 70 us a character; its encoder 0.1 us, and what it makes of the
 * characters from 0x80 to 0xff is put right again.
 */
export function textBytes(text: string): Uint8Array {
  const bytes = new firmware.TextEncoder().encode(text);
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
  const nowMs = host._nowMs();
  const tasks = socket._tasks;
  for (;;) {
    const task = tasks[0];
    const tcb = socket._tcb;
    if (!task) {
      return;
    }
    if (socket._connecting) {
      if (task._then === Then.Close) {
        // Closed before it was connected.
        if (tcb) {
          tcpAbort(tcb, nowMs);
        }
        forget(socket);
        answer(task._cb, 0);
      }
      return;
    }
    if (!tcb) {
      return;
    }
    const data = task._data;
    const length = data.length;
    let errno = 0;
    if (task._at < length) {
      if (tcpCanWrite(tcb)) {
        const piece = data.slice(task._at, task._at + tcpRoom(tcb));
        const bytes = typeof piece === 'string' ? textBytes(piece) : piece;
        if (tcb._endAtMs !== Infinity) {
          tcb._endAtMs = nowMs + HALF_OPEN_MS;
        }
        task._at += tcpWrite(tcb, bytes, 0, bytes.length, nowMs);
        if (task._at < length) {
          tcb._wantsRoom = true;
          return;
        }
      } else {
        errno = Errno.ENOTCONN;
      }
    }
    tasks.shift();
    if (task._then === Then.Shutdown) {
      tcpShutdown(tcb, nowMs);
    } else if (task._then === Then.Close) {
      forget(socket);
      tcpClose(tcb, nowMs);
    }
    answer(task._cb, errno);
  }
}
