/**
 * MSCHAPv2 for PPP objects of a bundle that was built without it, an optional part: each link gets it for itself, where
 * enableMschap() gives it to all.
 */

import { Option } from '../ppp/lcp-options';
import { PREFERENCE_NAKS } from '../ppp/lcp';
import { AuthOption } from '../ppp/link-types';
import { MSCHAP } from '../ppp/mschap';
import type { NetworkError } from './errors';
import type { Host } from './host';
import { addPart } from './parts';
import type { PPP } from './ppp';
import { atOpening } from './ppp-options';
import { ConnectOptions, Security } from './ppp-types';

/** What the bundle has for all that MSCHAPv2 can say. */
const AUTH_FAILED = 'auth-failed';

/** PPP objects that are made from now on connect with PPP.SEC_MSCHAP2, and take MSCHAPv2 from a peer that wants it. */
export function useLinkMschap(host: Host): void {
  addPart(host, 'mschap', addMschap);
}

function addMschap(ppp: PPP): void {
  const link = ppp._link;
  const lcp = link._lcp;
  const judge = lcp._judge;
  const connect = ppp.connect;
  const status = ppp.status;
  let isWanted = false;
  /** Why the last connect has failed, where that is more than the bundle can say. */
  let reason = '';
  atOpening(link, function () {
    if (isWanted) {
      link._preferAuth = AuthOption.MsChap2;
    }
  });
  lcp._judge = function (fsm, type, length, value, buf, at) {
    const prefer = link._preferAuth;
    if (type === Option.Auth) {
      // Another try.
      reason = '';
    }
    if (
      type === Option.Auth &&
      length === 5 &&
      value - (value % 0x100) === AuthOption.MsChap2 &&
      (!prefer || prefer === AuthOption.MsChap2 || fsm._naksSent >= PREFERENCE_NAKS)
    ) {
      link._authMethod = {
        _respond: MSCHAP._respond,
        _repeat: MSCHAP._repeat,
        _accepts: function (_link, isSuccess, message, from, end) {
          const before = link._reason;
          const yes = MSCHAP._accepts(link, isSuccess, message, from, end);
          if (link._reason !== before) {
            reason = link._reason;
            link._reason = AUTH_FAILED;
          }
          return yes;
        },
      };
      return value;
    }
    return judge(fsm, type, length, value, buf, at);
  };
  ppp.connect = function () {
    const args = [].slice.call(arguments) as unknown[];
    const options = args[0] as ConnectOptions;
    const before = isWanted;
    const isObject = !!options && typeof options === 'object';
    isWanted = (isObject ? options.security : options) === Security.MsChap2;
    if (isWanted) {
      // What the bundle knows, with the same arguments.
      args[0] = Security.Chap;
      if (isObject) {
        const known = (args[0] = {} as Record<string, unknown>);
        for (const name in options) {
          known[name] = (options as Record<string, unknown>)[name];
        }
        known.security = Security.Chap;
      }
    }
    try {
      connect.apply(ppp, args as never);
    } catch (error) {
      isWanted = before;
      throw error;
    }
  };
  ppp.status = function () {
    const told = status.apply(ppp, arguments as never);
    return arguments[0] === 'reason' && told === AUTH_FAILED && reason ? reason : told;
  };
  // Before all other listeners.
  ppp.on('error', function (error?: NetworkError) {
    if (error && error.reason === AUTH_FAILED && reason) {
      error.reason = reason;
      error.message = error.message.replace(AUTH_FAILED, reason);
    }
  } as never);
}
