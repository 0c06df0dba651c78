/**
 * The Pico W's radio on Kaluma 1.2.1: `global.__ieee80211dev`, which its board.js makes, and `global.__netdev` beside it
 * (src/modules/pico_cyw43/module_pico_cyw43.c). By reading: no board has confirmed it.
 *
 * Every call blocks until it is done, and calls back before it returns. Errors are -1, whatever has happened.
 */

import { formatIpv4 } from '../../modules/wire/addr';
import { latin1Text, utf8Bytes } from '../../modules/wire/bytes';
import { notSupported } from '../../modules/network/nic';
import { Found, Radio, Reason, Security, macOf } from '../../modules/network/radio';
import { firmware } from './firmware';

type Answer = (errno: number, value?: never) => void;

interface NativeRadio {
  scan(cb: (errno: number, list?: NativeFound[]) => void): void;
  connect(info: object, cb: Answer): void;
  disconnect(cb?: Answer): void;
  get_connection(cb: Answer): void;
  ap_mode(info: object, cb: Answer): void;
  disable_ap_mode(): void;
  get_ap_client(): string[];
}

interface NativeFound {
  ssid: string;
  /** Upper case. */
  bssid: string;
  /** One of SECURITIES, or '-'. */
  security: string;
  rssi: number;
  channel: number;
}

interface NativeNetwork {
  mac?: string;
  ip?: string;
  socket(domain: string, protocol: string): number;
  close(fd: number): void;
}

/** By MicroPython's numbers. */
const SECURITIES = ['OPEN', 'WEP_PSK', 'WPA_PSK', 'WPA2_PSK', 'WPA2_WPA_PSK'];

/** connect() gives up after this long: no such network, or no address there. It retries meanwhile. */
const CONNECT_MS = 30000;

/** Nothing tells of a link that is lost. */
const LOOK_MS = 1000;

declare function millis(): number;

/** The firmware makes an octet of each character below 256 and stumbles over others. */
function octets(text: string): string {
  const bytes = utf8Bytes(text);
  return latin1Text(bytes, 0, bytes.length);
}

/** A BSSID as connect() takes it: from the last octet to the first, the other way round than scan() gives it. */
function reversedText(mac: Uint8Array): string {
  return [5, 4, 3, 2, 1, 0]
    .map(function (i) {
      return (256 + mac[i]).toString(16).slice(1);
    })
    .join(':');
}

/** What board.js has made; later on another network may be in its place. */
const native = firmware.__netdev as NativeNetwork | undefined;

/** null on a board without one. */
export function openRadio(): Radio | null {
  const device = firmware.__ieee80211dev as NativeRadio | undefined;
  /** Of the access point, while there is one. */
  let apAddress = 0;
  let apMask = 0;
  let isAp = false;
  /** Whether the firmware may hold on to sockets that it has freed. */
  let isUnsafe = false;
  if (!device) {
    return null;
  }

  /** The firmware's network knows its addresses only after a socket was made. */
  const ask = function (): NativeNetwork | null {
    // Without a link it throws.
    if (!native || !(isAp || radio._isUp())) {
      return null;
    }
    if (!isUnsafe) {
      native.close(native.socket('AF_INET', 'STREAM'));
    }
    return native;
  };

  const radio: Radio = {
    _lacks: "ENOTSUP: Kaluma 1.2.1 has no way to the radio's ",
    _lookMs: LOOK_MS,
    _reasons: {},
    _told: function () {},
    _channels: 0,

    _check: function (network, forAp) {
      const security = network._security;
      if (network._channel) {
        notSupported(radio._lacks + 'channel');
      }
      // Its access point has WPA2 or nothing.
      if (security > Security.WpaWpa2 || (forAp && security > 0 && security !== Security.Wpa2)) {
        notSupported(radio._lacks + 'security of that kind');
      }
    },

    _join: function (network) {
      const startedMs = millis();
      const security = network._security;
      const info: Record<string, string> = { ssid: octets(network._ssid) };
      if (network._key) {
        info.password = octets(network._key);
      }
      if (network._bssid) {
        info.bssid = reversedText(network._bssid);
      }
      if (security >= 0) {
        info.security = SECURITIES[security];
      }
      device.connect(info, function (errno) {
        radio._told(!errno ? Reason.None : millis() - startedMs < CONNECT_MS ? Reason.Refused : Reason.TimedOut);
      });
    },

    _leave: function () {
      device.disconnect();
    },

    _isUp: function () {
      let isUp = false;
      device.get_connection(function (errno) {
        isUp = !errno;
      });
      return isUp;
    },

    _scan: function (done) {
      device.scan(function (errno, list) {
        const found: Found[] = [];
        const at: Record<string, Found> = {};
        // Each beacon that was heard is one of them.
        (list || []).forEach(function (one) {
          let known = at[one.bssid];
          if (!known) {
            known = at[one.bssid] = ['', macOf(one.bssid), one.channel, one.rssi, SECURITIES.indexOf(one.security), 1];
            found.push(known);
          }
          known[3] = Math.max(known[3], one.rssi);
          if (one.ssid) {
            // A network that hides its name has none.
            known[0] = one.ssid;
            known[5] = 0;
          }
        });
        done(errno ? null : found);
      });
    },

    _startAp: function (network, done) {
      const info: Record<string, string> = { ssid: octets(network._ssid) };
      apAddress = network._address || 0xc0a80401;
      apMask = network._mask || 0xffffff00;
      info.gateway = formatIpv4(apAddress);
      // Its own `wifi` says subnet_mask, which the driver does not know.
      info.subnetMask = formatIpv4(apMask);
      if (network._key) {
        info.password = octets(network._key);
      }
      let failed = 0;
      device.ap_mode(info, function (errno) {
        failed = errno;
      });
      if (failed) {
        throw new Error('ap_mode: ' + failed);
      }
      isAp = true;
      done();
    },

    _stopAp: function () {
      if (isAp) {
        // The whole radio begins anew: a station loses its network, and open sockets are forgotten but not forgiven.
        isAp = false;
        isUnsafe = true;
        device.disable_ap_mode();
      }
    },

    _stations: function () {
      // Without an access point it throws.
      return isAp ? device.get_ap_client().map(macOf) : [];
    },

    _addresses: function (ofAp) {
      let numbers = [0, 0, 0];
      if (ofAp) {
        if (isAp) {
          numbers = [apAddress, apMask, apAddress];
        }
      } else if (radio._isUp()) {
        const asked = ask();
        // While there is an access point, its address is given for the station's.
        return [(asked && !isAp && asked.ip) || null, null, null];
      }
      return numbers.map(formatIpv4);
    },

    _mac: function () {
      const asked = ask();
      return asked && asked.mac ? macOf(asked.mac) : notSupported(radio._lacks + 'mac yet');
    },
  };
  return radio;
}
