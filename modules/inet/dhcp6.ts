/** Name servers by stateless DHCPv6 (RFC 8415 §18.2.6), for interfaces whose user wants them. */

import { putU32 } from '../wire/bytes';
import { DHCP6_CLIENT_PORT, DHCP6_SERVER_PORT, DUID_LENGTH, Dhcp6Reply, dhcp6Parse, dhcp6Request } from '../wire/dhcp6';
import { max, min } from '../wire/math';
import { Netif6, Stack6, sourceFor } from './ip6';
import { netif6Changed } from './addresses6';
import { UdpSocket, udpBind, udpClose, udpOutput } from './udp';

const SERVERS_AND_RELAYS = 'ff02::1:2';

/** RFC 8415 §7.6: INF_TIMEOUT, INF_MAX_RT, IRT_DEFAULT, IRT_MINIMUM. */
const FIRST_MS = 1000;
const MOST_MS = 3600000;
const REFRESH_S = 86400;
const REFRESH_LEAST_S = 600;

/** Name servers that are taken. */
const SERVERS = 3;

/** What one interface does. */
interface Client {
  _netif: Netif6;
  _xid: number;
  _startedMs: number;
  _waitMs: number;
  _atMs: number;
}

export interface Dhcp6 {
  _v6: Stack6;
  _socket: UdpSocket | null;
  _duid: Uint8Array;
  _clients: Client[];
}

function clientOf(dhcp: Dhcp6, netif: Netif6): Client | undefined {
  return dhcp._clients.filter(function (client) {
    return client._netif === netif;
  })[0];
}

function begin(dhcp: Dhcp6, client: Client, atMs: number): void {
  client._xid = dhcp._v6._stack._random32() & 0xffffff;
  client._waitMs = FIRST_MS;
  client._startedMs = client._atMs = atMs;
}

function take(dhcp: Dhcp6, client: Client, reply: Dhcp6Reply): void {
  const netif = client._netif;
  netif._dhcp6 = reply._servers.slice(0, SERVERS);
  netif6Changed(netif);
  const seconds = max(reply._refreshS || REFRESH_S, REFRESH_LEAST_S);
  begin(dhcp, client, dhcp._v6._stack._nowMs + seconds * 1000);
}

/** Whether an interface can ask: it is up, and its link-local address is settled. */
function isReady(client: Client): string {
  return client._netif._up ? sourceFor(client._netif, SERVERS_AND_RELAYS) : '';
}

function poll(dhcp: Dhcp6, client: Client, nowMs: number): void {
  const source = isReady(client);
  const socket = dhcp._socket;
  if (!client._netif._up && client._waitMs) {
    // When it is back, it asks at once.
    begin(dhcp, client, 0);
  }
  if (source && socket && nowMs >= client._atMs) {
    const stack = dhcp._v6._stack;
    // RFC 8415 §15: give or take a tenth.
    const random = 0.9 + (stack._random32() % 256) / 1280;
    const elapsed = client._waitMs > FIRST_MS ? Math.floor((nowMs - client._startedMs) / 10) : 0;
    if (client._waitMs === FIRST_MS) {
      client._startedMs = nowMs;
    }
    client._atMs = nowMs + Math.floor(client._waitMs * random);
    client._waitMs = min(2 * client._waitMs, MOST_MS);
    udpOutput(
      stack,
      client._netif,
      dhcp6Request(client._xid, dhcp._duid, elapsed),
      source,
      DHCP6_CLIENT_PORT,
      SERVERS_AND_RELAYS,
      DHCP6_SERVER_PORT,
    );
  }
}

export function useDhcp6(v6: Stack6): Dhcp6 {
  const duid = new Uint8Array(DUID_LENGTH);
  // RFC 6355: a UUID; its version and variant say that it was drawn by lot (RFC 9562 §5.4).
  duid[1] = 4;
  for (let at = 2; at < DUID_LENGTH; at += 4) {
    putU32(duid, at, v6._stack._random32());
  }
  duid[8] = (duid[8] & 15) | 0x40;
  duid[10] = (duid[10] & 63) | 0x80;
  const dhcp: Dhcp6 = { _v6: v6, _socket: null, _duid: duid, _clients: [] };
  v6._parts.push({
    _poll: function (nowMs) {
      dhcp._clients.forEach(function (client) {
        poll(dhcp, client, nowMs);
      });
    },
    _pollAt: function () {
      let atMs = Infinity;
      dhcp._clients.forEach(function (client) {
        if (isReady(client)) {
          atMs = min(atMs, client._atMs);
        }
      });
      return atMs;
    },
  });
  return dhcp;
}

export function isDhcp6(dhcp: Dhcp6, netif: Netif6): boolean {
  return !!clientOf(dhcp, netif);
}

/** Asks for name servers of an interface, again if it has asked before; or no longer, and forgets them. */
export function setDhcp6(dhcp: Dhcp6, netif: Netif6, on: boolean, nowMs: number): void {
  const stack = dhcp._v6._stack;
  const client = clientOf(dhcp, netif);
  stack._nowMs = nowMs;
  if (!on) {
    if (client) {
      dhcp._clients.splice(dhcp._clients.indexOf(client), 1);
      netif._dhcp6 = [];
      netif6Changed(netif);
    }
    if (dhcp._socket && !dhcp._clients.length) {
      udpClose(dhcp._socket);
      dhcp._socket = null;
    }
    return;
  }
  if (client) {
    begin(dhcp, client, nowMs);
    return;
  }
  const added = { _netif: netif } as Client;
  begin(dhcp, added, nowMs);
  dhcp._clients.push(added);
  dhcp._socket =
    dhcp._socket ||
    udpBind(stack, DHCP6_CLIENT_PORT, function (payload, _source, port) {
      let reply: Dhcp6Reply | null = null;
      dhcp._clients.forEach(function (one) {
        const taken = port === DHCP6_SERVER_PORT ? dhcp6Parse(payload, one._xid, dhcp._duid) : null;
        if (taken && one._waitMs > FIRST_MS) {
          reply = taken;
          take(dhcp, one, taken);
        }
      });
      if (!reply) {
        stack._stats.dropped++;
      }
    });
}
