/** What class WLAN wants of a board's radio: the firmware has the driver, the supplicant and the IP stack behind it. */

import type { Settings } from './settings';

/** MicroPython's numbers (ports/esp32) for how a network is protected. */
export const enum Security {
  Any = -1,
  Open = 0,
  Wep = 1,
  Wpa = 2,
  Wpa2 = 3,
  WpaWpa2 = 4,
}

/** Why a network was not joined, or left: IEEE 802.11 table 9-49, and above 200 ESP-IDF's, which MicroPython's STAT_ are. */
export const enum Reason {
  /** A try has taken too long, and the firmware does not say why. */
  TimedOut = -1,
  None = 0,
  /** We have left. */
  Leaving = 8,
  BeaconTimeout = 200,
  Refused = 203,
}

/** A network to join, or to make. */
export interface RadioNetwork {
  _ssid: string;
  /** '' for none. */
  _key: string;
  _security: number;
  _bssid: Uint8Array | null;
  /** 0 for any. */
  _channel: number;
  /** Of an access point; unsigned 32-bit numbers, 0 for the firmware's own. */
  _address: number;
  _mask: number;
}

/** [ssid, bssid, channel, RSSI, security, hidden], as MicroPython's scan() has it. */
export type Found = [string, Uint8Array, number, number, number, number];

export interface Radio {
  /** The sentence that says why not, but for the name of what is asked for. */
  _lacks: string;
  /** How often the link is looked after, ms, where the firmware does not tell of its loss; 0 where it does. */
  _lookMs: number;
  /** Names of reasons, and their errno, that are more than 'refused' or 'lost'. */
  _reasons: { [reason: number]: [name: string, errno: number] };
  /** WLAN's: the station is on a network and has an address (Reason.None), or is not, and why. May come at any time. */
  _told: (reason: number) => void;
  /** Throws an OSError for what of the network this radio cannot do. */
  _check(network: RadioNetwork, isAp: boolean): void;
  /** A try; `_told` hears how it ends. May take its time, and may be forgotten by the firmware. */
  _join(network: RadioNetwork): void;
  _leave(): void;
  /** Whether the station has an address. */
  _isUp(): boolean;
  /** null when it has failed. */
  _scan(done: (list: Found[] | null) => void): void;
  /** Throws, or calls back when it is there. */
  _startAp(network: RadioNetwork, done: () => void): void;
  _stopAp(): void;
  /** MAC addresses of those on our access point. */
  _stations(): Uint8Array[];
  /** Address, mask, gateway; null for what the firmware does not show. */
  _addresses(isAp: boolean): (string | null)[];
  /** Six octets; throws while the firmware does not show them. */
  _mac(isAp: boolean): Uint8Array;
  /** What a station has of config() beside what all have; the rest throws. */
  _config?(): Settings;
  /** The last channel that an access point can be given; 0 where it cannot. */
  _channels: number;
  /** dBm of the network that is joined; undefined when there is none. Absent where it cannot be known. */
  _rssi?(): number | undefined;
}

/** Six octets of "aa:bb:cc:dd:ee:ff". */
export function macOf(text: string): Uint8Array {
  return new Uint8Array(
    text.split(':').map(function (octet) {
      return parseInt(octet, 16);
    }),
  );
}
