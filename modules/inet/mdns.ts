/**
 * Multicast DNS (RFC 6762), an optional part: the host answers for `<hostname>.local`, after it has asked whether somebody
 * else does. Doors: mdnsPacket, mdnsPoll, mdnsPollAt. Names that end so are looked up in mdns-lookup.ts.
 *
 * Not done: other records than addresses, services, answers that there is no such record (NSEC), a cache.
 */

import type { Address } from '../wire/addr';
import { copyOf, getU16, getU32 } from '../wire/bytes';
import { IPV4_HEADER, IpProtocol, Ipv4, ipv4Parse, payloadChecksum } from '../wire/ipv4';
import { min } from '../wire/math';
import {
  MDNS_PORT,
  MdnsMessage,
  MdnsQuestion,
  MdnsType,
  compareAddresses,
  mdnsLegacyResponse,
  mdnsParse,
  mdnsQuery,
  mdnsResponse,
  wantedAddresses,
} from '../wire/mdns';
import { UDP_HEADER, Udp } from '../wire/udp';
import { HEAD_ROOM, Netif, Stack, routeTo } from './ip';
import { Netif6, Stack6, isUsable, sourceFor } from './ip6';
import type { Resolved } from './resolver';
import { UdpSocket, udpBind, udpOutput } from './udp';

/** 224.0.0.251, ff02::fb. */
const GROUP = 0xe00000fb;
const GROUP6 = 'ff02::fb';

/** §8.1, §8.3: three probes, 250 ms apart, then two announcements. */
const PROBE_MS = 250;
const PROBES = 3;
const ANNOUNCEMENTS = 2;
const ANNOUNCE_MS = 1000;
/** After a conflict; after many of them (§8.1, §8.2). */
const DEFER_MS = 1000;
const CONFLICT_MS = 5000;
const CONFLICTS = 15;
/** §6: a record is multicast once a second at most. */
const AGAIN_MS = 1000;

/** §10: of addresses; §6.7: for those who do not speak mDNS. */
const TTL_S = 120;
const TTL_LEGACY_S = 10;

/** One face of an interface. */
interface MdnsLink {
  _netif: Netif;
  /** Probes and announcements sent. */
  _step: number;
  _atMs: number;
  /** When our addresses were multicast last, ms, and which they were when they were announced. */
  _saidMs: number;
  _announced: string;
}

/** A name that is being looked up; see mdns-lookup.ts. */
export interface Lookup {
  _name: string;
  _type: MdnsType;
  _id: number;
  _socket: UdpSocket;
  _tries: number;
  _atMs: number;
  _callbacks: Resolved[];
  _poll(nowMs: number): void;
}

export interface Mdns {
  _stack: Stack;
  _v6: Stack6 | null;
  _socket: UdpSocket;
  /** The host's name, without a domain; and what stands behind it because others have it. */
  _hostName: () => string;
  _suffix: number;
  /** What was used last: a new one is probed. */
  _named: string;
  _conflicts: number;
  _links: MdnsLink[];
  _lookups: Lookup[];
}

/** `<hostname>.local`, in small letters. */
export function mdnsName(mdns: Mdns): string {
  const label =
    mdns
      ._hostName()
      .toLowerCase()
      .replace(/[^\w-]/g, '-')
      .slice(0, 60) || 'micronic';
  return label + (mdns._suffix ? '-' + mdns._suffix : '') + '.local';
}

function is6(netif: Netif): netif is Netif6 {
  return !!(netif as Netif6)._v6;
}

/** All addresses of the interface, of both versions. */
export function addressesOf(mdns: Mdns, nic: unknown): Address[] {
  const addresses: Address[] = [];
  mdns._stack._netifs.forEach(function (netif) {
    if (netif._up && netif._nic === nic) {
      if (is6(netif)) {
        netif._addresses.forEach(function (one) {
          if (isUsable(one)) {
            addresses.push(one._address);
          }
        });
      } else if (netif._address) {
        addresses.push(netif._address);
      }
    }
  });
  return addresses.sort(compareAddresses);
}

/** The source of what is sent by a face, '' or 0 while it has none. */
function sourceOf(netif: Netif): Address {
  return is6(netif) ? sourceFor(netif, GROUP6) : netif._address;
}

/** Sends a message to everybody on the link. */
export function multicast(mdns: Mdns, netif: Netif, message: Uint8Array, port: number): boolean {
  const source = sourceOf(netif);
  const stack = mdns._stack;
  const ttl = HEAD_ROOM + Ipv4.Ttl;
  if (!source) {
    return false;
  }
  const before = stack._frame[ttl];
  // §11: so that everybody can see that it comes from the link.
  stack._frame[ttl] = 255;
  const sent = udpOutput(stack, netif, message, source, port, is6(netif) ? GROUP6 : GROUP, MDNS_PORT);
  stack._frame[ttl] = before;
  return sent;
}

