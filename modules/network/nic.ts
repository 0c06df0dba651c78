/**
 * AbstractNIC of MicroPython's network module: what all interfaces but PPP have in common. What kind of interface it is
 * is its driver's business.
 */

import { formatIpv4 } from '../wire/addr';
import type { Netif } from '../inet/ip';
import { nameServers, setNameServer } from '../inet/resolver';
import { IPCONFIG_TEXTS, ipv4Argument, lookUp } from './args';
import { NetworkError, osError, raiseValueError } from './errors';
import { Listeners, emit, off, on } from './emitter';
import type { Host } from './host';
import { Settings, Together, useSettings } from './settings';

export type Done = (error: NetworkError | null) => void;

/** How an interface does what AbstractNIC promises. What it cannot do it throws an OSError for, with a reason. */
export interface NicDriver {
  /** Throws when it cannot. */
  _activate(on: boolean): void;
  /** Joins a network; arguments as connect() got them, without the callback. */
  _connect(args: unknown[]): void;
  _disconnect(): void;
  _isConnected(): boolean;
  _scan(args: unknown[], done: ((error: NetworkError | null, list?: unknown[]) => void) | null): void;
  /** status() without a parameter, and with one. */
  _status(): unknown;
  _statusOf: { [param: string]: () => unknown };
  _config: Settings;
  /** Of config(); see useSettings(). */
  _together?: Together;
  _ipconfig: Settings;
  /** ifconfig([address, mask, gateway, dns]), checked; null for 'dhcp'. */
  _ifconfig(numbers: number[] | null): void;
  /** Where the stack is ours. */
  _netif?: Netif;
  /** Where it is the firmware's: what ifconfig() gives. */
  _addresses?(): (string | null)[];
  /** Whether active(true) has nothing to wait for; as isconnected() when there is no such function. */
  _isReady?(): boolean;
}

export const CONFIG_TEXTS = ["can't specify pos and kw args", 'must query one param', 'unknown config param'];

/** Takes the callback off the end of the arguments; null when there is none. */
function popDone(args: unknown[]): unknown {
  return typeof args[args.length - 1] === 'function' ? args.pop() : null;
}

export class NIC {
  _host!: Host;
  _driver!: NicDriver;
  _active!: boolean;
  _listeners!: Listeners;
  /** Hears of 'connected', 'disconnected' (reason), 'error' ({phase, reason, errno}) and 'phase' (its name). */
  declare on: (event: string, listener: (value?: never) => void) => this;
  /** Removes one listener, or all of an event. */
  declare off: (event: string, listener?: (value?: never) => void) => this;
  /** Who waits for the connection. */
  _waiting!: Done[];

  /**
   * Whether the interface is switched on; or switches it. The callback hears of the first connection, or why there is
   * none. @throws OSError 19 when the hardware does not answer
   */
  active(on?: boolean, done?: Done): boolean | undefined;
  active(): boolean | undefined {
    const nic = this;
    const args = arguments;
    if (!args.length) {
      return nic._active;
    }
    const on = !!args[0];
    if (on !== nic._active) {
      nic._driver._activate(on);
      nic._active = on;
    }
    waitFor(nic, args[1], on && !(nic._driver._isReady || nic.isconnected).call(nic));
    return undefined;
  }

  /** Connects the interface to a network; where there is only one, as active(true). */
  connect(...args: unknown[]): void;
  connect(): void {
    const args = [].slice.call(arguments) as unknown[];
    const done = popDone(args);
    this._driver._connect(args);
    waitFor(this, done, !this.isconnected());
  }

  disconnect(done?: Done): void;
  disconnect(): void {
    this._driver._disconnect();
    waitFor(this, arguments[0], false);
  }

  isconnected(): boolean {
    return this._active && this._driver._isConnected();
  }

  /** The networks there are, by the callback, since nothing waits here. */
  scan(...args: unknown[]): void;
  scan(): void {
    const args = [].slice.call(arguments) as unknown[];
    const done = popDone(args);
    this._driver._scan(args, done as never);
  }

  /** Without a parameter MicroPython's number for this kind of interface; see docs/api.md for the parameters. */
  status(param?: string): unknown;
  status(): unknown {
    const driver = this._driver;
    if (!arguments.length) {
      return driver._status();
    }
    return (lookUp(driver._statusOf, arguments[0] as string, 'unknown status param') as () => unknown)();
  }

