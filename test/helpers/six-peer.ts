/** A router with IPv6 at the other end of a board's link: its advertisements, and a TCP server, on the board's time. */

import { ipv6Poll, ipv6PollAt, netif6Up } from '../../modules/inet/autoconf';
import { ipv6Input } from '../../modules/inet/input6';
import { createNetif6, useIpv6, type Netif6 } from '../../modules/inet/ip6';
import { tcpConnect, tcpListen, tcpWrite } from '../../modules/inet/tcp';
import { hostRearm, type Host } from '../../modules/network/host';
import { ipv6Send, useIpv6cp } from '../../modules/ppp/ipv6cp';
import { advertisement, parse6, prefixOption, type Parsed6 } from './packets6';
import { pppServer, type Line } from './ppp-server';

/** What a router is called, one number apart from others. */
export const siteOf = (number: number) => ({
  number,
  prefix: `2001:db8:${number}::`,
  server: `2001:db8:${number}::1`,
  /** Of its identifier. */
  router: `fe80::200:ff:fe00:${number}`,
});
export const { prefix: PREFIX, server: SERVER6 } = siteOf(7);
/** Octets of head-room that a link wants. */
const HEAD = 20;

type Send = (buf: Uint8Array, at: number, end: number) => boolean;

/** The router's IPv6, whatever its link: answers on port 80 with what it gets, turned round. */
export class SixRouter {
  /** What has come from the board. */
  readonly heard: Parsed6[] = [];
  private readonly netif: Netif6;

  /** @param send gives the packet buf[at, end) to the board; there is room for a header before it */
  constructor(
    private readonly host: Host,
    private readonly send: Send,
    readonly site = siteOf(7),
  ) {
    const v6 = useIpv6(host._stack);
    this.netif = createNetif6(v6, this, null, send);
    this.netif._probes = false;
    this.netif._autoconf = false;
    this.netif._static = site.server;
    host._pollables.push({ _poll: (nowMs) => ipv6Poll(v6, nowMs), _pollAt: () => ipv6PollAt(v6) });
    tcpListen(host._stack, 80, 2, () => ({
      _connected: () => {},
      _data: (tcb, bytes) => void tcpWrite(tcb, Uint8Array.from(bytes).reverse(), 0, bytes.length, host._nowMs()),
      _ended: () => {},
      _writable: () => {},
      _closed: () => {},
    }));
  }

  up(): void {
    this.netif._identifier.set([0x02, 0, 0, 0xff, 0xfe, 0, 0, this.site.number]);
    netif6Up(this.netif, 1500, this.host._nowMs());
  }

  /** Takes the packet buf[at, end) of the board's; gives what it was. */
  input(buf: Uint8Array, at: number, end: number): Parsed6 {
    const packet = parse6(buf.slice(at, end));
    this.heard.push(packet);
    ipv6Input(this.netif, buf, at, end, this.host._nowMs());
    // A router solicitation.
    if (packet.protocol === 58 && packet.payload[0] === 133) {
      this.give(advertisement(this.site.router, [prefixOption(this.site.prefix, 600, 300)]));
    }
    return packet;
  }

  /** Connects to the board, says something, and tells what it has answered. */
  ask(address: string, port: number, text: string, told: (answer: string) => void): void {
    const { _stack: stack } = this.host;
    const tcb = tcpConnect(
      stack,
      address,
      port,
      {
        _connected: (open) => void tcpWrite(open, Buffer.from(text), 0, text.length, this.host._nowMs()),
        _data: (_tcb, bytes) => told(Buffer.from(bytes).toString()),
        _ended: () => {},
        _writable: () => {},
        _closed: () => {},
      },
      this.host._nowMs(),
    );
    if (typeof tcb === 'number') {
      throw new Error(`${address}: errno ${tcb}`);
    }
    hostRearm(this.host);
  }

  give(packet: Uint8Array): void {
    const room = new Uint8Array(HEAD + packet.length);
    room.set(packet, HEAD);
    this.send(room, HEAD, room.length);
  }
}

/** A PPP server on a board's line, and the router behind it. */
export class SixPeer {
  router!: SixRouter;

  constructor(line: Line, host: Host, site = siteOf(7)) {
    pppServer(line, host, '0.0.0.0', (link) => {
      const six = useIpv6cp(link);
      const send: Send = (buf, at, end) => ipv6Send(six, buf, at, end, host._nowMs());
      const router = (this.router = new SixRouter(host, send, site));
      six._silent = true;
      six._packet = (buf, at, end) => void router.input(buf, at, end);
      six._changed = () => six._up && router.up();
    });
    hostRearm(host);
  }
}
