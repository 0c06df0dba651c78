/** TCP connections and servers as the idle loop of the firmware wants them: asked for what there is, again and again. */

import type { Address } from '../../modules/wire/addr';
import { Errno, Tcb, TcpHandler, tcpCanWrite } from '../../modules/inet/tcb';
import { tcpClose, tcpConnect, tcpListen, tcpPause, tcpRoom, tcpUnlisten, tcpWrite } from '../../modules/inet/tcp';
import { ResolveError, resolve } from '../../modules/inet/resolver';
import { Host, hostRearm } from '../../modules/network/host';
import { SocketError, SocketType, TYPE_MASK, native } from './firmware';
import type { Socket } from './networkjs';

/** Connections that may be half open at a time. */
const BACKLOG = 4;

/** A request whose sender has closed his side is answered for so long, ms. */
const HALF_OPEN_MS = 30000;

interface Connection extends Socket, TcpHandler {
  _host: Host;
  _type: SocketType;
  _tcb: Tcb | null;
  _accepted: boolean;
  /** What has come and was not asked for yet; _at characters of the first are gone, _queued bytes are left. */
  _texts: string[];
  _at: number;
  _queued: number;
  /** What to say when that is gone: '' while there may be more to come. */
  _end: '' | SocketError;
  /** The firmware had something to send the last time, so it may have more. */
  _sending: boolean;
}

/** In the words that the firmware has for errors. */
function errorOf(errno: number): SocketError {
  switch (errno) {
    case 0:
      return SocketError.Closed;
    case Errno.ENOMEM:
      return SocketError.MaxSockets;
    case Errno.ECONNRESET:
    case Errno.ECONNREFUSED:
      return SocketError.Reset;
    case Errno.ETIMEDOUT:
      return SocketError.Timeout;
    default:
      return SocketError.NoRoute;
  }
}

const prototype: Socket & TcpHandler & ThisType<Connection> = {
  _connected: function (tcb) {
    this._tcb = tcb;
    this._end = '';
  },

  _data: function (tcb, bytes) {
    this._texts.push(native.toString(bytes));
    this._queued += bytes.length;
    // A program that is slow to read closes the window.
    if (this._queued >= tcb._stack._bounds._tcpWindow) {
      tcpPause(tcb, true, tcb._stack._nowMs);
    }
  },

  _ended: function (tcb) {
    this._end = SocketError.Closed;
    tcb._endAtMs = tcb._stack._nowMs + HALF_OPEN_MS;
  },

  _writable: function () {},

  _closed: function (_tcb, errno) {
    this._tcb = null;
    this._end = errorOf(errno);
  },

  _recv: function (length) {
    const text = this._texts[0];
    const sending = this._sending;
    const tcb = this._tcb;
    let at = this._at;
    this._sending = false;
    if (text) {
      this._at = at + length;
      if (this._at >= text.length) {
        this._texts.shift();
        this._at = 0;
        this._queued -= text.length;
        if (tcb && tcb._paused && !this._queued) {
          tcpPause(tcb, false, this._host._nowMs());
          hostRearm(this._host);
        }
        return at ? text.substr(at) : text;
      }
      return text.substr(at, length);
    }
    // The firmware gives up what it has yet to send when it hears of the end, so it hears of it last.
    at = +this._end;
    return tcb && at === SocketError.Closed && (sending || this._accepted) ? '' : this._end;
  },

  _send: function (data) {
    const tcb = this._tcb;
    const room = tcb ? tcpRoom(tcb) : 0;
    this._sending = true;
    if (tcb && room) {
      const nowMs = this._host._nowMs();
      const bytes = native.toUint8Array(data.substr(0, room));
      if (tcb._endAtMs !== Infinity) {
        tcb._endAtMs = nowMs + HALF_OPEN_MS;
      }
      tcpWrite(tcb, bytes, 0, bytes.length, nowMs);
      hostRearm(this._host);
      return bytes.length;
    }
    // An error would cost the program what it has not read yet.
    return this._texts.length || !this._end || this._end === SocketError.NoConnection || (tcb && tcpCanWrite(tcb))
      ? 0
      : this._end;
  },

  _accept: function () {
    return null;
  },

  _close: function () {
    const tcb = this._tcb;
    this._end = SocketError.Closed;
    this._tcb = null;
    if (tcb) {
      tcpClose(tcb, this._host._nowMs());
      hostRearm(this._host);
    }
  },
};

function createConnection(host: Host, type: SocketType, tcb: Tcb | null): Connection {
  const connection = Object.create(prototype) as Connection;
  connection._host = host;
  connection._type = type;
  connection._tcb = tcb;
  connection._texts = [];
  connection._at = connection._queued = 0;
  connection._sending = false;
  connection._accepted = !!tcb && (type & TYPE_MASK) === SocketType.Http;
  // TLS above us takes "not yet connected" for a failure of its own.
  connection._end = tcb || type & SocketType.Tls ? '' : SocketError.NoConnection;
  return connection;
}

/** Never fails at once: the firmware would throw, where a program expects an event. */
export function clientSocket(host: Host, name: string, port: number, type: SocketType): Socket {
  const connection = createConnection(host, type, null);
  const nowMs = host._nowMs();
  const resolved = function (address: Address): void {
    if (connection._end === SocketError.Closed) {
      return; // Closed while its name was looked up.
    }
    if ((address as number) < 0) {
      connection._end = address === ResolveError.NotFound ? SocketError.NotFound : SocketError.NoRoute;
      return;
    }
    const tcb = tcpConnect(host._stack, address, port, connection, host._nowMs());
    if (typeof tcb === 'number') {
      connection._end = errorOf(tcb);
    } else {
      connection._tcb = tcb;
      hostRearm(host);
    }
  };
  resolve(host._resolver, name, resolved, nowMs);
  hostRearm(host);
  return connection;
}

/** Null when the port is taken or there are no more connections. */
export function serverSocket(host: Host, port: number, type: SocketType): Socket | null {
  const waiting: Socket[] = [];
  const listener = tcpListen(host._stack, port, BACKLOG, function (tcb) {
    const connection = createConnection(host, type, tcb);
    waiting.push(connection);
    return connection;
  });
  return typeof listener === 'number'
    ? null
    : {
        _recv: function () {
          return '';
        },
        _send: function () {
          return 0;
        },
        _accept: function () {
          return waiting.shift() || null;
        },
        _close: function () {
          tcpUnlisten(listener, host._nowMs());
          waiting.forEach(function (connection) {
            connection._close();
          });
        },
      };
}
