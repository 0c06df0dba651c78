/** Lines over TCP and Unix domain sockets. Half-open: one direction may end before the other. */

import net from 'node:net';
import { LineError, lineError } from './error';
import { formatHostPort } from './spec';

type Address = { host: string; port: number } | { path: string };

export interface ListenOptions {
  /** Called once the socket listens; `peerSpec` is the line that reaches it. */
  onWaiting?: (text: string, peerSpec: string) => void;
  /** Ends the wait for a peer. */
  signal?: AbortSignal;
}

export interface Connection {
  socket: net.Socket;
  name: string;
}

function format(address: Address): string {
  return 'path' in address ? `unix:${address.path}` : `tcp:${formatHostPort(address.host, address.port)}`;
}

/** @throws LineError when nobody answers */
export function connectTo(address: Address): Promise<Connection> {
  const name = format(address);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...address, allowHalfOpen: true });
    const refuse = (error: Error) => reject(lineError(name, error));
    socket.once('error', refuse);
    socket.once('connect', () => {
      socket.off('error', refuse);
      socket.setNoDelay(true);
      resolve({ socket, name });
    });
  });
}

/**
 * Waits for one peer and stops listening when it has come.
 * @throws LineError when the address cannot be had, or the signal fires first
 */
export function listenAt(address: Address, { onWaiting, signal }: ListenOptions = {}): Promise<Connection> {
  const name = format(address);
  return new Promise((resolve, reject) => {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true });
    const abort = () => {
      server.close();
      reject(new LineError(`${name}: the wait for a peer was cancelled`));
    };
    server.once('error', (error) => reject(lineError(name, error)));
    server.once('listening', () => {
      const bound = server.address() as net.AddressInfo | string;
      const peerSpec = typeof bound === 'string' ? name : `tcp:${formatHostPort(bound.address, bound.port)}`;
      onWaiting?.(`waiting for a peer on ${peerSpec}`, peerSpec);
    });
    // One at a time: those who knock before the server is closed are sent away.
    let taken = false;
    server.on('connection', (socket) => {
      if (taken) return void socket.destroy();
      taken = true;
      signal?.removeEventListener('abort', abort);
      server.close();
      const { remoteAddress = '', remotePort = 0 } = socket;
      resolve({ socket, name: 'path' in address ? name : `tcp:${formatHostPort(remoteAddress, remotePort)}` });
    });
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    server.listen(address);
  });
}
