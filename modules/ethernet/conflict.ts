/**
 * Address conflict detection (RFC 5227): an address is probed before it is used, announced, and defended once; who meets
 * it again within ten seconds gives way.
 *
 * Probing takes 0.8 to 1.4 s here, where the RFC's numbers (§1.1) take 4 to 7: they are a fifth of its, since a program
 * waits for the address, and today's switches do not take seconds to learn of a station.
 */

import { Arp, ArpOperation } from '../wire/arp';
import { getU32 } from '../wire/bytes';
import { EthernetLink, NEVER, isOurs, jitter } from './link-types';
import { askAll } from './neighbours';

const PROBE_NUM = 3;
const PROBE_MIN_MS = 200;
const ANNOUNCE_WAIT_MS = 400;
const ANNOUNCE_NUM = 2;
/** As the RFC has them. */
const ANNOUNCE_INTERVAL_MS = 2000;
const DEFEND_INTERVAL_MS = 10000;
const MAX_CONFLICTS = 10;
const RATE_LIMIT_MS = 60000;

export function startProbing(link: EthernetLink, address: number): void {
  link._candidate = address;
  link._probes = 0;
  // Those who were switched on together do not ask together.
  link._probeAtMs =
    link._nowMs + (link._conflicts < MAX_CONFLICTS ? jitter(link, PROBE_MIN_MS) - PROBE_MIN_MS : RATE_LIMIT_MS);
}

export function stopProbing(link: EthernetLink): void {
  link._candidate = 0;
  link._announcements = 0;
  link._probeAtMs = NEVER;
}

/** The address is in use now, which everybody is told. */
export function announce(link: EthernetLink): void {
  link._candidate = 0;
  link._conflicts = 0;
  link._announcements = ANNOUNCE_NUM;
  link._defendedAtMs = -NEVER;
  link._probeAtMs = link._nowMs;
}

/** Returns whether the candidate has turned out to be free. */
export function conflictPoll(link: EthernetLink): boolean {
  const nowMs = link._nowMs;
  if (nowMs < link._probeAtMs) {
    return false;
  }
  if (!link._candidate) {
    askAll(link, link._address, link._address);
    link._probeAtMs = --link._announcements > 0 ? nowMs + ANNOUNCE_INTERVAL_MS : NEVER;
    return false;
  }
  if (link._probes === PROBE_NUM) {
    return true;
  }
  askAll(link, 0, link._candidate);
  link._probeAtMs = nowMs + (++link._probes < PROBE_NUM ? jitter(link, PROBE_MIN_MS) : ANNOUNCE_WAIT_MS);
  return false;
}

/**
 * Looks at the ARP packet buf[at...] of anybody.
 * @returns whether our address, or the one being probed, is another's and has to be given up
 */
export function conflictSeen(link: EthernetLink, operation: ArpOperation, buf: Uint8Array, at: number): boolean {
  const sender = getU32(buf, at + Arp.Sender);
  if (isOurs(link, buf, at + Arp.SenderMac)) {
    return false;
  }
  if (link._candidate) {
    // §2.1.1: another has it, or another probes for it at this moment.
    if (
      sender !== link._candidate &&
      (sender || operation !== ArpOperation.Request || getU32(buf, at + Arp.Target) !== link._candidate)
    ) {
      return false;
    }
    link._conflicts++;
  } else {
    if (!link._address || sender !== link._address) {
      return false;
    }
    // §2.4 (b).
    if (link._nowMs - link._defendedAtMs >= DEFEND_INTERVAL_MS) {
      link._stats.conflicts++;
      link._defendedAtMs = link._nowMs;
      askAll(link, link._address, link._address);
      return false;
    }
  }
  link._stats.conflicts++;
  return true;
}
