/**
 * A stand-in for Kaluma 1.2.1's module `net`: written from its documented dealings with `global.__netdev`, quirks
 * included, for machines that do not have the firmware's sources. kalumaModules() loads the real ones from a folder.
 */

import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { netdev as device } from '../../board-targets/kaluma-rp2/netdev';

type Netdev = typeof device;
type Callback = (error?: Error) => void;

export interface NetSocket extends EventEmitter {
  localAddress: string | null;
  localPort: number | null;
  remoteAddress: string | null;
  remotePort: number | null;
  destroyed: boolean;
  connect(options: { host: string; port: number }, listener?: () => void): this;
  write(data: Uint8Array | string, cb?: Callback): boolean;
  end(data?: Uint8Array | string, cb?: Callback): this;
  destroy(): void;
}

export interface NetServer extends EventEmitter {
  listen(port: number, cb?: () => void): this;
  close(cb?: () => void): this;
}

export interface NetModule {
  Socket: new () => NetSocket;
  connect(options: { host: string; port: number }, listener?: () => void): NetSocket;
  createServer(listener: (client: NetSocket) => void): NetServer;
}

/** `later` is the firmware's setTimeout. */
export function standInNet(netdev: () => Netdev, later: (f: () => void, ms: number) => void): NetModule {
  const error = (errno: number): Error => Object.assign(new Error(`SystemError ${errno}`), { errno });

  class Socket extends EventEmitter implements NetSocket {
    localAddress: string | null = null;
    localPort: number | null = null;
    remoteAddress: string | null = null;
    remotePort: number | null = null;
    destroyed = false;
    private fd = -1;
    private readonly dev = netdev();
    private buffer = '';
    private ending = false;
    private finished = false;
    private ended = false;

    /** Hangs the callbacks on the object of fd, or (an accepted client's) on the listening one. */
    take(fd: number, sck = this.dev.get(fd)!): void {
      this.fd = fd;
      const addresses = (): void => {
        this.localAddress = sck.laddr;
        this.localPort = sck.lport;
        this.remoteAddress = sck.raddr;
        this.remotePort = sck.rport;
      };
      addresses();
      sck.connect_cb = () => {
        addresses();
        this.emit('connect');
      };
      sck.close_cb = () => this.afterDestroy();
      sck.read_cb = (data) => this.emit('data', data);
      sck.shutdown_cb = () => {
        if (!this.ended) {
          this.ended = true;
          this.emit('end');
        }
      };
    }

    connect(options: { host: string; port: number }, listener?: () => void): this {
      const fd = this.dev.socket('AF_INET', 'STREAM');
      if (listener) {
        this.on('connect', listener);
      }
      if (fd > -1) {
        this.take(fd);
        this.dev.connect(this.fd, options.host, options.port, (failed) => {
          this.emit(...((failed ? ['error', error(this.dev.errno)] : ['ready']) as [string, ...unknown[]]));
        });
      }
      return this;
    }

    write(data: Uint8Array | string, cb?: Callback): boolean {
      if (!this.ending) {
        this.buffer += typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
        later(() => this.flush(), 0);
        cb?.();
      }
      return this.buffer.length === 0;
    }

    end(data?: Uint8Array | string, cb?: Callback): this {
      if (data !== undefined) {
        this.buffer += typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
      }
      if (cb) {
        this.once('finish', cb);
      }
      this.ending = true;
      this.flush(() => this.finish());
      return this;
    }

    private flush(done?: () => void): void {
      if (this.finished || !this.buffer.length) {
        done?.();
        return;
      }
      const text = this.buffer;
      this.buffer = '';
      this.dev.write(this.fd, text, (failed) => {
        if (failed) {
          this.emit('error', error(this.dev.errno));
        } else if (this.buffer.length) {
          later(() => this.flush(done), 0);
        } else {
          this.emit('drain');
          done?.();
        }
      });
    }

    private finish(): void {
      this.dev.shutdown(this.fd, 1, (failed) => {
        if (failed) {
          this.emit('error', error(this.dev.errno));
        } else if (!this.finished) {
          this.emit('finish');
          this.finished = true;
        }
      });
    }

    destroy(): void {
      if (!this.destroyed) {
        this.dev.close(this.fd, (failed) => {
          if (failed) {
            this.emit('error', error(this.dev.errno));
          } else {
            this.afterDestroy();
          }
        });
      }
    }

    private afterDestroy(): void {
      if (!this.destroyed) {
        this.destroyed = true;
        this.emit('close');
      }
    }
  }

  class Server extends EventEmitter implements NetServer {
    private fd = -1;
    private readonly dev = netdev();

    listen(port: number, cb?: () => void): this {
      this.fd = this.dev.socket('AF_INET', 'STREAM');
      const sck = this.dev.get(this.fd)!;
      sck.accept_cb = (fd) => {
        const client = new Socket();
        client.take(fd, sck);
        this.emit('connection', client);
      };
      this.dev.bind(this.fd, this.dev.ip, port, (failed) => {
        if (failed) {
          this.emit('error', error(this.dev.errno));
          return;
        }
        this.dev.listen(this.fd, (refused) => {
          if (refused) {
            this.emit('error', error(this.dev.errno));
          } else {
            if (cb) this.on('listening', cb);
            this.emit('listening');
          }
        });
      });
      return this;
    }

    close(cb?: () => void): this {
      this.dev.close(this.fd, (failed) => {
        if (failed) {
          this.emit('error', error(this.dev.errno));
        } else {
          this.emit('close');
          cb?.();
        }
      });
      return this;
    }
  }

  return {
    Socket,
    connect: (options, listener) => {
      const socket = new Socket();
      // Without a listener the firmware's own never connects.
      return listener ? socket.connect(options, listener) : socket;
    },
    createServer: (listener) => new Server().on('connection', listener) as unknown as NetServer,
  };
}

/** The firmware's own modules from a folder that holds events.js, stream.js, net.js, url.js and http.js, or src/modules. */
export function kalumaModules(
  folder: string,
  netdev: () => Netdev,
  later: (f: () => void, ms: number) => unknown,
): { net: NetModule; http: unknown } {
  const loaded: Record<string, unknown> = {};
  const global = {
    get __netdev() {
      return netdev();
    },
  };
  class SystemError extends Error {
    constructor(readonly errno: number) {
      super(`SystemError ${errno}`);
    }
  }
  const binding = (): object => ({ StdInNative: class {}, StdOutNative: class {} });
  binding.stream = 'stream';
  const source = (name: string): string => {
    try {
      return readFileSync(join(folder, `${name}.js`), 'utf8');
    } catch {
      return readFileSync(join(folder, name, `${name}.js`), 'utf8');
    }
  };
  const load = (name: string): unknown => {
    if (!(name in loaded)) {
      const module = { exports: {} };
      // The firmware wraps a module the same way.
      const wrapped = new Function(
        'exports',
        'require',
        'module',
        'global',
        'process',
        'setTimeout',
        'SystemError',
        source(name),
      );
      wrapped(module.exports, load, module, global, { binding }, later, SystemError);
      loaded[name] = module.exports;
    }
    return loaded[name];
  };
  return { net: load('net') as NetModule, http: load('http') };
}
