/** A part: keep-alives of single connections, setKeepAlive() of net. */

import { useKeepalive } from '../../../modules/inet/keepalive';
import { isNewPart } from '../../../modules/network/parts';
import type { Context } from '../../../modules/socket/context';
import { useKeepAlives } from '../../../modules/socket/keepalive';
import { addToCard } from '../card';

/** What is known of net: its sockets know what they share. */
interface Net {
  Socket: new () => { _context: Context };
}

addToCard('keepalive', ['net', 'socket'], function (host, card) {
  const net = card.net as Net | undefined;
  // socket.js has it.
  if (net && isNewPart(host, 'keepalive')) {
    const keepalive = useKeepalive(host._stack);
    host._pollables.push(keepalive);
    useKeepAlives(new net.Socket()._context, keepalive);
  }
});
