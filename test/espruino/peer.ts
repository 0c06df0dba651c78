/** A PPP server with sockets of its own, in the gateway's place: it connects to the board, too. */

import { type Socket as NetSocket } from 'node:net';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { createPlatform } from '../../board-targets/node/platform';
import { Socket } from '../../board-targets/node/socket';
import { type Netif, netifUp } from '../../modules/inet/ip';
import { netifDown, stackInput } from '../../modules/inet/stack';
import { tcpListen } from '../../modules/inet/tcp';
import { type UdpSocket, udpBind, udpSend } from '../../modules/inet/udp';
import { createHost, type Host } from '../../modules/network/host';
import { PppServer } from '../../scripts/gateway/server';
import { checkOptions } from '../../scripts/gateway/options';

export const BOARD = '192.168.64.2';
const BOARD_NUMBER = 0xc0a84002;

export class Peer {
  readonly host: Host = createHost(createPlatform());
  private readonly netif: Netif;
  private readonly server: PppServer;

  constructor(stream: Duplex) {
    const settings = checkOptions({});
    const { host } = this;
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
        },
        _down: () => netifDown(host._stack, netif, host._nowMs()),
        _packet: (buf, at, end, nowMs) => stackInput(host._stack, this.netif, buf, at, end, nowMs),
        _linkEnded: () => {},
      },
      undefined,
    );
    this.server.run().catch(() => {});
  }

  connect(port: number): Socket {
    return new Socket(this.host).connect(port, BOARD);
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
    udpSend(socket, payload, BOARD_NUMBER, port, this.host._nowMs());
  }

  /** A page from the board's server, by Node's own http. */
  get(path: string, port = 80): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = http.get({ path, createConnection: () => this.connect(port) as unknown as NetSocket });
      request.on('error', reject);
      request.on('response', (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve(`${response.statusCode} ${body}`));
        response.on('error', reject);
      });
    });
  }
}
