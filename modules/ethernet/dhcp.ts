/**
 * The DHCP client (RFC 2131 §4.4). Doors: dhcpStart, dhcpInput, dhcpPoll, _dhcpAtMs.
 *
 * The first wait for an answer is 2 s and not 4: a program waits for it. Messages to one server go to the station its
 * frames come from, itself or the relay, so that they need no neighbour.
 */

import { DHCP_LENGTH, DhcpReply, DhcpType, dhcpEmit, dhcpParse } from '../wire/dhcp';
import { copyOf, putU16, putU32 } from '../wire/bytes';
import { Ethernet, EtherType, MAC_LENGTH, ethernetEmit } from '../wire/ethernet';
import { IPV4_HEADER, IpProtocol, ipv4Emit, ipv4Prepare, payloadChecksum } from '../wire/ipv4';
import { max, min } from '../wire/math';
import { UDP_HEADER, Udp } from '../wire/udp';
import { startProbing, stopProbing } from './conflict';
import { BROADCAST, DhcpState, EthernetLink, FRAME_AT, NEVER, PAYLOAD_AT, transmit } from './link-types';

export const SERVER_PORT = 67;
export const CLIENT_PORT = 68;

const RETRY_FIRST_MS = 2000;
const RETRY_LAST_MS = 64000;
/** After so many Discovers without an answer, 14 s, the user is told. */
const TELL_TRIES = 3;
const REQUEST_TRIES = 4;
/** A former address is asked for so often; then any is wanted. */
const REBOOT_TRIES = 2;
/** RFC 2131 §3.1: after a Decline, and §4.4.5: between two renewals. */
const DECLINE_WAIT_MS = 10000;
const RENEW_LEAST_MS = 60000;

const UDP_AT = PAYLOAD_AT + IPV4_HEADER;

/** Octets of the link's frame, with the head-room. */
export const FRAME_ROOM = UDP_AT + UDP_HEADER + DHCP_LENGTH;

/** Sends a message; those for one server only are not broadcast. */
function send(link: EthernetLink, type: DhcpType, requested: number, server: number, toServer: boolean): void {
  const frame = link._frame;
  const end = UDP_AT + UDP_HEADER + DHCP_LENGTH;
  const reply = link._reply;
  const uses = toServer || link._dhcp > DhcpState.Bound;
  const client = uses ? (reply as DhcpReply)._address : 0;
  if (type !== DhcpType.Release) {
    link._askedAtMs = link._nowMs;
  }
  ethernetEmit(frame, FRAME_AT, toServer ? link._serverMac : BROADCAST, link._mac, EtherType.Ipv4);
  dhcpEmit(frame, UDP_AT + UDP_HEADER, {
    _type: type,
    _xid: link._xid,
    _mac: link._mac,
    _client: client,
    _requested: requested,
    _server: server,
    _hostName: link._owner._hostName(),
  });
  frame.set([0, CLIENT_PORT, 0, SERVER_PORT, 0, 0, 0, 0], UDP_AT);
  putU16(frame, UDP_AT + Udp.Length, UDP_HEADER + DHCP_LENGTH);
  // ARP packets stood here.
  putU32(frame, PAYLOAD_AT, 0);
  putU32(frame, PAYLOAD_AT + 4, 0);
  ipv4Prepare(frame, PAYLOAD_AT);
  ipv4Emit(frame, PAYLOAD_AT, end, IpProtocol.Udp, client, toServer ? (reply as DhcpReply)._server : 0xffffffff);
  putU16(frame, UDP_AT + Udp.Checksum, payloadChecksum(frame, PAYLOAD_AT, end) || 0xffff);
  transmit(link, frame, FRAME_AT, end);
}

/** 2, 4, ... 64 s, half a second more or less (RFC 2131 §4.1). */
function backOff(link: EthernetLink): void {
  const waitMs = min(RETRY_FIRST_MS << min(link._tries++, 8), RETRY_LAST_MS);
  link._dhcpAtMs = link._nowMs + waitMs - 500 + (link._owner._random32() % 1000);
}

/** Begins, with the former address when its lease has not ended (RFC 2131 §3.2), else with any. */
export function dhcpStart(link: EthernetLink): void {
  link._dhcp = link._reply && link._nowMs < link._expiresAtMs ? DhcpState.Rebooting : DhcpState.Selecting;
  link._xid = link._owner._random32();
  link._tries = 0;
  link._dhcpAtMs = link._nowMs;
}

/** From the beginning, without the lease there was. */
function restart(link: EthernetLink, delayMs: number): void {
  link._reply = null;
  stopProbing(link);
  dhcpStart(link);
  link._dhcpAtMs += delayMs;
  if (link._address) {
    loseAddress(link);
  }
}

export function loseAddress(link: EthernetLink): void {
  link._address = link._mask = link._gateway = 0;
  link._dns = [];
  link._lost = true;
  link._owner._configured();
}

