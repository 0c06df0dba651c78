/** A PPP server with sockets of its own, in the gateway's place: it connects to the board, too. */

import type { Socket as NetSocket } from 'node:net';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { Socket } from '../../board-targets/node/socket';
import { type Netif, netifUp } from '../../modules/inet/ip';
import { netifDown, stackInput } from '../../modules/inet/stack';
import { tcpListen } from '../../modules/inet/tcp';
import { type UdpSocket, udpBind, udpSend } from '../../modules/inet/udp';
import type { Host } from '../../modules/network/host';
import { PppServer } from '../../scripts/gateway/server';
import { checkOptions } from '../../scripts/gateway/options';
import { addressNumber } from './packets';

export const BOARD_ADDRESS = '192.168.64.2';

export interface PageAnswer {
  status: number;
  body: string;
}

export class Peer {
  isUp = false;
  private readonly netif: Netif;
  private readonly server: PppServer;

  /** @param host lends it the time: this computer's, or that of an emulated board */
  constructor(
    readonly host: Host,
    stream: Duplex,
  ) {
    const settings = checkOptions({});
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
    // The line ends with the test.
    this.server.run().catch(() => {});
  }

  connect(port: number, address = BOARD_ADDRESS): Socket {
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

  udp(port: number, received: (payload: Uint8Array, sourcePort: number) => void): UdpSocket {
    return udpBind(this.host._stack, port, (payload, _source, sourcePort) => received(payload, sourcePort))!;
  }

  sendTo(socket: UdpSocket, payload: Uint8Array, port: number): void {
    udpSend(socket, payload, addressNumber(BOARD_ADDRESS), port, this.host._nowMs());
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
