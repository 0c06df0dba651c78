/** One host on a computer: what a board has once, a computer may have several times. */

import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { formatAddress, parseIpv4 } from '../../modules/wire/addr';
import { useIsn } from '../../modules/inet/isn';
import { createPinger, icmpPing, type Ping, type Pinger } from '../../modules/inet/ping';
import { usePing6 } from '../../modules/inet/ping6';
import { useR1 } from '../../modules/inet/r1';
import { useSack } from '../../modules/inet/sack';
import type { Tcb } from '../../modules/inet/tcb';
import { tcpListen, tcpUnlisten } from '../../modules/inet/tcp';
import { globalIpconfig } from '../../modules/network/global-settings';
import { hostName } from '../../modules/network/hostname';
import { useLineSpeed } from '../../modules/network/line-speed';
import { useMdns } from '../../modules/network/mdns';
import type { Mdns } from '../../modules/inet/mdns';
import { hostRoute } from '../../modules/network/route';
import { useEthernet6 } from '../../modules/network/ethernet6';
import { useIpv6 } from '../../modules/network/ipv6';
import type { Ipv6Host } from '../../modules/network/ipv6-host';
import { createHost, type Bounds, type Host } from '../../modules/network/host';
import { PPP, theHost, useHost } from '../../modules/network/ppp';
import { enableMschap, useTimeoutOption, useVjOption } from '../../modules/network/ppp-options';
import { namesOf } from '../../modules/socket/dns';
import { useHops } from '../../modules/socket/hops';
import { useKeepAlives } from '../../modules/socket/keepalive';
import { useInterfaces } from '../../modules/socket/interfaces';
import { useSockets6 } from '../../modules/socket/ipv6';
import { openSockets, theContext, useSockets, type Context } from '../../modules/socket/context';
import { useProbe } from '../../modules/network/probe';
import { useReconnect } from '../../modules/network/reconnect';
import { keepaliveOf } from './keepalive';
import { lookUp } from './lookup';
import { createPlatform } from './platform';
import { RawIp, type RawIpOptions } from './raw-ip';
import { resolveError, Socket, socketError } from './socket';

enableMschap();

export interface Listener {
  close(): void;
}

export class Network {
  readonly host: Host;
  readonly pinger: Pinger;
  readonly ipv6: Ipv6Host;
  private readonly sockets: Context;
  /** network.ipconfig('dns'), network.ipconfig({dns: '10.0.0.1'}), and 'prefer'. */
  readonly ipconfig: (param: string | Record<string, unknown>) => unknown;

  /** @param bounds sizes of buffers and tables, to try a board's here */
  constructor(bounds: Partial<Bounds> = {}) {
    this.host = createHost(createPlatform(bounds));
    const { host } = this;
    useIsn(host._stack);
    useSack(host._stack);
    this.pinger = createPinger(host._stack);
    this.sockets = openSockets(host, (text) => new TextEncoder().encode(text));
    this.sockets._pinger = this.pinger;
    namesOf(this.sockets);
    useReconnect(host);
    useProbe(host);
    useTimeoutOption(host);
    useVjOption(host);
    useLineSpeed(host);
    host._pollables.push(
      useR1(host._stack, (tcb) => (tcb._handler as { _unanswered?: (tcb: Tcb) => void } | null)?._unanswered?.(tcb)),
    );
    this.ipv6 = useIpv6(host);
    useEthernet6(host, this.ipv6);
    usePing6(this.ipv6._v6, this.pinger);
    useSockets6(this.sockets);
    useInterfaces(this.sockets);
    useHops(this.sockets);
    useKeepAlives(this.sockets, keepaliveOf(host));
    this.ipconfig = (...args: unknown[]) => globalIpconfig(host, args);
  }

  /**
   * From now on this host answers for `name.local` (RFC 6762), or another name when that is taken, and looks up names
   * that end so. @param name the label; that of network.hostname() without one
   */
  mdns(name?: string): Mdns {
    return useMdns(this.host, () => name ?? hostName());
  }

  /** The interfaces that are up, the default one first; route(nic) makes it that while it is up, route(null) undoes it. */
  route(...args: [nic?: unknown]): unknown[] | undefined {
    return hostRoute(this.host, args);
  }

  /** new PPP(stream) on this host. */
  ppp(stream: unknown): PPP {
    const before = theHost;
    useHost(this.host);
    try {
      return new PPP(stream);
    } finally {
      useHost(before);
    }
  }

  /** An interface of raw IP packets on this host; see RawIp. */
  ip(stream: Duplex, options: RawIpOptions): RawIp {
    return new RawIp(this.host, stream, options, this.ipv6);
  }

  /** Makes sockets of `net`, `http`, `dgram`, `dns`, `socket` on this host: what `make` calls joins it. */
  use<T>(make: () => T): T {
    const before = theContext;
    useSockets(this.sockets);
    try {
      return make();
    } finally {
      useSockets(before);
    }
  }

  /** A TCP connection; errors and 'connect' come as from net.connect. */
  connect(port: number, name: string): Socket {
    return new Socket(this.host).connect(port, name);
  }

  /** Listens on a port of every interface; throws an OSError when it is taken. */
  listen(port: number, connection: (socket: Socket) => void, backlog = 8): Listener {
    const listener = tcpListen(this.host._stack, port, backlog, (accepted) => {
      const socket = new Socket(this.host).attach(accepted);
      connection(socket);
      return socket;
    });
    if (typeof listener === 'number') {
      throw socketError(listener);
    }
    return { close: () => tcpUnlisten(listener, this.now()) };
  }

  /** The address of a name; see ipconfig('prefer') for which. */
  resolve(name: string): Promise<string> {
    return new Promise((done, fail) => {
      lookUp(this.host, name, (address) =>
        (address as number) < 0 ? fail(resolveError(address as number, name)) : done(formatAddress(address)),
      );
    });
  }

  /** One echo to a name or address: the round trip in ms, or null when none came back in time. */
  async ping(name: string, { bytes = 56, timeoutMs = 5000 } = {}): Promise<number | null> {
    const text = await this.resolve(name);
    const four = parseIpv4(text);
    const destination = four < 0 ? text : four;
    const pings = this.pinger._pings;
    const startedMs = performance.now();
    return new Promise((done, fail) => {
      const ping: Ping = {
        _destination: destination,
        _id: this.host._stack._random32() & 0xffff,
        _reply: () => end(performance.now() - startedMs),
      };
      const timer = setTimeout(() => end(null), timeoutMs);
      const end = (result: number | null): void => {
        clearTimeout(timer);
        pings.splice(pings.indexOf(ping), 1);
        done(result);
      };
      pings.push(ping);
      if (!icmpPing(this.pinger, ping, 1, randomBytes(bytes), this.now())) {
        fail(socketError(101));
        end(null);
      }
    });
  }

  private now(): number {
    return this.host._nowMs();
  }
}
