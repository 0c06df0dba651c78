/**
 * The firmware's own `net` and `http` reach whatever the host can look up, by IPv6 as well: parts bring that to the device
 * of a bundle, which knows IPv4 alone.
 */

import { Address, formatIpv4 } from '../../modules/wire/addr';
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
}

/** From the next link on. */
export function useNames(host: Host): void {
  const devices: Device[] = [];
  const plug = host._plug;
  if (isNewPart(host, 'names')) {
    host._plug = function (address) {
      plug(address);
      // A radio has a device of its own; ours is plugged in now.
      const device = firmware.__netdev as Device;
      if (address && devices.indexOf(device) < 0) {
        devices.push(device);
        extend(host, device);
      }
    };
  }
}

function extend(host: Host, device: Device): void {
  const connect = device.connect;
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
          connectTo(host, socket, address, port, waits);
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

function connectTo(host: Host, socket: NetdevSocket, address: Address, port: number, waits: Callback): void {
  socket._connecting = function (error) {
    // Behind the device, which writes an address of IPv4 there.
    socket.raddr = address as never;
    waits(error);
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
