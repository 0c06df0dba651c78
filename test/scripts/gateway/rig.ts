/** A gateway and a client at the two ends of a line in memory. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { Network, type PPP } from '../../../board-targets/node';
import type { Bounds } from '../../../modules/network/host';
import type { NetworkError } from '../../../modules/network/errors';
import { Gateway, type GatewayOptions, type LinkDown, type Substitutes } from '../../../scripts/gateway/gateway';
import { linePair } from '../../../scripts/lines/pair';
import { destroyed } from '../../../scripts/lines/wrap';

export const GATEWAY = '192.168.64.1';

export interface RigOptions {
  gateway?: GatewayOptions;
  substitutes?: Substitutes;
  /** What lies between the client and the line. */
  wrap?: (stream: Duplex) => Duplex;
  bounds?: Partial<Bounds>;
}

export interface Credentials {
  security?: number;
  user?: string;
  key?: string;
}

export class Rig {
  readonly gateway: Gateway;
  readonly network: Network;
  readonly ppp: PPP;
  readonly downs: LinkDown[] = [];
  readonly notices: string[] = [];
  readonly stream: Duplex;
  private readonly served: Promise<void>;
  /** The stack's own timer keeps no program running. */
  private readonly alive = setInterval(() => {}, 1000);

  constructor({ gateway, substitutes, wrap = (stream) => stream, bounds }: RigOptions = {}) {
    const [ours, theirs] = linePair();
    this.gateway = new Gateway(gateway, substitutes);
    this.gateway.on('down', (report) => this.downs.push(report));
    this.gateway.on('notice', (text) => this.notices.push(text));
    this.served = this.gateway.serve(theirs);
    this.stream = wrap(ours);
    this.network = new Network(bounds);
    this.ppp = this.network.ppp(this.stream);
  }

  /** Resolves with the error, or null when the link is up. */
  connect(credentials: Credentials = {}): Promise<NetworkError | null> {
    return new Promise((resolve) => this.ppp.connect({ ...credentials }, resolve));
  }

  disconnect(): Promise<void> {
    return new Promise((resolve) => this.ppp.disconnect(() => resolve()));
  }

  async close(): Promise<void> {
    await this.disconnect();
    await destroyed(this.stream);
    await this.served;
    clearInterval(this.alive);
  }
}

/** uvu waits for ever; what hangs should say so, and let the rest run. */
const LIMIT_MS = 30000;

export async function within<T>(work: Promise<T>, limitMs = LIMIT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${limitMs} ms`)), limitMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Runs `body` on a rig whose link is up. */
export async function withRig(options: RigOptions, body: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = new Rig(options);
  try {
    const error = await rig.connect();
    if (error) {
      throw error;
    }
    await within(body(rig));
  } finally {
    await within(rig.close());
  }
}

/** A TCP server on the host's loopback; close() ends its connections too. */
export async function serveTcp(
  onConnection: (socket: net.Socket) => void,
  options: net.ServerOpts = { allowHalfOpen: true },
): Promise<{ port: number; sockets: Set<net.Socket>; close: () => Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer(options, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async close() {
      for (const socket of sockets) {
        socket.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}

export interface HttpEcho {
  port: number;
  page: Buffer;
  close(): void;
}

/** GET gives 200 KB of random bytes, POST gives back what was sent. */
export async function serveHttp(bytes = 200 * 1024): Promise<HttpEcho> {
  const page = randomBytes(bytes);
  const server = http.createServer((request, response) => {
    if (request.method === 'POST') {
      readAll(request).then(
        (body) => response.end(body),
        () => {}, // the client went away
      );
    } else {
      response.setHeader('content-length', page.length);
      response.end(page);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    page,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** All until the end. Not `for await`, which destroys a socket whose other half is still wanted. */
export function readAll(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', () => resolve(Buffer.concat(chunks)));
    stream.once('error', reject);
    stream.once('close', () => reject(new Error(`closed after ${Buffer.concat(chunks).length} bytes without an end`)));
  });
}

/** A request by Node's http over the stack; resolves with the body of the answer. */
export function fetchBody(network: Network, host: string, port: number, upload?: Buffer, path = '/'): Promise<Buffer> {
  const request = http.request({
    host,
    port,
    path,
    method: upload ? 'POST' : 'GET',
    createConnection: () => network.connect(port, host) as unknown as net.Socket,
  });
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response: http.IncomingMessage) => resolve(readAll(response)));
    request.end(upload);
  });
}
