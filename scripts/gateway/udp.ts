/** The board's datagrams: a socket of the host for each of its ports, as an address translator would have it. */

import dgram from 'node:dgram';
import { udpOutput } from '../../modules/inet/udp';
import { type Context, boardAddress, hostAddress } from './context';

const FLOWS_MAX = 64;
const IDLE_MS = 60000;
/** Those a flow has sent to most recently may send to it. */
const PEERS_MAX = 32;

class Flow {
  private readonly socket = dgram.createSocket('udp4');
  private readonly peers = new Set<string>();
  private readonly timer: NodeJS.Timeout;
  private closed = false;

  constructor(
    private readonly context: Context,
    private readonly board: number,
    private readonly port: number,
    private readonly onClose: (port: number) => void,
  ) {
    this.socket.on('message', (payload, { address, port: sourcePort }) => this.receive(payload, address, sourcePort));
    this.socket.on('error', () => this.close());
    this.socket.unref();
    this.timer = setTimeout(() => this.close(), IDLE_MS).unref();
  }

  send(payload: Uint8Array, address: string, port: number): void {
    this.timer.refresh();
    this.peers.delete(address); // so that it becomes the youngest
    this.peers.add(address);
    if (this.peers.size > PEERS_MAX) {
      for (const oldest of this.peers) {
        this.peers.delete(oldest);
        break;
      }
    }
    // What the host cannot send is lost, as anywhere on the way.
    this.socket.send(payload, port, address, () => {});
  }

  close(): void {
    if (!this.closed) {
      this.closed = true;
      clearTimeout(this.timer);
      this.socket.close();
      this.onClose(this.port);
    }
  }

  private receive(payload: Buffer, address: string, sourcePort: number): void {
    const { context } = this;
    if (this.closed || !this.peers.has(address)) {
      return;
    }
    this.timer.refresh();
    const source = boardAddress(context, address);
    if (!source || !udpOutput(context.stack, context.netif, payload, source, sourcePort, this.board, this.port)) {
      context.stats.lost++;
    }
  }
}

export class UdpForwarder {
  /** By the board's port, the one idle for longest first. */
  private readonly flows = new Map<number, Flow>();

  constructor(private readonly context: Context) {}

  send(sourcePort: number, destination: number, port: number, payload: Uint8Array): void {
    const { context, flows } = this;
    const address = hostAddress(context, destination);
    if (address === null || port === 0 || sourcePort === 0) {
      context.stats.refused++;
      return;
    }
    context.stats.udpDatagrams++;
    let flow = flows.get(sourcePort);
    if (flow) {
      flows.delete(sourcePort);
    } else {
      if (flows.size >= FLOWS_MAX) {
        for (const oldest of flows.values()) {
          oldest.close();
          break;
        }
      }
      flow = new Flow(context, context.board, sourcePort, (closed) => flows.delete(closed));
    }
    flows.set(sourcePort, flow);
    flow.send(payload, address, port);
  }

  get size(): number {
    return this.flows.size;
  }

  close(): void {
    for (const flow of this.flows.values()) {
      flow.close();
    }
  }
}
