/** What WLAN's calls take, checked before anything changes. */

import { utf8Bytes } from '../wire/bytes';
import { raiseTypeError, raiseValueError } from './errors';
import { RadioNetwork, Security } from './radio';

/** IEEE 802.11 §9.4.2.2. */
const SSID_MAX = 32;

/** SEC_OWE. */
const SECURITY_LAST = 9;

export function ssidArgument(value: unknown): string {
  if (typeof value !== 'string') {
    raiseTypeError('ssid: string expected');
  }
  const length = utf8Bytes(value).length;
  return length && length <= SSID_MAX ? value : raiseValueError('invalid ssid');
}

/** '' and null are none. */
export function keyArgument(value: unknown): string {
  if (value != null && typeof value !== 'string') {
    raiseTypeError('key: string expected');
  }
  return (value as string) || '';
}

export function bssidArgument(value: unknown): Uint8Array | null {
  if (value == null) {
    return null;
  }
  return (value as Uint8Array).length === 6 ? new Uint8Array(value as Uint8Array) : raiseValueError('invalid bssid');
}

/** A whole number of [least, most]. */
export function wholeArgument(name: string, value: unknown, least: number, most?: number): number {
  if (typeof value !== 'number' || value !== Math.floor(value) || value < least || value > (most || 0x1ffffff)) {
    raiseValueError('invalid ' + name);
  }
  return value;
}

/** One of SEC_; null for what the network has. */
export function securityArgument(value: unknown): number {
  return value == null ? Security.Any : wholeArgument('security', value, 0, SECURITY_LAST);
}

/**
 * Security and key have to go together: WEP has 5 or 13 octets, WPA a passphrase of 8 to 63, or the key itself in 64 digits
 * (802.11 annex J.4.1). A short one would be a firmware's way to an open network.
 */
export function checkNetwork(network: RadioNetwork): void {
  const key = network._key;
  const security = network._security;
  const length = utf8Bytes(key).length;
  const isRight =
    security === Security.Wep
      ? length === 5 || length === 13
      : security && (length || security > 0)
        ? (length >= 8 && length < 64) || /^[\da-f]{64}$/i.test(key)
        : !length;
  if (!isRight) {
    raiseValueError('invalid key');
  }
}
