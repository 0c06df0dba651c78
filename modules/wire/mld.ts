/** Multicast listener discovery, version 2 (RFC 3810 §5) and 1 (RFC 2710): what a listener says and is asked. */

import { putIpv6 } from './addr6';
import { getU16, putU16 } from './bytes';
import { NextHeader } from './ipv6';

export const enum MldType {
  ReportV1 = 131,
  DoneV1 = 132,
  ReportV2 = 143,
}

/** What a record says of its group (§5.2.12): that we listen to it, begin to, or no longer do. */
export const enum MldRecord {
  Listens = 2,
  Leaves = 3,
  Joins = 4,
}

/** Octets of the hop-by-hop header that stands before each message, and of a query of either version. */
export const ALERT_LENGTH = 8;
export const MLD_QUERY_V1 = 24;
export const MLD_QUERY_V2 = 28;

/** Where the group of a query stands, and that of a message of version 1. */
export const MLD_GROUP = 8;

/** Writes the hop-by-hop header with the router alert for MLD (RFC 2711) and a PadN; returns its end. */
export function putAlert(buf: Uint8Array, at: number): number {
  buf.set([NextHeader.Icmp, 0, 5, 2, 0, 0, 1, 0], at);
  return at + ALERT_LENGTH;
}

/** Writes a report of so many records, all but its first four octets; returns where the records begin. */
export function putReport(buf: Uint8Array, at: number, records: number): number {
  putU16(buf, at + 4, 0);
  putU16(buf, at + 6, records);
  return at + 8;
}

/** Writes a record without sources; returns its end. */
export function putRecord(buf: Uint8Array, at: number, record: MldRecord, group: string): number {
  buf.set([record, 0, 0, 0], at);
  putIpv6(buf, at + 4, group);
  return at + 20;
}

/** Writes a message of version 1, all but its first four octets; returns its end. */
export function putMld1(buf: Uint8Array, at: number, group: string): number {
  buf.fill(0, at + 4, at + MLD_GROUP);
  putIpv6(buf, at + MLD_GROUP, group);
  return at + MLD_QUERY_V1;
}

/** Within which time the query at `at` wants an answer, ms (§5.1.3): above 32767 a number with an exponent. */
export function mldDelayMs(buf: Uint8Array, at: number, isV1: boolean): number {
  const code = getU16(buf, at + 4);
  return isV1 || code < 0x8000 ? code : ((code & 0xfff) | 0x1000) << (((code >> 12) & 7) + 3);
}
