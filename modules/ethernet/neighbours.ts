/**
 * The neighbours' addresses: ARP (RFC 826), with the manners of RFC 1122 §2.3.2: one request a second, entries validated
 * by unicast before they get old, and the latest packet kept while a neighbour is asked for.
 */

import { Arp, ArpOperation, arpEmit } from '../wire/arp';
import { copyOf, getU32, putBytes } from '../wire/bytes';
import { ETHERNET_HEADER, EtherType, MAC_LENGTH, ethernetEmit } from '../wire/ethernet';
import {
  BROADCAST,
  EthernetLink,
  FRAME_AT,
  NEVER,
  Neighbour,
  NeighbourState,
  PAYLOAD_AT,
  transmit,
} from './link-types';

/** RFC 1122 §2.3.2.1: "the order of a minute", and at most one request a second. */
const FRESH_MS = 60000;
const ASK_MS = 1000;
const ASK_TRIES = 3;

const NOBODY = new Uint8Array(MAC_LENGTH);

export function createNeighbour(): Neighbour {
  return {
    _state: NeighbourState.Free,
    _address: 0,
    _header: new Uint8Array(ETHERNET_HEADER),
    _askAtMs: NEVER,
    _asked: 0,
    _usedAtMs: 0,
    _waiting: null,
  };
}

/** Sends an ARP packet, to everybody or to one. */
export function sendArp(
  link: EthernetLink,
  operation: ArpOperation,
  sender: number,
  targetMac: Uint8Array,
  target: number,
  to: Uint8Array,
): void {
  const frame = link._frame;
  ethernetEmit(frame, FRAME_AT, to, link._mac, EtherType.Arp);
  const end = PAYLOAD_AT + arpEmit(frame, PAYLOAD_AT, operation, link._mac, sender, targetMac, target);
  transmit(link, frame, FRAME_AT, end);
}

/** Asks everybody who has an address; with sender 0 it is a probe (RFC 5227 §2.1.1). */
export function askAll(link: EthernetLink, sender: number, target: number): void {
  sendArp(link, ArpOperation.Request, sender, NOBODY, target, BROADCAST);
}

function find(link: EthernetLink, address: number): Neighbour | null {
  const neighbours = link._neighbours;
  for (let i = 0; i < neighbours.length; i++) {
    if (neighbours[i]._address === address && neighbours[i]._state) {
      return neighbours[i];
    }
  }
  return null;
}

/** Takes the place of the one that was used longest ago; free ones were never used. */
function take(link: EthernetLink, address: number, state: NeighbourState): Neighbour {
  let oldest = link._neighbours[0];
  link._neighbours.forEach(function (one) {
    if (one._usedAtMs < oldest._usedAtMs) {
      oldest = one;
    }
  });
  drop(link, oldest);
  oldest._state = state;
  oldest._address = address;
  oldest._usedAtMs = link._nowMs;
  return oldest;
}

function drop(link: EthernetLink, neighbour: Neighbour): void {
  if (neighbour._waiting) {
    neighbour._waiting = null;
    link._stats.unsent++;
  }
  neighbour._state = NeighbourState.Free;
  neighbour._asked = neighbour._usedAtMs = 0;
  neighbour._askAtMs = NEVER;
}

export function forgetNeighbours(link: EthernetLink): void {
  link._neighbours.forEach(function (neighbour) {
    drop(link, neighbour);
  });
}

function ask(link: EthernetLink, neighbour: Neighbour): void {
  neighbour._asked++;
  neighbour._askAtMs = link._nowMs + ASK_MS;
  if (neighbour._state === NeighbourState.Known) {
    const mac = copyOf(neighbour._header, 0, MAC_LENGTH);
    sendArp(link, ArpOperation.Request, link._address, mac, neighbour._address, mac);
  } else {
    askAll(link, link._address, neighbour._address);
  }
}

/**
 * Sends the packet buf[at, end) to a neighbour, with a header before it for which there is room; or keeps it until the
 * neighbour has answered.
 */
export function sendTo(link: EthernetLink, address: number, buf: Uint8Array, at: number, end: number): boolean {
  let neighbour = find(link, address);
  if (!neighbour) {
    neighbour = take(link, address, NeighbourState.Asking);
    ask(link, neighbour);
  }
  neighbour._usedAtMs = link._nowMs;
  if (neighbour._state === NeighbourState.Asking) {
    if (neighbour._waiting) {
      link._stats.unsent++;
    }
    neighbour._waiting = copyOf(buf, at - ETHERNET_HEADER, end);
    return true;
  }
  putBytes(buf, at - ETHERNET_HEADER, neighbour._header, 0, ETHERNET_HEADER);
  const sent = transmit(link, buf, at - ETHERNET_HEADER, end);
  if (link._nowMs >= neighbour._askAtMs) {
    if (neighbour._asked === ASK_TRIES) {
      // It has not answered: whoever has the address now is asked for.
      neighbour._state = NeighbourState.Asking;
      neighbour._asked = 0;
    }
    ask(link, neighbour);
  }
  return sent;
}

/**
 * Learns from the ARP packet buf[at...]: who is known is updated (RFC 826's merge), who asks for us is added, since he is
 * about to send something that wants an answer.
 */
export function learn(link: EthernetLink, buf: Uint8Array, at: number, asksUs: boolean): void {
  const sender = getU32(buf, at + Arp.Sender);
  let neighbour = sender ? find(link, sender) : null;
  if (!neighbour && asksUs && sender) {
    neighbour = take(link, sender, NeighbourState.Known);
  }
  if (!neighbour) {
    return;
  }
  const header = neighbour._header;
  ethernetEmit(header, 0, copyOf(buf, at + Arp.SenderMac, at + Arp.SenderMac + MAC_LENGTH), link._mac, EtherType.Ipv4);
  neighbour._state = NeighbourState.Known;
  neighbour._asked = 0;
  neighbour._askAtMs = link._nowMs + FRESH_MS;
  const waiting = neighbour._waiting;
  if (waiting) {
    neighbour._waiting = null;
    putBytes(waiting, 0, header, 0, ETHERNET_HEADER);
    transmit(link, waiting, 0, waiting.length);
  }
}

/** Asks again for those who have not answered, and gives up. A known one is asked when something is sent to it. */
export function neighboursPoll(link: EthernetLink): void {
  const neighbours = link._neighbours;
  for (let i = 0; i < neighbours.length; i++) {
    const neighbour = neighbours[i];
    if (neighbour._state === NeighbourState.Asking && link._nowMs >= neighbour._askAtMs) {
      if (neighbour._asked < ASK_TRIES) {
        ask(link, neighbour);
      } else {
        link._stats.arpUnanswered++;
        drop(link, neighbour);
      }
    }
  }
}

export function neighboursPollAt(link: EthernetLink, atMs: number): number {
  const neighbours = link._neighbours;
  for (let i = 0; i < neighbours.length; i++) {
    if (neighbours[i]._state === NeighbourState.Asking && neighbours[i]._askAtMs < atMs) {
      atMs = neighbours[i]._askAtMs;
    }
  }
  return atMs;
}
