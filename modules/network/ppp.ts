/** class PPP: MicroPython's network.PPP, joined from a link and the host's stack. */

import { formatIpv4 } from '../wire/addr';
import type { Netif } from '../inet/ip';
import { Link, Phase, Reason, linkClose, linkPoll, linkPollAt, linkSend } from '../ppp/link';
import { addr4Argument, ipv4Argument, isArray, queryOrSettings } from './args';
import { osError, typeError, valueError } from './errors';
import { Listeners, addListener, removeListener } from './emitter';
import { Host, Pollable, hostRearm, nameServers } from './host';
import { connectArguments, toStream } from './ppp-arguments';
import { readStream, startLink } from './ppp-life';
import { ConnectOptions, Done, HOST_MASK, PHASES, REASONS, Security, Status } from './ppp-types';
import type { Stream } from './stream';

export type { ConnectOptions, Done } from './ppp-types';

/** The host that new interfaces join; a target sets it before anything else. */
let theHost: Host;

/** @returns the host they joined before */
export function useHost(host: Host): Host {
  const before = theHost;
  theHost = host;
  return before;
}

export class PPP implements Pollable {
  static SEC_NONE = Security.None;
  static SEC_PAP = Security.Pap;
  static SEC_CHAP = Security.Chap;

  /** Reads the stream and handles what came; set as its interrupt. Returns bytes read, or -1 when not connected. */
  poll!: (ignored?: unknown) => number;

  _host!: Host;
  _stream!: Stream | null;
  _link!: Link | null;
  _netif!: Netif;
  _status!: Status;
  /** The phase that failed, and why. */
  _failed!: Phase;
  _reason!: Reason;
  _lastPhase!: Phase;
  _wantAddress!: number;
  _listeners!: Listeners;
  _done!: Done | null;
  _disconnected!: Done | null;
  _chunk!: Uint8Array | null;

  /** @param stream anything with irq, IRQ_RXIDLE, any, readinto and write; a firmware's own UART; or null for later */
  constructor(stream: unknown) {
    if (arguments.length !== 1) {
      throw typeError('PPP() takes one stream');
    }
    const self = this;
    self._host = theHost;
    self._stream = toStream(self._host, stream);
    self._link = null;
    self._status = Status.Inactive;
    self._failed = self._lastPhase = Phase.Dead;
    self._reason = '';
    self._wantAddress = 0;
    self._listeners = {};
    self._done = self._disconnected = null;
    self._chunk = null;
    self._netif = {
      _address: 0,
      _mask: 0,
      _gateway: 0,
      _mtu: self._host._platform._bounds.MTU,
      _up: false,
      _dns: [],
      _output: function (buf, at, end) {
        const link = self._link;
        const stack = self._host._stack;
        const sent = !!link && linkSend(link, buf, at, end, stack._nowMs);
        // A firmware's write blocks for as long as the line takes: deadlines count from its end.
        stack._nowMs = self._host._platform._nowMs();
        return sent;
      },
    };
    self.poll = function () {
      return readStream(self);
    };
  }

  /** Hears of 'connected', 'disconnected' (reason), 'error' ({phase, reason, errno}) and 'phase' (its name). */
  on(event: string, listener: (value?: never) => void): this {
    if (typeof listener !== 'function') {
      throw typeError('listener must be a function');
    }
    addListener(this._listeners, event, listener);
    return this;
  }

  off(event: string, listener?: (value?: never) => void): this {
    removeListener(this._listeners, event, listener);
    return this;
  }

  /**
   * Starts the connection and returns at once. Forms: connect(security, user, key), connect({security, user, key}), and
   * a last callback (error) in either.
   * @throws OSError EALREADY while connecting or connected, ENODEV without a stream; ValueError "invalid auth";
   * TypeError for a user without a key or a key without a user
   */
  connect(security?: number | ConnectOptions | Done, user?: string | Done, key?: string | Done, done?: Done): void {
    const wanted = connectArguments(arguments);
    if (this._status >= Status.Connecting) {
      throw osError(114, 'EALREADY');
    }
    const stream = this._stream;
    if (!stream) {
      throw osError(19, 'ENODEV: no stream');
    }
    startLink(this, stream, wanted);
  }

  /** Ends the connection in order, from any state and within a second; then the object can connect again. */
  disconnect(done?: Done): void {
    const callback = typeof done === 'function' ? done : null;
    if (this._status >= Status.Connecting && this._link) {
      const earlier = this._disconnected;
      this._disconnected =
        earlier && callback
          ? function (error) {
              earlier(error);
              callback(error);
            }
          : earlier || callback;
      linkClose(this._link, this._host._platform._nowMs());
      hostRearm(this._host);
      return;
    }
    this._status = Status.Inactive;
    this._reason = '';
    if (callback) {
      callback(null);
    }
  }

