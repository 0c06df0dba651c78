/**
 * An interface tells which groups it listens to (RFC 3810 §6, as a listener without sources), so that switches that look
 * on let them through; also to those who ask by version 1 (§8). Doors: mldChanged, mldQuery, mldPoll, mldPollAt.
 */

import { getIpv6, isLinkLocal, solicitedNode } from '../wire/addr6';
import { putU16, putU32 } from '../wire/bytes';
import { ICMP_CHECKSUM } from '../wire/icmp';
import { NextHeader, checksum6, ipv6Emit } from '../wire/ipv6';
import { min } from '../wire/math';
import {
  MLD_GROUP,
  MLD_QUERY_V1,
  MLD_QUERY_V2,
  MldRecord,
  MldType,
  mldDelayMs,
  putAlert,
  putMld1,
  putRecord,
  putReport,
} from '../wire/mld';
import { HEAD_ROOM, Verdict } from './ip';
import { MESSAGE_AT, Netif6, sourceFor } from './ip6';

const ALL_MLD2_ROUTERS = 'ff02::16';
const ALL_ROUTERS = 'ff02::2';

/** RFC 3810 §9: each change is told twice, the second time within a second; for how long a querier of version 1 counts. */
const ROBUSTNESS = 2;
const UNSOLICITED_MS = 1000;
const OLDER_VERSION_MS = 260000;

interface Change {
  _group: string;
  _record: MldRecord;
}

/** The groups of one interface, but all nodes, of which nothing is ever told. */
export interface Mld {
  _netif: Netif6;
  /** What has been told, or is being. */
  _joined: string[];
  _changes: Change[];
  _repeats: number;
  _changeAtMs: number;
  /** A query is answered then: about one group, or '' for all. */
  _answerAtMs: number;
  _asked: string;
  _v1UntilMs: number;
  /** What was told last came from nobody: there was no address yet. */
  _nameless: boolean;
  /** How many groups the host had beside those of addresses. */
  _hostGroups: number;
}

export function createMld(netif: Netif6): Mld {
  return {
    _netif: netif,
    _joined: [],
    _changes: [],
    _repeats: 0,
    _changeAtMs: Infinity,
    _answerAtMs: Infinity,
    _asked: '',
    _v1UntilMs: -Infinity,
    _nameless: false,
    _hostGroups: 0,
  };
}

/** Sends the message that stands behind a router alert, all but its first four octets: no further than the link. */
function send(mld: Mld, type: MldType, end: number, to: string): void {
  const netif = mld._netif;
  const frame = netif._v6._frame;
  const source = sourceFor(netif, to);
  const message = putAlert(frame, MESSAGE_AT);
  mld._nameless = !source;
  putU32(frame, message, type << 24);
  // RFC 3590: from nobody, as long as the link-local address is not ours for sure.
  ipv6Emit(frame, HEAD_ROOM, end, NextHeader.HopByHop, 1, source || '::', to);
  putU16(frame, message + ICMP_CHECKSUM, checksum6(frame, HEAD_ROOM, message, end, NextHeader.Icmp));
  netif._transmit(frame, HEAD_ROOM, end, to);
}

function tell(mld: Mld, changes: Change[]): void {
  const netif = mld._netif;
  const frame = netif._v6._frame;
  const message = putAlert(frame, MESSAGE_AT);
  if (netif._v6._stack._nowMs < mld._v1UntilMs) {
    changes.forEach(function (change) {
      const leaves = change._record === MldRecord.Leaves;
      const end = putMld1(frame, message, change._group);
      send(mld, leaves ? MldType.DoneV1 : MldType.ReportV1, end, leaves ? ALL_ROUTERS : change._group);
    });
  } else if (changes.length) {
    let end = putReport(frame, message, changes.length);
    changes.forEach(function (change) {
      end = putRecord(frame, end, change._record, change._group);
    });
    send(mld, MldType.ReportV2, end, ALL_MLD2_ROUTERS);
  }
}