  config(param: string | Record<string, unknown>): unknown;
  config(): unknown {
    return useSettings(arguments, CONFIG_TEXTS, this._driver._config, this._driver._together);
  }

  ipconfig(param: string | Record<string, unknown>): unknown;
  ipconfig(): unknown {
    return useSettings(arguments, IPCONFIG_TEXTS, this._driver._ipconfig);
  }

  /** [address, mask, gateway, dns]; or sets them, or with 'dhcp' asks for them. Deprecated, as in MicroPython. */
  ifconfig(config?: string[] | string, done?: Done): (string | null)[] | undefined;
  ifconfig(): (string | null)[] | undefined {
    const nic = this;
    const config: unknown = arguments[0];
    const driver = nic._driver;
    const netif = driver._netif as Netif;
    const resolver = nic._host._resolver;
    if (!arguments.length) {
      if (driver._addresses) {
        return driver._addresses();
      }
      return [netif._address, netif._mask, netif._gateway, nameServers(resolver)[0] as number].map(formatIpv4);
    }
    if (config === 'dhcp') {
      nic._driver._ifconfig(null);
      waitFor(nic, arguments[1], !nic.isconnected());
      return undefined;
    }
    // Of anything but four of them none is an address.
    const numbers = (Array.isArray(config) && config.length === 4 ? config : ['']).map(function (text) {
      return ipv4Argument(text);
    });
    checkMask(numbers[1]);
    nic._driver._ifconfig(numbers);
    setNameServer(resolver, numbers[3]);
    return undefined;
  }
}

NIC.prototype.on = on;
NIC.prototype.off = off;

/** Makes the parts that all have of an object that a constructor was called for. */
export function initNic(nic: NIC, host: Host): void {
  nic._host = host;
  nic._active = false;
  nic._listeners = [];
  nic._waiting = [];
}

/** Keeps a callback until there is a connection; or calls it, when there is nothing to wait for. */
function waitFor(nic: NIC, done: unknown, waits: boolean): void {
  if (typeof done !== 'function') {
    return;
  }
  if (waits) {
    nic._waiting.push(done as Done);
  } else {
    (done as Done)(null);
  }
}

/** Another class with NIC's methods. */
export function nicClass<T>(construct: T): T {
  (construct as unknown as { prototype: NIC }).prototype = Object.create(NIC.prototype) as NIC;
  return construct;
}

/** Tells those who wait. */
export function tellWaiting(nic: NIC, error: NetworkError | null): void {
  const waiting = nic._waiting;
  nic._waiting = [];
  waiting.forEach(function (done) {
    done(error);
  });
}

/** An error that is an event and the callbacks' argument, and no exception. */
export function nicFailed(nic: NIC, phase: string, reason: string, errno: number): void {
  const error = osError(errno, reason);
  error.phase = phase;
  error.reason = reason;
  emit(nic._listeners, 'error', error);
  tellWaiting(nic, error);
}

/** ENOTSUP with the sentence that says why. */
export function notSupported(why: string): never {
  throw osError(95, why);
}

/** A mask is ones and then zeros. */
function checkMask(mask: number): number {
  const zeros = ~mask;
  if (zeros & (zeros + 1)) {
    raiseValueError('invalid arguments');
  }
  return mask;
}

/** Text that is an IPv4 address; another kind of address, or none, throws as in MicroPython. */
export function gateway4(value: unknown): number {
  if (typeof value === 'string' && value.indexOf(':') >= 0) {
    raiseValueError('invalid address type');
  }
  return ipv4Argument(value);
}

/**
 * [address, mask] of addr4's forms "a.b.c.d/nn", "a.b.c.d" (the mask stays), [address, mask]; null is no address.
 * @param mask what it is without one
 */
export function addressAndMask(value: unknown, mask: number): number[] {
  if (value === null) {
    return [0, 0];
  }
  if (Array.isArray(value) && value.length === 2) {
    mask = checkMask(gateway4(value[1]));
    value = value[0];
  } else if (typeof value === 'string') {
    const parts = value.split('/');
    if (parts.length === 2) {
      const bits = +parts[1];
      if (!/^\d\d?$/.test(parts[1]) || bits > 32) {
        raiseValueError('invalid arguments');
      }
      value = parts[0];
      mask = bits ? (-1 << (32 - bits)) >>> 0 : 0;
    }
  }
  return [gateway4(value), mask];
}
