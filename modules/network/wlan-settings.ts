/** config() and ipconfig() of class WLAN. What the radio's firmware does not let programs do throws, with the reason. */

import { addressAndMask, notSupported } from './nic';
import type { RadioNetwork } from './radio';
import { Security } from './radio';
import type { Setting, Settings } from './settings';
import { renewAp } from './wlan-ap';
import { checkNetwork, keyArgument, securityArgument, ssidArgument, wholeArgument } from './wlan-arguments';
import type { Wlan } from './wlan-types';

/** What not every radio has. */
const OTHERS = ['channel', 'hidden', 'hostname', 'txpower', 'pm', 'mac', 'bssid'];

/** Makes getting and setting throw where there is no way. */
function orRefuse(wlan: Wlan, settings: Settings, names: string[]): Settings {
  names.forEach(function (name) {
    const setting: Setting = settings[name] || (settings[name] = {});
    const refuse = function (): never {
      return notSupported(wlan._radio._lacks + name);
    };
    setting._get = setting._get || refuse;
    setting._check = setting._check || refuse;
  });
  return settings;
}

export function wlanConfig(wlan: Wlan): Settings {
  const radio = wlan._radio;
  const station = wlan._station;
  const all: Settings = station && radio._config ? radio._config() : {};
  all.mac = {
    _get: function () {
      return radio._mac(!station);
    },
  };
  if (!station && radio._channels) {
    all.channel = {
      _get: function () {
        return wlan._network._channel;
      },
      _check: function (value) {
        return wholeArgument('channel', value, 1, radio._channels);
      },
    };
  }
  all.ssid = {
    _get: function () {
      return wlan._network._ssid;
    },
    _check: ssidArgument,
  };
  // Cannot be asked for.
  all.key = { _check: keyArgument };
  all.security = {
    _get: function () {
      const network = wlan._network;
      return network._security < 0 ? (network._key ? Security.Wpa2 : Security.Open) : network._security;
    },
    _check: securityArgument,
  };
  if (station) {
    all.reconnects = {
      _get: function () {
        return station._reconnects;
      },
      _check: function (value) {
        return wholeArgument('reconnects', value, -1);
      },
      _set: function (count: number) {
        station._reconnects = station._attempts = count;
      },
    };
  }
  return orRefuse(wlan, all, OTHERS);
}

/** A network like `old`, but for these values. */
export function networkWith(old: RadioNetwork, values: { [name: string]: unknown }): RadioNetwork {
  const either = function (name: string, was: unknown): unknown {
    return values[name] == null ? was : values[name];
  };
  return {
    _ssid: either('ssid', old._ssid),
    _key: either('key', old._key),
    _security: either('security', old._security),
    _bssid: either('bssid', null),
    _channel: either('channel', old._channel),
    _address: old._address,
    _mask: old._mask,
  } as RadioNetwork;
}

/** What of config() makes the network: as a whole it has to be one that the radio can do. */
export function changeNetwork(wlan: Wlan, values: { [name: string]: unknown }): void {
  const isAp = !wlan._station;
  const network = networkWith(wlan._network, values);
  if ('ssid' in values || 'key' in values || 'security' in values || (isAp && 'channel' in values)) {
    checkNetwork(network);
    wlan._radio._check(network, isAp);
    wlan._network = network;
    if (isAp) {
      renewAp(wlan);
    }
  }
}

/** A setting that is what it is. */
function fixed(get: () => unknown): Setting {
  return { _get: get };
}

export function wlanIpconfig(wlan: Wlan): Settings {
  const radio = wlan._radio;
  const station = wlan._station;
  const no = fixed(function () {
    return false;
  });
  const all: Settings = {
    addr4: fixed(function () {
      const addresses = radio._addresses(!station);
      return [addresses[0], addresses[1]];
    }),
    gw4: fixed(function () {
      return radio._addresses(!station)[2] || notSupported(radio._lacks + 'gw4');
    }),
    dhcp4: {
      _get: function () {
        return !!station;
      },
      // It is what it is already.
      _check: function (value) {
        return !value === !station || notSupported(radio._lacks + 'dhcp4');
      },
    },
    has_dhcp4: fixed(function () {
      return !!station && wlan._card.isconnected();
    }),
    addr6: fixed(function () {
      return [];
    }),
    dhcp6: { _get: no._get },
    autoconf6: { _get: no._get },
    has_autoconf6: no,
  };
  if (!station) {
    all.addr4._check = function (value) {
      return addressAndMask(value, 0xffffff00);
    };
    all.addr4._set = function (pair: number[]) {
      wlan._network._address = pair[0];
      wlan._network._mask = pair[1];
      renewAp(wlan);
    };
  }
  return orRefuse(wlan, all, ['addr4', 'gw4', 'addr6', 'dhcp6', 'autoconf6']);
}
