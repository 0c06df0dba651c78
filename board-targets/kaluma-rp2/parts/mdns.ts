/** A part: network.mdns(name), by which others find this board as name.local, and it finds them. */

import { raiseTypeError } from '../../../modules/network/errors';
import { useMdns } from '../../../modules/network/mdns';
import { addToCard } from '../card';
import { useNames } from '../names';

addToCard('mdns', ['PPP'], function (host, card) {
  const hostname = card.hostname as (() => string) | undefined;
  card.mdns =
    card.mdns ||
    function (name?: string): void {
      if (!name && !hostname) {
        raiseTypeError('a name is needed');
      }
      useMdns(host, function () {
        return name || (hostname as () => string)();
      });
      useNames(host);
    };
});
