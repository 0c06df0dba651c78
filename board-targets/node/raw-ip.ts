/**
 * An interface without a link protocol: a Duplex of IP packets, such as the line `tun:NAME`. Nothing is negotiated, so
 * the addresses are said by the caller. It has as much of PPP's face as a program needs to use either.
 */

import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { formatIpv4, parseIpv4 } from '../../modules/wire/addr';
import { netifUp, removeFrom, type Netif } from '../../modules/inet/ip';
import { netif6Up } from '../../modules/inet/autoconf';
import { ipv6Input } from '../../modules/inet/input6';
import { mdnsPacket } from '../../modules/inet/mdns';
import { createNetif6, type Netif6 } from '../../modules/inet/ip6';
import { netifDown, stackFlush, stackInput } from '../../modules/inet/stack';
import { IPCONFIG_TEXTS } from '../../modules/network/args';
import { osError, raiseValueError } from '../../modules/network/errors';
import { hostRearm, type Host } from '../../modules/network/host';
import { ipv6Down, ipv6Settings, type Ipv6Host } from '../../modules/network/ipv6-host';
import { useSettings, type Settings } from '../../modules/network/settings';
import { PacketSplitter } from './ip-packets';

export interface RawIpOptions {
  /** Ours, and the one all else is reached by; dotted text. */
  address: string;
  gateway: string;
  /** Name servers. */
  dns?: string[];
  /** Longest packet to be sent; the bound of the host by default. */
  mtu?: number;
  /** Whether IPv6 passes as well: a link-local address of chance, others by router advertisements. */
  ipv6?: boolean;
}

/** PPP's numbers: what a trace calls a packet. */
const TRACED_AS = 0x21;
const TRACED_AS_IPV6 = 0x57;
/** What the stream may keep for later; on top of it packets are lost, as in any queue. */
const QUEUE_BYTES = 1 << 18;
const HOST_MASK = 0xffffffff;

type Listener = (value?: unknown) => void;

function address(what: string, text: string): number {
  const number = parseIpv4(text);
  return number < 0 ? raiseValueError(`${what} must be an IPv4 address, not '${text}'`) : number;
}

export class RawIp {
  /** Packets that the queue of the stream had no room for. */
  dropped = 0;
  private readonly netif: Netif;
  private readonly netif6: Netif6 | null = null;
  private readonly settings6: Settings | null = null;
  private readonly listeners: { event: string; call: Listener }[] = [];
  private state: 'dead' | 'running' = 'dead';
  private why = '';

  /** @throws ValueError for what is no address, or an MTU below 576 or above the host's bound */
  constructor(
    private readonly host: Host,
    private readonly stream: Duplex,
    options: RawIpOptions,
    ipv6: Ipv6Host | null = null,
  ) {
    const bound = host._bounds._mtu;
    const { mtu = bound, dns = [] } = options;
    if (!(mtu >= 576 && mtu <= bound)) {
      raiseValueError(`mtu must be 576 to ${bound}, not ${mtu}`);
    }
    this.netif = {
      _address: address('address', options.address),
      _mask: HOST_MASK,
      _gateway: address('gateway', options.gateway),
      _mtu: mtu,
      _up: false,
      _dns: dns.map((server) => address('dns', server)),
      _nic: this,
      _output: (buf, at, end) => this.output(buf, at, end, TRACED_AS),
    };
    if (ipv6 && options.ipv6) {
      const netif6 = createNetif6(ipv6._v6, this, null, (buf, at, end) => this.output(buf, at, end, TRACED_AS_IPV6));
      netif6._identifier.set(randomBytes(8));
      // Of no manufacturer (RFC 4291 appendix A).
      netif6._identifier[0] &= 0xfd;
      netif6._changed = () => this.emit('addr6');
      this.netif6 = netif6;
      this.settings6 = ipv6Settings(ipv6, netif6, host);
    }
    const splitter = new PacketSplitter((packet) => this.input(packet));
    stream.on('data', (chunk: Buffer) => {
      splitter.push(chunk);
      if (splitter.broken) {
        stream.destroy(new Error('what comes from the line is no IP packet'));
      } else if (this.state === 'running') {
        stackFlush(host._stack);
        hostRearm(host);
      }
    });
    stream.once('close', () => this.down('line'));
  }

