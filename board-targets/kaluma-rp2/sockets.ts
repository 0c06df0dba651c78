/** Sockets of our own on Kaluma: on the host of ppp.ts, with what the firmware does natively. */

// First: it makes the host.
import './ppp';
import { theHost } from '../../modules/network/host';
import { openSockets } from '../../modules/socket/context';
import { namesOf } from '../../modules/socket/dns';
import { KalumaProcess, encodeUtf8, setClock } from './firmware';

declare const process: KalumaProcess;

const context = openSockets(theHost, encodeUtf8);
context._setTime = setClock;
namesOf(context);

/** Makes require() find modules that the firmware does not have; a bundle loaded twice stays the first one. */
export function registerModules(modules: { [id: string]: object }): void {
  const builtin = process.getBuiltinModule;
  const known = process.builtin_modules;
  if (known && known.indexOf('dns') < 0) {
    known.push.apply(known, Object.keys(modules));
    process.getBuiltinModule = function (id) {
      return Object.keys(modules).indexOf(id) < 0
        ? builtin(id)
        : function (_exports, _require, module) {
            module.exports = modules[id];
          };
    };
  }
}
