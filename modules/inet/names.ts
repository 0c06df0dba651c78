/**
 * What a resolver has beyond A records over UDP: static names, answers that there is no address kept for as long as they
 * say (RFC 2308), and truncated answers asked for again over TCP (RFC 7766).
 */

import type { Address } from '../wire/addr';
import { copyOf, getU16 } from '../wire/bytes';
import { DnsAnswer, DnsCode, ResolveError, dnsParseAnswer } from '../wire/dns';
import { dnsIsTruncated, dnsNegativeTtl } from '../wire/dns-negative';
import { DNS_PORT, Query, Resolver, answered, ask, remember } from './resolver';
import type { Tcb, TcpHandler } from './tcb';
import { tcpAbort, tcpConnect, tcpWrite } from './tcp';

/** A connection to a server has so long, ms; then the next one is asked. */
const TCP_MS = 6000;

/** Longest answer that is taken, octets. */
const ANSWER_MOST = 4096;

export interface StaticName {
  _name: string;
  _address: Address;
}

/** Adds all of it to a resolver, and returns the list of static names, which may be changed. */
export function addNames(resolver: Resolver): StaticName[] {
  const names: StaticName[] = [];
  const before = resolver._extras;
  resolver._extras = {
    _known: function (name) {
      for (let i = 0; i < names.length; i++) {
        if (names[i]._name === name) {
          return names[i]._address;
        }
      }
      return before && before._known(name);
    },
    _negative: function (query, reply, nowMs) {
      if (dnsIsTruncated(reply)) {
        return askByTcp(resolver, query, nowMs);
      }
      const code = reply[3] & 15;
      const ttl = dnsNegativeTtl(reply);
      // A server that fails says nothing about the name.
      if (ttl && (code === DnsCode.NoError || code === DnsCode.NameError)) {
        remember(resolver, query._name, ResolveError.NotFound, nowMs + ttl * 1000);
      }
      return false;
    },
  };
  return names;
}

/** Sets or (0) forgets the address of a name. */
export function setStaticName(names: StaticName[], name: string, address: Address): void {
  name = name.toLowerCase();
  for (let i = names.length; i--;) {
    if (names[i]._name === name) {
      names.splice(i, 1);
    }
  }
  if (address) {
    names.push({ _name: name, _address: address });
  }
}

/** Asks the server that has answered once more; false when it cannot be tried. */
function askByTcp(resolver: Resolver, query: Query, nowMs: number): boolean {
  const stack = resolver._stack;
  let reply = new Uint8Array(0);
  const tries = query._tries;
  const isOver = function (): boolean {
    return query._tries !== tries || resolver._queries.indexOf(query) < 0;
  };
  const end = function (tcb: Tcb, answer: DnsAnswer | null): void {
    tcpAbort(tcb, stack._nowMs);
    if (!isOver()) {
      if (answer) {
        answered(resolver, query, answer, stack._nowMs);
      } else {
        ask(resolver, query, stack._nowMs);
      }
    }
  };
  const nothing = function (): void {};
  const handler: TcpHandler = {
    _connected: function (tcb) {
      const length = query._message.length;
      const message = new Uint8Array(length + 2);
      message.set([length >> 8, length]);
      message.set(query._message, 2);
      // It is shorter than any ring.
      tcpWrite(tcb, message, 0, length + 2, stack._nowMs);
    },
    _data: function (tcb, bytes) {
      const both = new Uint8Array(reply.length + bytes.length);
      both.set(reply);
      both.set(bytes, reply.length);
      reply = both;
      const stop = 2 + getU16(reply, 0);
      if (isOver() || (reply.length > 1 && stop > ANSWER_MOST)) {
        end(tcb, null);
      } else if (reply.length > 1 && reply.length >= stop) {
        end(tcb, (query._parse || dnsParseAnswer)(query._message, copyOf(reply, 2, stop)) as DnsAnswer | null);
      }
    },
    _ended: function (tcb) {
      end(tcb, null);
    },
    _writable: nothing,
    _closed: function (tcb) {
      end(tcb, null);
    },
  };
  const tcb = tcpConnect(stack, query._server, DNS_PORT, handler, nowMs);
  if (typeof tcb === 'number') {
    return false;
  }
  query._atMs = tcb._endAtMs = nowMs + TCP_MS;
  return true;
}