function listening(netif: Netif6): string[] {
  return netif._addresses
    .map(function (one) {
      return solicitedNode(one._address);
    })
    .concat(netif._v6._groups)
    .filter(function (group, i, all) {
      return all.indexOf(group) === i;
    });
}

function changesOf(groups: string[], record: MldRecord): Change[] {
  return groups.map(function (group) {
    return { _group: group, _record: record };
  });
}

function isNotIn(list: string[]): (group: string) => boolean {
  return function (group) {
    return list.indexOf(group) < 0;
  };
}

/** Addresses or groups may be others than before: what is new of them is told at once. */
export function mldChanged(mld: Mld): void {
  const netif = mld._netif;
  const now = netif._up ? listening(netif) : [];
  const before = mld._joined;
  const again = mld._nameless && !!sourceFor(netif, ALL_MLD2_ROUTERS);
  const changes = changesOf(again ? now : now.filter(isNotIn(before)), MldRecord.Joins).concat(
    changesOf(before.filter(isNotIn(now)), MldRecord.Leaves),
  );
  mld._joined = now;
  mld._hostGroups = netif._v6._groups.length;
  if (!netif._up) {
    mld._changes = [];
    mld._changeAtMs = mld._answerAtMs = Infinity;
  } else if (changes.length) {
    // One that is still being told, and has changed again, is told as it is now.
    mld._changes = mld._changes
      .filter(function (old) {
        return !changes.some(function (change) {
          return change._group === old._group;
        });
      })
      .concat(changes);
    mld._repeats = ROBUSTNESS;
    mld._changeAtMs = netif._v6._stack._nowMs;
    mldPoll(mld, mld._changeAtMs);
  }
}

/** Takes the query buf[at, end), whose checksum is right (§6.2). */
export function mldQuery(
  mld: Mld,
  buf: Uint8Array,
  at: number,
  end: number,
  source: string,
  hopLimit: number,
): Verdict {
  const stack = mld._netif._v6._stack;
  const isV1 = end - at === MLD_QUERY_V1;
  if (hopLimit !== 1 || !isLinkLocal(source) || (!isV1 && end - at < MLD_QUERY_V2)) {
    return Verdict.Bad;
  }
  const group = getIpv6(buf, at + MLD_GROUP);
  const asked = group === '::' ? '' : group;
  if (isV1) {
    mld._v1UntilMs = stack._nowMs + OLDER_VERSION_MS;
  }
  if (asked && mld._joined.indexOf(asked) < 0) {
    return Verdict.Dropped;
  }
  // Two questions about different groups are answered by one for all.
  mld._asked = mld._answerAtMs < Infinity && mld._asked !== asked ? '' : asked;
  mld._answerAtMs = min(mld._answerAtMs, stack._nowMs + (stack._random32() % (mldDelayMs(buf, at, isV1) + 1)));
  return Verdict.Taken;
}

/** Does what is due. */
export function mldPoll(mld: Mld, nowMs: number): void {
  const stack = mld._netif._v6._stack;
  if (mld._hostGroups !== mld._netif._v6._groups.length) {
    mldChanged(mld);
  }
  if (nowMs >= mld._changeAtMs) {
    tell(mld, mld._changes);
    mld._changeAtMs = --mld._repeats ? nowMs + 1 + (stack._random32() % UNSOLICITED_MS) : Infinity;
    if (!mld._repeats) {
      mld._changes = [];
    }
  }
  if (nowMs >= mld._answerAtMs) {
    mld._answerAtMs = Infinity;
    tell(mld, changesOf(mld._asked ? [mld._asked] : mld._joined, MldRecord.Listens));
  }
}

/** When mldPoll has something to do next, ms; Infinity for never. */
export function mldPollAt(mld: Mld): number {
  return mld._netif._up && mld._hostGroups !== mld._netif._v6._groups.length
    ? -Infinity
    : min(mld._changeAtMs, mld._answerAtMs);
}
