/**
 * What Kaluma 1.2.1 puts into `global.__ieee80211dev` and `global.__netdev` on a Pico W, as its source has it
 * (src/modules/pico_cyw43/module_pico_cyw43.c, and below it the SDK's cyw43_arch.c): every call blocks, here by letting
 * simulated time pass, and calls back before it returns. Import it before the board target.
 */

import { Clock } from './clock';

export interface AirNetwork {
  ssid: string;
  bssid: string;
  security: string;
  rssi: number;
  channel: number;
  /** None for an open network. */
  key?: string;
  /** Never answers DHCP. */
  isMute?: boolean;
  isHidden?: boolean;
}

const MIN_KEY = 8;
const SOCKETS = 16;

type Callback = (errno: number, value?: unknown) => void;

export class FakeCyw43 {
  clock = new Clock();
  air: AirNetwork[] = [];
  /** What a board would not have survived. */
  crimes: string[] = [];
  /** What was asked for, as it came. */
  asked: Record<string, unknown>[] = [];
  joined: AirNetwork | null = null;
  ap: Record<string, string> | null = null;
  stations: string[] = [];
  scanFails = false;
  apFails = false;
  leaves = 0;
  /** Sockets by number: 'open', or 'stale' when the radio was reset below them. */
  sockets: (string | null)[] = [];
  errno = 0;
  [callback: string]: unknown;

  /** Cable pulled, so to speak: nothing is told. */
  lose(): void {
    this.joined = null;
  }

  scan(cb?: Callback): void {
    if (!cb) {
      return;
    }
    this.clock.nowMs += 2000;
    if (this.scanFails) {
      this.errno = -1;
      cb(-1);
      return;
    }
    this.errno = 0;
    const beacons = this.air.flatMap((network) => {
      const { bssid, security, channel } = network;
      const ssid = network.isHidden ? '' : network.ssid;
      // Each beacon that was heard is one; the order of the fields is the firmware's.
      return [-9, 0, -3].map((less) => ({ ssid, bssid, security, rssi: network.rssi + less, channel }));
    });
    cb(0, beacons);
  }

  connect(info: Record<string, unknown>, cb?: Callback): void {
    this.asked.push(info);
    if (typeof info.ssid !== 'string') {
      throw new TypeError('SSID error');
    }
    // A character becomes an octet.
    const octets = (text: unknown): string => Buffer.from(text as string, 'latin1').toString();
    const ssid = octets(info.ssid.slice(0, 32));
    const key = info.password === undefined ? '' : octets(info.password);
    const security = info.security ?? (key.length >= MIN_KEY ? 'WPA2_WPA_PSK' : 'OPEN');
    // It is read from the last octet to the first.
    const bssid = info.bssid === undefined ? null : (info.bssid as string).split(':').reverse().join(':').toUpperCase();
    this.joined = null;
    const found = this.air.find((network) => network.ssid === ssid && (!bssid || bssid === network.bssid));
    if (!found || found.isMute) {
      // No such network is tried again until the time is over; so is a lease waited for.
      this.clock.nowMs += 30000;
      this.errno = -1;
    } else if ((found.key ?? '') !== (security === 'OPEN' ? '' : key)) {
      this.clock.nowMs += 3000;
      this.errno = -1;
    } else {
      this.clock.nowMs += 2500;
      this.errno = 0;
      this.joined = found;
      for (const name of ['assoc_cb', 'connect_cb']) {
        if (typeof this[name] === 'function') {
          (this[name] as () => void)();
        }
      }
    }
    cb?.(this.errno);
  }

  disconnect(cb?: Callback): void {
    this.leaves++;
    this.joined = null;
    this.errno = 0;
    if (typeof this.disconnect_cb === 'function') {
      this.disconnect_cb();
    }
    cb?.(0);
  }

  get_connection(cb?: Callback): void {
    this.errno = this.joined ? 0 : -1;
    if (this.joined) {
      // The BSSID is the one that was asked for last, if ever.
      cb?.(0, { ssid: this.joined.ssid, bssid: '' });
    } else {
      cb?.(-1);
    }
  }

  ap_mode(info: Record<string, string>, cb?: Callback): void {
    this.asked.push(info);
    if (typeof info.ssid !== 'string') {
      throw new TypeError('SSID error');
    }
    if (typeof info.password === 'string' && info.password.length < MIN_KEY) {
      throw new Error('PASSWORD need to have at least 8 characters');
    }
    if (this.ap) {
      this.crimes.push('a second DHCP server over the first');
    }
    this.errno = this.apFails ? -2 : 0;
    this.ap = this.apFails ? null : info;
    cb?.(this.errno);
  }

  disable_ap_mode(): void {
    if (!this.ap) {
      throw new Error('WiFi AP_mode is not enabled.');
    }
    this.ap = null;
    // The whole chip is reset.
    this.clock.nowMs += 250;
    this.joined = null;
    this.stations = [];
    this.sockets = this.sockets.map((state) => state && 'stale');
  }

  get_ap_client(): string[] {
    if (!this.ap) {
      throw new Error('WiFi AP_mode is not enabled.');
    }
    return this.stations;
  }
}

export class FakeNetwork {
  errno = 0;
  mac?: string;
  ip?: string;

  constructor(readonly radio: FakeCyw43) {}

  socket(_domain: string, protocol: string): number {
    if (protocol !== 'STREAM' && protocol !== 'DGRAM') {
      throw new TypeError('un-supported domain or protocol.');
    }
    if (!this.radio.joined && !this.radio.ap) {
      throw new Error('WiFi is not connected.');
    }
    let fd = 0;
    while (this.radio.sockets[fd] === 'open') {
      fd++;
    }
    if (fd >= SOCKETS) {
      throw new Error('EREMOTEIO');
    }
    const stale = this.radio.sockets[fd] === 'stale';
    this.radio.sockets[fd] = stale ? 'open, over a stale one' : 'open';
    // Only here are they known.
    this.mac = '28:CD:C1:00:00:2A';
    this.ip = this.radio.ap ? this.radio.ap.gateway : '192.168.1.23';
    return fd;
  }

  close(fd: number): void {
    if (this.radio.sockets[fd] === 'open, over a stale one') {
      this.radio.crimes.push('a connection is freed twice');
    }
    this.radio.sockets[fd] = null;
  }
}

export const radio = new FakeCyw43();
export const network = new FakeNetwork(radio);

Object.assign(globalThis, {
  __ieee80211dev: radio,
  __netdev: network,
  millis: () => Math.floor(radio.clock.nowMs),
});

/** Everything as after a start. */
export function resetRadio(clock: Clock): void {
  Object.assign(radio, new FakeCyw43(), { clock });
  for (const name of ['assoc_cb', 'connect_cb', 'disconnect_cb']) {
    delete radio[name];
  }
  delete network.mac;
  delete network.ip;
}
