/** A PPP server with sockets of its own, in the gateway's place: everything happens in the board's time. */

import type { Socket as NetSocket } from 'node:net';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { Socket } from '../../board-targets/node/socket';
import { type Netif, netifUp } from '../../modules/inet/ip';
import { netifDown, stackInput } from '../../modules/inet/stack';
import { tcpListen } from '../../modules/inet/tcp';
import { createHost, type Host } from '../../modules/network/host';
import type { Board } from '../../scripts/emulator/board';
import { emulatedPlatform } from '../../scripts/emulator/platform';
import { PppServer } from '../../scripts/gateway/server';
import { checkOptions, type GatewayOptions } from '../../scripts/gateway/options';
import { sequence } from './device';

export interface PageAnswer {
  status: number;
  body: string;
}

export class Peer {
  readonly host: Host;
  isUp = false;
  private readonly netif: Netif;
  private readonly server: PppServer;

  constructor(board: Board, stream: Duplex = board.ports[0], options: GatewayOptions = {}) {
    const settings = checkOptions(options);
    const host = (this.host = createHost(emulatedPlatform(board.clock, {}, sequence(2))));
    const netif: Netif = (this.netif = {
      _address: settings.address,
      _mask: 0xffffffff,
      _gateway: settings.peerAddress,
      _mtu: 0,
      _up: false,
      _dns: [],
      _output: (buf, at, end) => this.server.send(buf, at, end),
    });
    this.server = new PppServer(
      host,
      stream,
      settings,
      {
        _up: (_user, _connectMs, mtu) => {
          netif._mtu = mtu;
          netifUp(host._stack, netif);
          this.isUp = true;
        },
        _down: () => {
          netifDown(host._stack, netif, host._nowMs());
          this.isUp = false;
        },
        _packet: (buf, at, end, nowMs) => stackInput(host._stack, this.netif, buf, at, end, nowMs),
        _linkEnded: () => {},
      },
      undefined,
    );
    void this.server.run();
  }

  connect(port: number, address = '192.168.64.2'): Socket {
    return new Socket(this.host).connect(port, address);
  }

  listen(port: number, connection: (socket: Socket) => void): void {
    const tcb = tcpListen(this.host._stack, port, 8, (accepted) => {
      const socket = new Socket(this.host).attach(accepted);
      connection(socket);
      return socket;
    });
    if (typeof tcb === 'number') {
      throw new Error(`port ${port} is taken`);
    }
  }

  /** A page from the board's server, by Node's own http. */
  get(path: string, port = 80): Promise<PageAnswer> {
    return new Promise((resolve, reject) => {
      const request = http.get({ path, createConnection: () => this.connect(port) as unknown as NetSocket });
      request.on('error', reject);
      request.on('response', (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      });
    });
  }
}
