/** An optional part of class WLAN: scan() takes some of connect()'s names, and tells only of networks that have all of them. */

import { namedArguments } from './args';
import type { NetworkError } from './errors';
import type { Host } from './host';
import type { NIC } from './nic';
import { isNewPart } from './parts';
import { bssidArgument, securityArgument, ssidArgument, wholeArgument } from './wlan-arguments';

type Done = (error: NetworkError | null, list?: unknown[][]) => void;

/** Where scan()'s tuples have them. */
const NAMES = ['ssid', 'bssid', 'channel', '', 'security'];

/** Checked as connect() does. */
const CHECKS: { [name: string]: (value: unknown) => unknown } = {
  ssid: ssidArgument,
  bssid: bssidArgument,
  channel: function (value) {
    return wholeArgument('channel', value, 1);
  },
  security: securityArgument,
};

/** Gives a host's class WLAN scan({ssid, bssid, channel, security}, done). */
export function useScanFilters(host: Host, wlan: { prototype: NIC }): void {
  const prototype = wlan.prototype;
  const scan = prototype.scan;
  if (!isNewPart(host, 'scan')) {
    return;
  }
  prototype.scan = function () {
    const nic = this;
    const args = [].slice.call(arguments) as unknown[];
    const done = args[1] as Done;
    const wanted: Record<string, unknown> = {};
    if (args.length !== 2 || typeof args[0] !== 'object' || typeof done !== 'function') {
      scan.apply(nic, args);
      return;
    }
    const values = namedArguments(args, 0, 1, Object.keys(CHECKS));
    for (const name in values) {
      if (values[name] != null) {
        wanted[name] = String(CHECKS[name](values[name]));
      }
    }
    scan.call(nic, function (error: NetworkError | null, list?: unknown[][]) {
      done(
        error,
        list &&
          list.filter(function (found) {
            return found.every(function (value, i) {
              return !(NAMES[i] in wanted) || wanted[NAMES[i]] === String(value);
            });
          }),
      );
    });
  };
}
