/** How a station gets on its network and stays there: tries, a bound for each, a time-out for all, and what it tells. */

import { emit } from './emitter';
import { hostRearm } from './host';
import { NIC, nicFailed, tellWaiting } from './nic';
import { Radio, RadioNetwork, Reason } from './radio';

const enum Join {
  Idle,
  /** For the next try. */
  Waiting,
  Trying,
  Up,
}

/** A firmware that has not said how a try has ended by then never will. */
const TRY_MS = 30000;

/** Before the next try, ms: an access point that has refused is not asked at once again. */
const RETRY_MS = 2000;

export interface Station {
  _card: NIC;
  _radio: Radio;
  _network: RadioNetwork;
  _stage: Join;
  /** Why there is no network; Reason.None when nothing has failed yet. */
  _why: number;
  _reason: string;
  _errno: number;
  _phase: string;
  /** When something is due in this state, ms. */
  _atMs: number;
  /** When the program does not want to wait any more, ms. */
  _giveUpAtMs: number;
  _reconnects: number;
  /** Of these, how many are left. */
  _attempts: number;
}

export function createStation(nic: NIC, radio: Radio, network: RadioNetwork): Station {
  const station: Station = {
    _card: nic,
    _radio: radio,
    _network: network,
    _stage: Join.Idle,
    _why: Reason.None,
    _reason: '',
    _errno: 0,
    _phase: 'dead',
    _atMs: Infinity,
    _giveUpAtMs: Infinity,
    _reconnects: 0,
    _attempts: 0,
  };
  radio._told = function (reason) {
    told(station, reason);
    hostRearm(nic._host);
  };
  nic._host._pollables.push({
    _poll: function (nowMs) {
      stationPoll(station, nowMs);
    },
    _pollAt: function () {
      return Math.min(station._atMs, station._giveUpAtMs);
    },
  });
  return station;
}

function setPhase(station: Station, phase: string): void {
  if (phase !== station._phase) {
    station._phase = phase;
    emit(station._card._listeners, 'phase', phase);
  }
}

/** MicroPython's number: STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP, or why not. */
export function stationStatus(station: Station): number {
  const state = station._stage;
  const why = station._why;
  return state === Join.Up ? 1010 : state ? 1001 : why < 0 ? Reason.Refused : why || 1000;
}

export function isJoining(station: Station): boolean {
  return station._stage === Join.Waiting || station._stage === Join.Trying;
}

/** Joins the network from the next turn on. @param timeoutMs for all tries; 0 for one, and as many as `reconnects` says */
export function startJoin(station: Station, timeoutMs: number): void {
  const nowMs = station._card._host._nowMs();
  // Of an earlier connect.
  cancel(station);
  station._why = Reason.None;
  station._reason = '';
  station._attempts = station._reconnects;
  station._giveUpAtMs = timeoutMs ? nowMs + timeoutMs : Infinity;
  wait(station, nowMs);
  setPhase(station, 'establish');
  hostRearm(station._card._host);
}

function wait(station: Station, atMs: number): void {
  station._stage = Join.Waiting;
  station._atMs = atMs;
}

/** Ends what is going on, because the program wants it. */
export function stopJoin(station: Station): void {
  const nic = station._card;
  const was = station._stage;
  rest(station, Reason.None);
  station._reason = 'user';
  if (was) {
    station._radio._leave();
  }
  setPhase(station, 'dead');
  if (was === Join.Up) {
    emit(nic._listeners, 'disconnected', 'user');
  } else {
    cancel(station);
  }
}

/** Those who wait for a network hear that the program has changed its mind. */
function cancel(station: Station): void {
  if (station._card._waiting.length) {
    nicFailed(station._card, station._phase, 'user', 125);
  }
}

function rest(station: Station, why: number): void {
  station._stage = Join.Idle;
  station._why = why;
  station._atMs = station._giveUpAtMs = Infinity;
}

/** The firmware may have joined a network before there was a WLAN object. */
export function adoptJoin(station: Station): void {
  if (!station._stage && station._radio._isUp()) {
    up(station);
  }
}

function up(station: Station): void {
  station._stage = Join.Up;
  station._why = Reason.None;
  station._reason = '';
  station._attempts = station._reconnects;
  station._giveUpAtMs = Infinity;
  const every = station._radio._lookMs;
  station._atMs = every ? station._card._host._nowMs() + every : Infinity;
  setPhase(station, 'running');
  emit(station._card._listeners, 'connected');
  tellWaiting(station._card, null);
}

function because(station: Station, why: number): void {
  const known = station._radio._reasons[why];
  station._why = why;
  if (known) {
    station._reason = known[0];
    station._errno = known[1];
  } else if (why < 0) {
    station._reason = 'timeout';
    station._errno = 110;
  } else {
    station._reason = station._stage === Join.Up ? 'lost' : 'refused';
    station._errno = 111;
  }
}

/** What the radio has to say. */
function told(station: Station, reason: number): void {
  const state = station._stage;
  const nic = station._card;
  if (!reason) {
    if (isJoining(station)) {
      up(station);
    }
    return;
  }
  // Our own leaving, before this try, is heard of late.
  if (!state || state === Join.Waiting || (state === Join.Trying && reason === Reason.Leaving)) {
    return;
  }
  const nowMs = nic._host._nowMs();
  because(station, reason);
  if (state === Join.Up) {
    emit(nic._listeners, 'disconnected', station._reason);
    if (station._stage !== Join.Up) {
      return; // The listener has gone on.
    }
    setPhase(station, 'establish');
  }
  if (station._giveUpAtMs < Infinity || station._attempts) {
    if (station._giveUpAtMs === Infinity) {
      station._attempts--;
    }
    wait(station, nowMs + RETRY_MS);
  } else if (state === Join.Up) {
    rest(station, reason);
    setPhase(station, 'dead');
  } else {
    fail(station);
  }
}

function fail(station: Station): void {
  const reason = station._reason;
  const phase = station._phase;
  rest(station, station._why);
  setPhase(station, 'dead');
  nicFailed(station._card, phase, reason, station._errno);
}

function stationPoll(station: Station, nowMs: number): void {
  const radio = station._radio;
  if (nowMs >= station._giveUpAtMs) {
    if (station._stage === Join.Trying) {
      radio._leave();
    }
    if (!station._why) {
      because(station, Reason.TimedOut);
    }
    fail(station);
  } else if (nowMs >= station._atMs) {
    switch (station._stage) {
      case Join.Waiting:
        station._stage = Join.Trying;
        station._atMs = nowMs + TRY_MS;
        try {
          radio._join(station._network);
        } catch (error) {
          told(station, Reason.Refused);
        }
        break;
      case Join.Trying:
        radio._leave();
        told(station, Reason.TimedOut);
        break;
      default:
        station._atMs = nowMs + radio._lookMs;
        if (!radio._isUp()) {
          told(station, Reason.BeaconTimeout);
        }
    }
  }
}