  /** 'phase', 'connected', 'disconnected'. */
  on(event: string, call: Listener): this {
    this.listeners.push({ event, call });
    return this;
  }

  private emit(event: string, value?: unknown): void {
    this.listeners.filter((one) => one.event === event).forEach((one) => one.call(value));
  }

  /** Up at once; forms as PPP's, but there is nobody to authenticate to. */
  connect(_options?: unknown, done?: (error: ReturnType<typeof osError> | null) => void): void {
    if (this.state !== 'dead') {
      throw osError(114, 'EALREADY');
    }
    this.why = '';
    this.state = 'running';
    netifUp(this.host._stack, this.netif);
    if (this.netif6) {
      netif6Up(this.netif6, this.netif._mtu, this.host._nowMs());
      hostRearm(this.host);
    }
    this.emit('phase', 'running');
    this.emit('connected');
    done?.(null);
  }

  /** Connections end with ENETDOWN; the line stays open. */
  disconnect(done?: () => void): void {
    this.down('user');
    done?.();
  }

  private down(reason: string): void {
    if (this.state === 'running') {
      this.state = 'dead';
      this.why = reason;
      netifDown(this.host._stack, this.netif, this.host._nowMs());
      if (this.netif6) {
        ipv6Down(this.netif6, this.host._nowMs());
      }
      removeFrom(this.host._stack._netifs, this.netif);
      hostRearm(this.host);
      this.emit('phase', 'dead');
      this.emit('disconnected', reason);
    }
  }

  isconnected(): boolean {
    return this.state === 'running';
  }

  status(param: string): unknown {
    switch (param) {
      case 'phase':
        return this.state;
      case 'reason':
        return this.why;
      case 'stats':
        return { ...this.host._stack._stats, queueDropped: this.dropped };
      default:
        return raiseValueError('unknown status param');
    }
  }

  /** As PPP's; what can be set are the settings of IPv6. */
  ipconfig(param: string | Record<string, unknown>): unknown {
    if (this.settings6 && (typeof param === 'object' || param in this.settings6)) {
      return useSettings([param], IPCONFIG_TEXTS, this.settings6);
    }
    const { _address, _mask, _gateway } = this.netif;
    switch (param) {
      case 'addr4':
        return [formatIpv4(_address), formatIpv4(_mask)];
      case 'gw4':
        return formatIpv4(_gateway);
      default:
        return raiseValueError('unknown config param');
    }
  }

  private output(buf: Uint8Array, at: number, end: number, tracedAs: number): boolean {
    this.host._trace?.(true, tracedAs, buf, at, end);
    if (this.stream.destroyed || this.stream.writableLength > QUEUE_BYTES) {
      this.dropped++;
      return false;
    }
    this.stream.write(Buffer.from(buf.slice(at, end)));
    return true;
  }

  private input(packet: Buffer): void {
    const isIpv6 = packet[0] >> 4 === 6;
    if (this.state === 'running' && (!isIpv6 || this.netif6)) {
      const { _stack, _mdns: mdns } = this.host;
      this.host._trace?.(false, isIpv6 ? TRACED_AS_IPV6 : TRACED_AS, packet, 0, packet.length);
      // Codecs read 16 bits at a time from memory of even length.
      const room = new Uint8Array((packet.length + 3) & ~1);
      room.set(packet);
      if (isIpv6) {
        ipv6Input(this.netif6!, room, 0, packet.length, this.host._nowMs());
      } else if (!mdns || !mdnsPacket(mdns, this.netif, room, 0, packet.length, this.host._nowMs())) {
        stackInput(_stack, this.netif, room, 0, packet.length, this.host._nowMs());
      }
    }
  }
}