  isconnected(): boolean {
    return this._status === Status.Connected;
  }

  /**
   * Without a parameter MicroPython's number: 0 inactive, 1 active, 3 connecting, 4 connected, below 0 an error.
   * 'phase', 'reason' and 'stats' tell more.
   */
  status(param?: string): unknown {
    if (!arguments.length) {
      return this._status === Status.Error ? -REASONS[this._reason][0] : this._status;
    }
    switch (param) {
      case 'phase':
        return PHASES[this._status === Status.Error ? this._failed : this._lastPhase];
      case 'reason':
        return this._reason;
      case 'stats':
        return statistics(this);
      default:
        throw valueError('unknown status param');
    }
  }

  /** config('stream') or config({stream: s}); null suspends the link, as when the modem is spoken to in between. */
  config(_param: string | { stream: unknown }): unknown {
    const wanted = queryOrSettings(arguments, 'either pos or kw args are allowed', 'can query only one param');
    if (typeof wanted === 'string') {
      if (wanted !== 'stream') {
        throw valueError('unknown config param');
      }
      return this._stream;
    }
    for (const name in wanted) {
      if (name !== 'stream') {
        throw valueError('unknown config param');
      }
    }
    const stream = toStream(this._host, wanted.stream);
    const active = this._status >= Status.Connecting;
    if (active && this._stream) {
      this._stream.irq(null);
    }
    this._stream = stream;
    if (active && stream) {
      stream.irq(this.poll, stream.IRQ_RXIDLE);
    }
    return undefined;
  }

  /** AbstractNIC.ipconfig; on PPP the address can be asked for before connect, the rest is the peer's to say. */
  ipconfig(_param: string | Record<string, unknown>): unknown {
    const wanted = queryOrSettings(arguments, "can't specify pos and kw args", 'must query one param');
    if (typeof wanted === 'string') {
      return getIpconfig(this, wanted);
    }
    let address = this._wantAddress;
    for (const name in wanted) {
      getIpconfig(this, name);
      if (name !== 'addr4') {
        throw typeError('setting properties not supported');
      }
      address = addr4Argument(wanted[name], HOST_MASK)[0];
    }
    setAddress(this, address);
    return undefined;
  }

  /** AbstractNIC.ifconfig: [ip, mask, gateway, dns], or sets the address to ask for and the name server. */
  ifconfig(config?: string[]): string[] | undefined {
    if (arguments.length) {
      if (!isArray(config) || config.length !== 4) {
        throw valueError('invalid arguments');
      }
      const numbers: number[] = [];
      for (let i = 0; i < 4; i++) {
        numbers[i] = ipv4Argument(config[i], 'invalid arguments');
      }
      setAddress(this, numbers[0]);
      this._host._dns = numbers[3] ? [numbers[3]] : [];
      return undefined;
    }
    const netif = this._netif;
    return [
      formatIpv4(netif._address),
      formatIpv4(netif._mask),
      formatIpv4(netif._gateway),
      formatIpv4(nameServers(this._host)[0] || 0),
    ];
  }

  /** Pollable. */
  _poll(nowMs: number): void {
    if (this._link) {
      linkPoll(this._link, nowMs);
    }
  }

  _pollAt(): number {
    return this._link ? linkPollAt(this._link) : Infinity;
  }
}

function statistics(ppp: PPP): Record<string, number> {
  const stats: Record<string, number> = {};
  const link = ppp._link;
  const sources = [ppp._host._stack._stats] as unknown as Record<string, number>[];
  if (link) {
    sources.push(
      link._framer._stats as unknown as Record<string, number>,
      link._stats as unknown as Record<string, number>,
    );
  }
  for (let i = 0; i < sources.length; i++) {
    for (const name in sources[i]) {
      stats[name] = (stats[name] || 0) + sources[i][name];
    }
  }
  return stats;
}

function getIpconfig(ppp: PPP, name: string): unknown {
  switch (name) {
    case 'addr4':
      return [formatIpv4(ppp._netif._address), formatIpv4(ppp._netif._mask)];
    case 'gw4':
      return formatIpv4(ppp._netif._gateway);
    case 'addr6':
      return [];
    case 'dhcp4':
    case 'has_dhcp4':
    case 'dhcp6':
    case 'autoconf6':
    case 'has_autoconf6':
      return false;
    default:
      throw valueError('unexpected key');
  }
}

function setAddress(ppp: PPP, address: number): void {
  if (ppp._status >= Status.Connecting) {
    throw osError(114, 'EALREADY');
  }
  ppp._wantAddress = address;
}
