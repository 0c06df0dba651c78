/** class PPP: MicroPython's network.PPP, joined from a link and the host's stack. */

import { formatIpv4 } from '../wire/addr';
import type { Netif } from '../inet/ip';
import { nameServers, setNameServer } from '../inet/resolver';
import type { Ipv6cp } from '../ppp/ipv6cp';
import { AuthOption, Link, Phase, linkClose, linkKeepalive } from '../ppp/link';
import { IPCONFIG_TEXTS, addr4Argument, ipv4Argument, lookUp, queryOrSet } from './args';
import { osError, raiseTypeError, raiseValueError } from './errors';
import { Listeners, off, on } from './emitter';
import { Host, hostRearm, theHost, useHost } from './host';
import { connectArguments } from './ppp-arguments';
import { conclude, makeLink, pppOutput, readStream, startLink } from './ppp-life';
import { Config, ConnectOptions, Done, PHASES, PppConfig, REASONS, Security, Status } from './ppp-types';
import { Stream, toStream } from './stream';

export type { ConnectOptions, Done, PppConfig } from './ppp-types';

export { theHost, useHost };

export class PPP {
  static SEC_NONE = Security.None;
  static SEC_PAP = Security.Pap;
  static SEC_CHAP = Security.Chap;
  /** Where enableMschap() has been called. */
  static SEC_MSCHAP2?: number;
  /** Where parts that are loaded behind a bundle find its host. */
  static _host?: Host;

  /** Reads the stream and handles what came; set as its interrupt. Returns bytes read, or -1 when not connected. */
  poll!: (ignored?: unknown) => number;

  _host!: Host;
  _stream!: Stream | null;
  _link!: Link;
  _netif!: Netif;
  /** With ppp-options.ts. */
  _ipv6?: Ipv6cp;
  _status!: Status;
  /** The last phase, and the one that failed. */
  _phase!: Phase;
  _failed!: Phase;
  _wantAddress!: number;
  /** By the names of config(). */
  _config!: Config;
  _listeners!: Listeners;
  /** Hears of 'connected', 'disconnected' (reason), 'error' ({phase, reason, errno}) and 'phase' (its name). */
  declare on: (event: string, listener: (value?: never) => void) => this;
  /** Removes one listener, or all of an event. */
  declare off: (event: string, listener?: (value?: never) => void) => this;
  /** Who waits for the connection, and who for its end. */
  _done?: Done | null;
  _disconnected!: Done[];

  /** @param stream anything with irq, IRQ_RXIDLE, any, readinto and write; a firmware's own UART; or null for later */
  constructor(stream: unknown) {
    const ppp = this;
    if (arguments.length !== 1) {
      raiseTypeError('PPP() takes one stream');
    }
    ppp._host = theHost;
    ppp._stream = toStream(theHost, stream);
    ppp._status = ppp._phase = ppp._failed = ppp._wantAddress = 0;
    ppp._config = { stream: ppp._stream, keepalive: 30000 };
    ppp._listeners = [];
    ppp._disconnected = [];
    // The rest of it comes with the connection.
    ppp._netif = {
      _address: 0,
      _mask: 0,
      _gateway: 0,
      _nic: ppp,
      _output: function (buf, at, end) {
        return pppOutput(ppp, buf, at, end);
      },
    } as Partial<Netif> as Netif;
    ppp._link = makeLink(ppp);
    ppp.poll = function () {
      return readStream(ppp);
    };
    if (theHost._pppMade) {
      theHost._pppMade(ppp);
    }
  }

  /**
   * Starts the connection and returns at once. Forms: connect(security, user, key), connect({security, user, key}), and
   * a last callback (error) in either.
   * @throws OSError EALREADY while connecting or connected, ENODEV without a stream; ValueError "invalid auth";
   * TypeError for a user without a key or a key without a user
   */
  connect(security?: number | ConnectOptions | Done, user?: string | Done, key?: string | Done, done?: Done): void;
  connect(): void {
    const ppp = this;
    const link = ppp._link;
    const wanted = connectArguments(arguments);
    refuseActive(ppp);
    if (!ppp._stream) {
      throw osError(19, 'ENODEV');
    }
    link._user = wanted._user;
    link._key = wanted._key;
    link._preferAuth = [0, AuthOption.Pap, AuthOption.Chap, AuthOption.MsChap2][wanted._security];
    startLink(ppp, wanted._done);
  }

  /** Ends the connection in order, from any state and within a second; then the object can connect again. */
  disconnect(done?: Done): void {
    const ppp = this;
    const host = ppp._host;
    if (typeof done === 'function') {
      ppp._disconnected.push(done);
    }
    if (ppp._status >= Status.Connecting) {
      // Whatever else it may be ending of.
      ppp._link._reason = 'user';
      linkClose(ppp._link, host._nowMs());
      hostRearm(host);
    } else {
      ppp._status = Status.Inactive;
      ppp._link._reason = '';
      conclude(ppp);
    }
  }