export function dhcpPoll(link: EthernetLink): void {
  const nowMs = link._nowMs;
  if (nowMs < link._dhcpAtMs) {
    return;
  }
  const reply = link._reply as DhcpReply;
  let untilMs: number;
  switch (link._dhcp) {
    case DhcpState.Selecting:
      backOff(link);
      send(link, DhcpType.Discover, 0, 0, false);
      if (link._tries === TELL_TRIES + 1) {
        link._owner._failed('no-answer');
      }
      break;
    case DhcpState.Requesting:
    case DhcpState.Rebooting:
      if (link._tries < (link._dhcp === DhcpState.Rebooting ? REBOOT_TRIES : REQUEST_TRIES)) {
        const server = link._dhcp === DhcpState.Rebooting ? 0 : reply._server;
        backOff(link);
        send(link, DhcpType.Request, reply._address, server, false);
      } else {
        restart(link, 0);
      }
      break;
    case DhcpState.Bound:
    case DhcpState.Renewing:
    case DhcpState.Rebinding:
      if (nowMs >= link._expiresAtMs) {
        restart(link, 0);
        break;
      }
      link._dhcp = nowMs < link._t2AtMs ? DhcpState.Renewing : DhcpState.Rebinding;
      untilMs = link._dhcp === DhcpState.Renewing ? link._t2AtMs : link._expiresAtMs;
      link._dhcpAtMs = min(untilMs, nowMs + max(RENEW_LEAST_MS, Math.floor((untilMs - nowMs) / 2)));
      if (link._askedAtMs < link._t1AtMs) {
        link._xid = link._owner._random32();
      }
      send(link, DhcpType.Request, 0, 0, link._dhcp === DhcpState.Renewing);
      break;
    default:
      link._dhcpAtMs = NEVER;
  }
}

/** Whether an address can be a host's. */
function isHost(address: number): boolean {
  const first = address >>> 24;
  return first > 0 && first < 224 && first !== 127;
}

/** Takes the UDP payload buf[at, end) of the frame at frameAt. */
export function dhcpInput(link: EthernetLink, buf: Uint8Array, frameAt: number, at: number, end: number): void {
  const reply = dhcpParse(buf, at, end, link._mac);
  if (!reply || reply._xid !== link._xid || !takeReply(link, reply)) {
    link._stats.badDhcp++;
    return;
  }
  if (reply._type !== DhcpType.Nak) {
    link._serverMac = copyOf(buf, frameAt + Ethernet.Source, frameAt + Ethernet.Source + MAC_LENGTH);
  }
}

/** Returns whether the message is one that is waited for, and is complete. */
function takeReply(link: EthernetLink, reply: DhcpReply): boolean {
  const state = link._dhcp;
  const before = link._reply;
  const waits = state === DhcpState.Requesting || state === DhcpState.Rebooting || state > DhcpState.Bound;
  // RFC 2131 table 3: all of them name the server.
  if (!reply._server) {
    return false;
  }
  if (reply._type === DhcpType.Nak) {
    if (!waits || (state === DhcpState.Requesting && reply._server !== (before as DhcpReply)._server)) {
      return false;
    }
    // A server that offers and refuses is not asked in a circle.
    restart(link, RETRY_FIRST_MS * min(link._naks++, 30));
    return true;
  }
  if (!isHost(reply._address) || !reply._lease) {
    return false;
  }
  if (reply._type === DhcpType.Offer) {
    if (state !== DhcpState.Selecting) {
      return false;
    }
    link._reply = reply;
    link._dhcp = DhcpState.Requesting;
    link._tries = 0;
    link._dhcpAtMs = link._nowMs;
    link._expiresAtMs = 0;
    dhcpPoll(link);
    return true;
  }
  if (
    reply._type !== DhcpType.Ack ||
    !waits ||
    !before ||
    reply._address !== before._address ||
    (state === DhcpState.Requesting && reply._server !== before._server)
  ) {
    return false;
  }
  link._reply = reply;
  link._naks = 0;
  // RFC 2131 §4.4.5: from when it was asked for. Infinity is for ever.
  const leaseS = reply._lease === 0xffffffff ? NEVER : reply._lease;
  const given = reply._t1 && reply._t1 < reply._t2 && reply._t2 < leaseS;
  link._t1AtMs = link._askedAtMs + (given ? reply._t1 : leaseS * 0.5) * 1000;
  link._t2AtMs = link._askedAtMs + (given ? reply._t2 : leaseS * 0.875) * 1000;
  link._expiresAtMs = link._askedAtMs + leaseS * 1000;
  if (state > DhcpState.Bound) {
    dhcpBound(link);
  } else {
    link._dhcp = DhcpState.Checking;
    link._dhcpAtMs = NEVER;
    startProbing(link, reply._address);
  }
  return true;
}

/** The address is free, or was ours before: it is used from now on. */
export function dhcpBound(link: EthernetLink): void {
  const reply = link._reply as DhcpReply;
  const first = reply._address >>> 24;
  link._dhcp = DhcpState.Bound;
  link._dhcpAtMs = link._t1AtMs;
  link._address = reply._address;
  // Without a mask, that of the address's class (RFC 791).
  link._mask = reply._mask || (first < 128 ? 0xff000000 : first < 192 ? 0xffff0000 : 0xffffff00);
  link._gateway = reply._router;
  link._dns = reply._dns;
  link._owner._configured();
}

/** The address is another's: the server is told (RFC 2131 §3.1 step 5). */
export function dhcpDecline(link: EthernetLink): void {
  const reply = link._reply as DhcpReply;
  // From no address, whatever was in use.
  link._dhcp = DhcpState.Checking;
  send(link, DhcpType.Decline, reply._address, reply._server, false);
  link._dhcpAtMs = NEVER;
  link._owner._failed('address-conflict');
  // Whoever was told may have had his own ideas.
  if (link._dhcp === DhcpState.Checking) {
    restart(link, DECLINE_WAIT_MS);
  }
}

/** Gives the address back. */
export function dhcpRelease(link: EthernetLink): void {
  if (link._dhcp >= DhcpState.Bound) {
    send(link, DhcpType.Release, 0, (link._reply as DhcpReply)._server, true);
  }
  link._reply = null;
}

/** Asks for the lease to be prolonged now, or begins. */
export function dhcpRenew(link: EthernetLink): void {
  if (link._dhcp === DhcpState.Bound) {
    link._xid = link._owner._random32();
    link._t1AtMs = link._dhcpAtMs = link._nowMs;
  } else if (link._dhcp === DhcpState.Off) {
    dhcpStart(link);
  }
}
