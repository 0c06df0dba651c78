/**
 * A PPP server that forwards to the host's network with ordinary sockets: no root, no PPP in the kernel.
 *
 * Not done: IPv6, fragments, ICMP other than echo, connections from the host's side to the board.
 */

import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { createPlatform } from '../../board-targets/node/platform';
import { formatIpv4 } from '../../modules/wire/addr';
import { takeForeign } from '../../modules/inet/foreign';
import { type Netif, netifUp } from '../../modules/inet/ip';
import { netifDown, stackInput } from '../../modules/inet/stack';
import { udpOutput } from '../../modules/inet/udp';
import { createHost, type Bounds, type Host, hostRearm, type Platform } from '../../modules/network/host';
import type { Context, GatewayStats } from './context';
import { DnsServer, type Lookup } from './dns';
import { EchoForwarder } from './echo';
import { type GatewayOptions, type Settings, type Trace, checkOptions } from './options';
import { type LinkDown, PppServer } from './server';
import { TcpForwarder } from './tcp';
import { UdpForwarder } from './udp';

export type { GatewayOptions } from './options';
export type { LinkDown } from './server';

const DNS_PORT = 53;
const HOST_MASK = 0xffffffff;

export interface LinkUp {
  address: string;
  gateway: string;
  dns: string;
  /** Who has authenticated; '' when nobody had to. */
  user: string;
  /** From the board's first packet. */
  connectMs: number;
}

interface GatewayEvents {
  up: [LinkUp];
  /** Every attempt ends with one, whether it came up or not. */
  down: [LinkDown];
  /** A sentence for people. */
  notice: [string];
}

/** What tests put in the place of the host's own. */
export interface Substitutes {
  lookup?: Lookup;
  pingProgram?: string;
  bounds?: Partial<Bounds>;
  /** A clock of its own, such as an emulated board's. */
  platform?: Platform;
}

export class Gateway extends EventEmitter<GatewayEvents> {
  readonly stats: GatewayStats = {
    tcpConnections: 0,
    tcpFailed: 0,
    udpDatagrams: 0,
    dnsQueries: 0,
    dnsMalformed: 0,
    echoes: 0,
    refused: 0,
    lost: 0,
  };
  private readonly settings: Settings;
  private readonly trace: Trace | undefined;
  private readonly host: Host;
  private readonly netif: Netif;
  private readonly context: Context;
  private readonly dns: DnsServer;
  private readonly tcp: TcpForwarder;
  private readonly udp: UdpForwarder;
  private readonly echo: EchoForwarder;
  private server: PppServer | null = null;

  /** @throws RangeError when an option makes no sense: a sentence for people */
  constructor(options: GatewayOptions = {}, { lookup, pingProgram, bounds, platform }: Substitutes = {}) {
    super();
    this.settings = checkOptions(options);
    this.trace = options.trace;
    this.host = createHost(platform ?? createPlatform(bounds));
    this.netif = this.createNetif();
    this.context = {
      stack: this.host._stack,
      netif: this.netif,
      gateway: this.settings.address,
      board: 0,
      stats: this.stats,
      nowMs: () => this.host._nowMs(),
      rearm: () => hostRearm(this.host),
      say: (text) => this.emit('notice', text),
    };
    this.dns = new DnsServer(this.settings.address, this.stats, lookup);
    this.tcp = new TcpForwarder(this.context);
    this.udp = new UdpForwarder(this.context);
    this.echo = new EchoForwarder(this.context, pingProgram);
    this.forward();
  }

  /**
   * Waits for boards on the line, one after the other. Resolves when the line ends, or after stop(); rejects with the
   * line's error. Then it may serve another line.
   */
  async serve(stream: Duplex): Promise<void> {
    if (this.server) {
      throw new Error('this gateway serves a line already');
    }
    const { stack } = this.context;
    this.server = new PppServer(
      this.host,
      stream,
      this.settings,
      {
        _up: (user, connectMs, mtu) => this.cameUp(user, connectMs, mtu),
        _down: () => this.wentDown(),
        _packet: (buf, at, end, nowMs) => stackInput(stack, this.netif, buf, at, end, nowMs),
        _linkEnded: (report) => this.emit('down', report),
      },
      this.trace,
    );
    try {
      await this.server.run();
    } finally {
      this.server = null;
    }
  }

  /** Ends the link in order, within a second or so, and then serve(). The line stays open. */
  stop(): void {
    this.server?.stop();
  }

  /** What the host holds for the board now. */
  get held(): { tcp: number; udp: number } {
    return { tcp: this.tcp.size, udp: this.udp.size };
  }

  private createNetif(): Netif {
    return {
      _address: this.settings.address,
      _mask: HOST_MASK,
      _gateway: this.settings.peerAddress,
      _mtu: 0,
      _up: false,
      _dns: [],
      _output: (buf, at, end) => {
        const isSent = this.server !== null && this.server.send(buf, at, end);
        this.stats.lost += isSent ? 0 : 1;
        return isSent;
      },
    };
  }

  private forward(): void {
    takeForeign(this.context.stack, {
      _tcp: (tcb) => this.tcp.take(tcb),
      _udp: (source, sourcePort, destination, port, payload) => {
        if (source !== this.context.board) {
          this.stats.refused++;
        } else if (destination === this.context.gateway && port === DNS_PORT) {
          void this.answerName(payload, source, sourcePort);
        } else {
          this.udp.send(sourcePort, destination, port, payload);
        }
      },
      _echo: (source, destination, id, sequence, data) => {
        if (source !== this.context.board) {
          this.stats.refused++;
        } else {
          this.echo.send(source, destination, id, sequence, data);
        }
      },
    });
  }

  private async answerName(query: Uint8Array, board: number, port: number): Promise<void> {
    const { context, netif } = this;
    const reply = await this.dns.answer(query);
    if (reply && context.board === board) {
      udpOutput(context.stack, netif, reply, context.gateway, DNS_PORT, board, port);
    }
  }

  private cameUp(user: string, connectMs: number, mtu: number): void {
    const { settings, netif, context } = this;
    netif._mtu = mtu;
    context.board = settings.peerAddress;
    netifUp(context.stack, netif);
    this.emit('up', {
      address: formatIpv4(settings.peerAddress),
      gateway: formatIpv4(settings.address),
      dns: formatIpv4(settings.dns),
      user,
      connectMs,
    });
  }

  private wentDown(): void {
    this.context.board = 0;
    netifDown(this.context.stack, this.netif, this.context.nowMs());
    this.tcp.close();
    this.udp.close();
    this.echo.close();
  }
}
