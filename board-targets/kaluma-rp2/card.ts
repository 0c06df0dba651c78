/** The bundle that stands in front, as parts find it that are loaded behind it: docs/loading.md. */

import type { Host, HostClass } from '../../modules/network/host';
import type { KalumaProcess } from './firmware';

declare const process: KalumaProcess;

/** What its module exports. */
export interface Card {
  PPP?: HostClass;
  LAN?: HostClass;
  WLAN?: HostClass;
  [name: string]: unknown;
}

/**
 * Adds a part to the bundle in front.
 * @param part its name
 * @param needs classes, one of which the bundle has to have
 * @param add only called when all is there
 * @throws Error without such a bundle of this version in front
 */
export function addToCard(part: string, needs: string[], add: (host: Host, card: Card) => void): void {
  const module = { exports: {} as Card };
  const known = process.builtin_modules;
  if (known && known.indexOf('micronic') >= 0) {
    process.getBuiltinModule('micronic')({}, null, module);
  }
  const card = module.exports;
  const host = (card.PPP || card.LAN || card.WLAN || {})._host;
  const fits = needs.some(function (name) {
    return card[name];
  });
  // Another version may have another short name for it.
  if (!fits || !host || !host._pollables) {
    throw new Error(
      'micronic: parts/' + part + '.js goes behind a bundle with ' + needs.join(' or ') + ', of its version',
    );
  }
  add(host, card);
}
