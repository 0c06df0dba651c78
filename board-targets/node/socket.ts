/** A TCP connection of the stack as a Node Duplex, with back-pressure both ways: Node's own `http` runs over it. */

import { Duplex } from 'node:stream';
import { formatAddress, type Address } from '../../modules/wire/addr';
import { Errno, type Tcb, type TcpHandler } from '../../modules/inet/tcb';
import { tcpAbort, tcpClose, tcpConnect, tcpPause, tcpWrite } from '../../modules/inet/tcp';
import { tcpShutdown } from '../../modules/inet/tcp-close';
import { KEEPALIVE_IDLE_MS, KEEPALIVE_INTERVAL_MS, KEEPALIVE_PROBES, tcpKeepAlive } from '../../modules/inet/keepalive';
import { ResolveError } from '../../modules/inet/resolver';
import { lookUp } from './lookup';
import { keepaliveOf, userTimeoutOf } from './keepalive';
import { tcpUserTimeout } from '../../modules/inet/user-timeout';
import { hostRearm, type Host } from '../../modules/network/host';
import { osError } from '../../modules/network/errors';

const ERRNO_NAMES: Record<number, string> = {
  [Errno.ENOMEM]: 'ENOMEM',
  [Errno.EADDRINUSE]: 'EADDRINUSE',
  [Errno.ENETDOWN]: 'ENETDOWN',
  [Errno.ENETUNREACH]: 'ENETUNREACH',
  [Errno.ECONNRESET]: 'ECONNRESET',
  [Errno.ENOTCONN]: 'ENOTCONN',
  [Errno.ETIMEDOUT]: 'ETIMEDOUT',
  [Errno.ECONNREFUSED]: 'ECONNREFUSED',
  [Errno.EHOSTUNREACH]: 'EHOSTUNREACH',
};

/** An OSError with the `code` Node's programs look for. */
export function socketError(errno: number): Error {
  const code = ERRNO_NAMES[errno] ?? 'EIO';
  return Object.assign(osError(errno, code), { code });
}

export function resolveError(error: ResolveError, name: string): Error {
  const code =
    error === ResolveError.NotFound ? 'ENOTFOUND' : error === ResolveError.NoAnswer ? 'EAI_AGAIN' : 'EAI_FAIL';
  return Object.assign(osError(error, `${code} ${name}`), { code });
}

export class Socket extends Duplex implements TcpHandler {
  remoteAddress = '';
  remotePort = 0;
  localAddress = '';
  localPort = 0;
  private tcb: Tcb | null = null;
  private connected = false;
  /** Null when it was never asked for. */
  private keepAliveMs: number | null = null;
  private userTimeoutMs: number | null = null;
  private readonly host: Host;
  /** The piece that did not fit into the send ring, and who waits for it. */
  private unsent: { bytes: Uint8Array; at: number; done: (error?: Error | null) => void } | null = null;
  private finishing: ((error?: Error | null) => void) | null = null;

  constructor(host: Host) {
    super({ allowHalfOpen: false });
    this.host = host;
    this.cork();
  }

  /** Takes over a connection that is established already, or a gateway's that is about to be. */
  attach(tcb: Tcb): this {
    this.tcb = tcb;
    return this;
  }

  connect(port: number, name: string): this {
    lookUp(this.host, name, (address) => this.connectTo(address, port, name));
    return this;
  }

  private connectTo(address: Address, port: number, name: string): void {
    if (this.destroyed) {
      return;
    }
    if ((address as number) < 0) {
      this.destroy(resolveError(address as number, name));
      return;
    }
    const tcb = tcpConnect(this.host._stack, address, port, this, this.now());
    if (typeof tcb === 'number') {
      this.destroy(socketError(tcb));
      return;
    }
    this.tcb = tcb;
    this.userTimeout();
    hostRearm(this.host);
  }

