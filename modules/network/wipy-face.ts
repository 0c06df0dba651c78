/** MicroPython's WLAN of the WiPy, whose calls are other ones, as a face on class WLAN. Its numbers are those of WLAN. */

import { namedArguments } from './args';
import { raiseTypeError, raiseValueError } from './errors';
import { type NIC, notSupported } from './nic';
import type { WLAN as Wlan } from './wlan';

type Auth = [number, string] | null;

/** (security, key), or null for an open network. */
function authArgument(value: unknown): Auth {
  if (value != null && (!Array.isArray(value) || value.length !== 2)) {
    raiseTypeError('auth: [security, key]');
  }
  return (value as Auth) || null;
}

/** The function at the end of the arguments. */
function callbackOf(args: unknown[]): unknown {
  return typeof args[args.length - 1] === 'function' ? args.pop() : undefined;
}

/** class WLANWiPy on a bundle's class WLAN. */
export function wipyFace(WLAN: typeof Wlan) {
  class WLANWiPy {
    _nic!: NIC;
    _auth!: Auth;

    /** @param id 0, the only one; the others are init()'s */
    constructor(id?: number, mode?: number, options?: object);
    constructor() {
      const args = [].slice.call(arguments) as unknown[];
      const first = args.length ? args[0] : 0;
      if (typeof first === 'number' && first !== 0) {
        raiseValueError('invalid WLAN interface identifier');
      }
      this._auth = null;
      this.init.apply(this, args.slice(typeof first === 'number' ? 1 : 0) as never);
    }

    /** init(mode, {ssid, auth, channel, antenna}) */
    init(mode?: number, options?: object): void;
    init(): void {
      const values = namedArguments(arguments, 0, arguments.length, ['mode', 'ssid', 'auth', 'channel', 'antenna']);
      const mode = values.mode == null ? WLAN.IF_STA : (values.mode as number);
      const auth = authArgument(values.auth);
      const config: Record<string, unknown> = {};
      const nic = new WLAN(mode);
      if (values.antenna) {
        this.antenna(values.antenna as number);
      }
      if (values.ssid != null) {
        config.ssid = values.ssid;
      }
      if (auth) {
        config.security = mode === WLAN.IF_STA ? null : auth[0];
        config.key = auth[1];
      }
      if (values.channel != null) {
        config.channel = values.channel;
      }
      nic.config(config);
      if (this._nic && this._nic !== nic) {
        this._nic.active(false);
      }
      this._nic = nic;
      this._auth = auth;
      nic.active(true);
    }

    /** connect(ssid, {auth, bssid, timeout}): the time-out in ms. */
    connect(ssid: string, options?: unknown, done?: unknown): void;
    connect(): void {
      const args = [].slice.call(arguments) as unknown[];
      const done = callbackOf(args);
      const values = namedArguments(args, 0, args.length, ['ssid', 'auth', 'bssid', 'timeout']);
      const auth = authArgument(values.auth);
      const options = { bssid: values.bssid, timeout: values.timeout };
      this._nic.connect(values.ssid, auth ? auth[1] : null, options, done || function () {});
    }

    disconnect(): void {
      this._nic.disconnect();
    }

    isconnected(): boolean {
      return this._nic.isconnected();
    }

    /** The networks as {ssid, bssid, sec, channel, rssi}. */
    scan(done: (error: Error | null, list?: object[]) => void): void {
      this._nic.scan(function (error: Error | null, list?: unknown[][]) {
        done(
          error,
          list &&
            list.map(function (found) {
              return { ssid: found[0], bssid: found[1], sec: found[4], channel: found[2], rssi: found[3] };
            }),
        );
      });
    }

    mode(mode?: number): number | undefined;
    mode(): number | undefined {
      if (!arguments.length) {
        return this._nic === new WLAN(WLAN.IF_AP) ? WLAN.IF_AP : WLAN.IF_STA;
      }
      this.init(arguments[0] as number);
      return undefined;
    }

    ssid(ssid?: string): unknown;
    ssid(): unknown {
      return this._nic.config(arguments.length ? { ssid: arguments[0] } : 'ssid');
    }

    auth(auth?: Auth): Auth | undefined;
    auth(): Auth | undefined {
      if (!arguments.length) {
        return this._auth;
      }
      const auth = authArgument(arguments[0]);
      this._nic.config(auth ? { security: auth[0], key: auth[1] } : { security: WLAN.SEC_OPEN, key: null });
      this._auth = auth;
      return undefined;
    }

    channel(channel?: number): unknown;
    channel(): unknown {
      return this._nic.config(arguments.length ? { channel: arguments[0] } : 'channel');
    }

    mac(mac?: Uint8Array): unknown;
    mac(): unknown {
      return this._nic.config(arguments.length ? { mac: arguments[0] } : 'mac');
    }

    /** @throws OSError 95 */
    antenna(_antenna?: number): never {
      return notSupported('ENOTSUP: boards here have one antenna, or a firmware that does not tell');
    }

    /** @throws OSError 95 */
    irq(_options?: object): never {
      return notSupported('ENOTSUP: nothing here sleeps as a WiPy does; on() tells of events');
    }

    ipconfig(param: string | Record<string, unknown>): unknown;
    ipconfig(): unknown {
      return this._nic.ipconfig.apply(this._nic, arguments as never);
    }

    ifconfig(config?: unknown): unknown;
    ifconfig(): unknown {
      return this._nic.ifconfig.apply(this._nic, arguments as never);
    }

    on(event: string, listener: (value?: never) => void): this {
      this._nic.on(event, listener);
      return this;
    }

    off(event: string, listener?: (value?: never) => void): this {
      this._nic.off(event, listener);
      return this;
    }
  }

  [
    ['STA', WLAN.IF_STA],
    ['AP', WLAN.IF_AP],
    ['WEP', WLAN.SEC_WEP],
    ['WPA', WLAN.SEC_WPA],
    ['WPA2', WLAN.SEC_WPA2],
    ['INT_ANT', 0],
    ['EXT_ANT', 1],
  ].forEach(function (pair) {
    (WLANWiPy as unknown as Record<string, unknown>)[pair[0]] = pair[1];
  });
  return WLANWiPy;
}
