/** A part: network.route(nic). */

import { isNewPart } from '../../../modules/network/parts';
import { hostRoute } from '../../../modules/network/route';
import { addToCard } from '../card';

addToCard('route', ['PPP', 'LAN', 'WLAN'], function (host, card) {
  if (isNewPart(host, 'route')) {
    card.route = function () {
      return hostRoute(host, arguments);
    };
  }
});
