/** The board's TCP connections, each joined to a socket of the host: back-pressure, half-close and resets both ways. */

import net from 'node:net';
import { tcpAcceptForeign } from '../../modules/inet/foreign';
import { Errno, type Tcb, type TcpHandler } from '../../modules/inet/tcb';
import { tcpAbort, tcpPause, tcpRoom, tcpWrite } from '../../modules/inet/tcp';
import { tcpShutdown } from '../../modules/inet/tcp-close';
import { type Context, hostAddress } from './context';

/** The board gives up its SYN about then; nobody waits any longer. */
const CONNECT_TIMEOUT_MS = 60000;
/** For a peer on the host's side that is gone without a word. */
const KEEPALIVE_MS = 60000;
/** The board has closed; the host's peer has so long to take the rest. */
const LINGER_MS = 60000;

class Connection implements TcpHandler {
  private readonly socket: net.Socket;
  /** The connection on the line; null once it is over. */
  private tcb: Tcb | null;
  /** What the host sent and the send ring had no room for. */
  private rest: Uint8Array | null = null;
  private hostEnded = false;
  private isAccepted = false;

  constructor(
    private readonly context: Context,
    tcb: Tcb,
    host: string,
    private readonly onOver: (connection: Connection) => void,
  ) {
    this.tcb = tcb;
    tcb._handler = this; // The board may give up, or the link end, before the host has answered.
    this.socket = net.connect({
      host,
      port: tcb._localPort,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEPALIVE_MS,
    });
    this.socket.setTimeout(CONNECT_TIMEOUT_MS, () => this.socket.destroy());
    this.socket.once('connect', () => this.accept());
    this.socket.on('drain', () => this.pauseBoard(false));
    this.socket.on('error', () => {}); // 'close' follows
    this.socket.once('close', (hadError) => {
      // After both ends in order the rest for the board may still wait here.
      if (hadError || !this.hostEnded) {
        this.resetBoard();
      }
      this.checkOver();
    });
  }

  /** Lets both sides go at once. */
  destroy(): void {
    this.resetBoard();
    this.resetHost();
  }

  private accept(): void {
    this.socket.setTimeout(0);
    if (this.tcb) {
      this.context.stats.tcpConnections++;
      this.isAccepted = true;
      tcpAcceptForeign(this.tcb, this, this.context.nowMs());
      this.context.rearm();
    }
  }

  private resetBoard(): void {
    const tcb = this.tcb;
    if (!tcb) {
      return;
    }
    this.tcb = null;
    if (!this.isAccepted) {
      this.context.stats.tcpFailed++;
    }
    tcpAbort(tcb, this.context.nowMs());
    this.context.rearm();
    this.checkOver();
  }

  private resetHost(): void {
    // Node cannot reset what end() was called on: its descriptor would never be closed, and the process not end.
    if (this.socket.connecting || this.socket.writableEnded) {
      this.socket.destroy();
    } else {
      this.socket.resetAndDestroy();
    }
  }

  private checkOver(): void {
    if (!this.tcb && this.socket.destroyed) {
      this.onOver(this);
    }
  }

  private pauseBoard(paused: boolean): void {
    if (this.tcb) {
      tcpPause(this.tcb, paused, this.context.nowMs());
      this.context.rearm();
    }
  }

  /** Writes what the host sent; the host waits until all of it has found room. */
  private pump(): void {
    const { tcb, rest, context } = this;
    if (!tcb || !rest) {
      return;
    }
    // While more waits only full segments go: the ring is no multiple of them. The last bytes wait for nothing.
    tcb._noDelay = rest.length <= tcpRoom(tcb);
    const taken = tcpWrite(tcb, rest, 0, rest.length, context.nowMs());
    if (taken < rest.length) {
      this.rest = rest.subarray(taken);
    } else {
      this.rest = null;
      if (this.hostEnded) {
        tcpShutdown(tcb, context.nowMs());
      } else {
        this.socket.resume();
      }
    }
    context.rearm();
  }

  /** TcpHandler: the board has acknowledged; only now can it be written to. */
  _connected(): void {
    this.socket.on('data', (chunk: Buffer) => {
      this.rest = chunk;
      this.socket.pause();
      this.pump();
    });
    this.socket.once('end', () => {
      this.hostEnded = true;
      if (!this.rest && this.tcb) {
        tcpShutdown(this.tcb, this.context.nowMs());
        this.context.rearm();
      }
    });
  }

  _data(tcb: Tcb, bytes: Uint8Array): void {
    if (!this.socket.write(bytes)) {
      tcpPause(tcb, true, this.context.nowMs());
    }
  }

  _ended(): void {
    this.socket.end();
  }

  _writable(): void {
    this.pump();
  }

  _closed(_tcb: Tcb, errno: Errno): void {
    this.tcb = null;
    if (errno === Errno.None) {
      this.socket.end();
      this.socket.setTimeout(LINGER_MS, () => this.socket.destroy());
    } else {
      this.resetHost();
    }
    this.checkOver();
  }
}

export class TcpForwarder {
  private readonly connections = new Set<Connection>();

  constructor(private readonly context: Context) {}

  /** Takes the board's SYN; when false it is answered with a reset. */
  take(tcb: Tcb): boolean {
    const { context, connections } = this;
    const host = tcb._remoteAddress === context.board ? hostAddress(context, tcb._localAddress as number) : null;
    if (host === null || tcb._localPort === 0 || connections.size >= context.stack._bounds._tcpSockets) {
      context.stats.refused++;
      return false;
    }
    connections.add(new Connection(context, tcb, host, (connection) => connections.delete(connection)));
    return true;
  }

  /** Connections that either side still holds. */
  get size(): number {
    return this.connections.size;
  }

  close(): void {
    for (const connection of this.connections) {
      connection.destroy();
    }
  }
}
