/* eslint-disable no-var, @typescript-eslint/no-unused-expressions */
/**
 * `require('Wifi')` of Espruino on an ESP32, as its source has it (libs/network/esp32/jswrap_esp32_network.c), in what
 * Espruino itself can run: the tests use it in Node and on the interpreter. `after(ms, f)` is the clock.
 */

function makeWifi(after) {
  var listeners = {};
  var wifi = {
    // What the tests look at, and set.
    air: [],
    calls: [],
    hostname: 'espressif',
    joined: null,
    ip: null,
    ap: null,
    // The station's interface.
    isStarted: false,
    isScanning: false,
    powersave: 'min_modem',
    lastReason: 0,
    tries: 0,
    // The last network it was told, which stays.
    config: null,
    isForgetful: false,
  };
  // Of the try that is going on; an older one comes to nothing.
  var epoch = 0;
  // Events come from the idle loop.
  function emit(name, details) {
    after(1, function () {
      (listeners[name] || []).forEach(function (f) {
        f(details);
      });
    });
  }
  function stopIfIdle() {
    if (!wifi.ap && !wifi.joined && !wifi.isScanning) {
      // Also when it is about to join.
      wifi.isStarted = false;
      epoch++;
    }
  }
  function lose(reason) {
    // SYSTEM_EVENT_STA_DISCONNECTED: two more tries before anybody is told.
    if (--wifi.tries > 0) {
      var now = epoch;
      after(500, function () {
        if (now === epoch) {
          tryToJoin();
        }
      });
      return;
    }
    wifi.joined = wifi.ip = null;
    wifi.lastReason = reason;
    emit('disconnected', { ssid: '', mac: '00:00:00:00:00:00', reason: '' + reason, msg: 'REASON' });
    stopIfIdle();
  }
  function tryToJoin() {
    var wanted = wifi.config;
    var now = ++epoch;
    var found = null;
    if (!wanted) {
      return;
    }
    wifi.air.forEach(function (one) {
      if (one.ssid === wanted.ssid) {
        found = one;
      }
    });
    after(300, function () {
      if (now !== epoch) {
        return;
      }
      if (!found) {
        lose(201);
      } else if ((found.key || '') !== (wanted.password || '')) {
        lose(found.badReason || 15);
      } else {
        wifi.joined = found;
        // Said before there is an address.
        emit('associated', { ssid: found.ssid, mac: found.mac, channel: '' + found.channel });
        after(400, function () {
          if (now === epoch && wifi.joined && !found.isMute) {
            wifi.ip = { ip: '192.168.1.77', netmask: '255.255.255.0', gw: '192.168.1.1' };
            emit('connected', wifi.ip);
          }
        });
      }
    });
  }
  function start() {
    if (!wifi.isStarted) {
      wifi.isStarted = true;
      emit('sta_start');
      // Natively, before the event is heard of: with whatever network was the last one.
      tryToJoin();
    }
  }
  wifi.on = function (name, f) {
    listeners[name] = (listeners[name] || []).concat(f);
  };
  wifi.emit = emit;
  /** The network goes: as lose(), for the tests. */
  wifi.drop = function (reason) {
    lose(reason);
  };
  wifi.connect = function (ssid, options) {
    wifi.calls.push(['connect', ssid, options]);
    if (typeof ssid !== 'string') {
      throw new Error('No SSID provided');
    }
    wifi.config = { ssid: ssid, password: options.password };
    epoch++;
    wifi.tries = 3;
    if (wifi.joined) {
      wifi.joined = wifi.ip = null;
      lose(8);
    } else if (!wifi.isForgetful) {
      // When it is started already, nothing happens: joining belongs to the start.
      start();
    }
  };
  wifi.disconnect = function (cb) {
    wifi.calls.push(['disconnect']);
    wifi.tries = 0;
    epoch++;
    if (wifi.joined) {
      lose(8);
      // The callback comes twice.
      if (cb) {
        after(1, cb);
      }
    }
    if (cb) {
      after(1, cb);
    }
  };
  wifi.scan = function (cb) {
    if (wifi.isScanning) {
      throw new Error('A scan is already in progress');
    }
    wifi.isScanning = true;
    start();
    after(1500, function () {
      wifi.isScanning = false;
      stopIfIdle();
      cb(
        wifi.air.map(function (one) {
          return {
            rssi: one.rssi,
            authMode: one.authMode,
            ssid: one.isHidden ? '' : one.ssid,
            mac: one.mac,
            channel: '' + one.channel,
          };
        }),
      );
    });
  };
  wifi.startAP = function (ssid, options, cb) {
    wifi.calls.push(['startAP', ssid, options]);
    if (options.password !== undefined && options.password.length < 8) {
      throw new Error('Password must be string of at least 8 characters');
    }
    if (options.authMode !== undefined && options.authMode !== 'open' && !options.password) {
      throw new Error('Password not set but authMode not open');
    }
    if (wifi.isForgetful) {
      return;
    }
    var wasOn = wifi.ap;
    wifi.ap = { ssid: ssid, options: options };
    if (!wasOn) {
      after(50, function () {
        cb(null);
      });
    }
  };
  wifi.stopAP = function () {
    wifi.calls.push(['stopAP']);
    wifi.ap = null;
    stopIfIdle();
  };
  wifi.getStatus = function () {
    var joined = wifi.joined;
    var status = {
      station: joined ? 'connected' : wifi.lastReason ? 'REASON' : 'Unknown reason',
      mode: 'STA',
      powersave: wifi.powersave,
    };
    if (joined) {
      status.ssid = joined.ssid;
      status.bssid = joined.mac;
      status.channel = joined.channel;
      status.rssi = joined.rssi;
    }
    return status;
  };
  wifi.getIP = function () {
    var ip = wifi.ip || { ip: '0.0.0.0', netmask: '0.0.0.0', gw: '0.0.0.0' };
    return { ip: ip.ip, netmask: ip.netmask, gw: ip.gw, mac: '24:6f:28:00:00:01' };
  };
  // Until the next reset, whatever becomes of the access point.
  wifi.apip = { ip: '192.168.4.1', netmask: '255.255.255.0', gw: '192.168.4.1' };
  wifi.getAPIP = function () {
    var ip = wifi.apip;
    return { ip: ip.ip, netmask: ip.netmask, gw: ip.gw, mac: '24:6f:28:00:00:02' };
  };
  wifi.setAPIP = function (settings, cb) {
    wifi.calls.push(['setAPIP', settings]);
    ['ip', 'gw', 'netmask'].forEach(function (name) {
      if (!/^\d+\.\d+\.\d+\.\d+$/.test(settings[name]) || settings[name] === '0.0.0.0') {
        throw new Error('Not a valid ' + name);
      }
    });
    if (!wifi.isStubborn) {
      wifi.apip = settings;
    }
    if (typeof cb !== 'function') {
      throw new Error('Callback is not a function');
    }
    after(1, function () {
      cb(wifi.isStubborn ? null : 'Failure');
    });
  };
  wifi.getHostname = function () {
    return wifi.hostname;
  };
  wifi.setHostname = function (name) {
    // Without an interface it is forgotten.
    if (wifi.isStarted) {
      wifi.hostname = name;
    }
  };
  wifi.setConfig = function (settings) {
    if (['none', 'min', 'max'].indexOf(settings.powersave) < 0) {
      throw new Error('Unknown powersave mode');
    }
    wifi.powersave = settings.powersave === 'none' ? 'none' : settings.powersave + '_modem';
  };
  return wifi;
}

makeWifi;
