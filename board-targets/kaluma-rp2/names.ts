/**
 * The firmware's own `net` and `http` reach whatever the host can look up, by IPv6 as well: parts bring that to the device
 * of a bundle, which knows IPv4 alone.
 */

import { Address, formatIpv4 } from '../../modules/wire/addr';
import type { Tcb } from '../../modules/inet/tcb';
import { tcpConnect } from '../../modules/inet/tcp';
import { Host, hostRearm } from '../../modules/network/host';
import { isNewPart } from '../../modules/network/parts';
import { firmware } from './firmware';
import type { Callback, NetdevSocket } from './netdev-socket';

declare function setTimeout(f: () => void, delayMs: number): number;

/** What is known of netdev.ts. */
interface Device {
  get(fd: number): NetdevSocket | null;
  connect(fd: number, name: string, port: number, cb?: Callback): void;
  listen(fd: number, cb?: Callback): void;
}

/** At once where there is no radio, which has a device of its own; else from the next link on. */
export function useNames(host: Host): void {
  const devices: Device[] = [];
  const plug = host._plug;
  const join = function (): void {
    const device = firmware.__netdev as Device;
    if (devices.indexOf(device) < 0) {
      devices.push(device);
      extend(host, device);
    }
  };
  if (isNewPart(host, 'names')) {
    host._plug = function (address) {
      plug(address);
      if (address) {
        join();
      }
    };
    if (!firmware.__ieee80211dev) {
      join();
    }
  }
}

/** Tells the addresses of a connection over IPv6, where the device has written those of IPv4. */
function tellAddresses(socket: NetdevSocket, tcb: Tcb): void {
  socket.laddr = tcb._localAddress as never;
  socket.raddr = tcb._remoteAddress as never;
}

function extend(host: Host, device: Device): void {
  const connect = device.connect;
  const listen = device.listen;
  device.listen = function (fd, cb) {
    listen(fd, cb);
    const socket = device.get(fd);
    const listener = socket && socket._listener;
    if (socket && listener) {
      const accept = listener._accept;
      listener._accept = function (tcb) {
        const told = socket.accept_cb;
        if (told && typeof tcb._remoteAddress === 'string') {
          // net.js reads them there for the client, before it has its own.
          socket.accept_cb = function (client) {
            tellAddresses(socket, tcb);
            tellAddresses(device.get(client) as NetdevSocket, tcb);
            told(client);
          };
        }
        const handler = accept(tcb);
        socket.accept_cb = told;
        return handler;
      };
    }
  };
  device.connect = function (fd, name, port, cb) {
    const socket = device.get(fd);
    const waits: Callback = cb || Object;
    if (!socket || socket._tcb || socket._listener || socket._connecting || !host._resolve) {
      connect(fd, name, port, cb);
      return;
    }
    socket._connecting = waits;
    host._resolve(
      String(name),
      function (address) {
        // Unless it has been closed meanwhile.
        if (socket._connecting !== waits) {
          return;
        }
        if (typeof address === 'string') {
          connectTo(host, socket, address, port);
        } else {
          // Also of what there is not: the device has the errors.
          socket._connecting = null;
          connect(fd, address >= 0 ? formatIpv4(address) : name, port, cb);
        }
      },
      host._nowMs(),
    );
    hostRearm(host);
  };
}

function connectTo(host: Host, socket: NetdevSocket, address: Address, port: number): void {
  const connected = socket._connected;
  socket._connected = function (tcb) {
    const told = socket.connect_cb;
    socket.connect_cb = function () {
      tellAddresses(socket, tcb);
      if (told) {
        told();
      }
    };
    connected.call(socket, tcb);
  };
  const tcb = tcpConnect(host._stack, address, port, socket, host._nowMs());
  if (typeof tcb === 'number') {
    // As ever behind the call: net.js attaches its listeners after it.
    setTimeout(function () {
      socket._closed(null as never, tcb);
    }, 1);
  } else {
    socket._tcb = tcb;
    hostRearm(host);
  }
}