/** The faces that are up, and new ones begin with their probes. */
export function findLinks(mdns: Mdns): void {
  const stack = mdns._stack;
  const name = mdnsName(mdns);
  mdns._links = mdns._links.filter(function (link) {
    return link._netif._up && stack._netifs.indexOf(link._netif) >= 0;
  });
  stack._netifs.forEach(function (netif) {
    if (isNew(mdns, netif)) {
      mdns._links.push({ _netif: netif, _step: 0, _atMs: 0, _saidMs: -Infinity, _announced: '' });
      probeSoon(mdns, mdns._links[mdns._links.length - 1], stack._random32() % PROBE_MS);
    }
  });
  mdns._links.forEach(function (link) {
    if (hasChanged(mdns, link)) {
      link._step = PROBES;
      link._atMs = stack._nowMs;
    }
  });
  if (name !== mdns._named) {
    mdns._named = name;
    probeAgain(mdns, 0);
  }
}

/** Others have been announced than there are now. */
function hasChanged(mdns: Mdns, link: MdnsLink): boolean {
  return link._step > PROBES && link._announced !== addressesOf(mdns, link._netif._nic).join();
}

function isNew(mdns: Mdns, netif: Netif): boolean {
  return (
    netif._up &&
    mdns._links.every(function (link) {
      return link._netif !== netif;
    })
  );
}

function probeSoon(mdns: Mdns, link: MdnsLink, delayMs: number): void {
  link._step = 0;
  link._atMs = mdns._stack._nowMs + delayMs;
}

function probeAgain(mdns: Mdns, delayMs: number): void {
  mdns._links.forEach(function (link) {
    probeSoon(mdns, link, delayMs);
  });
}

/** Somebody else has the name: another one is tried (§9). */
function conflict(mdns: Mdns): void {
  mdns._suffix = mdns._suffix ? mdns._suffix + 1 : 2;
  mdns._named = mdnsName(mdns);
  mdns._conflicts++;
  probeAgain(mdns, mdns._conflicts > CONFLICTS ? CONFLICT_MS : mdns._stack._random32() % PROBE_MS);
}

/** @param hostName the label, asked for whenever it is needed */
export function useMdns(stack: Stack, v6: Stack6 | null, hostName: () => string): Mdns | null {
  const socket = udpBind(stack, MDNS_PORT, function (payload, source, port) {
    const netif = typeof source === 'string' ? v6 && v6._arrivedBy : routeTo(stack, source);
    if (netif) {
      received(mdns, netif, payload, source, port);
    }
  });
  if (!socket) {
    return null;
  }
  const mdns: Mdns = {
    _stack: stack,
    _v6: v6,
    _socket: socket,
    _hostName: hostName,
    _suffix: 0,
    _named: '',
    _conflicts: 0,
    _links: [],
    _lookups: [],
  };
  if (v6) {
    v6._groups.push(GROUP6);
  }
  return mdns;
}

/**
 * Looks at the IPv4 packet buf[at, end) before the stack does, which drops what goes to a group.
 * @returns whether it went to the group of mDNS
 */
export function mdnsPacket(mdns: Mdns, netif: Netif, buf: Uint8Array, at: number, end: number, nowMs: number): boolean {
  const header = at + IPV4_HEADER;
  if (
    end - at < IPV4_HEADER + UDP_HEADER ||
    getU32(buf, at + Ipv4.Destination) !== GROUP ||
    buf[at + Ipv4.Protocol] !== IpProtocol.Udp
  ) {
    return false;
  }
  const stack = mdns._stack;
  stack._nowMs = nowMs;
  const stop = header + getU16(buf, header + Udp.Length);
  if (
    ipv4Parse(buf, at, end) !== header ||
    getU16(buf, at + Ipv4.Fragment) & 0x3fff ||
    stop > end ||
    stop < header + UDP_HEADER ||
    (getU16(buf, header + Udp.Checksum) && payloadChecksum(buf, at, stop))
  ) {
    stack._stats.badPackets++;
  } else if (getU16(buf, header + Udp.DestinationPort) !== MDNS_PORT) {
    stack._stats.dropped++;
  } else {
    const payload = copyOf(buf, header + UDP_HEADER, stop);
    received(mdns, netif, payload, getU32(buf, at + Ipv4.Source), getU16(buf, header));
  }
  return true;
}

function received(mdns: Mdns, netif: Netif, payload: Uint8Array, source: Address, port: number): void {
  const message = mdnsParse(payload);
  const link = mdns._links.filter(function (one) {
    return one._netif === netif;
  })[0];
  if (!message || !link) {
    mdns._stack._stats.dropped++;
  } else if (!message._isResponse) {
    answer(mdns, link, message, source, port);
  } else if (port === MDNS_PORT) {
    heard(mdns, link, message);
  }
}

