/** What connect() takes, checked before anything changes. */

import { utf8Bytes } from '../wire/bytes';
import { namedArguments } from './args';
import { raiseTypeError, raiseValueError } from './errors';
import { Done, SECURITIES, Security } from './ppp-types';

export interface Wanted {
  _security: Security;
  _user: Uint8Array;
  _key: Uint8Array;
  _done: Done | null;
}

/** Both forms of connect's arguments, checked. */
export function connectArguments(args: IArguments): Wanted {
  let end = args.length;
  let done: Done | null = null;
  if (typeof args[end - 1] === 'function') {
    done = args[--end] as Done;
  }
  const values = namedArguments(args, 0, end, ['security', 'user', 'key']);
  const security = (values.security === undefined ? Security.None : values.security) as Security;
  if (SECURITIES.indexOf(security) < 0) {
    raiseValueError('invalid auth');
  }
  const anonymous = !security && values.user == null && values.key == null;
  return {
    _security: security,
    _user: credential(anonymous ? '' : values.user),
    _key: credential(anonymous ? '' : values.key),
    _done: done,
  };
}

/** RFC 1334 §2.2.1 has one octet for the length. */
function credential(value: unknown): Uint8Array {
  if (typeof value !== 'string') {
    raiseTypeError('string expected');
  }
  const bytes = utf8Bytes(value);
  if (bytes.length > 255) {
    raiseValueError('over 255 bytes');
  }
  return bytes;
}
