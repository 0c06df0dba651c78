/** A part: ping. */

import { createContext } from '../../../modules/socket/context';
import { pingBy } from '../../../modules/socket/ping';
import { addToCard } from '../card';
import { encodeUtf8 } from '../firmware';

addToCard('ping', ['PPP', 'LAN'], function (host, card) {
  if (!card.ping) {
    const context = createContext(host, encodeUtf8);
    card.ping = function () {
      pingBy(context, arguments);
    };
  }
});
