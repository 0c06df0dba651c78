/**
 * An optional part of class PPP, for modems that answer echoes themselves when the network behind them has gone: asks the
 * name server of the interface, which is beyond the modem. Adds `probe` to config(): ms between two questions; 0, as it is
 * at first, for none. Three without an answer, and a while, end the link as 'peer-dead'.
 */

import type { Address } from '../wire/addr';
import { dnsQuery } from '../wire/dns';
import { UdpSocket, udpClose, udpOpen, udpSend } from '../inet/udp';
import { fail } from '../ppp/phases';
import type { Host } from './host';
import { addPart } from './parts';
import type { PPP } from './ppp';
import { Status } from './ppp-types';

const DNS_PORT = 53;
const MOST_UNANSWERED = 3;

/** Any answer will do, also that there is no such name. */
const NAME = 'a.root-servers.net';

/** Every PPP object that is made on this host from now on can probe. */
export function useProbe(host: Host): void {
  addPart(host, 'probe', addProbe);
}

function addProbe(ppp: PPP): void {
  const host = ppp._host;
  const config = ppp._config;
  let socket: UdpSocket | null = null;
  let server: Address = 0;
  let unanswered = 0;
  let atMs = 0;
  config.probe = 0;

  function stop(): void {
    if (socket) {
      udpClose(socket);
      socket = null;
    }
  }

  function isWanted(): boolean {
    return ppp._status === Status.Connected && !!config.probe && !!ppp._netif._dns[0];
  }

  function ask(nowMs: number): void {
    stop();
    atMs = nowMs + (config.probe as number);
    server = ppp._netif._dns[0];
    socket = udpOpen(host._stack, function (_payload, source, port) {
      if (source === server && port === DNS_PORT) {
        unanswered = 0;
      }
    });
    // Without a free socket nothing is asked, and nothing held against the peer.
    if (socket) {
      unanswered++;
      udpSend(socket, dnsQuery(host._random32(), NAME) as Uint8Array, server, DNS_PORT, nowMs);
    }
  }

  host._pollables.push({
    _poll: function (nowMs) {
      if (!isWanted()) {
        stop();
        atMs = unanswered = 0;
      } else if (!atMs) {
        atMs = nowMs + (config.probe as number);
      } else if (nowMs >= atMs) {
        if (unanswered >= MOST_UNANSWERED) {
          fail(ppp._link, 'peer-dead');
        } else {
          ask(nowMs);
        }
      }
    },
    _pollAt: function () {
      return isWanted() ? atMs : socket || atMs ? 0 : Infinity;
    },
  });
}