  isconnected(): boolean {
    return this._status === Status.Connected;
  }

  /**
   * Without a parameter MicroPython's number: 0 inactive, 1 active, 3 connecting, 4 connected, below 0 an error.
   * 'phase', 'reason' and 'stats' tell more.
   */
  status(param?: string): unknown;
  status(): unknown {
    const ppp = this;
    // No parameter may be declared: Espruino's `arguments` would hold it, given or not.
    const param: unknown = arguments[0];
    const reason = ppp._link._reason;
    const failed = ppp._status === Status.Error;
    if (!arguments.length) {
      return failed ? -(REASONS[reason] >> 8) : ppp._status;
    }
    if (param === 'stats') {
      return statistics(ppp);
    }
    const values = { phase: PHASES[failed ? ppp._failed : ppp._phase], reason: reason };
    return lookUp(values, param as string, 'unknown status param');
  }

  /**
   * Of one name its value, or sets those of an object: stream (null suspends the link, as when the modem is spoken to in
   * between), keepalive, and what optional parts add.
   */
  config(param: string | PppConfig): unknown;
  config(): unknown {
    const ppp = this;
    const config = ppp._config;
    const texts = ['either pos or kw args are allowed', 'can query only one param', 'unknown config param'];
    return queryOrSet(arguments, texts, config, '', function (wanted: Record<string, unknown>) {
      let stream = ppp._stream;
      for (const name in wanted) {
        const value = wanted[name] as number;
        if (name === 'stream') {
          stream = toStream(ppp._host, value);
        } else if (value !== (value << 6) >> 6 || value < (name === 'reconnects' ? -1 : 0)) {
          // 26 bits: enough for 9 hours, and a hold-off can be doubled.
          raiseValueError('invalid ' + name);
        }
      }
      for (const name in wanted) {
        config[name] = wanted[name] as number;
      }
      linkKeepalive(ppp._link, config.keepalive, ppp._host._nowMs());
      replaceStream(ppp, stream);
    });
  }

  /** AbstractNIC.ipconfig; on PPP the address can be asked for before connect, the rest is the peer's to say. */
  ipconfig(param: string | Record<string, unknown>): unknown;
  ipconfig(): unknown {
    const ppp = this;
    const netif = ppp._netif;
    const values = {
      addr4: [formatIpv4(netif._address), formatIpv4(netif._mask)],
      gw4: formatIpv4(netif._gateway),
      addr6: [],
      dhcp4: false,
      has_dhcp4: false,
      dhcp6: false,
      autoconf6: false,
      has_autoconf6: false,
    };
    return queryOrSet(arguments, IPCONFIG_TEXTS, values, 'addr4', function (value) {
      const address = addr4Argument(value);
      refuseActive(ppp);
      ppp._wantAddress = address;
    });
  }

  /** AbstractNIC.ifconfig: [ip, mask, gateway, dns], or sets the address to ask for and the name server. */
  ifconfig(config?: string[]): string[] | undefined;
  ifconfig(): string[] | undefined {
    const config: unknown = arguments[0];
    const host = this._host;
    const netif = this._netif;
    if (!arguments.length) {
      // Without a name server the last one is undefined, which reads 0.0.0.0.
      return [netif._address, netif._mask, netif._gateway, nameServers(host._resolver)[0] as number].map(formatIpv4);
    }
    // Of anything but four of them none is an address.
    const numbers = (Array.isArray(config) && config.length === 4 ? config : ['']).map(function (text) {
      return ipv4Argument(text);
    });
    refuseActive(this);
    this._wantAddress = numbers[0];
    setNameServer(host._resolver, numbers[3]);
    return undefined;
  }
}

PPP.prototype.on = on;
PPP.prototype.off = off;

function replaceStream(ppp: PPP, stream: Stream | null): void {
  const before = ppp._stream;
  ppp._stream = ppp._config.stream = stream;
  if (ppp._status >= Status.Connecting && stream !== before) {
    if (before) {
      before.irq(null);
    }
    if (stream) {
      stream.irq(ppp.poll, stream.IRQ_RXIDLE);
    }
  }
  // A try to connect may have waited for it.
  hostRearm(ppp._host);
}

function statistics(ppp: PPP): Record<string, number> {
  const stats: Record<string, number> = {};
  const link = ppp._link;
  [ppp._host._stack._stats, link._framer._stats, link._stats].forEach(function (counters) {
    const source = counters as unknown as Record<string, number>;
    for (const name in source) {
      stats[name] = (stats[name] || 0) + source[name];
    }
  });
  return stats;
}

function refuseActive(ppp: PPP): void {
  if (ppp._status >= Status.Connecting) {
    throw osError(114, 'EALREADY');
  }
}
