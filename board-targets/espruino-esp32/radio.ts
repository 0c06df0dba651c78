/**
 * The ESP32's radio on Espruino: `require('Wifi')` (libs/network/esp32/jswrap_esp32_network.c, 2v29 and after). By
 * reading: no board has confirmed it. Calls return at once; what comes of them is told by events, from the idle loop.
 */

import { formatIpv4 } from '../../modules/wire/addr';
import { hostName, hostNameArgument, setHostName } from '../../modules/network/hostname';
import { notSupported } from '../../modules/network/nic';
import { raiseValueError } from '../../modules/network/errors';
import { Radio, Reason, Security, macOf } from '../../modules/network/radio';

interface Wifi {
  connect(ssid: string, options: { password?: string }): void;
  disconnect(): void;
  scan(cb: (list: { rssi: number; authMode: string; ssid: string; mac: string; channel: string }[]) => void): void;
  startAP(ssid: string, options: object, cb: (error: unknown) => void): void;
  stopAP(): void;
  getStatus(): { station: string; bssid?: string; channel?: number; rssi?: number; powersave: string };
  getIP(): Addresses;
  getAPIP(): Addresses;
  setAPIP(addresses: { ip: string; netmask: string; gw: string }, cb: () => void): void;
  getHostname(): string;
  setHostname(name: string): void;
  setConfig(settings: { powersave: string }): void;
  on(event: string, f: (details: { mac: string; reason: string }) => void): void;
}

interface Addresses {
  ip?: string;
  netmask?: string;
  gw?: string;
  mac: string;
}

/** By MicroPython's numbers. */
const SECURITIES = ['open', 'wep', 'wpa', 'wpa2', 'wpa_wpa2'];

/** What it is told, and how its answer begins. */
const POWERSAVE = ['none', 'min', 'max'];

const WRONG_KEY: [string, number] = ['auth-failed', 13];

/** By ESP-IDF's numbers; 15 and 204 are a handshake that has come to nothing, for which a wrong key is the reason mostly. */
const REASONS: { [reason: number]: [string, number] } = {
  8: ['user', 125],
  15: WRONG_KEY,
  200: ['no-signal', 112],
  201: ['no-network', 113],
  202: WRONG_KEY,
  204: WRONG_KEY,
};

const NONE = '0.0.0.0';

/** An access point's own address and mask, ESP-IDF's. */
const AP_ADDRESS = 0xc0a80401;
const AP_MASK = 0xffffff00;

declare function require(name: 'Wifi'): Wifi;

function without(list: string[], mac: string): string[] {
  return list.filter(function (one) {
    return one !== mac;
  });
}

/** null where the build has no Wifi. */
export function openRadio(): Radio | null {
  let wifi!: Wifi;
  let joined: string[] = [];
  /** Whether a network is wanted; a scan makes the firmware go for its last one by itself. */
  let isWanted = false;
  let isScanned = false;
  /** An address that an access point was given is kept for the next ones. */
  let isGiven = false;
  try {
    wifi = require('Wifi');
  } catch (error) {
    return null;
  }

  const radio: Radio = {
    _lacks: "ENOTSUP: Espruino has no way to the radio's ",
    _lookMs: 0,
    _reasons: REASONS,
    _told: function () {},
    _channels: 13,

    _check: function (network, forAp) {
      if (forAp) {
        if (network._security > Security.WpaWpa2 || network._security === Security.Wep) {
          notSupported('ENOTSUP: Espruino has no such security for access points');
        }
        return;
      }
      if (network._bssid || network._channel || network._security >= 0) {
        // It would join another one of that name.
        notSupported(radio._lacks + 'bssid, channel or security when it joins');
      }
    },

    _join: function (network) {
      isWanted = true;
      isScanned = false;
      wifi.connect(network._ssid, network._key ? { password: network._key } : {});
    },

    _leave: function () {
      isWanted = false;
      // Its callback may come twice; 'disconnected' tells once.
      wifi.disconnect();
    },

    _isUp: function () {
      // 'connected' is said before there is an address.
      const ip = wifi.getIP().ip;
      return wifi.getStatus().station === 'connected' && !!ip && ip !== NONE;
    },

    _scan: function (done) {
      isScanned = true;
      try {
        // One argument: there is no error. What it throws is that a scan of somebody else's is going on.
        wifi.scan(function (list) {
          done(
            list.map(function (one) {
              // The channel is text, and nothing says whether a name is hidden: then there is none.
              return [
                one.ssid,
                macOf(one.mac),
                +one.channel,
                one.rssi,
                SECURITIES.indexOf(one.authMode),
                one.ssid ? 0 : 1,
              ];
            }),
          );
        });
      } catch (error) {
        done(null);
      }
    },

    _startAp: function (network, done) {
      const options: Record<string, unknown> = {};
      if (network._key) {
        options.password = network._key;
      }
      if (network._security >= 0) {
        options.authMode = SECURITIES[network._security];
      }
      if (network._channel) {
        options.channel = network._channel;
      }
      wifi.startAP(network._ssid, options, function () {
        const address = formatIpv4(network._address || AP_ADDRESS);
        isGiven = isGiven || !!network._address;
        if (!isGiven) {
          done();
          return;
        }
        // It stops the DHCP server meanwhile. What it calls back with is "Failure" when all went well, and null if not.
        wifi.setAPIP({ ip: address, netmask: formatIpv4(network._mask || AP_MASK), gw: address }, function () {
          if (wifi.getAPIP().ip === address) {
            done();
          }
        });
      });
    },

    _stopAp: function () {
      joined = [];
      wifi.stopAP();
    },

    _stations: function () {
      return joined.map(macOf);
    },

    _addresses: function (ofAp) {
      const addresses = ofAp ? wifi.getAPIP() : wifi.getIP();
      return [addresses.ip || NONE, addresses.netmask || NONE, addresses.gw || NONE];
    },

    _mac: function (isAp) {
      return macOf((isAp ? wifi.getAPIP() : wifi.getIP()).mac);
    },

    _config: function () {
      return {
        bssid: {
          _get: function () {
            const bssid = wifi.getStatus().bssid;
            return bssid ? macOf(bssid) : null;
          },
        },
        channel: {
          _get: function () {
            return wifi.getStatus().channel || 0;
          },
        },
        hostname: {
          _get: hostName,
          _check: hostNameArgument,
          _set: setHostName,
        },
        pm: {
          _get: function () {
            return POWERSAVE.indexOf(wifi.getStatus().powersave.split('_')[0]);
          },
          _check: function (value) {
            return POWERSAVE[value as number] ? value : raiseValueError('invalid pm');
          },
          _set: function (value: number) {
            wifi.setConfig({ powersave: POWERSAVE[value] });
          },
        },
      };
    },

    _rssi: function () {
      return wifi.getStatus().rssi;
    },
  };

  wifi.on('connected', function () {
    if (isWanted) {
      radio._told(Reason.None);
    } else if (isScanned) {
      wifi.disconnect();
    }
  });
  wifi.on('disconnected', function (details) {
    const reason = +details.reason || Reason.Refused;
    if (reason !== Reason.Leaving) {
      isWanted = false;
    }
    radio._told(reason);
  });
  // Only now is there an interface that takes a name, and DHCP has not begun.
  wifi.on('sta_start', function () {
    if (wifi.getHostname() !== hostName()) {
      wifi.setHostname(hostName());
    }
  });
  wifi.on('sta_joined', function (details) {
    joined = without(joined, details.mac).concat(details.mac);
  });
  wifi.on('sta_left', function (details) {
    joined = without(joined, details.mac);
  });
  return radio;
}
