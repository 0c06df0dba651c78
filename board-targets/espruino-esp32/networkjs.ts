/**
 * Espruino's door to a network that is written in JavaScript: `require('NetworkJS').create({...})`. Below its `net`,
 * `http`, `tls` and `dgram`, which call from the idle loop, again and again: every function returns at once.
 *
 * An exception in here would be swallowed, and be taken for socket 0 or for nothing sent.
 */

import type { Host } from '../../modules/network/host';
import { datagramSocket } from './datagrams';
import { SocketError, SocketType, TYPE_MASK } from './firmware';
import { clientSocket, serverSocket } from './sockets';

/** What all kinds of sockets have. */
export interface Socket {
  /** A string of at most `length` characters, '' when there is nothing; or a SocketError. */
  _recv(length: number): string | SocketError;
  /** How many characters were taken; or a SocketError. */
  _send(data: string): number;
  /** A new connection of a server; null when there is none. */
  _accept(): Socket | null;
  _close(): void;
}

interface NetworkJs {
  create(network: object): void;
}

declare function require(name: 'NetworkJS'): NetworkJs;

interface Network {
  /** Of those who are asked again and again it is found faster than a variable of ours. */
  _sockets: { [number: number]: Socket };
  _next: number;
  [name: string]: unknown;
}

let host: Host;

function add(net: Network, socket: Socket): number {
  // Never one that was given out before.
  net._sockets[net._next] = socket;
  return net._next++;
}

const network: Network & ThisType<Network> = {
  _sockets: {},
  _next: 0,

  /** @param name of the host, or an address; undefined for a server */
  create: function (name: string | undefined, port: number, type: SocketType): number {
    let socket: Socket | null;
    if ((type & TYPE_MASK) === SocketType.Udp) {
      socket = datagramSocket(host, name === undefined ? port : 0);
    } else if (name === undefined) {
      socket = serverSocket(host, port, type);
    } else {
      socket = clientSocket(host, name, port, type);
    }
    // "Unable to create socket", says the firmware.
    return socket ? add(this, socket) : SocketError.MaxSockets;
  },

  close: function (number: number): void {
    const socket = this._sockets[number];
    if (socket) {
      delete this._sockets[number];
      socket._close();
    }
  },

  accept: function (number: number): number {
    const socket = this._sockets[number];
    const accepted = socket && socket._accept();
    return accepted ? add(this, accepted) : -1;
  },

  recv: function (number: number, length: number): string | SocketError {
    const socket = this._sockets[number];
    return socket ? socket._recv(length) : SocketError.Closed;
  },

  send: function (number: number, data: string): number {
    const socket = this._sockets[number];
    return socket ? socket._send(data) : SocketError.Closed;
  },
};

export function openNetwork(itsHost: Host): void {
  host = itsHost;
}

/**
 * An interface with this address is up, or (0) gone. From the first one on all sockets are ours, until another network is
 * made (by the WIZnet module, or another NetworkJS): whoever came last has them. The firmware gives its own network back
 * at the next reset only, so a program that never connects keeps it.
 */
export function plugNetwork(address: number): void {
  if (address) {
    require('NetworkJS').create(network);
  }
}
