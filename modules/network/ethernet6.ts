/** IPv6 of wired interfaces, an optional part: joins neighbour discovery with the Ethernet link and its chip. */

import { ETHERNET_HEADER, EtherType, ethernetEmit } from '../wire/ethernet';
import { putIdentifier } from '../wire/ethernet6';
import { min } from '../wire/math';
import { transmit } from '../ethernet/link-types';
import { Mode } from '../ethernet/w5500-registers';
import { netif6Down, netif6Resume, netif6Suspend, netif6Up } from '../inet/autoconf';
import { ipv6Input } from '../inet/input6';
import { Part6, createNetif6 } from '../inet/ip6';
import { createMld, mldChanged, mldPoll, mldPollAt, mldQuery } from '../inet/mld';
import {
  createNeighbours6,
  forgetNeighbours6,
  neighbourHeard,
  neighbourOutput,
  neighboursPoll,
  neighboursPollAt,
} from '../inet/neighbours6';
import { netifDown } from '../inet/stack';
import { emit } from './emitter';
import { osError } from './errors';
import type { Wired } from './ethernet-types';
import type { Host } from './host';
import { Ipv6Host, ipv6Settings } from './ipv6-host';

/** Neighbours known at a time. */
const NEIGHBOURS = 8;

/** Every wired interface that is made on the host from now on has IPv6. */
export function useEthernet6(host: Host, ipv6: Ipv6Host): void {
  host._wiredMade = function (wired) {
    addToWired(wired, ipv6);
  };
}

function addToWired(wired: Wired, ipv6: Ipv6Host): void {
  const nic = wired._nic;
  const link = wired._link;
  const driver = nic._driver;
  const host = nic._host;
  const stack = host._stack;
  const netif = createNetif6(ipv6._v6, nic, link._mac, function (buf, at, end, nextHop) {
    return neighbourOutput(cache, buf, at, end, nextHop);
  });
  const cache = createNeighbours6(netif, NEIGHBOURS, function (mac, buf, at, end) {
    ethernetEmit(buf, at - ETHERNET_HEADER, mac, link._mac, EtherType.Ipv6);
    link._nowMs = stack._nowMs;
    const sent = transmit(link, buf, at - ETHERNET_HEADER, end);
    // As with IPv4: a firmware's write blocks.
    stack._nowMs = host._nowMs();
    return sent;
  });
  const mld = createMld(netif);
  const part: Part6 = {
    _poll: function (nowMs) {
      neighboursPoll(cache, nowMs);
      mldPoll(mld, nowMs);
    },
    _pollAt: function () {
      return min(neighboursPollAt(cache), mldPollAt(mld));
    },
  };
  ipv6._v6._parts.push(part);
  netif._neighbour = function (type, address, mac, flags) {
    neighbourHeard(cache, type, address, mac, flags);
  };
  netif._query = function (buf, at, end, source, hopLimit) {
    return mldQuery(mld, buf, at, end, source, hopLimit);
  };
  netif._changed = function () {
    mldChanged(mld);
    emit(nic._listeners, 'addr6');
  };
  netif._duplicate = function (address) {
    const error = osError(98, 'address-conflict');
    error.phase = 'network';
    error.reason = 'address-conflict';
    error.address = address;
    link._stats.conflicts++;
    emit(nic._listeners, 'error', error);
  };

  // Groups and IPv6 are let in; frames to other stations are told from ours by the link.
  wired._chip._mode = Mode.MacRaw;
  const packet = link._owner._packet;
  link._owner._packet = function (type, buf, at, end) {
    if (type === EtherType.Ipv6) {
      ipv6Input(netif, buf, at, end, link._nowMs);
    } else {
      packet(type, buf, at, end);
    }
  };
  const carrier = wired._chip._owner._carrier;
  wired._chip._owner._carrier = function (up) {
    const nowMs = host._nowMs();
    carrier(up);
    forgetNeighbours6(cache);
    if (!up) {
      netif6Suspend(netif);
      mldChanged(mld);
    } else if (netif._linkMtu) {
      netif6Resume(netif, nowMs);
    } else {
      putIdentifier(netif._identifier, 0, link._mac);
      netif6Up(netif, wired._netif._mtu, nowMs);
    }
  };
  const activate = driver._activate;
  driver._activate = function (on) {
    // Also where the cable is out, and connections wait for it.
    if (!on && netif._linkMtu) {
      netif._linkMtu = 0;
      forgetNeighbours6(cache);
      netif6Down(netif);
      netifDown(stack, netif, host._nowMs());
    }
    activate(on);
  };

  const settings = ipv6Settings(ipv6, netif, host);
  for (const name in settings) {
    driver._ipconfig[name] = settings[name];
  }
  const stats = driver._statusOf.stats;
  driver._statusOf.stats = function () {
    const counters = stats() as Record<string, number>;
    for (const name in cache._stats) {
      counters[name] = (cache._stats as unknown as Record<string, number>)[name];
    }
    return counters;
  };
}
