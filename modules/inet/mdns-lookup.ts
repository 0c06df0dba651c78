/** Names that end in .local are looked up by asking everybody on all links: one-shot queries (RFC 6762 §5.1). */

import type { Address } from '../wire/addr';
import { ResolveError } from '../wire/dns';
import { MDNS_PORT, MdnsType, mdnsParse, mdnsQuery, wantedAddresses } from '../wire/mdns';
import { Lookup, Mdns, addressesOf, findLinks, mdnsName, multicast } from './mdns';
import type { Resolved } from './resolver';
import { udpClose, udpOpen } from './udp';

/** A question is asked so often, at first after so long again, ms. */
const TRIES = 3;
const RETRY_MS = 1000;

/** Looked up at a time. */
const LOOKUPS = 8;

/** RFC 1035 §2.3.4: a label of 63 octets, and ".local". */
const NAME_LONGEST = 69;

/** Whether a name is one of mDNS. */
export function isMdnsName(name: string): boolean {
  return /^[^.]+\.local\.?$/i.test(name);
}

/**
 * Looks a name of one label and `.local` up, by asking everybody on all links (one-shot queries, §5.1).
 * @param prefer6 whether IPv6 is asked for
 */
export function mdnsResolve(mdns: Mdns, name: string, prefer6: boolean, done: Resolved, nowMs: number): void {
  const stack = mdns._stack;
  const text = name.toLowerCase().replace(/\.$/, '');
  stack._nowMs = nowMs;
  findLinks(mdns);
  const own = text === mdnsName(mdns) && mdns._links[0] ? addressesOf(mdns, mdns._links[0]._netif._nic) : [];
  const type = prefer6 ? MdnsType.Aaaa : MdnsType.A;
  const running = mdns._lookups.filter(function (one) {
    return one._name === text && one._type === type;
  })[0];
  if (own.length) {
    done(wantedAddresses(type, own)[0] || own[0]);
    return;
  }
  if (running) {
    running._callbacks.push(done);
    return;
  }
  const socket =
    text.length <= NAME_LONGEST && mdns._lookups.length < LOOKUPS
      ? udpOpen(stack, function (payload, _source, port) {
          const message = port === MDNS_PORT ? mdnsParse(payload) : null;
          const found = message
            ? message._answers.filter(function (record) {
                return record._name === text && record._type === type && !!record._address;
              })[0]
            : null;
          if (found && message && message._isResponse) {
            finish(mdns, lookup, found._address);
          } else {
            stack._stats.dropped++;
          }
        })
      : null;
  if (!socket) {
    done(text.length > NAME_LONGEST ? ResolveError.NotFound : ResolveError.Failed);
    return;
  }
  const lookup: Lookup = {
    _name: text,
    _type: type,
    _id: stack._random32() & 0xffff,
    _socket: socket,
    _tries: 0,
    _atMs: nowMs,
    _callbacks: [done],
    _poll: function (atMs) {
      pollLookup(mdns, lookup, atMs);
    },
  };
  mdns._lookups.push(lookup);
  pollLookup(mdns, lookup, nowMs);
}

function finish(mdns: Mdns, lookup: Lookup, address: Address): void {
  mdns._lookups.splice(mdns._lookups.indexOf(lookup), 1);
  udpClose(lookup._socket);
  lookup._callbacks.forEach(function (done) {
    done(address);
  });
}

function pollLookup(mdns: Mdns, lookup: Lookup, nowMs: number): void {
  if (nowMs < lookup._atMs) {
    return;
  }
  if (lookup._tries === TRIES) {
    finish(mdns, lookup, ResolveError.NotFound);
    return;
  }
  lookup._atMs = nowMs + (RETRY_MS << lookup._tries);
  lookup._tries++;
  const message = mdnsQuery(lookup._id, lookup._name, lookup._type, false, [], 0);
  mdns._links.forEach(function (link) {
    multicast(mdns, link._netif, message, lookup._socket._localPort);
  });
}
