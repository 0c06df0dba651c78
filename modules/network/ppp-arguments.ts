/** What PPP's constructor and connect() take, checked before anything changes. */

import { utf8Bytes } from '../wire/bytes';
import { isOptions } from './args';
import { typeError, valueError } from './errors';
import type { Host } from './host';
import { Done, Security } from './ppp-types';
import { Stream, checkStream } from './stream';

const CONNECT_KEYS = ['security', 'user', 'key'];

/** The stream under an object that was given as one; null stays null. */
export function toStream(host: Host, object: unknown): Stream | null {
  if (object === null) {
    return null;
  }
  if (typeof object !== 'object' && typeof object !== 'function') {
    throw typeError('stream expected');
  }
  return checkStream(host._platform._wrapStream(object) || object);
}

export interface Wanted {
  _security: number;
  _user: Uint8Array;
  _key: Uint8Array;
  _done: Done | null;
}

/** Both forms of connect's arguments, checked. */
export function connectArguments(args: IArguments): Wanted {
  const values: unknown[] = [Security.None, null, null];
  let last = args.length;
  let done: Done | null = null;
  if (typeof args[last - 1] === 'function') {
    done = args[--last] as Done;
  }
  if (last && isOptions(args[last - 1])) {
    const options = args[--last] as Record<string, unknown>;
    for (const name in options) {
      const at = CONNECT_KEYS.indexOf(name);
      if (at < last) {
        throw typeError("unexpected argument '" + name + "'");
      }
      values[at] = options[name];
    }
  }
  if (last > 3) {
    throw typeError('connect() takes security, user, key');
  }
  for (let i = 0; i < 3; i++) {
    if (i < last) {
      values[i] = args[i];
    }
    if (values[i] === undefined) {
      values[i] = i ? null : Security.None;
    }
  }
  const security = values[0] as number;
  const named = values[1] !== null;
  if ([Security.None, Security.Pap, Security.Chap].indexOf(security) < 0) {
    throw valueError('invalid auth');
  }
  if (named !== (values[2] !== null) || (security && !named)) {
    throw typeError('user and key go together');
  }
  return {
    _security: security,
    _user: credential(named ? values[1] : ''),
    _key: credential(named ? values[2] : ''),
    _done: done,
  };
}

/** RFC 1334 §2.2.1 has one octet for the length. */
function credential(value: unknown): Uint8Array {
  if (typeof value !== 'string') {
    throw typeError('user and key must be strings');
  }
  const bytes = utf8Bytes(value);
  if (bytes.length > 255) {
    throw valueError('user or key longer than 255 bytes');
  }
  return bytes;
}
