/**
 * class WLAN: a radio whose driver and IP stack are the firmware's own. What a firmware does not let programs do throws
 * ENOTSUP, with the reason; see docs/api.md.
 */

import { namedArguments } from './args';
import { osError, raiseTypeError, raiseValueError } from './errors';
import { theHost } from './host';
import { NIC, NicDriver, initNic, nicClass, notSupported } from './nic';
import { Radio, RadioNetwork, Security } from './radio';
import { apPoll, startAp, stopAp } from './wlan-ap';
import {
  bssidArgument,
  checkNetwork,
  keyArgument,
  securityArgument,
  ssidArgument,
  wholeArgument,
} from './wlan-arguments';
import { adoptJoin, createStation, startJoin, stationStatus, stopJoin } from './wlan-join';
import { scan } from './wlan-scan';
import { changeNetwork, networkWith, wlanConfig, wlanIpconfig } from './wlan-settings';
import { Wlan, needActive } from './wlan-types';

const IF_STA = 0;
const IF_AP = 1;

/** MicroPython's names, with the numbers of its ESP32 port on every board. */
const SECURITIES = 'OPEN WEP WPA WPA2 WPA_WPA2 WPA2_ENT WPA3 WPA2_WPA3 WAPI OWE';
const POWERS = 'NONE PERFORMANCE POWERSAVE';

/** What status() says. */
const STATES: Record<string, number> = {
  IDLE: 1000,
  CONNECTING: 1001,
  GOT_IP: 1010,
  BEACON_TIMEOUT: 200,
  NO_AP_FOUND: 201,
  WRONG_PASSWORD: 202,
  ASSOC_FAIL: 203,
  CONNECT_FAIL: 203,
  HANDSHAKE_TIMEOUT: 204,
};

const BLANK: RadioNetwork = {
  _ssid: '',
  _key: '',
  _security: Security.Any,
  _bssid: null,
  _channel: 0,
  _address: 0,
  _mask: 0,
};

function connect(wlan: Wlan, args: unknown[]): void {
  const station = wlan._station;
  const values = namedArguments(args, 0, args.length, ['ssid', 'key', 'security', 'bssid', 'channel', 'timeout']);
  if (args.length > 3 || (args.length > 2 && typeof args[2] !== 'object')) {
    raiseTypeError('too many arguments');
  }
  if (!station) {
    return raiseValueError('STA required');
  }
  const network = networkWith(values.ssid == null ? wlan._network : BLANK, {
    ssid: ssidArgument(values.ssid == null ? wlan._network._ssid : values.ssid),
    key: values.key == null ? null : keyArgument(values.key),
    security: values.security == null ? null : securityArgument(values.security),
    bssid: bssidArgument(values.bssid),
    channel: values.channel,
  });
  const timeoutMs = values.timeout == null ? 0 : wholeArgument('timeout', values.timeout, 0);
  checkNetwork(network);
  wlan._radio._check(network, false);
  needActive(wlan);
  station._network = wlan._network = network;
  startJoin(station, timeoutMs);
}

function driver(wlan: Wlan): NicDriver {
  const radio = wlan._radio;
  const station = wlan._station;
  const nic = wlan._card;
  return {
    _activate: function (on) {
      if (station) {
        nic._active = on;
        if (on) {
          adoptJoin(station);
        } else {
          stopJoin(station);
        }
      } else if (on) {
        startAp(wlan);
      } else {
        stopAp(wlan);
      }
    },
    _isReady: function () {
      return !!station || wlan._isUp;
    },
    _connect: function (args) {
      connect(wlan, args);
    },
    _disconnect: function () {
      if (station) {
        stopJoin(station);
      }
    },
    _isConnected: function () {
      return nic._active && (station ? radio._isUp() : wlan._isUp && radio._stations().length > 0);
    },
    _scan: function (args, done) {
      scan(wlan, args, done);
    },
    _status: function () {
      return station ? stationStatus(station) : null;
    },
    _statusOf: {
      rssi: function () {
        if (!station) {
          return raiseValueError('STA required');
        }
        const rssi = radio._rssi ? radio._rssi() : notSupported(radio._lacks + 'rssi');
        if (rssi === undefined) {
          throw osError(107, 'ENOTCONN');
        }
        return rssi;
      },
      stations: function () {
        if (station) {
          return raiseValueError('AP required');
        }
        // (MAC, RSSI), of which no firmware here shows the second.
        return (wlan._isUp ? radio._stations() : []).map(function (mac) {
          return [mac, null];
        });
      },
      phase: function () {
        return station ? station._phase : wlan._isUp ? 'running' : nic._active ? 'establish' : 'dead';
      },
      reason: function () {
        return station ? station._reason : '';
      },
    },
    _config: wlanConfig(wlan),
    _together: function (values) {
      changeNetwork(wlan, values);
    },
    _ipconfig: wlanIpconfig(wlan),
    _ifconfig: function (numbers) {
      if (numbers || !station) {
        notSupported(radio._lacks + 'address');
      }
    },
    _addresses: function () {
      // The name server is the firmware's.
      return radio._addresses(!station).concat(null);
    },
  };
}

function init(nic: NIC, radio: Radio, isAp: boolean): void {
  const host = theHost;
  initNic(nic, host);
  const network = networkWith(BLANK, { ssid: isAp ? 'micronic' : '' });
  const wlan: Wlan = {
    _card: nic,
    _radio: radio,
    _network: network,
    _station: isAp ? null : createStation(nic, radio, network),
    _isUp: false,
    _apAtMs: Infinity,
    _isScanning: false,
  };
  nic._driver = driver(wlan);
  if (isAp) {
    host._pollables.push({
      _poll: function (nowMs) {
        apPoll(wlan, nowMs);
      },
      _pollAt: function () {
        return wlan._apAtMs;
      },
    });
  }
}

/** WLAN([IF_STA or IF_AP]): there is one of each, so a second `new` gives the same. @throws OSError 19 without a radio */
export const WLAN = nicClass(function (this: NIC) {
  const host = theHost;
  const id: unknown = arguments.length ? arguments[0] : IF_STA;
  if (arguments.length > 1) {
    raiseTypeError('too many arguments');
  }
  if (id !== IF_STA && id !== IF_AP) {
    raiseValueError('invalid WLAN interface identifier');
  }
  const radio = (host._radio = host._radio || (host._openRadio ? host._openRadio() : null));
  if (!radio) {
    throw osError(19, 'ENODEV: no radio');
  }
  const wlans = host._wlans || (host._wlans = []);
  if (!wlans[id]) {
    init(this, radio, id === IF_AP);
    wlans[id] = this;
  }
  return wlans[id];
} as unknown as new (id?: number) => NIC) as (new (id?: number) => NIC) & Record<string, number>;

function number(target: Record<string, number>, prefix: string, names: string): void {
  names.split(' ').forEach(function (name, i) {
    target[prefix + name] = i;
  });
}

/** The constants that MicroPython has in the module as well as in the class. */
export function addConstants(target: object): void {
  for (const name in STATES) {
    (target as Record<string, number>)['STAT_' + name] = STATES[name];
  }
  number(target as Record<string, number>, '', 'STA_IF AP_IF');
}

addConstants(WLAN);
number(WLAN, 'IF_', 'STA AP');
number(WLAN, 'SEC_', SECURITIES);
number(WLAN, 'PM_', POWERS);