/** A response: does it say that our name is another's? */
function heard(mdns: Mdns, link: MdnsLink, message: MdnsMessage): void {
  const name = mdnsName(mdns);
  const ours = addressesOf(mdns, link._netif._nic);
  const isOther = message._answers.some(function (record) {
    return record._name === name && !!record._address && record._ttlSeconds > 0 && ours.indexOf(record._address) < 0;
  });
  if (isOther) {
    conflict(mdns);
  }
}

function answer(mdns: Mdns, link: MdnsLink, message: MdnsMessage, source: Address, port: number): void {
  const stack = mdns._stack;
  const netif = link._netif;
  const name = mdnsName(mdns);
  const ours = addressesOf(mdns, netif._nic);
  const asked = message._questions.filter(function (question) {
    return question._name === name && wantedAddresses(question._type, ours).length > 0;
  });
  const rivals = message._others.filter(function (record) {
    return record._name === name && !!record._address;
  });
  if (!asked.length) {
    return;
  }
  if (link._step < PROBES) {
    // Somebody wants the same name at the same time: the later addresses win, the other tries again (§8.2).
    if (rivals.length && rivals[0]._address !== ours[0] && compareAddresses(rivals[0]._address, ours[0]) > 0) {
      probeSoon(mdns, link, DEFER_MS);
    }
    return;
  }
  const question: MdnsQuestion = asked[0];
  const wanted = wantedAddresses(question._type, ours);
  if (port !== MDNS_PORT) {
    const reply = mdnsLegacyResponse(message._id, name, question._type, wanted, TTL_LEGACY_S);
    udpOutput(stack, netif, reply, sourceTowards(netif, source), MDNS_PORT, source, port);
    return;
  }
  const isKnown = wanted.every(function (address) {
    return message._answers.some(function (record) {
      // §7.1: who knows it for longer than half its life is not told.
      return record._name === name && record._address === address && record._ttlSeconds * 2 >= TTL_S;
    });
  });
  if (isKnown) {
    return;
  }
  const reply = mdnsResponse(name, ours, TTL_S);
  if (question._unicast && !rivals.length && stack._nowMs - link._saidMs < (TTL_S * 1000) / 4) {
    udpOutput(stack, netif, reply, sourceTowards(netif, source), MDNS_PORT, source, port);
  } else if (stack._nowMs - link._saidMs >= (rivals.length ? PROBE_MS : AGAIN_MS)) {
    link._saidMs = stack._nowMs;
    multicast(mdns, netif, reply, MDNS_PORT);
  }
}

/** Our source towards one of the link. */
function sourceTowards(netif: Netif, destination: Address): Address {
  return is6(netif) ? sourceFor(netif, destination) : netif._address;
}

function pollLink(mdns: Mdns, link: MdnsLink, nowMs: number): void {
  const ours = addressesOf(mdns, link._netif._nic);
  if (nowMs < link._atMs || !ours.length || !sourceOf(link._netif)) {
    return;
  }
  const name = mdnsName(mdns);
  if (link._step < PROBES) {
    multicast(mdns, link._netif, mdnsQuery(0, name, MdnsType.Any, true, ours, TTL_S), MDNS_PORT);
    link._step++;
    link._atMs = nowMs + PROBE_MS;
    return;
  }
  link._saidMs = nowMs;
  link._announced = ours.join();
  multicast(mdns, link._netif, mdnsResponse(name, ours, TTL_S), MDNS_PORT);
  link._step++;
  link._atMs = link._step < PROBES + ANNOUNCEMENTS ? nowMs + ANNOUNCE_MS : Infinity;
}

export function mdnsPoll(mdns: Mdns, nowMs: number): void {
  mdns._stack._nowMs = nowMs;
  findLinks(mdns);
  mdns._links.forEach(function (link) {
    pollLink(mdns, link, nowMs);
  });
  mdns._lookups.slice().forEach(function (lookup) {
    lookup._poll(nowMs);
  });
}

/** When mdnsPoll has something to do next, ms; Infinity for never. */
export function mdnsPollAt(mdns: Mdns): number {
  let atMs = mdns._named === mdnsName(mdns) && !mdns._stack._netifs.some(isNew.bind(null, mdns)) ? Infinity : 0;
  mdns._links.forEach(function (link) {
    // Without an address it waits for one.
    if (link._netif._up && sourceOf(link._netif)) {
      atMs = hasChanged(mdns, link) ? 0 : min(atMs, link._atMs);
    }
  });
  mdns._lookups.forEach(function (lookup) {
    atMs = min(atMs, lookup._atMs);
  });
  return atMs;
}
