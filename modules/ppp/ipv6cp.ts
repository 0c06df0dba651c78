/**
 * IPV6CP (RFC 5072): the identifiers of both interfaces, of which link-local addresses are made. Optional: who wants it
 * calls useIpv6cp(). IPv4 does not depend on it: a peer that rejects or ignores it, or ends it, ends nothing else.
 */

import { getU32, putU32 } from '../wire/bytes';
import { Protocol } from '../wire/control';
import { Event, State } from './automaton';
import { addExtra } from './extra';
import { fsmEvent, fsmInput, fsmPoll, fsmReset } from './fsm';
import { Fsm, Layer, Role } from './fsm-types';
import { Link, Phase } from './link-types';

const enum Option {
  InterfaceIdentifier = 1,
}

const OPTION_LENGTH = 10;

/** The universal bit of an identifier's high half: not set in those drawn by lot (RFC 5072 §4.1). */
const UNIVERSAL = 0x02000000;

export interface Ipv6cp {
  /** Whether the next connections ask for it, or at least answer. */
  _enabled: boolean;
  /** Whether it waits for the peer to ask first, as a server does. */
  _silent: boolean;
  /** Both identifiers are agreed on. */
  _up: boolean;
  /** Halves of our identifier and of the peer's, unsigned. */
  _high: number;
  _low: number;
  _peerHigh: number;
  _peerLow: number;
  _fsm: Fsm;
  /** _up has changed. */
  _changed: () => void;
  /** Takes an IPv6 packet. */
  _packet: (buf: Uint8Array, at: number, end: number) => void;
}

interface Machine extends Ipv6cp {
  /** Half of what was suggested to the peer. */
  _suggestedLow: number;
  /** It is to begin, after IPCP has spoken. */
  _due: boolean;
}

/** Gives a link IPV6CP; before linkOpen. Set `_enabled`, and `_changed` and `_packet` as needed. */
export function useIpv6cp(link: Link): Ipv6cp {
  const role: Role = {
    _link: link,
    _protocol: Protocol.Ipv6cp,
    _lengths: { 1: OPTION_LENGTH },
    _maxNaks: 10,
    _judge: function (_fsm, _type, _length, high, buf, at) {
      return judge(link, machine, high, getU32(buf, at + 6));
    },
    _naked: function (_fsm, _type, length, high, buf, at) {
      return naked(link, machine, length, high, getU32(buf, at + 6));
    },
    _putOption: function (buf, at, high) {
      putU32(buf, at + 6, high === machine._high ? machine._low : machine._suggestedLow);
    },
    _layer: function (_fsm, what) {
      setUp(machine, what === Layer.Up && machine._fsm._ours[Option.InterfaceIdentifier] !== undefined);
    },
  };
  const machine: Machine = {
    _enabled: true,
    _silent: false,
    _up: false,
    _high: 0,
    _low: 0,
    _peerHigh: 0,
    _peerLow: 0,
    _fsm: role as Fsm,
    _changed: function () {},
    _packet: function () {
      link._stats.dropped++;
    },
    _suggestedLow: 0,
    _due: false,
  };
  const fsm = machine._fsm;
  fsmReset(fsm, {});
  addExtra(link, {
    _input: function (protocol, buf, at, end, stop) {
      if (!machine._enabled || link._phase < Phase.Network || link._phase > Phase.Running) {
        return false;
      }
      let taken = false;
      if (protocol === Protocol.Ipv6) {
        taken = machine._up;
        if (taken) {
          machine._packet(buf, at, end);
        }
      } else if (protocol === Protocol.Ipv6cp) {
        begin(machine);
        taken = fsmInput(fsm, buf, at, stop);
      } else {
        return false;
      }
      if (!taken) {
        link._stats.dropped++;
      }
      return true;
    },
    _network: function (ours) {
      setUp(machine, false);
      machine._due = !!ours && machine._enabled;
      machine._peerHigh = machine._peerLow = 0;
      if (ours) {
        draw(link, machine);
      }
      fsmReset(fsm, { 1: machine._high });
    },
    _rejected: function (protocol) {
      if (protocol === Protocol.Ipv6cp) {
        machine._due = false;
        fsmEvent(fsm, Event.RejectFatal);
      }
    },
    _poll: function () {
      begin(machine);
      fsmPoll(fsm);
    },
    _pollAt: function () {
      return machine._due ? link._nowMs : fsm._timeoutAtMs;
    },
  });
  return machine;
}

/** Sends the IPv6 packet buf[at, end). Returns false, and drops it, when the link does not carry IPv6. */
export function ipv6Send(machine: Ipv6cp, buf: Uint8Array, at: number, end: number, nowMs: number): boolean {
  const link = machine._fsm._link;
  if (machine._up) {
    link._nowMs = nowMs;
    link._send(Protocol.Ipv6, buf, at, end);
  }
  return machine._up;
}

function begin(machine: Machine): void {
  if (machine._due) {
    machine._due = false;
    if (machine._silent) {
      machine._fsm._state = State.Stopped;
    } else {
      fsmEvent(machine._fsm, Event.Up);
    }
  }
}

function setUp(machine: Machine, up: boolean): void {
  if (machine._up !== up) {
    machine._up = up;
    machine._changed();
  }
}

function randomHigh(link: Link): number {
  return (link._owner._random32() & ~UNIVERSAL) >>> 0 || 1;
}

function draw(link: Link, machine: Machine): void {
  machine._high = randomHigh(link);
  machine._low = link._owner._random32();
}

/** RFC 5072 §4.1: an identifier of zero, or ours, gets another suggested. */
function judge(link: Link, machine: Machine, high: number, low: number): number {
  if ((high || low) && (high !== machine._high || low !== machine._low)) {
    machine._peerHigh = high;
    machine._peerLow = low;
    return high;
  }
  let other = randomHigh(link);
  // The high half alone tells the suggestion from ours and from the peer's.
  while (other === machine._high || other === high) {
    other = ((other + 1) & ~UNIVERSAL) >>> 0 || 1;
  }
  machine._suggestedLow = link._owner._random32();
  return other;
}

/** Ours becomes what the peer suggests, unless that is nothing, or its own. */
function naked(link: Link, machine: Machine, length: number, high: number, low: number): number {
  if (length === OPTION_LENGTH && (high || low) && (high !== machine._peerHigh || low !== machine._peerLow)) {
    machine._high = high;
    machine._low = low;
  } else {
    draw(link, machine);
  }
  return machine._high;
}