  /** What http expects of a socket. */
  setTimeout(): this {
    return this;
  }
  /** As Node's: off by default; the first probe after delayMs of silence, two hours when that is 0. */
  setKeepAlive(on = false, delayMs = 0): this {
    this.keepAliveMs = on ? Number(delayMs) || KEEPALIVE_IDLE_MS : 0;
    this.keepAlive();
    return this;
  }

  private keepAlive(): void {
    if (this.tcb && this.connected && this.keepAliveMs !== null) {
      const watched = keepaliveOf(this.host);
      tcpKeepAlive(watched, this.tcb, this.keepAliveMs, KEEPALIVE_INTERVAL_MS, KEEPALIVE_PROBES, this.now());
      hostRearm(this.host);
    }
  }
  /** How long what was sent waits for an acknowledgement, the connection for an answer: ETIMEDOUT. 0: as the stack does. */
  setUserTimeout(timeoutMs: number): this {
    this.userTimeoutMs = timeoutMs;
    this.userTimeout();
    return this;
  }

  private userTimeout(): void {
    if (this.tcb && this.userTimeoutMs !== null) {
      tcpUserTimeout(userTimeoutOf(this.host), this.tcb, this.userTimeoutMs, this.now());
      hostRearm(this.host);
    }
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  setNoDelay(on = true): this {
    if (this.tcb) {
      this.tcb._noDelay = on;
    }
    return this;
  }

  private now(): number {
    return this.host._nowMs();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.unsent = { bytes: chunk, at: 0, done };
    this.pump();
  }

  private pump(): void {
    const unsent = this.unsent;
    if (!unsent || !this.tcb) {
      return;
    }
    unsent.at += tcpWrite(this.tcb, unsent.bytes, unsent.at, unsent.bytes.length, this.now());
    hostRearm(this.host);
    if (unsent.at === unsent.bytes.length) {
      this.unsent = null;
      unsent.done();
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.connected) {
      this.finish(done);
    } else {
      this.finishing = done; // end() before the connection is there
    }
  }

  private finish(done: (error?: Error | null) => void): void {
    if (this.tcb) {
      tcpShutdown(this.tcb, this.now());
      hostRearm(this.host);
    }
    done();
  }

  override _read(): void {
    if (this.tcb) {
      tcpPause(this.tcb, false, this.now());
      hostRearm(this.host);
    }
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.tcb) {
      // Without an error, what was written before still goes out, as from any socket.
      if (error) {
        tcpAbort(this.tcb, this.now());
      } else {
        tcpClose(this.tcb, this.now());
      }
      this.tcb = null;
      hostRearm(this.host);
    }
    this.unsent?.done(error ?? socketError(Errno.ECONNRESET));
    this.unsent = null;
    this.finishing?.(error);
    this.finishing = null;
    done(error);
  }

  /** TcpHandler. */
  _connected(tcb: Tcb): void {
    this.tcb = tcb;
    this.remoteAddress = formatAddress(tcb._remoteAddress);
    this.remotePort = tcb._remotePort;
    this.localAddress = formatAddress(tcb._localAddress);
    this.localPort = tcb._localPort;
    this.connected = true;
    this.keepAlive();
    this.uncork();
    this.pump(); // end() has uncorked before its time
    if (this.finishing) {
      this.finish(this.finishing);
      this.finishing = null;
    }
    this.emit('connect');
    this.emit('ready');
  }

  _data(tcb: Tcb, bytes: Uint8Array): void {
    if (!this.push(bytes)) {
      tcpPause(tcb, true, this.now());
    }
  }

  _ended(): void {
    this.push(null);
  }

  _writable(): void {
    this.pump();
  }

  /** R1 of RFC 9293: 'unanswered', with how often something has been sent again. */
  _unanswered(tcb: Tcb): void {
    this.emit('unanswered', tcb._retries);
  }

  _closed(_tcb: Tcb, errno: Errno): void {
    this.tcb = null;
    if (errno) {
      this.destroy(socketError(errno));
    } else {
      this.push(null);
    }
  }
}
